"""Stack operations as AWS CloudFormation runs them, in place of ministack's.

- AWS: Works on all resources at once that do not wait for each other. Ministack: One after the other. Here the order
  is random, by the seed that the server was started with.
- AWS: A failure cancels the siblings that are under way ("Resource creation cancelled"), and a rollback deletes failed
  and cancelled creations, too. A custom resource that reported no physical id gets an invented one. Ministack: Knows
  neither.
- AWS: A rollback keeps what has the DeletionPolicy Retain and deletes what has RetainExceptOnCreate. A failed
  deletion leaves what the resource depends on, so that a second deletion can succeed. Ministack: Deletes it all, and
  forgets what failed.
- AWS: Unchanged resources have no events. UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, with events for what is deleted then.
  A stack event with the DetailedStatus CONFIGURATION_COMPLETE. Ministack: None of these.
- AWS: DeleteStack cancels a creation that is under way. Ministack: Both run at once.

`cdk import` is left to ministack.
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
    """Replace what differs; call it once, before the server serves."""
    seams.replace("_deploy_stack_async", _deploying, stacks, handlers, changesets)
    seams.replace("_delete_stack_async", lambda _delete: delete_stack, stacks, handlers)
    seams.replace("_roll_back_operation", _rolling_back, stacks, handlers)


def call_from_thread(work: Awaitable[Any]) -> Any:
    """Run a coroutine of the engine from the thread of a resource handler."""

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
            await _failing_with_the_stack(operation.scope, _run(operation, rolls_back=not disable_rollback))

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


async def _failing_with_the_stack(scope: Scope, work: Awaitable[None]) -> None:
    """End a stack as failed if the engine fails: nothing may wait for it for ever."""
    try:
        await work
    except Exception as error:  # whatever fails, or a client waits for the end of the operation for ever
        _logger.exception("an operation on %s failed", scope.name)
        stack, reason = _stacks[scope.name], f"internal error ({type(error).__name__}: {error})"
        stack["StackStatus"] = re.sub("(_COMPLETE_CLEANUP)?_IN_PROGRESS$", "_FAILED", stack["StackStatus"])
        stack["StackStatusReason"] = reason
        scope.stack_event(stack["StackStatus"], reason)


async def deploy(operation: Operation) -> None:
    """Create and update the resources of a stack; the operation tells what came of it."""
    _loop[:] = [asyncio.get_running_loop()]
    OPERATIONS[operation.scope.stack_id] = operation

    async def apply(logical_id: str) -> bool:
        change = operation.prepared(logical_id)
        if not change.failure:
            retains = operation.policy(logical_id, "UpdateReplacePolicy") in stacks._RETAINING_POLICIES
            await provision(operation.scope, change, operation.cancelled, retains_predecessor=retains)
        operation.note(change)
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
    """Publish a successful operation and delete what it replaced and removed."""
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
        if operation is None or not operation.failure:  # of a run before this one
            await roll_back_sequentially(stack_name, stack_id, stack, failed, reason_override)
        else:
            operation.retains_nothing_new = failed.get("retain_except_on_create", False)
            await _failing_with_the_stack(operation.scope, roll_back(operation, reason_override))

    return rolling_back


# Deletion


async def delete_stack(
    stack_name: str, stack_id: str, retain_resources: Collection[str] = (), *, force: bool = False
) -> None:
    """Delete a stack; a creation or update that is under way is cancelled first."""
    deletion = _delete(stack_name, stack_id, retain_resources, force=force)
    await _failing_with_the_stack(Scope(stack_name, stack_id), deletion)


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
