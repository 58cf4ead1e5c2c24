"""What CloudFormation is doing with the stack just now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cdk_personalize_handler.errors import TryLater

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_STACK_TYPE = "AWS::CloudFormation::Stack"
_BEGINNINGS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS", "DELETE_IN_PROGRESS"})


@dataclass(frozen=True, slots=True)
class StackOperation:
    """The operation that a stack is in."""

    began: datetime
    rolling_back: bool
    statuses: Mapping[str, str]
    """The newest status of each resource that the operation has come to, by logical id."""

    def status_of(self, logical_id: str) -> str | None:
        """Return the newest status of a resource, or None where the operation has not come to it yet."""
        return self.statuses.get(logical_id)


def current_operation(cloudformation: Any, stack_id: str) -> StackOperation:
    """Return the stack's current operation, read from its newest events."""
    try:
        return _newest_operation(cloudformation, stack_id)
    except (BotoCoreError, ClientError) as error:
        raise TryLater(f"CloudFormation did not tell what the stack is doing: {error}") from error


def _newest_operation(cloudformation: Any, stack_id: str) -> StackOperation:
    rolling_back = False
    statuses: dict[str, str] = {}
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
    for event in (event for page in pages for event in page["StackEvents"]):
        status = event["ResourceStatus"]
        if event["ResourceType"] != _STACK_TYPE or event.get("PhysicalResourceId", stack_id) != stack_id:
            statuses.setdefault(event["LogicalResourceId"], status)
            continue
        rolling_back = rolling_back or "ROLLBACK" in status
        if status in _BEGINNINGS:
            return StackOperation(event["Timestamp"], rolling_back, statuses)
    raise TryLater("the events of the stack show no operation")
