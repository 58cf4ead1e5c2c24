"""AWS Lambda as AWS runs it, where ministack differs.

- AWS: A raised exception is reported by its class. Ministack: `Runtime.HandlerError` for every exception.
- AWS: A killed runtime is reported as `Runtime.ExitError`. Ministack: `Runtime.HandlerError`.
- AWS: A throttled asynchronous event is retried for six hours, at intervals of 1 second to 5 minutes. A failed event is
  retried twice, after 1 and after 2 minutes. Ministack: Both are retried twice, within 3 seconds.
"""

from __future__ import annotations

import contextvars
import re
import time
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import seams
from cdk_personalize.local.seams import lambda_svc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Result = dict[str, Any]

_EVENT_AGE_SECONDS = 6 * 3600.0
_FIRST_THROTTLE_SECONDS = 1.0
_LAST_THROTTLE_SECONDS = 300.0
_FIRST_RETRY_SECONDS = 60.0

_PYTHON_ERROR = re.compile(r"^(?:\w+\.)*(\w+)(?::|$)", re.MULTILINE)
_NODE_ERROR = re.compile(r"^(\w*Error)(?:: .*)?\n\s+at ", re.MULTILINE)

_asynchronous: contextvars.ContextVar[bool] = contextvars.ContextVar("asynchronous", default=False)
_scale = 1.0


def invoke_as_on_aws() -> None:
    """Replace the behavior of ministack that differs from AWS.

    Call it once, before the server starts.
    """
    seams.replace("_execute_function_warm", _naming_errors, lambda_svc)
    seams.replace("_execute_function_local", lambda _execute: _unsupported_runtime, lambda_svc)
    seams.replace("_execute_function", _keeping_throttled_events, lambda_svc)
    seams.replace("invoke_async_with_retry", _marking_events, lambda_svc)


def scale_waits(time_scale: float) -> None:
    """Set the speed at which asynchronous events are retried.

    :param time_scale: seconds of service time in one real second.
    """
    global _scale
    _scale = 1 / time_scale
    seams.replace("_LAMBDA_ASYNC_RETRY_BASE_SECONDS", lambda _: _FIRST_RETRY_SECONDS * _scale, lambda_svc)
    seams.replace("_LAMBDA_ASYNC_RETRY_MAX_SECONDS", lambda _: _LAST_THROTTLE_SECONDS * _scale, lambda_svc)


def invoke_event(function: Mapping[str, Any], event: Mapping[str, Any]) -> Result:
    """Invoke a function until it succeeds or has failed three times.

    :return: the last result.
    """
    token = _asynchronous.set(True)
    try:
        result: Result = {}
        for minutes in (0, 1, 2):
            time.sleep(minutes * _FIRST_RETRY_SECONDS * _scale)
            result = lambda_svc._execute_function_with_config_scope(function, event)
            if not result.get("error"):
                break
        return result
    finally:
        _asynchronous.reset(token)


def _unsupported_runtime(function: Mapping[str, Any], _event: Any, _request_id: str) -> Result:
    """Return an error for a function with an unsupported runtime.

    ministack would return a mock response.
    """
    configuration = function.get("config") or function
    words = f"the local AWS runs Python and Node.js, not {configuration.get('Runtime')}, without Docker"
    return {"error": True, "body": {"errorType": "Runtime.NotSupported", "errorMessage": words}, "log": words}


def _marking_events(invoke: Callable[..., None]) -> Any:
    def invoking(function: Mapping[str, Any], event: Any) -> None:
        token = _asynchronous.set(True)  # ministack starts a thread, which inherits the value
        try:
            invoke(function, event)
        finally:
            _asynchronous.reset(token)

    return invoking


def _keeping_throttled_events(execute: Callable[..., Result]) -> Any:
    def executing(function: Mapping[str, Any], event: Any) -> Result:
        delay, waited = _FIRST_THROTTLE_SECONDS, 0.0
        while True:
            result = execute(function, event)
            if not (result.get("throttle") and _asynchronous.get() and waited < _EVENT_AGE_SECONDS):
                return result
            time.sleep(delay * _scale)
            waited += delay
            delay = min(2 * delay, _LAST_THROTTLE_SECONDS)

    return executing


def _naming_errors(execute: Callable[..., Result]) -> Any:
    def executing(function: Mapping[str, Any], event: Any, request_id: str) -> Result:
        result = execute(function, event, request_id)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict) and body.get("errorType") == "Runtime.HandlerError":
            result["body"] = _error(body["errorMessage"], result.get("log", ""), request_id)
        return result

    return executing


def _error(message: str, log: str, request_id: str) -> dict[str, str]:
    if message == "Worker process died":
        words = f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"
        return {"errorType": "Runtime.ExitError", "errorMessage": words}
    _, python, trace = log.rpartition("Traceback (most recent call last):\n")
    found = (_PYTHON_ERROR if python else _NODE_ERROR).search(trace)
    return {"errorType": found.group(1) if found else "Error", "errorMessage": message}
