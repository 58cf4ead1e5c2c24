"""Requests of CloudFormation, which the workflow runs with the emulator."""

from __future__ import annotations

import io
import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from cdk_personalize_handler import events, handler, kinds, service_model
from cdk_personalize_handler.deadline import SETTLING
from support.cloudformation import STACK_ID, Failed, Resource
from support.samples import Samples

if TYPE_CHECKING:
    from support.world import World


@pytest.fixture
def version(world: World) -> str:
    return world.version(world.solution())


@pytest.fixture
def campaign(world: World) -> Resource:
    return Resource(world, "Campaign")


def described(world: World, arn: str | None) -> dict[str, Any]:
    answer: dict[str, Any] = world.personalize.describe_campaign(campaignArn=arn)["campaign"]
    return answer


def owner_tag(world: World, arn: str | None) -> str:
    tags = world.personalize.list_tags_for_resource(resourceArn=arn)["tags"]
    return next(tag["tagValue"] for tag in tags if tag["tagKey"] == kinds.OWNER_TAG)


def test_create_waits_until_the_campaign_is_active(world: World, campaign: Resource, version: str) -> None:
    attributes = campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
    assert described(world, campaign.physical_id)["status"] == "ACTIVE"
    assert attributes["CampaignArn"] == attributes["Arn"] == campaign.physical_id
    assert attributes["Status"] == "ACTIVE"


def test_a_generated_name_is_readable_and_short(world: World, version: str) -> None:
    resource = Resource(world, "Campaign", logical_id="AVeryLongLogicalIdThatGoesOnAndOnForLongerThanNames0A1B2C3D")
    name = resource.create(SolutionVersionArn=version)["Name"]
    assert name.startswith("Shop-AVeryLong")
    assert len(name) <= 63


def test_a_failed_create_is_rolled_back_with_the_reason_of_personalize(
    world: World, campaign: Resource, version: str
) -> None:
    world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "Not enough memory"})
    with pytest.raises(
        Failed, match=r"^Campaign Related: its creation ended as CREATE FAILED: Not enough memory \(arn:"
    ):
        campaign.create(SolutionVersionArn=version)
    assert world.existing("Campaign") == []


def test_a_refused_create_says_why_and_leaves_nothing(world: World, campaign: Resource) -> None:
    with pytest.raises(Failed, match=r"CreateCampaign was rejected: The given solution version does not exist"):
        campaign.create(SolutionVersionArn=world.arn("solution/none/00000000"))
    assert world.existing("Campaign") == []


def test_an_update_is_in_place_complete_and_waited_for(world: World, campaign: Resource, version: str) -> None:
    config = {"EnableMetadataWithRecommendations": True, "ItemExplorationConfig": {"explorationWeight": "0.5"}}
    campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1, CampaignConfig=config)
    arn = campaign.physical_id
    campaign.update(SolutionVersionArn=version, MinProvisionedTPS=3, CampaignConfig=config)
    now = described(world, arn)
    assert campaign.physical_id == arn
    assert now["minProvisionedTPS"] == 3
    assert now["latestCampaignUpdate"]["status"] == "ACTIVE"
    assert now["campaignConfig"]["enableMetadataWithRecommendations"] is True
    sent = next(each for each in world.emulator.calls() if each["operation"] == "UpdateCampaign")["request"]
    assert sent == {
        "campaignArn": arn,
        "solutionVersionArn": version,
        "minProvisionedTPS": 3,
        "campaignConfig": {
            "enableMetadataWithRecommendations": True,
            "itemExplorationConfig": {"explorationWeight": "0.5"},
        },
    }


def test_a_slow_update_is_not_complete_before_it_is_active(world: World, campaign: Resource, version: str) -> None:
    campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
    world.emulator.set_duration("Campaign", 3000)
    event = campaign.event(
        "Update",
        {"SolutionVersionArn": version, "MinProvisionedTPS": 2},
        campaign.physical_id,
        campaign.properties,
    )
    campaign.start(event)
    campaign.poll(event)
    world.pass_time(2990)
    assert described(world, campaign.physical_id)["status"] == "ACTIVE"
    assert campaign.poll(event) is None
    world.pass_time(20)
    assert campaign.poll(event) is not None


def test_what_is_taken_away_goes_back_to_the_default(world: World, campaign: Resource, version: str) -> None:
    campaign.create(
        SolutionVersionArn=version,
        MinProvisionedTPS=5,
        CampaignConfig={"EnableMetadataWithRecommendations": True, "ItemExplorationConfig": {"explorationWeight": "1"}},
    )
    campaign.update(SolutionVersionArn=version)
    now = described(world, campaign.physical_id)
    assert now["minProvisionedTPS"] == 1
    assert now["campaignConfig"]["enableMetadataWithRecommendations"] is False
    assert "itemExplorationConfig" not in now["campaignConfig"]


