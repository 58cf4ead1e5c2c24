"""Tests that the permissions of the functions are sufficient and all needed.

Each scenario runs once with all permissions, and once without each of the permissions that it uses.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from cdk_personalize_handler import service_model
from cdk_personalize_handler.kinds import KINDS, OWNER_TAG
from support import rights
from support.catalogue import ALL, DELETABLE, TAGGABLE, WITH_STATUS, call, mutable, template
from support.cloudformation import Failed, Resource
from support.rights import ANOTHER, GENERATED, NAME, NAMED, OPEN, STACK
from support.samples import Samples
from support.world import World

from cdk_personalize.local import authorization

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from support.rights import Removal

    ClientOf = Callable[[str, Removal | None], Any]

pytestmark = pytest.mark.xdist_group("least-privilege")

_POLL_SECONDS = 600.0
NOT_KNOWN_TO_BE_NEEDED = {
    ("BatchSegmentJob", "solution"): "the reference lists it for inference jobs, where older copies did not either",
}
"""Kinds, with a type of resource on which their creation is allowed although the reference may not require it."""
REFUSED_ON_PURPOSE = {("leaves_the_template_while_it_trains_with_a_name", "StopSolutionVersionCreation")}
"""Scenarios that succeed although a call is rejected: automatic trainings have no ownership tag, so it is not
allowed."""
ADOPTABLE = sorted({*DELETABLE} & {*TAGGABLE})
_TAGS = [{"TagKey": key, "TagValue": "a"} for key in ("team", "stage")]


def clients(world: World, kind: str) -> ClientOf:
    """Return a function that makes a client for a template and a removed permission."""

    @cache
    def of_policy(policy: str) -> Any:
        return world.client_of_role(json.loads(policy))

    def client(template: str, removal: Removal | None) -> Any:
        return of_policy(json.dumps(rights.policy(rights.statements(template, kind), removal)))

    return client


class Trial:
    """A resource, managed by functions with the permissions of a template.

    :param client: function that returns a client with the permissions of a template, without a removed one.
    :param removal: a permission that the functions lack.
    """

    def __init__(self, samples: Samples, kind: str, client: ClientOf, removal: Removal | None = None) -> None:
        self.world, self.samples, self.kind = samples.world, samples, kind
        self._client, self._removal = client, removal
        self.request = samples.request(kind, complete=True)
        self.resource = Resource(self.world, kind, logical_id="Thing", poll_seconds=_POLL_SECONDS)
        self._given: Mapping[str, str] = {}
        self.use(GENERATED)

    def give_name(self) -> None:
        """Specify the name of the resource, in its properties and in the template."""
        self._given = self.chosen
        self.use(NAMED)

    def create_from(self, parent: str, arn: str) -> None:
        """Create the resource from a parent whose name is not known at synthesis.

        :param parent: the member of the request with the ARN of the parent.
        """
        self.request = {**self.request, parent: arn}
        self.use(OPEN)

    def use(self, template: str) -> None:
        """Give the functions the permissions of a template, such as `GENERATED`."""
        self.resource.clients.reading = self.resource.clients.writing = self._client(template, self._removal)

    def properties(self, **more: Any) -> dict[str, Any]:
        extra = {"Tags": _TAGS} if self.kind in TAGGABLE else {}
        return {**template(self.kind, self.request), "WaitSeconds": 36000, **extra, **self._given, **more}

    @property
    def chosen(self) -> dict[str, str]:
        """The property for the name, with the name that the template `NAMED` has."""
        return {service_model.upper_first(service_model.name_member(self.kind)): NAME}

    def start(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Start the creation of the resource and poll once. Return the event."""
        self.resource.stack.add("CREATE_IN_PROGRESS")
        self.world.pass_time(10)
        event = self.resource.event("Create", properties)
        self.resource.start(event)
        self.resource.poll(event)
        return event

    def untag(self) -> None:
        """Delete the tags of the resource outside the stack."""
        arn = self.world.existing(self.kind)[-1]
        tags = self.world.personalize.list_tags_for_resource(resourceArn=arn)["tags"]
        self.world.personalize.untag_resource(resourceArn=arn, tagKeys=[tag["tagKey"] for tag in tags])


def outside_the_stack(world: World, kind: str, request: Mapping[str, Any]) -> str:
    """Create a resource outside of all stacks, and return its ARN."""
    answer = getattr(world.personalize, xform_name(f"Create{kind}"))(**request)
    world.pass_time(36000)
    return str(answer[service_model.arn_member(kind)])


