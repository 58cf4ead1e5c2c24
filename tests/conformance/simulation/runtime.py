"""Environment of a function run: clients, clock, timeout and log."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
import types
import urllib.error
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import botocore.session
from cdk_personalize_handler import deadline, response
from conformance.simulation import wording
from conformance.simulation.catalogue import ACCOUNT, LINK_SECONDS, REGION
from conformance.simulation.kernel import FunctionKilled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.simulation.account import SimulatedAccount
    from conformance.simulation.kernel import RunningFunction
    from conformance.simulation.operation import ResourceOperation

FUNCTION_TIMEOUT = 60.0
"""Seconds after which Lambda kills a run."""
CURRENT: ContextVar[FunctionRun | None] = ContextVar("CURRENT", default=None)
"""The function run whose code is executed. None outside function runs."""


class FunctionRun:
    """One run of a function, which is also its Lambda context."""

    function_name = "cdk-personalize"
    memory_limit_in_mb = 512
    invoked_function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:cdk-personalize"

    def __init__(self, account: SimulatedAccount, key: str, operation: ResourceOperation) -> None:
        self.account, self.key, self.operation = account, key, operation
        self.aws_request_id = key
        self.environment = operation.stack.environment()
        self.calls = 0
        self.puts = 0
        self.start_failed = False
        """Whether a fault was injected into StartExecution in this run."""
        self.ends_at = account.kernel.now + FUNCTION_TIMEOUT
        self._running: RunningFunction | None = None

    def begin(self, running: RunningFunction) -> None:
        """Start the clock of the run, and set the environment variables."""
        self._running, self.ends_at = running, self.account.kernel.now + FUNCTION_TIMEOUT
        os.environ.update(self.environment)

    def get_remaining_time_in_millis(self) -> int:
        return int(1000 * max(0.0, self.ends_at - self.account.kernel.now))

    def sleep(self, seconds: float) -> None:
        """Sleep for simulated seconds. At the timeout of the function, it is killed."""
        left = self.ends_at - self.account.kernel.now
        if seconds > left:
            self._running.sleep(max(0, left))
            self.operation.excuse_kill("any")
            raise FunctionKilled(f"Task timed out after {FUNCTION_TIMEOUT:.2f} seconds")
        self._running.sleep(seconds)
        # In the meantime, other runs have set their own environment variables.
        os.environ.update(self.environment)

    def put(self, url: str, body: bytes) -> None:
        """Upload the response to CloudFormation."""
        self.puts += 1
        key = f"{self.key}/put{self.puts}"
        self.account.services.kill_at(self, key, "before")
        self.sleep(0.05 + 0.3 * self.account.draw("put-call", key))
        fails = self.account.inject("resubmit", key, self.account.cfg["p_resubmit"])
        if self.start_failed:
            self.operation.excuses.add("not-started")
        if not (fails and self.account.draw("resubmit-kind", key) < 0.5):
            self.operation.receive_response(url, json.loads(body), len(body), key)
        if fails:
            self.account.say(f"  {key}: the connection to CloudFormation's response URL broke")
            raise urllib.error.URLError("Remote end closed connection without response")
        self.account.services.kill_at(self, key, "after")


class ServiceClient:
    """Substitute for a botocore client in a function run."""

    def __init__(self, service: str, attempts: int, connect_timeout: float, read_timeout: float) -> None:
        self.service, self.attempts = service, attempts
        self.connect_timeout, self.read_timeout = connect_timeout, read_timeout
        self.meta = types.SimpleNamespace(region_name=REGION)

    def __getattr__(self, method: str) -> Any:
        if method.startswith("_"):
            raise AttributeError(method)
        return lambda **request: self._call(method, request)

    def get_paginator(self, method: str) -> _Paginator:
        return _Paginator(self, method)

    def _call(self, method: str, request: dict[str, Any]) -> Any:
        run = CURRENT.get()
        return run.account.services.call(run, self, method, request)


class _Paginator:
    def __init__(self, client: ServiceClient, method: str) -> None:
        self._client, self._method = client, method

    def paginate(self, **request: Any) -> Iterator[Any]:
        request.pop("PaginationConfig", None)
        token = "NextToken" if self._client.service == "cloudformation" else "nextToken"
        while True:
            answer = getattr(self._client, self._method)(**request)
            yield answer
            if not answer.get(token):
                return
            request[token] = answer[token]


class _LogListener(logging.Handler):
    """A log handler that adds the log lines of the library to the trace."""

    def emit(self, record: logging.LogRecord) -> None:
        run = CURRENT.get()
        if run is None:
            return
        operation, message = run.operation, record.getMessage()
        late = operation.kernel.now - operation.sent >= LINK_SECONDS - 70
        left = message.startswith(wording.LOG_LEFT_TO_FINISH) and late
        if operation.phase == "rollback" and (left or message.startswith(wording.LOG_CANNOT_BE_UNDONE)):
            run.account.tolerated.add((operation.stack.id, operation.logical.split("Wait")[0]))
        fields = [getattr(record, name, "") for name in ("because", "reason", "status", "error", "detail")]
        extra = next((field for field in fields if field), "")
        run.account.say(f"    {run.key}: log: {message} {extra}".rstrip())
        if record.exc_info:
            run.account.say(
                "        " + logging.Formatter().formatException(record.exc_info).replace("\n", "\n        ")
            )


_session_client = botocore.session.Session.create_client
_sleep, _local_now, _put = time.sleep, deadline.local_now, response.put


def _client(session: Any, service: str, *args: Any, config: Any = None, **more: Any) -> Any:
    if CURRENT.get() is None:
        return _session_client(session, service, *args, config=config, **more)
    retries = getattr(config, "retries", None) or {}
    attempts = retries.get("total_max_attempts") or retries.get("max_attempts", 4) + 1
    return ServiceClient(service, attempts, getattr(config, "connect_timeout", 60), getattr(config, "read_timeout", 60))


def _sleep_on_the_clock(seconds: float) -> None:
    run = CURRENT.get()
    run.sleep(seconds) if run else _sleep(seconds)


def _now() -> float:
    run = CURRENT.get()
    return run.account.kernel.now if run else _local_now()


def _put_response(url: str, body: bytes) -> None:
    run = CURRENT.get()
    run.put(url, body) if run else _put(url, body)


@contextlib.contextmanager
def simulated_runtime() -> Iterator[None]:
    """Replace clients, clock and response upload in simulated function runs."""
    logger = logging.getLogger("cdk-personalize")
    handlers, level, propagates = logger.handlers[:], logger.level, logger.propagate
    environment = dict(os.environ)
    botocore.session.Session.create_client = _client
    time.sleep, deadline.local_now, response.put = _sleep_on_the_clock, _now, _put_response
    logger.handlers[:], logger.propagate = [_LogListener()], False
    logger.setLevel(logging.INFO)
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    try:
        yield
    finally:
        botocore.session.Session.create_client = _session_client
        time.sleep, deadline.local_now, response.put = _sleep, _local_now, _put
        logger.handlers[:], logger.propagate = handlers, propagates
        logger.setLevel(level)
        os.environ.clear()
        os.environ.update(environment)
