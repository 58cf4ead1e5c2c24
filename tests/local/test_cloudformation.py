"""CloudFormation of the local AWS, with stacks of one custom resource."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.deploy import LocalAws

_ACCOUNT = "333333333333"
_SUMMARIES = "StackResourceSummaries"
_CODE = """
import json, time, urllib.request

def handler(event, context):
    asked = event["ResourceProperties"]
    if event["RequestType"] == "Delete" and asked.get("Log"):
        print("deleted", event["PhysicalResourceId"])
    time.sleep(float(asked.get("Seconds", 0)))
    if asked.get("Raise") == event["RequestType"]:
        raise RuntimeError("bug")
    failed = asked.get("Fail") == event["RequestType"]
    answer = {
        "Status": "FAILED" if failed else "SUCCESS",
        "Reason": "out of luck",
        "PhysicalResourceId": asked.get("Id", event["LogicalResourceId"]),
        "Data": {"Text": asked.get("Text", "")},
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    request = urllib.request.Request(event["ResponseURL"], method="PUT", data=json.dumps(answer).encode())
    urllib.request.urlopen(request).read()
"""


class Stacks:
    """Stacks with one function and custom resources that the function handles."""

    def __init__(self, aws: LocalAws) -> None:
        self.client = aws.session(_ACCOUNT).client("cloudformation")
        self._logs = aws.session(_ACCOUNT).client("logs")
        self._names: list[str] = []

    def create(self, name: str, **resources: Any) -> str:
        """Start the creation of a stack, and return its stack ID."""
        self._names.append(name)
        return str(self.client.create_stack(StackName=name, TemplateBody=template(resources))["StackId"])

    def update(self, name: str, **resources: Any) -> None:
        self.client.update_stack(StackName=name, TemplateBody=template(resources))

    def ended(self, stack: str) -> str:
        """Wait for the end of an operation, and return the stack status."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            status = str(self.client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
            if not status.endswith("_IN_PROGRESS"):
                return status
            time.sleep(0.05)
        raise AssertionError(f"{stack} is still {status}")

    def resource(self, stack: str, logical_id: str) -> dict[str, Any]:
        """Wait until DescribeStackResource returns a resource, and return its details."""
        deadline = time.monotonic() + 30
        while True:
            try:
                answer = self.client.describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
            except self.client.exceptions.ClientError:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            else:
                detail: dict[str, Any] = answer["StackResourceDetail"]
                return detail

    def events(self, stack: str, logical_id: str) -> list[tuple[str, str]]:
        """Return the statuses of a resource with their reasons, oldest first."""
        events = self.client.describe_stack_events(StackName=stack)["StackEvents"]
        return [
            (each["ResourceStatus"], each.get("ResourceStatusReason", ""))
            for each in reversed(events)
            if each["LogicalResourceId"] == logical_id
        ]

    def deleted(self) -> set[str]:
        """Return the physical IDs of all Delete requests that the function logged."""
        logs = self._logs
        found = set()
        for group in logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]:
            events = logs.filter_log_events(logGroupName=group["logGroupName"], filterPattern="deleted")["events"]
            found |= {each["message"].split()[1] for each in events}
        return found

    def delete(self) -> None:
        for name in self._names:
            self.client.delete_stack(StackName=name)
            self.ended_deletion(name)

    def ended_deletion(self, name: str) -> None:
        deadline = time.monotonic() + 60
        while any(each["StackName"] == name for each in self.client.describe_stacks()["Stacks"]):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def template(resources: dict[str, Any]) -> str:
    """Return a template with a function and resources.

    Resources without a type are custom resources of the function.
    """
    assume = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    function = {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": _CODE},
        "Timeout": 30,
    }
    custom = {logical_id: each if "Type" in each else custom_resource(**each) for logical_id, each in resources.items()}
    return json.dumps(
        {
            "Resources": {
                "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": assume}},
                "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
                **custom,
            }
        }
    )


def custom_resource(*, after: str | list[str] = "", policy: str | None = None, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "Custom::Thing",
        "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, **properties},
        **({"DependsOn": after} if after else {}),
        **({"DeletionPolicy": policy} if policy else {}),
    }


@pytest.fixture
def stacks(aws: LocalAws) -> Iterator[Stacks]:
    made = Stacks(aws)
    yield made
    made.delete()


def test_a_resource_is_described_from_its_first_event_on(stacks: Stacks) -> None:
    stacks.create("Described", Thing={"Seconds": "1", "Id": "thing"})
    thing = stacks.resource("Described", "Thing")
    assert thing["ResourceStatus"] == "CREATE_IN_PROGRESS"
    assert not thing.get("PhysicalResourceId")
    assert stacks.ended("Described") == "CREATE_COMPLETE"
    created = stacks.resource("Described", "Thing")
    assert (created["ResourceStatus"], created["PhysicalResourceId"]) == ("CREATE_COMPLETE", "thing")
    assert created["LastUpdatedTimestamp"] > thing["LastUpdatedTimestamp"]

    stacks.update("Described", Thing={"Seconds": "1", "Id": "thing", "Text": "new"})
    time.sleep(0.5)
    updated = stacks.resource("Described", "Thing")
    assert (updated["ResourceStatus"], updated["PhysicalResourceId"]) == ("UPDATE_IN_PROGRESS", "thing")
    assert stacks.ended("Described") == "UPDATE_COMPLETE"


