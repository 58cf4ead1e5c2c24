"""Rollback of a stack, in each way that CloudFormation may roll back.

CloudFormation does not document the physical ID in the Update event of a rollback. `rollback_id` in the configuration
selects the behavior: R1 is the ID from before the operation, and R2 the ID that was reported last. With R3, a resource
whose properties are the same as before gets no event.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.simulation.deployment import Deployment, TouchedResource
from conformance.simulation.operation import ResourceOperation
from conformance.simulation.stack_state import DATA_KINDS, AttributeMissing, DeployedResource, deletion_item

if TYPE_CHECKING:
    from conformance.simulation.deployment import Process
    from conformance.simulation.template import AppTemplate, Declaration


@dataclass
class PendingRollback:
    """The remaining work of a rollback, with which a second attempt continues."""

    template: AppTemplate
    before: dict[str, DeployedResource]
    touched: dict[str, TouchedResource]
    new: list[str]
    done: set[str] = field(default_factory=set)
    spare: list[dict[str, Any]] = field(default_factory=list)
    """Replacements, which the rollback deletes at its end."""

    def keep_spare(self, touched: TouchedResource, before: DeployedResource) -> None:
        """Add the replacements of a resource to those that are deleted at the end."""
        for made in [*touched.ids, touched.new_id]:
            if made and made != before.physical and made not in [each["physical"] for each in self.spare]:
                self.spare.append(deletion_item(touched.declaration, touched.operation.props, made))


class Rollback(Deployment):
    """The rollback of a stack update."""

    pending: PendingRollback | None = None
    debts: list[dict[str, Any]]
    """Physical IDs that a failed operation did not delete. The next clean-up deletes them."""
    stable: tuple[AppTemplate, dict[str, DeployedResource]] | None = None
    """Template and resources after the last successful operation."""
    since_stable: dict[str, TouchedResource]

    def settle(self) -> None:
        """Record the current template and resources as the last stable state."""
        self.stable = (self.template, dict(self.resources))
        self.since_stable = {}
        self.kept = set()
        for live in self.resources.values():
            live.known_good = self.account.made.get(live.physical)
            declaration = live.declaration
            if declaration.policy.startswith("Retain") and declaration.kind in DATA_KINDS and not declaration.link:
                self.kept.add(live.physical)

    def owed(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the debts that are neither resources of the stack nor among the items."""
        known = {live.physical for live in self.resources.values()} | {item["physical"] for item in items}
        found = {debt["physical"]: debt for debt in reversed(self.debts) if debt["physical"] not in known}
        return list(reversed(found.values()))

    def roll_back(self) -> Process:
        """Roll back, or continue a failed rollback. Return False: the update failed."""
        pending = self.pending
        self.current, self.interrupt = {}, None
        failed = yield from self.walk(pending.template, self._bring_back, can_stop=True, cancels=False)
        if failed:
            self.note("UPDATE_ROLLBACK_FAILED", reason=f"{failed}")
            return False
        self.note("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        items = list(pending.spare)
        for logical in pending.new:
            live = self.resources.pop(logical, None)
            if live is not None:
                items.append(live.item())
        self.resources = {logical: live for logical, live in self.resources.items() if logical in pending.template}
        left = yield from self.delete_all([*items, *self.owed(items)], "cleanup", tries=3, rolls_back_create=True)
        self.debts = []
        self.account.lost |= {item["physical"] for item in left}
        self.pending, self.template = None, pending.template
        self.settle()
        self.note("UPDATE_ROLLBACK_COMPLETE")
        return False

    def _bring_back(self, declaration: Declaration) -> Process:
        account, pending, logical = self.account, self.pending, declaration.logical
        touched, before = pending.touched.get(logical), pending.before.get(logical)
        if logical in pending.done or before is None:
            return True
        if touched is None:
            self.resources[logical] = before
        yield 0.3 + 3 * account.draw("start", self.id, self.turn, self.phase, logical)
        try:
            request, props = self.properties(declaration)
        except AttributeMissing as missing:
            account.violate("attribute-missing", f"{logical}: {missing}")
            return False
        if touched is None and (before.props == props or account.cfg["rollback_reach"] == "touched"):
            return True
        physical = before.physical
        if touched and touched.new_id and touched.new_id != physical:
            pending.keep_spare(touched, before)
            if account.cfg["rollback_id"] == "R2":
                physical = touched.new_id
            if account.cfg["rollback_id"] == "R3" and before.props == props:
                self._finish(declaration, self.as_before(before))
                return True
        attempted = touched.operation.props if touched else before.props
        self.note_resource("UPDATE_IN_PROGRESS", declaration, physical)
        yield 0.1 + account.draw("dispatch", self.id, self.turn, logical)
        operation = ResourceOperation(
            self, declaration, "Update", props, request, physical=physical, old_props=attempted, phase="rollback"
        )
        self.current[logical] = operation
        body = yield operation.send()
        if body["Status"] == "FAILED":
            self.note_resource("UPDATE_FAILED", declaration, body["PhysicalResourceId"], body["Reason"][:120])
            return False
        self._accept(declaration, operation, body)
        return True

    def _accept(self, declaration: Declaration, operation: ResourceOperation, body: dict[str, Any]) -> None:
        """Record the response to the Update event of the rollback.

        If the physical ID changed, the previous one is deleted at the end.
        """
        before = self.pending.before[declaration.logical]
        fresh = self.as_before(before)
        fresh.physical, fresh.data = body["PhysicalResourceId"], body["Data"]
        fresh.props, fresh.request = operation.props, operation.request
        if fresh.physical != before.physical:
            self.pending.spare.append(deletion_item(declaration, before.props, before.physical))
        self.pending.spare = [each for each in self.pending.spare if each["physical"] != fresh.physical]
        self._finish(declaration, fresh)

    def _finish(self, declaration: Declaration, fresh: DeployedResource) -> None:
        self.note_resource("UPDATE_COMPLETE", declaration, fresh.physical)
        self.pending.done.add(declaration.logical)
