"""Detection lag and number of polls, computed from the polling intervals."""

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

_LENGTHS = 400
_FIXED_INTERVAL = 30.0
_SPREAD = 2.0
"""Operations take from half of the typical duration to twice as long."""


def run() -> list[dict[str, Any]]:
    """Return a row for each kind, for this library and for a fixed interval."""
    rows = []
    for kind in (each for each in KINDS.values() if emulated.KINDS[each.name].seconds >= _FIXED_INTERVAL):
        lengths = list(_lengths(kind))
        for name, observe in (("cdk-personalize", _observe), ("every 30 s", _observe_at_fixed_interval)):
            lags, polls = zip(*(observe(kind, length, key) for key, length in enumerate(lengths)), strict=True)
            rows.append(
                {
                    "kind": kind.name,
                    "alternative": name,
                    "mean_lag_percent": round(100 * statistics.mean(lags), 1),
                    "mean_lag_seconds": round(
                        statistics.mean(lag * each for lag, each in zip(lags, lengths, strict=True)), 1
                    ),
                    "p99_lag_percent": round(100 * statistics.quantiles(lags, n=100)[-1], 1),
                    "most_polls": max(polls),
                }
            )
    return rows


def _lengths(kind: Kind) -> Iterator[float]:
    """Yield lengths around the typical duration, evenly on a logarithmic scale."""
    typical = emulated.KINDS[kind.name].seconds
    low, high = typical / _SPREAD, typical * _SPREAD
    for number in range(_LENGTHS):
        yield low * (high / low) ** ((number + 0.5) / _LENGTHS)


def _observe(kind: Kind, length: float, key: int) -> tuple[float, int]:
    """Return the lag, as a share of the length, and the number of polls."""
    waited, polls = 0.0, 0
    while waited < length:
        earliest = kind.minimum_duration.total_seconds()
        waited += deadline.seconds_until_next_poll(waited, earliest=earliest, deferrals=0, key=f"{key}-{polls}")
        polls += 1
    return (waited - length) / length, polls


def _observe_at_fixed_interval(_kind: Kind, length: float, _key: int) -> tuple[float, int]:
    polls = math.ceil(length / _FIXED_INTERVAL)
    return (polls * _FIXED_INTERVAL - length) / length, polls
