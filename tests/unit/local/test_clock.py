"""The clock of the emulated service."""

from __future__ import annotations

import time

import pytest

from cdk_personalize.local.clock import ManualClock, ScaledClock


def test_the_clock_starts_at_the_true_time() -> None:
    assert ScaledClock(scale=1).now() == pytest.approx(time.time(), abs=5)


def test_a_change_of_scale_does_not_move_the_time() -> None:
    clock = ScaledClock(scale=10_000)
    time.sleep(0.01)
    before = clock.now()
    clock.set_scale(1)
    assert 0 <= clock.now() - before < 100
    slow = clock.now()
    time.sleep(0.01)
    assert 0.005 < clock.now() - slow < 1


@pytest.mark.parametrize("scale", [0, -1, "300", True, 1e9])
@pytest.mark.parametrize("clock", [ScaledClock(), ManualClock()])
def test_a_scale_is_a_number_above_zero(clock: ScaledClock | ManualClock, scale: float) -> None:
    with pytest.raises(ValueError, match="scale must be"):
        clock.set_scale(scale)


def test_a_manual_clock_moves_when_told() -> None:
    clock = ManualClock(start=5)
    clock.advance(10)
    assert clock.now() == 15
