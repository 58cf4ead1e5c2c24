"""Adoption of a resource from outside the stack, and its release on failure.

Only a creation adopts. The ownership tag is set when the resource has the declared configuration, and names the stack
operation, so that a deletion knows whether a deployment with the resource has succeeded since.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds, service_model, status
from cdk_personalize_handler.errors import Deferred, OperationFailed
from cdk_personalize_handler.events import CREATE, Outcome
from cdk_personalize_handler.ownership import arn_from_request, ownership_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize_handler.events import Progress
    from cdk_personalize_handler.operations.context import Context
    from cdk_personalize_handler.ownership import Ownership
    from cdk_personalize_handler.personalize import Description


def find(context: Context) -> tuple[str, Description] | None:
    """Return the resource to adopt, or None if there is none.

    Raise if adoption is not possible.
    """
    request = context.request
    if not (request.adopts and request.type == CREATE):
        return None
    arn = named(context, context.create_request)
    description = context.api.describe(arn) if arn else None
    if arn is None or description is None:
        return None
    if status.is_being_deleted(description):
        raise Deferred("the resource that has the name is being deleted")
    owner = ownership_of(context.api, arn, description)
    if owner and owner.owner != request.ownership.owner:
        raise OperationFailed(
            f"it cannot be adopted: another stack or construct owns it. Take it out of that stack with "
            f"`RemovalPolicy.RETAIN`, and then delete its tag {kinds.OWNER_TAG}.",
            arn,
        )
    if conflicts := context.diff.conflicts(description):
        raise OperationFailed(f"it cannot be adopted: {'; '.join(conflicts)}. An update cannot change that.", arn)
    return arn, description


def named(context: Context, create_request: Mapping[str, Any]) -> str | None:
    """Return the ARN of the resource that has the name of a create request."""
    kind = context.request.kind
    arn = arn_from_request(kind, context.request.stack_id, create_request)
    if arn is not None:
        return arn
    name, member = service_model.name_member(kind.name), service_model.arn_member(kind.name)
    summaries = context.api.summaries(create_request)
    return next((each[member] for each in summaries if each.get(name) == create_request[name]), None)


def adopt(context: Context, arn: str, description: Description) -> Progress:
    """Update an existing resource to the declared configuration.

    Values that are not declared stay.
    """
    diff = context.diff_with(description)
    if status.is_busy(context.request.kind, description):
        raise Deferred("an operation on the resource to adopt is in progress")
    if diff.matches_mutable(description, any_version=True):
        return replace(context.progress, pending=False, physical_id=arn)
    before = status.began(status.newest_update(context.request.kind, description))
    context.api.update(arn, diff.update_request(description))
    context.log("update called", arn=arn)
    return context.after_call(physical_id=arn, updates=True, update_before=before)


def finish(context: Context, result: Progress | Outcome) -> Progress | Outcome:
    """Set the ownership tag on an adopted resource that is ready.

    A created one has it already.
    """
    if not isinstance(result, Outcome) or result.progress.created or not result.description:
        return result
    own = replace(context.request.ownership, adopted_in=context.stack.operation_began())
    if _owner(context, result.physical_id) == own:
        return result
    tags = {tag["tagKey"]: tag["tagValue"] for tag in context.request.desired.get(service_model.TAGS, [])}
    context.api.tag(result.physical_id, {**tags, kinds.OWNER_TAG: str(own)})
    context.log("adopted", arn=result.physical_id)
    return result


def release_if_unfinished(context: Context, arn: str, owner: Ownership | None) -> bool:
    """Release an adopted resource if no deployment has succeeded with it yet.

    Return whether it was released.
    """
    if owner is None or owner.adopted_in is None or context.stack.succeeded_since(owner.adopted_in):
        return False
    context.api.untag(arn, [kinds.OWNER_TAG])
    context.log("released", arn=arn)
    return True


def _owner(context: Context, arn: str) -> Ownership | None:
    description = context.api.describe(arn)
    return ownership_of(context.api, arn, description) if description else None
