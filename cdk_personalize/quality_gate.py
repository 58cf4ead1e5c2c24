"""Quality gates: minimum values that the offline metrics of a model must reach.

https://docs.aws.amazon.com/personalize/latest/dg/working-with-training-metrics.html
https://docs.aws.amazon.com/personalize/latest/dg/evaluating-recommenders.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from cdk_personalize_handler import kinds

from cdk_personalize import _validation
from cdk_personalize._spelling import warn_of_spelling
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from constructs import Construct

    from cdk_personalize.recipe import Capabilities


@dataclass(frozen=True, slots=True)
class OfflineMetric:
    """An offline metric, which Amazon Personalize reports after training.

    Higher values are better.

    :param name: The name in Amazon Personalize.
    """

    name: str

    COVERAGE: ClassVar[OfflineMetric]
    """The share of all items, actions or users that the model can recommend."""
    MEAN_RECIPROCAL_RANK_AT_25: ClassVar[OfflineMetric]
    """The rank of the first relevant item in 25 recommendations (mean reciprocal rank). Only for items."""
    NDCG_AT_5: ClassVar[OfflineMetric]
    """Normalized discounted cumulative gain of the first 5 recommendations."""
    NDCG_AT_10: ClassVar[OfflineMetric]
    """Normalized discounted cumulative gain of the first 10 recommendations."""
    NDCG_AT_25: ClassVar[OfflineMetric]
    """Normalized discounted cumulative gain of the first 25 recommendations."""
    PRECISION_AT_5: ClassVar[OfflineMetric]
    """The share of relevant items in the first 5 recommendations. Not for actions."""
    PRECISION_AT_10: ClassVar[OfflineMetric]
    """The share of relevant items in the first 10 recommendations. Not for actions."""
    PRECISION_AT_25: ClassVar[OfflineMetric]
    """The share of relevant items in the first 25 recommendations. Not for actions."""
    AVERAGE_REWARDS_AT_K: ClassVar[OfflineMetric]
    """The score of the objective, for solutions with an `optimization_objective`."""
    PRECISION: ClassVar[OfflineMetric]
    """The share of users who take a recommended action. Only for actions."""
    RECALL: ClassVar[OfflineMetric]
    """The share of correctly predicted users. Only for actions and user segments."""
    HIT: ClassVar[OfflineMetric]
    """The average number of correctly predicted users in a segment. Only for user segments."""

    @staticmethod
    def of(name: str) -> OfflineMetric:
        """Return a metric by its name, even if this version does not list it.

        :param name: The name in Amazon Personalize, such as `coverage`.
        """
        return OfflineMetric(name)


OfflineMetric.COVERAGE = OfflineMetric("coverage")
OfflineMetric.MEAN_RECIPROCAL_RANK_AT_25 = OfflineMetric("mean_reciprocal_rank_at_25")
OfflineMetric.NDCG_AT_5 = OfflineMetric("normalized_discounted_cumulative_gain_at_5")
OfflineMetric.NDCG_AT_10 = OfflineMetric("normalized_discounted_cumulative_gain_at_10")
OfflineMetric.NDCG_AT_25 = OfflineMetric("normalized_discounted_cumulative_gain_at_25")
OfflineMetric.PRECISION_AT_5 = OfflineMetric("precision_at_5")
OfflineMetric.PRECISION_AT_10 = OfflineMetric("precision_at_10")
OfflineMetric.PRECISION_AT_25 = OfflineMetric("precision_at_25")
OfflineMetric.AVERAGE_REWARDS_AT_K = OfflineMetric("average_rewards_at_k")
OfflineMetric.PRECISION = OfflineMetric("precision")
OfflineMetric.RECALL = OfflineMetric("recall")
OfflineMetric.HIT = OfflineMetric("hit")

_METRICS = tuple(each for each in vars(OfflineMetric).values() if isinstance(each, OfflineMetric))
_NAMES = tuple(each.name for each in _METRICS)
_SHARES = frozenset(_METRICS) - {OfflineMetric.HIT}
"""Metrics with a maximum of 1."""

_REPORTED: Mapping[OfflineMetric, Callable[[Capabilities], bool]] = {
    OfflineMetric.MEAN_RECIPROCAL_RANK_AT_25: lambda recipe: not (recipe.actions or recipe.batch_segments),
    OfflineMetric.PRECISION_AT_5: lambda recipe: not recipe.actions,
    OfflineMetric.PRECISION_AT_10: lambda recipe: not recipe.actions,
    OfflineMetric.PRECISION_AT_25: lambda recipe: not recipe.actions,
    OfflineMetric.PRECISION: lambda recipe: recipe.actions,
    OfflineMetric.RECALL: lambda recipe: recipe.actions or recipe.batch_segments,
    OfflineMetric.HIT: lambda recipe: recipe.batch_segments,
}
"""Whether a recipe with given capabilities reports a metric. Any recipe may report a metric that is not listed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QualityGate:
    """A minimum value of an offline metric.

    If the metric is below the minimum, a deployment fails, and a training pipeline does not update its campaigns.

    :param metric: The offline metric.
    :param at_least: The minimum value, from 0 to 1; any number for metrics that can be more than 1. Specify this or
        `at_most_worse_than_current`.
    :param at_most_worse_than_current: The maximum difference by which the metric may be below the metric of the
        solution version that the first campaign serves. 0 requires at least the same value. Only supported in a
        `TrainingPipeline` with campaigns.
    """

    metric: OfflineMetric
    at_least: float | None = None
    at_most_worse_than_current: float | None = None


