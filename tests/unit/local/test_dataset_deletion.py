"""The documented preconditions of DeleteDataset.

https://docs.aws.amazon.com/personalize/latest/dg/delete-dataset.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import data
import pytest
from support.world import ROLE, VIDEO_ITEMS_SCHEMA, video_items_csv

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.world import World

INTERACTIONS, ITEMS = "dataset/movies/INTERACTIONS", "dataset/movies/ITEMS"
TOP_PICKS = "arn:aws:personalize:::recipe/aws-vod-top-picks"


def rejection(world: World, dataset: str) -> str:
    """Return the message of a rejected deletion, or an empty string if it starts."""
    try:
        world.personalize.delete_dataset(datasetArn=world.arn(dataset))
    except world.personalize.exceptions.ResourceInUseException as error:
        return str(error)
    return ""


@pytest.fixture
def version(world: World) -> str:
    return world.version(world.solution())


@pytest.mark.usefixtures("version")
def test_a_filter_keeps_all_datasets_of_its_group(world: World) -> None:
    arn = world.personalize.create_filter(
        name="genre",
        datasetGroupArn=world.arn("dataset-group/movies"),
        filterExpression='INCLUDE ItemID WHERE Items.GENRES IN ("Drama")',
    )["filterArn"]
    world.pass_time()
    assert "filter/genre" in rejection(world, INTERACTIONS)
    assert "filter/genre" in rejection(world, ITEMS)
    world.personalize.delete_filter(filterArn=arn)
    world.pass_time()
    assert rejection(world, ITEMS) == ""


@pytest.mark.usefixtures("version")
def test_an_event_tracker_keeps_the_interactions(world: World) -> None:
    world.personalize.create_event_tracker(name="views", datasetGroupArn=world.arn("dataset-group/movies"))
    world.pass_time()
    assert "event-tracker/" in rejection(world, INTERACTIONS)
    assert rejection(world, ITEMS) == ""


@pytest.mark.usefixtures("version")
@pytest.mark.parametrize(("expression", "keeps_items"), [("SAMPLECOUNT()", False), ("SUM(Items.PRICE)", True)])
def test_a_metric_attribution_keeps_the_datasets_that_it_refers_to(
    world: World, expression: str, keeps_items: bool
) -> None:
    world.personalize.create_metric_attribution(
        name="impact",
        datasetGroupArn=world.arn("dataset-group/movies"),
        metrics=[{"eventType": "Watch", "metricName": "watches", "expression": expression}],
        metricsOutputConfig={"roleArn": ROLE},
    )
    world.pass_time()
    assert "metric-attribution/impact" in rejection(world, INTERACTIONS)
    assert ("metric-attribution/impact" in rejection(world, ITEMS)) is keeps_items


def import_job(world: World) -> str:
    world.personalize.create_dataset_import_job(
        jobName="again",
        datasetArn=world.arn(INTERACTIONS),
        dataSource={"dataLocation": "s3://bucket/views.csv"},
        roleArn=ROLE,
    )
    return "dataset-import-job/again"


def batch_inference_job(world: World) -> str:
    world.personalize.create_batch_inference_job(
        jobName="batch", solutionVersionArn=world.existing("SolutionVersion")[0], **files()
    )
    return "batch-inference-job/batch"


def batch_segment_job(world: World) -> str:
    solution = world.personalize.create_solution(
        name="segments",
        datasetGroupArn=world.arn("dataset-group/movies"),
        recipeArn="arn:aws:personalize:::recipe/aws-item-affinity",
        performAutoTraining=False,
    )["solutionArn"]
    world.pass_time()
    trained = world.version(solution)
    world.personalize.create_batch_segment_job(jobName="segments", solutionVersionArn=trained, **files())
    return "batch-segment-job/segments"


def files() -> dict[str, Any]:
    return {
        "jobInput": {"s3DataSource": {"path": "s3://bucket/in/"}},
        "jobOutput": {"s3DataDestination": {"path": "s3://bucket/out/"}},
        "roleArn": ROLE,
    }


def training(world: World) -> str:
    arn: str = world.personalize.create_solution_version(solutionArn=world.arn("solution/similar"))[
        "solutionVersionArn"
    ]
    return arn


@pytest.mark.usefixtures("version")
@pytest.mark.parametrize("start", [import_job, batch_inference_job, batch_segment_job, training])
def test_what_runs_keeps_the_dataset_until_it_ends(world: World, start: Callable[[World], str]) -> None:
    dependent = start(world)
    assert dependent in rejection(world, INTERACTIONS)
    world.pass_time()
    assert rejection(world, INTERACTIONS) == ""


def test_a_campaign_keeps_the_datasets_while_it_is_created_and_active(world: World, version: str) -> None:
    arn = world.personalize.create_campaign(name="related", solutionVersionArn=version)["campaignArn"]
    assert "campaign/related" in rejection(world, ITEMS)
    world.pass_time()
    assert "campaign/related" in rejection(world, ITEMS)
    world.personalize.delete_campaign(campaignArn=arn)
    assert rejection(world, ITEMS) == ""


def test_a_recommender_keeps_the_datasets_while_it_is_created(world: World) -> None:
    group = world.group(domain="VIDEO_ON_DEMAND")
    world.load(world.dataset(group, "Interactions", data.INTERACTIONS_SCHEMA), data.interactions_csv(), "views")
    world.load(world.dataset(group, "Items", VIDEO_ITEMS_SCHEMA), video_items_csv(), "films")
    world.personalize.create_recommender(name="picks", datasetGroupArn=group, recipeArn=TOP_PICKS)
    assert "recommender/picks" in rejection(world, ITEMS)
    world.pass_time()
    assert rejection(world, ITEMS) == ""


def test_resources_of_another_group_keep_nothing(world: World, version: str) -> None:
    world.personalize.create_campaign(name="related", solutionVersionArn=version)
    world.pass_time()
    other = world.dataset(world.group("books"), "Items", data.ITEMS_SCHEMA)
    world.personalize.delete_dataset(datasetArn=other)
    assert world.status(other) == "DELETE PENDING"
