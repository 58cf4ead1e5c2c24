"""Random schedules of deployments of one resource, with checks after each one.

Calls fail, responses are lost, events are repeated or late, functions are killed and deployments are cancelled.
"""

from __future__ import annotations

import contextlib
import logging
import os
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from cdk_personalize_handler import service_model
from cdk_personalize_handler.diff import ConfigurationDiff
from cdk_personalize_handler.kinds import KINDS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.catalogue import ALL, DELETABLE, TAGGABLE, WITH_STATUS, call, create_only, described, mutable, template
from support.cloudformation import Failed, Resource, Stack, insist
from support.samples import Samples
from support.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LOGGER = logging.getLogger("cdk-personalize")
SCHEDULES = int(os.environ.get("SCHEDULES", "600"))
PHASES = (Phase.generate, Phase.shrink) if "SHRINK" in os.environ else (Phase.generate,)
"""Phases of Hypothesis. Shrinking a failed schedule can take minutes, so it runs on demand only."""
LONG = ("Campaign", "Recommender", "SolutionVersion")
"""Kinds with long operations and frequent changes. Each of them gets four times as many schedules as another kind."""
SHARE = {kind: 4 if kind in LONG else 1 for kind in ALL}

LINK_SECONDS = 1800
POLL_SECONDS = 300.0
BEYOND_ALL_LINKS = 0
"""Placeholder for a duration that exceeds all wait links, by less than 55 minutes."""
INVENTED_ID = "Shop-Thing-1ABCDEFGHIJKL"
FIXED = frozenset({("Dataset", "name"), ("Dataset", "datasetType"), ("Solution", "performAutoML")})
"""Members whose second sample cannot be combined with the first samples of the other members."""
UNCOUNTED = {"DatasetGroup": "its datasets and solutions", "Schema": "its datasets"}


@dataclass(frozen=True)
class DesiredConfiguration:
    """The desired configuration of the resource in a template."""

    second: frozenset[str]
    """Members with their second sample. Other required members have the first one, other optional members are
    omitted."""
    name: str | None
    tag: str | None
    active: bool


@dataclass(frozen=True)
class Step:
    """One deployment of the stack, and the faults before and during it."""

    desired: DesiredConfiguration
    calls: tuple[dict[str, Any], ...]
    fails: bool
    killed: str | None
    repeated: bool
    cancelled_after: int | None
    seconds: int
    before: str | None


def desired_configurations(kind: str) -> st.SearchStrategy[DesiredConfiguration]:
    members = [each for each in (*mutable(kind), *create_only(kind)) if (kind, each) not in FIXED and "ame" not in each]
    return st.builds(
        DesiredConfiguration,
        second=st.frozensets(st.sampled_from(members), max_size=2) if members else st.just(frozenset()),
        name=st.sampled_from([None, None, "first", "second", "existing"]),
        tag=st.sampled_from([None, "search", "shop"] if kind in TAGGABLE else [None]),
        active=st.sampled_from([True, True, False]) if service_model.operation("Stop", kind) else st.just(True),
    )


def steps(kind: str) -> st.SearchStrategy[list[Step]]:
    operations = [
        name
        for name in service_model.model().operation_names
        if name in (f"Create{kind}", f"Describe{kind}", f"Update{kind}", f"Delete{kind}", f"List{kind}s")
        or name.endswith("Resource")
    ]
    rejected = st.builds(
        lambda operation, error, times, after: {"operation": operation, "error": error, "times": times, "after": after},
        st.sampled_from(operations),
        st.sampled_from(["ThrottlingException", "InternalServerError", "ResourceInUseException"]),
        st.integers(1, 3),
        st.booleans(),
    )
    changing = [each for each in operations if not each.startswith(("Describe", "List"))]
    step = st.builds(
        Step,
        desired=desired_configurations(kind),
        calls=st.lists(rejected, max_size=2).map(tuple),
        fails=st.sampled_from([False, False, True]) if kind in WITH_STATUS else st.just(False),
        killed=st.sampled_from([None, None, "respond", f"Describe{kind}", *changing]),
        repeated=st.booleans(),
        cancelled_after=st.sampled_from([None, None, 0, 1, 4]),
        seconds=st.sampled_from([300, 2500, BEYOND_ALL_LINKS]),
        before=st.sampled_from([None, None, "changed outside the stack", "deleted outside the stack", "a late event"]),
    )
    return st.lists(step, min_size=1, max_size=4)


@cache
def prepared(kind: str) -> tuple[Samples, Callable[[], None]]:
    """Return an emulator with sample data, and a function that restores its state."""
    samples = Samples(World())
    for member in service_model.create_members(kind) - {service_model.TAGS}:
        samples.values(kind, member)  # creates the resources that are otherwise created on first use
    return samples, samples.world.keep()


