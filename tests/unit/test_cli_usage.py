"""What `cdk-personalize usage` suggests, and how it shows it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from cdk_personalize_handler.kinds import KINDS
from rich.console import Console

from cdk_personalize.cli import usage, usage_views
from cdk_personalize.cli.usage import ProvisionedResource, Usage

NOW = datetime(2026, 1, 15, tzinfo=timezone.utc)
CAMPAIGN = ProvisionedResource(
    kind=KINDS["Campaign"],
    arn="arn:aws:personalize:us-east-1:111111111111:campaign/related-films",
    name="related-films",
    status="ACTIVE",
    created=NOW - timedelta(days=90),
    provisioned=10,
    is_billed=True,
    has_metrics=True,
    region="us-east-1",
    stack="Shop-Serving",
)
RECOMMENDER = replace(CAMPAIGN, kind=KINDS["Recommender"], name="popular", stack=None)
TWO_WEEKS = timedelta(days=14)


def used(resource: ProvisionedResource, peak: float, observed: timedelta = TWO_WEEKS) -> Usage:
    last = NOW - timedelta(hours=30) if peak else None
    return Usage(resource=resource, observed=observed, requests=round(peak * 300), peak=peak, last=last)


@pytest.mark.parametrize(
    ("found", "suggestion", "sufficient"),
    [
        (used(CAMPAIGN, 0), usage.DELETE, 1),
        (used(RECOMMENDER, 0), usage.STOP, 1),
        (used(CAMPAIGN, 4), usage.LOWER, 5),  # 4 is 80 % of 5
        (used(CAMPAIGN, 4.01), usage.LOWER, 6),
        (used(RECOMMENDER, 0.1), usage.LOWER, 1),
        (used(CAMPAIGN, 7.9), None, 10),
        (used(CAMPAIGN, 25), None, 32),
        (used(replace(CAMPAIGN, provisioned=1), 0.1), None, 1),
        (used(CAMPAIGN, 0, timedelta(hours=23)), None, 1),
        (used(replace(RECOMMENDER, is_billed=False, status="INACTIVE"), 0), None, 1),
        (used(replace(CAMPAIGN, has_metrics=False), 0), None, 1),
    ],
)
def test_what_is_idle_or_over_provisioned_gets_a_suggestion(
    found: Usage, suggestion: str | None, sufficient: int
) -> None:
    assert (found.suggestion, found.sufficient) == (suggestion, sufficient)


def test_the_average_is_over_the_time_since_the_creation() -> None:
    found = used(CAMPAIGN, 2, timedelta(seconds=6000))
    assert (found.requests, found.average, found.utilization) == (600, 0.1, 0.01)


ALL = (
    used(CAMPAIGN, 0),
    used(RECOMMENDER, 1),
    used(replace(CAMPAIGN, name="next-action", has_metrics=False), 0),
    used(replace(RECOMMENDER, name="trending", is_billed=False, status="INACTIVE", region="eu-west-1"), 3),
)


def shown(width: int, price: float | None = None) -> list[str]:
    output = io.StringIO()
    Console(width=width, file=output).print(usage_views.usage_table(ALL, 14, NOW, width, price))
    return [line.rstrip() for line in output.getvalue().splitlines()]


def test_a_wide_terminal_gets_a_table_for_each_region() -> None:
    lines = [" ".join(line.split()) for line in shown(160, price=0.2)]
    assert lines[0] == "us-east-1 requests per second, 14 days"
    assert lines[2] == "related-films Campaign Shop-Serving 10 0 0 0% none in 14 d 1,460.00 delete"
    assert lines[3] == "popular Recommender 10 0.000248 1 0% 1 d 6 h ago lower to 2"
    assert lines[4] == "next-action Campaign Shop-Serving 10 no metric 1,460.00"
    assert lines[5] == "eu-west-1 requests per second, 14 days"
    assert lines[7] == "trending Recommender 10 0.000744 3 0% 1 d 6 h ago inactive"
    assert lines[-1] == "2 of 4 can be deleted, stopped or lowered"


def test_a_narrow_terminal_gets_two_lines_for_each_resource() -> None:
    lines = shown(80)
    assert max(map(len, lines)) <= 80
    assert lines[1] == "related-films  Campaign  Shop-Serving"
    assert lines[2] == "  minimum 10, average 0, peak 0, last request none in 14 d, delete"


def test_without_resources_it_says_so() -> None:
    assert str(usage_views.usage_table([], 14, NOW, 80)) == "There are no campaigns and no recommenders."


def test_programs_get_the_numbers() -> None:
    idle, busy, unknown, _ = usage_views.usage_json(ALL, 14, tps_hour_price=0.2)["resources"]
    assert (idle["suggestion"], idle["lastRequest"], idle["monthlyPrice"]) == ("delete", None, 1460)
    assert (busy["suggestion"], busy["suggestedMinimum"], busy["monthlyPrice"]) == ("lower", 2, None)
    assert (busy["requests"], busy["peak"], busy["lastRequest"]) == (300, 1, "2026-01-13T18:00:00+00:00")
    assert (unknown["hasMetrics"], unknown["suggestion"]) == (False, None)
