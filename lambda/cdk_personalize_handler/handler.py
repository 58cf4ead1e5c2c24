"""The two Lambda functions: `on_event` starts a workflow, `worker` runs its steps.

This module alone handles the payloads of the functions. It creates the clients, adds the keys of the request to each
log line, and converts exceptions to the reason that CloudFormation shows.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime, timezone
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Protocol

import botocore.session
from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cdk_personalize_handler import deadline, events, kinds, new_role, response, service_model
from cdk_personalize_handler.attributes import attributes
from cdk_personalize_handler.errors import Deferred, HandlerError
from cdk_personalize_handler.events import Outcome, Progress
from cdk_personalize_handler.ledger import Ledger
from cdk_personalize_handler.operations import create, delete, update, wait, waiting
from cdk_personalize_handler.operations.context import Context
from cdk_personalize_handler.ownership import Ownership
from cdk_personalize_handler.personalize import PersonalizeClient
from cdk_personalize_handler.response import Response, one_line
from cdk_personalize_handler.stack_events import StackState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cdk_personalize_handler.events import ResourceRequest
    from cdk_personalize_handler.personalize import Clients

    class Operation(Protocol):
        """The handling of one type of request."""

        def begin(self, context: Context) -> Progress | Outcome:
            """Prepare the request, without a call that changes a resource."""

        def poll(self, context: Context) -> Progress | Outcome:
            """Carry out the request, or check whether it has ended."""

    Event = Mapping[str, Any]
    Payload = Mapping[str, Any]
    State = dict[str, Any]

logger = Logger(service="cdk-personalize")

_OPERATIONS: Mapping[str, Operation] = {events.CREATE: create, events.UPDATE: update, events.DELETE: delete}
_ALREADY_STARTED = "ExecutionAlreadyExists"


def on_event(event: Event, context: object) -> None:  # noqa: ARG001  (Lambda's signature)
    """Start the workflow for a CloudFormation event."""
    start_execution(event, _starter(), os.environ["STATE_MACHINE_ARN"])


def worker(payload: Payload, context: Any) -> State:
    """Run one step of the workflow."""
    return answer(payload, _clients(), lambda: context.get_remaining_time_in_millis() / 1000)


def start_execution(event: Event, stepfunctions: Any, state_machine_arn: str) -> None:
    """Start the workflow for a CloudFormation event.

    The name of the execution is derived from the request, so that a repeated event starts no second one. If the start
    fails, CloudFormation gets a failure response. Without a response it would time out after an hour.
    """
    _add_keys(event)
    ownership = Ownership.of(event["StackId"], event["LogicalResourceId"], event["RequestId"])
    try:
        stepfunctions.start_execution(
            stateMachineArn=state_machine_arn, name=ownership.execution, input=json.dumps({"Request": event})
        )
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, ClientError) and error.response["Error"].get("Code") == _ALREADY_STARTED:
            logger.info("repeated event, already started")
            return
        reason = one_line(f"{_resource(event)}: the workflow could not be started: {error}. Deploy again.")
        logger.info("failed", extra={"reason": reason})
        physical_id = event.get("PhysicalResourceId") or str(ownership)
        response.send(event, Response(status=response.FAILED, physical_id=physical_id, reason=reason))
        return
    logger.info("workflow started", extra={"execution": ownership.execution})


def answer(payload: Payload, clients: Clients, seconds_left: Callable[[], float]) -> State:
    """Run one step and return the workflow state after it, also if the request fails."""
    event = payload["Request"]
    _add_keys(event)
    if payload["Step"] == "respond":
        return _respond(event, payload)
    progress = Progress.from_state(payload.get("Progress", {}))
    try:
        request = events.parse(event)
        context = _context(request, progress, payload, clients, seconds_left)
        return _state(context, _step(context, payload["Step"]))
    except HandlerError as error:
        reason = f"{_resource(event)}: {error}"
        logger.info("failed", extra={"reason": reason})
    except Exception as error:  # a defect must also answer CloudFormation, which otherwise waits for an hour
        logger.exception("internal error")
        reason = (
            f"{_resource(event)}: internal error ({type(error).__name__}: {error}). "
            f"Please report it with the log of the function."
        )
    return _failed(event, progress, one_line(reason))


def _step(context: Context, step: str) -> Progress | Outcome:
    operation: Operation = wait if context.request.is_wait_link else _OPERATIONS[context.request.type]
    try:
        if step == "begin":
            begun = operation.begin(context)
            return begun if isinstance(begun, Outcome) else new_role.with_delay(context, begun)
        if new_role.is_delayed(context):
            return context.progress
        return operation.poll(context)
    except Deferred as error:
        return waiting.defer(context, error)


def _state(context: Context, result: Progress | Outcome) -> State:
    """Convert the result of a step to workflow state."""
    if isinstance(result, Outcome):
        logger.info("complete", extra={"arn": result.physical_id, "status": result.description.get("status")})
        return {**result.progress.to_state(), "Done": True, "Response": _succeeded(context.request, result).to_state()}
    progress = replace(deadline.with_service_time(result, context.api.now), polls=result.polls + 1)
    return {**progress.to_state(), "Done": False, "WaitSeconds": _seconds_until_next_poll(context, progress)}


def _seconds_until_next_poll(context: Context, progress: Progress) -> int:
    request = context.request
    if progress.polls == 1 and progress.pending:
        return deadline.seconds_until_first_poll(request.request_id) + round(progress.hold)
    waited = max(0.0, context.elapsed.total_seconds() - (progress.sent or 0.0))
    return deadline.seconds_until_next_poll(
        waited,
        earliest=request.kind.minimum_duration.total_seconds()
        if progress.created and request.type != events.DELETE
        else 0.0,
        deferrals=progress.deferrals,
        key=f"{request.request_id} {progress.polls}",
    )


def _succeeded(request: ResourceRequest, outcome: Outcome) -> Response:
    physical_id = outcome.physical_id
    if request.is_wait_link or request.type == events.DELETE:
        physical_id = request.fallback_id
    data = (
        {}
        if request.type == events.DELETE
        else attributes(request.kind, outcome.physical_id, outcome.description, outcome.operation)
    )
    return Response(status=response.SUCCESS, physical_id=physical_id, data=data)


def _failed(event: Event, progress: Progress, reason: str) -> State:
    """Return the workflow state of a failed request.

    The physical ID in the response is the ARN of the resource, if it is known.
    """
    physical_id = event.get("PhysicalResourceId") or str(
        Ownership.of(event["StackId"], event["LogicalResourceId"], event["RequestId"])
    )
    is_wait_link = event["ResourceType"].endswith(kinds.WAIT_SUFFIX)
    if event["RequestType"] != events.DELETE and not is_wait_link and progress.physical_id:
        physical_id = progress.physical_id
    told = Response(status=response.FAILED, physical_id=physical_id, reason=reason)
    return {**progress.to_state(), "Done": True, "Response": told.to_state()}


def _respond(event: Event, payload: Payload) -> State:
    """Send the response of the request to CloudFormation.

    If a step was killed before it returned a response, send a failure.
    """
    state = payload.get("Progress") or payload.get("State", {}).get("Progress") or {}
    if "Response" not in state:
        failure = payload.get("State", {}).get("Failure", {})
        reason = (
            f"{_resource(event)}: the function was ended before it finished ({failure.get('Error', 'unknown error')}). "
            f"Deploy again. If that does not help, check the log of the function."
        )
        state = _failed(event, Progress.from_state(state), one_line(reason))
    told = Response.from_state(state["Response"])
    response.send(event, told)
    logger.info("responded", extra={"status": told.status, "physical_id": told.physical_id})
    return {
        "Status": told.status,
        "PhysicalResourceId": told.physical_id,
        "Reason": told.reason,
        "Error": "OperationFailed" if told.status == response.FAILED else "",
    }


def _context(
    request: ResourceRequest,
    progress: Progress,
    payload: Payload,
    clients: Clients,
    seconds_left: Callable[[], float],
) -> Context:
    return Context(
        request=request,
        # If an earlier run of this step was killed, its call may have taken effect.
        progress=replace(progress, uncertain=progress.uncertain or int(payload.get("RetryCount", 0)) > 0),
        api=PersonalizeClient(request.kind, clients, seconds_left),
        stack=StackState(clients.cloudformation, request.stack_id),
        ledger=Ledger(clients.stepfunctions, payload["StateMachine"]),
        execution_started=_time(payload["Started"]),
        log=lambda decision, **fields: logger.info(decision, extra=fields),
    )


def _time(text: str) -> datetime:
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)


def _resource(event: Event) -> str:
    return f"{event['ResourceType'].removeprefix(kinds.RESOURCE_TYPE_PREFIX)} {event['LogicalResourceId']}"


def _add_keys(event: Event) -> None:
    logger.append_keys(
        stack_id=event["StackId"],
        logical_id=event["LogicalResourceId"],
        request_id=event["RequestId"],
        event=event["RequestType"],
        kind=event["ResourceType"].removeprefix(kinds.RESOURCE_TYPE_PREFIX),
    )


@cache
def _session() -> Any:
    """Return the botocore session of all clients, with the loader of the Lambda asset."""
    session = botocore.session.get_session()
    session.register_component("data_loader", service_model.loader())
    return session


class _AwsClients:
    """The AWS clients, created on first use and reused while the function is warm."""

    @cached_property
    def reading(self) -> Any:
        return _session().create_client("personalize", config=_config(attempts=3))

    @cached_property
    def writing(self) -> Any:
        return _session().create_client("personalize", config=_config(attempts=1))

    @cached_property
    def cloudformation(self) -> Any:
        return _session().create_client("cloudformation", config=_config(attempts=3))

    @cached_property
    def stepfunctions(self) -> Any:
        return _session().create_client("stepfunctions", config=_config(attempts=3))


def _config(*, attempts: int) -> Config:
    """Return client settings with which a call ends before the function times out."""
    retries = {"mode": "standard", "total_max_attempts": attempts}
    return Config(connect_timeout=3, read_timeout=10, retries=retries)


@cache
def _starter() -> Any:
    """Return the client that starts workflows.

    It retries for about half a minute, because nothing else retries a failed start.
    """
    return _session().create_client("stepfunctions", config=_config(attempts=8))


@cache
def _clients() -> Clients:
    return _AwsClients()