def test_another_solution_version_is_an_update(world: World, campaign: Resource, version: str) -> None:
    second = world.version(version.rsplit("/", 1)[0])
    campaign.create(SolutionVersionArn=version)
    arn = campaign.physical_id
    campaign.update(SolutionVersionArn=second)
    assert campaign.physical_id == arn
    assert described(world, arn)["solutionVersionArn"] == second


def test_a_failed_update_leaves_the_campaign_as_it_was(world: World, campaign: Resource, version: str) -> None:
    campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
    arn = campaign.physical_id
    world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No capacity"})
    with pytest.raises(Failed, match="its update ended as CREATE FAILED: No capacity"):
        campaign.update(SolutionVersionArn=version, MinProvisionedTPS=9)
    assert campaign.physical_id == arn
    assert described(world, arn)["minProvisionedTPS"] == 1
    assert world.called("UpdateCampaign") == ["UpdateCampaign"]


def test_a_stale_failed_update_does_not_fail_the_next_one(world: World, campaign: Resource, version: str) -> None:
    campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
    world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No capacity"})
    with pytest.raises(Failed):
        campaign.update(SolutionVersionArn=version, MinProvisionedTPS=9)
    campaign.update(SolutionVersionArn=version, MinProvisionedTPS=9)
    assert described(world, campaign.physical_id)["minProvisionedTPS"] == 9


def test_another_name_replaces_the_campaign(world: World, campaign: Resource, version: str) -> None:
    campaign.create(Name="first", SolutionVersionArn=version)
    campaign.update(Name="second", SolutionVersionArn=version)
    assert world.existing("Campaign") == [world.arn("campaign/second")]


def test_a_failed_replacement_keeps_the_predecessor(world: World, campaign: Resource, version: str) -> None:
    campaign.create(Name="first", SolutionVersionArn=version)
    world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No capacity"})
    with pytest.raises(Failed, match="No capacity"):
        campaign.update(Name="second", SolutionVersionArn=version)
    assert world.existing("Campaign") == [world.arn("campaign/first")]
    assert campaign.physical_id == world.arn("campaign/first")


def test_another_training_mode_trains_a_new_version(world: World) -> None:
    solution = world.solution(recipeArn="arn:aws:personalize:::recipe/aws-user-personalization")
    trained = Resource(world, "SolutionVersion", logical_id="Version")
    trained.create(SolutionArn=solution)
    first = trained.physical_id
    trained.update(SolutionArn=solution, TrainingMode="UPDATE")
    assert set(world.existing("SolutionVersion")) == {first, trained.physical_id}
    assert world.status(str(first)) == "ACTIVE"


def test_a_version_that_is_already_as_wanted_is_not_trained_again(world: World, version: str) -> None:
    solution = version.rsplit("/", 1)[0]
    trained = Resource(world, "SolutionVersion", logical_id="Version")
    trained.create(SolutionArn=solution)
    trained.update(SolutionArn=solution, TrainingMode="FULL")  # the service's default
    assert set(world.existing("SolutionVersion")) == {version, trained.physical_id}


