"""Stack operations as AWS CloudFormation runs them, in place of ministack's.

- AWS: Works on independent resources at the same time. Ministack: One resource after the other. Local AWS: Independent
  resources start in random order, by the seed of the server.
- AWS: A failure cancels the other resources in progress ("Resource creation cancelled"), and a rollback also deletes
  failed and cancelled creations. CloudFormation invents a physical ID for a custom resource that reported none.
  Ministack: Has neither behavior.
- AWS: A rollback keeps new resources with the DeletionPolicy Retain, and deletes those with RetainExceptOnCreate. If a
  deletion fails, the dependencies of the resource are not deleted, so that a second deletion can succeed. Ministack:
  Deletes all resources, and loses the failed ones from its records.
- AWS: Unchanged resources have no events. Deletions after an update have events, with the stack status
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS. One stack event has the DetailedStatus CONFIGURATION_COMPLETE. Ministack: Has
  none of these.
- AWS: DeleteStack cancels a creation in progress. Ministack: Both run at the same time.

The engine of ministack still runs `cdk import`.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import parallel, seams, stack_registry
from cdk_personalize.local.seams import _exports, _stacks, changesets, handlers, stacks
from cdk_personalize.local.stack_operation import Operation
from cdk_personalize.local.stack_registry import OPERATIONS
from cdk_personalize.local.stack_resources import Scope, predecessor, provision, remove
from cdk_personalize.local.stack_rollback import roll_back

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    Stack = dict[str, Any]
    Deploy = Callable[..., Awaitable[None]]

_logger = logging.getLogger(__name__)
_loop: list[asyncio.AbstractEventLoop] = []


def run_as_on_aws() -> None:
    """Replace the behavior of ministack that differs from AWS.

    Call it once, before the server starts.
    """
    seams.replace("_deploy_stack_async", _deploying, stacks, handlers, changesets)
    seams.replace("_delete_stack_async", lambda _delete: delete_stack, stacks, handlers)
    seams.replace("_roll_back_operation", _rolling_back, stacks, handlers)


def call_from_thread(work: Awaitable[Any]) -> Any:
    """Run a coroutine in the engine's event loop, from a handler's thread."""

    async def run() -> Any:
        return await work

    return asyncio.run_coroutine_threadsafe(run(), _loop[0]).result()


# Creation and update


def _deploying(deploy_sequentially: Deploy) -> Deploy:
    async def deploying(
        stack_name: str,
        stack_id: str,
        template: Mapping[str, Any],
        parameters: Mapping[str, Any],
        disable_rollback: bool,
        tags: list[Any],
        *,
        is_update: bool = False,
        previous_stack: Stack | None = None,
        retain_except_on_create: bool = False,
        imports: Mapping[str, Any] | None = None,
    ) -> None:
        operation = Operation.of(stack_name, template, parameters, previous_stack if is_update else None)
        operation.retains_nothing_new = retain_except_on_create
        if imports or not operation.is_acyclic:
            await deploy_sequentially(
                stack_name,
                stack_id,
                template,
                parameters,
                disable_rollback,
                tags,
                is_update,
                previous_stack,
                retain_except_on_create,
                imports,
            )
        elif operation.is_valid(disable_rollback):
            await _fail_stack_on_error(operation.scope, _run(operation, rolls_back=not disable_rollback))

    return deploying


async def _run(operation: Operation, *, rolls_back: bool) -> None:
    await deploy(operation)
    if operation.is_superseded:
        return
    if not operation.failure:
        await clean_up(operation)
    elif rolls_back:
        await roll_back(operation)
    else:
        operation.scope.stack_event(f"{operation.verb}_FAILED", operation.failure)


async def _fail_stack_on_error(scope: Scope, work: Awaitable[None]) -> None:
    """Await an operation. Set a failed stack status if it raises an unexpected error.

    Otherwise the client would wait forever.
    """
    try:
        await work
    except Exception as error:  # whatever fails, or a client waits for the end of the operation for ever
        _logger.exception("an operation on %s failed", scope.name)
        stack, reason = _stacks[scope.name], f"internal error ({type(error).__name__}: {error})"
        stack["StackStatus"] = re.sub("(_COMPLETE_CLEANUP)?_IN_PROGRESS$", "_FAILED", stack["StackStatus"])
        stack["StackStatusReason"] = reason
        scope.stack_event(stack["StackStatus"], reason)


async def deploy(operation: Operation) -> None:
    """Create and update the resources of a stack. The result is in the operation."""
    _loop[:] = [asyncio.get_running_loop()]
    OPERATIONS[operation.scope.stack_id] = operation

    async def apply(logical_id: str) -> bool:
        change = operation.prepared(logical_id)
        if not change.failure:
            retains = operation.policy(logical_id, "UpdateReplacePolicy") in stacks._RETAINING_POLICIES
            await provision(operation.scope, change, operation.cancelled, retains_predecessor=retains)
        operation.record_change(change)
        if change.failure:
            stack_registry.cancel(operation)
        return not change.failure

    try:
        await parallel.run(operation.waits_for, apply, operation.accept_cancellation)
    finally:
        operation.ended.set()
    if not operation.has_failed():
        operation.resolve_outputs()
    operation.conclude()


async def clean_up(operation: Operation) -> None:
    """Complete a successful operation.

    Set its exports and the final stack status, and delete replaced resources and those that left the template.
    """
    scope, stack = operation.scope, operation.stack
    _exports.update(operation.exports)
    if operation.is_update:
        stack["StackStatus"] = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        scope.stack_event(stack["StackStatus"])
        for child in stack_registry.nested_updates(operation):
            await clean_up(child)
        await _delete_replaced(operation)
        await _delete_removed(operation)
    stack["StackStatus"] = f"{operation.verb}_COMPLETE"
    scope.stack_event(stack["StackStatus"])


async def _delete_replaced(operation: Operation) -> None:
    async def delete(logical_id: str) -> bool:
        change = operation.changes[logical_id]
        policy = operation.policy(logical_id, "UpdateReplacePolicy")
        if policy not in stacks._RETAINING_POLICIES:
            for function, arguments, options in change.deferred_deletes:
                function(*arguments, **options)
        if change.physical_id != predecessor(change)["PhysicalResourceId"]:
            await remove(operation.scope, dict(predecessor(change)), policy)
        return True

    replaced = {logical_id for logical_id, change in operation.changes.items() if change.is_replaced}
    await parallel.run(parallel.deletion_order(operation.previous_waits_for, replaced), delete)


async def _delete_removed(operation: Operation) -> None:
    records = operation.stack["_resources"]

    async def delete(logical_id: str) -> bool:
        failure = await remove(operation.scope, records[logical_id], operation.previous_policy(logical_id))
        if failure:
            records[logical_id] |= {"ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": failure}
        else:
            del records[logical_id]
        return not failure

    removed = records.keys() - operation.waits_for.keys()
    await parallel.run(parallel.deletion_order(operation.previous_waits_for, removed), delete)


# Rollback


def _rolling_back(roll_back_sequentially: Callable[..., Awaitable[None]]) -> Any:
    async def rolling_back(
        stack_name: str, stack_id: str, stack: Stack, failed: Mapping[str, Any], reason_override: str = ""
    ) -> None:
        operation = OPERATIONS.get(stack_id)
        if operation is None or not operation.failure:  # the operation of a previous run of the server
            await roll_back_sequentially(stack_name, stack_id, stack, failed, reason_override)
        else:
            operation.retains_nothing_new = failed.get("retain_except_on_create", False)
            await _fail_stack_on_error(operation.scope, roll_back(operation, reason_override))

    return rolling_back


# Deletion


async def delete_stack(
    stack_name: str, stack_id: str, retain_resources: Collection[str] = (), *, force: bool = False
) -> None:
    """Delete a stack. A creation or update in progress is cancelled first."""
    deletion = _delete(stack_name, stack_id, retain_resources, force=force)
    await _fail_stack_on_error(Scope(stack_name, stack_id), deletion)


async def _delete(stack_name: str, stack_id: str, retain_resources: Collection[str], *, force: bool) -> None:
    _loop[:] = [asyncio.get_running_loop()]
    stack, operation = _stacks[stack_name], OPERATIONS.get(stack_id)
    stack["StackStatus"] = "DELETE_IN_PROGRESS"
    scope = Scope(stack_name, stack_id)
    scope.stack_event("DELETE_IN_PROGRESS")
    if operation is not None:
        stack_registry.supersede(operation)
        await operation.ended.wait()
    template = operation.template if operation else stack.get("_template", {})
    parameters = operation.parameters if operation else stack.get("_resolved_params", {})
    deletion = Operation.of(stack_name, template, parameters, stack)
    records = stack["_resources"]
    failures: set[str] = set()

    async def delete(logical_id: str) -> bool:
        policy = "Retain" if logical_id in retain_resources else deletion.either_policy(logical_id)
        failure = await remove(scope, records[logical_id], policy)
        if failure and force:
            scope.event(logical_id, records[logical_id]["ResourceType"], "DELETE_SKIPPED", failure)
        elif failure:
            records[logical_id] |= {"ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": failure}
            failures.add(logical_id)
            return False
        del records[logical_id]
        return True

    await parallel.run(parallel.deletion_order(deletion.previous_waits_for, records.keys()), delete)
    stack["StackStatus"], stack["StackStatusReason"] = "DELETE_COMPLETE", ""
    if failures:
        reason = f"The following resource(s) failed to delete: [{', '.join(sorted(failures))}]. "
        stack["StackStatus"], stack["StackStatusReason"] = "DELETE_FAILED", reason
    else:
        for output in stack.get("Outputs", []):
            _exports.pop(output.get("ExportName"), None)
    scope.stack_event(stack["StackStatus"], stack["StackStatusReason"])
