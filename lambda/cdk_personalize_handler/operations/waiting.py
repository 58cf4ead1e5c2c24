"""Wait until a resource is ready, for at most the `timeout` of its construct."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import deadline, kinds, quality, service_model, status
from cdk_personalize_handler.errors import Deferred, NotSettled, OperationFailed, OrphanRemains, Throttled
from cdk_personalize_handler.events import DELETE, Outcome, Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_personalize_handler.operations.context import Context
    from cdk_personalize_handler.personalize import Description


def until_ready(context: Context, progress: Progress) -> Progress | Outcome:
    """Return the outcome if the resource is ready, or else the progress.

    A resource with an update in progress is not ready.
    """
    kind, arn = context.request.kind, progress.physical_id
    description = context.api.describe(arn)
    if description is None:
        _require_visible_soon(context, progress)
        return replace(progress, waited_for="not visible yet")
    if status.is_busy(kind, description):
        seen = _with_own_update(context, progress, description)
        return keep_waiting(context, seen, status.current_status(kind, description), description)
    if progress.updates and not _has_update_ended(context, progress, description):
        return replace(progress, waited_for="the update is not visible yet")
    return complete_or_activate(context, progress, description)


def _require_visible_soon(context: Context, progress: Progress) -> None:
    """Raise OperationFailed if a resource is not visible two minutes after the call."""
    since = progress.sent or 0.0
    if context.elapsed.total_seconds() - since > deadline.SETTLING.total_seconds():
        raise OperationFailed(
            "it disappeared during the deployment. Was it deleted outside the stack?", progress.physical_id
        )


def _with_own_update(context: Context, progress: Progress, description: Description) -> Progress:
    """Return the progress with the start time of the request's own update.

    The time is set when the description first shows the update.
    """
    if not progress.updates or progress.own_update is not None:
        return progress
    update = status.newest_update(context.request.kind, description)
    if update is None:
        describes = status.describes_updates(context.request.kind)
        return progress if describes else replace(progress, own_update=context.elapsed.total_seconds())
    began = status.began(update)
    is_own = began > progress.update_before and context.diff_with(description).matches_update(update)
    return replace(progress, own_update=began) if is_own else progress


def _has_update_ended(context: Context, progress: Progress, description: Description) -> bool:
    """Return whether the request's own update has succeeded. False if not visible yet.

    Raise OperationFailed if it failed or had no effect. Amazon Personalize may start another update immediately
    afterwards, such as automatic training. Then only the configuration shows whether the own update succeeded.
    """
    kind, arn = context.request.kind, progress.physical_id
    diff = context.diff_with(description)
    update = status.newest_update(kind, description)
    if update is not None and status.began(update) > progress.update_before:
        failed = status.is_failed(str(update["status"]))
        is_own = diff.matches_update(update) and progress.own_update in (None, status.began(update))
        if is_own and not failed:
            return True
        if is_own and not (progress.own_update is None and diff.matches_mutable(description)):
            raise OperationFailed(f"its update ended as {update['status']}: {status.failure_reason(update)}", arn)
        if diff.matches_mutable(description, any_version=True):
            return True
        raise OperationFailed("its update had no effect: Amazon Personalize started another update after it", arn)
    if diff.matches_mutable(description, any_version=not status.describes_updates(kind)):
        return True
    waited = context.elapsed.total_seconds() - (progress.sent or 0.0)
    if status.describes_updates(kind):
        if waited <= deadline.SETTLING.total_seconds():
            return False
        if diff.matches_mutable(description, any_version=True):
            return True
        raise OperationFailed("its update had no effect: Amazon Personalize does not show the update", arn)
    if progress.own_update is None and waited <= deadline.SETTLING.total_seconds():
        return False
    raise OperationFailed(f"its update had no effect: {status.failure_reason(description)}", arn)


def complete_or_activate(context: Context, progress: Progress, description: Description) -> Progress | Outcome:
    """Return the outcome for a resource without an operation in progress.

    If the stack declares that it runs or is stopped, and it is not, start or stop it and return the progress.
    """
    kind, arn = context.request.kind, progress.physical_id
    require_ready(context, arn, description, "creation")
    if must_start_or_stop(context, description):
        context.require_awaited()
        (context.api.start if context.request.active else context.api.stop)(arn)
        context.log("start called" if context.request.active else "stop called", arn=arn)
        return keep_waiting(context, progress, status.own_status(description), description)
    metrics = context.api.metrics(arn, description)
    _require_quality(context, arn, metrics)
    measured = {kind.metrics_member: metrics} if kind.metrics_member else {}
    return Outcome(
        progress=progress,
        physical_id=arn,
        description={**measured, **description},
        operation=status.operation_id(kind, description),
    )


def must_start_or_stop(context: Context, description: Description) -> bool:
    """Return whether a resource that is not busy must be started or stopped."""
    request = context.request
    can_stop = service_model.operation("Stop", request.kind.name) is not None and not request.keeps_activity
    return can_stop and (status.own_status(description) == "ACTIVE") != request.active


def require_ready(context: Context, arn: str, description: Description, operation: str) -> None:
    """Raise OperationFailed if the status says so or is unknown.

    :param operation: The operation, as a noun for the message.
    """
    found = status.own_status(description)
    if status.is_failed(found):
        raise OperationFailed(f"its {operation} ended as {found}: {status.failure_reason(description)}", arn)
    if found not in context.request.kind.ready:
        raise OperationFailed(f"it has the status {found}, which this version of cdk-personalize does not know", arn)


def _require_quality(context: Context, arn: str, metrics: dict[str, float]) -> None:
    """Raise OperationFailed if an offline metric is below its quality gate.

    A rollback does not apply quality gates.
    """
    reason = quality.shortfall(context.request.quality_gates, metrics)
    if reason is None:
        return
    if context.stack.rolling_back:
        context.log("quality gate not applied in a rollback", arn=arn, reason=reason)
        return
    raise OperationFailed(reason, arn)


def defer(context: Context, error: Deferred, progress: Progress | None = None) -> Progress | Outcome:
    """Return the progress after a call that a later poll retries.

    Raise OperationFailed if the call has been retried for too long.
    """
    progress = progress or context.progress
    elapsed = context.elapsed
    since = None
    if isinstance(error, NotSettled):
        since = elapsed.total_seconds() if progress.transient_since is None else progress.transient_since
        if elapsed.total_seconds() - since >= deadline.SETTLING.total_seconds():
            raise OperationFailed(str(error)) from error
    if isinstance(error, OrphanRemains) and elapsed >= kinds.ONE_LINK:
        raise OperationFailed(str(error)) from error
    context.log("deferred", because=str(error))
    repeated = progress.deferrals + 1 if isinstance(error, Throttled) else 0
    return keep_waiting(
        context, replace(progress, deferrals=repeated, transient_since=since), f"unknown: {error}", deferred=True
    )


def keep_waiting(
    context: Context,
    progress: Progress,
    current: str,
    description: Description | None = None,
    *,
    deferred: bool = False,
) -> Progress | Outcome:
    """Return the progress, or end the wait if its maximum time has passed.

    The wait ends with the outcome that hands over to the next wait link, or with OperationFailed if none follows. In a
    rollback, the operation is left to finish, and the request succeeds.

    :param current: The status of the resource.
    :param deferred: Whether a call could not be made.
    """
    request, elapsed = context.request, context.elapsed
    operation = status.operation_id(request.kind, description) if description else progress.operation
    progress = replace(progress, operation=operation, waited_for=current)
    if not deferred:
        progress = replace(progress, deferrals=0, transient_since=None)
    told: dict[str, Any] = {
        "arn": progress.physical_id, "status": current, "waited": round(elapsed.total_seconds())
    }  # fmt: skip
    if elapsed < request.wait:
        context.log("waiting", **told)
        return progress
    if request.type != DELETE and _rolls_back(context):
        if elapsed < kinds.ONE_LINK:
            context.log("waiting", **told)
            return progress
        # A failure here would leave the stack stuck. A rollback updates only the wait links that were updated before.
        what = "not rolled back: an operation on it outlasts the rollback"
        context.log(what if progress.pending else "left to finish after the rollback", **told)
        return _unfinished(replace(progress, physical_id=progress.physical_id or request.physical_id), description)
    if request.type != DELETE and request.hands_over:
        if not progress.pending and operation:
            context.log("handed over to the next wait link", **told)
            return _unfinished(progress, description)
        if deferred and elapsed < request.wait + deadline.GRACE:
            return progress
    raise OperationFailed(
        f"timed out after {deadline.words(elapsed)} (last status: {current}). Increase `timeout`, or check the "
        f"resource in the Amazon Personalize console.",
        progress.physical_id,
    )


def _unfinished(progress: Progress, description: Description | None) -> Outcome:
    return Outcome(
        progress=progress,
        physical_id=progress.physical_id,
        description=description or {},
        operation=progress.operation,
    )


def _rolls_back(context: Context) -> bool:
    try:
        return context.stack.rolling_back
    except Deferred:
        return False


def unless_deferred(context: Context, check: Callable[[Context], Progress]) -> Progress:
    """Return the progress after a check, or the unchanged progress if it is deferred.

    The first poll repeats a deferred check. In a large stack the first poll makes every check.
    """
    if deadline.is_paced():
        return context.progress
    try:
        return check(context)
    except Deferred as error:
        context.log("deferred", because=str(error))
        return context.progress
