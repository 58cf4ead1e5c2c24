"""How the Amazon Personalize resources of stacks are just now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk_personalize_handler import kinds, service_model
from cdk_personalize_handler.lifecycle import Lifecycle, Task
from cdk_personalize_handler.stack import Stack as StackEvents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from cdk_personalize_handler.kinds import Kind
    from cdk_personalize_handler.service import Description

    from cdk_personalize.cli.aws import Aws
    from cdk_personalize.cli.stacks import Resource, Stack

MISSING = "MISSING"
"""The status of a resource that the stack has and Amazon Personalize does not."""

_IN_PROGRESS = "_IN_PROGRESS"
_OPERATIONS = {"CREATE": "creation", "UPDATE": "update", "DELETE": "deletion", "START": "start", "STOP": "stop"}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """The newest operation on a resource: its creation until it is made, its newest update from then on."""

    name: str
    status: str
    began: datetime | None
    under_way: bool
    failure_reason: str | None


@dataclass(frozen=True, kw_only=True)
class ResourceStatus:
    """A resource, or what will become one."""

    resource: Resource
    arn: str | None = None
    """None while Amazon Personalize has not been asked for it."""
    name: str | None = None
    status: str | None = None
    created: datetime | None = None
    operation: Operation | None = None


@dataclass(frozen=True)
class StackStatus:
    """A stack and its resources."""

    stack: Stack
    resources: Sequence[ResourceStatus]

    @property
    def under_way(self) -> bool:
        """Whether CloudFormation or Amazon Personalize is at work on any of it."""
        return self.stack.under_way or any(
            each.operation is not None and each.operation.under_way for each in self.resources
        )


def of_stack(aws: Aws, stack: Stack) -> StackStatus:
    """Look at every resource of a stack."""
    return StackStatus(stack, [found for each in stack.personalize for found in _of_resource(aws, stack, each)])


def _of_resource(aws: Aws, stack: Stack, resource: Resource) -> Iterator[ResourceStatus]:
    kind = resource.kind
    if kind is None:
        return
    lifecycle = _lifecycle(aws, stack, resource, kind)
    arns = [resource.arn] if resource.arn else []
    if resource.ours and stack.under_way and (not resource.status or resource.status.endswith(_IN_PROGRESS)):
        # CloudFormation learns an ARN when the creation is over; the ownership tells it before.
        arns += [arn for arn in lifecycle.ours(after=stack.began) if arn not in arns]
    for arn in arns:
        description = aws.describe(kind, arn)
        if description is None:
            yield ResourceStatus(resource=resource, arn=arn, name=_last_part(arn), status=MISSING)
            continue
        yield ResourceStatus(
            resource=resource,
            arn=arn,
            name=description.get(service_model.name_member(kind.name)) or _last_part(arn),
            status=description.get("status", "ACTIVE"),
            created=description.get("creationDateTime"),
            operation=_operation(lifecycle, description),
        )
    if not arns:
        yield ResourceStatus(resource=resource)


def _operation(lifecycle: Lifecycle, description: Description) -> Operation | None:
    own, newest = str(description.get("status", "ACTIVE")), lifecycle.newest_update(description)
    status, under_way = lifecycle.status(description), lifecycle.under_way(description)
    if newest and (not under_way or status != own):
        name, told, status = "update", newest, str(newest["status"])
    else:
        name, told = _OPERATIONS.get(own.split(" ")[0], ""), description
    if not name:
        return None
    began = told.get("creationDateTime" if name in ("creation", "update") else "lastUpdatedDateTime")
    return Operation(
        name=name, status=status, began=began, under_way=under_way, failure_reason=told.get("failureReason")
    )


def _lifecycle(aws: Aws, stack: Stack, resource: Resource, kind: Kind) -> Lifecycle:
    task = Task(
        event="",
        stack_id=stack.id,
        logical_id=resource.logical_id,
        request_id="",
        physical_id=resource.physical_id,
        wanted={},
        before={},
        wait=kinds.ONE_LINK,
        continued=False,
    )
    return Lifecycle(task, aws.service(kind), StackEvents(aws.cloudformation, stack.id), lambda *_, **__: None)


def _last_part(arn: str) -> str:
    return arn.rsplit("/", 1)[1]