def test_only_tags_differ_calls_for_tags_alone(world: World, campaign: Resource, version: str) -> None:
    campaign.create(
        SolutionVersionArn=version, Tags=[{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": "2"}]
    )
    before = len(world.emulator.calls())
    campaign.update(
        SolutionVersionArn=version, Tags=[{"TagKey": "a", "TagValue": "3"}, {"TagKey": "c", "TagValue": "4"}]
    )
    calls = [each["operation"] for each in world.emulator.calls()[before:]]
    assert {each for each in calls if not each.startswith(("Describe", "List"))} == {"TagResource", "UntagResource"}
    tags = world.personalize.list_tags_for_resource(resourceArn=campaign.physical_id)["tags"]
    assert {tag["tagKey"]: tag["tagValue"] for tag in tags if tag["tagKey"] != kinds.OWNER_TAG} == {"a": "3", "c": "4"}


def test_nothing_that_the_api_knows_differs_calls_nothing(world: World, campaign: Resource, version: str) -> None:
    campaign.create(SolutionVersionArn=version)
    before = len(world.emulator.calls())
    campaign.update(SolutionVersionArn=version, WaitSeconds=1200)
    calls = [each["operation"] for each in world.emulator.calls()[before:]]
    assert all(each.startswith("Describe") for each in calls)


def test_delete_waits_until_it_is_gone(world: World, campaign: Resource, version: str) -> None:
    campaign.create(SolutionVersionArn=version)
    arn = campaign.physical_id
    event = campaign.event("Delete", campaign.properties, arn)
    campaign.start(event)
    assert campaign.poll(event) is None
    assert world.status(str(arn)) == "DELETE PENDING"
    campaign.wait(event)
    assert world.existing("Campaign") == []


def test_deleting_what_is_gone_is_fine(world: World, campaign: Resource, version: str) -> None:
    campaign.create(SolutionVersionArn=version)
    world.personalize.delete_campaign(campaignArn=campaign.physical_id)
    world.pass_time()
    campaign.delete()


def test_delete_while_an_update_runs_waits_for_the_update(world: World, campaign: Resource, version: str) -> None:
    campaign.create(SolutionVersionArn=version)
    world.personalize.update_campaign(campaignArn=campaign.physical_id, minProvisionedTPS=7)
    campaign.delete()
    assert world.existing("Campaign") == []


def test_an_update_defers_while_a_previous_update_runs(world: World, campaign: Resource, version: str) -> None:
    campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
    world.personalize.update_campaign(campaignArn=campaign.physical_id, minProvisionedTPS=7)
    campaign.update(SolutionVersionArn=version, MinProvisionedTPS=2)
    assert described(world, campaign.physical_id)["minProvisionedTPS"] == 2


def test_a_deferred_update_that_fails_is_reported_once(world: World, campaign: Resource, version: str) -> None:
    campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
    world.personalize.update_campaign(campaignArn=campaign.physical_id, minProvisionedTPS=7)
    world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No capacity"})
    with pytest.raises(Failed, match="No capacity"):
        campaign.update(SolutionVersionArn=version, MinProvisionedTPS=2)
    assert described(world, campaign.physical_id)["minProvisionedTPS"] == 1


def test_throttling_is_no_reason_to_fail(world: World, campaign: Resource, version: str) -> None:
    world.emulator.faults.add({"operation": "CreateCampaign", "error": "ThrottlingException", "times": 3})
    world.emulator.faults.add({"operation": "DescribeCampaign", "error": "InternalServerError", "times": 3})
    campaign.create(SolutionVersionArn=version)
    assert len(world.existing("Campaign")) == 1


@pytest.mark.parametrize("name", ["related", None])
def test_a_create_whose_answer_is_lost_makes_one_resource(
    world: World, campaign: Resource, version: str, name: str | None
) -> None:
    world.emulator.faults.add({"operation": "CreateCampaign", "error": "InternalServerError", "after": True})
    properties = {"SolutionVersionArn": version, **({"Name": name} if name else {})}
    campaign.create(**properties)
    assert world.existing("Campaign") == [campaign.physical_id]


def test_a_training_whose_answer_is_lost_is_found_by_its_tag(world: World, version: str) -> None:
    trained = Resource(world, "SolutionVersion", logical_id="Version")
    world.emulator.faults.add({"operation": "CreateSolutionVersion", "error": "InternalServerError", "after": True})
    trained.create(SolutionArn=version.rsplit("/", 1)[0])
    assert set(world.existing("SolutionVersion")) == {version, trained.physical_id}


def test_an_update_whose_answer_is_lost_is_sent_once(world: World, campaign: Resource, version: str) -> None:
    campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
    world.emulator.faults.add({"operation": "UpdateCampaign", "error": "InternalServerError", "after": True})
    campaign.update(SolutionVersionArn=version, MinProvisionedTPS=2)
    assert described(world, campaign.physical_id)["minProvisionedTPS"] == 2
    assert len([each for each in world.emulator.calls() if each["operation"] == "UpdateCampaign"]) == 1


def test_a_repeated_create_event_makes_one_resource(world: World, campaign: Resource, version: str) -> None:
    event = campaign.event("Create", {"SolutionVersionArn": version})
    first, second = dict(event), dict(event)
    campaign.start(first)
    campaign.start(second)
    assert campaign.wait(first)["PhysicalResourceId"] == campaign.wait(second)["PhysicalResourceId"]
    assert len(world.existing("Campaign")) == 1


def test_a_repeated_update_event_waits_for_the_same_update(world: World, campaign: Resource, version: str) -> None:
    campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
    event = campaign.event(
        "Update", {"SolutionVersionArn": version, "MinProvisionedTPS": 2}, campaign.physical_id, campaign.properties
    )
    first, second = dict(event), dict(event)
    campaign.start(first)
    campaign.start(second)
    campaign.wait(first)
    campaign.wait(second)
    assert world.called("UpdateCampaign") == ["UpdateCampaign"]


def test_a_name_taken_by_another_owner_is_refused_and_left_alone(
    world: World, campaign: Resource, version: str
) -> None:
    world.personalize.create_campaign(name="related", solutionVersionArn=version)
    world.pass_time()
    with pytest.raises(Failed, match="this deployment did not create the existing resource, so it stays unchanged"):
        campaign.create(Name="related", SolutionVersionArn=version)
    assert world.existing("Campaign") == [world.arn("campaign/related")]


def test_a_name_that_is_being_deleted_is_waited_for(world: World, campaign: Resource, version: str) -> None:
    world.personalize.create_campaign(name="related", solutionVersionArn=version)
    world.pass_time()
    world.personalize.delete_campaign(campaignArn=world.arn("campaign/related"))
    campaign.create(Name="related", SolutionVersionArn=version)
    assert owner_tag(world, campaign.physical_id).startswith(kinds.short_hash(STACK_ID, "Related"))


def test_a_campaign_deleted_behind_the_stack_is_made_again_by_an_update(
    world: World, campaign: Resource, version: str
) -> None:
    campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
    world.personalize.delete_campaign(campaignArn=campaign.physical_id)
    world.pass_time()
    campaign.update(SolutionVersionArn=version, MinProvisionedTPS=2)
    assert world.existing("Campaign") == [campaign.physical_id]


def test_a_campaign_that_disappears_while_it_is_waited_for_is_reported(
    world: World, campaign: Resource, version: str
) -> None:
    campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
    old = campaign.properties
    event = campaign.event("Update", {**old, "MinProvisionedTPS": 2}, campaign.physical_id, old)
    campaign.start(event)
    campaign.poll(event)
    world.pass_time(700)
    world.personalize.delete_campaign(campaignArn=campaign.physical_id)
    world.pass_time(700)
    with pytest.raises(Failed, match="disappeared"):
        campaign.wait(event)


def test_a_cancelled_create_is_swept_under_an_invented_id(world: World, campaign: Resource, version: str) -> None:
    campaign.stack.add("CREATE_IN_PROGRESS")
    world.pass_time(10)
    event = campaign.event("Create", {"SolutionVersionArn": version})
    campaign.start(event)
    campaign.poll(event)
    assert len(world.existing("Campaign")) == 1
    campaign.stack.add("ROLLBACK_IN_PROGRESS")
    campaign.run(campaign.event("Delete", {"SolutionVersionArn": version}, "Shop-Related-1ABCDEFGHIJKL"))
    assert world.existing("Campaign") == []


def test_a_cancelled_training_is_stopped_under_an_invented_id(world: World, version: str) -> None:
    solution = version.rsplit("/", 1)[0]
    trained = Resource(world, "SolutionVersion", logical_id="Version")
    trained.stack.add("CREATE_IN_PROGRESS")
    world.pass_time(10)
    event = trained.event("Create", {"SolutionArn": solution})
    trained.start(event)
    trained.poll(event)
    (training,) = {*world.existing("SolutionVersion")} - {version}
    world.pass_time(600)
    trained.stack.add("ROLLBACK_IN_PROGRESS")
    trained.run(trained.event("Delete", {"SolutionArn": solution}, "Shop-Version-1ABCDEFGHIJKL"))
    assert world.status(training) == "CREATE STOPPED"
    assert world.status(version) == "ACTIVE"


def test_a_cancelled_create_sweeps_nothing_that_is_older(world: World, campaign: Resource, version: str) -> None:
    campaign.create(SolutionVersionArn=version)
    retained = campaign.physical_id  # retained by the removal policy RETAIN
    world.pass_time()
    campaign.stack.add("UPDATE_IN_PROGRESS")
    campaign.run(campaign.event("Delete", {"SolutionVersionArn": version}, "Shop-Related-1ABCDEFGHIJKL"))
    assert world.existing("Campaign") == [retained]


def test_a_cancelled_replacement_is_swept_by_the_rollback(world: World, campaign: Resource, version: str) -> None:
    campaign.create(Name="first", SolutionVersionArn=version)
    old_id, old = campaign.physical_id, campaign.properties
    world.pass_time(10)
    new = {"Name": "second", "SolutionVersionArn": version}
    campaign.stack.add("UPDATE_IN_PROGRESS")
    event = campaign.event("Update", new, old_id, old)
    campaign.start(event)
    campaign.poll(event)
    assert len(world.existing("Campaign")) == 2
    campaign.roll_back(old_id, old, new)
    assert world.existing("Campaign") == [world.arn("campaign/first")]
    assert campaign.physical_id == old_id


def test_a_rollback_that_is_told_the_successor_takes_the_predecessor_back(
    world: World, campaign: Resource, version: str
) -> None:
    campaign.create(Name="first", SolutionVersionArn=version)
    old_id, old = campaign.physical_id, campaign.properties
    world.pass_time(10)
    new = {"Name": "second", "SolutionVersionArn": version}
    campaign.stack.add("UPDATE_IN_PROGRESS")
    answer = campaign.run(campaign.event("Update", new, old_id, old))
    campaign.roll_back(answer["PhysicalResourceId"], old, new)
    assert campaign.physical_id == old_id


def test_a_wait_that_runs_out_says_how_long_and_where_it_stood(world: World, campaign: Resource, version: str) -> None:
    world.emulator.faults.add({"kind": "Campaign", "outcome": "HANG"})
    event = campaign.event("Create", {"SolutionVersionArn": version, "WaitSeconds": 1200})
    campaign.start(event)
    with pytest.raises(Failed, match=r"timed out after 20 min \(last status: CREATE IN_PROGRESS\)"):
        campaign.wait(event)


def test_a_wait_that_runs_out_is_handed_over_where_a_link_follows(world: World, version: str) -> None:
    trained = Resource(world, "SolutionVersion", logical_id="Version")
    world.emulator.set_duration("SolutionVersion", 5000)
    attributes = trained.create(SolutionArn=version.rsplit("/", 1)[0], WaitSeconds=3300, Continued=True)
    assert attributes["Status"] == "CREATE IN_PROGRESS"
    link = Resource(world, "SolutionVersionWait", logical_id="VersionWait1")
    waited = link.create(Arn=attributes["Arn"], Operation=attributes["Operation"], WaitSeconds=3300)
    assert waited["Status"] == "ACTIVE"
    assert waited["SolutionVersionArn"] == trained.physical_id
    assert link.physical_id == "VersionWait1"
    link.delete()
    assert world.status(str(trained.physical_id)) == "ACTIVE"


def test_a_link_reports_the_update_that_failed(world: World, campaign: Resource, version: str) -> None:
    campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
    world.emulator.set_duration("Campaign", 5000)
    world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No capacity"})
    attributes = campaign.update(SolutionVersionArn=version, MinProvisionedTPS=2, Continued=True)
    link = Resource(world, "CampaignWait", logical_id="RelatedWait1")
    with pytest.raises(Failed, match="its update ended as CREATE FAILED: No capacity"):
        link.create(Arn=attributes["Arn"], Operation=attributes["Operation"])


def test_a_rollback_never_fails_for_lack_of_time(world: World, campaign: Resource, version: str) -> None:
    campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
    failed = {"SolutionVersionArn": version, "MinProvisionedTPS": 2}
    world.personalize.update_campaign(campaignArn=campaign.physical_id, minProvisionedTPS=2)
    world.pass_time()
    world.emulator.set_duration("Campaign", 9000)
    campaign.roll_back(campaign.physical_id, campaign.properties, failed)
    assert campaign.attributes["CampaignArn"] == campaign.physical_id


def test_a_missing_permission_is_reported_after_it_could_have_become_known(
    world: World, campaign: Resource, version: str
) -> None:
    world.emulator.faults.add({"operation": "CreateCampaign", "error": "AccessDeniedException", "times": 1000})
    with pytest.raises(Failed, match="Grant the permission to the role"):
        campaign.create(SolutionVersionArn=version)


def test_a_permission_that_is_not_known_yet_is_waited_for(world: World, campaign: Resource, version: str) -> None:
    world.emulator.faults.add({"operation": "CreateCampaign", "error": "AccessDeniedException", "times": 2})
    campaign.create(SolutionVersionArn=version)
    assert len(world.existing("Campaign")) == 1


def test_a_synchronized_campaign_follows_and_is_updated_in_place(
    world: World, campaign: Resource, version: str
) -> None:
    solution = version.rsplit("/", 1)[0]
    synced = {"SolutionVersionArn": f"{solution}/$LATEST", "CampaignConfig": {"SyncWithLatestSolutionVersion": True}}
    campaign.create(**synced)
    newest = world.version(solution)
    world.pass_time()
    assert described(world, campaign.physical_id)["solutionVersionArn"] == newest
    campaign.update(**synced, MinProvisionedTPS=4)
    assert described(world, campaign.physical_id)["minProvisionedTPS"] == 4


def test_an_update_that_meets_one_of_personalize_itself_waits_for_it(
    world: World, campaign: Resource, version: str
) -> None:
    solution = version.rsplit("/", 1)[0]
    synced = {"SolutionVersionArn": f"{solution}/$LATEST", "CampaignConfig": {"SyncWithLatestSolutionVersion": True}}
    campaign.create(**synced)
    world.emulator.set_duration("Campaign", 1500)
    newest = world.version(solution)  # in the meantime, the service starts an update to this version
    campaign.update(**synced, MinProvisionedTPS=4)
    now = described(world, campaign.physical_id)
    assert (now["minProvisionedTPS"], now["solutionVersionArn"]) == (4, newest)


def test_a_failed_training_is_reported_and_kept(world: World, version: str) -> None:
    trained = Resource(world, "SolutionVersion", logical_id="Version")
    world.emulator.faults.add({"kind": "SolutionVersion", "outcome": "CREATE FAILED", "reason": "Too few users"})
    with pytest.raises(Failed, match="SolutionVersion Version: its creation ended as CREATE FAILED: Too few users"):
        trained.create(SolutionArn=version.rsplit("/", 1)[0])


def test_an_unknown_type_is_refused_in_words(world: World) -> None:
    with pytest.raises(Failed, match="does not support the type Custom::PersonalizeNothing"):
        Resource(world, "Nothing").create()


def test_each_decision_is_a_line_of_json_without_secrets(
    world: World, campaign: Resource, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "not-to-be-logged")
    written = io.StringIO()
    stdout = handler.logger.registered_handler.setStream(written)
    try:
        world.emulator.faults.add({"operation": "UpdateCampaign", "error": "ThrottlingException", "times": 2})
        campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
        campaign.update(SolutionVersionArn=version, MinProvisionedTPS=2)
        world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "On purpose"})
        with pytest.raises(Failed):
            campaign.update(SolutionVersionArn=version, MinProvisionedTPS=3)
        campaign.delete()
    finally:
        handler.logger.registered_handler.setStream(stdout)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    decisions = {line["message"] for line in lines}
    assert decisions == {
        *("create called", "update called", "delete called", "deferred", "waiting", "complete", "failed"),
        *("workflow started", "responded"),
    }
    for line in lines:
        assert {"stack_id", "logical_id", "request_id", "event", "kind"} <= line.keys()
        assert "arn" in line or line["message"] in ("deferred", "failed", "workflow started", "responded")
        assert line["message"] != "waiting" or {"status", "waited"} <= line.keys()
    for secret in ("example.com/secret", "ResponseURL", "not-to-be-logged"):
        assert secret not in written.getvalue()


