"""The latest operation of each stack, and the hierarchy of nested stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_personalize.local.stack_resources import STACK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_personalize.local.stack_operation import Operation
    from cdk_personalize.local.stack_resources import Change

OPERATIONS: dict[str, Operation] = {}
"""The latest operation of each stack since the start of the server, by stack ID."""


def cancel(operation: Operation) -> None:
    """Cancel an operation and those on its nested stacks.

    They start no further resource, and do not wait for custom resources any more.
    """
    operation.cancelled.set()
    for other in list(OPERATIONS.values()):
        if other.parent is operation and not other.ended.is_set():
            cancel(other)


def supersede(operation: Operation) -> None:
    """End an operation without a rollback, because the stack is deleted."""
    if not operation.ended.is_set():
        operation.is_superseded = True
        cancel(operation)


def nested_operation(operation: Operation, change: Change) -> Operation | None:
    """Return the operation on a nested stack that is a part of `operation`, if any."""
    nested = OPERATIONS.get(change.physical_id) if change.resource_type == STACK else None
    return nested if nested is not None and nested.parent is operation else None


def nested_updates(operation: Operation) -> Iterator[Operation]:
    """Yield the updates of nested stacks that are part of an update of their parent."""
    for change in operation.changes.values():
        nested = nested_operation(operation, change)
        if nested is not None and not change.is_new:
            yield nested
