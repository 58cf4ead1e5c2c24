"""Event trackers and metric attributions, at most one in a dataset group."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from support.world import ROLE

if TYPE_CHECKING:
    from support.world import World


def test_a_tracker_has_an_id_that_does_not_follow_from_its_name(world: World) -> None:
    made = world.personalize.create_event_tracker(name="clicks", datasetGroupArn=world.group())
    assert re.fullmatch(r".*:event-tracker/[0-9a-f]{8}", made["eventTrackerArn"])
    world.pass_time()
    found = world.personalize.describe_event_tracker(eventTrackerArn=made["eventTrackerArn"])["eventTracker"]
    assert (found["trackingId"], found["status"], found["accountId"]) == (
        made["trackingId"],
        "ACTIVE",
        "111111111111",
    )


def test_a_group_has_one_tracker_and_cannot_go_before_it(world: World) -> None:
    group = world.group()
    arn = world.personalize.create_event_tracker(name="clicks", datasetGroupArn=group)["eventTrackerArn"]
    world.pass_time()
    with pytest.raises(world.personalize.exceptions.ResourceAlreadyExistsException):
        world.personalize.create_event_tracker(name="others", datasetGroupArn=group)
    with pytest.raises(world.personalize.exceptions.ResourceInUseException):
        world.personalize.delete_dataset_group(datasetGroupArn=group)
    world.personalize.delete_event_tracker(eventTrackerArn=arn)
    world.pass_time()
    world.personalize.delete_dataset_group(datasetGroupArn=group)


def metric(name: str) -> dict[str, str]:
    return {"eventType": "Watch", "metricName": name, "expression": "SUM(DatasetType.INTERACTIONS.EVENT_VALUE)"}


def attribution(world: World, name: str = "effects", metrics: int = 1, **more: Any) -> str:
    group = world.group() if not world.existing("DatasetGroup") else world.arn("dataset-group/movies")
    arn: str = world.personalize.create_metric_attribution(
        name=name,
        datasetGroupArn=group,
        metrics=[metric(f"metric-{number}") for number in range(metrics)],
        metricsOutputConfig={"roleArn": ROLE},
        **more,
    )["metricAttributionArn"]
    world.pass_time()
    return arn


def names(world: World, arn: str) -> list[str]:
    found = world.personalize.list_metric_attribution_metrics(metricAttributionArn=arn)["metrics"]
    return [each["metricName"] for each in found]


def test_the_metrics_of_an_attribution_come_in_pages(world: World) -> None:
    arn = attribution(world, metrics=3)
    first = world.personalize.list_metric_attribution_metrics(metricAttributionArn=arn, maxResults=2)
    rest = world.personalize.list_metric_attribution_metrics(metricAttributionArn=arn, nextToken=first["nextToken"])
    assert [each["metricName"] for each in first["metrics"] + rest["metrics"]] == ["metric-0", "metric-1", "metric-2"]


def test_metrics_are_added_and_removed(world: World) -> None:
    arn = attribution(world, metrics=2)
    world.personalize.update_metric_attribution(
        metricAttributionArn=arn, addMetrics=[metric("new")], removeMetrics=["metric-0"]
    )
    assert world.status(arn) == "UPDATE PENDING"
    world.pass_time()
    assert (world.status(arn), names(world, arn)) == ("ACTIVE", ["metric-1", "new"])


@pytest.mark.parametrize(
    "request_",
    [{"removeMetrics": ["none"]}, {"addMetrics": [metric("metric-0")]}, {"addMetrics": [metric("new")]}],
)
def test_an_update_that_does_not_fit_is_refused(world: World, request_: dict[str, Any]) -> None:
    arn = attribution(world, metrics=10)
    with pytest.raises(world.personalize.exceptions.InvalidInputException):
        world.personalize.update_metric_attribution(metricAttributionArn=arn, **request_)
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="metricAttributionArn is required"):
        world.personalize.update_metric_attribution(**request_)


def test_a_failed_update_shows_its_reason(world: World) -> None:
    arn = attribution(world)
    world.emulator.faults.add({"kind": "MetricAttribution", "outcome": "CREATE FAILED", "reason": "No luck"})
    world.personalize.update_metric_attribution(metricAttributionArn=arn, addMetrics=[metric("new")])
    world.pass_time()
    found = world.personalize.describe_metric_attribution(metricAttributionArn=arn)["metricAttribution"]
    assert (found["status"], found["failureReason"], names(world, arn)) == ("ACTIVE", "No luck", ["metric-0"])


def test_a_group_has_one_attribution_and_it_has_no_tags(world: World) -> None:
    arn = attribution(world)
    with pytest.raises(world.personalize.exceptions.ResourceAlreadyExistsException):
        attribution(world, "others")
    with pytest.raises(world.personalize.exceptions.InvalidInputException):
        world.personalize.tag_resource(resourceArn=arn, tags=[])
