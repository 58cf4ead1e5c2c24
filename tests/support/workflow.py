"""Step Functions and Lambda in this process, for the workflow of a template."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from cdk_personalize_handler import deadline, handler, response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.world import World

    State = dict[str, Any]

MACHINE = "arn:aws:states:us-east-1:111111111111:stateMachine:Lifecycle"
_RETRIES = 5


class Failed(Exception):
    """The resource failed, with the reason that the user reads."""

    def __init__(self, reason: str, physical_id: str = "") -> None:
        super().__init__(reason)
        self.physical_id = physical_id


class Killed(BaseException):
    """The function ended without a response."""


@dataclass
class Execution:
    """One execution of the workflow."""

    name: str
    input: State
    started: datetime
    status: str = "RUNNING"
    stopped: datetime | None = None
    state: State = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    response: State | None = None
    """The response that CloudFormation received."""

    @property
    def arn(self) -> str:
        return f"{MACHINE.replace(':stateMachine:', ':execution:')}:{self.name}"


class Workflows:
    """The workflow executions of a stack, with the Step Functions API of the handler."""

    def __init__(self, world: World, clients: Any) -> None:
        self._world = world
        self._clients = clients
        self._executions: dict[str, Execution] = {}

    # CloudFormation's side

    def receive(self, event: Mapping[str, Any]) -> None:
        """Have `on_event` receive an event."""
        self._enter()
        handler.start_execution(json.loads(json.dumps(event)), self, MACHINE)

    def of(self, event: Mapping[str, Any]) -> Execution:
        """Return the execution of an event."""
        return next(
            each for each in self._executions.values() if each.input["Request"]["RequestId"] == event["RequestId"]
        )

    def step(self, execution: Execution) -> None:
        """Run the next step, and the response after the last one.

        A killed function is invoked again.
        """
        if execution.status != "RUNNING":
            return
        begun = "Progress" in execution.state
        progress = {"Progress": execution.state["Progress"]} if begun else {}
        answer = self._invoke(execution, {"Step": "poll" if begun else "begin", **progress})
        if execution.status != "RUNNING":
            return  # Stopped by a later request meanwhile.
        if answer is None:
            failure = {"Failure": {"Error": "Lambda.Unknown", "Cause": "killed"}}
            self._respond(execution, {"State": {**execution.state, **failure}})
            return
        assert answer["Done"] or answer["WaitSeconds"] >= 1
        execution.state["Progress"] = answer
        execution.history.append({"type": "TaskStateExited", "output": json.dumps(execution.state)})
        if answer["Done"]:
            self._respond(execution, {"Progress": answer})

    def _respond(self, execution: Execution, payload: State) -> None:
        told = self._invoke(execution, {"Step": "respond", **payload})
        execution.status = "FAILED" if told is None or told["Status"] == "FAILED" else "SUCCEEDED"
        execution.stopped = self._now()

    def _invoke(self, execution: Execution, payload: State) -> State | None:
        """Return the response of the worker, or None if it is killed again and again."""
        self._enter()
        execution.history.append({"type": "TaskStarted"})
        for retries in range(_RETRIES + 1):
            whole = {
                **payload,
                "Request": execution.input["Request"],
                "StateMachine": MACHINE,
                "Execution": execution.arn,
                "Started": execution.started.isoformat(),
                "RetryCount": retries,
            }
            response.put = lambda _url, body: self._receive_response(execution, body)
            try:
                answer = handler.answer(json.loads(json.dumps(whole)), self._clients, lambda: 60.0)
            except Killed:
                continue
            state: State = json.loads(json.dumps(answer))
            return state
        return None

    def _receive_response(self, execution: Execution, body: bytes) -> None:
        assert len(body) <= 4096
        execution.response = json.loads(body)
        if "respond" in self._clients.kills:
            self._clients.kills.remove("respond")
            raise Killed

    def _enter(self) -> None:
        deadline.local_now = self._world.clock.now

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._world.clock.now(), timezone.utc)

    # The API

    def start_execution(self, stateMachineArn: str, name: str, input: str) -> None:  # noqa: N803
        assert stateMachineArn == MACHINE
        if name in self._executions:
            raise ClientError({"Error": {"Code": "ExecutionAlreadyExists"}}, "StartExecution")
        execution = self._executions[name] = Execution(name, json.loads(input), self._now())
        self.step(execution)

    def list_executions(self, **_request: Any) -> State:
        executions = [
            {
                "executionArn": each.arn,
                "name": each.name,
                "status": each.status,
                "startDate": each.started,
                **({"stopDate": each.stopped} if each.stopped else {}),
            }
            for each in reversed(self._executions.values())
        ]
        return {"executions": executions}

    def describe_execution(self, executionArn: str) -> State:  # noqa: N803
        execution = self._named(executionArn)
        return {"input": json.dumps(execution.input), "status": execution.status, "startDate": execution.started}

    def stop_execution(self, executionArn: str, cause: str) -> None:  # noqa: ARG002, N803
        execution = self._named(executionArn)
        execution.status, execution.stopped = "ABORTED", self._now()

    def get_execution_history(self, executionArn: str, **_request: Any) -> State:  # noqa: N803
        events = [
            {
                "type": each["type"],
                "timestamp": self._now(),
                **({"stateExitedEventDetails": {"output": each["output"]}} if "output" in each else {}),
            }
            for each in reversed(self._named(executionArn).history)
        ]
        return {"events": events}

    def _named(self, arn: str) -> Execution:
        name = arn.rpartition(":")[2]
        if name not in self._executions:
            raise ClientError({"Error": {"Code": "ExecutionDoesNotExist"}}, "DescribeExecution")
        return self._executions[name]
