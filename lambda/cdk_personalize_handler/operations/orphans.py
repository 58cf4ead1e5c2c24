"""Find and delete the orphaned resources of cancelled requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from cdk_personalize_handler import deadline, service_model, status
from cdk_personalize_handler.errors import Deferred, OrphanRemains
from cdk_personalize_handler.operations.deletion import DeletionState, delete_if_possible
from cdk_personalize_handler.ownership import Ownership, arn_from_request, create_request, ownership_of

if TYPE_CHECKING:
    from cdk_personalize_handler.events import Predecessor
    from cdk_personalize_handler.operations.context import Context


def delete(context: Context, *, keep: set[str]) -> None:
    """Delete the orphaned resources of cancelled requests.

    Raise Deferred until they are deleted.

    :param keep: ARNs that are not deleted.
    """
    if may_become_visible(context):
        raise Deferred("a resource that a cancelled request created may not be visible yet")
    for arn in created(context):
        if arn not in keep and not is_deleted(context, arn):
            raise OrphanRemains(
                f"a cancelled replacement, {arn}, cannot be deleted yet. Continue the rollback with "
                f"`cdk rollback` when the operation on it has ended."
            )


def may_become_visible(context: Context) -> bool:
    """Return whether a resource of a cancelled request may not be visible yet."""
    predecessors = context.progress.predecessors
    if any(each.in_flight for each in predecessors) and context.elapsed < deadline.IN_FLIGHT:
        return True
    unknown = [each for each in predecessors if each.uncertain and not each.arn]
    known = {context.request.physical_id, *(each.arn for each in predecessors)}
    found = context.progress.seen.keys() - known
    return len(found) < len(unknown) and context.elapsed < deadline.SETTLING


def with_creation_times(context: Context, *arns: str) -> Context:
    """Return the context with the creation times of resources that became visible.

    :param arns: ARNs of further resources to delete.
    """
    descriptions = {arn: context.api.describe(arn) for arn in (*arns, *created(context))}
    seen = {arn: status.began(description) for arn, description in descriptions.items() if description is not None}
    return replace(context, progress=replace(context.progress, seen={**seen, **context.progress.seen}))


def is_deleted(context: Context, arn: str) -> bool:
    """Delete a resource if possible. Return whether it is deleted or must stay.

    Amazon Personalize may not show a resource at any moment of the first two minutes after its creation.
    """
    description = context.api.describe(arn)
    created = context.progress.seen.get(arn)
    if description is not None and created not in (None, status.began(description)):
        return True  # Another resource with the same name was created in the meantime.
    state = delete_if_possible(context, arn)
    if state is not DeletionState.NOT_VISIBLE:
        return state is DeletionState.KEPT
    age = context.elapsed if created is None else timedelta(seconds=(context.api.now or created) - created)
    return age >= deadline.SETTLING


def created(context: Context) -> list[str]:
    """Return the ARNs of the resources that cancelled requests created."""
    return list(dict.fromkeys(arn for each in context.progress.predecessors for arn in _created_by(context, each)))


def _created_by(context: Context, predecessor: Predecessor) -> list[str]:
    """Return the ARN that a request reported, or those of its visible resources."""
    if predecessor.arn and not context.request.adopts:
        return [predecessor.arn]
    if not predecessor.arn and not predecessor.uncertain:
        return []
    own = Ownership(context.request.ownership.owner, predecessor.request)
    candidates = [predecessor.arn] if predecessor.arn else _candidates(context, own)
    return [arn for arn in candidates if _is_owned(context, arn, own, name_was_free=predecessor.name_was_free)]


def _candidates(context: Context, own: Ownership) -> list[str]:
    """Return the ARNs of the resources that a request may have created.

    The ARN follows from the name, if the name is unique. Otherwise all resources with the same parent are candidates.
    """
    request = context.request
    # An empty previous configuration is valid, for a kind whose properties are all optional.
    sent = [request.desired, *([request.previous] if request.previous_properties else [])]
    configurations = [] if request.is_wait_link else sent
    if request.kind.arn_from_name:
        requests = [create_request(request, own, each) for each in configurations]
        arns = [arn_from_request(request.kind, request.stack_id, each) for each in requests]
        return list(dict.fromkeys(arn for arn in arns if arn))
    member = service_model.arn_member(request.kind.name)
    return [each[member] for each in context.api.summaries(*configurations)]


def _is_owned(context: Context, arn: str, own: Ownership, *, name_was_free: bool) -> bool:
    description = context.api.describe(arn)
    if description is None:
        return False
    owner = ownership_of(context.api, arn, description)
    # A resource without tags and with a name from the user can only be identified by that name.
    return own.is_same_request(owner) or (owner is None and name_was_free)
