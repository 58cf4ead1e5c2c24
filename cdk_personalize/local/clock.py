"""The service's clock, which runs faster than real time."""

from __future__ import annotations

import time
from typing import Protocol

DEFAULT_SCALE = 300.0


class Clock(Protocol):
    """Tells the service's time, in seconds since 1970."""

    def now(self) -> float:
        """Return the time."""

    def set_scale(self, scale: float) -> None:
        """Let `scale` seconds of the service pass in one real second."""

    def advance_to(self, now: float) -> None:
        """Set the time forward to `now`; a time in the past changes nothing."""


class ScaledClock:
    """A clock that starts at the real time and runs `scale` times as fast.

    A change of the scale does not make it jump.
    """

    def __init__(self, scale: float = DEFAULT_SCALE) -> None:
        self._base = time.time()
        self._mark = time.monotonic()
        self._scale = _checked(scale)

    def now(self) -> float:
        """Return the time."""
        return self._base + (time.monotonic() - self._mark) * self._scale

    def set_scale(self, scale: float) -> None:
        """Let `scale` seconds of the service pass in one real second from now on."""
        scale = _checked(scale)
        self._base, self._mark, self._scale = self.now(), time.monotonic(), scale

    def advance_to(self, now: float) -> None:
        """Set the time forward to `now`; a time in the past changes nothing."""
        self._base += max(now - self.now(), 0.0)


class ManualClock:
    """A clock that moves when it is told to."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start

    def now(self) -> float:
        """Return the time."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds

    def set_scale(self, scale: float) -> None:
        """Check the scale; there is nothing to scale."""
        _checked(scale)

    def advance_to(self, now: float) -> None:
        """Set the time forward to `now`; a time in the past changes nothing."""
        self._now = max(self._now, now)


def _checked(scale: float) -> float:
    if isinstance(scale, bool) or not isinstance(scale, (int, float)) or not 0 < scale <= 1_000_000:
        raise ValueError(f"scale must be a number above 0 and at most 1000000, got {scale!r}")
    return float(scale)
