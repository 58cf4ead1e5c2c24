"""Schedules that start and stop a recommender."""

from __future__ import annotations

from typing import Any, cast

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from cdk_personalize import _stacks, _validation
from cdk_personalize._validation import Problem

HOURS = "Hours"
"""Construct ID of the schedules, in the recommender."""
_LONGEST_RETRY = Duration.hours(1)
"""A later retry of a stop could stop a recommender that the next start has started."""


def problems_of_hours(recommender: Construct, start: Any, stop: Any, enabled: Any) -> list[Problem]:
    """Return the problems of the arguments of `schedule_hours`."""
    problems = [
        *_problems_of_time("start", start),
        *_problems_of_time("stop", stop),
        *_validation.wrong_flag("enabled", enabled),
        *_validation.other_environment(recommender, "recommender_arn", recommender),
    ]
    if recommender.node.try_find_child(HOURS) is not None:
        remedy = "list the hours in one expression, such as cron(0 7,13 ? * * *)"
        problems.append(Problem("schedule_hours", "cannot be called twice", None, remedy, certain=True))
    if not problems and _moment(start) == _moment(stop):
        problems.append(Problem("stop", "must differ from start", stop.expression_string))
    return problems


def schedule_calls(
    recommender: Construct,
    arn: str,
    start: scheduler.ScheduleExpression,
    stop: scheduler.ScheduleExpression,
    *,
    enabled: bool,
) -> None:
    """Create the schedules, and the role that allows their calls."""
    hours = Construct(recommender, HOURS)
    account = _stacks.environment_of_stack(recommender).account
    role = iam.Role(
        hours,
        "Role",
        assumed_by=iam.ServicePrincipal(
            "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": account}}
        ),
        description="Lets Amazon EventBridge Scheduler start and stop a recommender",
    )
    for verb, schedule in (("Start", start), ("Stop", stop)):
        allowed = iam.PolicyStatement(actions=[f"personalize:{verb}Recommender"], resources=[arn])
        target = targets.Universal(
            service="personalize",
            action=f"{verb.lower()}Recommender",
            input=scheduler.ScheduleTargetInput.from_object({"RecommenderArn": arn}),
            policy_statements=[allowed],
            role=role,
            max_event_age=_LONGEST_RETRY,
        )
        scheduler.Schedule(
            hours, verb, schedule=schedule, target=cast("scheduler.IScheduleTarget", target), enabled=enabled
        )


def _problems_of_time(prop: str, schedule: Any) -> list[Problem]:
    if not isinstance(schedule, scheduler.ScheduleExpression):
        return [Problem(prop, "must be a ScheduleExpression", schedule, certain=True)]
    expression = schedule.expression_string
    if expression.startswith("rate("):
        # A rate counts from the creation of its schedule: it would start and stop the recommender at the same time.
        return [Problem(prop, "must be a cron expression or a time", expression)]
    return []


def _moment(schedule: scheduler.ScheduleExpression) -> tuple[str, str | None]:
    zone = schedule.time_zone
    return schedule.expression_string, None if zone is None else zone.timezone_name
