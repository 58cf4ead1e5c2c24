"""Recommenders: use cases of a domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import data
import pytest
from support.world import SIMILAR_ITEMS, VIDEO_ITEMS_SCHEMA, video_items_csv

if TYPE_CHECKING:
    from support.world import World

TOP_PICKS = "arn:aws:personalize:::recipe/aws-vod-top-picks"
MORE_LIKE_X = "arn:aws:personalize:::recipe/aws-vod-more-like-x"
BEST_SELLERS = "arn:aws:personalize:::recipe/aws-ecomm-popular-items-by-purchases"


@pytest.fixture
def group(world: World) -> str:
    group = world.group(domain="VIDEO_ON_DEMAND")
    world.load(world.dataset(group, "Interactions", data.INTERACTIONS_SCHEMA), data.interactions_csv(), "views")
    world.load(world.dataset(group, "Items", VIDEO_ITEMS_SCHEMA), video_items_csv(), "films")
    return group


@pytest.fixture
def recommender(world: World, group: str) -> str:
    return create(world, group)


def create(world: World, group: str, recipe: str = TOP_PICKS, name: str = "picks", **config: Any) -> str:
    arn: str = world.personalize.create_recommender(
        name=name, datasetGroupArn=group, recipeArn=recipe, recommenderConfig=config
    )["recommenderArn"]
    world.pass_time()
    return arn


def described(world: World, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = world.personalize.describe_recommender(recommenderArn=arn)["recommender"]
    return found


def test_a_recommender_has_metrics_once_it_is_trained(world: World, group: str) -> None:
    arn = world.personalize.create_recommender(name="picks", datasetGroupArn=group, recipeArn=TOP_PICKS)[
        "recommenderArn"
    ]
    young = described(world, arn)
    assert (young["status"], "modelMetrics" in young) == ("CREATE PENDING", False)
    world.pass_time()
    ready = described(world, arn)
    assert ready["status"] == "ACTIVE"
    assert ready["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 1
    assert 0 < ready["modelMetrics"]["coverage"] < 1
    (summary,) = world.personalize.list_recommenders(datasetGroupArn=group)["recommenders"]
    assert summary["recommenderConfig"] == ready["recommenderConfig"]
    assert summary["recipeArn"] == TOP_PICKS


def test_a_recommender_needs_the_domain_of_its_use_case(world: World, group: str) -> None:
    invalid = world.personalize.exceptions.InvalidInputException
    with pytest.raises(invalid, match="Domain dataset group"):
        create(world, world.group("custom"))
    with pytest.raises(invalid, match="VIDEO_ON_DEMAND"):
        create(world, group, BEST_SELLERS)
    with pytest.raises(invalid, match="VIDEO_ON_DEMAND"):
        create(world, group, SIMILAR_ITEMS)


def test_a_recommender_trains_on_the_events_of_its_use_case(world: World) -> None:
    group = world.group(domain="ECOMMERCE")
    world.load(world.dataset(group, "Interactions", data.INTERACTIONS_SCHEMA), data.interactions_csv(), "views")
    found = described(world, create(world, group, BEST_SELLERS))
    assert (found["status"], found["failureReason"]) == (
        "CREATE FAILED",
        "Dataset has fewer than 1000 interactions after filtering by event type: Purchase",
    )


def test_more_like_x_needs_items(world: World) -> None:
    group = world.group(domain="VIDEO_ON_DEMAND")
    world.load(world.dataset(group, "Interactions", data.INTERACTIONS_SCHEMA), data.interactions_csv(), "views")
    found = described(world, create(world, group, MORE_LIKE_X))
    assert (found["status"], "Items" in found["failureReason"]) == ("CREATE FAILED", True)


def test_the_old_configuration_serves_until_the_update_is_active(world: World, recommender: str) -> None:
    config = {"minRecommendationRequestsPerSecond": 3}
    assert "latestRecommenderUpdate" not in described(world, recommender)
    world.personalize.update_recommender(recommenderArn=recommender, recommenderConfig=config)
    during = described(world, recommender)
    assert during["status"] == "ACTIVE"
    assert during["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 1
    assert during["latestRecommenderUpdate"]["status"] == "CREATE PENDING"
    assert during["latestRecommenderUpdate"]["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 3
    in_use = world.personalize.exceptions.ResourceInUseException
    with pytest.raises(in_use):
        world.personalize.update_recommender(recommenderArn=recommender, recommenderConfig=config)
    with pytest.raises(in_use):
        world.personalize.delete_recommender(recommenderArn=recommender)
    world.pass_time()
    after = described(world, recommender)
    assert after["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 3
    assert after["latestRecommenderUpdate"]["status"] == "ACTIVE"


def test_a_failed_update_leaves_the_recommender_as_it_was(world: World, recommender: str) -> None:
    world.emulator.faults.add({"kind": "Recommender", "outcome": "CREATE FAILED", "reason": "No capacity"})
    world.personalize.update_recommender(
        recommenderArn=recommender, recommenderConfig={"minRecommendationRequestsPerSecond": 3}
    )
    world.pass_time()
    after = described(world, recommender)
    assert (after["status"], after["recommenderConfig"]["minRecommendationRequestsPerSecond"]) == ("ACTIVE", 1)
    assert after["latestRecommenderUpdate"]["failureReason"] == "No capacity"


@pytest.mark.parametrize("more", [{}, {"minRecommendationRequestsPerSecond": 1}, {"itemExplorationConfig": {}}])
def test_an_update_that_changes_nothing_is_rejected(world: World, group: str, more: dict[str, Any]) -> None:
    columns = {"excludedDatasetColumns": {"ITEMS": ["GENRES"]}}
    arn = create(world, group, trainingDataConfig=columns)
    update = world.personalize.update_recommender
    same = {"trainingDataConfig": columns, "enableMetadataWithRecommendations": False, **more}
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="already"):
        update(recommenderArn=arn, recommenderConfig=same)
    assert "latestRecommenderUpdate" not in described(world, arn)
    update(recommenderArn=arn, recommenderConfig={})
    assert "latestRecommenderUpdate" in described(world, arn)


def test_only_other_columns_train_again(world: World, recommender: str) -> None:
    before = described(world, recommender)["modelMetrics"]
    world.load(
        world.arn("dataset/movies/INTERACTIONS"),
        data.interactions_csv() + data.interactions_csv().split("\n", 1)[1],
        "more",
    )
    update = world.personalize.update_recommender
    update(recommenderArn=recommender, recommenderConfig={"minRecommendationRequestsPerSecond": 2})
    world.pass_time()
    assert described(world, recommender)["modelMetrics"] == before
    columns = {"excludedDatasetColumns": {"ITEMS": ["GENRES"]}}
    update(recommenderArn=recommender, recommenderConfig={"trainingDataConfig": columns})
    world.pass_time()
    found = described(world, recommender)
    assert found["modelMetrics"] != before
    assert found["recommenderConfig"]["trainingDataConfig"] == columns


def test_a_training_for_an_update_can_fail(world: World, recommender: str) -> None:
    few = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\nuser-1,film-1,5,Watch\n"
    world.load(world.arn("dataset/movies/INTERACTIONS"), few, "less")
    columns = {"excludedDatasetColumns": {"ITEMS": ["GENRES"]}}
    world.personalize.update_recommender(recommenderArn=recommender, recommenderConfig={"trainingDataConfig": columns})
    world.pass_time()
    found = described(world, recommender)
    assert found["status"] == "ACTIVE"
    assert "trainingDataConfig" not in found["recommenderConfig"]
    assert "fewer than 25 users" in found["latestRecommenderUpdate"]["failureReason"]


def test_a_recommender_stops_and_starts(world: World, recommender: str) -> None:
    personalize = world.personalize
    invalid = personalize.exceptions.InvalidInputException
    with pytest.raises(invalid, match="not INACTIVE"):
        personalize.start_recommender(recommenderArn=recommender)
    seen = []
    for switch in (personalize.stop_recommender, personalize.start_recommender):
        assert switch(recommenderArn=recommender)["recommenderArn"] == recommender
        with pytest.raises(personalize.exceptions.ResourceInUseException):
            switch(recommenderArn=recommender)
        for seconds in (0, 60, 120):
            world.pass_time(seconds)
            seen.append(described(world, recommender)["status"])
    assert seen == [
        "STOP PENDING",
        "STOP IN_PROGRESS",
        "INACTIVE",
        "START PENDING",
        "START IN_PROGRESS",
        "ACTIVE",
    ]


def test_an_inactive_recommender_can_be_deleted_and_answers_nothing(world: World, recommender: str) -> None:
    world.personalize.stop_recommender(recommenderArn=recommender)
    world.pass_time()
    runtime = world.client("personalize-runtime")
    with pytest.raises(runtime.exceptions.InvalidInputException, match="INACTIVE"):
        runtime.get_recommendations(recommenderArn=recommender, userId="user-1")
    world.personalize.delete_recommender(recommenderArn=recommender)
    world.pass_time()
    assert world.existing("Recommender") == []


def test_a_group_with_a_recommender_is_not_deleted(world: World, group: str) -> None:
    create(world, group)
    with pytest.raises(world.personalize.exceptions.ResourceInUseException, match="recommender/picks"):
        world.personalize.delete_dataset_group(datasetGroupArn=group)


def test_a_group_has_five_recommenders_at_most(world: World, group: str) -> None:
    for number in range(5):
        create(world, group, name=f"picks-{number}")
    with pytest.raises(world.personalize.exceptions.LimitExceededException):
        create(world, group, name="picks-5")
