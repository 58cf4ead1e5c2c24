"""Time of an operation: duration, polling interval and wait budget.

Times use the clock of the service, from the Date header of its responses. Until the service responds, the clock of the
function is used.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from cdk_personalize_handler import kinds

if TYPE_CHECKING:
    from cdk_personalize_handler.events import Progress

SETTLING = timedelta(minutes=2)
"""Maximum time until a change or a new permission is visible in every AWS service."""
GRACE = timedelta(seconds=150)
"""Extra time of a wait that cannot hand over, because the service does not respond."""
IN_FLIGHT = timedelta(seconds=45)
"""Time after the start of a step until it can still change something: no such call starts after LAST_CALL."""
LAST_CALL = timedelta(seconds=15)
"""Time after the start of a step until it may start a call that changes something."""
FUNCTION_TIMEOUT = timedelta(seconds=60)

_SHORTEST_INTERVAL = 5.0
_LONGEST_INTERVAL = 120.0
_GROWTH = 0.038
"""The interval as a share of the time waited: an operation is seen to have ended 2 % late on average."""
_POLLS_A_SECOND = 12.0
"""How many polls the resources of one stack make together."""
_STARTS_A_SECOND = 4.0
"""Number of resources of one stack that start together. Each calls CloudFormation once or twice."""
_JITTER = 0.2
_SMALL_STACK = 32


def local_now() -> float:
    """Return the time of the function's clock, in seconds since 1970."""
    return time.time()


def elapsed(progress: Progress, service_now: float | None) -> timedelta:
    """Return how long ago the request began."""
    if progress.service_started is not None and service_now is not None:
        return timedelta(seconds=max(0.0, service_now - progress.service_started))
    return timedelta(seconds=max(0.0, local_now() - progress.local_started))


def with_service_time(progress: Progress, service_now: float | None) -> Progress:
    """Return the progress with the start time by the service's clock, if known."""
    if progress.service_started is not None or service_now is None:
        return progress
    return replace(progress, service_started=service_now - (local_now() - progress.local_started))


def words(duration: timedelta) -> str:
    """Return a duration as text: `30 min`, `2 h 5 min`."""
    minutes = round(duration.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def seconds_until_first_poll(key: str) -> int:
    """Return the delay before the first call, which spreads the calls of a stack."""
    return 1 + round(_concurrent_resources() / _STARTS_A_SECOND * _fraction(key))


def seconds_until_next_poll(waited: float, *, earliest: float, deferrals: int, key: str) -> int:
    """Return the polling interval.

    :param waited: The seconds since the start of the operation.
    :param earliest: The minimum duration of the operation, in seconds. The first poll comes after it.
    :param deferrals: The number of consecutive polls without a call. Each doubles the interval.
    :param key: The text that determines the jitter.
    """
    if not (waited or earliest or is_paced()):
        return 1  # it may be ready at once
    interval = max(_SHORTEST_INTERVAL, _concurrent_resources() / _POLLS_A_SECOND, waited * _GROWTH)
    interval = min(_LONGEST_INTERVAL, interval * 2 ** min(deferrals, 4))
    jittered = interval * (1 + _JITTER * (2 * _fraction(key) - 1))
    return max(1, round(float(max(jittered, earliest - waited))))


def is_paced() -> bool:
    """Return whether the stack is so large that its requests must be spread."""
    return _concurrent_resources() > 0


def _concurrent_resources() -> int:
    """Return the rounded number of custom resources of the stack.

    It is 0 for small stacks.
    """
    count = int(os.environ.get("CONCURRENT_RESOURCES", "0"))
    return count if count > _SMALL_STACK else 0


def _fraction(key: str) -> float:
    """Return a number of [0, 1) derived from a text.

    Retried steps use the same polling interval.
    """
    return int(kinds.short_hash(key), 16) / 16**8
