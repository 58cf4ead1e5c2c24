from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import pytest
from support.synth import properties, resources, solution

import cdk_personalize as personalize

TYPE = "Custom::PersonalizeSolutionVersion"
GROUP = "arn:aws:personalize:us-east-1:111111111111:dataset-group/shop"
WRONG: Any = "much"
GATE = personalize.QualityGate(metric=personalize.OfflineMetric.NDCG_AT_10, at_least=0.05)
WRITTEN = {"Metric": "normalized_discounted_cumulative_gain_at_10", "AtLeast": 0.05}


def recommender(stack: cdk.Stack, gate: Any) -> personalize.Recommender:
    group = personalize.DatasetGroup.from_dataset_group_arn(stack, "Shop", GROUP, domain=personalize.Domain.ECOMMERCE)
    use_case = personalize.UseCase.ECOMMERCE_BEST_SELLERS
    return personalize.Recommender(stack, "Best", dataset_group=group, use_case=use_case, quality_gate=gate)


def version(stack: cdk.Stack, gate: Any, recipe: personalize.Recipe | None = None) -> personalize.SolutionVersion:
    group = personalize.DatasetGroup.from_dataset_group_arn(stack, "Films", GROUP)
    of = solution(stack) if recipe is None else personalize.Solution(stack, "New", dataset_group=group, recipe=recipe)
    return personalize.SolutionVersion(stack, "Version", solution=of, quality_gate=gate)


@pytest.mark.parametrize("kind", ["SolutionVersion", "Recommender"])
def test_a_gate_reaches_the_resource_and_its_wait_links(stack: cdk.Stack, kind: str) -> None:
    {"SolutionVersion": version, "Recommender": recommender}[kind](stack, GATE)
    found = [*resources(stack, f"Custom::Personalize{kind}").values()]
    found += resources(stack, f"Custom::Personalize{kind}Wait").values()
    assert [each["Properties"]["QualityGate"] for each in found] == [[WRITTEN]] * 5


def test_several_gates_are_a_list(stack: cdk.Stack) -> None:
    version(stack, [GATE, personalize.QualityGate(metric=personalize.OfflineMetric.of("serendipity"), at_least=12)])
    assert properties(stack, TYPE)["QualityGate"] == [WRITTEN, {"Metric": "serendipity", "AtLeast": 12}]


@pytest.mark.parametrize("gate", [None, []])
def test_no_gate_leaves_no_trace(stack: cdk.Stack, gate: Any) -> None:
    version(stack, gate)
    assert "QualityGate" not in properties(stack, TYPE)


def test_a_gate_can_be_a_parameter(stack: cdk.Stack) -> None:
    parameter = cdk.CfnParameter(stack, "Least", type="Number")
    at_least = parameter.value_as_number
    version(stack, personalize.QualityGate(metric=personalize.OfflineMetric.COVERAGE, at_least=at_least))
    assert properties(stack, TYPE)["QualityGate"] == [{"Metric": "coverage", "AtLeast": {"Ref": "Least"}}]


def test_an_offline_metric_comes_from_the_last_link(stack: cdk.Stack) -> None:
    made = version(stack, None)
    last = list(resources(stack, f"{TYPE}Wait"))[-1]
    attribute = "Metrics.Normalized_discounted_cumulative_gain_at_10"
    assert stack.resolve(made.offline_metric(personalize.OfflineMetric.NDCG_AT_10)) == {"Fn::GetAtt": [last, attribute]}


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (0.05, "quality_gate must be a QualityGate or a list of QualityGate objects, got 0.05"),
        ([GATE, "coverage"], 'quality_gate must be a QualityGate or a list of QualityGate objects, got "coverage"'),
        (
            personalize.QualityGate(metric=WRONG, at_least=0.1),
            'quality_gate.metric must be an OfflineMetric, got "much"',
        ),
        (
            personalize.QualityGate(metric=personalize.OfflineMetric.COVERAGE, at_least=5),
            "quality_gate.at_least must be from 0 to 1, got 5",
        ),
        (
            personalize.QualityGate(metric=personalize.OfflineMetric.COVERAGE, at_least=WRONG),
            'quality_gate.at_least must be a number, got "much"',
        ),
        (
            personalize.QualityGate(metric=personalize.OfflineMetric.HIT, at_least=True),
            "quality_gate.at_least must be a number, got True",
        ),
    ],
)
def test_what_is_no_gate_is_refused(stack: cdk.Stack, gate: Any, words: str) -> None:
    with pytest.raises(personalize.ValidationError, match=f"^Shop/Version: {re.escape(words)}"):
        version(stack, gate)


METRICS, RECIPES = personalize.OfflineMetric, personalize.Recipe


@pytest.mark.parametrize(
    ("metric", "recipe", "reported"),
    [
        (METRICS.NDCG_AT_10, RECIPES.SIMILAR_ITEMS, True),
        (METRICS.HIT, RECIPES.SIMILAR_ITEMS, False),
        (METRICS.HIT, RECIPES.ITEM_AFFINITY, True),
        (METRICS.MEAN_RECIPROCAL_RANK_AT_25, RECIPES.ITEM_AFFINITY, False),
        (METRICS.PRECISION_AT_5, RECIPES.NEXT_BEST_ACTION, False),
        (METRICS.PRECISION, RECIPES.NEXT_BEST_ACTION, True),
        (METRICS.PRECISION, RECIPES.USER_PERSONALIZATION_V2, False),
        (METRICS.PRECISION, RECIPES.of("aws-tomorrow"), True),
        (METRICS.of("tomorrow"), RECIPES.SIMILAR_ITEMS, True),
    ],
)
def test_a_metric_that_the_recipe_never_reports_is_refused(
    stack: cdk.Stack, metric: personalize.OfflineMetric, recipe: personalize.Recipe, reported: bool
) -> None:
    gate = personalize.QualityGate(metric=metric, at_least=0.1)
    if reported:
        version(stack, gate, recipe)
        return
    words = f'quality_gate.metric must be one that Amazon Personalize reports for the recipe, got "{metric.name}"'
    with pytest.raises(personalize.ValidationError, match=words):
        version(stack, gate, recipe)


def test_use_cases_report_the_metrics_of_items(stack: cdk.Stack) -> None:
    with pytest.raises(personalize.ValidationError, match=r"Shop/Best: quality_gate\.metric must be one that"):
        recommender(stack, personalize.QualityGate(metric=personalize.OfflineMetric.HIT, at_least=1))
