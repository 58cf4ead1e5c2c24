"""Limits of calls per second, for each account and region."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cdk_personalize.local.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.clock import Clock

_SERVICES = ("personalize", "personalize-runtime", "personalize-events")


class RateLimits:
    """Token buckets that limit calls, one per service, account and region.

    Rates are in calls per second of service time. No rate is limited by default, because AWS does not publish its
    rates.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rates: dict[str, float] = {}
        self._buckets: dict[tuple[str, str, str], tuple[float, float]] = {}

    def set(self, rates: Mapping[str, float | None]) -> None:
        """Set the maximum calls per second of services. None removes a limit.

        :raises ValueError: if a service is unknown, or a rate is not a number above 0.
        """
        for service, rate in rates.items():
            if service not in _SERVICES:
                raise ValueError(f"a rate is for one of {', '.join(_SERVICES)}, got {service!r}")
            if rate is not None and (isinstance(rate, bool) or not isinstance(rate, (int, float)) or rate <= 0):
                raise ValueError(f"a rate must be a number of calls per second above 0, got {rate!r}")
        with self._lock:
            merged = {**self._rates, **rates}
            self._rates = {service: float(rate) for service, rate in merged.items() if rate is not None}
            self._buckets.clear()

    def clear(self) -> None:
        """Remove all limits."""
        with self._lock:
            self._rates = {}
            self._buckets.clear()

    def rates(self) -> dict[str, float]:
        """Return the limits in calls per second, by service."""
        return dict(self._rates)

    def take(self, service: str, account: str, region: str) -> None:
        """Count one call of a service.

        :raises ServiceError: ThrottlingException, if the account has used up its calls.
        """
        if service not in self._rates:
            return
        with self._lock:
            rate, now = self._rates[service], self._clock.now()
            most = max(rate, 1.0)
            key = (service, account, region)
            tokens, since = self._buckets.get(key, (most, now))
            tokens = min(most, tokens + (now - since) * rate)
            self._buckets[key] = (tokens - 1 if tokens >= 1 else tokens, now)
        if tokens < 1:
            raise ServiceError("ThrottlingException", "Rate exceeded")
