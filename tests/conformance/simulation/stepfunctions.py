"""AWS Step Functions: state machines, executions, and their API for the handler."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from conformance.simulation import workflow
from conformance.simulation.answers import client_error, metadata
from conformance.simulation.catalogue import ACCOUNT, REGION
from conformance.simulation.history import MOST_EVENTS, History, rendered, timestamp
from conformance.simulation.states_language import Interpreter
from conformance.simulation.trace import short

if TYPE_CHECKING:
    from collections.abc import Generator

    from conformance.simulation.account import SimulatedAccount
    from conformance.simulation.functions import StackFunctions
    from conformance.simulation.operation import ResourceOperation
    from conformance.simulation.runtime import FunctionRun

_MAX_RESULTS = 1000
_INPUT_LIMIT = 262_144


class StateMachine:
    """The state machine of a stack."""

    def __init__(self, account: SimulatedAccount, stack_name: str, functions: StackFunctions) -> None:
        self.account, self.functions = account, functions
        suffix = hashlib.sha256(functions.stack.id.encode()).hexdigest()[:12].upper()
        self.name = f"{stack_name}Lifecycle-{suffix}"
        self.arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{self.name}"
        self.executions: dict[str, Execution] = {}
        """Executions by name, oldest first."""
        account.services.stepfunctions.machines[self.arn] = self


class Execution:
    """One execution, for one request of CloudFormation."""

    def __init__(self, machine: StateMachine, name: str, text: str, operation: ResourceOperation) -> None:
        self.machine, self.name, self.input, self.operation = machine, name, text, operation
        self.kernel = machine.account.kernel
        self.arn = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{machine.name}:{name}"
        self.started, self.stopped = self.kernel.now, 0.0
        self.status, self.output, self.error, self.cause = "RUNNING", "", "", ""
        self.history = History(self.kernel)
        self.transitions = 0
        self.polls = 0

    def enter(self, name: str) -> None:
        """Count the transition to a state."""
        self.transitions += 1
        self.machine.account.counts["state transitions"] += 1
        if name == "Poll":
            self.polls += 1

    def invoke(self, state: str, payload: Any, count: int) -> Generator[Any, Any, tuple[str, Any]]:
        """Invoke the function `Worker` for a task."""
        number = str(self.polls - 1) if state == "Poll" else ""
        again = f"~{count}" if count else ""
        key = f"{self.operation.key}/{state.lower()}{number}{again}"
        return self.machine.functions.invoke_worker(payload, self.operation, key)

    def caught(self, state: str, error: str) -> None:
        """Record that the last attempt of a task failed."""
        self.machine.account.say(f"  {self.operation.key}: {state} failed for good, {error}")
        self.operation.excuse_kill("given-up")

    def end(self, status: str, *, output: str = "", error: str = "", cause: str = "") -> None:
        """Set the final status. It has no effect after the end of the execution."""
        if self.status != "RUNNING":
            return
        account = self.machine.account
        self.status, self.output, self.error, self.cause = status, output, error, cause
        self.stopped = self.kernel.now
        reason = {"error": error, "cause": cause}
        details = {"SUCCEEDED": ("executionSucceeded", {"output": output})}
        name, values = details.get(status, (f"execution{status.capitalize()}", reason))
        self.history.add(f"Execution{status.capitalize()}", **{name: values})
        account.say(f"  execution {self.operation.key}: {status} {error} {cause[:150]}".rstrip())
        if len(self.history.events) > MOST_EVENTS:
            account.violate("history-too-long", f"{len(self.history.events)} events", self.operation)
        self._compare_with_answer()

    def _compare_with_answer(self) -> None:
        """Check that the final status is the same as in the response to CloudFormation.

        An execution is not checked if StartExecution failed after it took effect: then `OnEvent` has responded.
        """
        told = self.operation.told
        if "not-started" in self.operation.excuses:
            return
        expected = {"SUCCEEDED": "SUCCESS", "FAILED": "FAILED"}.get(self.status)
        if expected is not None and told != expected:
            detail = f"{self.status} ({self.error}: {self.cause[:200]}), CloudFormation was told {told}"
            self.machine.account.violate("execution-status", detail, self.operation)

    def summary(self) -> dict[str, Any]:
        """Return the entry of ListExecutions."""
        entry = {
            "executionArn": self.arn,
            "stateMachineArn": self.machine.arn,
            "name": self.name,
            "status": self.status,
            "startDate": timestamp(self.started),
            "redriveCount": 0,
        }
        return entry | ({} if self.status == "RUNNING" else {"stopDate": timestamp(self.stopped)})

    def description(self) -> dict[str, Any]:
        """Return the response of DescribeExecution."""
        found = {**self.summary(), "input": self.input, "inputDetails": {"included": True}}
        if self.status == "SUCCEEDED":
            found |= {"output": self.output, "outputDetails": {"included": True}}
        optional = {"error": self.error, "cause": self.cause}
        return found | {name: value for name, value in optional.items() if value}


class StepFunctions:
    """The Step Functions API of an account."""

    def __init__(self, account: SimulatedAccount) -> None:
        self.account, self.kernel = account, account.kernel
        self.machines: dict[str, StateMachine] = {}

    def perform(self, run: FunctionRun, method: str, operation: str, request: dict[str, Any], key: str) -> Any:  # noqa: ARG002
        """Run one API call and return its response."""
        action = getattr(self, f"_{method}", None)
        if action is None:
            message = f"not authorized to perform: states:{operation}"
            raise client_error("AccessDeniedException", message, operation, self.kernel.now)
        return {**action(run, operation, request), "ResponseMetadata": metadata(self.kernel.now)}

    def running(self) -> list[Execution]:
        """Return the executions that have not ended."""
        executions = [each for machine in self.machines.values() for each in machine.executions.values()]
        return [each for each in executions if each.status == "RUNNING"]

    def _start_execution(self, run: FunctionRun, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        machine, text = self._machine(operation, request["stateMachineArn"]), request["input"]
        name = request["name"]
        existing = machine.executions.get(name)
        if existing is not None and (existing.status != "RUNNING" or existing.input != text):
            message = f"Execution Already Exists: '{existing.arn}'"
            raise client_error("ExecutionAlreadyExists", message, operation, self.kernel.now)
        if len(text) > _INPUT_LIMIT or len(name) > 80:
            self.account.violate("start-execution-input", f"{len(text)} bytes, name {name}", run.operation)
        if existing is None:
            existing = machine.executions[name] = Execution(machine, name, text, run.operation)
            json.loads(text)
            self.kernel.spawn(Interpreter(existing, workflow.DEFINITION).run())
        return {"executionArn": existing.arn, "startDate": timestamp(existing.started)}

    def _list_executions(self, _: FunctionRun, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        machine, status = self._machine(operation, request["stateMachineArn"]), request.get("statusFilter")
        seen = [each for each in reversed(machine.executions.values()) if self._is_listed(each)]
        found = [each.summary() for each in seen if status in (None, each.status)]
        return self._page("executions", found, request)

    def _describe_execution(self, _: FunctionRun, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return self._execution(operation, request).description()

    def _stop_execution(self, run: FunctionRun, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        execution = self._execution(operation, request)
        if execution.operation.stack is not run.operation.stack:
            self.account.violate("stopped-of-another", execution.operation.key, run.operation)
        if execution.operation.logical != run.operation.logical:
            self.account.violate("stopped-of-another", execution.operation.key, run.operation)
        self.account.say(f"    {run.key} stops {short(execution.operation.key)}, which is {execution.status}")
        execution.end("ABORTED", error=request.get("error", ""), cause=request.get("cause", ""))
        return {"stopDate": timestamp(execution.stopped)}

    def _get_execution_history(self, _: FunctionRun, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        events = self._execution(operation, request).history.events
        ordered = events[::-1] if request.get("reverseOrder") else list(events)
        page = self._page("events", ordered, request, 100)
        return {**page, "events": [rendered(each) for each in page["events"]]}

    def _page(self, member: str, entries: list[Any], request: dict[str, Any], default: int = 100) -> dict[str, Any]:
        size = min(request.get("maxResults") or default, _MAX_RESULTS)
        begin = int(request.get("nextToken", 0))
        following = {"nextToken": str(begin + size)} if begin + size < len(entries) else {}
        return {member: entries[begin : begin + size], **following}

    def _is_listed(self, execution: Execution) -> bool:
        """Return whether the eventually consistent ListExecutions shows an execution."""
        lag = 0 if self.account.calm else self.account.cfg["sfn_lag"]
        return self.kernel.now - execution.started >= lag * self.account.draw("listed", execution.arn)

    def _machine(self, operation: str, arn: str) -> StateMachine:
        if arn not in self.machines:
            raise client_error(
                "StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'", operation, self.kernel.now
            )
        return self.machines[arn]

    def _execution(self, operation: str, request: dict[str, Any]) -> Execution:
        arn = request["executionArn"]
        for machine in self.machines.values():
            for execution in machine.executions.values():
                if execution.arn == arn:
                    return execution
        raise client_error("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'", operation, self.kernel.now)
