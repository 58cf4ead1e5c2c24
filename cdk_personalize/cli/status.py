"""Current status of the Amazon Personalize resources of stacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk_personalize_handler import kinds, service_model, status
from cdk_personalize_handler.ownership import ownership_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from cdk_personalize_handler.kinds import Kind
    from cdk_personalize_handler.personalize import Description

    from cdk_personalize.cli.aws import AwsClients
    from cdk_personalize.cli.stacks import DeployedStack, StackResource

MISSING = "MISSING"
"""The status of a resource that is in the stack but not in Amazon Personalize."""

PRESENT = "present"
FAILED = "failed"
DELETED = "deleted"
RETAINED = "retained"
WAITING = "waiting"
STARTING = "starting"
"""The states of resources, with MISSING in lower case."""

_SKIPPED = "DELETE_SKIPPED"
_IN_PROGRESS = "_IN_PROGRESS"
_OPERATIONS = {"CREATE": "creation", "UPDATE": "update", "DELETE": "deletion", "START": "start", "STOP": "stop"}


@dataclass(frozen=True, kw_only=True)
class ResourceOperation:
    """The latest operation on a resource: its creation, or its latest update."""

    name: str
    status: str
    began: datetime | None
    under_way: bool
    failure_reason: str | None


@dataclass(frozen=True, kw_only=True)
class ResourceStatus:
    """A resource, which may not exist yet."""

    resource: StackResource
    arn: str | None = None
    """None before the resource is created."""
    name: str | None = None
    status: str | None = None
    created: datetime | None = None
    operation: ResourceOperation | None = None
    waits_for: Sequence[str] = ()
    """The construct paths of the resources that it waits for, before its own operation starts."""
    reason: str | None = None
    """The reason of a failure of the latest operation on the resource."""

    @property
    def state(self) -> str:
        """The state of the resource: one of the states of this module."""
        stack_status = self.resource.status
        if stack_status.endswith("_FAILED"):
            return FAILED
        if self.status == MISSING:
            return MISSING.lower()
        if stack_status == _SKIPPED:
            return RETAINED
        if self.status is not None:
            return PRESENT
        if self.resource.is_deleted:
            return DELETED
        return STARTING if stack_status else WAITING


@dataclass(frozen=True)
class StackStatus:
    """A stack and its resources."""

    stack: DeployedStack
    resources: Sequence[ResourceStatus]

    @property
    def under_way(self) -> bool:
        """Whether an operation of CloudFormation or Amazon Personalize is in progress."""
        return self.stack.under_way or any(
            each.operation is not None and each.operation.under_way for each in self.resources
        )


def of_stack(aws: AwsClients, stack: DeployedStack) -> StackStatus:
    """Return the status of every resource of a stack."""
    known = [found for each in stack.personalize for found in _of_resource(aws, stack, each)]
    deleted = [ResourceStatus(resource=each, reason=stack.reasons.get(each.logical_id)) for each in stack.deleted]
    return StackStatus(stack, [*known, *deleted])


def _of_resource(aws: AwsClients, stack: DeployedStack, resource: StackResource) -> Iterator[ResourceStatus]:
    kind = resource.kind
    if kind is None:
        return
    arns = [resource.arn] if resource.arn else []
    if (
        resource.is_custom_resource
        and stack.under_way
        and (not resource.status or resource.status.endswith(_IN_PROGRESS))
    ):
        # CloudFormation has an ARN only after the creation; the ownership tag identifies the resource before.
        arns += [arn for arn in _created_since(aws, stack, resource, kind) if arn not in arns]
    reason = stack.reasons.get(resource.logical_id)
    for arn in arns:
        description = aws.describe(kind, arn)
        if description is None:
            yield ResourceStatus(resource=resource, arn=arn, name=_last_part(arn), status=MISSING, reason=reason)
            continue
        operation = _operation(kind, description)
        yield ResourceStatus(
            resource=resource,
            arn=arn,
            name=description.get(service_model.name_member(kind.name)) or _last_part(arn),
            status=description.get("status", "ACTIVE"),
            created=description.get("creationDateTime"),
            operation=operation,
            reason=reason or (operation.failure_reason if operation else None),
        )
    if not arns:
        waits_for = () if resource.status else stack.waits_for(resource)
        yield ResourceStatus(resource=resource, waits_for=waits_for, reason=reason)


def _operation(kind: Kind, description: Description) -> ResourceOperation | None:
    own, newest = status.own_status(description), status.newest_update(kind, description)
    current = status.current_status(kind, description)
    in_progress = status.is_in_progress(current)
    if newest and (not in_progress or current != own):
        name, told, current = "update", newest, str(newest["status"])
    else:
        name, told = _OPERATIONS.get(own.split(" ")[0], ""), description
    if not name:
        return None
    return ResourceOperation(
        name=name,
        status=current,
        began=told.get("creationDateTime" if name in ("creation", "update") else "lastUpdatedDateTime"),
        under_way=in_progress,
        failure_reason=told.get("failureReason"),
    )


def _created_since(aws: AwsClients, stack: DeployedStack, resource: StackResource, kind: Kind) -> Iterator[str]:
    """Yield the ARNs that the current stack operation created for a logical ID."""
    owner = kinds.short_hash(stack.id, resource.logical_id)
    client = aws.personalize(kind)
    for summary in client.entries(f"List{kind.name}s"):
        arn = str(summary[service_model.arn_member(kind.name)])
        created = summary.get("creationDateTime")
        if created is None or created <= stack.began:
            continue
        found = ownership_of(client, arn, summary)
        if found is not None and found.owner == owner:
            yield arn


def _last_part(arn: str) -> str:
    return arn.rsplit("/", 1)[1]
