"""API calls of deployments with 5 to 400 campaigns, measured in a simulation.

The simulation is in `tests/conformance/simulation`. A story is a sequence of stack operations, such as an update that
is cancelled.
"""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

_TESTS = Path(__file__).parents[1] / "tests"
_CAMPAIGNS_BY_STORY = {
    "create": "5,20,100,400",
    "update": "5,20,100,400",
    "delete": "5,20,100,400",
    "create-cancel": "5,20,100",
    "update-cancel": "5,20,100",
}
_HEAD = re.compile(r"^(?P<story>[a-z-]+) n=(?P<campaigns>\d+): (?P<status>\w+), (?P<minutes>[\d.]+) min", re.MULTILINE)
_SERVICE = re.compile(
    r"^ +(?P<service>personalize|cloudformation|stepfunctions): (?P<calls>\d+) calls, peak \d+/s, "
    r"(?P<peak>[\d.]+)/s over 10 s, (?P<throttled>\d+) throttled",
    re.MULTILINE,
)
_TRANSITIONS = re.compile(r"'state transitions': (\d+)")
_INVOCATIONS = re.compile(r"'functions invoked': (\d+)")


def run() -> list[dict[str, Any]]:
    """Run the simulation, and return a row for each story and number of campaigns."""
    with ThreadPoolExecutor(2) as pool:
        reports = pool.map(_report, _CAMPAIGNS_BY_STORY, _CAMPAIGNS_BY_STORY.values())
    return [row for report in reports for row in rows(report)]


def _report(story: str, campaigns: str) -> str:
    command = ["-m", "conformance.simulation", "--growth", campaigns, "--story", story, "--rates", "20,10"]
    return subprocess.run([sys.executable, *command], cwd=_TESTS, capture_output=True, text=True, check=True).stdout


def rows(report: str) -> list[dict[str, Any]]:
    """Parse a text report of the simulation into rows."""
    heads = list(_HEAD.finditer(report))
    ends = [head.start() for head in heads[1:]] + [len(report)]
    return [_row(head, report[head.end() : end]) for head, end in zip(heads, ends, strict=True)]


def _row(head: re.Match[str], details: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "story": head["story"],
        "campaigns": int(head["campaigns"]),
        "status": head["status"],
        "minutes": float(head["minutes"]),
    }
    for service in _SERVICE.finditer(details):
        row[f"{service['service']}_calls"] = int(service["calls"])
        row[f"{service['service']}_peak"] = float(service["peak"])
        row[f"{service['service']}_throttled"] = int(service["throttled"])
    for name, pattern in (("state_transitions", _TRANSITIONS), ("function_invocations", _INVOCATIONS)):
        found = pattern.search(details)
        row[name] = int(found[1]) if found else 0
    return row