def is_created_changed_and_deleted(trial: Trial) -> None:
    resource, properties = trial.resource, trial.properties()
    resource.create(**properties)
    if trial.kind in TAGGABLE:
        properties["Tags"] = [{"TagKey": "team", "TagValue": "b"}]
        resource.update(**properties)
    for member in mutable(trial.kind):
        value = trial.samples.values(trial.kind, member)[1]
        if "roleArn" not in str(value):  # another role would require another permission
            properties.update(template(trial.kind, {member: value}))
            resource.update(**properties)
    resource.delete()


def is_replaced(trial: Trial) -> None:
    trial.resource.create(**trial.properties(RerunOn={"data": "1"}))
    trial.resource.update(**trial.properties(RerunOn={"data": "2"}))
    trial.resource.delete()


def returns_to_its_predecessor(trial: Trial) -> None:
    """Another resource fails after the replacement, so the stack rolls back.

    The event of the rollback has the physical ID of the replacement.
    """
    resource = trial.resource
    if trial.kind in _ONE_A_GROUP:
        trial.use(OPEN)  # because the replacement is in another dataset group
    before = trial.properties(RerunOn={"data": "1"})
    resource.create(**before)
    after = {**before, "RerunOn": {"data": "2"}}
    if trial.kind in _ONE_A_GROUP:
        after |= template(trial.kind, {"datasetGroupArn": trial.samples.values(trial.kind, "datasetGroupArn")[1]})
    trial.world.pass_time()
    resource.stack.add("UPDATE_IN_PROGRESS")
    answer = resource.run(resource.event("Update", after, resource.physical_id, before))
    predecessor = resource.physical_id
    resource.roll_back(answer["PhysicalResourceId"], before, after)
    assert resource.physical_id == predecessor
    resource.run(resource.event("Delete", after, answer["PhysicalResourceId"]))
    resource.delete()


def is_renamed(trial: Trial) -> None:
    trial.use(NAMED)
    trial.resource.create(**trial.properties(**trial.chosen))
    trial.use(GENERATED)
    trial.resource.update(**trial.properties())
    trial.resource.delete()


def leaves_the_template(trial: Trial) -> None:
    trial.resource.create(**trial.properties())
    trial.use(ANOTHER)
    trial.resource.delete()


def fails(trial: Trial) -> None:
    trial.world.emulator.faults.add({"kind": trial.kind, "outcome": "CREATE FAILED", "reason": "On purpose"})
    try:
        trial.resource.create(**trial.properties())
    except Failed as error:
        if "CREATE FAILED" not in str(error) and "as FAILED" not in str(error):
            raise


def is_cancelled(trial: Trial) -> None:
    event = trial.start(trial.properties())
    trial.resource.stack.add_end(event, "FAILED")
    trial.resource.stack.add("ROLLBACK_IN_PROGRESS")
    trial.use(ANOTHER)
    trial.resource.run(trial.resource.event("Delete", trial.properties(), "Shop-Thing-1ABCDEFGHIJKL"))


def is_cancelled_without_an_answer(trial: Trial) -> None:
    fault = {"operation": f"Create{trial.kind}", "error": "InternalServerError", "after": True, "times": 1}
    trial.world.emulator.faults.add(fault)
    event = trial.start(trial.properties())
    trial.resource.stack.add_end(event, "FAILED")
    trial.resource.stack.add("ROLLBACK_IN_PROGRESS")
    trial.use(ANOTHER)
    trial.resource.run(trial.resource.event("Delete", trial.properties(), "Shop-Thing-1ABCDEFGHIJKL"))


def loses_its_tags(trial: Trial) -> None:
    trial.resource.create(**trial.properties())
    trial.untag()
    properties = trial.properties(Tags=_TAGS[:1])
    trial.resource.update(**properties)
    for member in mutable(trial.kind):
        value = trial.samples.values(trial.kind, member)[1]
        if "roleArn" not in str(value):
            trial.resource.update(**{**properties, **template(trial.kind, {member: value})})
    trial.resource.delete()


def is_deleted_while_it_trains(trial: Trial) -> None:
    trial.resource.create(**trial.properties(PerformAutoTraining=True))
    await_training(trial)
    trial.resource.delete()


def leaves_the_template_while_it_trains(trial: Trial) -> None:
    trial.resource.create(**trial.properties(PerformAutoTraining=True))
    await_training(trial)
    trial.use(ANOTHER)
    trial.resource.delete()


