"""Write the results of the benchmarks as JSON and as a documentation page."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import datetime, timezone
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
_PACKAGES = ("aws-cdk-lib", "jsii", "boto3", "botocore", "aws-lambda-powertools")
Results = dict[str, list[dict[str, Any]]]

_SECTIONS = {
    "synthesis": (
        "Synthesis",
        (
            "The whole process, user and system time, medians. `validation` is the validation of templates by the CDK, "
            "which is on by default and starts an engine of its own."
        ),
    ),
    "function": (
        "Cold start of the functions",
        "Imports and creation of the clients, user and system time, medians.",
    ),
    "polling": (
        "Detection of the end of an operation",
        (
            "Computed for 400 lengths from half to twice the typical duration of a kind. The lag is a share of the "
            "length of the operation."
        ),
    ),
    "api_calls": (
        "API calls of a deployment",
        (
            "From the simulation of whole stacks, with campaigns that take 10 minutes, and limits of 20 changing and "
            "10 reading calls a second. Peaks are calls a second, averaged over 10 seconds; calls are those to "
            "Amazon Personalize."
        ),
    ),
    "requests": (
        "Requests to the local AWS",
        (
            "Requests that the server answers in a second, over four connections. The same server has the database, "
            "which is not of this project."
        ),
    ),
    "deployment": (
        "Deployment into the local AWS",
        (
            "`cdk deploy` of a new stack from start to end, with a time scale of 10,000: the example movies, as many "
            "queues, and as many custom resources of the CDK's Provider framework, two at a time."
        ),
    ),
    "suite": (
        "Test suite",
        "The last `make test`, with its deployments, at the time it was run. `make bench` does not run it.",
    ),
}


_COLUMNS_BY_TABLE = {
    "api_calls": {
        "story": "story",
        "campaigns": "campaigns",
        "minutes": "minutes",
        "personalize_calls": "calls",
        "personalize_peak": "peak",
        "cloudformation_peak": "CloudFormation",
        "stepfunctions_peak": "Step Functions",
        "state_transitions": "transitions",
    }
}
"""Columns of wide tables that the page shows, with their titles. The JSON file has all columns."""


def environment(runs: int) -> dict[str, str]:
    """Return the date, versions and hardware on which the results depend."""
    node = subprocess.run([os.environ["JSII_NODE"], "--version"], capture_output=True, text=True, check=True)
    return {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "Python": platform.python_version(),
        "Node.js": node.stdout.strip().removeprefix("v"),
        "bytecode": "compiled by a first run that is not measured",
        "measured runs of each program": str(runs),
        "CPUs": str(os.cpu_count()),
        **{package: version(package) for package in _PACKAGES},
    }


def write(results: Results, surroundings: dict[str, str]) -> str:
    """Write the JSON file and the documentation page, and return the page."""
    recorded = {"environment": surroundings, "results": results}
    (_ROOT / "benchmarks" / "results.json").write_text(f"{json.dumps(recorded, indent=1)}\n", encoding="utf-8")
    text = page(results, surroundings)
    (_ROOT / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")
    return text


def page(results: Results, surroundings: dict[str, str]) -> str:
    """Return the documentation page in Markdown."""
    lines = [
        "# Benchmarks",
        "",
        (
            "`make bench` measures this library and its alternatives in one run, and writes this page and "
            "`benchmarks/results.json`."
        ),
        "",
        *_table([{"": name, "value": value} for name, value in surroundings.items()]),
    ]
    for name, rows in filter(itemgetter(1), results.items()):
        title, explanation = _SECTIONS[name]
        lines += ["", f"## {title}", "", explanation, "", *_table(_selected_columns(name, rows))]
    return "\n".join([*lines, ""])


def _selected_columns(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    titles = _COLUMNS_BY_TABLE.get(name)
    return [{title: row[column] for column, title in titles.items()} for row in rows] if titles else rows


def _table(rows: list[dict[str, Any]]) -> list[str]:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    titles = [column.replace("_", " ") for column in columns]
    return [
        f"| {' | '.join(titles)} |",
        f"|{'---|' * len(columns)}",
        *(f"| {' | '.join(_cell(row.get(column)) for column in columns)} |" for row in rows),
    ]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:,}" if isinstance(value, int) else str(value)
