"""Stop the cancelled requests for the resource.

CloudFormation cancels a request when a rollback begins, or when the user cancels the update. The workflow of the
request goes on, and the response that it sends is ignored.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import ledger
from cdk_personalize_handler.errors import Superseded, Throttled
from cdk_personalize_handler.events import DELETE, UPDATE, Predecessor, sent_at
from cdk_personalize_handler.response import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from cdk_personalize_handler.ledger import Execution, History
    from cdk_personalize_handler.operations.context import Context

CLOCK_SKEW = timedelta(seconds=10)
"""Maximum difference between the clocks of CloudFormation and Step Functions."""


def stop_predecessors(context: Context) -> tuple[Predecessor, ...]:
    """Stop the workflows of earlier requests for the same resource.

    Return the requests that may have created an orphaned resource. Requests older than the latest successful one are
    not included, because that one has already deleted their resources.
    """
    found: list[Predecessor] = []
    for execution in context.ledger.before(context.request.ownership):
        if execution.status == ledger.SUCCEEDED:
            return (*found, *_ignored_success(context, execution))
        event = context.ledger.event_of(execution.ownership)
        if event is None or event["RequestType"] == DELETE:
            continue
        if execution.status == ledger.RUNNING:
            _require_newer(context, execution, sent_at(event))
        history = context.ledger.history(execution)
        if _was_accepted(context, execution, history.progress):
            return tuple(found)
        if execution.status == ledger.RUNNING:
            context.ledger.stop(execution)
            context.log("stopped the workflow of a cancelled request", execution=execution.arn)
            history = context.ledger.history(execution)
        found.append(_predecessor(context, execution, history))
    return tuple(found)


def _was_accepted(context: Context, execution: Execution, progress: Mapping[str, Any]) -> bool:
    """Return whether CloudFormation accepted the success that an execution reported.

    Such an execution was stopped, or failed, after it had sent its response.
    """
    if progress.get("Response", {}).get("Status") != SUCCESS:
        return False
    return _is_accepted(context, execution, str(progress["Response"]["PhysicalResourceId"]))


def _is_accepted(context: Context, execution: Execution, physical_id: str) -> bool:
    """Return whether CloudFormation accepted the physical ID of an execution.

    Raise Throttled if the stack events do not show that yet.
    """
    accepted = context.stack.has_accepted(context.request.logical_id, physical_id, execution.started - CLOCK_SKEW)
    if accepted is None:
        raise Throttled("the events of the stack do not show the end of the earlier request yet")
    return accepted


def _require_newer(context: Context, execution: Execution, sent: datetime | None) -> None:
    """Raise Superseded if the request of a running execution is newer than this one.

    :param sent: When CloudFormation sent that request. If that is unknown, or if both were sent in the same second, the
        starts of the executions decide, which are in another order if a request is delivered late.
    """
    own = context.request.sent
    if own and sent and own != sent:
        if sent > own:
            raise Superseded("a newer request for the same resource is in progress")
        return
    if execution.started > context.execution_started:
        raise Superseded("a newer request for the same resource is in progress")
    if context.request.type != UPDATE:
        return
    state = context.stack.require_awaited(UPDATE, context.request.logical_id)
    came_later = context.execution_started - execution.started > CLOCK_SKEW
    if execution.started >= state.changed and came_later:
        raise Superseded("a newer request for the same resource is in progress")


def _predecessor(context: Context, execution: Execution, history: History) -> Predecessor:
    """Return an unsuccessful request with the resource that it may have created."""
    in_flight = history.step_in_flight and execution.status in (ledger.RUNNING, ledger.ABORTED)
    return Predecessor(
        request=execution.ownership.request,
        arn=_resource_of(context, history.progress),
        in_flight=in_flight,
        uncertain=in_flight or bool(history.progress.get("uncertain")),
        name_was_free=bool(history.progress.get("name_was_free")),
    )


def _ignored_success(context: Context, execution: Execution) -> Iterator[Predecessor]:
    """Yield the request of a successful execution whose response was ignored."""
    accepted_all = context.request.kind.is_arn(context.request.physical_id) and not (
        context.request.type == UPDATE and context.stack.rolling_back
    )
    if accepted_all or context.request.is_wait_link:
        return
    created = _resource_of(context, context.ledger.history(execution).progress)
    if not created or created == context.request.physical_id:
        return
    if not _is_accepted(context, execution, created):
        yield Predecessor(request=execution.ownership.request, arn=created)


def _resource_of(context: Context, progress: Mapping[str, Any]) -> str:
    """Return the ARN of the resource that a request created, or began to adopt."""
    return str(progress.get("created") or (progress.get("physical_id", "") if context.request.adopts else ""))
