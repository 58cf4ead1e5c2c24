"""Delete a resource, and what cancelled requests for it created unreported."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdk_personalize_handler import deadline, status
from cdk_personalize_handler.events import Outcome, Predecessor, Progress
from cdk_personalize_handler.operations import cancelled, waiting
from cdk_personalize_handler.operations.deletion import Removal, remove
from cdk_personalize_handler.ownership import Ownership

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk_personalize_handler.operations.context import Context


def begin(context: Context) -> Progress:
    """Stop the requests that still run for the resource. Nothing is deleted yet."""
    return waiting.unless_deferred(context, _checked)


def _checked(context: Context) -> Progress:
    predecessors = cancelled.stop_predecessors(context)
    return replace(context.progress, checked=True, predecessors=(*predecessors, *_given(context, predecessors)))


def _given(context: Context, known: Iterable[Predecessor]) -> list[Predecessor]:
    """Return the request of a physical ID, for a creation that failed without an ARN."""
    given = Ownership.parse(context.request.physical_id)
    if given is None or given.owner != context.request.ownership.owner or given.request in [p.request for p in known]:
        return []
    return [Predecessor(request=given.request, uncertain=True)]


def poll(context: Context) -> Progress | Outcome:
    """Bring the deletion forward. Return the outcome when nothing is left to delete."""
    if not context.progress.checked:
        context = replace(context, progress=_checked(context))
    context = replace(context, progress=_with_seen(context))
    left = [each for each in _targets(context) if not _is_done(context, each)]
    if not left and not _may_appear(context):
        return Outcome(progress=context.progress, physical_id=context.request.physical_id)
    return waiting.keep_waiting(context, replace(context.progress, pending=False), "not deleted yet")


def _targets(context: Context) -> list[str]:
    """Return the ARNs to delete."""
    physical_id = context.request.physical_id
    own = [physical_id] if context.request.kind.is_arn(physical_id) else []
    created = [arn for each in context.progress.predecessors for arn in cancelled.created_by(context, each)]
    return list(dict.fromkeys([*own, *created]))


def _with_seen(context: Context) -> Progress:
    """Return the progress with the creation times of newly visible targets."""
    descriptions = {arn: context.api.describe(arn) for arn in _targets(context)}
    seen = {arn: status.began(description) for arn, description in descriptions.items() if description is not None}
    return replace(context.progress, seen={**seen, **context.progress.seen})


def _is_done(context: Context, arn: str) -> bool:
    """Delete a target if possible. Return whether it is deleted or must stay."""
    description = context.api.describe(arn)
    seen = context.progress.seen
    if description is not None and status.began(description) != seen.get(arn, 0.0):
        return True  # another resource has the name by now
    removal = remove(context, arn)
    if removal is not Removal.NOT_VISIBLE:
        return removal is Removal.KEPT
    return arn in seen or arn == context.request.physical_id or context.elapsed >= deadline.SETTLING


def _may_appear(context: Context) -> bool:
    """Return whether a cancelled request may have an invisible resource.

    A resource can be invisible for some time after its creation.
    """
    predecessors = context.progress.predecessors
    if any(each.in_flight for each in predecessors) and context.elapsed < deadline.IN_FLIGHT:
        return True
    return any(each.uncertain and not each.arn for each in predecessors) and (
        not context.progress.seen and context.elapsed < deadline.SETTLING
    )