@pytest.fixture
def recommender(world: World) -> Resource:
    samples = Samples(world)
    resource = Resource(world, "Recommender", polls=400)
    shape = service_model.create_shape("Recommender")
    resource.create(**service_model.to_template(shape, samples.request("Recommender")), WaitSeconds=36000)
    return resource


def test_a_recommender_is_stopped_and_started_in_place(world: World, recommender: Resource) -> None:
    arn = recommender.physical_id
    properties = recommender.properties
    stopped = recommender.update(**{**properties, "Active": False})
    assert (stopped["Status"], world.status(str(arn))) == ("INACTIVE", "INACTIVE")
    started = recommender.update(**properties)
    assert (started["Status"], recommender.physical_id) == ("ACTIVE", arn)
    assert world.called("Stop", "Start") == ["StopRecommender", "StartRecommender"]


def test_a_recommender_can_be_made_stopped(world: World, recommender: Resource) -> None:
    second = Resource(world, "Recommender", logical_id="Second", polls=400)
    assert second.create(**recommender.properties, Active=False)["Status"] == "INACTIVE"


def test_a_stopped_recommender_is_deleted(world: World, recommender: Resource) -> None:
    recommender.update(**{**recommender.properties, "Active": False})
    recommender.delete()
    assert world.existing("Recommender") == []


