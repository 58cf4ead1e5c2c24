"""Interpreter of the parts of the Amazon States Language that the workflow uses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.simulation.history import History, timestamp_text

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from conformance.simulation.stepfunctions import Execution

    Definition = Mapping[str, Any]
    Process = Generator[Any, Any, Any]


class StateFailed(Exception):
    """A state failed with an error name and a cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


class Interpreter:
    """The interpreter of one execution."""

    def __init__(self, execution: Execution, definition: Definition) -> None:
        self._execution, self._states = execution, definition["States"]
        self._start = definition["StartAt"]
        self._history: History = execution.history
        self._account = execution.machine.account

    def run(self) -> Process:
        """Run the states until one ends the execution, or until the execution is stopped."""
        data, name = json.loads(self._execution.input), self._start
        self._history.add("ExecutionStarted", executionStarted={"input": self._execution.input, "roleArn": "role"})
        try:
            while name and self._execution.status == "RUNNING":
                # Step Functions needs some time between two states.
                yield 0.02 + 0.05 * self._account.draw("state", self._execution.arn, self._execution.transitions)
                if self._execution.status != "RUNNING":
                    return
                name, data = yield from self._enter(name, data)
        except StateFailed as failed:
            self._execution.end("FAILED", error=failed.error, cause=failed.cause)
            return
        if self._execution.status == "RUNNING":
            self._execution.end("SUCCEEDED", output=json.dumps(data))

    def _enter(self, name: str, data: Any) -> Process:
        state = self._states[name]
        kind = state["Type"]
        self._execution.enter(name)
        self._history.add(f"{kind}StateEntered", stateEntered={"name": name, "input": data})
        if kind == "Fail":
            raise StateFailed(
                read(data, state["ErrorPath"]) if "ErrorPath" in state else state.get("Error", ""),
                read(data, state["CausePath"]) if "CausePath" in state else state.get("Cause", ""),
            )
        following = state.get("Next")
        if kind == "Task":
            following, data = yield from self._task(name, state, data)
        elif kind == "Wait":
            yield read(data, state["SecondsPath"]) if "SecondsPath" in state else state["Seconds"]
        elif kind == "Choice":
            following = next((rule["Next"] for rule in state["Choices"] if _is_true(rule, data)), state.get("Default"))
            if following is None:
                raise StateFailed("States.NoChoiceMatched", name)
        elif kind not in ("Succeed", "Pass"):
            raise NotImplementedError(f"state type {kind}")
        if self._execution.status == "RUNNING":
            self._history.add(f"{kind}StateExited", stateExited={"name": name, "output": data})
        return following, data

    def _task(self, name: str, state: Definition, data: Any) -> Process:
        """Run a task with its retries. Return the name and the input of the next state."""
        attempts = [0] * len(state.get("Retry", ()))
        count = 0
        entered = self._execution.kernel.now
        while True:
            try:
                payload = fill(state["Parameters"], data, self._context(name, entered, count))
                result = yield from self._attempt(name, state["Resource"], payload, count)
                return state.get("Next"), write(data, state.get("ResultPath", "$"), result)
            except StateFailed as failed:
                delay = self._delay(state.get("Retry", ()), attempts, failed.error)
                if delay is not None:
                    count += 1
                    yield delay
                    if self._execution.status != "RUNNING":
                        return None, data
                    continue
                catch = next((rule for rule in state.get("Catch", ()) if _is_match(rule, failed.error)), None)
                if catch is None:
                    raise
                self._execution.caught(name, failed.error)
                failure = {"Error": failed.error, "Cause": failed.cause}
                return catch["Next"], write(data, catch.get("ResultPath", "$"), failure)

    def _attempt(self, name: str, resource: str, payload: Any, count: int) -> Process:
        scheduled = {"resource": resource, "input": payload}
        self._history.add("LambdaFunctionScheduled", lambdaFunctionScheduled=scheduled)
        self._history.add("LambdaFunctionStarted")
        kind, value = yield from self._execution.invoke(name, payload, count)
        if self._execution.status != "RUNNING":
            return None
        if kind == "error":
            error, cause = value
            self._history.add("LambdaFunctionFailed", lambdaFunctionFailed={"error": error, "cause": cause})
            raise StateFailed(error, cause)
        self._history.add("LambdaFunctionSucceeded", lambdaFunctionSucceeded={"output": value})
        return value

    def _delay(self, retriers: list[Definition], attempts: list[int], error: str) -> float | None:
        """Return the seconds until the next attempt, or None if there is no further one."""
        for index, rule in enumerate(retriers):
            if not _is_match(rule, error):
                continue
            if attempts[index] >= rule.get("MaxAttempts", 3):
                return None
            delay = rule.get("IntervalSeconds", 1) * rule.get("BackoffRate", 2) ** attempts[index]
            attempts[index] += 1
            delay = min(delay, rule.get("MaxDelaySeconds", delay))
            if rule.get("JitterStrategy") == "FULL":
                delay *= self._account.draw("retry", self._execution.arn, self._execution.transitions, attempts)
            return float(delay)
        return None

    def _context(self, name: str, entered: float, count: int) -> dict[str, Any]:
        execution = self._execution
        return {
            "Execution": {
                "Id": execution.arn,
                "Name": execution.name,
                "Input": json.loads(execution.input),
                "StartTime": timestamp_text(execution.started),
            },
            "StateMachine": {"Id": execution.machine.arn, "Name": execution.machine.name},
            "State": {"Name": name, "EnteredTime": timestamp_text(entered), "RetryCount": count},
        }


def _is_match(rule: Definition, error: str) -> bool:
    names = rule["ErrorEquals"]
    timed_out = error in ("States.Timeout", "States.HeartbeatTimeout")
    return error in names or "States.ALL" in names or ("States.TaskFailed" in names and not timed_out)


def _is_true(rule: Definition, data: Any) -> bool:
    value = _at(data, rule["Variable"])
    if "BooleanEquals" in rule:
        return value is rule["BooleanEquals"]
    if "StringEquals" in rule:
        return isinstance(value, str) and value == rule["StringEquals"]
    raise NotImplementedError(f"comparison of {rule}")


def read(data: Any, path: str) -> Any:
    """Return a copy of the value that a reference path refers to."""
    return _copied(_at(data, path))


def _copied(value: Any) -> Any:
    """Return a copy of JSON data, faster than `copy.deepcopy`."""
    if isinstance(value, dict):
        return {name: _copied(entry) for name, entry in value.items()}
    return [_copied(entry) for entry in value] if isinstance(value, list) else value


def _at(data: Any, path: str) -> Any:
    value = data
    for name in path.split(".")[1:]:
        if not isinstance(value, dict) or name not in value:
            raise StateFailed("States.Runtime", f"The path {path} does not exist in the input")
        value = value[name]
    return value


def write(data: Any, path: str | None, value: Any) -> Any:
    """Return `data` with a value at a reference path of one name.

    :param path: None discards the value.
    """
    if path is None:
        return data
    if path == "$":
        return value
    return {**data, path.removeprefix("$."): value}


def fill(template: Any, data: Any, context: Mapping[str, Any]) -> Any:
    """Return a payload template in which values replace the reference paths."""
    if not isinstance(template, dict):
        return template
    filled = {}
    for key, value in template.items():
        if not key.endswith(".$"):
            filled[key] = fill(value, data, context)
        elif value.startswith("$$"):
            filled[key[:-2]] = read(context, value.removeprefix("$"))
        else:
            filled[key[:-2]] = read(data, value)
    return filled
