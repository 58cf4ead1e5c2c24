"""The property `IgnoreChanges`, for properties that change outside the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cdk_personalize_handler import kinds, service_model
from cdk_personalize_handler.diff import ConfigurationDiff
from support.cloudformation import Resource
from support.samples import Samples

if TYPE_CHECKING:
    from support.world import World

IGNORED = ["SolutionVersionArn"]
CAMPAIGN = kinds.KINDS["Campaign"]
DECLARED, SERVED = "arn:aws:personalize:::solution/s/1", "arn:aws:personalize:::solution/s/2"


def diff(desired: dict[str, Any], previous: dict[str, Any]) -> ConfigurationDiff:
    return ConfigurationDiff(CAMPAIGN, desired, previous, frozenset({"solutionVersionArn"}))


def test_an_ignored_member_is_not_compared() -> None:
    changed = diff({"solutionVersionArn": DECLARED}, {"solutionVersionArn": "another"})
    assert changed.changed() == frozenset()
    assert not changed.needs_update()
    assert changed.matches_mutable({"solutionVersionArn": SERVED})
    assert changed.matches_update({"solutionVersionArn": SERVED})


def test_an_update_request_repeats_the_value_that_the_resource_has() -> None:
    changed = diff({"solutionVersionArn": DECLARED, "minProvisionedTPS": 2}, {"minProvisionedTPS": 1})
    assert changed.needs_update()
    assert changed.update_request({"solutionVersionArn": SERVED, "minProvisionedTPS": 1}) == {
        "solutionVersionArn": SERVED,
        "minProvisionedTPS": 2,
    }


def test_an_ignored_create_only_member_needs_no_replacement() -> None:
    changed = ConfigurationDiff(CAMPAIGN, {"name": "b"}, {"name": "a"}, frozenset({"name"}))
    assert not changed.needs_replacement()
    assert changed.matches_create_only({"name": "a"})
    assert changed.conflicts({"name": "a"}) == []


@pytest.fixture
def campaign(world: World, versions: list[str]) -> Resource:
    """A campaign of a stack whose version was changed outside the stack."""
    made = Resource(world, "Campaign")
    made.create(SolutionVersionArn=versions[0], MinProvisionedTPS=1, IgnoreChanges=IGNORED)
    world.personalize.update_campaign(campaignArn=made.physical_id, solutionVersionArn=versions[1])
    world.pass_time()
    return made


def served(world: World, campaign: Resource) -> tuple[str, int]:
    found = world.personalize.describe_campaign(campaignArn=campaign.physical_id)["campaign"]
    return found["solutionVersionArn"], found["minProvisionedTPS"]


def test_an_update_of_another_property_keeps_the_version(world: World, campaign: Resource, versions: list[str]) -> None:
    campaign.update(SolutionVersionArn=versions[0], MinProvisionedTPS=2, IgnoreChanges=IGNORED)
    assert served(world, campaign) == (versions[1], 2)


def test_a_change_of_the_declared_version_sends_nothing(world: World, campaign: Resource, versions: list[str]) -> None:
    before = world.called("Update")
    campaign.update(SolutionVersionArn=versions[1], MinProvisionedTPS=1, IgnoreChanges=IGNORED)
    campaign.update(SolutionVersionArn=versions[0], MinProvisionedTPS=1, IgnoreChanges=IGNORED)
    assert world.called("Update") == before
    assert served(world, campaign) == (versions[1], 1)


def test_an_update_waits_for_the_update_of_something_else_and_keeps_its_version(
    world: World, campaign: Resource, versions: list[str]
) -> None:
    world.personalize.update_campaign(campaignArn=campaign.physical_id, solutionVersionArn=versions[0])
    campaign.update(SolutionVersionArn=versions[1], MinProvisionedTPS=3, IgnoreChanges=IGNORED)
    assert served(world, campaign) == (versions[0], 3)


def test_an_adoption_keeps_the_version(world: World, versions: list[str]) -> None:
    world.personalize.create_campaign(name="existing", solutionVersionArn=versions[1], minProvisionedTPS=1)
    world.pass_time()
    adopted = Resource(world, "Campaign")
    adopted.create(
        Name="existing", SolutionVersionArn=versions[0], MinProvisionedTPS=4, Adopt=True, IgnoreChanges=IGNORED
    )
    assert served(world, adopted) == (versions[1], 4)


def test_a_replacement_begins_with_the_version_that_is_served(
    world: World, campaign: Resource, versions: list[str]
) -> None:
    campaign.update(SolutionVersionArn=versions[0], MinProvisionedTPS=1, Name="renamed", IgnoreChanges=IGNORED)
    assert campaign.physical_id.endswith("/renamed")
    assert served(world, campaign) == (versions[1], 1)


ACTIVITY = ["Active"]


@pytest.fixture
def recommender(world: World) -> Resource:
    """A recommender of a stack, which a schedule has stopped."""
    shape = service_model.create_shape("Recommender")
    made = Resource(world, "Recommender", polls=400)
    request = Samples(world).request("Recommender")
    made.create(**service_model.to_template(shape, request), WaitSeconds=36000, IgnoreChanges=ACTIVITY)
    world.personalize.stop_recommender(recommenderArn=made.physical_id)
    world.pass_time()
    return made


def test_an_update_leaves_a_recommender_stopped(world: World, recommender: Resource) -> None:
    config = {"MinRecommendationRequestsPerSecond": "3"}
    attributes = recommender.update(**{**recommender.properties, "RecommenderConfig": config})
    found = world.personalize.describe_recommender(recommenderArn=recommender.physical_id)["recommender"]
    assert (found["recommenderConfig"], found["status"]) == ({"minRecommendationRequestsPerSecond": 3}, "INACTIVE")
    assert attributes["Status"] == "INACTIVE"


def test_an_update_waits_until_a_recommender_is_stopped(world: World, recommender: Resource) -> None:
    world.personalize.start_recommender(recommenderArn=recommender.physical_id)
    config = {"MinRecommendationRequestsPerSecond": "3"}
    attributes = recommender.update(**{**recommender.properties, "RecommenderConfig": config})
    assert attributes["Status"] == "ACTIVE"
    assert world.called("Start", "Stop") == ["StopRecommender", "StartRecommender"]


def test_a_recommender_follows_the_stack_when_its_schedules_leave(recommender: Resource) -> None:
    properties = {name: value for name, value in recommender.properties.items() if name != "IgnoreChanges"}
    assert recommender.update(**properties)["Status"] == "ACTIVE"


def test_a_wait_link_leaves_a_recommender_stopped(world: World, recommender: Resource) -> None:
    attributes = recommender.attributes
    link = Resource(world, "RecommenderWait", logical_id="Wait1")
    waited = link.create(Arn=attributes["Arn"], Operation=attributes["Operation"], IgnoreChanges=ACTIVITY)
    assert waited["Status"] == "INACTIVE"


def test_an_adoption_leaves_a_recommender_stopped(world: World, recommender: Resource) -> None:
    like = world.personalize.describe_recommender(recommenderArn=recommender.physical_id)["recommender"]
    request = {"name": "existing", **{member: like[member] for member in ("datasetGroupArn", "recipeArn")}}
    arn = world.personalize.create_recommender(**request)["recommenderArn"]
    world.pass_time(36000)
    world.personalize.stop_recommender(recommenderArn=arn)
    world.pass_time()
    adopted = Resource(world, "Recommender", logical_id="Adopted")
    properties = service_model.to_template(service_model.create_shape("Recommender"), request)
    attributes = adopted.create(**properties, Adopt=True, IgnoreChanges=ACTIVITY)
    assert (adopted.physical_id, attributes["Status"]) == (arn, "INACTIVE")
