"""Earlier requests, read from the executions of the Step Functions workflow.

Each CloudFormation request has one execution. Its status is the response that CloudFormation received: SUCCEEDED or
FAILED. ABORTED means that a later request for the same resource stopped it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cdk_personalize_handler.errors import Throttled
from cdk_personalize_handler.ownership import Ownership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

RUNNING = "RUNNING"
SUCCEEDED = "SUCCEEDED"
_NOT_FOUND = frozenset({"ExecutionDoesNotExist", "ValidationException"})
"""Error codes for an execution that does not exist any more, or that ended before it was stopped."""
ABORTED = "ABORTED"
_ABORT_EVENT = "ExecutionAborted"
_STEP_ENDED = "TaskStateExited"
_IN_STEP = ("Task", "LambdaFunction")
_NEWEST_EVENTS = 25
_LARGEST_PAGE = 1000


@dataclass(frozen=True)
class Execution:
    """An execution of the workflow, which handles one CloudFormation request."""

    arn: str
    ownership: Ownership
    status: str
    started: datetime
    stopped: datetime | None


@dataclass(frozen=True)
class History:
    """The progress that an execution has made."""

    step_in_flight: bool
    """Whether a run of the function may still be in progress, also after the execution was stopped."""
    progress: Mapping[str, Any]
    """The workflow state after the last finished step. Empty if no step has finished."""


class Ledger:
    """The executions of the workflow of this stack."""

    def __init__(self, stepfunctions: Any, state_machine_arn: str) -> None:
        self._stepfunctions = stepfunctions
        self._state_machine = state_machine_arn

    def before(self, own: Ownership) -> Iterator[Execution]:
        """Yield the executions for other requests of the same resource, newest first."""
        request: dict[str, Any] = {"stateMachineArn": self._state_machine, "maxResults": _LARGEST_PAGE}
        while True:
            answer = self._ask(lambda: self._stepfunctions.list_executions(**request)) or {"executions": []}
            for each in answer["executions"]:
                ownership = Ownership.in_execution(each["name"])
                if ownership and ownership.owner == own.owner and ownership.request != own.request:
                    yield Execution(
                        each["executionArn"], ownership, each["status"], each["startDate"], each.get("stopDate")
                    )
            if not answer.get("nextToken"):
                return
            request["nextToken"] = answer["nextToken"]

    def stop(self, execution: Execution) -> None:
        """Stop an execution, so that no further step begins.

        An execution that has ended is not changed.
        """
        self._ask(
            lambda: self._stepfunctions.stop_execution(
                executionArn=execution.arn, cause="A later request of CloudFormation for the same resource replaced it."
            )
        )

    def history(self, execution: Execution) -> History:
        """Return the progress that an execution has made."""
        answer = self._ask(
            lambda: self._stepfunctions.get_execution_history(
                executionArn=execution.arn, reverseOrder=True, maxResults=_NEWEST_EVENTS
            )
        )
        events = [each for each in (answer or {"events": []})["events"] if each["type"] != _ABORT_EVENT]
        progress = next((found for each in events if (found := _progress(each)) is not None), {})
        return History(_is_step_in_flight(events), progress)

    def event_of(self, ownership: Ownership) -> Mapping[str, Any] | None:
        """Return the CloudFormation event of a request.

        None if its execution has expired: Step Functions keeps ended executions for 90 days.
        """
        answer = self._describe(ownership)
        if answer is None:
            return None
        event: Mapping[str, Any] = json.loads(answer["input"])["Request"]
        return event

    def started(self, ownership: Ownership) -> datetime | None:
        """Return when the execution for a request started, or None if it has expired."""
        answer = self._describe(ownership)
        return answer["startDate"] if answer else None

    def _describe(self, ownership: Ownership) -> Mapping[str, Any] | None:
        name = self._state_machine.replace(":stateMachine:", ":execution:", 1)
        answer: Mapping[str, Any] | None = self._ask(
            lambda: self._stepfunctions.describe_execution(executionArn=f"{name}:{ownership.execution}")
        )
        return answer

    @staticmethod
    def _ask(call: Callable[[], Any]) -> Any:
        """Return the response of Step Functions, or None if the execution does not exist."""
        try:
            return call()
        except ClientError as error:
            if error.response["Error"].get("Code") in _NOT_FOUND:
                return None
            raise Throttled(f"Step Functions did not answer: {error}") from error
        except BotoCoreError as error:
            raise Throttled(f"Step Functions did not answer: {error}") from error


def _is_step_in_flight(events: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a run of the function may still be in progress.

    A run continues if its connection to Step Functions breaks, also during the delay before the retry.

    :param events: The events of the execution, newest first.
    """
    return bool(events) and events[0]["type"].startswith(_IN_STEP) and events[0]["type"] != _STEP_ENDED


def _progress(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the workflow state that an event of the history contains, if any."""
    text = event.get("stateExitedEventDetails", {}).get("output") or event.get("stateEnteredEventDetails", {}).get(
        "input"
    )
    if not text:
        return None
    state: Mapping[str, Any] = json.loads(text)
    found = state.get("Progress")
    return found if isinstance(found, dict) else {}
