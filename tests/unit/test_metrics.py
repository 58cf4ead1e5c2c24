"""Tests that each metric of the developer guide has a method of its construct."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from support.synth import DATASET, GROUP, SOLUTION, VERSION, dataset, group, location, solution, version

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "arn:aws:personalize:us-east-1:111111111111"
CAMPAIGN, RECOMMENDER = f"{ACCOUNT}:campaign/related", f"{ACCOUNT}:recommender/for-you"
TRACKER, INTERACTIONS = f"{ACCOUNT}:event-tracker/0a1b2c3d", f"{ACCOUNT}:dataset/films/INTERACTIONS"


def campaign(stack: cdk.Stack) -> Any:
    return personalize.Campaign.from_campaign_arn(stack, "Campaign", CAMPAIGN)


def recommender(stack: cdk.Stack) -> Any:
    return personalize.Recommender.from_recommender_arn(stack, "Recommender", RECOMMENDER)


def tracker(stack: cdk.Stack) -> Any:
    made = personalize.EventTracker.from_event_tracker_arn
    return made(stack, "Tracker", TRACKER, dataset_group=group(stack))


OF_CAMPAIGN, OF_RECOMMENDER = {"CampaignArn": CAMPAIGN}, {"RecommenderArn": RECOMMENDER}
OF_TRACKER = {"DatasetGroupArn": GROUP, "DatasetArn": INTERACTIONS, "EventTrackerArn": TRACKER}
OF_DATASET = {"DatasetGroupArn": GROUP, "DatasetArn": DATASET}
OF_VERSION = {"SolutionArn": SOLUTION, "SolutionVersionArn": VERSION}

METRICS: list[tuple[Callable[[cdk.Stack], Any], dict[str, str], str, str, str]] = [
    (campaign, OF_CAMPAIGN, "get_recommendations", "GetRecommendations", "Sum"),
    (campaign, OF_CAMPAIGN, "get_recommendations_4xx_errors", "GetRecommendations4xxErrors", "Sum"),
    (campaign, OF_CAMPAIGN, "get_recommendations_5xx_errors", "GetRecommendations5xxErrors", "Sum"),
    (campaign, OF_CAMPAIGN, "get_recommendations_latency", "GetRecommendationsLatency", "Average"),
    (campaign, OF_CAMPAIGN, "get_personalized_ranking", "GetPersonalizedRanking", "Sum"),
    (campaign, OF_CAMPAIGN, "get_personalized_ranking_4xx_errors", "GetPersonalizedRanking4xxErrors", "Sum"),
    (campaign, OF_CAMPAIGN, "get_personalized_ranking_5xx_errors", "GetPersonalizedRanking5xxErrors", "Sum"),
    (campaign, OF_CAMPAIGN, "get_personalized_ranking_latency", "GetPersonalizedRankingLatency", "Average"),
    (recommender, OF_RECOMMENDER, "get_recommendations", "GetRecommendations", "Sum"),
    (recommender, OF_RECOMMENDER, "get_recommendations_4xx_errors", "GetRecommendations4xxErrors", "Sum"),
    (recommender, OF_RECOMMENDER, "get_recommendations_5xx_errors", "GetRecommendations5xxErrors", "Sum"),
    (recommender, OF_RECOMMENDER, "get_recommendations_latency", "GetRecommendationsLatency", "Average"),
    (tracker, OF_TRACKER, "put_events_requests", "PutEventsRequests", "Sum"),
    (tracker, OF_TRACKER, "put_events_4xx_errors", "PutEvents4xxErrors", "Sum"),
    (tracker, OF_TRACKER, "put_events_5xx_errors", "PutEvents5xxErrors", "Sum"),
    (tracker, OF_TRACKER, "put_event_latency", "PutEventLatency", "Average"),
    (dataset, OF_DATASET, "put_items_requests", "PutItemsRequests", "Sum"),
    (dataset, OF_DATASET, "put_items_4xx_errors", "PutItems4xxErrors", "Sum"),
    (dataset, OF_DATASET, "put_items_5xx_errors", "PutItems5xxErrors", "Sum"),
    (dataset, OF_DATASET, "put_items_latency", "PutItemsLatency", "Average"),
    (dataset, OF_DATASET, "put_users_requests", "PutUsersRequests", "Sum"),
    (dataset, OF_DATASET, "put_users_4xx_errors", "PutUsers4xxErrors", "Sum"),
    (dataset, OF_DATASET, "put_users_5xx_errors", "PutUsers5xxErrors", "Sum"),
    (dataset, OF_DATASET, "put_users_latency", "PutUsersLatency", "Average"),
    (version, OF_VERSION, "solution_training_job_requests", "SolutionTrainingJobRequests", "Sum"),
    (version, OF_VERSION, "solution_training_job_error", "SolutionTrainingJobError", "Sum"),
    (version, OF_VERSION, "solution_training_job_execution_time", "SolutionTrainingJobExecutionTime", "Maximum"),
]
IMPORTS = [
    ("dataset_import_job_requests", "DatasetImportJobRequests", "Sum"),
    ("dataset_import_job_error", "DatasetImportJobError", "Sum"),
    ("dataset_import_job_execution_time", "DatasetImportJobExecutionTime", "Maximum"),
    ("dataset_size", "DatasetSize", "Maximum"),
]


@pytest.mark.parametrize(
    ("of", "dimensions", "method", "name", "statistic"), METRICS, ids=[f"{row[0].__name__}-{row[2]}" for row in METRICS]
)
def test_a_metric_is_that_of_the_guide(
    stack: cdk.Stack,
    of: Callable[[cdk.Stack], Any],
    dimensions: dict[str, str],
    method: str,
    name: str,
    statistic: str,
) -> None:
    metric = getattr(of(stack), f"metric_{method}")()
    assert (metric.namespace, metric.metric_name, metric.statistic) == ("AWS/Personalize", name, statistic)
    assert metric.dimensions == dimensions


def test_no_method_is_left_without_a_row() -> None:
    rows = {row[2] for row in METRICS} | {row[0] for row in IMPORTS}
    measured = ("Campaign", "Recommender", "EventTracker", "Dataset", "DatasetImport", "Solution", "SolutionVersion")
    methods = {name for each in measured for name in dir(getattr(personalize, each)) if name.startswith("metric_")}
    assert {name.removeprefix("metric_") for name in methods} == rows


@pytest.mark.parametrize(("method", "name", "statistic"), IMPORTS)
def test_an_import_has_metrics_of_its_own(stack: cdk.Stack, method: str, name: str, statistic: str) -> None:
    job = personalize.DatasetImport(stack, "Import", dataset=dataset(stack), source=location(stack))
    metric = getattr(job, f"metric_{method}")()
    assert (metric.metric_name, metric.statistic) == (name, statistic)
    assert metric.dimensions == {**OF_DATASET, "DatasetImportJobArn": job.dataset_import_job_arn}


@pytest.mark.parametrize(("method", "name", "statistic"), IMPORTS)
def test_a_dataset_has_metrics_over_all_its_imports(stack: cdk.Stack, method: str, name: str, statistic: str) -> None:
    function = {"Sum": "SUM", "Maximum": "MAX"}[statistic]
    schema = 'SCHEMA("AWS/Personalize", DatasetGroupArn, DatasetArn, DatasetImportJobArn)'
    metric = getattr(dataset(stack), f"metric_{method}")()
    assert metric.expression == f"SELECT {function}({name}) FROM {schema} WHERE DatasetArn = '{DATASET}'"


def test_a_solution_has_metrics_over_all_its_versions(stack: cdk.Stack) -> None:
    metric = solution(stack).metric_solution_training_job_error(statistic="SampleCount", label="failures")
    schema = 'SCHEMA("AWS/Personalize", SolutionArn, SolutionVersionArn)'
    assert metric.expression == (
        f"SELECT COUNT(SolutionTrainingJobError) FROM {schema} WHERE SolutionArn = '{SOLUTION}'"
    )
    assert metric.label == "failures"


@pytest.mark.parametrize("of", [campaign, recommender, tracker, dataset, version])
def test_options_of_a_metric_win(stack: cdk.Stack, of: Callable[[cdk.Stack], Any]) -> None:
    metric = of(stack).metric("Anything", statistic="p42", period=cdk.Duration.hours(1))
    assert (metric.metric_name, metric.statistic, metric.period.to_minutes()) == ("Anything", "p42", 60)


def test_metrics_of_an_import_from_elsewhere_are_read_there() -> None:
    here = cdk.Stack(cdk.App(), "Here", env=cdk.Environment(account="111111111111", region="us-east-1"))
    elsewhere = RECOMMENDER.replace("us-east-1", "eu-west-1")
    far = personalize.Recommender.from_recommender_arn(here, "Far", elsewhere)
    metric = far.metric_get_recommendations()
    assert (metric.account, metric.region) == ("111111111111", "eu-west-1")


def test_an_owned_tracker_is_measured_by_the_interactions_of_its_group(stack: cdk.Stack) -> None:
    owned = personalize.DatasetGroup(stack, "Films")
    made = personalize.EventTracker(stack, "Views", dataset_group=owned)
    dimensions: Any = stack.resolve(made.metric_put_events_requests().dimensions)
    split = {
        "Fn::Split": [
            ":dataset-group/",
            {"Fn::GetAtt": [stack.get_logical_id(owned.node.default_child), "DatasetGroupArn"]},
        ]
    }
    parts = [{"Fn::Select": [0, split]}, ":dataset/", {"Fn::Select": [1, split]}, "/INTERACTIONS"]
    assert dimensions["DatasetArn"] == {"Fn::Join": ["", parts]}
    assert dimensions["EventTrackerArn"] == stack.resolve(made.event_tracker_arn)


def test_refuses_metrics_of_a_tracker_without_its_group(stack: cdk.Stack) -> None:
    imported = personalize.EventTracker.from_event_tracker_arn(stack, "Tracker", TRACKER)
    with pytest.raises(personalize.ValidationError, match=r"^Shop/Tracker: dataset_group is required for metrics"):
        imported.metric_put_events_requests()
