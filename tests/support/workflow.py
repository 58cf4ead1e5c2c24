"""The Step Functions of the simulation, run step by step with the clock of a test."""

from __future__ import annotations

import json
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import deadline, handler, response
from conformance.simulation import stepfunctions
from conformance.simulation.catalogue import upper_first

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from conformance.simulation.stepfunctions import Execution

    from support.world import World

    Process = Generator[Any, Any, Any]
    State = dict[str, Any]

STACK_ID = "arn:aws:cloudformation:us-east-1:111111111111:stack/Shop/11111111-2222-3333-4444-555555555555"


class Failed(Exception):
    """A request of CloudFormation failed, with the reason in the stack event."""

    def __init__(self, reason: str, physical_id: str = "") -> None:
        super().__init__(reason)
        self.physical_id = physical_id


class Killed(BaseException):
    """The function was killed, so it returned no result."""


class Request:
    """A request of CloudFormation, and the response to it."""

    def __init__(self, event: Mapping[str, Any], stack: object) -> None:
        self.key = event["RequestId"]
        self.logical = event["LogicalResourceId"]
        self.stack = stack
        self.response: State | None = None
        self.excuses: set[str] = set()

    @property
    def told(self) -> str | None:
        """Status in the response to CloudFormation, or None before the response."""
        return None if self.response is None else self.response["Status"]

    def excuse_kill(self, what: str) -> None:
        """Ignore that a function was killed. Only the simulation of whole stacks uses it."""


class Account:
    """Substitute for the simulated account of the Step Functions, without randomness."""

    calm = True

    def __init__(self, world: World) -> None:
        self._world = world
        self.kernel = self
        self.counts: Counter[str] = Counter()
        self.services = SimpleNamespace(stepfunctions=None)
        self.begun: list[Process] = []

    @property
    def now(self) -> float:
        """Service time, in seconds since 1970."""
        return self._world.clock.now()

    cfg: Mapping[str, Any] = {"sfn_lag": 0}

    def draw(self, *_key: object) -> float:
        """Return no delay."""
        return 0.0

    def say(self, _line: str) -> None:
        """Write no trace."""

    def spawn(self, process: Process) -> None:
        """Keep the process of a new execution, whose steps the test runs."""
        self.begun.append(process)

    def violate(self, what: str, detail: str, *_operation: object) -> None:
        """Fail the test."""
        raise AssertionError(f"{what}: {detail}")


class Workflows:
    """The executions of one state machine, with the Step Functions API for them."""

    def __init__(self, world: World, clients: Any) -> None:
        self._world, self._clients = world, clients
        self._account = Account(world)
        self._api = self._account.services.stepfunctions = stepfunctions.StepFunctions(self._account)  # type: ignore[arg-type]
        self.stack = SimpleNamespace(id=STACK_ID)
        self._machine = stepfunctions.StateMachine(self._account, "Shop", self)  # type: ignore[arg-type]
        self._processes: dict[str, Process] = {}
        self._caller: Request | None = None

    # Requests of CloudFormation

    def receive(self, event: Mapping[str, Any]) -> None:
        """Invoke the function `OnEvent` with an event."""
        self._enter(Request(event, self.stack))
        handler.start_execution(json.loads(json.dumps(event)), self, self._machine.arn)

    def of(self, event: Mapping[str, Any]) -> Execution:
        """Return the execution of an event."""
        return next(each for each in self._machine.executions.values() if each.operation.key == event["RequestId"])

    def step(self, execution: Execution) -> None:
        """Run an execution to its next wait or its end. Retries have no delay."""
        if execution.status != "RUNNING":
            return
        for _ in self._processes[execution.name]:
            if execution.history.events[-1]["type"] == "WaitStateEntered":
                return

    # The functions

    def invoke_worker(self, payload: State, operation: Any, _key: str) -> Process:
        """Invoke the worker for a task."""
        yield 0
        self._enter(operation)
        response.put = lambda _url, body: self._receive_response(operation, body)
        try:
            answer = handler.answer(json.loads(json.dumps(payload)), self._clients, lambda: 60.0)
        except Killed:
            return "error", ("Lambda.Unknown", "killed")
        assert answer.get("Done", True) or answer["WaitSeconds"] >= 1
        return "ok", json.loads(json.dumps(answer))

    def _receive_response(self, request: Request, body: bytes) -> None:
        assert len(body) <= 4096
        request.response = json.loads(body)
        if "respond" in self._clients.kills:
            self._clients.kills.remove("respond")
            raise Killed

    def _enter(self, request: Request) -> None:
        deadline.local_now = self._world.clock.now
        self._caller = request

    # The API

    def start_execution(self, **request: Any) -> State:
        answer = self._call("start_execution", request)
        if self._account.begun:
            name = request["name"]
            self._processes[name] = self._account.begun.pop()
            self.step(self._machine.executions[name])
        return answer

    def list_executions(self, **request: Any) -> State:
        return self._call("list_executions", request)

    def describe_execution(self, **request: Any) -> State:
        return self._call("describe_execution", request)

    def stop_execution(self, **request: Any) -> State:
        return self._call("stop_execution", request)

    def get_execution_history(self, **request: Any) -> State:
        return self._call("get_execution_history", request)

    def _call(self, method: str, request: State) -> State:
        operation = "".join(upper_first(part) for part in method.split("_"))
        caller: Any = SimpleNamespace(operation=self._caller, key="")
        answer: State = self._api.perform(caller, method, operation, request, "")
        return answer
