"""Campaigns, their updates, and the versions that they serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import data
import pytest
from support.world import SIMILAR_ITEMS

if TYPE_CHECKING:
    from support.world import World

USER_PERSONALIZATION_V2 = "arn:aws:personalize:::recipe/aws-user-personalization-v2"


@pytest.fixture
def solution(world: World) -> str:
    return world.solution()


@pytest.fixture
def version(world: World, solution: str) -> str:
    return world.version(solution)


@pytest.fixture
def campaign(world: World, version: str) -> str:
    arn: str = world.personalize.create_campaign(name="related", solutionVersionArn=version)["campaignArn"]
    world.pass_time()
    return arn


def described(world: World, campaign: str) -> dict[str, Any]:
    found: dict[str, Any] = world.personalize.describe_campaign(campaignArn=campaign)["campaign"]
    return found


def test_a_campaign_takes_ten_minutes_a_tenth_of_them_pending(world: World, version: str) -> None:
    arn = world.personalize.create_campaign(name="related", solutionVersionArn=version)["campaignArn"]
    seen = []
    for _ in range(12):
        seen.append(described(world, arn)["status"])
        world.pass_time(59)
    assert seen == ["CREATE PENDING"] * 2 + ["CREATE IN_PROGRESS"] * 9 + ["ACTIVE"]


def test_there_is_no_latest_update_before_the_first_one(world: World, campaign: str) -> None:
    assert "latestCampaignUpdate" not in described(world, campaign)


def test_the_old_configuration_serves_until_the_update_is_active(world: World, solution: str, campaign: str) -> None:
    old = described(world, campaign)
    new = world.version(solution)
    world.personalize.update_campaign(campaignArn=campaign, solutionVersionArn=new, minProvisionedTPS=4)
    for expected in ("CREATE PENDING", "CREATE IN_PROGRESS"):
        during = described(world, campaign)
        assert (during["status"], during["solutionVersionArn"], during["minProvisionedTPS"]) == (
            "ACTIVE",
            old["solutionVersionArn"],
            1,
        )
        update = during["latestCampaignUpdate"]
        assert (update["status"], update["solutionVersionArn"], update["minProvisionedTPS"]) == (expected, new, 4)
        world.pass_time(100)
    world.pass_time()
    after = described(world, campaign)
    assert (after["solutionVersionArn"], after["minProvisionedTPS"]) == (new, 4)
    assert after["latestCampaignUpdate"]["status"] == "ACTIVE"


def test_an_update_answers_the_arn_alone(world: World, campaign: str) -> None:
    answer = world.personalize.update_campaign(campaignArn=campaign, minProvisionedTPS=2)
    assert {name: value for name, value in answer.items() if name != "ResponseMetadata"} == {"campaignArn": campaign}


@pytest.mark.parametrize(
    "config", [None, {}, {"enableMetadataWithRecommendations": False, "itemExplorationConfig": {}}]
)
def test_an_update_that_changes_nothing_succeeds_and_leaves_no_trace(
    world: World, solution: str, version: str, campaign: str, config: dict[str, Any] | None
) -> None:
    changes = {} if config is None else {"campaignConfig": config}
    for arn in (version, f"{solution}/$LATEST"):
        world.personalize.update_campaign(campaignArn=campaign, solutionVersionArn=arn, minProvisionedTPS=1, **changes)
        assert "latestCampaignUpdate" not in described(world, campaign)
    world.personalize.update_campaign(campaignArn=campaign, campaignConfig={"enableMetadataWithRecommendations": True})
    assert described(world, campaign)["latestCampaignUpdate"]["status"] == "CREATE PENDING"


def test_a_second_update_meanwhile_is_refused(world: World, campaign: str) -> None:
    world.personalize.update_campaign(campaignArn=campaign, minProvisionedTPS=2)
    with pytest.raises(world.personalize.exceptions.ResourceInUseException):
        world.personalize.update_campaign(campaignArn=campaign, minProvisionedTPS=3)


def test_a_campaign_that_is_being_created_is_neither_updated_nor_deleted(world: World, version: str) -> None:
    arn = world.personalize.create_campaign(name="related", solutionVersionArn=version)["campaignArn"]
    with pytest.raises(world.personalize.exceptions.ResourceInUseException):
        world.personalize.update_campaign(campaignArn=arn, minProvisionedTPS=3)
    with pytest.raises(world.personalize.exceptions.ResourceInUseException):
        world.personalize.delete_campaign(campaignArn=arn)


def test_a_failed_update_leaves_the_campaign_as_it_was(world: World, campaign: str) -> None:
    world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No capacity"})
    world.personalize.update_campaign(campaignArn=campaign, minProvisionedTPS=2)
    world.pass_time()
    after = described(world, campaign)
    assert (after["status"], after["minProvisionedTPS"]) == ("ACTIVE", 1)
    assert "failureReason" not in after
    update = after["latestCampaignUpdate"]
    assert (update["status"], update["failureReason"], update["minProvisionedTPS"]) == (
        "CREATE FAILED",
        "No capacity",
        2,
    )


def test_a_failed_creation_can_be_deleted(world: World, version: str) -> None:
    world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No capacity"})
    arn = world.personalize.create_campaign(name="related", solutionVersionArn=version)["campaignArn"]
    world.pass_time()
    found = described(world, arn)
    assert (found["status"], found["failureReason"]) == ("CREATE FAILED", "No capacity")
    world.personalize.delete_campaign(campaignArn=arn)
    world.pass_time()
    assert world.existing("Campaign") == []


def test_a_failed_creation_can_be_updated(world: World, version: str) -> None:
    world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No capacity"})
    arn = world.personalize.create_campaign(name="related", solutionVersionArn=version)["campaignArn"]
    world.pass_time()
    world.personalize.update_campaign(campaignArn=arn, minProvisionedTPS=2)
    world.pass_time()
    found = described(world, arn)
    assert (found["status"], found["minProvisionedTPS"], "failureReason" in found) == ("ACTIVE", 2, False)


def test_a_name_is_taken_until_the_deletion_is_over(world: World, version: str, campaign: str) -> None:
    create = {"name": "related", "solutionVersionArn": version}
    taken = world.personalize.exceptions.ResourceAlreadyExistsException
    with pytest.raises(taken, match=campaign):
        world.personalize.create_campaign(**create)
    world.personalize.delete_campaign(campaignArn=campaign)
    with pytest.raises(taken):
        world.personalize.create_campaign(**create)
    world.pass_time()
    assert world.personalize.create_campaign(**create)["campaignArn"] == campaign


def test_a_version_that_is_still_trained_is_not_served(world: World, solution: str) -> None:
    version = world.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="CREATE PENDING"):
        world.personalize.create_campaign(name="related", solutionVersionArn=version)


def test_a_solution_alone_is_not_a_version(world: World, solution: str) -> None:
    with pytest.raises(world.personalize.exceptions.ResourceNotFoundException):
        world.personalize.create_campaign(name="related", solutionVersionArn=solution)


def test_latest_means_the_newest_active_version(world: World, solution: str, version: str) -> None:
    world.personalize.create_solution_version(solutionArn=solution)
    arn = world.personalize.create_campaign(name="related", solutionVersionArn=f"{solution}/$LATEST")["campaignArn"]
    assert described(world, arn)["solutionVersionArn"] == version


def test_latest_needs_an_active_version(world: World, solution: str) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="no ACTIVE version"):
        world.personalize.create_campaign(name="related", solutionVersionArn=f"{solution}/$LATEST")


def test_synchronization_needs_latest(world: World, version: str, campaign: str) -> None:
    config = {"syncWithLatestSolutionVersion": True}
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="LATEST"):
        world.personalize.create_campaign(name="other", solutionVersionArn=version, campaignConfig=config)
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="LATEST"):
        world.personalize.update_campaign(campaignArn=campaign, campaignConfig=config)


@pytest.mark.parametrize("synchronized", [True, False])
def test_only_a_synchronized_campaign_moves_on_by_itself(
    world: World, solution: str, version: str, synchronized: bool
) -> None:
    arn = world.personalize.create_campaign(
        name="related",
        solutionVersionArn=f"{solution}/$LATEST",
        campaignConfig={"syncWithLatestSolutionVersion": synchronized},
    )["campaignArn"]
    world.pass_time()
    newer = world.version(solution)
    assert described(world, arn)["solutionVersionArn"] == (newer if synchronized else version)
    assert ("latestCampaignUpdate" in described(world, arn)) is synchronized


def test_a_synchronized_campaign_catches_up_after_an_update_of_own(world: World, solution: str, version: str) -> None:
    world.emulator.set_duration("Campaign", 3 * 3600)
    config = {"syncWithLatestSolutionVersion": True}
    latest = f"{solution}/$LATEST"
    arn = world.personalize.create_campaign(name="related", solutionVersionArn=latest, campaignConfig=config)[
        "campaignArn"
    ]
    newer = world.version(solution)
    assert described(world, arn)["solutionVersionArn"] == version
    world.pass_time(3600 * 2.5)
    update = described(world, arn)["latestCampaignUpdate"]
    assert (update["solutionVersionArn"], update["status"]) == (newer, "CREATE IN_PROGRESS")


def test_a_group_has_five_campaigns_at_most(world: World, version: str) -> None:
    for number in range(5):
        world.personalize.create_campaign(name=f"related-{number}", solutionVersionArn=version)
    with pytest.raises(
        world.personalize.exceptions.LimitExceededException,
        match=r"Cannot create a campaign. More than 5 resources in ACTIVE state. Please delete some and try again.",
    ):
        world.personalize.create_campaign(name="related-6", solutionVersionArn=version)


def test_metadata_needs_items_with_columns(world: World) -> None:
    group = world.group()
    world.load(world.dataset(group, "Interactions", data.INTERACTIONS_SCHEMA), data.interactions_csv(), "views")
    solution = world.personalize.create_solution(
        name="similar", datasetGroupArn=group, recipeArn=SIMILAR_ITEMS, performAutoTraining=False
    )["solutionArn"]
    world.pass_time()
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="Items dataset"):
        world.personalize.create_campaign(
            name="related",
            solutionVersionArn=world.version(solution),
            campaignConfig={"enableMetadataWithRecommendations": True},
        )


def test_a_version_can_be_stopped_before_and_while_it_is_trained(world: World, solution: str) -> None:
    def version() -> str:
        arn: str = world.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        return arn

    early = version()
    world.personalize.stop_solution_version_creation(solutionVersionArn=early)
    assert world.status(early) == "CREATE STOPPED"
    late = version()
    world.pass_time(600)
    world.personalize.stop_solution_version_creation(solutionVersionArn=late)
    assert world.status(late) == "CREATE STOPPING"
    world.pass_time()
    assert world.status(late) == "CREATE STOPPED"
    with pytest.raises(world.personalize.exceptions.InvalidInputException):
        world.personalize.stop_solution_version_creation(solutionVersionArn=late)


def test_metrics_exist_for_active_versions_only_and_are_the_same_each_time(world: World, solution: str) -> None:
    version = world.version(solution)
    metrics = world.personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
    assert metrics == world.personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
    young = world.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    with pytest.raises(world.personalize.exceptions.ResourceInUseException):
        world.personalize.get_solution_metrics(solutionVersionArn=young)


def test_twenty_trainings_run_at_a_time(world: World, solution: str) -> None:
    for _ in range(20):
        world.personalize.create_solution_version(solutionArn=solution)
    with pytest.raises(
        world.personalize.exceptions.LimitExceededException,
        match=r"More than 20 resources with PENDING or IN_PROGRESS status.",
    ):
        world.personalize.create_solution_version(solutionArn=solution)


def test_a_solution_trains_by_itself_unless_told_otherwise(world: World, solution: str) -> None:
    group = world.personalize.describe_solution(solutionArn=solution)["solution"]["datasetGroupArn"]
    assert world.existing("SolutionVersion") == []
    arn = world.personalize.create_solution(name="automatic", datasetGroupArn=group, recipeArn=USER_PERSONALIZATION_V2)[
        "solutionArn"
    ]
    world.pass_time()
    described = world.personalize.describe_solution(solutionArn=arn)["solution"]
    assert described["performAutoTraining"] is True
    assert described["latestSolutionVersion"]["trainingType"] == "AUTOMATIC"
    assert described["latestSolutionVersion"]["status"] == "ACTIVE"


def test_a_solution_is_updated_beside_its_status(world: World, solution: str) -> None:
    schedule = {"schedulingExpression": "rate(3 days)"}
    world.personalize.update_solution(
        solutionArn=solution, performAutoTraining=True, solutionUpdateConfig={"autoTrainingConfig": schedule}
    )
    during = world.personalize.describe_solution(solutionArn=solution)["solution"]
    assert (during["status"], during["performAutoTraining"]) == ("ACTIVE", False)
    assert during["latestSolutionUpdate"]["status"].startswith("CREATE")
    with pytest.raises(world.personalize.exceptions.ResourceInUseException):
        world.personalize.update_solution(solutionArn=solution, performAutoTraining=True)
    world.pass_time()
    after = world.personalize.describe_solution(solutionArn=solution)["solution"]
    assert after["performAutoTraining"] is True
    assert after["solutionConfig"]["autoTrainingConfig"] == schedule
    assert after["latestSolutionUpdate"]["status"] == "ACTIVE"


def test_a_solution_in_use_is_not_deleted(world: World, solution: str, campaign: str) -> None:
    in_use = world.personalize.exceptions.ResourceInUseException
    with pytest.raises(in_use, match="campaign/related"):
        world.personalize.delete_solution(solutionArn=solution)
    world.personalize.delete_campaign(campaignArn=campaign)
    world.pass_time()
    world.personalize.create_solution_version(solutionArn=solution)
    with pytest.raises(in_use):
        world.personalize.delete_solution(solutionArn=solution)


def test_a_solution_needs_a_recipe_that_exists_and_is_not_a_domains(world: World) -> None:
    group = world.group()
    create, errors = world.personalize.create_solution, world.personalize.exceptions
    with pytest.raises(errors.InvalidInputException, match="recipeArn is required"):
        create(name="similar", datasetGroupArn=group)
    with pytest.raises(errors.ResourceNotFoundException):
        create(name="similar", datasetGroupArn=group, recipeArn="arn:aws:personalize:::recipe/aws-unknown")
    with pytest.raises(errors.InvalidInputException, match="domain"):
        create(name="similar", datasetGroupArn=group, recipeArn="arn:aws:personalize:::recipe/aws-vod-top-picks")
    with pytest.raises(errors.InvalidInputException, match="Semantic-Similarity"):
        create(name="similar", datasetGroupArn=group, recipeArn=SIMILAR_ITEMS, performIncrementalUpdate=True)


def test_a_group_has_ten_solutions_at_most(world: World) -> None:
    group = world.group()
    for number in range(10):
        world.personalize.create_solution(
            name=f"similar-{number}", datasetGroupArn=group, recipeArn=SIMILAR_ITEMS, performAutoTraining=False
        )
    with pytest.raises(world.personalize.exceptions.LimitExceededException):
        world.personalize.create_solution(name="similar-10", datasetGroupArn=group, recipeArn=SIMILAR_ITEMS)


def test_a_version_of_a_solution_with_a_long_name_is_described(world: World) -> None:
    version = world.version(world.solution("s" * 63))
    found = world.personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]
    assert found["status"] == "ACTIVE"
