"""Time: how long an operation has taken, when to poll next, and when its wait budget ends.

The service's clock counts, as the Date header of its answers tells it. The function's own clock stands in for it
while the service does not answer.
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
"""How long a change or a new permission may take until every AWS service applies it."""
GRACE = timedelta(seconds=150)
"""How much longer than its budget a wait may take that cannot hand over, because the service does not answer."""
IN_FLIGHT = timedelta(seconds=45)
"""How long after its start a step can still change something: it makes no such call after LAST_CALL."""
LAST_CALL = timedelta(seconds=15)
"""How long after its start a step may begin a call that changes something."""
FUNCTION_TIMEOUT = timedelta(seconds=60)

_SHORTEST_INTERVAL = 5.0
_LONGEST_INTERVAL = 120.0
_GROWTH = 0.04
"""The interval as a share of the time waited: an operation is seen to have ended 2 % late on average."""
_POLLS_A_SECOND = 20.0
"""How many polls the resources of one stack make together."""
_STARTS_A_SECOND = 4.0
"""How many resources of one stack start together; each asks CloudFormation once or twice."""
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
    """Return the progress with the start by the service's clock, once the service has told its time."""
    if progress.service_started is not None or service_now is None:
        return progress
    return replace(progress, service_started=service_now - (local_now() - progress.local_started))


def words(duration: timedelta) -> str:
    """Return a duration for people: `30 min`, `2 h 5 min`."""
    minutes = round(duration.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def seconds_until_first_poll(key: str) -> int:
    """Return how long a request waits before its first call, so that a large stack does not call all at once."""
    return 1 + round(_concurrent_resources() / _STARTS_A_SECOND * _fraction(key))


def seconds_until_next_poll(waited: float, *, earliest: float, deferrals: int, key: str) -> int:
    """Return the polling interval.

    :param waited: the seconds since the operation began.
    :param earliest: the seconds that the operation is known to take at least; no poll comes before.
    :param deferrals: how many polls in a row could not make their call; each doubles the interval.
    :param key: text from which the jitter follows.
    """
    if not waited and not earliest:
        return 1  # it may be ready at once
    interval = max(_SHORTEST_INTERVAL, _concurrent_resources() / _POLLS_A_SECOND, waited * _GROWTH)
    interval = min(_LONGEST_INTERVAL, interval * 2 ** min(deferrals, 4))
    jittered = interval * (1 + _JITTER * (2 * _fraction(key) - 1))
    return max(1, round(float(max(jittered, earliest - waited))))


def is_paced() -> bool:
    """Return whether the stack is so large that its requests must not call all at once."""
    return _concurrent_resources() > 0


def _concurrent_resources() -> int:
    """Return how many custom resources the stack has, rounded up. Small stacks need no pacing."""
    count = int(os.environ.get("CONCURRENT_RESOURCES", "0"))
    return count if count > _SMALL_STACK else 0


def _fraction(key: str) -> float:
    """Return a number of [0, 1) that follows from a text, so that repeated steps choose the same interval."""
    return int(kinds.short_hash(key), 16) / 16**8