def gates_as_property(gates: Any) -> list[Mapping[str, Any]] | None:
    """Convert quality gates to the property of the custom resource."""
    found = [each for each in _gates(gates) if isinstance(each, QualityGate) and isinstance(each.metric, OfflineMetric)]
    return [{kinds.GATE_METRIC: each.metric.name, kinds.GATE_AT_LEAST: each.at_least} for each in found] or None


def gates_of_pipeline(gates: Any) -> list[dict[str, Any]]:
    """Convert quality gates to data for the workflow of a training pipeline."""
    found = [each for each in _gates(gates) if isinstance(each, QualityGate) and isinstance(each.metric, OfflineMetric)]
    return [
        _validation.given(
            metric=each.metric.name,
            atLeast=each.at_least,
            atMostWorseThanCurrent=each.at_most_worse_than_current,
        )
        for each in found
    ]


def problems_of_gates(
    gates: Any, recipe: Capabilities | None, *, prop: str = "quality_gate", relative: bool = False
) -> list[Problem]:
    """Return the problems of quality gates.

    :param recipe: The capabilities of the recipe or use case, or None if unknown.
    :param prop: The prop that contains the gates.
    :param relative: Whether gates can be relative to the solution version that a campaign serves.
    """
    return [problem for gate in _gates(gates) for problem in _problems(gate, recipe, prop, relative=relative)]


def warn_of_metrics(construct: Construct, gates: Any, prop: str = "quality_gate") -> None:
    """Warn about each quality gate metric that is probably misspelt."""
    for gate in _gates(gates):
        warn_of_spelling(construct, f"{prop}.metric", gate.metric.name, _NAMES)


def _gates(gates: Any) -> Sequence[Any]:
    if gates is None:
        return []
    return gates if isinstance(gates, (list, tuple)) else [gates]


def _problems(gate: Any, recipe: Capabilities | None, prop: str, *, relative: bool) -> list[Problem]:
    if not isinstance(gate, QualityGate):
        return [Problem(prop, "must be a QualityGate or a list of QualityGate objects", gate, certain=True)]
    if not isinstance(gate.metric, OfflineMetric):
        return [Problem(f"{prop}.metric", "must be an OfflineMetric", gate.metric, certain=True)]
    problems = _problems_of_threshold(gate, prop, relative=relative)
    reported = _REPORTED.get(gate.metric)
    if recipe is not None and reported is not None and not reported(recipe):
        rule = "must be one that Amazon Personalize reports for the recipe"
        problems = [*problems, Problem(f"{prop}.metric", rule, gate.metric.name)]
    return problems


def _problems_of_threshold(gate: QualityGate, prop: str, *, relative: bool) -> list[Problem]:
    least, worse = gate.at_least, gate.at_most_worse_than_current
    if worse is None:
        if least is None:
            return [Problem(f"{prop}.at_least", "is required", None, certain=True)]
        return _problems_of_number(gate, f"{prop}.at_least", least)
    name = f"{prop}.at_most_worse_than_current"
    if least is not None:
        return [Problem(name, "cannot be given together with at_least", None, "use two gates", certain=True)]
    if not relative:
        rule = "requires a TrainingPipeline with campaigns, which have a version in service"
        return [Problem(name, rule, worse, certain=True)]
    return _problems_of_number(gate, name, worse)


def _problems_of_number(gate: QualityGate, prop: str, value: Any) -> list[Problem]:
    if gate.metric in _SHARES:
        return _validation.out_of_range(prop, value, 0, 1)
    return _validation.not_a_number(prop, value)
