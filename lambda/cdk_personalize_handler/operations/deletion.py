"""Delete a resource in several steps, with at most one delete call in each."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from cdk_personalize_handler import adoption, deadline, kinds, service_model, status
from cdk_personalize_handler.errors import Deferred, NotFound
from cdk_personalize_handler.ownership import ownership_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_personalize_handler.kinds import Kind, Trainings
    from cdk_personalize_handler.operations.context import Context
    from cdk_personalize_handler.personalize import Description, PersonalizeClient


class DeletionState(Enum):
    """The state of the deletion of a resource."""

    NOT_VISIBLE = "Amazon Personalize does not show the resource"
    KEPT = "the resource stays: the API cannot delete it, or another stack owns it"
    IN_PROGRESS = "the resource is being deleted, or cannot be deleted yet"


def delete_if_possible(context: Context, arn: str) -> DeletionState:
    """Delete a resource, or stop its creation, if its status permits it now.

    Return the state of the deletion. Raise Deferred if Amazon Personalize rejects the deletion for now.
    """
    kind = context.request.kind
    description = context.api.describe(arn)
    if description is None:
        return DeletionState.NOT_VISIBLE
    found = status.current_status(kind, description)
    if is_permanent(kind, description):
        context.log("kept: the API cannot delete it", arn=arn, status=found)
        return DeletionState.KEPT
    if service_model.operation("Delete", kind.name) is None:
        if status.is_stopping(found):
            return DeletionState.IN_PROGRESS
    elif status.is_in_progress(found):
        return DeletionState.IN_PROGRESS  # It can be deleted when the operation has ended.
    elif (kept := _kept_by_owner(context, arn, description)) is not None:
        return kept
    try:
        context.api.delete(arn)
        context.log("delete called", arn=arn, status=found)
    except NotFound:
        return DeletionState.NOT_VISIBLE
    except Deferred:
        _stop_trainings(context, arn, description)
        raise
    return DeletionState.IN_PROGRESS


def is_permanent(kind: Kind, description: Description) -> bool:
    """Return whether the API can neither delete a resource nor stop its creation."""
    is_stoppable = kind.stop is not None and status.is_busy(kind, description)
    return service_model.operation("Delete", kind.name) is None and not is_stoppable


def _kept_by_owner(context: Context, arn: str, description: Description) -> DeletionState | None:
    """Return KEPT if this stack does not own a resource, or None to delete it.

    A resource whose adoption has not succeeded is released and kept. IN_PROGRESS means that its ownership tag may not
    be visible yet.
    """
    if not service_model.is_taggable(context.request.kind.name):
        return None
    owner = ownership_of(context.api, arn, description)
    if owner is None:
        if context.request.adopts:
            return DeletionState.KEPT  # An earlier step has released it.
        age = (context.api.now or 0.0) - status.began(description)
        return DeletionState.IN_PROGRESS if age < deadline.SETTLING.total_seconds() else None
    if owner.owner != context.request.ownership.owner:
        context.log("kept: another stack or construct owns it", arn=arn)
        return DeletionState.KEPT
    return DeletionState.KEPT if adoption.release_if_unfinished(context, arn, owner) else None


def _stop_trainings(context: Context, arn: str, description: Description) -> None:
    """Stop the trainings that no stack owns and that block the deletion.

    Amazon Personalize, a training pipeline or a principal outside the stack started them.
    """
    trainings = context.request.kind.trainings
    if trainings is None:
        return
    if description.get(trainings.switch):
        context.api.update(arn, {trainings.switch: False})
        context.log("automatic training turned off", arn=arn)
    children = context.api.of_kind(kinds.KINDS[trainings.kind])
    for child, summary in running_trainings(children, trainings, arn):
        if _is_unowned(context, children, child, summary):
            children.delete(child)
            context.log("training stopped", arn=child)


def running_trainings(
    api: PersonalizeClient, trainings: Trainings, parent_arn: str
) -> Iterator[tuple[str, Description]]:
    """Yield the ARN and the summary of each training in progress.

    Trainings that are being stopped are not included.
    """
    for summary in api.entries(f"List{trainings.kind}s", **{trainings.parent_member: parent_arn}):
        found = str(summary.get("status"))
        if status.is_in_progress(found) and not status.is_stopping(found):
            yield str(summary[service_model.arn_member(trainings.kind)]), summary


def _is_unowned(context: Context, api: PersonalizeClient, arn: str, description: Description) -> bool:
    """Return whether a resource has no owner.

    The tag of a new one may not be visible yet.
    """
    age = (context.api.now or 0.0) - status.began(description)
    return age >= deadline.SETTLING.total_seconds() and ownership_of(api, arn, description) is None
