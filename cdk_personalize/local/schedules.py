"""Amazon EventBridge Scheduler as AWS runs it, where ministack differs.

- AWS: A schedule has a time zone. Ministack: A schedule of a stack is in UTC.
- AWS: A universal target calls any API with the role of the schedule, and repeats a call that is rejected.
  Ministack: It calls nothing.

Schedules follow the service's clock. They run on time: flexible windows have no effect.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cdk_personalize.local import seams
from cdk_personalize.local.credentials import calling_as
from cdk_personalize.local.seams import (
    eventbridge,
    new_uuid,
    provisioners,
    scheduler,
    set_request_account_id,
    set_request_region,
    stepfunctions,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.clock import Clock

    Schedule = Mapping[str, Any]
    Key = tuple[str, str, str]

_SCHEDULE = "AWS::Scheduler::Schedule"
_UNIVERSAL = ":scheduler:::aws-sdk:"
_TICK_SECONDS = 60.0
"""Seconds of service time between two checks of all schedules."""
_SHORTEST_TICK, _LONGEST_TICK = 0.05, 10.0
_FIRST_RETRY, _LONGEST_RETRY = 60.0, 3600.0
"""Seconds of service time. AWS does not document the intervals of its retries."""
_MAX_AGE, _MAX_RETRIES = 86_400, 185
"""The retry policy of a target without one."""

_logger = logging.getLogger(__name__)


def run_as_on_aws(clock: Clock) -> None:
    """Replace the parts of ministack that differ from AWS.

    Call it once, before the server starts.
    """
    schedules = Schedules(clock)
    seams.replace("_tick_schedules", lambda _tick: schedules.tick, scheduler)
    handlers = provisioners._RESOURCE_HANDLERS.get(_SCHEDULE, {})
    if not {"create", "update"} <= handlers.keys():
        raise seams.SeamError(f"ministack has no handlers of {_SCHEDULE}")
    create, update = handlers["create"], handlers["update"]

    def creating(logical_id: str, props: Schedule, stack_name: str) -> Any:
        return _with_time_zone(create(logical_id, props, stack_name), props)

    def updating(physical_id: str, old: Schedule, new: Schedule, *more: Any) -> Any:
        return _with_time_zone(update(physical_id, old, new, *more), new)

    handlers |= {"create": creating, "update": updating}


def _with_time_zone(answer: tuple[str, Any], props: Schedule) -> Any:
    record = scheduler._schedules[f"{props.get('GroupName', 'default')}/{answer[0]}"]
    record["ScheduleExpressionTimezone"] = props.get("ScheduleExpressionTimezone", "UTC")
    return answer


def scale_ticks(time_scale: float) -> None:
    """Set the interval between two checks of all schedules."""
    seconds = min(max(_TICK_SECONDS / time_scale, _SHORTEST_TICK), _LONGEST_TICK)
    seams.replace("_SCHEDULE_TICK_INTERVAL", lambda _seconds: seconds, scheduler)


@dataclass
class _Call:
    """A due call from a schedule to its target.

    It is repeated until it succeeds or its retry policy ends.
    """

    key: Key
    schedule: Schedule
    due: float
    next_attempt: float
    attempts: int = 0


class Schedules:
    """The schedules of all accounts and regions, and the calls that are due."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: dict[Key, tuple[tuple[str, ...], float | None]] = {}
        self._calls: list[_Call] = []

    def tick(self) -> None:
        """Call the targets of the schedules that are due, in the order of their times."""
        now = self._clock.now()
        schedules = dict(scheduler._schedules._data)
        self._next = {key: each for key, each in self._next.items() if key in schedules}
        for key, schedule in schedules.items():
            due = self._due(key, schedule, now)
            if due is not None:
                self._calls.append(_Call(key, schedule, due, due))
        self._calls.sort(key=lambda call: call.due)
        self._calls = [each for each in self._calls if each.key in schedules and not self._is_done(each, now)]

    def _due(self, key: Key, schedule: Schedule, now: float) -> float | None:
        """Return the time at which a schedule was due since the last check, or None."""
        times = tuple(str(schedule[each]) for each in ("ScheduleExpression", "ScheduleExpressionTimezone", "State"))
        known, due = self._next.get(key, (None, None))
        if known != times:
            self._next[key] = times, next_time(*times, after=now)
            return None
        if due is None or due > now:
            return None
        self._next[key] = times, next_time(*times, after=now)
        return due

    @staticmethod
    def _is_done(call: _Call, now: float) -> bool:
        """Make a call if it is due.

        Return whether it succeeded or its retry policy has ended.
        """
        if call.next_attempt > now:
            return False
        policy = call.schedule["Target"].get("RetryPolicy", {})
        if call.attempts and now - call.due > policy.get("MaximumEventAgeInSeconds", _MAX_AGE):
            return True
        try:
            _invoke(call.key, call.schedule, now)
        except stepfunctions._ExecutionError as error:
            _logger.warning("schedule %s was rejected: %s %s", call.schedule["Name"], error.error, error.cause)
            delay = min(_FIRST_RETRY * 2**call.attempts, _LONGEST_RETRY)
            call.attempts, call.next_attempt = call.attempts + 1, now + delay
            return bool(call.attempts > policy.get("MaximumRetryAttempts", _MAX_RETRIES))
        return True


def next_time(expression: str, time_zone: str, state: str, *, after: float) -> float | None:
    """Return the next time of a schedule, in seconds since 1970, or None."""
    if state != "ENABLED":
        return None
    zone = ZoneInfo(time_zone)
    if expression.startswith("at("):
        at = datetime.fromisoformat(expression[len("at(") : -1]).replace(tzinfo=zone).timestamp()
        return at if at > after else None
    interval = eventbridge._parse_rate_seconds(expression)
    if interval is not None:
        return after + float(interval)
    fields = eventbridge._parse_cron_fields(expression)
    found = None if fields is None else eventbridge._cron_next_fire(fields, datetime.fromtimestamp(after, zone))
    return None if found is None else float(found.timestamp())


def _invoke(key: Key, schedule: Schedule, now: float) -> None:
    """Call the target of a schedule.

    Raise stepfunctions._ExecutionError if a universal target rejects the call.
    """
    account, region, _ = key
    set_request_account_id(account)
    set_request_region(region)
    target = schedule["Target"]
    if _UNIVERSAL in target["Arn"]:
        with calling_as(schedule["Arn"], target["RoleArn"], schedule["Name"]):
            stepfunctions._invoke_aws_sdk_integration(target["Arn"], json.loads(target.get("Input", "{}")))
        return
    event = {
        "EventId": new_uuid(),
        "Source": "aws.scheduler",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "Time": now,
        "Resources": [schedule["Arn"]],
        "Account": account,
        "Region": region,
    }
    eventbridge._invoke_target(target, event, schedule)
