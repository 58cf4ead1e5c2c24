"""Random schedules of adoptions with failures: each adopts or releases at its end."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.cloudformation import Failed, Resource
from support.world import World

FAULTS = st.one_of(
    st.builds(
        lambda operation, error, times, after: {"operation": operation, "error": error, "times": times, "after": after},
        st.sampled_from(
            ["DescribeCampaign", "UpdateCampaign", "ListTagsForResource", "TagResource", "UntagResource"],
        ),
        st.sampled_from(["ThrottlingException", "InternalServerError", "ResourceInUseException"]),
        st.integers(1, 4),
        st.booleans(),
    ),
    st.just({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "On purpose"}),
)


@dataclass(frozen=True)
class Step:
    """One deployment that adopts a campaign, and the faults during it."""

    tps: int
    faults: tuple[dict[str, Any], ...]
    repeats: bool
    cancelled_after: int | None
    busy: bool


STEPS = st.lists(
    st.builds(
        Step,
        tps=st.integers(1, 3),
        faults=st.lists(FAULTS, max_size=3).map(tuple),
        repeats=st.booleans(),
        cancelled_after=st.sampled_from([None, None, 0, 1, 4]),
        busy=st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=50, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_whatever_happens_what_was_made_outside_the_stack_is_adopted_or_given_back(steps: list[Step]) -> None:
    world = World()
    version = world.version(world.solution())
    arn = world.personalize.create_campaign(name="existing", solutionVersionArn=version)["campaignArn"]
    world.pass_time()
    resource = Resource(world, "Campaign", polls=300)
    for step in steps:
        properties = {"Name": "existing", "SolutionVersionArn": version, "MinProvisionedTPS": step.tps, "Adopt": True}
        if step.busy:
            world.personalize.update_campaign(campaignArn=arn, minProvisionedTPS=9)
        for fault in step.faults:
            world.emulator.faults.add(fault)
        resource.repeats = step.repeats
        with contextlib.suppress(Failed):
            if step.cancelled_after is None:
                resource.create(**properties)
            else:
                cancel(resource, properties, step.cancelled_after)
        world.emulator.faults.clear()
        world.pass_time()
        tags = world.personalize.list_tags_for_resource(resourceArn=arn)["tags"]
        assert len(tags) == (resource.physical_id == arn)
        found = world.personalize.describe_campaign(campaignArn=arn)["campaign"]
        if resource.physical_id == arn:
            assert found["minProvisionedTPS"] == step.tps
            resource.delete()
            assert world.existing("Campaign") == []
            return
    assert world.called("CreateCampaign", "DeleteCampaign") == ["CreateCampaign"]


def cancel(resource: Resource, properties: dict[str, Any], polls: int) -> None:
    """Start a creation, and cancel it after a number of polls with a rollback."""
    resource.stack.add("CREATE_IN_PROGRESS")
    resource.world.pass_time(5)
    event = resource.event("Create", properties)
    try:
        resource.start(event)
        for _ in range(polls):
            resource.poll(event)
            resource.world.pass_time(30)
    finally:
        resource.world.emulator.faults.clear()
        resource.stack.add_end(event, "FAILED")
        resource.stack.add("ROLLBACK_IN_PROGRESS")
        resource.zombies.append(event)
        resource.run(resource.event("Delete", properties, "Shop-Related-1ABCDEFGHIJKL"))
