"""The rollback of a stack operation: revert updates, then delete creations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize.local import parallel, stack_registry
from cdk_personalize.local.seams import stacks
from cdk_personalize.local.stack_resources import predecessor, remove, revert

if TYPE_CHECKING:
    from cdk_personalize.local.stack_operation import Operation
    from cdk_personalize.local.stack_resources import Change


async def roll_back(operation: Operation, reason: str = "") -> None:
    """Roll back a stack operation.

    :param reason: the status reason. Default: the failure of the operation.
    """
    scope, stack = operation.scope, operation.stack
    prefix = "UPDATE_ROLLBACK" if operation.is_update else "ROLLBACK"
    stack["StackStatus"] = f"{prefix}_IN_PROGRESS"
    scope.stack_event(stack["StackStatus"], reason or operation.failure)
    failures: dict[str, Any] = {}
    if operation.is_update:
        failures = await _revert_updates(operation)
        if not failures:
            stack["StackStatus"] = f"{prefix}_COMPLETE_CLEANUP_IN_PROGRESS"
            scope.stack_event(stack["StackStatus"])
    undeleted = await _delete_new(operation)
    if operation.is_update:
        operation.restore()
    else:
        failures |= {logical_id: stack["_resources"][logical_id] for logical_id in undeleted}
    stack["StackStatus"] = f"{prefix}_{'FAILED' if failures else 'COMPLETE'}"
    stack["StackStatusReason"] = ""
    if failures:
        stack["_rollback_failed"] = failures  # ministack's ContinueUpdateRollback reads it
        stack["StackStatusReason"] = stacks._rollback_failure_reason(failures)
    scope.stack_event(stack["StackStatus"], stack["StackStatusReason"])


async def _revert_updates(operation: Operation) -> dict[str, Any]:
    """Revert the updates in place. Return the failed ones, as ministack stores them."""
    failures: dict[str, Any] = {}

    async def revert_resource(logical_id: str) -> bool:
        change = operation.changes[logical_id]
        child = stack_registry.nested_operation(operation, change)
        if change.is_replaced:
            # unverified: whether a custom resource gets an Update request, and with which physical id; here none
            physical_id = predecessor(change)["PhysicalResourceId"]
            operation.scope.event(logical_id, change.resource_type, "UPDATE_COMPLETE", physical_id=physical_id)
            reverted = True
        elif child is not None:
            await roll_back(child)
            reverted = bool(child.stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE")
        else:
            reverted = await revert(operation.scope, change)
        if not reverted:
            failures[logical_id] = _unreverted(change)
        return reverted

    updated = {
        logical_id
        for logical_id, change in operation.changes.items()
        if change.before is not None and (change.is_changed or change.failure)
    }
    await parallel.run(
        {logical_id: operation.previous_waits_for[logical_id] for logical_id in updated}, revert_resource
    )
    return failures


def _unreverted(change: Change) -> dict[str, Any]:
    return {
        "PhysicalResourceId": change.physical_id,
        "ResourceType": change.resource_type,
        "RevertFrom": change.applied,
        "RevertTo": change.applied_before,
        "Attributes": change.attributes,
    }


async def _delete_new(operation: Operation) -> set[str]:
    """Delete the resources that an operation created. Return the failed ones."""
    records = operation.stack["_resources"]
    failed: set[str] = set()

    async def delete(logical_id: str) -> bool:
        change = operation.changes[logical_id]
        policy = operation.policy(logical_id, "DeletionPolicy")
        if policy == "RetainExceptOnCreate" or (policy == "Retain" and operation.retains_nothing_new):
            policy = "Delete"
        failure = await remove(operation.scope, change.record(), policy)
        if failure:
            failed.add(logical_id)
            records[logical_id] = {
                **change.record(),
                "ResourceStatus": "DELETE_FAILED",
                "ResourceStatusReason": failure,
            }
        else:
            records.pop(logical_id, None)
        return not failure

    new = {logical_id for logical_id, change in operation.changes.items() if change.is_new}
    await parallel.run(parallel.deletion_order(operation.waits_for, new), delete)
    return failed