def test_a_link_stops_what_was_handed_over_to_it(world: World, recommender: Resource) -> None:
    attributes = recommender.attributes
    link = Resource(world, "RecommenderWait", logical_id="Wait1")
    waited = link.create(Arn=attributes["Arn"], Operation=attributes["Operation"], Active=False)
    assert waited["Status"] == "INACTIVE"


def test_a_job_is_run_again_when_what_it_depends_on_changes(world: World) -> None:
    samples = Samples(world)
    job = Resource(world, "BatchInferenceJob", polls=400)
    shape = service_model.create_shape("BatchInferenceJob")
    properties = service_model.to_template(shape, samples.request("BatchInferenceJob"))
    job.create(**properties, RerunOn={"data": "monday"})
    first = job.physical_id
    job.update(**properties, RerunOn={"data": "tuesday"})
    assert job.physical_id != first
    job.update(**properties, RerunOn={"data": "tuesday"})
    assert len(world.existing("BatchInferenceJob")) == 2


def test_a_job_with_a_name_of_the_users_cannot_be_run_again_under_it(world: World) -> None:
    samples = Samples(world)
    job = Resource(world, "BatchInferenceJob", polls=400)
    shape = service_model.create_shape("BatchInferenceJob")
    properties = service_model.to_template(shape, {**samples.request("BatchInferenceJob"), "jobName": "nightly"})
    job.create(**properties, RerunOn={"data": "monday"})
    with pytest.raises(
        Failed, match="changing RerunOn requires a replacement, and the existing resource still has the name"
    ):
        job.update(**properties, RerunOn={"data": "tuesday"})
    assert len(world.existing("BatchInferenceJob")) == 1