def await_training(trial: Trial) -> None:
    """Advance the clock until the first automatic training starts, within an hour."""
    arn = trial.world.existing(trial.kind)[-1]
    for _ in range(90):
        if any(version.startswith(f"{arn}/") for version in trial.world.existing("SolutionVersion")):
            return
        trial.world.pass_time(60)
    raise AssertionError("no automatic training began")


def loses_its_tags_while_it_is_made(trial: Trial) -> None:
    trial.start(trial.properties())
    trial.untag()
    (arn,) = trial.world.existing(trial.kind)[-1:]
    trial.resource.run(trial.resource.event("Delete", trial.properties(), arn))


def is_adopted_and_given_back(trial: Trial) -> None:
    arn = outside_the_stack(trial.world, trial.kind, {**trial.request, "name": NAME})
    trial.use(NAMED)
    properties = trial.properties(**trial.chosen, Adopt=True)
    event = trial.resource.run(trial.resource.event("Create", properties))
    trial.resource.stack.add("UPDATE_ROLLBACK_IN_PROGRESS")
    trial.use(ANOTHER)
    trial.resource.run(trial.resource.event("Delete", properties, event["PhysicalResourceId"]))
    tags = trial.world.personalize.list_tags_for_resource(resourceArn=arn)["tags"]
    assert OWNER_TAG not in [tag["tagKey"] for tag in tags]
    call(trial.world, f"Delete{trial.kind}", trial.kind, arn)
    trial.world.pass_time()


def belongs_to_a_generated_name(trial: Trial) -> None:
    if trial.kind == "Dataset":
        trial.create_from("datasetGroupArn", trial.world.group(f"{STACK}-Group"))
    else:
        existing = trial.world.personalize.describe_solution(solutionArn=trial.samples.solution)["solution"]
        like = {member: existing[member] for member in ("datasetGroupArn", "recipeArn", "performAutoTraining")}
        made = trial.world.personalize.create_solution(name=f"{STACK}-Solution", **like)
        trial.world.pass_time()
        trial.create_from("solutionArn", made["solutionArn"])
    loses_its_tags(trial)
    if KINDS[trial.kind].stop:
        loses_its_tags_while_it_is_made(trial)


def belongs_to_an_unknown_name(trial: Trial) -> None:
    trial.use(OPEN)
    is_created_changed_and_deleted(trial)


def is_stopped_and_started(trial: Trial) -> None:
    trial.resource.create(**trial.properties(Active=False))
    trial.resource.update(**trial.properties(Active=True))
    trial.resource.delete()


_ONE_A_GROUP = {"Dataset", "EventTracker", "MetricAttribution"}
"""Kinds of which a dataset group has at most one (of each type), so that a replacement in the same group is
rejected."""
_OF_ANY_NAME = {"EventTracker"}
"""Kinds whose ARNs do not contain the name, so that only the ownership tag allows a deletion."""
_PARTS = {"Dataset", "SolutionVersion"}
"""Kinds whose ARNs contain the name of their parent."""
_TRAINED = {"Solution"}
"""Kinds with automatic training, during which Amazon Personalize rejects their deletion."""
_NAMED = {*ALL} - _OF_ANY_NAME - _PARTS


def with_a_name(scenario: Callable[[Trial], None]) -> Callable[[Trial], None]:
    """Return the scenario for a resource whose name is specified."""

    def run(trial: Trial) -> None:
        trial.give_name()
        scenario(trial)

    run.__name__ = f"{scenario.__name__}_with_a_name"
    return run


SCENARIOS: Mapping[Callable[[Trial], None], set[str]] = {
    is_created_changed_and_deleted: {*ALL},
    is_replaced: {*ALL} - _ONE_A_GROUP,
    is_renamed: {*ALL} - _ONE_A_GROUP,
    returns_to_its_predecessor: {*ALL} - {"Dataset"},
    leaves_the_template: {*ALL},
    fails: {*WITH_STATUS},
    is_cancelled: {*ALL},
    is_cancelled_without_an_answer: {*ALL},
    loses_its_tags: {*TAGGABLE} - _OF_ANY_NAME,
    loses_its_tags_while_it_is_made: {kind for kind in ALL if KINDS[kind].stop},
    is_adopted_and_given_back: {*ADOPTABLE},
    is_stopped_and_started: {kind for kind in ALL if service_model.operation("Stop", kind)},
    with_a_name(is_created_changed_and_deleted): _NAMED,
    with_a_name(leaves_the_template): _NAMED,
    with_a_name(loses_its_tags): {*TAGGABLE} & _NAMED,
    with_a_name(is_stopped_and_started): {kind for kind in ALL if service_model.operation("Stop", kind)},
    is_deleted_while_it_trains: _TRAINED,
    with_a_name(is_deleted_while_it_trains): _TRAINED,
    with_a_name(leaves_the_template_while_it_trains): _TRAINED,
    belongs_to_a_generated_name: _PARTS,
    belongs_to_an_unknown_name: _PARTS,
}
"""Scenarios in the life of a resource, with the kinds to which each one applies."""


