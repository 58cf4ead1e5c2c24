"""Random schedules of whole stacks, after which all invariants must hold.

`SCHEDULES` and `SEED_START` in the environment choose the seeds.
"""

from __future__ import annotations

import os

import pytest
from conformance.simulation.runs import run_schedule

SCHEDULES = int(os.environ.get("SCHEDULES", "150"))
SEED_START = int(os.environ.get("SEED_START", "0"))
_A_TEST = 10
"""Number of schedules in one test, so that several processes can share them."""


@pytest.mark.parametrize("first", range(SEED_START, SEED_START + SCHEDULES, _A_TEST))
def test_schedules(first: int) -> None:
    failures = []
    for seed in range(first, min(first + _A_TEST, SEED_START + SCHEDULES)):
        violations = run_schedule(seed).violations
        if violations:
            failures += [
                f"cd tests && python -m conformance.simulation --seed {seed} --trace",
                *map(": ".join, violations),
            ]
    assert not failures, "\n".join(["", *failures])


def test_a_dataset_group_without_properties_is_found_after_a_killed_creation() -> None:
    assert run_schedule(60990).violations == []
