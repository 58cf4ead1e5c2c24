"""Creation, update and deletion of one stack resource, with its stack events.

`stack_engine` lists the differences from the engine of ministack.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import secrets
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdk_personalize.local.seams import now_iso, run_reentrant, stacks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Record = dict[str, Any]

STACK = "AWS::CloudFormation::Stack"
_CUSTOM = "AWS::CloudFormation::CustomResource"
_REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."

_logger = logging.getLogger(__name__)


class Cancelled(Exception):
    """The resource was cancelled, because another resource of the stack failed."""


@dataclass
class Change:
    """The change of one resource in a stack operation, and its result."""

    logical_id: str
    resource_type: str
    before: Record | None
    """The stack's record of the resource before the operation. None for a new resource."""
    verb: str = "CREATE"
    physical_id: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    applied: dict[str, Any] = field(default_factory=dict)
    """The properties together with the tags of the stack, as the resource handler gets them."""
    applied_before: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    deferred_deletes: list[Any] = field(default_factory=list)
    dynamic: dict[str, Any] = field(default_factory=dict)
    name_seed: str = ""
    failure: str = ""
    was_sent: bool = False
    """Whether an update in place was sent to the resource handler."""

    @property
    def is_new(self) -> bool:
        """Whether the operation created the physical resource."""
        return self.before is None or self.physical_id != self.before["PhysicalResourceId"] or self.is_replaced

    @property
    def is_replaced(self) -> bool:
        """Whether the operation replaced the resource, whose predecessor still exists."""
        if self.before is None or self.failure:
            return False
        return bool(self.deferred_deletes) or self.physical_id != self.before["PhysicalResourceId"]

    @property
    def is_changed(self) -> bool:
        """Whether the resource is new or its properties changed."""
        return self.before is None or self.applied != self.applied_before

    def record(self) -> Record:
        """Return the stack's record of the resource after the change."""
        return {
            "PhysicalResourceId": self.physical_id,
            "ResourceType": self.resource_type,
            "ResourceStatus": f"{self.verb}_{'FAILED' if self.failure else 'COMPLETE'}",
            "LogicalResourceId": self.logical_id,
            "Properties": self.properties,
            "Attributes": self.attributes,
            "Timestamp": now_iso(),
            **({"ResourceStatusReason": self.failure} if self.failure else {}),
            **({"_dynamic": self.dynamic} if self.dynamic else {}),
            **({"_name_seed": self.name_seed} if self.name_seed else {}),
        }


@dataclass
class Scope:
    """Name and ID of a stack, under which events are recorded."""

    name: str
    stack_id: str

    def event(self, logical_id: str, resource_type: str, status: str, reason: str = "", physical_id: str = "") -> None:
        """Record a stack event of a resource."""
        stacks._add_event(self.stack_id, self.name, logical_id, resource_type, status, reason, physical_id)

    def stack_event(self, status: str, reason: str = "", detailed_status: str = "") -> None:
        """Record a stack event of the stack itself."""
        stacks._add_event(self.stack_id, self.name, self.name, STACK, status, reason, self.stack_id, detailed_status)


def is_custom(resource_type: str) -> bool:
    """Return whether a resource type is that of a custom resource."""
    return resource_type.startswith("Custom::") or resource_type == _CUSTOM


def invented_id(stack_name: str, logical_id: str) -> str:
    """Return a physical ID for a custom resource whose creation reported none."""
    suffix = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(12))
    return f"{stack_name}-{logical_id}-{suffix}"


async def provision(scope: Scope, change: Change, cancelled: asyncio.Event, *, retains_predecessor: bool) -> bool:
    """Create or update a resource. Return whether it succeeded.

    The result is written into the change.

    :param cancelled: set when the operation is cancelled.
    :param retains_predecessor: whether a replaced resource is retained.
    """
    if change.before is not None and not change.is_changed:
        change.physical_id = change.before["PhysicalResourceId"]
        return True
    scope.event(
        change.logical_id,
        change.resource_type,
        f"{change.verb}_IN_PROGRESS",
        physical_id=(change.before or {}).get("PhysicalResourceId", ""),
    )
    try:
        if change.before is None:
            await _create(scope, change, cancelled)
        else:
            await _update(scope, change, cancelled, retains_predecessor=retains_predecessor)
    except Cancelled:
        change.failure = f"Resource {'creation' if change.verb == 'CREATE' else 'update'} cancelled"
        _keep_physical_id(scope, change, None)
    except Exception as error:  # ministack's resource types raise errors of any class: the resource failed
        _logger.info("%s of %s failed", change.verb, change.logical_id, exc_info=True)
        change.failure = str(error)
        _keep_physical_id(scope, change, getattr(error, "physical_id", None))
    status = f"{change.verb}_{'FAILED' if change.failure else 'COMPLETE'}"
    scope.event(change.logical_id, change.resource_type, status, change.failure, change.physical_id)
    return not change.failure


def _keep_physical_id(scope: Scope, change: Change, reported: str | None) -> None:
    """Set the physical ID by which a rollback deletes or reverts a failed resource."""
    if change.before is not None:
        change.physical_id = change.before["PhysicalResourceId"]
    elif reported is not None:
        change.physical_id = reported
    elif is_custom(change.resource_type):
        change.physical_id = invented_id(scope.name, change.logical_id)


