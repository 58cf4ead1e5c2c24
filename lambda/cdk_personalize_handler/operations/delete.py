"""Delete a resource, and orphaned resources of its cancelled requests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdk_personalize_handler import deadline, status
from cdk_personalize_handler.events import Outcome, Predecessor, Progress
from cdk_personalize_handler.operations import cancelled, waiting
from cdk_personalize_handler.operations.deletion import DeletionState, delete_if_possible
from cdk_personalize_handler.ownership import Ownership

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk_personalize_handler.operations.context import Context


def begin(context: Context) -> Progress:
    """Stop the workflows of earlier requests for the resource. Delete nothing yet."""
    return waiting.unless_deferred(context, _with_predecessors)


def _with_predecessors(context: Context) -> Progress:
    predecessors = cancelled.stop_predecessors(context)
    return replace(
        context.progress, checked=True, predecessors=(*predecessors, *_failed_creation(context, predecessors))
    )


def _failed_creation(context: Context, known: Iterable[Predecessor]) -> list[Predecessor]:
    """Return the request whose creation failed before it reported an ARN.

    Its hash is in the physical ID. Empty if the physical ID is an ARN, or the request is already known.
    """
    failed = Ownership.parse(context.request.physical_id)
    if (
        failed is None
        or failed.owner != context.request.ownership.owner
        or failed.request in [p.request for p in known]
    ):
        return []
    return [Predecessor(request=failed.request, uncertain=True)]


def poll(context: Context) -> Progress | Outcome:
    """Delete what can be deleted now. Return the outcome when everything is deleted."""
    if not context.progress.checked:
        context = replace(context, progress=_with_predecessors(context))
    context = replace(context, progress=_with_creation_times(context))
    left = [each for each in _targets(context) if not _is_done(context, each)]
    if not left and not _may_become_visible(context):
        return Outcome(progress=context.progress, physical_id=context.request.physical_id)
    return waiting.keep_waiting(context, replace(context.progress, pending=False), "not deleted yet")


def _targets(context: Context) -> list[str]:
    """Return the ARNs of the resources to delete."""
    physical_id = context.request.physical_id
    own = [physical_id] if context.request.kind.is_arn(physical_id) else []
    created = [arn for each in context.progress.predecessors for arn in cancelled.created_by(context, each)]
    return list(dict.fromkeys([*own, *created]))


def _with_creation_times(context: Context) -> Progress:
    """Return the progress with the creation times of resources that became visible."""
    descriptions = {arn: context.api.describe(arn) for arn in _targets(context)}
    seen = {arn: status.began(description) for arn, description in descriptions.items() if description is not None}
    return replace(context.progress, seen={**seen, **context.progress.seen})


def _is_done(context: Context, arn: str) -> bool:
    """Delete a resource if possible. Return whether it is deleted or must stay."""
    description = context.api.describe(arn)
    seen = context.progress.seen
    if description is not None and status.began(description) != seen.get(arn, 0.0):
        return True  # Another resource with the same name was created in the meantime.
    state = delete_if_possible(context, arn)
    if state is not DeletionState.NOT_VISIBLE:
        return state is DeletionState.KEPT
    return arn in seen or arn == context.request.physical_id or context.elapsed >= deadline.SETTLING


def _may_become_visible(context: Context) -> bool:
    """Return whether a resource of a cancelled request may not be visible yet."""
    predecessors = context.progress.predecessors
    if any(each.in_flight for each in predecessors) and context.elapsed < deadline.IN_FLIGHT:
        return True
    return any(each.uncertain and not each.arn for each in predecessors) and (
        not context.progress.seen and context.elapsed < deadline.SETTLING
    )
