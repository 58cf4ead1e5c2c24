"""Delete a resource, and orphaned resources of its cancelled requests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdk_personalize_handler.events import Outcome, Predecessor, Progress
from cdk_personalize_handler.operations import cancelled, orphans, waiting
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
    own = _own(context)
    context = orphans.with_creation_times(context, *own)
    targets = dict.fromkeys([*own, *orphans.created(context)])
    left = [arn for arn in targets if not orphans.is_deleted(context, arn)]
    if not left and not orphans.may_become_visible(context):
        return Outcome(progress=context.progress, physical_id=context.request.physical_id)
    return waiting.keep_waiting(context, replace(context.progress, pending=False), "not deleted yet")


def _own(context: Context) -> list[str]:
    """Return the physical ID if it is an ARN."""
    physical_id = context.request.physical_id
    return [physical_id] if context.request.kind.is_arn(physical_id) else []
