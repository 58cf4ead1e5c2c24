"""Runs of one or many schedules, with a report of their violations."""

from __future__ import annotations

import collections
import multiprocessing
import re
import time
import traceback
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from conformance.simulation.configuration import configuration
from conformance.simulation.runtime import simulated_runtime
from conformance.simulation.schedule import DeploymentSchedule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.simulation.account import SimulatedAccount

_FAILURES = ("unjustified-failure", "rollback-failed", "deletion-failed", "cleanup-failed")


@dataclass(frozen=True)
class ScheduleResult:
    """The result of a schedule."""

    seed: int
    cfg: dict[str, Any]
    violations: list[tuple[str, str]]
    counts: dict[str, int]
    outcomes: dict[str, int]
    faults: int
    worst: int
    events: int
    seconds: float


def run_schedule(
    seed: int,
    overrides: dict[str, Any] | None = None,
    *,
    mode: str | None = None,
    shape: str | None = None,
    verbose: bool = False,
    suppressed: Iterable[str] = (),
) -> SimulatedAccount:
    """Run one schedule. An error of the simulation itself is recorded as a violation."""
    cfg = {**configuration(seed, mode, shape), **(overrides or {})}
    with simulated_runtime():
        schedule = DeploymentSchedule(seed, cfg, verbose=verbose, suppressed=suppressed)
        try:
            schedule.run()
        except Exception as error:  # a defect of the simulation is a violation with the seed that repeats it
            trace = traceback.format_exc()[-1500:]
            schedule.account.violate("simulator-error", f"{type(error).__name__}: {error}\n{trace}")
    return schedule.account


def summarize(seed: int, overrides: dict[str, Any], mode: str | None, shape: str | None) -> ScheduleResult:
    """Run one schedule and return its result."""
    begin = time.perf_counter()
    account = run_schedule(seed, overrides, mode=mode, shape=shape)
    return ScheduleResult(
        seed,
        account.cfg,
        account.violations,
        dict(account.counts),
        dict(account.outcomes),
        len(account.injected),
        account.worst,
        len(account.operations),
        time.perf_counter() - begin,
    )


def run_many(
    seeds: Iterable[int], jobs: int, overrides: dict[str, Any], mode: str | None, shape: str | None
) -> Iterator[ScheduleResult]:
    """Run schedules and yield their results.

    :param jobs: the number of processes.
    """
    run = partial(summarize, overrides=overrides, mode=mode, shape=shape)
    if jobs == 1:
        yield from map(run, seeds)
        return
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        yield from pool.imap_unordered(run, seeds, chunksize=2)


def classify(violation: tuple[str, str]) -> str:
    """Return the class of a violation, under which the report groups it."""
    what, detail = violation
    text = re.sub(r"^t=\d+ ", "", detail)
    if what in _FAILURES:
        return f"{what}: {text.split(' [')[0]}"
    if what in ("orphan", "not-as-declared", "missing"):
        kind = re.search(r"(?:: |\()([A-Z]\w+)(?:\)| )", text)
        problems = re.findall(r"(status is \w+ ?\w*|no owner tag|tags are|\w+(?:\.\w+)? is)", text)
        tail = sorted(set(problems)) if what == "not-as-declared" else []
        return " ".join([f"{what}:", *([kind[1]] if kind else []), *tail])
    return what


def report(results: list[ScheduleResult]) -> str:
    """Return a report of the violations by class, most frequent first, with totals."""
    classes = collections.defaultdict(list)
    for result in results:
        for violation in result.violations:
            classes[classify(violation)].append((result, violation))
    lines = []
    for name, found in sorted(classes.items(), key=lambda entry: -len(entry[1])):
        seeds = sorted({result.seed for result, _ in found})
        modes = dict(collections.Counter(result.cfg["mode"] for result, _ in found))
        readings = dict(collections.Counter(result.cfg["rollback_id"] for result, _ in found))
        lines.append(f"{len(found):5d} in {len(seeds):4d} seeds  {name}")
        lines.append(f"        modes {modes} readings {readings} e.g. seeds {seeds[:8]}")
        lines.append(f"        {found[0][1][1][:400]}")
    calls, outcomes = collections.Counter(), collections.Counter()
    for result in results:
        calls.update(result.counts)
        outcomes.update(result.outcomes)
    bad = {result.seed for result in results if result.violations}
    lines += [
        f"events {sum(result.events for result in results)}, outcomes {dict(outcomes.most_common(30))}",
        f"faults {sum(result.faults for result in results)}, calls {dict(calls.most_common(16))}",
        f"most calls in one run {max((result.worst for result in results), default=0)}",
        f"slowest schedule {max((result.seconds for result in results), default=0):.1f} s",
        f"{len(bad)} schedules with a violation",
        f"{len(results)} schedules, {sum(map(len, classes.values()))} violations",
    ]
    return "\n".join(lines)
