"""Schedules of the local AWS, by the service's clock."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from ministack.services import scheduler, stepfunctions

from cdk_personalize.local import schedules
from cdk_personalize.local.clock import ManualClock
from cdk_personalize.local.schedules import Schedules, next_time

if TYPE_CHECKING:
    from collections.abc import Iterator

SUNDAY = datetime(2026, 3, 29, 0, 30, tzinfo=timezone.utc)
"""Half an hour before the clocks of Berlin are set forward."""
KEY = ("111111111111", "us-east-1", "default/start")


@pytest.mark.parametrize(
    ("expression", "time_zone", "expected"),
    [
        ("cron(0 7 * * ? *)", "UTC", "2026-03-29T07:00"),
        ("cron(0 7 * * ? *)", "Europe/Berlin", "2026-03-29T05:00"),
        ("cron(0 7 ? * MON-FRI *)", "Europe/Berlin", "2026-03-30T05:00"),
        ("cron(0 20 * * ? *)", "America/New_York", "2026-03-30T00:00"),
        ("cron(0 0 L * ? *)", "UTC", "2026-03-31T00:00"),
        ("rate(2 hours)", "UTC", "2026-03-29T02:30"),
        ("at(2026-04-01T09:00:00)", "Europe/Berlin", "2026-04-01T07:00"),
        ("at(2026-03-01T09:00:00)", "Europe/Berlin", None),
        ("cron(0 7 * * * *)", "UTC", None),
    ],
)
def test_the_next_time_is_that_of_the_time_zone(expression: str, time_zone: str, expected: str | None) -> None:
    found = next_time(expression, time_zone, "ENABLED", after=SUNDAY.timestamp())
    shown = None if found is None else datetime.fromtimestamp(found, timezone.utc).strftime("%Y-%m-%dT%H:%M")
    assert shown == expected


class Scheduler:
    """A schedule that calls at seven o'clock, and the times at which it calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = ManualClock(SUNDAY.timestamp())
        self.called: list[str] = []
        self.rejected = 0
        self._schedules = Schedules(self.clock)
        monkeypatch.setattr(schedules, "_invoke", self._invoke)

    def set(self, **changes: Any) -> None:
        target = {"Arn": "arn:aws:scheduler:::aws-sdk:personalize:startRecommender", **changes.pop("Target", {})}
        usual = {"ScheduleExpression": "cron(0 7 * * ? *)", "ScheduleExpressionTimezone": "UTC", "State": "ENABLED"}
        scheduler._schedules._data[KEY] = {"Name": "start", **usual, **changes, "Target": target}

    def pass_hours(self, hours: int) -> list[str]:
        """Let time pass, and return the times of the calls since the last time."""
        self.called.clear()
        self._schedules.tick()
        for _ in range(hours * 60):
            self.clock.advance(60)
            self._schedules.tick()
        return list(self.called)

    def _invoke(self, _key: object, _schedule: object, now: float) -> None:
        self.called.append(datetime.fromtimestamp(now, timezone.utc).strftime("%d %H:%M"))
        if self.rejected:
            self.rejected -= 1
            raise stepfunctions._ExecutionError("Personalize.ResourceInUseException", "it is being updated")


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scheduler]:
    yield Scheduler(monkeypatch)
    scheduler._schedules._data.pop(KEY, None)


def test_a_schedule_calls_each_day(planned: Scheduler) -> None:
    planned.set()
    assert planned.pass_hours(48) == ["29 07:00", "30 07:00"]


def test_a_changed_schedule_calls_at_its_new_time(planned: Scheduler) -> None:
    planned.set()
    assert planned.pass_hours(1) == []
    planned.set(ScheduleExpression="cron(0 3 * * ? *)")
    assert planned.pass_hours(12) == ["29 03:00"]


def test_a_disabled_or_deleted_schedule_does_not_call(planned: Scheduler) -> None:
    planned.set(State="DISABLED")
    assert planned.pass_hours(24) == []
    planned.set()
    assert planned.pass_hours(24) == ["30 07:00"]
    del scheduler._schedules._data[KEY]
    assert planned.pass_hours(24) == []


def test_a_one_time_schedule_calls_once(planned: Scheduler) -> None:
    planned.set(ScheduleExpression="at(2026-03-29T02:00:00)")
    assert planned.pass_hours(48) == ["29 02:00"]


def test_a_rejected_call_is_repeated(planned: Scheduler) -> None:
    planned.set()
    planned.rejected = 3
    assert planned.pass_hours(24) == ["29 07:00", "29 07:01", "29 07:03", "29 07:07"]


@pytest.mark.parametrize(
    ("policy", "attempts"), [({"MaximumEventAgeInSeconds": 600}, 4), ({"MaximumRetryAttempts": 1}, 2)]
)
def test_a_call_is_given_up_by_its_retry_policy(planned: Scheduler, policy: dict[str, int], attempts: int) -> None:
    planned.set(Target={"RetryPolicy": policy})
    planned.rejected = 100
    assert len(planned.pass_hours(23)) == attempts
