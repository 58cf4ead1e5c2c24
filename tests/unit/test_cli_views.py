"""Tables that the command shows in terminals of any width."""

from __future__ import annotations

import io
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from cdk_personalize.cli import drift, views
from cdk_personalize.cli.aws import AwsClients
from cdk_personalize.cli.drift import PropertyDrift, ResourceDrift
from cdk_personalize.cli.stacks import DeployedStack, StackResource
from cdk_personalize.cli.status import MISSING, ResourceOperation, ResourceStatus, StackStatus

if TYPE_CHECKING:
    from rich.console import RenderableType

NOW = datetime(2025, 3, 1, 12, tzinfo=timezone.utc)
RELATED = StackResource(
    logical_id="Related", type="Custom::PersonalizeCampaign", properties={}, path="Shop/Pages/Related"
)
REASON = "There is no capacity left for as many requests per second as this campaign asks for"


@pytest.fixture
def stack() -> DeployedStack:
    description = {"StackId": "arn", "StackName": "Shop", "StackStatus": "UPDATE_IN_PROGRESS", "CreationTime": NOW}
    return DeployedStack(AwsClients(region="us-east-1"), description)


def shown(what: RenderableType, width: int) -> str:
    output = io.StringIO()
    Console(width=width, file=output).print(what)
    return output.getvalue()


def found(
    status: str | None = "ACTIVE", operation: ResourceOperation | None = None, age: timedelta = timedelta()
) -> ResourceStatus:
    return ResourceStatus(
        resource=RELATED, arn="arn", name="n" * 63, status=status, created=NOW - age, operation=operation
    )


def running(name: str, status: str) -> ResourceOperation:
    began = NOW - timedelta(minutes=2, seconds=5)
    return ResourceOperation(name=name, status=status, began=began, under_way=True, failure_reason=None)


def row(stack: DeployedStack, resource: ResourceStatus, width: int = 200) -> list[str]:
    line = shown(views.status_table([StackStatus(stack, [resource])], NOW, width), width).splitlines()[2]
    return [cell.strip() for cell in line.split("   ") if cell.strip()]


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        (found("CREATE PENDING", running("creation", "CREATE PENDING")), "creation, 2 min 5 s"),
        (found("ACTIVE", running("update", "CREATE IN_PROGRESS")), "update CREATE IN_PROGRESS, 2 min 5 s"),
        (found(MISSING), "0 s"),
    ],
)
def test_the_latest_operation_tells_its_time(stack: DeployedStack, resource: ResourceStatus, told: str) -> None:
    assert row(stack, resource)[-1] == told


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=59), "59 s"),
        (timedelta(seconds=61), "1 min 1 s"),
        (timedelta(hours=3, minutes=59, seconds=59), "3 h 59 min"),
        (timedelta(days=2, hours=23, minutes=59), "2 d 23 h"),
    ],
)
def test_an_age_has_its_two_largest_units(stack: DeployedStack, age: timedelta, words: str) -> None:
    assert row(stack, found(age=age))[-1] == words


def test_what_is_not_there_yet_waits(stack: DeployedStack) -> None:
    assert row(stack, ResourceStatus(resource=RELATED)) == ["Pages/Related", "Campaign", "waiting"]


@pytest.mark.parametrize("width", [200, 110, 80, 60])
def test_only_names_are_shortened(stack: DeployedStack, width: int) -> None:
    failed = ResourceOperation(name="update", status="CREATE FAILED", began=NOW, under_way=False, failure_reason=REASON)
    text = shown(views.status_table([StackStatus(stack, [found("INACTIVE", failed)])], NOW, width), width)
    everything = "".join(text.split())
    assert f"Pages/Related:{REASON}".replace(" ", "") in everything
    assert "INACTIVE" in text
    assert {"Pages", "FAILED"} <= set(text.replace("/", " ").split())


def test_a_drift_says_what_was_declared_and_what_was_not_compared(stack: DeployedStack) -> None:
    properties = [
        PropertyDrift("MinProvisionedTPS", 1, 4, drift.MODIFIED, "default"),
        PropertyDrift("CampaignConfig.EnableMetadataWithRecommendations", True, False, drift.MODIFIED),
        PropertyDrift("Tags.cost", None, "42", drift.MODIFIED),
        PropertyDrift("Name", None, "related", drift.NOT_CHECKED, "the value is unknown: Name"),
        PropertyDrift("SolutionVersionArn", "arn", "arn", drift.IN_SYNC),
    ]
    other = ResourceDrift(RELATED, drift.NOT_CHECKED)
    drifts = [(stack, [ResourceDrift(RELATED, drift.MODIFIED, properties), other])]
    lines = [line.split() for line in shown(views.drift_table(drifts), 200).splitlines()]
    start = ["Shop/Pages/Related", "Campaign"]
    assert lines[1:4] == [
        [*start, "MinProvisionedTPS", "1", "(default)", "4"],
        [*start, "CampaignConfig.EnableMetadataWithRecommendations", "true", "false"],
        [*start, "Tags.cost", "-", "42"],
    ]
    assert [" ".join(line) for line in lines[4:]] == [
        "Shop/Pages/Related: Name was not compared: the value is unknown: Name",
        "Shop/Pages/Related: was not compared, because it has not been created yet",
        "1 of 2 resources drifted: 2 resources, 4 properties compared",
    ]