@dataclass
class Deployments:
    """A stack of one resource and its wait links, which is deployed several times."""

    kind: str
    links: int
    deployed: DesiredConfiguration | None = None
    drifted: bool = False
    deleted: bool = False
    unfinished: bool = False
    earlier: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.samples, restore = prepared(self.kind)
        restore()
        self.world = self.samples.world
        self.existing = self._make_existing()
        self.earlier = set(self.world.existing(self.kind))
        self.resource = Resource(self.world, self.kind, logical_id="Thing", polls=400, poll_seconds=POLL_SECONDS)
        waits = [
            Resource(
                self.world,
                f"{self.kind}Wait",
                logical_id=f"ThingWait{number}",
                polls=400,
                poll_seconds=POLL_SECONDS,
                beside=self.resource,
            )
            for number in range(self.links)
        ]
        self.chain = [self.resource, *waits]
        self.log = RollbackLog()

    def _make_existing(self) -> Mapping[str, Any] | None:
        """Create a resource outside the stack, whose name some templates use, too."""
        try:
            request = {**self.samples.request(self.kind), service_model.name_member(self.kind): "existing"}
            operation = getattr(self.world.personalize, xform_name(f"Create{self.kind}"))
            arn = operation(**request)[service_model.arn_member(self.kind)]
        except ClientError:
            return None  # the dataset group can have only one, which the stack will create
        self.world.pass_time()
        if self.kind in ("EventTracker", "MetricAttribution", "Dataset"):
            call(self.world, f"Delete{self.kind}", self.kind, arn)
            self.world.pass_time()
            return None
        return described(self.world, self.kind, arn)

    def request(self, desired: DesiredConfiguration) -> dict[str, Any]:
        second = {member: self.samples.values(self.kind, member)[1] for member in desired.second}
        name = {} if desired.name is None else {service_model.name_member(self.kind): desired.name}
        return {**self.samples.request(self.kind), **second, **name}

    def properties(self, desired: DesiredConfiguration, position: int) -> dict[str, Any]:
        wait = {"WaitSeconds": LINK_SECONDS, **({"Continued": True} if position < self.links else {})}
        if service_model.operation("Stop", self.kind):
            wait["Active"] = desired.active
        if position:
            operation = self.chain[position - 1].attributes["Operation"]
            return {**wait, "Arn": self.resource.physical_id, "Operation": operation}
        tags = {} if desired.tag is None else {"Tags": [{"TagKey": "team", "TagValue": desired.tag}]}
        return {**wait, **template(self.kind, self.request(desired)), **tags}

    def step(self, step: Step) -> None:
        self.world.pass_time(60)
        self._act_outside_the_stack(step)
        for resource in self.chain:
            resource.repeats = step.repeated
        if self.kind in WITH_STATUS:
            self.world.emulator.set_duration(self.kind, step.seconds or LINK_SECONDS * (self.links + 1) + 1600)
        for fault in step.calls:
            self.world.emulator.faults.add(fault)
        # A rollback recreates a resource that was deleted outside the stack. If that fails too, nothing can restore it.
        if step.fails and not (self.deleted and step.cancelled_after is not None):
            self.world.emulator.faults.add({"kind": self.kind, "outcome": "CREATE FAILED", "reason": "On purpose"})
        self.resource.clients.kills[:] = [step.killed] if step.killed else []
        unchanged = self.deployed is not None and step.desired == self.deployed
        self.log.clear()
        try:
            if step.cancelled_after is not None and not unchanged:
                self._deploy_and_cancel(step.desired, step.cancelled_after)
            else:
                Stack(*self.chain).deploy(lambda position: self.properties(step.desired, position))
                self._record_overwritten_drift(step.desired, self.deployed)
                self.deployed = step.desired
        except Failed:
            self._record_overwritten_drift(self.deployed, step.desired)
        self.drifted = self.drifted or self.log.has_message("not rolled back")
        self.unfinished = self.log.has_message("left to finish")
        self.deleted = self.deleted and unchanged
        self.check()

    def _record_overwritten_drift(self, now: DesiredConfiguration | None, before: DesiredConfiguration | None) -> None:
        """Record that an update has overwritten the changes from outside the stack.

        An update sends the complete configuration. Without a changed member there was no update.
        """
        if now and before and (now.second ^ before.second).isdisjoint(mutable(self.kind)):
            return
        self.drifted = False

    def _act_outside_the_stack(self, step: Step) -> None:
        arn = self.resource.physical_id
        with contextlib.suppress(ClientError):
            match step.before:
                case "changed outside the stack" if arn and service_model.operation("Update", self.kind):
                    self._change_outside_the_stack(arn)
                case "deleted outside the stack" if arn and self.kind in DELETABLE and self.kind not in UNCOUNTED:
                    call(self.world, f"Delete{self.kind}", self.kind, arn)
                    self.deleted = True
                    self.world.pass_time()
                case "a late event" if self.resource.sent and arn:
                    self._deliver_late()

    def _change_outside_the_stack(self, arn: str) -> None:
        member = mutable(self.kind)[0]
        change = ConfigurationDiff(KINDS[self.kind], {member: self.samples.values(self.kind, member)[1]}, {})
        found = described(self.world, self.kind, arn)
        if not change.matches_mutable(found):
            if self.kind in WITH_STATUS:
                self.world.emulator.set_duration(self.kind, 300)
            call(self.world, f"Update{self.kind}", self.kind, arn, **change.update_request(found))
            self.drifted = True

    def _deliver_late(self) -> None:
        """Deliver the oldest create or update event late, and run its workflow."""
        late = dict(next(each for each in self.resource.sent if each["RequestType"] != "Delete"))
        late["RequestId"] += "-late"  # another request, because the original one was delivered already
        with contextlib.suppress(Failed):
            self.resource.deliver(late)
            for _ in range(10):
                if self.resource.poll(late) is not None:
                    break
                self.world.pass_time(POLL_SECONDS)

    def _deploy_and_cancel(self, desired: DesiredConfiguration, polls: int) -> None:
        """Deploy, and cancel after a number of polls because another resource failed.

        The workflow of the cancelled event continues to run.
        """
        resource, events = self.resource, self.resource.stack
        creates = resource.physical_id is None
        events.add("CREATE_IN_PROGRESS" if creates else "UPDATE_IN_PROGRESS")
        properties = self.properties(desired, 0)
        old = (resource.physical_id, resource.properties)
        event = resource.event(*(("Create", properties) if creates else ("Update", properties, *old)))
        with contextlib.suppress(Failed):
            resource.start(event)
            resource.zombies.append(event)
            for _ in range(polls):
                resource.poll(event)
                self.world.pass_time(POLL_SECONDS)
        events.add_end(event, "FAILED")
        events.add("ROLLBACK_IN_PROGRESS" if creates else "UPDATE_ROLLBACK_IN_PROGRESS")
        if creates:
            insist(resource, "Delete", properties, INVENTED_ID)
        else:
            resource.accept(insist(resource, "Update", old[1], old[0], properties), old[1])
        raise Failed("cancelled", "")

    def check(self) -> None:
        """Assert that only the resource of the stack exists, and is as declared."""
        self.world.emulator.faults.clear()
        self.resource.clients.kills.clear()
        self.world.pass_time(20000)
        if self.existing:
            arn = self.existing[service_model.arn_member(self.kind)]
            assert described(self.world, self.kind, arn) == self.existing
        existing = set(self.world.existing(self.kind)) - self.earlier
        if self.kind in DELETABLE:
            assert existing == ({self.resource.physical_id} if self.deployed and not self.deleted else set())
        if self.deployed is None or self.deleted:
            return
        found = described(self.world, self.kind, self.resource.physical_id)
        if self.deployed.active or self.unfinished:
            assert found.get("status", "ACTIVE") in KINDS[self.kind].ready
            assert self.unfinished or found.get("status") != "INACTIVE"
        else:
            assert found["status"] == "INACTIVE"
        configuration = ConfigurationDiff(KINDS[self.kind], self.request(self.deployed), {})
        assert configuration.matches_create_only(found)
        assert self.drifted or configuration.matches_mutable(found)
        if self.kind in TAGGABLE:
            tags = self.world.personalize.list_tags_for_resource(resourceArn=self.resource.physical_id)["tags"]
            assert {each["tagValue"] for each in tags if each["tagKey"] == "team"} == {self.deployed.tag} - {None}

    def destroy(self) -> None:
        if self.resource.physical_id is not None:
            Stack(*self.chain).destroy()
        if self.kind in DELETABLE:
            assert set(self.world.existing(self.kind)) == self.earlier


