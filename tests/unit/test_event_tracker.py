from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template
from support.synth import GROUP, assert_reference, group, properties, resources

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable

TYPE = "Custom::PersonalizeEventTracker"
ARN = "arn:aws:personalize:us-east-1:111111111111:event-tracker/1a2b3c4d"


def owned(stack: cdk.Stack) -> personalize.IEventTracker:
    return personalize.EventTracker(stack, "Tracker", dataset_group=group(stack))


def imported(stack: cdk.Stack) -> personalize.IEventTracker:
    return personalize.EventTracker.from_event_tracker_arn(stack, "Tracker", ARN)


def test_with_defaults_only_the_group_is_said(stack: cdk.Stack) -> None:
    owned(stack)
    assert properties(stack, TYPE) == {"DatasetGroupArn": GROUP}


def test_with_all_values_the_template_reads_like_the_native_type(stack: cdk.Stack) -> None:
    personalize.EventTracker(stack, "Tracker", dataset_group=group(stack), event_tracker_name="clicks")
    assert properties(stack, TYPE) == {"Name": "clicks", "DatasetGroupArn": GROUP}


def test_its_tracking_id_can_be_handed_on(stack: cdk.Stack) -> None:
    made = personalize.EventTracker(stack, "Tracker", dataset_group=group(stack))
    cdk.CfnOutput(stack, "Id", value=made.tracking_id)
    (name,) = resources(stack, TYPE)
    assert Template.from_stack(stack).to_json()["Outputs"]["Id"]["Value"] == {"Fn::GetAtt": [name, "TrackingId"]}


@pytest.mark.parametrize("make", [owned, imported])
def test_events_may_be_told_to_all_trackers(
    stack: cdk.Stack, make: Callable[[cdk.Stack], personalize.IEventTracker]
) -> None:
    make(stack).grant_put_events(iam.User(stack, "User")).assert_success()
    (policy,) = [each for each in resources(stack, "AWS::IAM::Policy").values() if each["Properties"].get("Users")]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement == {"Action": "personalize:PutEvents", "Effect": "Allow", "Resource": "*"}


@pytest.mark.parametrize("make", [owned, imported])
def test_owned_and_imported_trackers_are_trackers_to_cdk_as_well(
    stack: cdk.Stack, make: Callable[[cdk.Stack], personalize.IEventTracker]
) -> None:
    made = make(stack)
    assert isinstance(made, personalize.IEventTracker)
    assert_reference(made, "EventTracker")
