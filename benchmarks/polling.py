"""Delay until the end of an operation is noticed, and number of poll attempts.

Both are computed from the polling intervals, without any calls.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import deadline
from cdk_personalize_handler.kinds import KINDS

from cdk_personalize.local import kinds as emulated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_personalize_handler.kinds import Kind

_DURATION_COUNT = 400
"""Number of durations for each kind of resource."""
_FIXED_INTERVAL_SECONDS = 30.0
_SPREAD = 2.0
"""The durations are from the typical duration divided by this factor to the typical duration times this factor."""


def run() -> list[dict[str, Any]]:
    """Return two rows for each kind: this library, and a fixed polling interval."""
    rows = []
    for kind in (each for each in KINDS.values() if emulated.KINDS[each.name].seconds >= _FIXED_INTERVAL_SECONDS):
        durations = list(_durations(kind))
        for name, observe in (("cdk-personalize", _observe), ("every 30 s", _observe_at_fixed_interval)):
            lags, polls = zip(*(observe(kind, duration, key) for key, duration in enumerate(durations)), strict=True)
            rows.append(
                {
                    "kind": kind.name,
                    "alternative": name,
                    "mean_lag_percent": round(100 * statistics.mean(lags), 1),
                    "mean_lag_seconds": round(
                        statistics.mean(lag * each for lag, each in zip(lags, durations, strict=True)), 1
                    ),
                    "p99_lag_percent": round(100 * statistics.quantiles(lags, n=100)[-1], 1),
                    "most_polls": max(polls),
                }
            )
    return rows


def _durations(kind: Kind) -> Iterator[float]:
    """Yield durations of an operation, in seconds, evenly on a logarithmic scale."""
    typical = emulated.KINDS[kind.name].seconds
    low, high = typical / _SPREAD, typical * _SPREAD
    for number in range(_DURATION_COUNT):
        yield low * (high / low) ** ((number + 0.5) / _DURATION_COUNT)


def _observe(kind: Kind, duration: float, key: int) -> tuple[float, int]:
    """Return the delay, as a fraction of the duration, and the number of polls."""
    waited, polls = 0.0, 0
    while waited < duration:
        earliest = kind.minimum_duration.total_seconds()
        waited += deadline.seconds_until_next_poll(waited, earliest=earliest, deferrals=0, key=f"{key}-{polls}")
        polls += 1
    return (waited - duration) / duration, polls


def _observe_at_fixed_interval(_kind: Kind, duration: float, _key: int) -> tuple[float, int]:
    polls = math.ceil(duration / _FIXED_INTERVAL_SECONDS)
    return (polls * _FIXED_INTERVAL_SECONDS - duration) / duration, polls
