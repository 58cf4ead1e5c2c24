"""Adopt an existing resource, and release it if the deployment fails.

Only a Create request adopts. The ownership tag is set when the resource has the declared configuration. It contains the
start of the stack operation, so that a Delete request can find out whether a deployment with the resource has
succeeded: if none has, the resource is released instead of deleted.
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
    """Return the resource to adopt, or None if no resource has the name.

    Raise OperationFailed if another owner has it or its create-only properties differ, and Deferred if it is being
    deleted.
    """
    request = context.request
    if not (request.adopts and request.type == CREATE):
        return None
    arn = arn_by_name(context, context.create_request)
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


def arn_by_name(context: Context, create_request: Mapping[str, Any]) -> str | None:
    """Return the ARN of the existing resource with the name of a create request."""
    kind = context.request.kind
    arn = arn_from_request(kind, context.request.stack_id, create_request)
    if arn is not None:
        return arn
    name, member = service_model.name_member(kind.name), service_model.arn_member(kind.name)
    summaries = context.api.summaries(create_request)
    return next((each[member] for each in summaries if each.get(name) == create_request[name]), None)


def adopt(context: Context, arn: str, description: Description) -> Progress:
    """Update an existing resource to the declared configuration.

    Properties that are not declared keep their current values. Raise Deferred if an operation on it is in progress.
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
    """Set the ownership tag on an adopted resource when it is ready.

    A resource that this request created already has the tag.
    """
    if not isinstance(result, Outcome) or result.progress.created or not result.description:
        return result
    own = replace(context.request.ownership, adopted_in=context.stack.operation_start())
    if _owner(context, result.physical_id) == own:
        return result
    tags = {tag["tagKey"]: tag["tagValue"] for tag in context.request.desired.get(service_model.TAGS, [])}
    context.api.tag(result.physical_id, {**tags, kinds.OWNER_TAG: str(own)})
    context.log("adopted", arn=result.physical_id)
    return result


def release_if_unfinished(context: Context, arn: str, owner: Ownership | None) -> bool:
    """Delete the ownership tag if no deployment has succeeded since the adoption.

    Return whether the tag was deleted.
    """
    if owner is None or owner.adopted_in is None or context.stack.has_succeeded_since(owner.adopted_in):
        return False
    context.api.untag(arn, [kinds.OWNER_TAG])
    context.log("released", arn=arn)
    return True


def _owner(context: Context, arn: str) -> Ownership | None:
    description = context.api.describe(arn)
    return ownership_of(context.api, arn, description) if description else None
