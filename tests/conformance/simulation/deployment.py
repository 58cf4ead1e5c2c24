"""Parallel creation, update and deletion of the resources of a simulated stack."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.simulation.kernel import Signal
from conformance.simulation.operation import ResourceOperation
from conformance.simulation.stack_state import AttributeMissing, DeployedResource, StackState

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from conformance.simulation.template import AppTemplate, Declaration

    Process = Generator[Any, Any, Any]

BY_USER = "(user)"
"""Placeholder among the failed resources, if the user cancelled the operation."""
_REASON_LENGTH = 120


@dataclass
class TouchedResource:
    """The change of a resource in a stack operation."""

    operation: ResourceOperation
    old: DeployedResource | None
    declaration: Declaration
    new_id: str | None = None
    ok: bool = False
    ids: list[str | None] = field(default_factory=list)
    """Physical IDs that successive operations without a rollback reported."""


class Deployment(StackState):
    """Stack operations that create, update and delete resources in dependency order."""

    current: dict[str, ResourceOperation]
    touched: dict[str, TouchedResource]
    unstarted: set[str]

    def walk(
        self, template: AppTemplate, start: Callable[[Declaration], Process], *, can_stop: bool, cancels: bool
    ) -> Process:
        """Run `start` for each resource when its dependencies are complete.

        :param can_stop: whether no further resource is started after a failure.
        :param cancels: whether a failure cancels the resources in progress.
        :return: the logical IDs of the failed resources.
        """
        waiting, running = dict(template), {}
        good: set[str] = set()
        failed: list[str] = []
        stopped = False
        while True:
            for logical, declaration in list(waiting.items()):
                if not stopped and declaration.deps & template.keys() <= good:
                    del waiting[logical]
                    running[logical] = self.kernel.spawn(start(declaration))
            if not running:
                return failed
            yield self._any_of(running, watches_user=not stopped)
            for logical in [each for each, signal in running.items() if signal.fired]:
                if running.pop(logical).value:
                    good.add(logical)
                else:
                    failed.append(logical)
            interrupted = self.interrupt is not None and self.interrupt.fired
            if not stopped and (interrupted or (failed and can_stop)):
                stopped = True
                if interrupted:
                    failed.append(BY_USER)
                if interrupted or (cancels and self.account.cfg["cancel"] == "cancel"):
                    yield from self._cancel(list(running))

    def _any_of(self, running: dict[Any, Signal], *, watches_user: bool = False) -> Signal:
        """Return a signal that fires when one of the running processes ends.

        :param watches_user: whether it also fires when the user interrupts the operation.
        """
        wake = Signal(self.kernel)
        signals = [*running.values(), *([self.interrupt] if watches_user and self.interrupt is not None else [])]
        for signal in signals:
            signal.when(wake.fire)
        return wake

    def _cancel(self, logicals: list[str]) -> Process:
        yield 0.3 + 2 * self.account.draw("cancel", self.id, self.phase)
        for logical in logicals:
            operation = self.current.get(logical)
            if operation is None:
                self.unstarted.add(logical)
            else:
                operation.cancel()

    def forward(self, template: AppTemplate, *, keep_going: bool) -> Process:
        """Create and update the resources of a template. Return the failed logical IDs."""
        self.current, self.touched, self.unstarted, self.size = {}, {}, set(), len(template)
        return (yield from self.walk(template, self._bring_forward, can_stop=not keep_going, cancels=True))

    def _bring_forward(self, declaration: Declaration) -> Process:
        logical = declaration.logical
        yield 0.3 + 3 * self.account.draw("start", self.id, self.turn, self.phase, logical)
        if logical in self.unstarted:
            return False
        if not (yield from self._delete_failed_creation(logical)):
            return False
        live = self.resources.get(logical)
        try:
            request, props = self.properties(declaration)
        except AttributeMissing as missing:
            self.account.violate("attribute-missing", f"{logical}: {missing}")
            return False
        if live is not None and live.props == props and live.ok:
            fresh = self.resources[logical] = copy.copy(live)
            fresh.declaration = declaration
            return True
        what, physical = ("Update", live.physical) if live else ("Create", None)
        self.note_resource(f"{what.upper()}_IN_PROGRESS", declaration, physical or "")
        yield 0.1 + self.account.draw("dispatch", self.id, self.turn, logical)
        if logical in self.unstarted:
            return False
        old_props = live.props if live else None
        operation = ResourceOperation(self, declaration, what, props, request, physical=physical, old_props=old_props)
        self.current[logical] = operation
        touched = self.touched[logical] = TouchedResource(operation, live, declaration)
        body = yield operation.send()
        yield 0.1
        return self._record(touched, body)

    def _delete_failed_creation(self, logical: str) -> Process:
        """Delete a resource whose creation failed and was not rolled back.

        :return: whether a new creation can start.
        """
        live = self.resources.get(logical)
        if live is None or live.ok or not live.creation_failed:
            return True
        deleted = yield from self.delete_resource(live.item(), "delete")
        if deleted:
            del self.resources[logical]
        return deleted

    def _record(self, touched: TouchedResource, body: dict[str, Any] | None) -> bool:
        """Record the result of a creation or update. Return whether it succeeded."""
        operation, declaration, live = touched.operation, touched.declaration, touched.old
        logical, what = declaration.logical, operation.type.upper()
        touched.new_id = body["PhysicalResourceId"] if body else None
        touched.ok = body is not None and body["Status"] == "SUCCESS"
        if live is None or touched.ok:
            fresh = self.resources[logical] = DeployedResource(
                logical,
                declaration,
                touched.new_id or self.invent(logical),
                operation.props,
                operation.request,
                data=body["Data"] if touched.ok else {},
                tags=declaration.tags,
                ok=touched.ok,
                creation_failed=not touched.ok,
                known_good=live.known_good if live else None,
            )
        if touched.ok:
            self.note_resource(f"{what}_COMPLETE", declaration, fresh.physical)
        else:
            verb = "creation" if live is None else "update"
            reason = body["Reason"][:_REASON_LENGTH] if body else f"Resource {verb} cancelled"
            self.note_resource(f"{what}_FAILED", declaration, touched.new_id or "", reason)
        return touched.ok

    def delete_resource(self, item: dict[str, Any], phase: str, tries: int = 1) -> Process:
        """Delete a resource. Return whether it was deleted."""
        declaration, physical = item["declaration"], item["physical"]
        for attempt in range(tries):
            yield 0.3 + 3 * self.account.draw("remove", self.id, self.turn, self.phase, declaration.logical, attempt)
            self.note_resource("DELETE_IN_PROGRESS", declaration, physical)
            operation = ResourceOperation(self, declaration, "Delete", item["props"], physical=physical, phase=phase)
            body = yield operation.send()
            if body["Status"] == "SUCCESS":
                self.note_resource("DELETE_COMPLETE", declaration, physical)
                return True
            self.note_resource("DELETE_FAILED", declaration, physical, body["Reason"][:_REASON_LENGTH])
        return False

    def delete_all(
        self, items: list[dict[str, Any]], phase: str, *, tries: int = 1, rolls_back_create: bool = False
    ) -> Process:
        """Delete resources, dependents first. Return the items that could not be deleted."""
        dependents = {
            index: {
                other
                for other, candidate in enumerate(items)
                if other != index and item["logical"] in candidate["declaration"].deps
            }
            for index, item in enumerate(items)
        }
        waiting, running = set(dependents), {}
        deleted: set[int] = set()
        left: list[dict[str, Any]] = []
        while True:
            for index in sorted(waiting):
                if dependents[index] <= deleted:
                    waiting.discard(index)
                    process = self._delete_by_policy(items[index], phase, tries, rolls_back_create=rolls_back_create)
                    running[index] = self.kernel.spawn(process)
            if not running:
                return [*left, *(items[index] for index in waiting)]
            yield self._any_of(running)
            for index in [each for each, signal in running.items() if signal.fired]:
                if running.pop(index).value:
                    deleted.add(index)
                else:
                    left.append(items[index])

    def _delete_by_policy(self, item: dict[str, Any], phase: str, tries: int, *, rolls_back_create: bool) -> Process:
        policy = item["declaration"].policy
        if policy != "Retain" and (policy != "RetainExceptOnCreate" or rolls_back_create):
            return (yield from self.delete_resource(item, phase, tries))
        yield 0.2
        self.note_resource("DELETE_SKIPPED", item["declaration"], item["physical"])
        self.account.retained.add(item["physical"])
        if not item["physical"].startswith("arn:"):
            self.account.retained_logicals.add((self.id, item["logical"]))
        return True

    def items(self) -> list[dict[str, Any]]:
        """Return the resources of the stack as items to delete."""
        return [live.item() for live in self.resources.values()]
