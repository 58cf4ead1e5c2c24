"""Status of stack resources during an operation.

On AWS, DescribeStackResource returns a resource from its first event on: CREATE_IN_PROGRESS, a failure with its reason,
DELETE_IN_PROGRESS, DELETE_COMPLETE. ministack returns a resource only after its creation has succeeded, and does not
show that it is being updated or deleted.
"""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import seams
from cdk_personalize.local.seams import _stack_events, handlers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Stack = dict[str, Any]

_DESCRIPTIONS = ("DescribeStackResource", "DescribeStackResources", "ListStackResources")

_current: contextvars.ContextVar[bool] = contextvars.ContextVar("current", default=False)


def describe_as_on_aws() -> None:
    """Replace the behavior of ministack that differs from AWS.

    Call it once, before the server starts.
    """
    seams.replace("_resolve_stack", _resolving, handlers)
    for action in _DESCRIPTIONS:
        if action not in handlers._ACTION_HANDLERS:
            raise seams.SeamError(f"ministack does not support {action}")
        handlers._ACTION_HANDLERS[action] = _describing(handlers._ACTION_HANDLERS[action])


def _describing(describe: Callable[[Any], Any]) -> Any:
    def describing(params: Any) -> Any:
        token = _current.set(True)
        try:
            return describe(params)
        finally:
            _current.reset(token)

    return describing


def _resolving(resolve: Callable[[str], Stack | None]) -> Any:
    def resolving(name: str) -> Stack | None:
        stack = resolve(name)
        return {**stack, "_resources": resources(stack)} if stack and _current.get() else stack

    return resolving


def resources(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the resources of a stack, each with the status of its last event."""
    found = {logical_id: dict(record) for logical_id, record in stack.get("_resources", {}).items()}
    for event in list(_stack_events.get(stack["StackId"], [])):
        if event["PhysicalResourceId"] != stack["StackId"]:
            _apply(found, event)
    if stack["StackStatus"].startswith("UPDATE"):  # an update does not list the resources that it deleted
        found = {
            logical_id: record for logical_id, record in found.items() if record["ResourceStatus"] != "DELETE_COMPLETE"
        }
    return found


def _apply(found: dict[str, dict[str, Any]], event: Mapping[str, Any]) -> None:
    logical_id, physical_id = event["LogicalResourceId"], event["PhysicalResourceId"]
    record = found.setdefault(logical_id, {"LogicalResourceId": logical_id})
    known = record.get("PhysicalResourceId")
    if event["ResourceStatus"].startswith("DELETE") and known and physical_id and physical_id != known:
        return  # the predecessor of a replaced resource
    record["PhysicalResourceId"] = physical_id or known or ""
    record["ResourceType"] = event["ResourceType"]
    record["ResourceStatus"] = event["ResourceStatus"]
    record["ResourceStatusReason"] = event["ResourceStatusReason"]
    record["Timestamp"] = event["Timestamp"]
