"""Delay the first call if IAM may not apply a new role yet.

A job that fails because of its role stays failed: Amazon Personalize does not retry it.
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

_DELAY = timedelta(minutes=1)
"""Time after its creation until a role is used."""


def with_delay(context: Context, progress: Progress) -> Progress:
    """Return the progress, with a delay before the first call if the role is new."""
    if context.request.type == DELETE or not _is_new(context):
        return progress
    context.api.ask_time()
    context.log("waiting for the new role")
    return replace(progress, hold=_DELAY.total_seconds())


def is_delayed(context: Context) -> bool:
    """Return whether the first call must still wait for the new role."""
    if not context.progress.pending or not context.progress.hold:
        return False
    context.api.ask_time()
    return context.elapsed.total_seconds() < context.progress.hold


def _is_new(context: Context) -> bool:
    states = [context.stack.resource(each) for each in context.request.new_role]
    return any(
        each is not None
        and each.status == "CREATE_COMPLETE"
        and deadline.local_now() - each.changed.timestamp() < _DELAY.total_seconds()
        for each in states
    )