async def _create(scope: Scope, change: Change, cancelled: asyncio.Event) -> None:
    arguments = (change.resource_type, change.logical_id, change.applied, scope.name)
    (change.physical_id, change.attributes), change.name_seed = await _call(
        change.resource_type, cancelled, stacks._provision_keeping_seed, *arguments
    )


async def _update(scope: Scope, change: Change, cancelled: asyncio.Event, *, retains_predecessor: bool) -> None:
    before = change.before or {}
    old, new, physical_id = change.applied_before, change.applied, before["PhysicalResourceId"]
    error = stacks._custom_named_replacement_error(change.resource_type, old, new)
    if not error and stacks._replacing_change(change.resource_type, old, new):
        scope.event(change.logical_id, change.resource_type, "UPDATE_IN_PROGRESS", _REPLACING, physical_id)
    else:
        change.was_sent = not error
    # ministack's update handlers read these context variables. Their values apply to this task only.
    stacks._RETAIN_REPLACED.set(retains_predecessor)
    stacks._DEFERRED_PREDECESSOR_DELETES.set(change.deferred_deletes)
    stacks._NAME_SEED.set(before.get("_name_seed", ""))
    arguments = (change.resource_type, physical_id, old, new, scope.name, change.logical_id, before["Attributes"])
    (change.physical_id, change.attributes), change.name_seed = await _call(
        change.resource_type, cancelled, stacks._update_keeping_seed, *arguments
    )


async def _call(resource_type: str, cancelled: asyncio.Event, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a resource handler of ministack.

    :raises Cancelled: if the operation is cancelled during the call for a custom resource.
    """
    if not stacks._runs_on_worker_thread(resource_type):
        return function(*arguments)
    work = asyncio.ensure_future(run_reentrant(function, *arguments))
    if not is_custom(resource_type):
        return await work
    stop = asyncio.ensure_future(cancelled.wait())
    await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if not work.done():
        work.add_done_callback(
            lambda done: done.exception()
        )  # nothing awaits the call any more; this retrieves its exception, so that asyncio logs no warning
        raise Cancelled
    return work.result()


async def revert(scope: Scope, change: Change) -> bool:
    """Revert an update in place, by an update to the previous properties.

    :return: whether it succeeded.
    """
    logical_id, resource_type, physical_id = change.logical_id, change.resource_type, change.physical_id
    if change.failure and not (change.was_sent and is_custom(resource_type)):
        scope.event(logical_id, resource_type, "UPDATE_COMPLETE", physical_id=physical_id)
        return True
    scope.event(logical_id, resource_type, "UPDATE_IN_PROGRESS", physical_id=physical_id)
    before = change.before or {}
    stacks._NAME_SEED.set(before.get("_name_seed", ""))
    arguments = (change.applied, change.applied_before, scope.name, logical_id, change.attributes)
    try:
        answer = await _call(
            resource_type, asyncio.Event(), stacks._update_resource, resource_type, physical_id, *arguments
        )
    except Exception as error:  # a resource type of ministack: its failure must not end the rollback of the others
        scope.event(logical_id, resource_type, "UPDATE_FAILED", str(error), physical_id)
        return False
    before["PhysicalResourceId"], attributes = answer
    before["Attributes"] = {**before["Attributes"], **(attributes or {})}
    before["ResourceStatus"], before["Timestamp"] = "UPDATE_COMPLETE", now_iso()
    scope.event(logical_id, resource_type, "UPDATE_COMPLETE", physical_id=before["PhysicalResourceId"])
    return True


async def remove(scope: Scope, record: Record, policy: str) -> str:
    """Delete a resource, unless its policy retains it.

    :param policy: the DeletionPolicy or UpdateReplacePolicy that applies.
    :return: the failure reason, or an empty string.
    """
    logical_id, resource_type = record["LogicalResourceId"], record["ResourceType"]
    physical_id = record["PhysicalResourceId"]
    if policy in stacks._RETAINING_POLICIES:
        scope.event(logical_id, resource_type, "DELETE_SKIPPED", physical_id=physical_id)
        return ""
    scope.event(logical_id, resource_type, "DELETE_IN_PROGRESS", physical_id=physical_id)
    properties = copy.deepcopy(record["Properties"])
    try:
        if policy == "Snapshot":
            stacks._snapshot_resource(resource_type, physical_id, properties)
        if physical_id:  # without a physical ID, nothing was created
            arguments = (resource_type, physical_id, properties, scope.name, logical_id)
            await _call(resource_type, asyncio.Event(), stacks._delete_resource, *arguments)
    except Exception as error:  # a resource type of ministack: its failure must not end the deletion of the others
        _logger.info("deletion of %s failed", logical_id, exc_info=True)
        scope.event(logical_id, resource_type, "DELETE_FAILED", str(error), physical_id)
        return str(error) or type(error).__name__
    scope.event(logical_id, resource_type, "DELETE_COMPLETE", physical_id=physical_id)
    return ""


def predecessor(change: Change) -> Mapping[str, Any]:
    """Return the stack's record of the resource before the change."""
    return {"LogicalResourceId": change.logical_id, **(change.before or {})}
