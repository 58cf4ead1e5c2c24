"""Schedules that a test writes step by step, with faults at chosen points."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.simulation.account import SimulatedAccount
from conformance.simulation.configuration import CALM
from conformance.simulation.invariants import come_to_rest
from conformance.simulation.kernel import Signal
from conformance.simulation.runtime import simulated_runtime
from conformance.simulation.stack import SimulatedStack
from conformance.simulation.surroundings import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.simulation.deployment import Process
    from conformance.simulation.template import AppTemplate

_SEED = 7
_ALWAYS = 999
_STATUSES = re.compile(r"-> (.*)")


class Story:
    """A simulated account in which a test deploys stacks and injects faults."""

    def __init__(self, shapes: Iterable[str] = ("campaigns",), **overrides: Any) -> None:
        shapes = list(shapes)
        cfg = {**CALM, "mode": "story", "shapes": shapes, **overrides}
        self.account = account = SimulatedAccount(_SEED, cfg, verbose=True)
        self.kernel = account.kernel
        prepare(account, shapes)
        account.calm = False
        self._durations: list[tuple[str, float]] = []
        self._draws: dict[tuple[str, ...], float] = {}
        self._calls: list[tuple[str, Callable[[], None]]] = []
        self._replace_draws()
        self._replace_durations()
        self._watch_calls()

    def _replace_draws(self) -> None:
        draw = self.account.draw

        def replaced(*key: object) -> float:
            fixed = [value for start, value in self._draws.items() if key[: len(start)] == start]
            return fixed[-1] if fixed else draw(*key)

        self.account.draw = replaced

    def _replace_durations(self) -> None:
        changes = self.account.services.personalize.changes
        duration = changes.duration

        def replaced(kind: str, key: str) -> float:
            fixed = [seconds for pattern, seconds in self._durations if re.search(pattern, key)]
            return fixed[0] if fixed else duration(kind, key)

        changes.duration = replaced

    def _watch_calls(self) -> None:
        inject = self.account.inject

        def watched(kind: str, key: str, probability: float) -> bool:
            for call in [each for each in self._calls if kind == "slow" and re.search(each[0], key)]:
                self._calls.remove(call)
                call[1]()
            return inject(kind, key, probability)

        self.account.inject = watched

    def stack(self, name: str) -> SimulatedStack:
        """Return a new stack."""
        return SimulatedStack(self.account, name, 1)

    def force(self, kind: str, pattern: str, times: int = 1) -> None:
        """Inject a fault into calls and operations whose keys match a pattern.

        :param times: how many times the fault is injected.
        """
        self.account.forced.append([kind, pattern, times])

    def force_always(self, kind: str, pattern: str) -> None:
        """Inject a fault into each call and operation whose key matches a pattern."""
        self.force(kind, pattern, _ALWAYS)

    def fix(self, *key: str, value: float) -> None:
        """Replace the random numbers whose keys begin with `key` with a value."""
        self._draws[key] = value

    def set_duration(self, pattern: str, seconds: float) -> None:
        """Set the duration of creations and updates whose keys match a pattern."""
        self._durations.append((pattern, seconds))

    def at_call(self, pattern: str, action: Callable[[], None]) -> None:
        """Run an action when the first call whose key matches a pattern begins."""
        self._calls.append((pattern, action))

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Run an action after simulated seconds."""
        self.kernel.after(seconds, lambda: action() and None)

    def interruption(self, stack: SimulatedStack, what: str = "cancel") -> Callable[[], None]:
        """Return an action of the user that interrupts the next operation of a stack.

        :param what: "cancel" for the operation, or "delete" for the stack.
        """
        signal = stack.interrupt = Signal(self.kernel)
        return lambda: signal.fire(what)

    def _faults(self) -> set[tuple[str, str]]:
        return {(kind, pattern) for kind, pattern, _ in self.account.forced}

    def _happened(self) -> Iterator[tuple[str, str]]:
        for fault in self._faults():
            injected = (name.partition("@") for name in self.account.injected)
            if any(kind == fault[0] and re.search(fault[1], key) for kind, _, key in injected):
                yield fault

    def create(self, stack: SimulatedStack, template: AppTemplate, *, keep_going: bool = False) -> Process:
        return self._operate(stack, stack.create(template, keep_going=keep_going))

    def update(self, stack: SimulatedStack, template: AppTemplate, *, keep_going: bool = False) -> Process:
        return self._operate(stack, stack.update(template, keep_going=keep_going))

    def delete(self, stack: SimulatedStack) -> Process:
        return self._operate(stack, stack.delete())

    def continue_rollback(self, stack: SimulatedStack) -> Process:
        return self._operate(stack, stack.continue_rollback())

    def _operate(self, stack: SimulatedStack, operation: Process) -> Process:
        yield self.kernel.spawn(operation)
        self.account.say(f"-> {stack.name} {stack.status}")

    def run(self, process: Process) -> list[str]:
        """Run the story to its end. Return the stack status after each stack operation.

        :raises AssertionError: if an invariant is violated, or a fault of the story was never injected.
        """

        def main() -> Process:
            yield from process
            yield from come_to_rest(self.account, "end")

        with simulated_runtime():
            done = self.kernel.spawn(main())
            self.kernel.run(until=lambda: done.fired)
            self.kernel.close()
        violations = [f"{what}: {detail}" for what, detail in self.account.violations]
        violations += [f"this fault never happened: {fault}" for fault in self._faults() - {*self._happened()}]
        violations += [f"this call was never made: {pattern}" for pattern, _ in self._calls]
        trace = [line[:230] for line in self.account.lines if "waiting" not in line]
        if violations:
            raise AssertionError("\n".join([*violations, "", *trace]))
        return [match[1] for line in self.account.lines if (match := _STATUSES.search(line)) and "/" not in line]