@dataclass
class Outcome:
    """The result of a scenario."""

    reason: str
    """Failure reason, or an empty string."""
    refused: list[str]
    """Operations that were rejected with AccessDeniedException."""
    left: set[str]
    """ARNs of resources that still exist."""
    actions: set[str]
    """IAM actions that the scenario used."""


class Trials:
    """All scenarios of a kind, which start from the same state of the emulator."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._world = World()
        self._samples = Samples(self._world)
        self._samples.request(kind, complete=True)  # creates the resources that the request refers to
        self._prepared = {*self._world.existing(kind)}
        self._client = clients(self._world, kind)
        self._go_back = self._world.keep()

    def run(self, scenario: Callable[[Trial], None], removal: Removal | None = None) -> str:
        """Run a scenario. Return its failure reason, or an empty string."""
        self._go_back()
        try:
            scenario(Trial(self._samples, self.kind, self._client, removal))
        except Failed as error:
            return str(error)
        return ""

    def needs(self, scenario: Callable[[Trial], None], removal: Removal) -> bool:
        """Whether a scenario fails without a permission, or has an optional call rejected."""
        reason = self.run(scenario, removal)
        refused = {f"personalize:{operation}" for operation in {*self._refused()} - {*self.outcomes[scenario].refused}}
        words = (f"not authorized to perform: {action} on" for action in removal.actions)
        return bool(refused & {*removal.actions}) or any(each in reason for each in words)

    def _refused(self) -> list[str]:
        calls = self._world.emulator.calls()
        return [each["operation"] for each in calls if each["error"] == "AccessDeniedException"]

    @cached_property
    def outcomes(self) -> Mapping[Callable[[Trial], None], Outcome]:
        """Results of the scenarios with all permissions."""
        return {scenario: self._outcome(scenario) for scenario, kinds in SCENARIOS.items() if self.kind in kinds}

    def _outcome(self, scenario: Callable[[Trial], None]) -> Outcome:
        reason = self.run(scenario)
        (registry,), calls = self._world.emulator.registries.values(), self._world.emulator.calls()
        used = [right for each in calls for right in authorization.rights(registry, each["operation"], each["request"])]
        left = {*self._world.existing(self.kind)} - self._prepared
        return Outcome(reason, self._refused(), left, {right.action for right in used})


@pytest.fixture(scope="module", params=ALL)
def trials(request: pytest.FixtureRequest) -> Trials:
    return Trials(request.param)


def test_the_rights_are_enough(trials: Trials, subtests: pytest.Subtests) -> None:
    for scenario, outcome in trials.outcomes.items():
        with subtests.test(scenario.__name__):
            refused = {each for each in outcome.refused if (scenario.__name__, each) not in REFUSED_ON_PURPOSE}
            assert (outcome.reason, refused) == ("", set())
            assert outcome.left == set() or trials.kind not in DELETABLE


@pytest.mark.parametrize("template", [GENERATED, NAMED, OPEN])
def test_each_right_is_needed(trials: Trials, template: str, subtests: pytest.Subtests) -> None:
    for removal in rights.removals(trials.kind, template):
        using = [each for each, outcome in trials.outcomes.items() if outcome.actions & {*removal.actions}]
        with subtests.test(str(removal)):
            needed = any(trials.needs(scenario, removal) for scenario in using)
            assert needed == ((trials.kind, removal.of) not in NOT_KNOWN_TO_BE_NEEDED)


@pytest.mark.parametrize("kind", ADOPTABLE)
def test_what_others_made_cannot_be_deleted(world: World, kind: str) -> None:
    trial = Trial(Samples(world), kind, clients(world, kind))
    arn = outside_the_stack(world, kind, {**trial.request, "name": NAME})
    trial.use(ANOTHER)
    delete = getattr(trial.resource.clients.writing, xform_name(f"Delete{kind}"))
    with pytest.raises(ClientError, match=f"not authorized to perform: personalize:Delete{kind} on resource: {arn}"):
        delete(**{service_model.arn_member(kind): arn})
