"""Errors for invalid props of recommenders and jobs. Tokens are accepted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from support.refusals import Refusal, named
from support.synth import DATASET, GROUP, KEY, ROLE, VERSION, dataset, group, location, new_stack, version
from support.tokens import anything, days, number, string

import cdk_personalize as personalize
from cdk_personalize import DatasetType, Domain, UseCase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME_RULE = "must consist of letters (A-Z, a-z), digits, hyphens and underscores, and start with a letter or a digit"
COLUMN_RULE = "must consist of letters (A-Z, a-z), digits and underscores, and start with a letter or an underscore"
MINUTE_TO_DAYS = "must be from 1 minute to 2 days"


def column(stack: cdk.Stack) -> Any:
    return {DatasetType.ITEMS: [string(stack)]}


def texts(stack: cdk.Stack) -> Any:
    return {"data": string(stack)}


def within(wrap: Callable[[Any], Any], token: Callable[[cdk.Stack], Any]) -> Callable[[cdk.Stack], Any]:
    """Return a function that creates the object of a prop with a token inside."""
    return lambda stack: wrap(token(stack))


def weight(value: Any) -> Any:
    return personalize.ItemExploration(weight=value)


def age(value: Any) -> Any:
    return personalize.ItemExploration(age_cut_off=value)


def popularity(value: Any) -> Any:
    return personalize.RankingInfluence(popularity=value)


def freshness(value: Any) -> Any:
    return personalize.RankingInfluence(freshness=value)


def theme(value: Any) -> Any:
    return personalize.ThemeGeneration(item_name=value)


def required(stack: cdk.Stack) -> Mapping[type, Mapping[str, Any]]:
    """Return the required props of each construct."""
    output = location(stack, "out/")
    batch = {"solution_version": version(stack), "output": output}
    batch["input"] = personalize.S3Location(output.bucket, "in/")
    return {
        Recommender: {
            "dataset_group": group(stack, Domain.ECOMMERCE),
            "use_case": UseCase.ECOMMERCE_RECOMMENDED_FOR_YOU,
        },
        Inference: batch,
        Segments: batch,
        Export: {"dataset": dataset(stack), "output": output},
    }


Recommender, Inference = personalize.Recommender, personalize.BatchInferenceJob
Segments, Export = personalize.BatchSegmentJob, personalize.DatasetExportJob

OF_ONE = [
    Refusal(Recommender, "dataset_group", GROUP, f'must be a dataset group, got "{GROUP}"'),
    Refusal(
        Recommender,
        "use_case",
        "aws-vod-top-picks",
        "must be a UseCase such as UseCase.ECOMMERCE_BEST_",
    ),
    Refusal(
        Recommender, "use_case", UseCase("aws-vod"), "must be an ARN of Amazon Personalize", within(UseCase, string)
    ),
    Refusal(Recommender, "recommender_name", "", 'must have at least 1 characters, got ""', string),
    Refusal(Recommender, "recommender_name", "r" * 64, 'must have at most 63 characters, got "rrr', string),
    Refusal(Recommender, "recommender_name", "a b", f'{NAME_RULE}, got "a b"', string),
    Refusal(Recommender, "recommender_name", 7, "must be a string, got 7", string),
    Refusal(Recommender, "min_recommendation_requests_per_second", 0, "must be at least 1, got 0", number),
    Refusal(Recommender, "min_recommendation_requests_per_second", 1.5, "must be a whole number, got 1.5", number),
    Refusal(Recommender, "min_recommendation_requests_per_second", True, "must be a whole number, got True", number),
    Refusal(Recommender, "enable_metadata_with_recommendations", "no", 'must be true or false, got "no"', anything),
    Refusal(Recommender, "active", "no", 'must be true or false, got "no"', anything),
    Refusal(Recommender, "active", 0, "must be true or false, got 0", anything),
    Refusal(Recommender, "item_exploration.weight", weight(2), "must be from 0 to 1, got 2", within(weight, number)),
    Refusal(
        Recommender,
        "item_exploration.age_cut_off",
        age(cdk.Duration.hours(5)),
        "must be from 1 day to",
        within(age, days),
    ),
    Refusal(Recommender, "item_exploration", {"weight": 1}, "must be an ItemExploration, got {"),
    Refusal(Recommender, "excluded_columns", ["COST"], "must be a dict of columns by DatasetType, got ['COST']"),
    Refusal(
        Recommender,
        "excluded_columns key",
        {"Items": ["COST"]},
        'must be a DatasetType such as DatasetType.ITEMS, got "Items"',
    ),
    Refusal(Recommender, "excluded_columns.items.0", {DatasetType.ITEMS: ["a-b"]}, f'{COLUMN_RULE}, got "a-b"', column),
    Refusal(Recommender, "included_columns.items", {DatasetType.ITEMS: ["A"] * 51}, "must have at most 50 entries"),
    Refusal(
        Recommender, "included_columns", {each: ["A"] for each in DatasetType}, "must have at most 3 entries, got {"
    ),
    Refusal(Inference, "item_exploration.weight", weight(-1), "must be from 0 to 1, got -1", within(weight, number)),
    Refusal(Inference, "item_exploration", 0.3, "must be an ItemExploration, got 0.3"),
    Refusal(
        Inference, "ranking_influence.popularity", popularity(2), "must be at most 1, got 2", within(popularity, number)
    ),
    Refusal(
        Inference,
        "ranking_influence.freshness",
        freshness(-0.5),
        "must be at least 0, got -0.5",
        within(freshness, number),
    ),
    Refusal(Inference, "ranking_influence", {"FRESHNESS": 1}, "must be a RankingInfluence, got {"),
    Refusal(Inference, "theme_generation.item_name", theme("1ST"), f'{COLUMN_RULE}, got "1ST"', within(theme, string)),
    Refusal(
        Inference,
        "theme_generation.item_name",
        theme("T" * 151),
        "must have at most 150 characters",
        within(theme, string),
    ),
    Refusal(Inference, "theme_generation.item_name", theme(1), "must be a string, got 1", within(theme, string)),
    Refusal(Inference, "theme_generation", "TITLE", 'must be a ThemeGeneration, got "TITLE"'),
    Refusal(Export, "dataset", DATASET, f'must be a dataset, got "{DATASET}"'),
    Refusal(
        Export, "ingestion_mode", "SOME", 'must be an IngestionMode such as IngestionMode.BULK, got "SOME"', anything
    ),
]

OF_BATCHES = [
    refusal
    for make in (Inference, Segments)
    for refusal in (
        Refusal(make, "solution_version", VERSION, f'must be a solution version, got "{VERSION[:80]}'),
        Refusal(make, "input", "s3://films/in/", 'must be an S3Location, got "s3://films/in/"'),
        Refusal(make, "filter", "dramas", 'must be a filter, got "dramas"'),
        Refusal(make, "num_results", 2.5, "must be a whole number, got 2.5", number),
        Refusal(make, "num_results", "10", 'must be a whole number, got "10"', number),
    )
]

OF_JOBS = [
    refusal
    for make in (Inference, Segments, Export)
    for refusal in (
        Refusal(make, "output", "s3://films/out/", 'must be an S3Location, got "s3://films/out/"'),
        Refusal(make, "output", personalize.S3Location("films", "out/"), 'must be in a bucket, got "films"'),  # type: ignore[arg-type]
        Refusal(make, "role", ROLE, f'must be a role, got "{ROLE}"'),
        Refusal(make, "output_key", KEY, f'must be a key, got "{KEY}"'),
        Refusal(make, "job_name", "", 'must have at least 1 characters, got ""', string),
        Refusal(make, "job_name", "j" * 64, 'must have at most 63 characters, got "jjj', string),
        Refusal(make, "job_name", "-j", f'{NAME_RULE}, got "-j"', string),
        Refusal(make, "rerun_on", "monday", 'must be a dict of strings, got "monday"'),
        Refusal(make, "rerun_on", {"data": 1}, "must be a dict of strings, got {'data': 1}", texts),
    )
]

OF_ALL = [
    refusal
    for make in (Recommender, Inference, Segments, Export)
    for refusal in (
        Refusal(make, "timeout", cdk.Duration.seconds(30), f"{MINUTE_TO_DAYS}, got 30 seconds"),
        Refusal(make, "timeout", cdk.Duration.hours(49), f"{MINUTE_TO_DAYS}, got 2 days 1 hour"),
        Refusal(make, "timeout", 3600, "must be a Duration, got 3600"),
    )
]

REFUSALS = [*OF_ONE, *OF_BATCHES, *OF_JOBS, *OF_ALL]


@pytest.mark.parametrize("refusal", REFUSALS, ids=named)
def test_refuses(stack: cdk.Stack, refusal: Refusal) -> None:
    with pytest.raises(personalize.ValidationError) as caught:
        refusal.build(stack, required(stack), refusal.value)
    first, *others = str(caught.value).splitlines()
    assert first.startswith(f"Shop/Made: {refusal.prop} {refusal.words}")
    assert all(line.startswith(f"Shop/Made: {refusal.prop} must ") for line in others)
    assert stack.node.try_find_child("Made") is None


@pytest.mark.parametrize("refusal", [each for each in REFUSALS if each.token], ids=named)
def test_a_token_is_left_to_personalize(stack: cdk.Stack, refusal: Refusal) -> None:
    assert refusal.token is not None
    refusal.build(stack, required(stack), refusal.token(stack))
    Template.from_stack(stack).to_json()


@pytest.mark.parametrize("refusal", [each for each in REFUSALS if not each.token], ids=named)
def test_refuses_a_token_where_an_object_is_needed(stack: cdk.Stack, refusal: Refusal) -> None:
    with pytest.raises(personalize.ValidationError, match=r"must be .*, got <token>"):
        refusal.build(stack, required(stack), anything(stack))


@pytest.mark.parametrize(
    ("make", "prop"),
    [
        (Recommender, "dataset_group"),
        (Inference, "solution_version"),
        (Segments, "solution_version"),
        (Export, "dataset"),
    ],
)
def test_refuses_what_is_in_another_region(make: Any, prop: str) -> None:
    stack = new_stack(env=cdk.Environment(account="111111111111", region="eu-west-1"))
    with pytest.raises(
        personalize.ValidationError, match=f"Shop/Made: {prop} must be of the stack's region, eu-west-1"
    ):
        make(stack, "Made", **required(stack)[make])


@pytest.mark.parametrize("make", [Inference, Segments, Export])
@pytest.mark.parametrize("prop", ["input", "output"])
def test_refuses_a_bucket_of_another_region(make: Any, prop: str) -> None:
    stack = new_stack(env=cdk.Environment(account="111111111111", region="us-east-1"))
    there = s3.Bucket.from_bucket_attributes(stack, "There", bucket_name="shows", region="eu-west-1")
    given = required(stack)[make]
    if prop in given:
        words = f'Shop/Made: {prop} must be in a bucket in the stack\'s region, us-east-1, got "eu-west-1"'
        with pytest.raises(personalize.ValidationError, match=words):
            make(stack, "Made", **{**given, prop: personalize.S3Location(there, "elsewhere/")})


@pytest.mark.parametrize(
    ("import_it", "value", "words"),
    [
        (Recommender.from_recommender_arn, GROUP, "recommender_arn must end with :recommender/<name>"),
        (Recommender.from_recommender_arn, "for-you", "recommender_arn must be an ARN of Amazon Personalize"),
        (Recommender.from_recommender_name, "a b", f'recommender_name {NAME_RULE}, got "a b"'),
    ],
)
def test_refuses_an_import_of_what_cannot_be(stack: cdk.Stack, import_it: Any, value: str, words: str) -> None:
    with pytest.raises(personalize.ValidationError, match=re.escape(f"Shop/There: {words}")):
        import_it(stack, "There", value)
    import_it(stack, "Token", string(stack))