def test_a_failed_creation_is_told_as_cloudformation_tells_it(stacks: Stacks) -> None:
    stack = stacks.create("Failing", Thing={"Fail": "Create", "Id": "thing"})
    assert stacks.ended(stack) == "ROLLBACK_COMPLETE"
    reason = dict(stacks.events(stack, "Thing"))["CREATE_FAILED"]
    assert reason.startswith("Received response status [FAILED] from custom resource. Message returned: out of luck (R")


def test_a_function_that_fails_without_a_response_does_not_hang(stacks: Stacks) -> None:
    began = time.monotonic()
    stack = stacks.create("Silent", Thing={"Raise": "Create"})
    assert stacks.ended(stack) == "ROLLBACK_COMPLETE"
    assert time.monotonic() - began < 30
    reason = dict(stacks.events(stack, "Thing"))["CREATE_FAILED"]
    assert reason.startswith("CloudFormation did not receive a response from your custom resource.")


def test_independent_resources_are_created_at_the_same_time(stacks: Stacks) -> None:
    began = time.monotonic()
    stack = stacks.create("Parallel", **{f"Thing{number}": {"Seconds": "2"} for number in range(5)})
    assert stacks.ended(stack) == "CREATE_COMPLETE"
    assert time.monotonic() - began < 8
    details = [
        each.get("DetailedStatus")
        for each in stacks.client.describe_stack_events(StackName=stack)["StackEvents"]
        if each["LogicalResourceId"] == "Parallel"
    ]
    assert details == [None, "CONFIGURATION_COMPLETE", None]


def test_a_failure_cancels_the_siblings_and_deletes_them(stacks: Stacks) -> None:
    stack = stacks.create(
        "Cancelling",
        Slow={"Seconds": "4", "Id": "slow", "Log": "yes"},
        Kept={"Id": "kept", "policy": "Retain"},
        Failed={"Fail": "Create", "Id": "failed", "policy": "RetainExceptOnCreate", "Log": "yes"},
        After={"after": "Slow"},
    )
    assert stacks.ended(stack) == "ROLLBACK_COMPLETE"
    assert stacks.events(stack, "After") == []
    statuses = dict(stacks.events(stack, "Slow"))
    assert statuses["CREATE_FAILED"] == "Resource creation cancelled"
    assert "DELETE_COMPLETE" in statuses
    slow = stacks.resource(stack, "Slow")["PhysicalResourceId"]
    assert re.fullmatch(r"Cancelling-Slow-[A-Z0-9]{12}", slow)
    assert stacks.deleted() >= {"failed", slow}
    assert "DELETE_SKIPPED" in dict(stacks.events(stack, "Kept")) or not stacks.events(stack, "Kept")


def test_an_update_that_fails_is_reverted_and_cleaned_up(stacks: Stacks) -> None:
    stack = stacks.create("Reverting", Same={"Id": "same"}, Changed={"Id": "changed"}, Replaced={"Id": "one"})
    assert stacks.ended(stack) == "CREATE_COMPLETE"
    seen = len(stacks.events(stack, "Same"))
    stacks.update(
        "Reverting",
        Same={"Id": "same"},
        Changed={"Id": "changed", "Text": "new"},
        Replaced={"Id": "two", "Log": "yes"},
        Added={"Id": "added", "Log": "yes"},
        Last={"Fail": "Create", "Id": "last", "after": ["Changed", "Replaced", "Added"], "Log": "yes"},
    )
    assert stacks.ended(stack) == "UPDATE_ROLLBACK_COMPLETE"
    assert len(stacks.events(stack, "Same")) == seen
    assert [status for status, _ in stacks.events(stack, "Changed")][2:] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ] * 2
    assert stacks.deleted() >= {"two", "added", "last"}
    assert stacks.resource(stack, "Replaced")["PhysicalResourceId"] == "one"

    stacks.update("Reverting", Same={"Id": "same"}, Replaced={"Id": "three"}, Changed={"Id": "changed", "Log": "yes"})
    assert stacks.ended(stack) == "UPDATE_COMPLETE"
    assert [status for status, _ in stacks.events(stack, "Reverting")][-2:] == [
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]
    assert ("DELETE_COMPLETE", "") in stacks.events(stack, "Replaced")


def test_a_failed_deletion_leaves_what_it_needs_for_the_next(stacks: Stacks) -> None:
    stack = stacks.create("Stubborn", Thing={"Fail": "Delete"}, Other={})
    assert stacks.ended(stack) == "CREATE_COMPLETE"
    stacks.client.delete_stack(StackName="Stubborn")
    assert stacks.ended(stack) == "DELETE_FAILED"
    kept = {
        each["LogicalResourceId"]
        for each in stacks.client.list_stack_resources(StackName=stack)[_SUMMARIES]
        if each["ResourceStatus"] != "DELETE_COMPLETE"
    }
    assert kept == {"Thing", "Function", "Role"}
    stacks.client.delete_stack(StackName="Stubborn", RetainResources=["Thing"])
    stacks.ended_deletion("Stubborn")


def test_a_deletion_ends_the_creation_that_is_under_way(stacks: Stacks) -> None:
    stack = stacks.create("Impatient", Slow={"Seconds": "3", "Log": "yes"}, After={"after": "Slow"})
    assert stacks.resource(stack, "Slow")["ResourceStatus"] == "CREATE_IN_PROGRESS"
    stacks.client.delete_stack(StackName=stack)
    stacks.ended_deletion("Impatient")
    assert dict(stacks.events(stack, "Slow"))["CREATE_FAILED"] == "Resource creation cancelled"
    assert any(each.startswith("Impatient-Slow-") for each in stacks.deleted())
