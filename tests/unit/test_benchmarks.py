"""Benchmarks without a measurement: polling, and the simulation's report."""

from __future__ import annotations

import pytest

from benchmarks import api_calls, polling, report, suite

LONG = {"BatchInferenceJob", "BatchSegmentJob", "Campaign", "DatasetImportJob", "Recommender", "SolutionVersion"}
REPORT = """\
create n=400: CREATE_COMPLETE, 13.0 min
    personalize: 5443 calls, peak 19/s, 11.9/s over 10 s, 0 throttled
    cloudformation: 400 calls, peak 11/s, 4.5/s over 10 s, 0 throttled
    stepfunctions: 400 calls, peak 127/s, 40.0/s over 10 s, 0 throttled
    most in one run 2; {'state transitions': 18329, 'functions invoked': 6643}
"""
SUITE = """\
<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" skipped="0" tests="2100" time="390.2"
 timestamp="2026-11-26T07:00:00.000000+00:00" hostname="host" /></testsuites>
"""


@pytest.mark.parametrize("row", [row for row in polling.run() if row["kind"] in LONG], ids=lambda row: row["kind"])
def test_the_end_of_an_operation_is_seen_soon_and_with_few_polls(row: dict[str, float]) -> None:
    if row["alternative"] == "cdk-personalize":
        assert row["mean_lag_percent"] <= 2
        assert row["p99_lag_percent"] <= 5
        assert row["most_polls"] <= 60


def test_the_report_of_the_simulation_is_read() -> None:
    (row,) = api_calls.rows(REPORT)
    assert (row["story"], row["campaigns"], row["personalize_peak"], row["cloudformation_peak"]) == (
        "create",
        400,
        11.9,
        4.5,
    )
    assert (row["state_transitions"], row["function_invocations"]) == (18329, 6643)


def test_the_report_of_the_test_suite_is_read() -> None:
    row = suite.row(SUITE)
    assert (row["date"], row["tests"], row["failed"], row["minutes"]) == ("2026-11-26", 2100, 3, 6.5)


def test_a_benchmark_without_rows_has_no_section() -> None:
    assert "Test suite" not in report.page({"suite": []}, {"Python": "3"})
    assert "Test suite" in report.page({"suite": [suite.row(SUITE)]}, {"Python": "3"})


def test_the_page_has_every_row() -> None:
    page = report.page({"api_calls": api_calls.rows(REPORT)}, {"Python": "3"})
    assert "| create | 400 | 13.0 | 5,443 | 11.9 | 4.5 | 40.0 | 18,329 |" in page
