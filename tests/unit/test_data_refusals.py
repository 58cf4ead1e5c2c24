"""Errors for invalid props of datasets and trainings. Tokens are accepted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from support.refusals import Refusal, named
from support.synth import (
    DATASET,
    GROUP,
    SCHEMA,
    SOLUTION,
    VERSION,
    dataset,
    group,
    location,
    new_stack,
    schema,
)
from support.tokens import anything, number, string

import cdk_personalize as personalize
from cdk_personalize import DatasetType, Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME_RULE = "must consist of letters (A-Z, a-z), digits, hyphens and underscores, and start with a letter or a digit"
ARN_RULE = "must be an ARN of Amazon Personalize, such as arn:aws:personalize:us-east-1:111122223333:solution/name"
SALES = personalize.AttributedMetric(event_type="Purchase", metric_name="sales", expression="SUM(Items.PRICE)")


def parameters(stack: cdk.Stack) -> Any:
    return {"a": string(stack)}


def metric(**values: str) -> list[personalize.AttributedMetric]:
    given = {"event_type": "Purchase", "metric_name": "sales", "expression": "SAMPLECOUNT()", **values}
    return [personalize.AttributedMetric(**given)]


def required(stack: cdk.Stack) -> Mapping[type, Mapping[str, Any]]:
    """Return the required props of each construct."""
    in_group = {"dataset_group": group(stack)}
    return {
        personalize.DatasetGroup: {},
        personalize.Schema: {"definition": '{"type":"record","fields":[]}'},
        personalize.Dataset: {**in_group, "schema": schema(stack), "dataset_type": DatasetType.ITEMS},
        personalize.DatasetImport: {"dataset": dataset(stack), "source": location(stack)},
        personalize.EventTracker: in_group,
        personalize.Filter: {**in_group, "expression": "INCLUDE ItemID WHERE Items.TITLE IN ($TITLE)"},
        personalize.MetricAttribution: {**in_group, "metrics": [SALES]},
        personalize.Solution: {**in_group, "recipe": Recipe.SIMILAR_ITEMS},
    }


Group, Schema, Dataset = personalize.DatasetGroup, personalize.Schema, personalize.Dataset
Import, Tracker, Filter = personalize.DatasetImport, personalize.EventTracker, personalize.Filter
Attribution, Solution = personalize.MetricAttribution, personalize.Solution
Events, Hpo, Objective = personalize.EventParameters, personalize.HpoConfig, personalize.OptimizationObjective

REFUSALS = [
    Refusal(Group, "dataset_group_name", "a b", f'{NAME_RULE}, got "a b"', string),
    Refusal(Group, "dataset_group_name", "", 'must have at least 1 characters, got ""', string),
    Refusal(Group, "domain", "ECOMMERCE", 'must be a Domain such as Domain.ECOMMERCE, got "ECOMMERCE"', anything),
    Refusal(Group, "kms_key", "1234abcd", 'must be a key, got "1234abcd"'),
    Refusal(Group, "role", "arn:aws:iam::1:role/r", 'must be a role, got "arn:aws:iam::1:role/r"'),
    Refusal(Group, "removal_policy", "retain", 'must be a RemovalPolicy such as RemovalPolicy.RETAIN, got "retain"'),
    Refusal(Schema, "schema_name", "x" * 64, 'must have at most 63 characters, got "xxx', string),
    Refusal(Schema, "domain", "shops", 'must be a Domain such as Domain.ECOMMERCE, got "shops"', anything),
    Refusal(Schema, "definition", "{", 'must be JSON, got "{"', string),
    Refusal(Schema, "removal_policy", True, "must be a RemovalPolicy such as RemovalPolicy.DESTROY, got True"),
    Refusal(Dataset, "dataset_name", "-x", f'{NAME_RULE}, got "-x"', string),
    Refusal(Dataset, "dataset_group", GROUP, f'must be a dataset group, got "{GROUP[:40]}'),
    Refusal(Dataset, "schema", SCHEMA, f'must be a schema, got "{SCHEMA[:40]}'),
    Refusal(Dataset, "dataset_type", "ITEMS", 'must be a DatasetType such as DatasetType.ITEMS, got "ITEMS"', string),
    Refusal(Import, "dataset", DATASET, f'must be a dataset, got "{DATASET[:40]}'),
    Refusal(Import, "source", "s3://films/items.csv", 'must be an S3Location, got "s3://films/items.csv"'),
    Refusal(Import, "mode", "FULL", 'must be an ImportMode such as ImportMode.FULL, got "FULL"', anything),
    Refusal(Import, "role", 7, "must be a role, got 7"),
    Refusal(Import, "job_name", "a/b", f'{NAME_RULE}, got "a/b"', string),
    Refusal(Import, "rerun_on", "2", 'must be a dict of strings, got "2"'),
    Refusal(Import, "rerun_on", {"data": 2}, "must be a dict of strings, got {'data': 2}", parameters),
    Refusal(Import, "publish_attribution_metrics_to_s3", "yes", 'must be true or false, got "yes"', anything),
    Refusal(Import, "timeout", cdk.Duration.days(3), "must be from 1 minute to 2 days, got 3 days"),
    Refusal(Tracker, "event_tracker_name", "a b", f'{NAME_RULE}, got "a b"', string),
    Refusal(Tracker, "dataset_group", None, "must be a dataset group"),
    Refusal(Filter, "filter_name", "ä", f'{NAME_RULE}, got "ä"', string),
    Refusal(Filter, "expression", "", 'must have at least 1 characters, got ""', string),
    Refusal(Filter, "expression", "x" * 2501, 'must have at most 2500 characters, got "xxx', string),
    Refusal(Filter, "expression", "INCLUD ItemID", "must be a filter expression such as EXCLUDE ItemID WHERE", string),
    Refusal(Filter, "expression", 5, "must be a string, got 5", string),
    Refusal(Attribution, "metrics", [], "must not be empty"),
    Refusal(Attribution, "metrics", "sales", 'must be a list of AttributedMetric objects, got "sales"'),
    Refusal(Attribution, "metrics", [{"eventType": "x"}], "must be AttributedMetric objects, got {'eventType': 'x'}"),
    Refusal(Attribution, "metrics", metric() * 2, 'must have different names, got "sales"'),
    Refusal(
        Attribution,
        "metrics",
        [each for n in range(11) for each in metric(metric_name=f"m{n}")],
        "must have at most 10 entries, got [",
    ),
    Refusal(Attribution, "metrics.0.expression", metric(expression="x" * 257), "must have at most 256 characters"),
    Refusal(Attribution, "output", "s3://films/", 'must be an S3Location, got "s3://films/"'),
    Refusal(Attribution, "output_key", "key", 'must be a key, got "key"'),
    Refusal(Attribution, "metric_attribution_name", "a b", f'{NAME_RULE}, got "a b"', string),
    Refusal(
        Solution,
        "recipe",
        "aws-similar-items",
        'must be a Recipe such as Recipe.SIMILAR_ITEMS, got "aws',
    ),
    Refusal(Solution, "recipe", None, "is required without perform_auto_ml"),
    Refusal(Solution, "solution_name", "a b", f'{NAME_RULE}, got "a b"', string),
    Refusal(Solution, "perform_hpo", "yes", 'must be true or false, got "yes"', anything),
    Refusal(Solution, "perform_auto_training", 1, "must be true or false, got 1", anything),
    Refusal(Solution, "perform_incremental_update", "no", 'must be true or false, got "no"', anything),
    Refusal(Solution, "event_type", "x" * 257, 'must have at most 256 characters, got "xxx', string),
    Refusal(Solution, "event_value_threshold", "0.5", 'must be a number, got "0.5"', number),
    Refusal(Solution, "events", {"Watch": 1}, "must be a list of EventParameters objects, got {'Watch': 1}"),
    Refusal(Solution, "events", ["Watch"], 'must be EventParameters objects, got "Watch"'),
    Refusal(Solution, "events", [Events(event_type="E")] * 11, "must have at most 10 entries, got ["),
    Refusal(Solution, "events.0.weight", [Events(event_type="E", weight=2)], "must be at most 1, got 2"),
    Refusal(Solution, "algorithm_hyper_parameters", ["a"], "must be a map, got ['a']", parameters),
    Refusal(Solution, "algorithm_hyper_parameters.a", {"a": ["b"]}, "must be a string, got ['b']", parameters),
    Refusal(Solution, "feature_transformation_parameters", {"x" * 257: "a"}, "key must have at most 256", parameters),
    Refusal(Solution, "hpo_config", Hpo(max_training_jobs=4), "requires perform_hpo"),
    Refusal(Solution, "hpo_config", {"a": 1}, "must be an HpoConfig, got {'a': 1}"),
    Refusal(Solution, "auto_ml_config", personalize.AutoMlConfig(), "requires perform_auto_ml"),
    Refusal(Solution, "perform_auto_ml", "yes", 'must be true or false, got "yes"', anything),
    Refusal(Solution, "optimization_objective", "PRICE", 'must be an OptimizationObjective, got "PRICE"'),
    Refusal(
        Solution,
        "optimization_objective.item_attribute",
        Objective(item_attribute=""),
        'must have at least 1 characters, got ""',
    ),
    Refusal(
        Solution,
        "optimization_objective.sensitivity",
        Objective(item_attribute="PRICE", sensitivity="LOW"),  # type: ignore[arg-type]
        'must be an ObjectiveSensitivity such as ObjectiveSensitivity.LOW, got "LOW"',
    ),
    Refusal(Solution, "excluded_columns", ["A"], "must be a dict of columns by DatasetType, got ['A']"),
    Refusal(
        Solution,
        "excluded_columns key",
        {"ITEMS": ["A"]},
        'must be a DatasetType such as DatasetType.ITEMS, got "ITEMS"',
    ),
    Refusal(
        Solution,
        "included_columns.items.0",
        {DatasetType.ITEMS: ["a-b"]},
        "must consist of letters (A-Z, a-z), digits and underscores, and start with a letter",
    ),
    Refusal(Solution, "included_columns.items", {DatasetType.ITEMS: ["A"] * 51}, "must have at most 50 entries"),
    Refusal(Solution, "excluded_columns", {each: ["A"] for each in DatasetType}, "must have at most 3 entries, got {"),
    Refusal(Solution, "auto_training_frequency", cdk.Duration.days(31), "must be from 1 day to 30 days, got 31 days"),
    Refusal(Solution, "auto_training_frequency", cdk.Duration.hours(36), "must be whole days, got 1 day 12 hours"),
    Refusal(Solution, "auto_training_frequency", 7, "must be a Duration, got 7"),
    Refusal(Solution, "timeout", cdk.Duration.seconds(1), "must be from 1 minute to 2 days, got 1 second"),
    Refusal(Solution, "removal_policy", "keep", 'must be a RemovalPolicy such as RemovalPolicy.DESTROY, got "keep"'),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=named)
def test_refuses(stack: cdk.Stack, refusal: Refusal) -> None:
    with pytest.raises(personalize.ValidationError) as caught:
        refusal.build(stack, required(stack), refusal.value)
    first = str(caught.value).splitlines()[0]
    assert first.startswith(f"Shop/Made: {refusal.prop} {refusal.words}")
    assert stack.node.try_find_child("Made") is None


@pytest.mark.parametrize("refusal", [each for each in REFUSALS if each.token], ids=named)
def test_a_token_is_left_to_personalize(stack: cdk.Stack, refusal: Refusal) -> None:
    assert refusal.token is not None
    refusal.build(stack, required(stack), refusal.token(stack))
    Template.from_stack(stack).to_json()


@pytest.mark.parametrize("refusal", [each for each in REFUSALS if not each.token], ids=named)
def test_refuses_a_token_where_an_object_is_needed(stack: cdk.Stack, refusal: Refusal) -> None:
    if refusal.prop == "removal_policy":
        return
    with pytest.raises(personalize.ValidationError, match=r"must be .*, got <token>"):
        refusal.build(stack, required(stack), anything(stack))


@pytest.mark.parametrize(
    ("hpo", "words"),
    [
        (Hpo(max_training_jobs=0), "max_training_jobs must be a whole number of at least 1, got 0"),
        (Hpo(max_parallel_training_jobs=True), "max_parallel_training_jobs must be a whole number of at least 1"),
        (Hpo(integer_ranges={"a": (2, 1)}), "integer_ranges.a must start with the minimum, got (2, 1)"),
        (Hpo(integer_ranges={"a": 5}), "integer_ranges.a must be a pair of the minimum and the maximum, got 5"),  # type: ignore[dict-item]
        (Hpo(continuous_ranges=[1]), "continuous_ranges must be a dict of ranges, got [1]"),  # type: ignore[arg-type]
        (Hpo(categorical_ranges="a"), 'categorical_ranges must be a dict of lists, got "a"'),  # type: ignore[arg-type]
        (Hpo(integer_ranges={"a": (1, 2_000_000)}), "integer_ranges.0.max_value must be at most 1000000, got 2000000"),
        (Hpo(metric_name="x" * 257), "metric_name must have at most 256 characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refuses_a_search_that_cannot_be(stack: cdk.Stack, hpo: personalize.HpoConfig, words: str) -> None:
    with pytest.raises(personalize.ValidationError, match=re.escape(f"Shop/Made: hpo_config.{words}")):
        personalize.Solution(
            stack,
            "Made",
            dataset_group=group(stack),
            recipe=Recipe.SIMILAR_ITEMS,
            perform_hpo=True,
            hpo_config=hpo,
        )


@pytest.mark.parametrize(
    ("props", "words"),
    [
        (
            {"event_type": "Watch", "events": [Events(event_type="Click")]},
            "events must not be combined with event_type",
        ),
        ({"perform_incremental_update": True}, "perform_incremental_update requires the Semantic-Similarity recipe"),
        ({"perform_auto_ml": True}, "recipe must not be combined with perform_auto_ml"),
        (
            {"perform_auto_training": False, "auto_training_frequency": cdk.Duration.days(3)},
            "auto_training_frequency requires perform_auto_training",
        ),
    ],
)
def test_refuses_what_does_not_go_together(stack: cdk.Stack, props: dict[str, Any], words: str) -> None:
    given = {"dataset_group": group(stack), "recipe": Recipe.SIMILAR_ITEMS, **props}
    with pytest.raises(personalize.ValidationError, match=f"Shop/Made: {words}"):
        personalize.Solution(stack, "Made", **given)


@pytest.mark.parametrize(
    ("make", "value", "words"),
    [
        (Group.from_dataset_group_arn, SOLUTION, "dataset_group_arn must end with :dataset-group/<name>"),
        (Group.from_dataset_group_arn, "films", f'dataset_group_arn {ARN_RULE}, got "films"'),
        (Group.from_dataset_group_name, "a b", f'dataset_group_name {NAME_RULE}, got "a b"'),
        (Schema.from_schema_arn, GROUP, "schema_arn must end with :schema/<name>"),
        (Schema.from_schema_name, "a b", f'schema_name {NAME_RULE}, got "a b"'),
        (Dataset.from_dataset_arn, GROUP, "dataset_arn must end with :dataset/<group>/<type>"),
        (Tracker.from_event_tracker_arn, VERSION, "event_tracker_arn must end with :event-tracker/<id>"),
        (Filter.from_filter_arn, VERSION, "filter_arn must end with :filter/<name>"),
        (Filter.from_filter_name, "a b", f'filter_name {NAME_RULE}, got "a b"'),
        (Attribution.from_metric_attribution_arn, GROUP, "metric_attribution_arn must end with :metric-attribution/"),
        (Attribution.from_metric_attribution_name, "", "metric_attribution_name must have at least 1"),
    ],
)
def test_refuses_an_import_of_what_cannot_be(stack: cdk.Stack, make: Any, value: str, words: str) -> None:
    with pytest.raises(personalize.ValidationError, match=re.escape(f"Shop/There: {words}")):
        make(stack, "There", value)
    make(stack, "Token", string(stack))


@pytest.mark.parametrize(
    ("make", "prop"),
    [(Dataset, "dataset_group"), (Import, "dataset"), (Filter, "dataset_group"), (Solution, "dataset_group")],
)
def test_refuses_what_is_in_another_region(make: Any, prop: str) -> None:
    stack = new_stack(env=cdk.Environment(account="111111111111", region="eu-west-1"))
    with pytest.raises(
        personalize.ValidationError, match=f"Shop/Made: {prop} must be of the stack's region, eu-west-1"
    ):
        make(stack, "Made", **required(stack)[make])