class RollbackLog(logging.Handler):
    """The log lines of the handler, among them those of rollbacks that ended early."""

    def __init__(self) -> None:
        super().__init__()
        self._messages: list[str] = []
        LOGGER.handlers[:] = [self]

    def has_message(self, start: str) -> bool:
        return any(each.startswith(start) for each in self._messages)

    def clear(self) -> None:
        self._messages.clear()

    def emit(self, record: logging.LogRecord) -> None:
        self._messages.append(record.getMessage())


def complete(kind: str, deployments: Deployments) -> bool:
    """Return whether each update of the handler had the complete configuration.

    Kinds whose update operation lists changes are not checked.
    """
    if KINDS[kind].changes:
        return True
    required = service_model.mutable_members(kind) & deployments.samples.request(kind).keys()
    updates = [each["request"] for each in deployments.world.emulator.calls() if each["operation"] == f"Update{kind}"]
    return all(required <= set(each) or len(each) == 2 for each in updates)


@pytest.fixture(autouse=True)
def _listening() -> Iterator[None]:
    handlers = LOGGER.handlers[:]
    yield
    LOGGER.handlers[:] = handlers


@pytest.mark.parametrize("kind", ALL)
def test_whatever_happens_the_stack_and_the_service_agree(kind: str) -> None:
    examples = max(1, SCHEDULES * SHARE[kind] // sum(SHARE.values()))

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=PHASES,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(steps(kind), st.integers(0, 2))
    def holds(schedule: list[Step], links: int) -> None:
        deployments = Deployments(kind, links if kind in WITH_STATUS else 0)
        for step in schedule:
            deployments.step(step)
        deployments.destroy()
        assert complete(kind, deployments)

    holds()
