"""Adoption of resources from outside the stack, against the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cdk_personalize_handler import kinds, service_model
from support.cloudformation import STACK_ID, Failed, Resource, Stack
from support.samples import Samples

if TYPE_CHECKING:
    from support.world import World

OWNER = kinds.short_hash(STACK_ID, "Related")
NAME = "existing"


@pytest.fixture
def version(world: World) -> str:
    return world.version(world.solution())


@pytest.fixture
def existing(world: World, version: str) -> str:
    """A campaign that was created outside the stack."""
    arn: str = world.personalize.create_campaign(
        name=NAME,
        solutionVersionArn=version,
        minProvisionedTPS=5,
        campaignConfig={"enableMetadataWithRecommendations": True, "itemExplorationConfig": {"explorationWeight": "1"}},
        tags=[{"tagKey": "team", "tagValue": "search"}],
    )["campaignArn"]
    world.pass_time()
    return arn


@pytest.fixture
def campaign(world: World) -> Resource:
    return Resource(world, "Campaign")


def adopting(version: str, **more: Any) -> dict[str, Any]:
    return {"Name": NAME, "SolutionVersionArn": version, "Adopt": True, **more}


def tags(world: World, arn: str | None) -> dict[str, str]:
    found = world.personalize.list_tags_for_resource(resourceArn=arn)["tags"]
    return {tag["tagKey"]: tag["tagValue"] for tag in found}


def described(world: World, arn: str | None) -> dict[str, Any]:
    found: dict[str, Any] = world.personalize.describe_campaign(campaignArn=arn)["campaign"]
    return found


def is_as_made_outside_the_stack(world: World, arn: str) -> bool:
    """Return whether the campaign exists without an ownership tag."""
    return world.status(arn) == "ACTIVE" and tags(world, arn) == {"team": "search"}


def test_it_is_updated_in_place_and_own_from_then_on(
    world: World, campaign: Resource, version: str, existing: str
) -> None:
    attributes = campaign.create(**adopting(version, MinProvisionedTPS=2, Tags=[{"TagKey": "cost", "TagValue": "42"}]))
    assert attributes["CampaignArn"] == campaign.physical_id == existing
    assert described(world, existing)["minProvisionedTPS"] == 2
    found = tags(world, existing)
    assert found.pop(kinds.OWNER_TAG).startswith(f"{OWNER}/")
    assert found == {"team": "search", "cost": "42"}

    campaign.update(**adopting(version, MinProvisionedTPS=3))
    assert (campaign.physical_id, described(world, existing)["minProvisionedTPS"]) == (existing, 3)
    campaign.delete()
    assert world.existing("Campaign") == []


def test_what_is_not_declared_stays(world: World, campaign: Resource, version: str, existing: str) -> None:
    config = {"ItemExplorationConfig": {"explorationItemAgeCutOff": "7"}}
    campaign.create(**adopting(version, CampaignConfig=config))
    found = described(world, existing)
    assert found["minProvisionedTPS"] == 5
    assert found["campaignConfig"]["enableMetadataWithRecommendations"] is True
    exploration = {"explorationWeight": "1", "explorationItemAgeCutOff": "7"}
    assert found["campaignConfig"]["itemExplorationConfig"] == exploration


def test_what_is_as_declared_is_tagged_alone(world: World, campaign: Resource, version: str, existing: str) -> None:
    calls = len(world.emulator.calls())
    campaign.create(**adopting(version, MinProvisionedTPS=5))
    made = [each["operation"] for each in world.emulator.calls()[calls:]]
    assert [each for each in made if not each.startswith(("Describe", "List"))] == ["TagResource"]
    assert campaign.physical_id == existing


def test_it_goes_on_following_its_solution(world: World, campaign: Resource, version: str) -> None:
    latest = f"{version.rsplit('/', 1)[0]}/$LATEST"
    config = {"syncWithLatestSolutionVersion": True}
    world.personalize.create_campaign(name=NAME, solutionVersionArn=latest, campaignConfig=config)
    world.pass_time()
    campaign.create(**adopting(latest, CampaignConfig={"SyncWithLatestSolutionVersion": True}))
    assert world.called("UpdateCampaign") == []


def test_where_there_is_none_one_is_made(world: World, campaign: Resource, version: str) -> None:
    campaign.create(**adopting(version))
    assert world.called("CreateCampaign") == ["CreateCampaign"]
    campaign.delete()
    assert world.existing("Campaign") == []


def test_a_made_one_is_deleted_when_the_deployment_fails(world: World, campaign: Resource, version: str) -> None:
    world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No capacity"})
    with pytest.raises(Failed, match="No capacity"):
        campaign.create(**adopting(version))
    assert world.existing("Campaign") == []


def test_what_is_being_deleted_is_waited_for(world: World, campaign: Resource, version: str, existing: str) -> None:
    world.personalize.delete_campaign(campaignArn=existing)
    campaign.create(**adopting(version))
    assert campaign.physical_id == existing
    assert "team" not in tags(world, existing)


def test_what_is_being_updated_is_waited_for(world: World, campaign: Resource, version: str, existing: str) -> None:
    world.personalize.update_campaign(campaignArn=existing, minProvisionedTPS=7)
    campaign.create(**adopting(version, MinProvisionedTPS=2))
    assert described(world, existing)["minProvisionedTPS"] == 2


@pytest.mark.parametrize("owner", ["0a1b2c3d/0a1b2c3d", "0a1b2c3d/0a1b2c3d/2026-01-01T00:00:00+00:00"])
def test_what_belongs_to_another_stack_is_refused(
    world: World, campaign: Resource, version: str, existing: str, owner: str
) -> None:
    world.personalize.tag_resource(resourceArn=existing, tags=[{"tagKey": kinds.OWNER_TAG, "tagValue": owner}])
    before = described(world, existing)
    with pytest.raises(Failed, match="it cannot be adopted: another stack or construct owns it"):
        campaign.create(**adopting(version, MinProvisionedTPS=2))
    assert described(world, existing) == before
    assert tags(world, existing)[kinds.OWNER_TAG] == owner
    assert world.called("DeleteCampaign", "UntagResource") == []


def test_what_the_same_construct_left_behind_is_taken_back(world: World, campaign: Resource, version: str) -> None:
    campaign.create(**adopting(version))
    arn = campaign.physical_id
    campaign.physical_id = None  # it was retained when it left the stack, and is declared again
    world.pass_time()
    campaign.create(**adopting(version, MinProvisionedTPS=2))
    assert (campaign.physical_id, described(world, arn)["minProvisionedTPS"]) == (arn, 2)


def test_without_the_flag_it_is_left_alone(world: World, campaign: Resource, version: str, existing: str) -> None:
    with pytest.raises(Failed, match="stays unchanged"):
        campaign.create(Name=NAME, SolutionVersionArn=version)
    assert is_as_made_outside_the_stack(world, existing)


def test_an_update_does_not_adopt(world: World, campaign: Resource, version: str, existing: str) -> None:
    campaign.create(**{**adopting(version), "Name": "own"})
    with pytest.raises(Failed, match="stays unchanged"):
        campaign.update(**adopting(version))
    assert campaign.physical_id == world.arn("campaign/own")
    assert is_as_made_outside_the_stack(world, existing)


# Deployments that fail


def test_a_failed_update_gives_it_back(world: World, campaign: Resource, version: str, existing: str) -> None:
    world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No capacity"})
    with pytest.raises(Failed, match="its update ended as CREATE FAILED: No capacity"):
        campaign.create(**adopting(version, MinProvisionedTPS=9))
    assert is_as_made_outside_the_stack(world, existing)
    assert world.called("DeleteCampaign") == []


def test_a_sibling_that_fails_gives_it_back(world: World, campaign: Resource, version: str, existing: str) -> None:
    sibling = Resource(world, "Campaign", logical_id="Sibling", beside=campaign)
    none = world.arn("solution/none/00000000")
    with pytest.raises(Failed, match="Campaign Sibling"):
        Stack(campaign, sibling).deploy(
            lambda position: {"SolutionVersionArn": none} if position else adopting(version)
        )
    assert is_as_made_outside_the_stack(world, existing)
    assert world.called("DeleteCampaign") == []
    campaign.create(**adopting(version))  # the next attempt
    assert campaign.physical_id == existing


def test_an_addition_to_a_stack_that_fails_gives_it_back(world: World, version: str, existing: str) -> None:
    first = Resource(world, "Campaign", logical_id="First")
    first.create(SolutionVersionArn=version)
    world.pass_time()
    added = Resource(world, "Campaign", beside=first)
    last = Resource(world, "Campaign", logical_id="Last", beside=first)
    wanted = [first.properties, adopting(version), {"SolutionVersionArn": world.arn("solution/none/00000000")}]
    with pytest.raises(Failed, match="Campaign Last"):
        Stack(first, added, last).deploy(lambda position: wanted[position])
    assert is_as_made_outside_the_stack(world, existing)


def test_a_stack_that_never_came_to_a_good_end_gives_it_back(
    world: World, campaign: Resource, version: str, existing: str
) -> None:
    campaign.stack.add("CREATE_IN_PROGRESS")
    campaign.accept(campaign.run(campaign.event("Create", adopting(version))), adopting(version))
    campaign.stack.add("CREATE_FAILED")  # with the option --no-rollback
    world.pass_time()
    campaign.delete()
    assert is_as_made_outside_the_stack(world, existing)


def test_a_stack_that_came_to_a_good_end_at_last_deletes_it(
    world: World, campaign: Resource, version: str, existing: str
) -> None:
    campaign.stack.add("CREATE_IN_PROGRESS")
    campaign.accept(campaign.run(campaign.event("Create", adopting(version))), adopting(version))
    campaign.stack.add("CREATE_FAILED")
    world.pass_time()
    campaign.update(**adopting(version, MinProvisionedTPS=2))
    world.pass_time()
    assert campaign.physical_id == existing
    campaign.delete()
    assert world.existing("Campaign") == []


def test_a_later_deployment_that_fails_gives_nothing_back(
    world: World, campaign: Resource, version: str, existing: str
) -> None:
    campaign.create(**adopting(version))
    world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No capacity"})
    world.pass_time()
    with pytest.raises(Failed, match="No capacity"):
        campaign.update(**adopting(version, MinProvisionedTPS=9))
    assert tags(world, existing)[kinds.OWNER_TAG].startswith(f"{OWNER}/")
    world.pass_time()
    campaign.delete()
    assert world.existing("Campaign") == []


def test_a_deletion_that_is_asked_for_twice_gives_back_once(
    world: World, campaign: Resource, version: str, existing: str
) -> None:
    campaign.stack.add("CREATE_IN_PROGRESS")
    campaign.accept(campaign.run(campaign.event("Create", adopting(version))), adopting(version))
    campaign.stack.add("ROLLBACK_IN_PROGRESS")
    delete = campaign.event("Delete", campaign.properties, campaign.physical_id)
    late = dict(delete)
    campaign.run(delete)
    campaign.run(late)
    assert is_as_made_outside_the_stack(world, existing)


@pytest.mark.parametrize("polls", [0, 1, 2, 30])
def test_a_cancelled_adoption_gives_it_back(
    world: World, campaign: Resource, version: str, existing: str, polls: int
) -> None:
    campaign.stack.add("CREATE_IN_PROGRESS")
    world.pass_time(10)
    event = campaign.event("Create", adopting(version, MinProvisionedTPS=2))
    campaign.start(event)
    for _ in range(polls):
        campaign.poll(event)
        world.pass_time(30)
    campaign.stack.add_end(event, "FAILED")
    campaign.stack.add("ROLLBACK_IN_PROGRESS")
    campaign.zombies.append(event)
    campaign.run(campaign.event("Delete", adopting(version), "Shop-Related-1ABCDEFGHIJKL"))
    world.pass_time()
    assert campaign.execution(event).status == ("SUCCEEDED" if polls == 30 else "ABORTED")
    assert is_as_made_outside_the_stack(world, existing)


def test_a_cancelled_adoption_of_what_was_retained_leaves_it(
    world: World, campaign: Resource, version: str, existing: str
) -> None:
    campaign.create(**adopting(version))
    campaign.physical_id = None  # it was retained when it left the stack
    world.pass_time()
    campaign.stack.add("UPDATE_IN_PROGRESS")
    world.pass_time(10)
    event = campaign.event("Create", adopting(version, MinProvisionedTPS=2))
    campaign.start(event)
    campaign.poll(event)
    campaign.stack.add_end(event, "FAILED")
    campaign.stack.add("UPDATE_ROLLBACK_IN_PROGRESS")
    campaign.run(campaign.event("Delete", adopting(version), "Shop-Related-1ABCDEFGHIJKL"))
    assert world.existing("Campaign") == [existing]


@pytest.mark.parametrize("operation", ["UpdateCampaign", "TagResource"])
def test_an_adoption_goes_on_when_its_function_is_killed(
    world: World, campaign: Resource, version: str, existing: str, operation: str
) -> None:
    campaign.clients.kills.append(operation)
    campaign.create(**adopting(version, MinProvisionedTPS=2))
    assert campaign.clients.kills == []
    assert (campaign.physical_id, described(world, existing)["minProvisionedTPS"]) == (existing, 2)


@pytest.mark.parametrize("operation", ["UpdateCampaign", "TagResource", "ListTagsForResource", "DescribeCampaign"])
@pytest.mark.parametrize("after", [False, True])
def test_answers_that_are_lost_lose_nothing(
    world: World, campaign: Resource, version: str, existing: str, operation: str, after: bool
) -> None:
    world.emulator.faults.add({"operation": operation, "error": "InternalServerError", "after": after, "times": 2})
    campaign.create(**adopting(version, MinProvisionedTPS=2))
    assert (campaign.physical_id, described(world, existing)["minProvisionedTPS"]) == (existing, 2)
    assert world.called("CreateCampaign") == ["CreateCampaign"]  # the only creation is that outside the stack


def test_an_event_that_comes_twice_adopts_once(world: World, campaign: Resource, version: str, existing: str) -> None:
    campaign.repeats = True
    campaign.create(**adopting(version, MinProvisionedTPS=2))
    assert campaign.physical_id == existing
    assert world.called("UpdateCampaign", "TagResource") == ["UpdateCampaign", "TagResource"]


def test_a_long_update_is_handed_over_and_given_back_when_it_fails(
    world: World, campaign: Resource, version: str, existing: str
) -> None:
    world.emulator.set_duration("Campaign", 5000)
    world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No capacity"})
    link = Resource(world, "CampaignWait", logical_id="RelatedWait1", beside=campaign)
    budget = {"WaitSeconds": 3300}

    def wanted(position: int) -> dict[str, Any]:
        if position:
            return {"Arn": campaign.attributes["Arn"], "Operation": campaign.attributes["Operation"], **budget}
        return adopting(version, MinProvisionedTPS=9, Continued=True, **budget)

    with pytest.raises(Failed, match="CampaignWait RelatedWait1: its update ended as CREATE FAILED: No capacity"):
        Stack(campaign, link).deploy(wanted)
    assert is_as_made_outside_the_stack(world, existing)


# Other kinds


def test_what_only_a_new_one_can_have_is_refused_with_both_values(world: World) -> None:
    samples = Samples(world)
    request = samples.request("Solution")
    config = {"algorithmHyperParameters": {"hidden_dimension": "55"}}
    mine = {**request, "name": NAME, "recipeArn": request["recipeArn"], "solutionConfig": config, "performHPO": True}
    arn = world.personalize.create_solution(**mine)["solutionArn"]
    world.pass_time()
    before = world.personalize.describe_solution(solutionArn=arn)["solution"]
    other = "arn:aws:personalize:::recipe/aws-user-personalization"
    wanted = service_model.to_template(
        service_model.create_shape("Solution"), {**request, "name": NAME, "recipeArn": other}
    )
    with pytest.raises(Failed) as caught:
        Resource(world, "Solution").create(**wanted, Adopt=True)
    reason = str(caught.value)
    assert reason.startswith("Solution Related: it cannot be adopted: ")
    assert "performHPO is True, the stack declares none" in reason
    assert f"recipeArn is {request['recipeArn']}, the stack declares {other}" in reason
    assert "solutionConfig.algorithmHyperParameters.hidden_dimension is 55, the stack declares none" in reason
    assert world.personalize.describe_solution(solutionArn=arn)["solution"] == before
    assert world.personalize.list_tags_for_resource(resourceArn=arn)["tags"] == []


def test_a_tracker_is_found_by_its_name_in_the_group(world: World) -> None:
    group = world.group()
    arn = world.personalize.create_event_tracker(name=NAME, datasetGroupArn=group)["eventTrackerArn"]
    world.pass_time()
    tracker = Resource(world, "EventTracker")
    tracker.create(Name=NAME, DatasetGroupArn=group, Adopt=True)
    assert tracker.physical_id == arn
    world.pass_time()
    tracker.delete()
    assert world.existing("EventTracker") == []


def test_a_schema_is_left_alone_though_told_to_adopt(world: World) -> None:
    avro = Samples(world).request("Schema")["schema"]
    arn = world.personalize.create_schema(name=NAME, schema=avro)["schemaArn"]
    world.pass_time()
    with pytest.raises(Failed, match="stays unchanged"):
        Resource(world, "Schema").create(Name=NAME, Schema=avro, Adopt=True)
    assert arn in world.existing("Schema")


def test_a_recommender_that_falls_short_of_its_gate_is_not_adopted(world: World) -> None:
    request = {**Samples(world).request("Recommender"), "name": NAME}
    arn = world.personalize.create_recommender(**request)["recommenderArn"]
    world.pass_time(36000)
    wanted = service_model.to_template(service_model.create_shape("Recommender"), request)
    gate = [{"Metric": "coverage", "AtLeast": 0.999}]
    with pytest.raises(Failed, match=r"coverage is .*, the gate asks for at least 0\.999"):
        Resource(world, "Recommender", polls=400).create(**wanted, Adopt=True, QualityGate=gate)
    assert world.status(arn) == "ACTIVE"
    assert world.personalize.list_tags_for_resource(resourceArn=arn)["tags"] == []