def test_an_event_tracker_beside_another_is_refused_at_once(world: World) -> None:
    group = world.group()
    world.personalize.create_event_tracker(name="existing", datasetGroupArn=group)
    world.pass_time()
    with pytest.raises(Failed, match="stays unchanged"):
        Resource(world, "EventTracker").create(Name="own", DatasetGroupArn=group)
    assert len(world.existing("EventTracker")) == 1


def test_a_rollback_that_fails_too_has_swept_before(world: World, campaign: Resource, version: str) -> None:
    campaign.create(Name="first", SolutionVersionArn=version, MinProvisionedTPS=2)
    world.pass_time(10)
    world.personalize.update_campaign(campaignArn=campaign.physical_id, minProvisionedTPS=9)
    world.pass_time()
    fault = {"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No capacity", "times": 2}
    world.emulator.faults.add(fault)
    with pytest.raises(Failed, match="its update ended as CREATE FAILED: No capacity"):
        campaign.update(SolutionVersionArn=version, MinProvisionedTPS=1)
    assert world.existing("Campaign") == [world.arn("campaign/first")]


# Failures that were found by random schedules and killed functions


def test_a_cancelled_create_makes_nothing_after_it_was_swept(world: World, campaign: Resource, version: str) -> None:
    event = campaign.event("Create", {"SolutionVersionArn": version})
    world.emulator.faults.add({"operation": "CreateCampaign", "error": "ThrottlingException", "times": 3})
    campaign.start(event)
    campaign.poll(event)
    campaign.stack.add_end(event, "FAILED")  # as CloudFormation shows a creation that it cancels
    campaign.stack.add("ROLLBACK_IN_PROGRESS")
    campaign.zombies.append(event)
    campaign.run(campaign.event("Delete", {"SolutionVersionArn": version}, "Shop-Related-1ABCDEFGHIJKL"))
    world.emulator.faults.clear()
    assert campaign.execution(event).status == "ABORTED"
    assert world.existing("Campaign") == []


