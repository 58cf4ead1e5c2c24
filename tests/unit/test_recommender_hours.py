"""Hours of recommenders: schedules that start and stop them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_scheduler as scheduler
from support.pipelines import deployed
from support.synth import properties, resources

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable

TYPE = "Custom::PersonalizeRecommender"
ARN = "arn:aws:personalize:us-east-1:111111111111:recommender/for-you"
BERLIN = cdk.TimeZone.EUROPE_BERLIN


def at(hour: str, time_zone: cdk.TimeZone | None = BERLIN) -> scheduler.ScheduleExpression:
    return scheduler.ScheduleExpression.cron(minute="0", hour=hour, week_day="MON-FRI", time_zone=time_zone)


def recommender(stack: cdk.Stack, **more: Any) -> personalize.Recommender:
    group = personalize.DatasetGroup.from_dataset_group_name(stack, "Films", "films")
    use_case = personalize.UseCase.VIDEO_ON_DEMAND_MOST_POPULAR
    return personalize.Recommender(stack, "Popular", dataset_group=group, use_case=use_case, **more)


def schedules(stack: cdk.Stack) -> dict[str, dict[str, Any]]:
    """Return the schedules by the action that they call."""
    found = [deployed(each["Properties"]) for each in resources(stack, "AWS::Scheduler::Schedule").values()]
    return {each["Target"]["Arn"].rpartition(":")[2]: each for each in found}


def test_two_schedules_call_amazon_personalize(stack: cdk.Stack) -> None:
    personalize.Recommender.from_recommender_arn(stack, "ForYou", ARN).schedule_hours(start=at("7"), stop=at("20"))
    found = schedules(stack)
    assert {name: each["ScheduleExpression"] for name, each in found.items()} == {
        "startRecommender": "cron(0 7 ? * MON-FRI *)",
        "stopRecommender": "cron(0 20 ? * MON-FRI *)",
    }
    for name, each in found.items():
        assert (each["ScheduleExpressionTimezone"], each["State"]) == ("Europe/Berlin", "ENABLED")
        target = each["Target"]
        assert target["Arn"] == f"arn:aws:scheduler:::aws-sdk:personalize:{name}"
        assert json.loads(target["Input"]) == {"RecommenderArn": ARN}
        assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 3600


def test_their_role_may_start_and_stop_this_recommender_only(stack: cdk.Stack) -> None:
    personalize.Recommender.from_recommender_arn(stack, "ForYou", ARN).schedule_hours(start=at("7"), stop=at("20"))
    (policy,) = resources(stack, "AWS::IAM::Policy").values()
    assert policy["Properties"]["PolicyDocument"]["Statement"] == [
        {"Action": f"personalize:{verb}Recommender", "Effect": "Allow", "Resource": ARN} for verb in ("Start", "Stop")
    ]
    (role,) = resources(stack, "AWS::IAM::Role").values()
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert deployed(trust["Condition"]) == {"StringEquals": {"aws:SourceAccount": "AWS::AccountId"}}


def test_deployments_leave_it_started_or_stopped(stack: cdk.Stack) -> None:
    recommender(stack).schedule_hours(start=at("7"), stop=at("20"))
    assert properties(stack, TYPE)["IgnoreChanges"] == ["Active"]
    links = resources(stack, f"{TYPE}Wait").values()
    assert [link["Properties"]["IgnoreChanges"] for link in links] == [["Active"]] * 4


@pytest.mark.parametrize("active", [None, True, False])
def test_deployments_start_and_stop_it_while_the_schedules_are_off(stack: cdk.Stack, active: bool | None) -> None:
    recommender(stack, active=active).schedule_hours(start=at("7"), stop=at("20"), enabled=False)
    assert [each["State"] for each in schedules(stack).values()] == ["DISABLED"] * 2
    assert "IgnoreChanges" not in properties(stack, TYPE)


def test_tokens_are_accepted(stack: cdk.Stack) -> None:
    time = cdk.CfnParameter(stack, "Time").value_as_string
    another = cdk.CfnParameter(stack, "Another").value_as_string
    expression = scheduler.ScheduleExpression.expression
    recommender(stack).schedule_hours(start=expression(time), stop=expression(another))
    assert schedules(stack)["startRecommender"]["ScheduleExpression"] == "Time"


RATE = scheduler.ScheduleExpression.rate(cdk.Duration.days(1))
REFUSED: dict[str, tuple[Callable[[cdk.Stack], personalize.IRecommender], dict[str, Any], str]] = {
    "no expression": (
        recommender,
        {"start": "cron(0 7 * * ? *)"},
        'start must be a ScheduleExpression, got "cron(0 7 * * ? *)"',
    ),
    "a rate": (recommender, {"stop": RATE}, 'stop must be a cron expression or a time, got "rate(1 day)"'),
    "one time": (recommender, {"stop": at("7")}, 'stop must differ from start, got "cron(0 7 ? * MON-FRI *)"'),
    "no flag": (recommender, {"enabled": "yes"}, 'enabled must be true or false, got "yes"'),
    "stopped": (
        lambda stack: recommender(stack, active=False),
        {},
        "active must not be false: the schedules start the recommender; omit it, or specify enabled=False",
    ),
    "another region": (
        lambda stack: personalize.Recommender.from_recommender_arn(stack, "Popular", ARN.replace("east", "west")),
        {},
        'recommender_arn must be of the stack\'s region, us-east-1, got "us-west-1"',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_hours_that_cannot_work(name: str) -> None:
    stack = cdk.Stack(cdk.App(), "Shop", env=cdk.Environment(account="111111111111", region="us-east-1"))
    made, given, words = REFUSED[name]
    hours = {"start": at("7"), "stop": at("20"), **given}
    with pytest.raises(personalize.ValidationError, match=f"^Shop/Popular/Hours: {re.escape(words)}$"):
        made(stack).schedule_hours(**hours)


def test_the_same_hour_of_two_time_zones_is_not_the_same_time(stack: cdk.Stack) -> None:
    recommender(stack).schedule_hours(start=at("7"), stop=at("7", cdk.TimeZone.AMERICA_NEW_YORK))
    assert len(schedules(stack)) == 2


def test_refuses_a_second_call(stack: cdk.Stack) -> None:
    made = recommender(stack)
    made.schedule_hours(start=at("7"), stop=at("12"))
    with pytest.raises(
        personalize.ValidationError, match="Hours: schedule_hours cannot be called twice; list the hours"
    ):
        made.schedule_hours(start=at("13"), stop=at("20"))
