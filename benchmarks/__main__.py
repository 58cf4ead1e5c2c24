"""Run all benchmarks: `python -m benchmarks [--runs N]`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from benchmarks import api_calls, function, local_aws, polling, report, suite, synthesis

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Run the benchmarks, and write and print the page with the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="number of runs of each program; the result is the median")
    arguments = parser.parse_args()
    benchmarks: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "synthesis": lambda: synthesis.run(arguments.runs),
        "function": lambda: function.run(arguments.runs),
        "polling": polling.run,
        "api_calls": api_calls.run,
        "requests": lambda: local_aws.requests(arguments.runs),
        "deployment": lambda: local_aws.deployment(arguments.runs),
        "suite": suite.run,
    }
    results = {name: run() for name, run in benchmarks.items()}
    print(report.write(results, report.environment(arguments.runs)))


if __name__ == "__main__":
    main()
