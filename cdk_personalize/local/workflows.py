"""AWS Step Functions as AWS runs it, where ministack differs.

- AWS: A stopped execution starts no further task, keeps its status and gets no further history events. Ministack:
  The execution retries tasks, and a task that fails later changes ABORTED to FAILED.
- AWS: The executions of a deleted state machine fail at their next state. Ministack: They run on.
- AWS: Retriers have `MaxDelaySeconds` and `JitterStrategy`. Ministack: Both are ignored; a delay is at most 60 seconds.
- AWS: `States.ALL` does not match `States.Runtime` and `States.DataLimitExceeded`. Ministack: It matches every
  error.
- AWS: An input or output of more than 262,144 bytes fails with `States.DataLimitExceeded`. Ministack: No limit.
- AWS: A throttled function fails the task with `Lambda.TooManyRequestsException`. Ministack: `Lambda.Unknown`.
- AWS: Starting a running execution again with the same name and input returns its ARN. Ministack:
  `ExecutionAlreadyExists`.
- AWS: SDK integrations of Amazon Personalize, with the member names of the SDK for Java, which keep acronyms at the end
  (`MinProvisionedTPS`). Errors that the model lacks are `Personalize.PersonalizeException`. Ministack: No integration
  of the service, `MinProvisionedTps`, and each error under its own name.
- AWS: The name of an execution has at most 80 characters. Ministack: No limit.
- AWS: The history has `TaskStarted` events, `previousEventId` and the resource `invoke`. Ministack: It has the ARN of
  the integration instead, and no `previousEventId`.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

from cdk_personalize.local import seams
from cdk_personalize.local.randomness import NUMBERS
from cdk_personalize.local.seams import stepfunctions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Execution = dict[str, Any]
    Retriers = list[Mapping[str, Any]]

_DATA_LIMIT = 262_144
_NAME_LIMIT = 80
_UNCAUGHT = ("States.Runtime", "States.DataLimitExceeded")
_LAST_EVENTS = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut")

_history = threading.RLock()


class _ExecutionEnded(BaseException):
    """The execution was stopped. No `except Exception` of ministack may catch this."""


def run_as_on_aws() -> None:
    """Replace the behavior of ministack that differs from AWS.

    Call it once, before the server starts.
    """
    seams.replace("_start_execution", _starting, stepfunctions)
    seams.replace("_stop_execution", _stopping, stepfunctions)
    seams.replace("_run_execution", _running, stepfunctions)
    seams.replace("_add_event", _recording, stepfunctions)
    seams.replace("_fail_execution", _failing, stepfunctions)
    seams.replace("_find_matching_retrier", _retrying, stepfunctions)
    seams.replace("_error_matches", _matching, stepfunctions)
    seams.replace("_call_lambda", _calling, stepfunctions)
    add_personalize_integrations()


def add_personalize_integrations() -> None:
    """Add the SDK integrations of Amazon Personalize to state machines."""
    service = {"target_prefix": "AmazonPersonalize", "protocol": "json", "param_case": "lower-camel"}
    seams.replace("_AWS_SDK_SERVICE_MAP", lambda known: {**known, "personalize": service}, stepfunctions)
    seams.replace("_api_name_to_sfn_key", _naming, stepfunctions)
    seams.replace("_prefix_sdk_error", _naming_error, stepfunctions)


def _naming(convert: Callable[[str], str]) -> Any:
    model = service_model.model()
    names = {member for shape in model.shape_names for member in getattr(model.shape_for(shape), "members", ())}

    def naming(name: str) -> str:
        return service_model.upper_first(name) if name in names else convert(name)

    return naming


def _naming_error(prefix: Callable[[str, str], str]) -> Any:
    modelled = {shape.name for shape in service_model.model().error_shapes}

    def naming(service_name: str, error_code: str) -> str:
        known = service_name != "personalize" or error_code in modelled or error_code.startswith("States.")
        return prefix(service_name, error_code if known else "PersonalizeException")

    return naming


def scale_waits(time_scale: float) -> None:
    """Set the speed of waits and retry intervals.

    :param time_scale: seconds of service time in one real second.
    """
    seams.replace("_SFN_WAIT_SCALE", lambda _scale: 1 / time_scale, stepfunctions)


def _starting(start: Callable[[Any], Any]) -> Any:
    def starting(request: Mapping[str, Any]) -> Any:
        if len(request.get("name", "")) > _NAME_LIMIT:
            return stepfunctions.error_response_json("InvalidName", f"Invalid Name: '{request['name']}'", 400)
        if len(request.get("input", "").encode()) > _DATA_LIMIT:
            words = f"The input is longer than {_DATA_LIMIT} bytes"
            return stepfunctions.error_response_json("InvalidExecutionInput", words, 400)
        for execution in list(stepfunctions._executions.values()):
            if execution["status"] == "RUNNING" and _is_same_start(execution, request):
                members = ("executionArn", "startDate")
                return stepfunctions.json_response({name: execution[name] for name in members})
        return start(request)

    return starting


def _is_same_start(execution: Execution, request: Mapping[str, Any]) -> bool:
    asked = (request.get("stateMachineArn"), request.get("name"), request.get("input", "{}"))
    return (execution["stateMachineArn"], execution["name"], execution["input"]) == asked


def _stopping(stop: Callable[[Any], Any]) -> Any:
    def stopping(request: Mapping[str, Any]) -> Any:
        with _history:
            return stop(request)

    return stopping


def _running(run: Callable[[str], None]) -> Any:
    def running(arn: str) -> None:
        try:
            run(arn)
        except _ExecutionEnded:
            return

    return running


def _failing(fail: Callable[[Execution, str, str], None]) -> Any:
    def failing(execution: Execution, error: str, cause: str) -> None:
        with _history:
            if execution["status"] == "RUNNING":
                fail(execution, error, cause)

    return failing


def _recording(record: Callable[..., Execution]) -> Any:
    def recording(execution: Execution, event_type: str, details: Mapping[str, Any] | None = None) -> Execution:
        with _history:
            if event_type not in _LAST_EVENTS:
                _fail_without_machine(execution)
                if execution.get("status", "RUNNING") != "RUNNING":
                    raise _ExecutionEnded
                _require_small(details or {})
            shown = {name: _as_shown(value) for name, value in (details or {}).items()}
            event = record(execution, event_type, {"previousEventId": len(execution["events"]), **shown})
            if event_type == "TaskScheduled":
                members = ("resourceType", "resource")
                started = {name: shown["taskScheduledEventDetails"][name] for name in members}
                recording(execution, "TaskStarted", {"taskStartedEventDetails": started})
            return event

    return recording


def _fail_without_machine(execution: Execution) -> None:
    """Fail an execution whose state machine was deleted."""
    machine = execution["stateMachineArn"]
    if execution.get("status") == "RUNNING" and machine not in stepfunctions._state_machines:
        cause = f"State machine {machine.rpartition(':')[2]} has been deleted."
        stepfunctions._fail_execution(execution, "States.Runtime", cause)


def _require_small(details: Mapping[str, Any]) -> None:
    """Raise States.DataLimitExceeded if the input or output of a state is too large."""
    for each in details.values():
        for member in ("input", "output"):
            if isinstance(each, dict) and len(each.get(member, "").encode()) > _DATA_LIMIT:
                words = f"The state/task returned a result with a size exceeding the maximum of {_DATA_LIMIT} bytes."
                raise stepfunctions._ExecutionError("States.DataLimitExceeded", words)


def _as_shown(details: Any) -> Any:
    if not isinstance(details, dict) or ":states:::" not in details.get("resource", ""):
        return details
    service, action = details["resource"].split(":")[-2:]
    return {**details, "resourceType": service, "resource": action}


def _retrying(find: Callable[..., tuple[Any, int]]) -> Any:
    """Make the search for a retrier wait for the delay of the retry.

    ministack would limit the delay to 60 seconds, so it gets a retrier without a delay.
    """

    def retrying(retriers: Retriers, error: str, counts: Mapping[int, int]) -> tuple[Any, int]:
        retrier, index = find(retriers, error, counts)
        if retrier is None:
            return None, -1
        stepfunctions._scaled_sleep(_delay_seconds(retrier, counts.get(index, 0)))
        return {**retrier, "IntervalSeconds": 0}, index

    return retrying


def _delay_seconds(retrier: Mapping[str, Any], retries: int) -> float:
    seconds: float = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** retries
    seconds = min(seconds, retrier.get("MaxDelaySeconds", seconds))
    return NUMBERS.uniform(0, seconds) if retrier.get("JitterStrategy") == "FULL" else seconds


def _matching(matches: Callable[[Iterable[str], str], bool]) -> Any:
    def matching(names: Iterable[str], error: str) -> bool:
        return error in names if error in _UNCAUGHT else matches(names, error)

    return matching


def _calling(call: Callable[[str, Any], Any]) -> Any:
    def calling(function: str, event: Any) -> Any:
        try:
            return call(function, event)
        except stepfunctions._ExecutionError as error:
            if error.error != "Lambda.Unknown" or not error.cause.startswith('{"__type": "TooManyRequestsException"'):
                raise
            cause = json.loads(error.cause)["message"]
            raise stepfunctions._ExecutionError("Lambda.TooManyRequestsException", cause) from error

    return calling
