"""What CloudFormation is doing with the stack, and how that went before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cdk_personalize_handler.errors import TryLater

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

_STACK_TYPE = "AWS::CloudFormation::Stack"
_GOOD_ENDS = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
_BEGINNINGS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS", "DELETE_IN_PROGRESS"})


@dataclass(frozen=True, slots=True)
class StackOperation:
    """The operation that a stack is in."""

    began: datetime
    rolling_back: bool
    statuses: Mapping[str, str]
    """The newest status of each resource that the operation has come to, by logical id."""

    @property
    def phase(self) -> str:
        """Return what tells this operation, and its rollback, from every other."""
        return f"{self.began.isoformat()}{' rollback' if self.rolling_back else ''}"

    def status_of(self, logical_id: str) -> str | None:
        """Return the newest status of a resource, or None where the operation has not come to it yet."""
        return self.statuses.get(logical_id)


class Stack:
    """What the events of a stack tell."""

    def __init__(self, cloudformation: Any, stack_id: str) -> None:
        self._cloudformation = cloudformation
        self._id = stack_id
        self._operation: StackOperation | None = None

    def operation(self) -> StackOperation:
        """Return the stack's current operation; it is asked for once."""
        self._operation = self._operation or self._newest_operation()
        return self._operation

    def _newest_operation(self) -> StackOperation:
        rolling_back = False
        statuses: dict[str, str] = {}
        for event in self._events():
            status = event["ResourceStatus"]
            if not self._is_own(event):
                statuses.setdefault(event["LogicalResourceId"], status)
                continue
            rolling_back = rolling_back or "ROLLBACK" in status
            if status in _BEGINNINGS:
                return StackOperation(event["Timestamp"], rolling_back, statuses)
        raise TryLater("the events of the stack show no operation")

    def came_to_a_good_end_since(self, when: datetime) -> bool:
        """Tell whether an operation ended well after `when`, which is so where nobody remembers that time."""
        for event in filter(self._is_own, self._events()):
            if event["Timestamp"] <= when and event["ResourceStatus"] in _BEGINNINGS:
                return False
            if event["ResourceStatus"] in _GOOD_ENDS:
                return True
        return True

    def _is_own(self, event: Mapping[str, Any]) -> bool:
        return bool(event["ResourceType"] == _STACK_TYPE and event.get("PhysicalResourceId", self._id) == self._id)

    def _events(self) -> Iterator[Mapping[str, Any]]:
        try:
            pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=self._id)
            yield from (event for page in pages for event in page["StackEvents"])
        except (BotoCoreError, ClientError) as error:
            raise TryLater(f"CloudFormation did not tell what the stack is doing: {error}") from error
