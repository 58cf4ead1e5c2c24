"""When a watch ends, and with which outcome."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from cdk_personalize.cli import runs, stacks, watching
from cdk_personalize.cli.aws import AwsClients
from cdk_personalize.cli.stacks import DeployedStack, StackResource
from cdk_personalize.cli.status import ResourceOperation, ResourceStatus, StackStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    Poll = tuple[StackStatus, ...]

ABSENT: Poll = ()
RELATED = StackResource(logical_id="Related", type="Custom::PersonalizeCampaign", properties={}, path="Shop/Related")


def stack(status: str, began: int = 1, *resources: ResourceStatus) -> StackStatus:
    description = {
        "StackId": "arn:aws:cloudformation:us-east-1:111111111111:stack/Shop/1f0c",
        "StackName": "Shop",
        "StackStatus": status,
        "CreationTime": began,
    }
    return StackStatus(DeployedStack(AwsClients(region="us-east-1"), description), resources)


def updated(status: str, reason: str | None = None) -> ResourceStatus:
    busy = status.endswith("IN_PROGRESS")
    operation = ResourceOperation(name="update", status=status, began=None, under_way=busy, failure_reason=reason)
    return ResourceStatus(resource=RELATED, arn="arn", status="ACTIVE", operation=operation, reason=reason)


CREATING, CREATED, BROKEN = (stack(f"CREATE_{each}") for each in ("IN_PROGRESS", "COMPLETE", "FAILED"))
ROLLED_BACK, DELETING = stack("ROLLBACK_COMPLETE"), stack("DELETE_IN_PROGRESS", 2)
UPDATING, UPDATED = stack("UPDATE_IN_PROGRESS", 2), stack("UPDATE_COMPLETE", 2)
UNDONE = stack("UPDATE_ROLLBACK_COMPLETE", 2)
CHANGING, CHANGED = stack("CREATE_COMPLETE", 1, updated("CREATE IN_PROGRESS")), CREATED
FAILED_CHANGE = stack("CREATE_COMPLETE", 1, updated("CREATE FAILED", "no capacity"))


@pytest.mark.parametrize(
    ("name", "next_operation", "polls", "failed"),
    [
        ("Shop", False, [ABSENT, ABSENT, (CREATING,), (CREATED,)], False),
        ("Shop", False, [ABSENT, (CREATING,), (ROLLED_BACK,)], True),
        ("Shop", False, [(CREATING,), (BROKEN,)], True),
        ("Shop", False, [(UPDATING,), (UNDONE,)], True),
        ("Shop", False, [(CREATED,)], False),
        ("Shop", False, [(UNDONE,)], True),
        ("Shop", False, [(DELETING,), ABSENT], False),
        ("Shop", False, [(CHANGING,), (CHANGED,)], False),
        ("Shop", False, [(CHANGING,), (FAILED_CHANGE,)], True),
        ("Shop", False, [(FAILED_CHANGE,)], False),
        ("Shop", True, [(CREATED,), (CREATED,), (UPDATING,), (UPDATED,)], False),
        ("Shop", True, [(CREATED,), (UPDATING,), (UNDONE,)], True),
        (None, False, [(UNDONE,)], False),
        (None, False, [(UPDATING,), (UNDONE,)], True),
        (None, False, [()], False),
    ],
)
def test_a_watch_ends_with_the_operation(
    monkeypatch: pytest.MonkeyPatch, name: str | None, next_operation: bool, polls: Sequence[Poll], failed: bool
) -> None:
    answers = iter(polls)

    def statuses(_aws: AwsClients, asked: str | None) -> Poll:
        found = next(answers)
        if not found and asked is not None:
            raise stacks.StackNotFound
        return found

    monkeypatch.setattr(watching, "statuses", statuses)
    watch = watching.Watch(AwsClients(region="us-east-1"), name, 0, next_operation=next_operation)
    seen = [tuple(each) for each in watch.polls()]
    assert next(answers, None) is None
    assert [each for each in seen if each] == [each for each in polls if each]
    assert watch.failed is failed


@pytest.mark.parametrize("stack_name", ["Dev-Serving", "Renamed"])
def test_a_stack_is_found_by_its_construct_path(monkeypatch: pytest.MonkeyPatch, stack_name: str) -> None:
    aws = AwsClients(region="us-east-1")
    stack_id = f"arn:aws:cloudformation:us-east-1:111111111111:stack/{stack_name}/1f0c"
    description = {"StackId": stack_id, "StackName": stack_name, "StackStatus": "CREATE_COMPLETE", "CreationTime": 1}
    served = DeployedStack(aws, description)
    template = {"Related": {"Type": RELATED.type, "Metadata": {"aws:cdk:path": "Dev/Serving/Related/Resource"}}}
    served.__dict__.update(template={"Resources": template}, _summaries={})

    def described(_aws: AwsClients, name: str) -> dict[str, object]:
        if name != stack_name:
            raise stacks.StackNotFound
        return description

    monkeypatch.setattr(stacks, "_described", described)
    monkeypatch.setattr(stacks, "with_personalize", lambda _aws: [served])
    monkeypatch.setattr(DeployedStack, "resources", served.resources)
    assert [each.name for each in stacks.named(aws, "Dev/Serving")] == [stack_name]
    assert served.path == ("Dev/Serving" if stack_name == "Dev-Serving" else stack_name)
    with pytest.raises(stacks.StackNotFound):
        stacks.named(aws, "Dev/Other")


@pytest.mark.parametrize("path", ["Shop/Nightly", "Dev/Serving/Nightly"])
def test_a_training_pipeline_is_found_by_its_construct_path(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    aws = AwsClients(region="us-east-1")
    machine = StackResource(
        logical_id="Machine",
        type="AWS::StepFunctions::StateMachine",
        properties={},
        path=f"{path}/Workflow",
        physical_id="machine-arn",
    )
    owner = stack("CREATE_COMPLETE").stack
    owner.__dict__["resources"] = {"Machine": machine}

    def named(_aws: AwsClients, name: str) -> list[DeployedStack]:
        if name != path.removesuffix("/Nightly"):
            raise stacks.StackNotFound(f"stack {name} does not exist")
        return [owner]

    started = SimpleNamespace(start_execution=lambda **request: {"executionArn": request["stateMachineArn"]})
    monkeypatch.setattr(stacks, "named", named)
    monkeypatch.setattr(AwsClients, "stepfunctions", started)
    assert runs.start(aws, path) == "machine-arn"
    with pytest.raises(runs.PipelineNotFound, match=f"The training pipelines of its stack: {path}"):
        runs.start(aws, f"{path}2")
    with pytest.raises(stacks.StackNotFound, match="stack Other does not exist"):
        runs.start(aws, "Other/Nightly")
