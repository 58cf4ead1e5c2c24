"""Measurement of the calls of a deployment, by number of campaigns in the stack."""

from __future__ import annotations

import collections
import re
import time
from typing import TYPE_CHECKING, Any

from conformance.simulation.account import SimulatedAccount
from conformance.simulation.configuration import CALM
from conformance.simulation.kernel import Signal
from conformance.simulation.runtime import simulated_runtime
from conformance.simulation.stack import SimulatedStack
from conformance.simulation.surroundings import prepare
from conformance.simulation.template import AppTemplate

from cdk_personalize.local import serving_kinds

if TYPE_CHECKING:
    from conformance.simulation.deployment import Process

STORIES = ("create", "update", "create-cancel", "update-cancel", "delete")
SERVICES = ("personalize", "cloudformation", "stepfunctions")
_CREATION_SECONDS = 600
_CANCEL_AFTER = 300


class GrowthRun:
    """One measurement: a story with a number of campaigns."""

    def __init__(self, size: int, story: str, *, named: bool, pace: float, overrides: dict[str, Any]) -> None:
        self.size, self.story, self._named = size, story, named
        self.account = SimulatedAccount(1, {**CALM, "mode": "growth", "shapes": [], "sfn_quotas": True, **overrides})
        prepare(self.account, ["campaigns"])
        changes = self.account.services.personalize.changes
        changes.duration = lambda kind, _key: _CREATION_SECONDS if kind == "Campaign" else 30
        self.stack = SimulatedStack(self.account, "Big", 1)
        self.account.calm = False
        if pace:
            self._start_at_a_pace(pace)

    def _start_at_a_pace(self, pace: float) -> None:
        """Limit the number of resources that CloudFormation starts per second."""
        draw = self.account.draw

        def paced(*key: object) -> float:
            return int(re.sub(r"\D", "", str(key[-1])) or 0) / pace / 3 if key[0] == "start" else draw(*key)

        self.account.draw = paced

    def run(self, stop_minutes: float = 0) -> None:
        """Run the story.

        :param stop_minutes: end after these minutes. 0: run to the end.
        """
        account = self.account
        done = account.kernel.spawn(self._main())

        def is_over() -> bool:
            is_late = stop_minutes and account.stamps and not account.calm
            return done.fired or bool(is_late and account.kernel.now - account.stamps[0][0] > stop_minutes * 60)

        account.kernel.run(until=is_over)
        account.kernel.close()

    def _main(self) -> Process:
        account, stack = self.account, self.stack
        operation: Process
        if self.story.startswith("create"):
            operation = stack.create(self._template(1))
        else:
            account.calm = True
            yield account.kernel.spawn(stack.create(self._template(1)))
            yield 5000
            account.calm = False
            account.counts.clear()
            account.stamps.clear()
            operation = stack.delete() if self.story == "delete" else stack.update(self._template(2))
        if self.story.endswith("cancel"):
            signal = stack.interrupt = Signal(account.kernel)
            account.kernel.after(_CANCEL_AFTER, lambda: signal.fire("cancel"))
        yield account.kernel.spawn(operation)

    def _template(self, tps: int) -> AppTemplate:
        template = AppTemplate()
        version = self.account.versions["movies0"][0]
        for number in range(self.size):
            name = {"name": f"camp-{number}"} if self._named else {}
            request = {"solutionVersionArn": version, "minProvisionedTPS": tps, **name}
            template.add(f"Camp{number}", "Campaign", request)
        return template

    def report(self) -> str:
        """Return the number of calls, and the peaks per second, also as a mean over 10 s."""
        account, first = self.account, self.account.stamps[0][0]
        lines = [f"{self.story} n={self.size}: {self.stack.status}, {(account.kernel.now - first) / 60:.1f} min"]
        for service in SERVICES:
            times = [at - first for at, name, _ in account.stamps if name == service]
            second = max(collections.Counter(map(int, times)).values(), default=0)
            ten = max(collections.Counter(int(at / 10) for at in times).values(), default=0) / 10
            throttled = account.counts[f"throttled {service}"]
            lines.append(
                f"    {service}: {len(times)} calls, peak {second}/s, {ten:.1f}/s over 10 s, {throttled} throttled"
            )
        lines.append(f"    most in one run {account.worst}; {dict(account.counts.most_common(12))}")
        lines.append(f"    outcomes {dict(account.outcomes)}, {len(account.violations)} violations")
        lines += [f"    {what} {detail[:300]}" for what, detail in account.violations[:2]]
        return "\n".join(lines)


def measure_growth(
    sizes: list[int], story: str, overrides: dict[str, Any], *, named: bool, pace: float, stop_minutes: float
) -> None:
    """Print the report of a story for each size."""
    # Without the quota of campaigns, which is not measured here.
    check, serving_kinds.CampaignKind.require_creatable = serving_kinds.CampaignKind.require_creatable, _accept
    try:
        for size in sizes:
            begin = time.perf_counter()
            with simulated_runtime():
                run = GrowthRun(size, story, named=named, pace=pace, overrides=overrides)
                run.run(stop_minutes)
            print(f"{run.report()}\n    ({time.perf_counter() - begin:.0f} s)", flush=True)
    finally:
        serving_kinds.CampaignKind.require_creatable = check


def _accept(*_: Any) -> None:
    """Accept every request, in place of a check of the emulator."""
