"""AWS Lambda with the two functions of a stack.

`OnEvent` gets asynchronous events, `Worker` gets the tasks of the workflow.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import handler
from conformance.simulation import wording
from conformance.simulation.draws import pick
from conformance.simulation.kernel import RunningFunction, Signal
from conformance.simulation.runtime import CURRENT, FunctionRun
from conformance.simulation.stepfunctions import StateMachine

if TYPE_CHECKING:
    from collections.abc import Generator

    from conformance.simulation.account import SimulatedAccount
    from conformance.simulation.operation import ResourceOperation
    from conformance.simulation.stack import SimulatedStack

    Process = Generator[Any, Any, Any]

_EVENT_RETRY_SECONDS = (60, 120)
"""Delays after which Lambda retries an asynchronous event of a failed function."""
_TEMPORARY_ERRORS = (OSError,)
"""Exceptions of a function that are no defect: the connection broke, so the response could not be sent."""


class StackFunctions:
    """The two Lambda functions of a stack."""

    def __init__(self, account: SimulatedAccount, stack: SimulatedStack) -> None:
        self.account, self.stack, self.kernel = account, stack, account.kernel
        self.machine = StateMachine(account, stack.name, self)

    def receive(self, event: dict[str, Any], operation: ResourceOperation) -> None:
        """Deliver an event of CloudFormation asynchronously, sometimes late or repeatedly."""
        account, key = self.account, operation.key
        delay = 0.1 + account.draw("deliver", key) * 1.5
        if account.inject("late", key, account.cfg["p_late"]):
            delay = pick([20, 60, 150], account.seed, "late", key)
        self.kernel.after(delay, lambda: self.deliver(event, operation))
        if account.inject("dup", key, account.cfg["p_dup"]):
            again = delay + pick([0.3, 2, 15, 60, 200], account.seed, "duplate", key)
            self.kernel.after(again, lambda: self.deliver(event, operation, "#2"))

    def deliver(self, event: dict[str, Any], operation: ResourceOperation, suffix: str = "") -> None:
        """Deliver an event now.

        :param suffix: suffix of the key of the delivery, if it is repeated.
        """
        self.kernel.spawn(self._on_event(event, operation, f"{operation.key}{suffix}/on_event"))

    def _on_event(self, event: dict[str, Any], operation: ResourceOperation, key: str) -> Process:
        late = " (the operation has ended)" if operation.ended else ""
        self.account.say(f"  {key} {event['RequestType']}{late}")
        for attempt, delay in enumerate((*_EVENT_RETRY_SECONDS, None)):
            kind, value = yield self._run("on_event", event, operation, f"{key}~{attempt}" if attempt else key)
            if kind == "ok":
                if value is not None:
                    self.account.violate("on-event-result", str(value), operation)
                return
            if kind == "error" and not isinstance(value, _TEMPORARY_ERRORS):
                self._report_defect(value, operation)
            if delay is None:
                operation.excuse_kill("given-up")
                return
            yield delay * (1 + 0.1 * self.account.draw("event-retry", key, attempt))

    def invoke_worker(
        self, payload: dict[str, Any], operation: ResourceOperation, key: str
    ) -> Generator[Any, Any, tuple[str, Any]]:
        """Invoke `Worker` for a task.

        :return: ("ok", result) or ("error", (error name, cause)).
        """
        account = self.account
        if account.inject("lambda-throttle", key, account.cfg["p_lambda"]) or self._is_over_concurrency():
            yield 0.05
            account.say(f"  {key}: throttled by Lambda")
            return "error", ("Lambda.TooManyRequestsException", "Rate Exceeded.")
        finished = self._run("worker", self._of_other_release(payload, operation), operation, key)
        if account.inject("invoke-again", key, account.cfg["p_dup_invoke"]):
            yield 0.05 + 3 * account.draw("gap", key)
            account.say(f"  {key}: the connection to Lambda broke; the run goes on")
            return "error", ("Lambda.SdkClientException", "Unable to execute HTTP request: Connection reset")
        kind, value = yield finished
        if kind == "ok":
            return self._result(payload, value, operation, key)
        if kind == "killed":
            name = "Sandbox.Timedout" if "timed out" in value else "Runtime.ExitError"
            return "error", (name, json.dumps({"errorType": name, "errorMessage": value}))
        if kind == "error" and not isinstance(value, _TEMPORARY_ERRORS):
            self._report_defect(value, operation)
        name = type(value).__name__
        return "error", (name, json.dumps({"errorType": name, "errorMessage": str(value), "stackTrace": []}))

    def _result(self, payload: dict[str, Any], value: Any, operation: ResourceOperation, key: str) -> tuple[str, Any]:
        try:
            result = json.loads(json.dumps(value))
        except TypeError as error:
            self.account.violate("not-json", str(error), operation)
            return "error", ("Runtime.MarshalError", str(error))
        operation.announced |= set(re.findall(r'arn:aws:personalize[^"\s),;]+', json.dumps(result)))
        if payload["Step"] in ("begin", "poll"):
            wait = "" if result.get("Done") else f" wait {result.get('WaitSeconds')} s"
            self.account.say(f"  {key} answers {'done' if result.get('Done') else 'not done'}{wait}")
            self._check_progress(result, operation)
        return "ok", result

    def _check_progress(self, result: dict[str, Any], operation: ResourceOperation) -> None:
        """Check the result of a step: it has either a polling interval or a response."""
        wait = result.get("WaitSeconds")
        if result.get("Done") is True:
            if not result.get("Response"):
                self.account.violate("progress-form", f"done without a response: {result}", operation)
        elif result.get("Done") is not False or not isinstance(wait, int) or isinstance(wait, bool) or wait < 1:
            self.account.violate("progress-form", f"not done, to be polled in {wait} s: {result}", operation)

    def _of_other_release(self, payload: dict[str, Any], operation: ResourceOperation) -> dict[str, Any]:
        """Return the payload of a step as another release of the library may write it."""
        probability = self.account.cfg["p_skew"]
        if payload["Step"] != "poll" or not self.account.inject("newcode", operation.key, probability):
            return payload
        progress = payload["Progress"]
        if self.account.draw("skewkind", operation.key) < 0.5:
            return {**payload, "Progress": {**progress, "NewKey": "x"}, "NewTopLevelKey": {"a": 1}}
        older = {name: value for name, value in progress.items() if name not in wording.OPTIONAL_PROGRESS_KEYS}
        return {**payload, "Progress": older}

    def _is_over_concurrency(self) -> bool:
        limit = self.account.cfg["concurrency"]
        return bool(limit) and len(self.kernel.active) >= limit

    def _report_defect(self, error: Exception, operation: ResourceOperation) -> None:
        words = re.sub(r"\S*[0-9a-f]{8}\S*", "…", f"{type(error).__name__}: {error}")
        self.account.say_exception(error)
        self.account.violate("bug-in-handler", words[:160], operation)

    def _run(self, function: str, payload: Any, operation: ResourceOperation, key: str) -> Signal:
        text = json.dumps(payload)
        run = FunctionRun(self.account, key, operation)
        self.account.counts["functions invoked"] += 1

        def job(running: RunningFunction) -> Any:
            CURRENT.set(run)
            run.begin(running)
            if self.account.draw("cold", key) < 0.2:
                # The timeout of the function does not include its cold start.
                running.sleep(0.8 + self.account.draw("cold2", key))
                run.begin(running)
            result = getattr(handler, function)(json.loads(text), run)
            self.account.worst = max(self.account.worst, run.calls)
            return result

        return RunningFunction.call(self.kernel, job)