def test_a_create_event_that_comes_after_the_deletion_makes_nothing(
    world: World, campaign: Resource, version: str
) -> None:
    late = campaign.event("Create", {"SolutionVersionArn": version})
    campaign.stack.add_start(late)
    campaign.stack.add_end(late, "FAILED")
    campaign.stack.add("ROLLBACK_IN_PROGRESS")
    campaign.run(campaign.event("Delete", {"SolutionVersionArn": version}, "Shop-Related-1ABCDEFGHIJKL"))
    campaign.deliver(late)
    with pytest.raises(Failed, match=r"does not wait for this request any more: it shows .* DELETE_COMPLETE"):
        campaign.wait(late)
    assert world.existing("Campaign") == []


def test_an_update_event_that_comes_after_its_successor_changes_nothing(
    world: World, campaign: Resource, version: str
) -> None:
    campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
    old = campaign.properties
    late = campaign.event("Update", {**old, "MinProvisionedTPS": 2}, campaign.physical_id, old)
    campaign.stack.add("UPDATE_IN_PROGRESS")
    campaign.stack.add_start(late)
    campaign.stack.add_end(late, "FAILED")
    campaign.roll_back(campaign.physical_id, old, late["ResourceProperties"])
    campaign.update(SolutionVersionArn=version, MinProvisionedTPS=3)
    campaign.deliver(late)
    with pytest.raises(Failed, match="does not wait for this request any more"):
        campaign.wait(late)
    assert described(world, campaign.physical_id)["minProvisionedTPS"] == 3


def test_a_schema_of_another_owner_is_left_alone(world: World) -> None:
    avro = Samples(world).request("Schema")["schema"]
    existing = world.personalize.create_schema(name="existing", schema=avro)["schemaArn"]
    world.pass_time()
    schema = Resource(world, "Schema", logical_id="Films")
    with pytest.raises(Failed, match="this deployment did not create the existing resource, so it stays unchanged"):
        schema.create(Name="existing", Schema=avro)
    assert existing in world.existing("Schema")


