"""Delete one resource, one call at a time."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from cdk_personalize_handler import adoption, deadline, kinds, service_model, status
from cdk_personalize_handler.errors import Deferred, NotFound
from cdk_personalize_handler.ownership import ownership_of

if TYPE_CHECKING:
    from cdk_personalize_handler.kinds import Kind
    from cdk_personalize_handler.operations.context import Context
    from cdk_personalize_handler.personalize import Description


class Removal(Enum):
    """How far the deletion of a resource is."""

    NOT_VISIBLE = "the service does not show it"
    KEPT = "it stays: the API cannot delete it, or it belongs to another stack"
    IN_PROGRESS = "it is being deleted, or cannot be deleted yet"


def remove(context: Context, arn: str) -> Removal:
    """Bring a resource closer to its deletion."""
    kind = context.request.kind
    description = context.api.describe(arn)
    if description is None:
        return Removal.NOT_VISIBLE
    found = status.current_status(kind, description)
    if is_permanent(kind, description):
        context.log("kept: the API cannot delete it", arn=arn, status=found)
        return Removal.KEPT
    if service_model.operation("Delete", kind.name) is None:
        if status.is_stopping(found):
            return Removal.IN_PROGRESS
    elif status.is_in_progress(found):
        return Removal.IN_PROGRESS  # the service deletes it when the operation has ended
    elif (kept := _kept_by_owner(context, arn, description)) is not None:
        return kept
    try:
        context.api.delete(arn)
        context.log("delete called", arn=arn, status=found)
    except NotFound:
        return Removal.NOT_VISIBLE
    except Deferred:
        stop_automatic_children(context, arn, description)
        raise
    return Removal.IN_PROGRESS


def is_permanent(kind: Kind, description: Description) -> bool:
    """Return whether the API can neither delete a resource nor stop its creation."""
    is_stoppable = kind.stop is not None and status.is_busy(kind, description)
    return service_model.operation("Delete", kind.name) is None and not is_stoppable


def _kept_by_owner(context: Context, arn: str, description: Description) -> Removal | None:
    """Return how a resource is kept that this stack does not own, or None.

    A resource with an unfinished adoption is also kept. None means that it is deleted.
    """
    if not service_model.taggable(context.request.kind.name):
        return None
    owner = ownership_of(context.api, arn, description)
    if owner is None:
        if context.request.adopts:
            return Removal.KEPT  # an earlier step has released it
        age = (context.api.now or 0.0) - status.began(description)
        return Removal.IN_PROGRESS if age < deadline.SETTLING.total_seconds() else None
    if owner.owner != context.request.ownership.owner:
        context.log("kept: another stack or construct owns it", arn=arn)
        return Removal.KEPT
    return Removal.KEPT if adoption.release_if_unfinished(context, arn, owner) else None


def stop_automatic_children(context: Context, arn: str, description: Description) -> None:
    """Stop automatic creations of children, which block the deletion."""
    automatic = context.request.kind.automatic_children
    if automatic is None:
        return
    if description.get(automatic.switch):
        context.api.update(arn, {automatic.switch: False})
        context.log("automatic creation turned off", arn=arn)
    children = context.api.of_kind(kinds.KINDS[automatic.kind])
    member, value = automatic.marker
    for summary in children.entries(f"List{automatic.kind}s", **{automatic.parent_member: arn}):
        found = str(summary.get("status"))
        if summary.get(member) == value and status.is_in_progress(found) and not status.is_stopping(found):
            child = str(summary[service_model.arn_member(automatic.kind)])
            children.delete(child)
            context.log("automatic creation stopped", arn=child)
