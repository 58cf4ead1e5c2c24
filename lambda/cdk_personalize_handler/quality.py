"""Quality gates: minimum values that the offline metrics of a model must reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_personalize_handler import kinds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def shortfall(gates: Sequence[Mapping[str, str]], metrics: Mapping[str, float]) -> str | None:
    """Return an error message if an offline metric is below its gate, or else None."""
    missed = [words for gate in gates if (words := _missed(gate, metrics))]
    return f"its quality is below a gate: {'; '.join(missed)}" if missed else None


def _missed(gate: Mapping[str, str], metrics: Mapping[str, float]) -> str | None:
    metric, at_least = gate[kinds.GATE_METRIC], gate[kinds.GATE_AT_LEAST]
    asks = f"the gate asks for at least {at_least}"
    if metric not in metrics:
        reported = ", ".join(sorted(metrics)) or "none"
        return f"{metric} is not reported and {asks}; the metrics that Personalize reports: {reported}"
    try:
        passes = metrics[metric] >= float(at_least)
    except ValueError:
        return f"{metric} cannot be compared with {at_least}, which is not a number"
    return None if passes else f"{metric} is {metrics[metric]}, {asks}"
