"""New roles, which IAM does not apply immediately.

A job that fails for this reason is final.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from cdk_personalize_handler import deadline
from cdk_personalize_handler.events import DELETE

if TYPE_CHECKING:
    from cdk_personalize_handler.events import Progress
    from cdk_personalize_handler.operations.context import Context

_SETTLES = timedelta(minutes=1)


def with_hold(context: Context, progress: Progress) -> Progress:
    """Return the progress with a delay before the first call for a new role."""
    if context.request.type == DELETE or not _is_new(context):
        return progress
    context.api.ask_time()
    context.log("waiting for the new role")
    return replace(progress, hold=_SETTLES.total_seconds())


def must_hold(context: Context) -> bool:
    """Return whether the role is still too new."""
    if not context.progress.pending or not context.progress.hold:
        return False
    context.api.ask_time()
    return context.elapsed.total_seconds() < context.progress.hold


def _is_new(context: Context) -> bool:
    states = [context.stack.resource(each) for each in context.request.new_role]
    return any(
        each is not None
        and each.status == "CREATE_COMPLETE"
        and deadline.local_now() - each.changed.timestamp() < _SETTLES.total_seconds()
        for each in states
    )
