"""CloudFormation's view of the stack: its status, its resources and its events."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cdk_personalize_handler.errors import Superseded, Throttled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

_STACK_TYPE = "AWS::CloudFormation::Stack"
_GOOD_ENDS = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
_BEGINNINGS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS", "DELETE_IN_PROGRESS"})
_DOES_NOT_EXIST = "ValidationError"


@dataclass(frozen=True)
class ResourceState:
    """The state of one resource of the stack in CloudFormation."""

    status: str
    """CloudFormation's status, such as `CREATE_IN_PROGRESS`."""
    physical_id: str
    changed: datetime
    """When the status last changed."""


class StackState:
    """The state of the stack, read from CloudFormation when it is needed."""

    def __init__(self, cloudformation: Any, stack_id: str) -> None:
        self._cloudformation = cloudformation
        self._id = stack_id

    @cached_property
    def rolling_back(self) -> bool:
        """Whether CloudFormation is rolling the stack back."""
        answer = self._ask(lambda: self._cloudformation.describe_stacks(StackName=self._id))
        return "ROLLBACK" in answer["Stacks"][0]["StackStatus"]

    def resource(self, logical_id: str) -> ResourceState | None:
        """Return the state of a resource, or None if CloudFormation does not show it."""
        try:
            answer = self._ask(
                lambda: self._cloudformation.describe_stack_resource(StackName=self._id, LogicalResourceId=logical_id)
            )
        except _NotShown:
            return None
        detail = answer["StackResourceDetail"]
        return ResourceState(
            detail["ResourceStatus"], detail.get("PhysicalResourceId", ""), detail["LastUpdatedTimestamp"]
        )

    def require_awaited(self, request_type: str, logical_id: str) -> ResourceState:
        """Raise Superseded if CloudFormation does not wait for this type of request.

        Otherwise return the state of the resource.
        """
        state = self.resource(logical_id)
        shown = state.status if state else "absent"
        creates = shown.startswith("CREATE")
        if (
            state is None
            or not shown.endswith("IN_PROGRESS")
            or shown.startswith("DELETE")
            or creates != (request_type == "Create")
        ):
            raise Superseded(
                f"CloudFormation does not wait for this request any more: it shows the resource as {shown}"
            )
        return state

    def operation_start(self) -> datetime:
        """Return the start time of the current stack operation."""
        for event in self._events():
            if self._is_own(event) and event["ResourceStatus"] in _BEGINNINGS:
                began: datetime = event["Timestamp"]
                return began
        raise Throttled("the events of the stack do not show the current operation yet")

    def has_succeeded_since(self, began: datetime) -> bool:
        """Return whether a stack operation that began at or after `began` has succeeded.

        True as well if the events are so old that CloudFormation has deleted them.
        """
        for event in filter(self._is_own, self._events()):
            if event["Timestamp"] <= began and event["ResourceStatus"] in _BEGINNINGS:
                return False
            if event["ResourceStatus"] in _GOOD_ENDS:
                return True
        return True

    def has_accepted(self, logical_id: str, physical_id: str, since: datetime) -> bool | None:
        """Return whether CloudFormation accepted a physical ID reported after `since`.

        CloudFormation ignores the response to a request that it cancelled. None if the stack events do not show the end
        of that request yet.
        """
        ended = False
        for event in self._events():
            if event["Timestamp"] < since:
                break
            if event["LogicalResourceId"] != logical_id or event["ResourceStatus"].endswith("IN_PROGRESS"):
                continue
            ended = ended or event["ResourceStatus"].startswith(("CREATE", "UPDATE"))
            if event.get("PhysicalResourceId") == physical_id:
                return True
        return False if ended else None

    def _is_own(self, event: Mapping[str, Any]) -> bool:
        # A second event of the same status with a DetailedStatus marks a phase, not a start.
        return (
            event["ResourceType"] == _STACK_TYPE
            and event.get("PhysicalResourceId", self._id) == self._id
            and "DetailedStatus" not in event
        )

    def _events(self) -> Iterator[Mapping[str, Any]]:
        pages = iter(self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=self._id))
        while (page := self._ask(lambda: next(pages, None))) is not None:
            yield from page["StackEvents"]

    @staticmethod
    def _ask(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except ClientError as error:
            if error.response["Error"].get("Code") == _DOES_NOT_EXIST:
                raise _NotShown(str(error)) from error
            raise Throttled(f"CloudFormation did not describe the stack: {error}") from error
        except BotoCoreError as error:
            raise Throttled(f"CloudFormation did not describe the stack: {error}") from error


class _NotShown(Throttled):
    """CloudFormation does not show the stack or the resource."""
