"""Descriptions have the configuration that was sent, and only the defaults of AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import data
import pytest
from support.world import ROLE, VIDEO_ITEMS_SCHEMA, video_items_csv

if TYPE_CHECKING:
    from support.world import World

EXPLORATION = {"itemExplorationConfig": {"explorationWeight": "0.3", "explorationItemAgeCutOff": "30"}}
KEY = "arn:aws:kms:us-east-1:111111111111:key/0a1b2c3d"


@pytest.mark.parametrize("config", [None, {}, EXPLORATION, {"enableMetadataWithRecommendations": False}])
def test_a_campaign_has_the_config_that_was_sent(world: World, config: dict[str, Any] | None) -> None:
    version = world.version(world.solution())
    request = {} if config is None else {"campaignConfig": config}
    arn = world.personalize.create_campaign(name="related", solutionVersionArn=version, **request)["campaignArn"]
    world.pass_time()

    def described() -> dict[str, Any]:
        found: dict[str, Any] = world.personalize.describe_campaign(campaignArn=arn)["campaign"]
        return found

    assert (described().get("campaignConfig"), described()["minProvisionedTPS"]) == (config, 1)
    world.personalize.update_campaign(campaignArn=arn, minProvisionedTPS=2)
    assert described()["latestCampaignUpdate"].get("campaignConfig") == config
    world.pass_time()
    assert (described().get("campaignConfig"), described()["minProvisionedTPS"]) == (config, 2)


@pytest.mark.parametrize("config", [None, EXPLORATION, {"minRecommendationRequestsPerSecond": 2}])
def test_a_recommender_has_the_config_that_was_sent_and_a_throughput(
    world: World, config: dict[str, Any] | None
) -> None:
    group = world.group(domain="VIDEO_ON_DEMAND")
    world.load(world.dataset(group, "Interactions", data.INTERACTIONS_SCHEMA), data.interactions_csv(), "views")
    world.load(world.dataset(group, "Items", VIDEO_ITEMS_SCHEMA), video_items_csv(), "films")
    request = {} if config is None else {"recommenderConfig": config}
    arn = world.personalize.create_recommender(
        name="picks", datasetGroupArn=group, recipeArn="arn:aws:personalize:::recipe/aws-vod-top-picks", **request
    )["recommenderArn"]
    world.pass_time()
    described = world.personalize.describe_recommender(recommenderArn=arn)["recommender"]
    assert described["recommenderConfig"] == {"minRecommendationRequestsPerSecond": 1} | (config or {})


def test_a_solution_and_its_versions_have_a_config_only_if_one_was_sent(world: World) -> None:
    plain = world.solution()
    described = world.personalize.describe_solution(solutionArn=plain)["solution"]
    assert "solutionConfig" not in described
    version = world.personalize.describe_solution_version(solutionVersionArn=world.version(plain))["solutionVersion"]
    assert "solutionConfig" not in version
    config = {"eventValueThreshold": "3"}
    arn = world.personalize.create_solution(
        name="chosen",
        datasetGroupArn=described["datasetGroupArn"],
        recipeArn=described["recipeArn"],
        solutionConfig=config,
        performAutoTraining=False,
    )["solutionArn"]
    assert world.personalize.describe_solution(solutionArn=arn)["solution"]["solutionConfig"] == config
    world.pass_time()
    version = world.personalize.describe_solution_version(solutionVersionArn=world.version(arn))["solutionVersion"]
    assert version["solutionConfig"] == config


@pytest.mark.parametrize(("member", "value"), [("kmsKeyArn", KEY), ("roleArn", ROLE)])
def test_a_key_needs_a_role_and_a_role_needs_a_key(world: World, member: str, value: str) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="roleArn"):
        world.personalize.create_dataset_group(name="movies", **{member: value})
    world.personalize.create_dataset_group(name="movies", kmsKeyArn=KEY, roleArn=ROLE)


def test_a_version_with_a_name_of_its_own(world: World) -> None:
    solution = world.solution()
    create = world.personalize.create_solution_version
    arn = create(solutionArn=solution, name="spring")["solutionVersionArn"]
    assert arn == f"{solution}/spring"
    described = world.personalize.describe_solution_version(solutionVersionArn=arn)["solutionVersion"]
    assert described["name"] == "similar/spring"
    with pytest.raises(world.personalize.exceptions.ResourceAlreadyExistsException, match="similar/spring"):
        create(solutionArn=solution, name="spring")
