"""Tables that the command shows in terminals of any width."""

from __future__ import annotations

import dataclasses
import io
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from rich.console import Console

from cdk_personalize.cli import drift, status, views
from cdk_personalize.cli.aws import AwsClients
from cdk_personalize.cli.drift import PropertyDrift, ResourceDrift
from cdk_personalize.cli.stacks import DeployedStack, StackResource
from cdk_personalize.cli.status import MISSING, ResourceOperation, ResourceStatus, StackStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

NOW = datetime(2025, 3, 1, 12, tzinfo=timezone.utc)
RELATED = StackResource(
    logical_id="Related", type="Custom::PersonalizeCampaign", properties={}, path="Shop/Pages/Related"
)
REASON = "There is no capacity left for as many requests per second as this campaign asks for"


@pytest.fixture
def stack() -> DeployedStack:
    return deployed("Shop", "UPDATE_IN_PROGRESS", {})


def deployed(
    name: str,
    stack_status: str,
    resources: Mapping[str, Any],
    summaries: Sequence[Mapping[str, Any]] = (),
    events: Sequence[Mapping[str, Any]] = (),
) -> DeployedStack:
    """Return a stack as CloudFormation answers it."""
    aws = AwsClients(region="us-east-1")
    session = boto3.Session(aws_access_key_id="111111111111", aws_secret_access_key="local")
    client = session.client("cloudformation", region_name="us-east-1")
    answers = {
        "GetTemplate": {"TemplateBody": {"Resources": resources}},
        "ListStackResources": {"StackResourceSummaries": summaries},
        "DescribeStackEvents": {"StackEvents": events},
    }
    client.meta.events.register(
        "before-call", lambda model, **_: (AWSResponse("", 200, {}, None), answers[model.name]), unique_id="answers"
    )
    aws.cloudformation = client
    stack_id = f"arn:aws:cloudformation:us-east-1:111111111111:stack/{name}/1f0c"
    description = {"StackId": stack_id, "StackName": name, "StackStatus": stack_status, "CreationTime": NOW}
    return DeployedStack(aws, description)


def of(kind: str, path: str, **declared: Any) -> dict[str, Any]:
    """Return a resource of a template."""
    return {"Type": f"Custom::Personalize{kind}", "Metadata": {"aws:cdk:path": f"{path}/Resource"}, **declared}


def summary(logical_id: str, kind: str, status: str) -> dict[str, Any]:
    return {
        "LogicalResourceId": logical_id,
        "ResourceType": f"Custom::Personalize{kind}",
        "ResourceStatus": status,
        "LastUpdatedTimestamp": NOW,
    }


def event(logical_id: str, status: str, reason: str = "", **more: Any) -> dict[str, Any]:
    return {
        "StackId": "arn",
        "EventId": "1",
        "StackName": "Shop",
        "Timestamp": NOW,
        "LogicalResourceId": logical_id,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        **more,
    }


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


@pytest.mark.parametrize("width", [200, 120, 80, 60])
def test_no_name_is_cut_or_wrapped(stack: DeployedStack, width: int) -> None:
    failed = ResourceOperation(name="update", status="CREATE FAILED", began=NOW, under_way=False, failure_reason=REASON)
    version = StackResource(
        logical_id="Version", type="Custom::PersonalizeSolutionVersion", properties={}, path="Shop/Similar/Version"
    )
    resources = [
        dataclasses.replace(found("INACTIVE", failed), reason=REASON),
        ResourceStatus(resource=version, arn="arn", name="v", status="CREATE IN_PROGRESS", created=NOW),
    ]
    text = shown(views.status_table([StackStatus(stack, resources)], NOW, width), width)
    lines = text.splitlines()
    assert all(len(line) <= width for line in lines)
    assert lines[0].split(maxsplit=2)[2] == "us-east-1, account 111111111111"
    for whole in ("Pages/Related", "Similar/Version", "SolutionVersion", "INACTIVE", "CREATE IN_PROGRESS"):
        assert any(whole in line for line in lines), whole
    assert f"Pages/Related: {REASON}" in " ".join(text.split())
    assert ("n" * 63 in text) == (width == 200)


def test_a_rolled_back_creation_tells_what_failed_and_what_was_deleted() -> None:
    template = {"Related": of("Campaign", "Dev/Shop/Related"), "Similar": of("Campaign", "Dev/Shop/Similar")}
    summaries = [summary(name, "Campaign", "DELETE_COMPLETE") for name in template]
    stack_id = "arn:aws:cloudformation:us-east-1:111111111111:stack/Dev-Shop/1f0c"
    events = [
        event("Similar", "CREATE_FAILED", "Resource creation cancelled"),
        event("Related", "CREATE_FAILED", REASON),
        event("Dev-Shop", "CREATE_IN_PROGRESS", PhysicalResourceId=stack_id),
        event("Similar", "DELETE_FAILED", "of an earlier operation"),
    ]
    stack = deployed("Dev-Shop", "ROLLBACK_COMPLETE", template, summaries, events)
    aws = AwsClients(region="us-east-1")
    lines = shown(views.status_table([status.of_stack(aws, stack)], NOW, 120), 120).splitlines()
    assert [line.split() for line in lines[2:4]] == [
        ["Related", "Campaign", "deleted"],
        ["Similar", "Campaign", "deleted"],
    ]
    assert [line for line in lines[4:] if line] == [f"Related: {REASON}"]


def test_a_resource_tells_what_it_waits_for() -> None:
    template = {
        "Group": of("DatasetGroup", "Shop/Films"),
        "Solution": of("Solution", "Shop/Similar", Properties={"DatasetGroupArn": {"Fn::GetAtt": ["Group", "Arn"]}}),
        "Campaign": of(
            "Campaign", "Shop/Related", DependsOn=["Solution"], Properties={"Name": {"Fn::Sub": "${Group}-a"}}
        ),
    }
    summaries = [summary("Group", "DatasetGroup", "CREATE_IN_PROGRESS")]
    stack = deployed("Shop", "CREATE_IN_PROGRESS", template, summaries)
    waits = {each.path: stack.waits_for(each) for each in stack.resources.values() if not each.status}
    assert waits == {"Shop/Similar": ["Shop/Films"], "Shop/Related": ["Shop/Films", "Shop/Similar"]}
    resources = [ResourceStatus(resource=each, waits_for=waits.get(each.path, ())) for each in stack.personalize]
    assert [each.state for each in resources] == [status.STARTING, status.WAITING, status.WAITING]
    text = shown(views.status_table([StackStatus(stack, resources)], NOW, 80), 80)
    assert "Related waits for Films, Similar" in text


def test_a_retained_resource_is_told() -> None:
    resource = dataclasses.replace(RELATED, status="DELETE_SKIPPED")
    stack = deployed("Shop", "UPDATE_COMPLETE", {})
    kept = ResourceStatus(resource=resource, arn="arn", name="n", status="ACTIVE")
    assert "ACTIVE, retained" in shown(views.status_table([StackStatus(stack, [kept])], NOW, 120), 120)


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
