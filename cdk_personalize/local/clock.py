"""Clocks of the emulated service, which run faster than real time."""

from __future__ import annotations

import time
from typing import Protocol

DEFAULT_SCALE = 300.0


class Clock(Protocol):
    """The clock of the emulated service."""

    def now(self) -> float:
        """Return the service time, in seconds since 1970."""

    def set_scale(self, scale: float) -> None:
        """Set the number of seconds of service time in one real second."""

    def advance_to(self, now: float) -> None:
        """Advance the clock to the time `now`. A time in the past has no effect."""


class ScaledClock:
    """A clock that starts at the real time and runs `scale` times as fast.

    A new scale applies from the moment of its change, so the time does not jump.
    """

    def __init__(self, scale: float = DEFAULT_SCALE) -> None:
        self._base = time.time()
        self._mark = time.monotonic()
        self._scale = _checked(scale)

    def now(self) -> float:
        """Return the service time, in seconds since 1970."""
        return self._base + (time.monotonic() - self._mark) * self._scale

    def set_scale(self, scale: float) -> None:
        """Set the number of seconds of service time in one real second."""
        scale = _checked(scale)
        self._base, self._mark, self._scale = self.now(), time.monotonic(), scale

    def advance_to(self, now: float) -> None:
        """Advance the clock to the time `now`. A time in the past has no effect."""
        self._base += max(now - self.now(), 0.0)


class ManualClock:
    """A clock that stands still until `advance` is called."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start

    def now(self) -> float:
        """Return the service time, in seconds since 1970."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Advance the clock by `seconds` of service time."""
        self._now += seconds

    def set_scale(self, scale: float) -> None:
        """Raise ValueError if the scale is not valid. It has no effect on this clock."""
        _checked(scale)

    def advance_to(self, now: float) -> None:
        """Advance the clock to the time `now`. A time in the past has no effect."""
        self._now = max(self._now, now)


def _checked(scale: float) -> float:
    if isinstance(scale, bool) or not isinstance(scale, (int, float)) or not 0 < scale <= 1_000_000:
        raise ValueError(f"scale must be a number above 0 and at most 1000000, got {scale!r}")
    return float(scale)
