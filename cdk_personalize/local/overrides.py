"""Durations and offline metrics that a test sets in place of the defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_personalize.local.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.kind import ResourceKind

    Metrics = dict[str, float | None]


class Overrides:
    """Overrides of durations and offline metrics, by the name of a kind."""

    def __init__(self) -> None:
        self.durations: dict[str, float] = {}
        self.metrics: dict[str, Metrics] = {}

    def clear(self) -> None:
        """Remove all overrides, so that the defaults apply."""
        self.durations = {}
        self.metrics = {}

    def set_duration(self, kind: str, seconds: float) -> None:
        """Set the duration of creations and updates of a kind.

        :param seconds: in service time.
        :raises ValueError: if the kind does not exist, or `seconds` is not a number of at least 0.
        """
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
        self.durations[kind] = valid_seconds(seconds)

    def creation_seconds(self, kind: ResourceKind) -> float:
        """Return the duration of a creation of a kind, in seconds of service time."""
        return self.durations.get(kind.name, kind.seconds)

    def update_seconds(self, kind: ResourceKind) -> float:
        """Return the duration of an update of a kind, in seconds of service time."""
        usual = kind.seconds if kind.update_seconds is None else kind.update_seconds
        return self.durations.get(kind.name, usual)

    def set_metrics(self, kind: str, metrics: Metrics) -> None:
        """Override the offline metrics of a kind. The value None removes a metric.

        :raises ValueError: if the kind is not trained, or a metric is not a number.
        :raises TypeError: if `metrics` is not an object.
        """
        trained = [name for name, each in KINDS.items() if each.trained]
        if kind not in trained:
            raise ValueError(f"kind must be one of {', '.join(trained)}, got {kind!r}")
        if not isinstance(metrics, dict):
            raise TypeError(f"metrics must be an object of numbers by name, got {metrics!r}")
        for name, value in metrics.items():
            if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
                raise ValueError(
                    f"metrics must be numbers, or null for metrics that are not reported, got {name}: {value!r}"
                )
        self.metrics[kind] = dict(metrics)

    def apply_metrics(self, kind: ResourceKind, metrics: Mapping[str, float]) -> dict[str, float]:
        """Return the offline metrics of a training, with the overrides applied."""
        found = {**metrics, **self.metrics.get(kind.name, {})}
        return {name: float(value) for name, value in found.items() if value is not None}


def valid_seconds(value: float) -> float:
    """Check a duration in seconds, and return it as a float.

    :raises ValueError: if it is not a number of at least 0.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        raise ValueError(f"seconds must be a number of at least 0, got {value!r}")
    return float(value)
