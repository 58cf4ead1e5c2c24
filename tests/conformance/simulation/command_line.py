"""Command line of the simulation."""

from __future__ import annotations

import argparse
import itertools
import json
import time
from typing import Any

from conformance.simulation.configuration import CALM, MODES, SHAPES
from conformance.simulation.growth import SERVICES, STORIES, measure_growth
from conformance.simulation.runs import report, run_many, run_schedule
from conformance.simulation.shrinking import Shrinking


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conformance.simulation", description="Run random schedules.")
    parser.add_argument("--seeds", type=int, default=200, help="number of schedules")
    parser.add_argument("--start", type=int, default=0, help="first seed")
    parser.add_argument("--jobs", type=int, default=2, help="number of processes")
    parser.add_argument("--limit", type=float, default=0, help="seconds after which no more results are awaited")
    parser.add_argument("--mode", choices=MODES)
    parser.add_argument("--shape", choices=sorted(set(SHAPES)))
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="value of the configuration")
    parser.add_argument("--seed", type=int, help="run one schedule")
    parser.add_argument("--trace", action="store_true", help="show everything that happened in the schedule")
    parser.add_argument(
        "--shrink", metavar="CLASS", nargs="?", const="", help="find the smallest schedule with this violation"
    )
    parser.add_argument(
        "--growth", metavar="SIZES", help="count calls for these numbers of campaigns, such as 5,20,100"
    )
    parser.add_argument("--story", choices=STORIES, default="create")
    parser.add_argument("--rates", default="", help=f"calls a second that {', '.join(SERVICES)} accept, such as 20,10")
    parser.add_argument("--pace", type=float, default=0, help="resources a second that CloudFormation starts")
    parser.add_argument("--named", action="store_true", help="give the campaigns names")
    parser.add_argument("--stop", type=float, default=0, help="minutes after which the story ends")
    return parser


def _overrides(assignments: list[str]) -> dict[str, Any]:
    found = {}
    for assignment in assignments:
        name, _, value = assignment.partition("=")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


def _run_one(args: argparse.Namespace, overrides: dict[str, Any]) -> int:
    if args.shrink is not None:
        return _shrink(args, overrides)
    account = run_schedule(args.seed, overrides, mode=args.mode, shape=args.shape, verbose=args.trace)
    print({name: value for name, value in account.cfg.items() if CALM.get(name) != value})
    print("\n".join(account.lines))
    for what, detail in account.violations:
        print(what, detail)
    print("outcomes", dict(account.outcomes), "faults", len(account.injected))
    print(f"1 schedules, {len(account.violations)} violations")
    return 1 if account.violations else 0


def _shrink(args: argparse.Namespace, overrides: dict[str, Any]) -> int:
    shrinking = Shrinking(args.seed, overrides, args.mode, args.shape, args.shrink)
    if not shrinking.shrink():
        print("no such violation")
        return 0
    account = shrinking.run(verbose=True)
    print("overrides", shrinking.overrides)
    print("suppressed", sorted(name for name in shrinking.suppressed if "@" not in name))
    print("faults left", shrinking.faults())
    print("\n".join(account.lines))
    for violation in account.violations:
        print(*violation)
    return 1


def _run_many(args: argparse.Namespace, overrides: dict[str, Any]) -> int:
    seeds, begin = range(args.start, args.start + args.seeds), time.perf_counter()
    results = run_many(seeds, args.jobs, overrides, args.mode, args.shape)
    if args.limit:
        results = itertools.takewhile(lambda _: time.perf_counter() - begin < args.limit, results)
    found = list(results)
    print(report(found))
    print(f"{time.perf_counter() - begin:.0f} s")
    return 1 if any(result.violations for result in found) else 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Return the exit code, which is 1 if an invariant was violated."""
    args = _parser().parse_args(arguments)
    overrides = _overrides(args.set)
    if args.growth:
        rates = [float(rate) for rate in args.rates.split(",") if rate]
        overrides |= {f"rate_{service}": rate for service, rate in zip(SERVICES, rates, strict=False)}
        sizes = [int(size) for size in args.growth.split(",")]
        measure_growth(sizes, args.story, overrides, named=args.named, pace=args.pace, stop_minutes=args.stop)
        return 0
    return _run_many(args, overrides) if args.seed is None else _run_one(args, overrides)
