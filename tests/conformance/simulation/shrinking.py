"""Reduction of a failing schedule to the parts that cause the violation.

Faults, steps and features are left out one by one, as long as the violation still occurs.
"""

from __future__ import annotations

from typing import Any

from conformance.simulation.configuration import CALM, configuration
from conformance.simulation.runs import classify, run_schedule

_STEPS = [f"{what}{n}.{number}" for what in ("keep", "interrupt", "destroy") for n in (0, 1) for number in range(5)]
_FEATURES = [*_STEPS, *(f"hand.{n}" for n in range(5)), "outage0", "ec-list", "ec-describe", "ec-tags", "ev-lag"]


class Shrinking:
    """The search for the smallest schedule with a violation of the same class."""

    def __init__(
        self, seed: int, overrides: dict[str, Any], mode: str | None, shape: str | None, violation: str
    ) -> None:
        self._seed, self._mode, self._shape, self._violation = seed, mode, shape, violation
        self.overrides = dict(overrides)
        self.suppressed: set[str] = set()

    def run(self, *, verbose: bool = False) -> Any:
        """Run the schedule in its current, reduced form."""
        return self._run(self.overrides, self.suppressed, verbose=verbose)

    def _run(self, overrides: dict[str, Any], suppressed: set[str], *, verbose: bool = False) -> Any:
        return run_schedule(
            self._seed, overrides, mode=self._mode, shape=self._shape, verbose=verbose, suppressed=suppressed
        )

    def _is_failing(self, overrides: dict[str, Any], suppressed: set[str]) -> bool:
        account = self._run(overrides, suppressed)
        return any(classify(violation).startswith(self._violation) for violation in account.violations)

    def shrink(self) -> bool:
        """Reduce the schedule. Return False if it has no violation of the class."""
        if not self._is_failing(self.overrides, self.suppressed):
            return False
        cfg = {**configuration(self._seed, self._mode, self._shape), **self.overrides}
        for name, calm in CALM.items():
            if cfg.get(name) != calm and name not in ("rounds", "stacks"):
                self._try_overrides({name: calm})
        for rounds in range(1, cfg["rounds"]):
            if self._try_overrides({"rounds": rounds}):
                break
        for shape in cfg["shapes"] if cfg["stacks"] == 2 else ():
            if shape != "names" and self._try_overrides({"stacks": 1, "shapes": [shape]}):
                break
        for name in _FEATURES:
            self._try_suppressed({name})
        self._leave_out_faults()
        return True

    def _try_overrides(self, more: dict[str, Any]) -> bool:
        trial = {**self.overrides, **more}
        if self._is_failing(trial, self.suppressed):
            self.overrides = trial
            return True
        return False

    def _try_suppressed(self, more: set[str]) -> bool:
        trial = self.suppressed | more
        if self._is_failing(self.overrides, trial):
            self.suppressed = trial
            return True
        return False

    def faults(self) -> list[str]:
        """Return the faults of the reduced schedule."""
        return [name for name in dict.fromkeys(self.run().injected) if name not in self.suppressed]

    def _leave_out_faults(self) -> None:
        """Leave out groups of faults, first halves, then quarters, down to single faults."""
        faults = self.faults()
        size = max(1, len(faults) // 2)
        while faults:
            position, progress = 0, False
            while position < len(faults):
                part = set(faults[position : position + size])
                if self._try_suppressed(part):
                    faults = [name for name in faults if name not in part]
                    progress = True
                else:
                    position += size
            if size == 1 and not progress:
                return
            faults = self.faults()
            size = max(1, size // 2)
