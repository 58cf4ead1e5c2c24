"""A random schedule of deployments, interruptions and recoveries by users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.simulation.account import SimulatedAccount
from conformance.simulation.catalogue import MUTABLE, lower_first
from conformance.simulation.data_shapes import SHAPES_BY_NAME
from conformance.simulation.draws import pick
from conformance.simulation.invariants import come_to_rest
from conformance.simulation.judgement import changed_properties
from conformance.simulation.kernel import Signal
from conformance.simulation.out_of_band import OutOfBand
from conformance.simulation.stack import SimulatedStack
from conformance.simulation.surroundings import prepare
from conformance.simulation.trace import short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.simulation.deployment import Process

_MAX_VIOLATIONS = 8
_DATA_KINDS = ("DatasetGroup", "Schema", "Dataset", "Solution")
_ENDED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED")
"""Statuses in which a stack can only be deleted."""
_FAILED = ("CREATE_FAILED", "UPDATE_FAILED")


class DeploymentSchedule:
    """The stacks of one seed, from their creation to their deletion."""

    def __init__(
        self, seed: int, cfg: dict[str, Any], *, verbose: bool = False, suppressed: Iterable[str] = ()
    ) -> None:
        self.account = SimulatedAccount(seed, cfg, verbose=verbose, suppressed=suppressed)
        self.cfg, self.seed, self.kernel = cfg, seed, self.account.kernel
        prepare(self.account, cfg["shapes"])
        self._shapes = [
            SHAPES_BY_NAME[name](self.account, f"{'AB'[number]}{seed % 97}", number)
            for number, name in enumerate(cfg["shapes"])
        ]
        self._params = [shape.initial() for shape in self._shapes]
        self.stacks: list[SimulatedStack | None] = [None] * len(self._shapes)
        self._numbers = [0] * len(self._shapes)
        self._history: list[list[dict[str, Any]]] = [[] for _ in self._shapes]
        self._out_of_band = OutOfBand(self.account, self.stacks)

    def run(self) -> None:
        """Run the schedule to its end."""
        main = self.kernel.spawn(self._main())
        try:
            self.kernel.run(until=lambda: main.fired)
            if not main.fired:
                self.account.violate("stuck-simulation", "nothing is left to happen")
        finally:
            self.kernel.close()

    def _main(self) -> Process:
        account = self.account
        for number in range(self.cfg["rounds"]):
            account.calm = False
            self._plan_outage(number)
            jobs = [self.kernel.spawn(self._turn(n, number)) for n in range(len(self._shapes))]
            yield from [*jobs, self.kernel.spawn(self._out_of_band.act(number))]
            yield from self._rest(f"round {number}")
            if len(account.violations) > _MAX_VIOLATIONS:
                break
        account.calm = True
        for n in range(len(self._shapes)):
            yield from self._recover(n)
        yield from self._rest("end")
        for stack in self.stacks:
            if stack is not None and stack.status != "DELETE_COMPLETE":
                yield from self._delete(stack, 2)
        yield from self._rest("after deletion")

    def _plan_outage(self, number: int) -> None:
        account, cfg, seed = self.account, self.cfg, self.seed
        account.outages = []
        if account.draw("outage", number) >= cfg["p_outage"]:
            return
        soon = bool(cfg.get("outage_soon"))
        begin = self.kernel.now + (60 if soon else 400) * account.draw("outbegin", number)
        if cfg.get("outage_at"):
            begin = self.kernel.now + cfg["outage_at"] + 90 * account.draw("outbegin", number)
        length = pick([30, 60, 100] if soon else [30, 100, 200, 600], seed, "outlen", number)
        what = pick(["personalize", "personalize", "cloudformation", "all"], seed, "outwhat", number)
        style = cfg.get("outage_style") or pick(["throttle", "conn", "5xx"], seed, "outstyle", number)
        account.outages.append((begin, begin + length, what, style))
        account.say(f"== outage {account.outages} ==")

    def _rest(self, where: str) -> Process:
        yield from come_to_rest(self.account, where)
        self.account.say(f"== {where}: {[(stack.name, stack.status) for stack in self.stacks if stack]} ==")
        calm, self.account.calm = self.account.calm, True
        yield 60 + 100000 * self.account.draw("pause", where)
        self.account.calm = calm

    def _turn(self, n: int, number: int) -> Process:
        """Deploy or delete one stack."""
        account, cfg = self.account, self.cfg
        yield 30 * account.draw("begin", n, number)
        stack = self.stacks[n]
        exists = stack is not None and stack.status != "DELETE_COMPLETE"
        destroys = account.draw("destroy", n, number) < cfg["p_destroy"]
        if exists and destroys and f"destroy{n}.{number}" not in account.suppressed:
            account.say(f"== {stack.name}: destroy ==")
            stack.meddled = set(self._out_of_band.meddled.get(n, ()))
            if not (yield self.kernel.spawn(stack.delete())):
                yield from self._recover(n)
            return
        is_complete = exists and stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        repeats = self._history[n] and account.draw("again", n, number) < cfg["retry"] and not is_complete
        params = self._history[n][-1] if repeats else self._shapes[n].mutate(self._params[n], number)
        self._history[n].append(params)
        keeps = account.draw("keep", n, number) < cfg["p_keep"] and f"keep{n}.{number}" not in account.suppressed
        yield from self._deploy(n, params, number, keeps=keeps)

    def _deploy(self, n: int, params: dict[str, Any], number: int, *, keeps: bool) -> Process:
        account, shape = self.account, self._shapes[n]
        template = shape.template(params)
        if not (yield from self._make_deployable(n, number)):
            return
        stack = self.stacks[n]
        # CloudFormation cannot roll back after an earlier failure that was not rolled back.
        keeps = keeps or (stack is not None and stack.status in _FAILED)
        creates = stack is None or stack.status == "DELETE_COMPLETE"
        if creates:
            self._numbers[n] += 1
            stack = self.stacks[n] = SimulatedStack(account, shape.stack_name, self._numbers[n])
        stack.meddled = set(self._out_of_band.meddled.get(n, ()))
        self._plan_interrupt(stack, n, number, creates=creates)
        tail = ", no rollback" if keeps else ""
        account.say(f"== {stack.name}: deploy ({'create' if creates else 'update'}{tail}) ==")
        operation = stack.create if creates else stack.update
        succeeded = yield self.kernel.spawn(operation(template, keep_going=keeps))
        stack.interrupt = None
        if succeeded:
            self._params[n] = params
            self._forget_drift(stack)

    def _make_deployable(self, n: int, number: int) -> Process:
        """Delete or roll back a stack whose status does not allow a deployment.

        :return: whether a deployment is possible now.
        """
        stack = self.stacks[n]
        if stack is not None and stack.status in _ENDED:
            yield from self._delete_ended(stack)
        if stack is not None and stack.status == "UPDATE_ROLLBACK_FAILED":
            yield from self._recover(n)
            if stack.status == "UPDATE_ROLLBACK_FAILED":
                return False
        rolls_back = self.account.draw("rollfirst", n, number) < 0.4
        if stack is not None and stack.status in _FAILED and rolls_back:
            yield self.kernel.spawn(stack.rollback_stack())
            if stack.status in _ENDED:
                yield from self._delete_ended(stack)
            if stack.status == "UPDATE_ROLLBACK_FAILED":
                return False
        return True

    def _plan_interrupt(self, stack: SimulatedStack, n: int, number: int, *, creates: bool) -> None:
        """Schedule a cancellation of the update, or a deletion during the creation."""
        account, stack.interrupt = self.account, None
        happens = account.draw("interrupt", n, number) < self.cfg["p_interrupt"]
        if stack.status in _FAILED or not happens or f"interrupt{n}.{number}" in account.suppressed:
            return
        signal = stack.interrupt = Signal(self.kernel)
        what = "delete" if creates and account.draw("intkind", n, number) < 0.6 else "cancel"

        def interrupt() -> None:
            if stack.interrupt is signal:
                account.say(f"== {stack.name}: user: {what} ==")
                signal.fire(what)

        self.kernel.after(pick([3, 8, 20, 45, 100, 200, 400], self.seed, "intat", n, number), interrupt)

    def _forget_drift(self, stack: SimulatedStack) -> None:
        """Remove the drift that a successful update has overwritten from the records."""
        for touched in stack.touched.values():
            operation = touched.operation
            if not touched.ok:
                continue
            changed = {
                lower_first(name)
                for name in changed_properties(operation.props, operation.old_props or operation.props)
            }
            if changed & MUTABLE.get(operation.kind, frozenset()):
                self.account.drift.discard((operation.kind, stack.resources[operation.logical].physical))
            self.account.tolerated.discard((stack.id, operation.logical))

    def _delete(self, stack: SimulatedStack, tries: int) -> Process:
        for _ in range(tries):
            if (yield self.kernel.spawn(stack.delete())):
                return
        self._report_undeletable(stack)

    def _delete_ended(self, stack: SimulatedStack) -> Process:
        """Delete a stack: three attempts with faults, and one without."""
        account = self.account
        for _ in range(3):
            if (yield self.kernel.spawn(stack.delete())):
                return
        calm, account.calm = account.calm, True
        yield from self._delete(stack, 0 if calm else 1)
        account.calm = calm

    def _report_undeletable(self, stack: SimulatedStack, what: str = "cannot-be-deleted") -> None:
        """Record that a stack could not be deleted as a violation.

        It is no violation if resources that CloudFormation left keep their dataset group from being deleted.
        """
        left = {live.physical for live in stack.resources.values()}
        data = {live.physical for live in stack.resources.values() if live.declaration.kind in _DATA_KINDS}
        kept = self.account.retained | self.account.lost
        if data and left <= data and kept & self.account.existing().keys():
            return
        self.account.violate(what, f"{stack.name} is {stack.status}, left {[short(each) for each in left]}")

    def _recover(self, n: int) -> Process:
        """Recover a failed stack, as the documentation of CloudFormation recommends."""
        stack = self.stacks[n]
        if stack is None:
            return
        for attempt in range(4):
            if stack.status == "UPDATE_ROLLBACK_FAILED":
                process = stack.continue_rollback()
            elif stack.status in _ENDED:
                process = stack.delete()
            elif stack.status in _FAILED and attempt:
                process = stack.rollback_stack()
            elif stack.status in _FAILED:
                process = stack.update(stack.template, keep_going=True)
            else:
                return
            retries_update = stack.status in _FAILED and not attempt
            yield 60
            if (yield self.kernel.spawn(process)) and retries_update:
                self._forget_drift(stack)
        if self.account.calm:
            self._report_undeletable(stack, "unrecoverable")
