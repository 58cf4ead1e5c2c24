"""History of an execution, in the form that GetExecutionHistory returns."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.simulation.kernel import Kernel

MOST_EVENTS = 25_000
"""Quota of Step Functions. An execution with more events fails."""


def timestamp(seconds: float) -> datetime:
    """Return a time in the type that botocore returns."""
    return datetime.fromtimestamp(round(seconds, 3), timezone.utc)


def timestamp_text(seconds: float) -> str:
    """Return a time in the format of the context object of Step Functions."""
    return timestamp(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class History:
    """The events of an execution, oldest first."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.events: list[dict[str, Any]] = []

    def add(self, event_type: str, **details: Any) -> None:
        """Append an event.

        :param details: the details of the event, by the name of their member without `EventDetails` at its end. Input
            and output are JSON texts, or values that do not change any more.
        """
        number = len(self.events) + 1
        event = {
            "timestamp": self._kernel.now,
            "type": event_type,
            "id": number,
            "previousEventId": number - 1,
        }
        self.events.append(event | {f"{name}EventDetails": value for name, value in details.items()})


def rendered(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event as the API does.

    Its time is a date, and its input and output are JSON texts.
    """
    details = {name: _with_texts(value) for name, value in event.items() if name.endswith("EventDetails")}
    return {**event, "timestamp": timestamp(event["timestamp"]), **details}


def _with_texts(details: dict[str, Any]) -> dict[str, Any]:
    values = {name: details[name] for name in ("input", "output") if name in details}
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
    return {**details, **texts}
