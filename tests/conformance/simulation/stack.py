"""A simulated stack, with the operations that users start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.simulation.deployment import BY_USER
from conformance.simulation.rollback import PendingRollback, Rollback
from conformance.simulation.stack_state import deletion_item
from conformance.simulation.template import AppTemplate

if TYPE_CHECKING:
    from conformance.simulation.account import SimulatedAccount
    from conformance.simulation.deployment import Process
    from conformance.simulation.stack_state import DeployedResource

_USER = "User Initiated"


class SimulatedStack(Rollback):
    """A stack. Each operation is a process that returns whether it succeeded."""

    def __init__(self, account: SimulatedAccount, name: str, number: int) -> None:
        super().__init__(account, name, number)
        self.debts, self.since_stable, self.touched = [], {}, {}

    def create(self, template: AppTemplate, *, keep_going: bool = False) -> Process:
        """Create the stack.

        :param keep_going: the option `--no-rollback`.
        """
        self.turn += 1
        self.note("REVIEW_IN_PROGRESS", reason=_USER)
        yield 2 + 3 * self.account.draw("review", self.id)
        self.note("CREATE_IN_PROGRESS", reason=_USER)
        yield self.account.cfg["lead"]
        failed = yield from self.forward(template, keep_going=keep_going)
        self.template = template
        if not failed:
            self.settle()
            self.note("CREATE_COMPLETE")
            return True
        if keep_going and BY_USER not in failed:
            self.note("CREATE_FAILED")
            return False
        yield 0.5
        if self.interrupt is not None and self.interrupt.fired and self.interrupt.value == "delete":
            self.interrupt = None
            return (yield from self.delete())
        yield from self._roll_back_create(f"The following resource(s) failed to create: {failed}", [])
        return False

    def _roll_back_create(self, reason: str, owed: list[dict[str, Any]]) -> Process:
        self.note("ROLLBACK_IN_PROGRESS", reason=reason)
        left = yield from self.delete_all([*self.items(), *owed], "delete", rolls_back_create=True)
        self.debts = []
        self._forget_deleted(left)
        self.note("ROLLBACK_FAILED" if left else "ROLLBACK_COMPLETE")
        return not left

    def _forget_deleted(self, left: list[dict[str, Any]]) -> None:
        stays = {item["logical"] for item in left}
        self.resources = {logical: live for logical, live in self.resources.items() if logical in stays}

    def delete(self) -> Process:
        """Delete the stack."""
        self.turn += 1
        yield 0.5
        self.note("DELETE_IN_PROGRESS", reason=_USER)
        yield 0.5 + self.account.draw("lead", self.id, self.turn)
        items = [*self.items(), *(self.pending.spare if self.pending else [])]
        left = yield from self.delete_all([*items, *self.owed(items)], "delete")
        self.pending, self.debts = None, []
        self._forget_deleted(left)
        self.note("DELETE_FAILED" if left else "DELETE_COMPLETE")
        return not left

    def update(self, template: AppTemplate, *, keep_going: bool = False) -> Process:
        """Update the stack.

        :param keep_going: the option `--no-rollback`.
        """
        self.turn += 1
        old_template, before = self.template, dict(self.resources)
        self.note("UPDATE_IN_PROGRESS", reason=_USER)
        yield self.account.cfg["lead"]
        failed = yield from self.forward(template, keep_going=keep_going)
        if failed and keep_going and BY_USER not in failed:
            self._keep_failed_update()
            self.template = AppTemplate({**old_template, **template})
            self.note("UPDATE_FAILED")
            return False
        if failed:
            yield 0.5 + self.account.draw("roll", self.id, self.turn)
            self.note("UPDATE_ROLLBACK_IN_PROGRESS", reason=f"The following resource(s) failed: {failed}")
            new = [logical for logical in self.touched if logical not in before]
            self.pending = PendingRollback(old_template, before, dict(self.touched), new)
            return (yield from self.roll_back())
        self.template = template
        self.note("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self.settle()
        items = self._predecessors(template, before)
        left = yield from self.delete_all([*items, *self.owed(items)], "cleanup", tries=3)
        self.debts = []
        self.account.lost |= {item["physical"] for item in left}
        self.note("UPDATE_COMPLETE")
        return True

    def _keep_failed_update(self) -> None:
        """Record a failed update without a rollback.

        Successful changes stay. A failed resource has its last stable state, as in CloudFormation.
        """
        for logical, touched in self.touched.items():
            old = touched.old
            if old is not None and not touched.ok:
                self.resources[logical].ok = False
                # The old properties in the next event differ from the configuration of the resource.
                self.account.murky.add((self.id, logical))
            if old is not None and touched.new_id and touched.new_id != old.physical:
                if touched.ok:
                    debt = deletion_item(old.declaration, old.props, old.physical)
                else:
                    debt = deletion_item(touched.declaration, touched.operation.props, touched.new_id)
                self.debts.append(debt)
            earlier = self.since_stable.get(logical)
            touched.ids = [*(earlier.ids if earlier else []), touched.new_id]
            self.since_stable[logical] = touched

    def _predecessors(self, template: AppTemplate, before: dict[str, DeployedResource]) -> list[dict[str, Any]]:
        """Return the resources that the clean-up of an update deletes.

        They were replaced, or are not in the template any more.
        """
        items = []
        for logical, touched in self.touched.items():
            old = touched.old
            if old is not None and old.physical != self.resources[logical].physical:
                items.append(deletion_item(old.declaration, old.props, old.physical))
        for logical, live in before.items():
            if logical not in template:
                items.append(live.item())
                self.resources.pop(logical, None)
        return items

    def rollback_stack(self) -> Process:
        """Roll back to the last stable state, as the operation RollbackStack does.

        The last operation failed without a rollback.
        """
        self.turn += 1
        if self.stable is None:
            return (yield from self._roll_back_create(_USER, self.owed([])))
        self.note("UPDATE_ROLLBACK_IN_PROGRESS", reason=_USER)
        yield 1
        template, before = self.stable
        new = [logical for logical in self.resources if logical not in before]
        self.pending = PendingRollback(template, before, dict(self.since_stable), new)
        return (yield from self.roll_back())

    def continue_rollback(self) -> Process:
        """Continue a failed rollback, as the operation ContinueUpdateRollback does."""
        if self.pending is None:
            return True
        self.turn += 1
        self.note("UPDATE_ROLLBACK_IN_PROGRESS", reason=_USER)
        yield 1
        return (yield from self.roll_back())
