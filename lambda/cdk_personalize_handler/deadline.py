"""Durations and polling intervals of the workflow.

Elapsed time is measured by the clock of Amazon Personalize, from the Date header of its responses. Until its first
response, the clock of the Lambda function is used.
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
"""Time limit of eventual consistency: a change or a new permission is visible by then."""
GRACE = timedelta(seconds=150)
"""Extra time for a resource to hand over to its next wait link while the service does not respond."""
IN_FLIGHT = timedelta(seconds=45)
"""Time after the start of a step until none of its calls can still change a resource."""
LAST_CALL = timedelta(seconds=15)
"""Time after the start of a step in which it may start a call that changes a resource."""
FUNCTION_TIMEOUT = timedelta(seconds=60)
"""Timeout of the Lambda function that carries out steps."""

_SHORTEST_INTERVAL_SECONDS = 5.0
_LONGEST_INTERVAL_SECONDS = 120.0
_GROWTH = 0.038
"""Polling interval divided by the elapsed time. The end of an operation is noticed 2 % late on average."""
_POLLS_A_SECOND = 12.0
"""Maximum rate of poll attempts of all resources of a stack together."""
_STARTS_A_SECOND = 4.0
"""Maximum rate at which resources of a stack start. Each calls CloudFormation once or twice."""
_JITTER = 0.2
"""Maximum deviation from the computed polling interval, as a fraction of it."""
_SMALL_STACK = 32
"""Number of custom resources up to which the calls of a stack are not spread over time."""


def local_now() -> float:
    """Return the time by the clock of the Lambda function, in seconds since 1970."""
    return time.time()


def elapsed(progress: Progress, service_now: float | None) -> timedelta:
    """Return the time since the request began."""
    if progress.service_started is not None and service_now is not None:
        return timedelta(seconds=max(0.0, service_now - progress.service_started))
    return timedelta(seconds=max(0.0, local_now() - progress.local_started))


def with_service_time(progress: Progress, service_now: float | None) -> Progress:
    """Return the progress with its start time by the service's clock, if known."""
    if progress.service_started is not None or service_now is None:
        return progress
    return replace(progress, service_started=service_now - (local_now() - progress.local_started))


def words(duration: timedelta) -> str:
    """Return a duration as text: `30 min`, `2 h 5 min`."""
    minutes = round(duration.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def seconds_until_first_poll(key: str) -> int:
    """Return the delay before the first call of a resource.

    The delays spread the calls of a large stack over time.

    :param key: The text that determines the delay.
    """
    return 1 + round(_concurrent_resources() / _STARTS_A_SECOND * _fraction(key))


def seconds_until_next_poll(waited: float, *, earliest: float, deferrals: int, key: str) -> int:
    """Return the polling interval.

    :param waited: The seconds since the start of the operation.
    :param earliest: The minimum duration of the operation, in seconds. The first poll comes after it.
    :param deferrals: The number of consecutive polls without a call. Each doubles the interval.
    :param key: The text that determines the jitter.
    """
    if not (waited or earliest or is_paced()):
        return 1  # A small operation may be complete at once.
    interval = max(_SHORTEST_INTERVAL_SECONDS, _concurrent_resources() / _POLLS_A_SECOND, waited * _GROWTH)
    interval = min(_LONGEST_INTERVAL_SECONDS, interval * 2 ** min(deferrals, 4))
    jittered = interval * (1 + _JITTER * (2 * _fraction(key) - 1))
    return max(1, round(float(max(jittered, earliest - waited))))


def is_paced() -> bool:
    """Return whether the stack is so large that its calls are spread over time."""
    return _concurrent_resources() > 0


def _concurrent_resources() -> int:
    """Return the rounded number of custom resources of the stack, or 0 if it is small."""
    count = int(os.environ.get("CONCURRENT_RESOURCES", "0"))
    return count if count > _SMALL_STACK else 0


def _fraction(key: str) -> float:
    """Return a number in [0, 1) derived from a text.

    It is not random, so that a retried step uses the same polling interval.
    """
    return int(kinds.short_hash(key), 16) / 16**8
