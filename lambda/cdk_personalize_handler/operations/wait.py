"""Handle requests for wait links, which continue the wait for a resource."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdk_personalize_handler import deadline, kinds, status
from cdk_personalize_handler.errors import OperationFailed
from cdk_personalize_handler.events import DELETE, Outcome, Progress
from cdk_personalize_handler.operations import waiting

if TYPE_CHECKING:
    from cdk_personalize_handler.operations.context import Context


def begin(context: Context) -> Progress | Outcome:
    """Start the wait for the resource. The deletion of a wait link is a no-op."""
    if context.request.type == DELETE:
        return Outcome(progress=context.progress, physical_id=context.request.physical_id)
    properties = context.request.properties
    return replace(
        context.progress,
        pending=False,
        physical_id=properties[kinds.WAIT_ARN],
        operation=properties[kinds.WAIT_OPERATION],
    )


def poll(context: Context) -> Progress | Outcome:
    """Return the outcome when the resource is ready and its update has ended."""
    progress, kind, arn = context.progress, context.request.kind, context.progress.physical_id
    description = context.api.describe(arn)
    if description is None:
        return _missing(context)
    if status.is_busy(kind, description):
        return waiting.keep_waiting(context, progress, status.current_status(kind, description), description)
    update = status.newest_update(kind, description)
    watched = context.request.properties[kinds.WAIT_OPERATION]
    if update and str(status.began(update)) == watched and status.is_failed(str(update["status"])):
        raise OperationFailed(f"its update ended as {update['status']}: {status.failure_reason(update)}", arn)
    return waiting.complete_or_activate(context, progress, description)


def _missing(context: Context) -> Progress | Outcome:
    """Wait until a new resource is visible. Raise OperationFailed if it was deleted.

    A rollback does not fail because the resource was deleted outside the stack.
    """
    progress = context.progress
    if context.elapsed <= deadline.SETTLING:
        return replace(progress, waited_for="not visible yet")
    if context.stack.rolling_back:
        context.log("the resource was deleted outside the stack", arn=progress.physical_id)
        return Outcome(progress=progress, physical_id=progress.physical_id, operation=progress.operation)
    raise OperationFailed(
        "it disappeared during the deployment. Was it deleted outside the stack?", progress.physical_id
    )
