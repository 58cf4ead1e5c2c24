"""The property `IgnoreChanges`, for properties that change outside the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cdk_personalize_handler import kinds
from cdk_personalize_handler.diff import ConfigurationDiff
from support.cloudformation import Resource

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
def versions(world: World) -> list[str]:
    solution = world.solution()
    return [world.version(solution), world.version(solution)]


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