def test_a_failed_creation_that_is_found_is_deleted_without_a_further_wait(
    world: World, campaign: Resource, version: str
) -> None:
    world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No capacity left"})
    event = campaign.event("Create", {"SolutionVersionArn": version})
    campaign.start(event)
    with pytest.raises(Failed) as caught:
        campaign.wait(event)
    delete = campaign.event("Delete", {"SolutionVersionArn": version}, caught.value.physical_id)
    campaign.start(delete)
    began = world.clock.now()
    campaign.wait(delete)
    assert world.existing("Campaign") == []
    assert world.clock.now() - began <= SETTLING.total_seconds()


def test_a_rollback_makes_a_deleted_predecessor_again_when_the_replacement_is_gone(
    world: World, campaign: Resource, version: str
) -> None:
    campaign.create(Name="first", SolutionVersionArn=version)
    old_id, old = campaign.physical_id, campaign.properties
    world.personalize.delete_campaign(campaignArn=old_id)
    world.pass_time()
    new = {"Name": "second", "SolutionVersionArn": version}
    campaign.stack.add("UPDATE_IN_PROGRESS")
    event = campaign.event("Update", new, old_id, old)
    campaign.start(event)
    campaign.poll(event)
    assert world.existing("Campaign") == [world.arn("campaign/second")]
    campaign.roll_back(old_id, old, new)
    assert world.existing("Campaign") == [old_id]


def test_a_cancelled_replacement_of_a_schema_with_names_is_swept(world: World) -> None:
    avro = Samples(world).request("Schema")["schema"]
    schema = Resource(world, "Schema", logical_id="Films")
    schema.create(Name="first", Schema=avro)
    old_id, old = schema.physical_id, schema.properties
    world.pass_time(60)
    new = {"Name": "second", "Schema": avro}
    schema.stack.add("UPDATE_IN_PROGRESS")
    event = schema.event("Update", new, old_id, old)
    schema.start(event)
    schema.poll(event)  # records that the name is free
    schema.poll(event)
    assert world.arn("schema/second") in world.existing("Schema")
    schema.roll_back(old_id, old, new)
    assert world.arn("schema/second") not in world.existing("Schema")
    assert old_id in world.existing("Schema")


def test_a_rollback_fails_rather_than_forget_a_replacement(world: World, campaign: Resource, version: str) -> None:
    campaign.create(Name="first", SolutionVersionArn=version)
    old_id, old = campaign.physical_id, campaign.properties
    world.emulator.set_duration("Campaign", 7000)
    new = {"Name": "second", "SolutionVersionArn": version}
    campaign.stack.add("UPDATE_IN_PROGRESS")
    event = campaign.event("Update", new, old_id, old)
    campaign.start(event)
    campaign.poll(event)
    with pytest.raises(Failed, match=r"campaign/second, cannot be deleted yet\. Continue the rollback"):
        campaign.roll_back(old_id, old, new)
    world.pass_time()
    campaign.roll_back(old_id, old, new)
    assert world.existing("Campaign") == [old_id]


def test_an_update_that_was_cancelled_does_not_sweep_what_its_rollback_made(
    world: World, campaign: Resource, version: str
) -> None:
    campaign.create(SolutionVersionArn=version, MinProvisionedTPS=1)
    old_id, old = campaign.physical_id, campaign.properties
    world.personalize.delete_campaign(campaignArn=old_id)
    world.pass_time()
    new = {**old, "MinProvisionedTPS": 2}
    campaign.stack.add("UPDATE_IN_PROGRESS")
    event = campaign.event("Update", new, old_id, old)
    world.emulator.faults.add({"operation": "CreateCampaign", "error": "ThrottlingException"})
    campaign.start(event)
    campaign.stack.add_end(event, "FAILED")
    campaign.zombies.append(event)
    campaign.roll_back(old_id, old, new)
    assert campaign.execution(event).status == "ABORTED"
    assert world.existing("Campaign") == [campaign.physical_id]


@pytest.mark.parametrize(
    ("signature", "sent"),
    [
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261126T223015Z&X-Amz-Expires=7200", (2026, 11, 26, 22, 30, 15)),
        ("AWSAccessKeyId=AKIA&Expires=1510162268&Signature=a", None),
        ("X-Amz-Date=yesterday", None),
        ("", None),
    ],
)
def test_the_signature_of_the_response_url_says_when_a_request_was_sent(signature: str, sent: Any) -> None:
    found = events.sent_at({"ResponseURL": f"https://bucket.s3.amazonaws.com/arn%3Aaws?{signature}"})
    assert found == (datetime(*sent, tzinfo=timezone.utc) if sent else None)
