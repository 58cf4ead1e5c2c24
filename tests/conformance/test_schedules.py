"""Random schedules of events, faults, repeats and cancellations, and what has to hold after each of them."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.cloudformation import Failed, Resource
from support.world import World

EXAMPLES = int(os.environ.get("SCHEDULES", "200"))

NAMES = st.sampled_from([None, "related", "similar"])
OPERATIONS = st.sampled_from(
    [
        "CreateCampaign",
        "DescribeCampaign",
        "UpdateCampaign",
        "DeleteCampaign",
        "ListCampaigns",
        "ListTagsForResource",
        "TagResource",
    ]
)
ERRORS = st.sampled_from(["ThrottlingException", "InternalServerError", "ResourceInUseException"])


@dataclass(frozen=True)
class Wanted:
    """What a template says of the campaign."""

    tps: int
    newer: bool
    metadata: bool | None
    name: str | None
    tag: str | None

    def properties(self, versions: tuple[str, str]) -> dict[str, Any]:
        config = (
            {} if self.metadata is None else {"CampaignConfig": {"EnableMetadataWithRecommendations": self.metadata}}
        )
        name = {} if self.name is None else {"Name": self.name}
        tags = {} if self.tag is None else {"Tags": [{"TagKey": "team", "TagValue": self.tag}]}
        return {"SolutionVersionArn": versions[self.newer], "MinProvisionedTPS": self.tps, **config, **name, **tags}


WANTED = st.builds(
    Wanted,
    tps=st.integers(1, 3),
    newer=st.booleans(),
    metadata=st.sampled_from([None, True, False]),
    name=NAMES,
    tag=st.sampled_from([None, "search", "shop"]),
)
FAULTS = st.one_of(
    st.builds(
        lambda operation, error, times, after: {"operation": operation, "error": error, "times": times, "after": after},
        OPERATIONS,
        ERRORS,
        st.integers(1, 4),
        st.booleans(),
    ),
    st.just({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "On purpose"}),
)


@dataclass(frozen=True)
class Step:
    """One deployment, with what goes wrong meanwhile."""

    wanted: Wanted
    faults: list[dict[str, Any]]
    repeats: bool
    cancelled: bool
    busy: bool


STEPS = st.lists(
    st.builds(
        Step,
        wanted=WANTED,
        faults=st.lists(FAULTS, max_size=3),
        repeats=st.booleans(),
        cancelled=st.booleans(),
        busy=st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


class Stack:
    """A stack with one campaign, through many deployments."""

    def __init__(self) -> None:
        self.world = World()
        solution = self.world.solution()
        self.versions = (self.world.version(solution), self.world.version(solution))
        self.resource = Resource(self.world, "Campaign", polls=300)
        self.deployed: Wanted | None = None

    def step(self, step: Step) -> None:
        properties = step.wanted.properties(self.versions)
        self.resource.repeats = step.repeats
        self.world.pass_time(60)
        if step.busy and self.deployed is not None:
            self.world.personalize.update_campaign(campaignArn=self.resource.physical_id, minProvisionedTPS=9)
        for fault in step.faults:
            self.world.emulator.faults.add(fault)
        try:
            if self.deployed is None:
                self._create(properties, cancelled=step.cancelled)
            else:
                self._update(properties, cancelled=step.cancelled)
            if not step.cancelled:
                self.deployed = step.wanted
        except Failed:
            pass
        self.world.emulator.faults.clear()
        self.check()

    def _create(self, properties: dict[str, Any], *, cancelled: bool) -> None:
        if not cancelled:
            self.resource.create(**properties)
            return
        self.resource.stack.add("CREATE_IN_PROGRESS")
        self.world.pass_time(5)
        event = self.resource.event("Create", properties)
        try:
            self.resource.start(event)
        finally:
            self.world.emulator.faults.clear()
            self.resource.stack.add("ROLLBACK_IN_PROGRESS")
            self.resource.run(self.resource.event("Delete", properties, "Shop-Related-1ABCDEFGHIJKL"))

    def _update(self, properties: dict[str, Any], *, cancelled: bool) -> None:
        if not cancelled:
            self.resource.update(**properties)
            return
        old_id, old = self.resource.physical_id, self.resource.properties
        self.resource.stack.add("UPDATE_IN_PROGRESS")
        self.world.pass_time(5)
        try:
            self.resource.start(self.resource.event("Update", properties, old_id, old))
        finally:
            self.world.emulator.faults.clear()
            self.resource.roll_back(old_id, old, properties)

    def check(self) -> None:
        """Nothing exists that the stack does not know, nothing known is missing, and it is as the template says."""
        known = [] if self.deployed is None else [self.resource.physical_id]
        assert self.world.existing("Campaign") == known
        if self.deployed is None:
            return
        found = self.world.personalize.describe_campaign(campaignArn=self.resource.physical_id)["campaign"]
        assert found["status"] == "ACTIVE"
        assert found["solutionVersionArn"] == self.versions[self.deployed.newer]
        assert self.deployed.name in (None, found["name"])
        flag = found["campaignConfig"]["enableMetadataWithRecommendations"]
        assert flag == bool(self.deployed.metadata)
        tags = self.world.personalize.list_tags_for_resource(resourceArn=self.resource.physical_id)["tags"]
        assert {tag["tagValue"] for tag in tags if tag["tagKey"] == "team"} == {self.deployed.tag} - {None}


def complete(calls: list[dict[str, Any]]) -> bool:
    """Tell whether every update of ours was sent with the complete configuration."""
    updates = [each["request"] for each in calls if each["operation"] == "UpdateCampaign"]
    ours = [each for each in updates if each.get("minProvisionedTPS") != 9]
    return all({"solutionVersionArn", "minProvisionedTPS"} <= set(each) for each in ours)


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(STEPS)
def test_whatever_happens_the_stack_and_the_service_agree(steps: list[Step]) -> None:
    stack = Stack()
    for step in steps:
        stack.step(step)
    if stack.deployed is not None:
        stack.resource.delete()
    assert stack.world.existing("Campaign") == []
    assert complete(stack.world.emulator.calls())


@settings(
    max_examples=EXAMPLES // 4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
@given(STEPS, st.integers(0, 4))
def test_whatever_happens_what_was_made_by_hand_is_adopted_or_given_back(steps: list[Step], looks: int) -> None:
    world = World()
    version = world.version(world.solution())
    arn = world.personalize.create_campaign(name="theirs", solutionVersionArn=version)["campaignArn"]
    world.pass_time()
    resource = Resource(world, "Campaign", polls=300)
    for step in steps:
        wanted = {"Name": "theirs", "SolutionVersionArn": version, "MinProvisionedTPS": step.wanted.tps, "Adopt": True}
        if step.busy:
            world.personalize.update_campaign(campaignArn=arn, minProvisionedTPS=9)
        for fault in step.faults:
            world.emulator.faults.add(fault)
        resource.repeats = step.repeats
        with contextlib.suppress(Failed):
            if step.cancelled:
                cancel(resource, wanted, looks)
            else:
                resource.create(**wanted)
        world.emulator.faults.clear()
        world.pass_time()
        tags = world.personalize.list_tags_for_resource(resourceArn=arn)["tags"]
        assert len(tags) == (resource.physical_id == arn)
        found = world.personalize.describe_campaign(campaignArn=arn)["campaign"]
        if resource.physical_id == arn:
            assert found["minProvisionedTPS"] == step.wanted.tps
            resource.delete()
            assert world.existing("Campaign") == []
            return
    assert world.called("CreateCampaign", "DeleteCampaign") == ["CreateCampaign"]


def cancel(resource: Resource, wanted: dict[str, Any], looks: int) -> None:
    """Begin a creation that CloudFormation cancels, and roll it back."""
    resource.stack.add("CREATE_IN_PROGRESS")
    resource.world.pass_time(5)
    event = resource.event("Create", wanted)
    try:
        resource.start(event)
        for _ in range(looks):
            resource.look(event)
            resource.world.pass_time(30)
    finally:
        resource.world.emulator.faults.clear()
        resource.stack.add_end(event, "FAILED")
        resource.stack.add("ROLLBACK_IN_PROGRESS")
        resource.zombies.append(event)
        resource.run(resource.event("Delete", wanted, "Shop-Related-1ABCDEFGHIJKL"))
