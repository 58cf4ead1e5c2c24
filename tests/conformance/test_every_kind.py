"""Tests of every kind and every member of its requests, from the service model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from cdk_personalize_handler import service_model
from cdk_personalize_handler.diff import ConfigurationDiff
from cdk_personalize_handler.kinds import KINDS, OWNER_TAG
from support.catalogue import ALL, DELETABLE, TAGGABLE, WITH_STATUS, call, create_only, described, mutable, template
from support.cloudformation import Failed, Resource, Stack
from support.planned import action_on
from support.samples import Samples

from cdk_personalize.cli.plan import PlannedAction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.world import World

ADOPTABLE = sorted({*DELETABLE} & {*TAGGABLE})
ONE_A_GROUP = frozenset({"EventTracker", "MetricAttribution"})
"""Kinds of which a dataset group has at most one, so that a replacement in the same group is rejected."""


UPDATES = [(kind, member) for kind in ALL for member in mutable(kind)]
IMPOSSIBLE = {
    ("Dataset", "name"): "the ARN of a dataset follows from its group and type, not from its name",
    ("Dataset", "datasetType"): "another type needs another schema, which is a change of its own",
    ("DatasetGroup", "domain"): "covered by a group without a key",
    ("Solution", "performAutoML"): "it excludes the recipe that the sample has",
    ("Solution", "eventType"): "the sample has no such events to train on, which a version would find out",
}
REPLACEMENTS = [(kind, member) for kind in ALL for member in create_only(kind) if (kind, member) not in IMPOSSIBLE]

FOUND_BY = {("Dataset", "datasetGroupArn"), ("EventTracker", "datasetGroupArn")}
"""Members that, like the name, identify the resource to adopt."""
UNALTERABLE = [
    (kind, member)
    for kind, member in REPLACEMENTS
    if kind in ADOPTABLE and member != "name" and (kind, member) not in FOUND_BY
]


def _replacement(kind: str) -> PlannedAction:
    """Return the planned action for a change of a create-only member."""
    if kind in DELETABLE:
        return PlannedAction.REPLACE
    return PlannedAction.RETRAIN if kind == "SolutionVersion" else PlannedAction.RERUN


@pytest.fixture
def samples(world: World) -> Samples:
    return Samples(world)


def deploy(world: World, kind: str, request: Mapping[str, Any], **more: Any) -> Resource:
    resource = Resource(world, kind, logical_id="Thing", polls=400)
    resource.create(**template(kind, request), WaitSeconds=36000, **more)
    return resource


@pytest.mark.parametrize("kind", ALL)
def test_every_member_has_samples(samples: Samples, kind: str) -> None:
    for member in service_model.create_members(kind) - {service_model.TAGS}:
        first, second = samples.values(kind, member)
        assert first != second
        for value in (first, second):
            assert list(service_model.violations(service_model.create_shape(kind).members[member], value)) == []


@pytest.mark.parametrize("kind", ALL)
def test_it_is_created_and_destroyed(world: World, samples: Samples, kind: str) -> None:
    request = samples.request(kind)
    before = set(world.existing(kind))
    assert action_on(Resource(world, kind, logical_id="Thing"), template(kind, request)) is PlannedAction.CREATE
    resource = deploy(world, kind, request)
    assert set(world.existing(kind)) - before == {resource.physical_id}
    assert resource.attributes["Arn"] == resource.physical_id
    assert action_on(resource, None) is (PlannedAction.DELETE if kind in DELETABLE else PlannedAction.RETAIN)
    resource.delete()
    left = set(world.existing(kind)) - before
    assert left == (set() if kind in DELETABLE else left)
    assert len(left) == (0 if kind in DELETABLE else 1)


@pytest.mark.parametrize("kind", WITH_STATUS)
def test_a_failed_create_is_told_and_leaves_nothing_that_can_be_deleted(
    world: World, samples: Samples, kind: str
) -> None:
    request = samples.request(kind)
    before = set(world.existing(kind))
    world.emulator.faults.add({"kind": kind, "outcome": "CREATE FAILED", "reason": "On purpose"})
    told = "failureReason" in service_model.described_members(kind)
    reason = "On purpose" if told else "Amazon Personalize gave no reason"
    with pytest.raises(Failed, match=f"^{kind} Thing: its creation ended as (CREATE )?FAILED: {reason}"):
        deploy(world, kind, request)
    left = set(world.existing(kind)) - before
    assert len(left) == (0 if kind in DELETABLE else 1)


@pytest.mark.parametrize(("kind", "member"), UPDATES)
def test_a_mutable_member_is_updated_in_place(world: World, samples: Samples, kind: str, member: str) -> None:
    first, second = samples.values(kind, member)
    request = samples.request(kind)
    resource = deploy(world, kind, {**request, member: first})
    arn = resource.physical_id
    changed = {**template(kind, {**request, member: second}), "WaitSeconds": 36000}
    assert action_on(resource, changed) is PlannedAction.UPDATE
    resource.update(**changed)
    assert resource.physical_id == arn
    difference = ConfigurationDiff(KINDS[kind], {**request, member: second}, {**request, member: first})
    assert difference.matches_mutable(described(world, kind, arn))
    assert action_on(resource, {**changed, "WaitSeconds": 40000}) is PlannedAction.KEEP
    calls = len(world.emulator.calls())
    resource.update(**changed)
    assert all(each["operation"].startswith(("Describe", "List")) for each in world.emulator.calls()[calls:])


@pytest.mark.parametrize(("kind", "member"), UPDATES)
def test_a_failed_update_is_told_and_leaves_what_was(world: World, samples: Samples, kind: str, member: str) -> None:
    first, second = samples.values(kind, member)
    request = samples.request(kind)
    resource = deploy(world, kind, {**request, member: first})
    arn = resource.physical_id
    world.emulator.faults.add({"kind": kind, "outcome": "CREATE FAILED", "reason": "On purpose"})
    with pytest.raises(Failed, match=f"^{kind} Thing: its update .*On purpose"):
        resource.update(**template(kind, {**request, member: second}), WaitSeconds=36000)
    assert resource.physical_id == arn
    difference = ConfigurationDiff(KINDS[kind], {**request, member: first}, {**request, member: second})
    assert difference.matches_mutable(described(world, kind, arn))


@pytest.mark.parametrize(("kind", "member"), REPLACEMENTS)
def test_a_create_only_member_replaces(world: World, samples: Samples, kind: str, member: str) -> None:
    first, second = samples.values(kind, member)
    request = samples.request(kind)
    if member == "roleArn" and kind == "DatasetGroup":
        request["kmsKeyArn"] = samples.values(kind, "kmsKeyArn")[0]
    if member in ("themeGenerationConfig", "batchInferenceJobMode"):
        request["themeGenerationConfig"] = samples.values(kind, "themeGenerationConfig")[0]
        request["batchInferenceJobMode"] = "THEME_GENERATION"
    if member == "importMode":
        deploy(world, kind, {**request, "datasetArn": samples.datasets[0]}, Unknown="first import")
    changed = {**request, member: second}
    if changed.get("batchInferenceJobMode") == "BATCH_INFERENCE":
        del changed["themeGenerationConfig"]
    resource = deploy(world, kind, {**request, member: first})
    old = resource.physical_id
    if kind in ONE_A_GROUP and member != "datasetGroupArn":
        with pytest.raises(Failed):
            resource.update(**template(kind, changed), WaitSeconds=36000)
        assert resource.physical_id == old
        return
    assert action_on(resource, template(kind, changed)) is _replacement(kind)
    resource.update(**template(kind, changed), WaitSeconds=36000)
    assert resource.physical_id != old
    assert (old in world.existing(kind)) == (kind not in DELETABLE)


@pytest.mark.parametrize("kind", TAGGABLE)
def test_tags_change_by_themselves(world: World, samples: Samples, kind: str) -> None:
    request = template(kind, samples.request(kind))
    resource = Resource(world, kind, logical_id="Thing", polls=400)
    resource.create(**request, Tags=[{"TagKey": "team", "TagValue": "a"}], WaitSeconds=36000)
    arn = resource.physical_id
    changed = {**request, "Tags": [{"TagKey": "team", "TagValue": "b"}]}
    assert action_on(resource, changed) is PlannedAction.UPDATE
    calls = len(world.emulator.calls())
    resource.update(**changed, WaitSeconds=36000)
    assert resource.physical_id == arn
    changing = [each["operation"] for each in world.emulator.calls()[calls:]]
    assert [each for each in changing if not each.startswith(("Describe", "List", "Get"))] == ["TagResource"]


@pytest.mark.parametrize("kind", ALL)
def test_an_event_that_comes_twice_makes_one_resource(world: World, samples: Samples, kind: str) -> None:
    request = template(kind, samples.request(kind))
    before = set(world.existing(kind))
    resource = Resource(world, kind, logical_id="Thing", polls=400)
    event = resource.event("Create", {**request, "WaitSeconds": 36000})
    first, second = dict(event), dict(event)
    resource.start(first)
    resource.deliver(second)
    resource.poll(first)
    resource.deliver(second)
    assert resource.wait(first)["PhysicalResourceId"] in world.existing(kind)
    assert len(set(world.existing(kind)) - before) == 1


@pytest.mark.parametrize("kind", ALL)
def test_an_answer_that_is_lost_loses_no_resource(world: World, samples: Samples, kind: str) -> None:
    request = samples.request(kind)
    before = set(world.existing(kind))
    world.emulator.faults.add({"operation": f"Create{kind}", "error": "InternalServerError", "after": True})
    resource = deploy(world, kind, request)
    assert set(world.existing(kind)) - before == {resource.physical_id}


@pytest.mark.parametrize("kind", ALL)
def test_a_cancelled_create_is_swept(world: World, samples: Samples, kind: str) -> None:
    properties = template(kind, samples.request(kind))
    before = set(world.existing(kind))
    resource = Resource(world, kind, logical_id="Thing", polls=400)
    resource.stack.add("CREATE_IN_PROGRESS")
    world.pass_time(10)
    event = resource.event("Create", properties)
    resource.start(event)
    resource.poll(event)
    assert len(set(world.existing(kind)) - before) == 1
    resource.zombies.append(event)
    resource.stack.add_end(event, "FAILED")
    resource.stack.add("ROLLBACK_IN_PROGRESS")
    resource.run(resource.event("Delete", properties, "Shop-Thing-1ABCDEFGHIJKL"))
    assert len(set(world.existing(kind)) - before) == (0 if kind in DELETABLE else 1)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("killed", ["Create{}", "respond"])
def test_a_creation_goes_on_when_its_function_is_killed(
    world: World, samples: Samples, kind: str, named: bool, killed: str
) -> None:
    request = samples.request(kind)
    if named and service_model.name_member(kind) in service_model.create_members(kind):
        request[service_model.name_member(kind)] = "chosen"
    before = set(world.existing(kind))
    resource = Resource(world, kind, logical_id="Thing", polls=400)
    resource.clients.kills.append(killed.format(kind))
    resource.create(**template(kind, request), WaitSeconds=36000)
    assert resource.clients.kills == []
    assert set(world.existing(kind)) - before == {resource.physical_id}


@pytest.mark.parametrize("kind", DELETABLE)
def test_deleting_what_is_gone_is_fine(world: World, samples: Samples, kind: str) -> None:
    resource = deploy(world, kind, samples.request(kind))
    call(world, f"Delete{kind}", kind, resource.physical_id)
    world.pass_time()
    resource.delete()


@pytest.mark.parametrize("kind", ALL)
def test_a_complete_request_is_taken_as_it_is(world: World, samples: Samples, kind: str) -> None:
    request = samples.request(kind, complete=True)
    resource = deploy(world, kind, request)
    difference = ConfigurationDiff(KINDS[kind], request, {})
    assert difference.matches_create_only(described(world, kind, resource.physical_id))


def outside_the_stack(world: World, kind: str, request: Mapping[str, Any]) -> str:
    """Create a resource outside of all stacks, and return its ARN."""
    answer = getattr(world.personalize, xform_name(f"Create{kind}"))(**request)
    world.pass_time(36000)
    return str(answer[service_model.arn_member(kind)])


def tags_of(world: World, arn: str) -> dict[str, str]:
    found = world.personalize.list_tags_for_resource(resourceArn=arn)["tags"]
    return {tag["tagKey"]: tag["tagValue"] for tag in found}


@pytest.mark.parametrize("kind", ADOPTABLE)
def test_what_was_made_outside_the_stack_is_adopted_and_then_deleted(world: World, samples: Samples, kind: str) -> None:
    request = {**samples.request(kind), "name": "existing"}
    arn = outside_the_stack(world, kind, request)
    resource = deploy(world, kind, request, Adopt=True)
    assert resource.physical_id == arn
    assert tags_of(world, arn).keys() == {OWNER_TAG}
    world.pass_time()
    resource.delete()
    assert arn not in world.existing(kind)


@pytest.mark.parametrize(("kind", "member"), [each for each in UPDATES if each[0] in ADOPTABLE])
def test_what_is_adopted_is_brought_to_what_is_declared(world: World, samples: Samples, kind: str, member: str) -> None:
    first, second = samples.values(kind, member)
    request = {**samples.request(kind), "name": "existing"}
    arn = outside_the_stack(world, kind, {**request, member: first})
    resource = deploy(world, kind, {**request, member: second}, Adopt=True)
    assert resource.physical_id == arn
    assert ConfigurationDiff(KINDS[kind], {**request, member: second}, {}).matches_mutable(described(world, kind, arn))


@pytest.mark.parametrize(("kind", "member"), UNALTERABLE)
def test_what_would_need_another_is_not_adopted(world: World, samples: Samples, kind: str, member: str) -> None:
    first, second = samples.values(kind, member)
    request = {**samples.request(kind), "name": "existing"}
    if member == "roleArn" and kind == "DatasetGroup":
        request["kmsKeyArn"] = samples.values(kind, "kmsKeyArn")[0]
    arn = outside_the_stack(world, kind, {**request, member: first})
    before = described(world, kind, arn)
    with pytest.raises(Failed, match=f"^{kind} Thing: it cannot be adopted: .*{member}"):
        deploy(world, kind, {**request, member: second}, Adopt=True)
    assert (described(world, kind, arn), tags_of(world, arn)) == (before, {})


@pytest.mark.parametrize("kind", ADOPTABLE)
def test_a_failed_deployment_gives_back_what_was_adopted(world: World, samples: Samples, kind: str) -> None:
    request = {**samples.request(kind), "name": "existing"}
    arn = outside_the_stack(world, kind, request)
    resource = Resource(world, kind, logical_id="Thing", polls=400)
    sibling = Resource(world, "Campaign", logical_id="Sibling", beside=resource)
    properties = [{**template(kind, request), "Adopt": True, "WaitSeconds": 36000}, {"SolutionVersionArn": "nonsense"}]
    with pytest.raises(Failed, match="Campaign Sibling"):
        Stack(resource, sibling).deploy(lambda position: properties[position])
    assert arn in world.existing(kind)
    assert tags_of(world, arn) == {}
