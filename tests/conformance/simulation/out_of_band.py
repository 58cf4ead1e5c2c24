"""Changes of resources outside CloudFormation, during deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from conformance.simulation.catalogue import SNAKE, arn_member
from conformance.simulation.draws import pick
from conformance.simulation.trace import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.simulation.account import SimulatedAccount
    from conformance.simulation.deployment import Process
    from conformance.simulation.stack import SimulatedStack

_KINDS = ("Campaign", "Recommender", "Filter", "EventTracker", "MetricAttribution")


class OutOfBand:
    """A user who changes resources in the console."""

    def __init__(self, account: SimulatedAccount, stacks: Sequence[SimulatedStack | None]) -> None:
        self._account, self._stacks = account, stacks
        self.meddled: dict[int, set[str]] = {}
        """By number of the stack, the logical IDs of resources that were deleted in this round, and of dependents."""

    def act(self, number: int) -> Process:
        """Make one change, if the schedule has one in this round."""
        account = self._account
        self.meddled.clear()
        if account.draw("hand", number) >= account.cfg["p_hand"] or f"hand.{number}" in account.suppressed:
            return
        yield pick([1, 20, 60, 150, 300], account.seed, "handat", number)
        what = pick(["delete", "update", "train", "train-and-fail"], account.seed, "handwhat", number)
        try:
            if what.startswith("train"):
                self._train(number, fails=what == "train-and-fail")
            else:
                self._change(what, number)
        except ClientError as error:
            account.say(f"== out of band: {what} rejected: {error.response['Error']['Code']} ==")

    def _train(self, number: int, *, fails: bool) -> None:
        """Train a solution, after which the service updates the campaigns that follow it.

        :param fails: whether these updates fail.
        """
        account = self._account
        resources = account.emulator.resources()
        solutions = [each["arn"] for each in resources if each["kind"] == "Solution" and each["status"] == "ACTIVE"]
        if not solutions:
            return
        solution = solutions[int(account.draw("handsol", number) * len(solutions))]
        account.emulator.set_duration("SolutionVersion", 100)
        account.direct("create_solution_version", solutionArn=solution)
        account.say(f"== out of band: a new version of {short(solution)} ==")
        if fails:
            account.kernel.after(101, self._fail_following_update)

    def _fail_following_update(self) -> None:
        emulator = self._account.emulator
        emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "The service's own"})
        emulator.resources()
        emulator.faults.take_outcome("Campaign")

    def _change(self, what: str, number: int) -> None:
        account = self._account
        n = int(account.draw("handstack", number) * len(self._stacks))
        stack = self._stacks[n]
        lives = [] if stack is None else list(filter(_can_change, stack.resources.values()))
        if not lives:
            return
        live = lives[int(account.draw("handwhich", number) * len(lives))]
        kind, arn = live.declaration.kind, live.physical
        if what == "delete":
            account.direct(f"delete_{SNAKE[kind]}", **{arn_member(kind): arn})
            account.deleted_out_of_band.add(arn)
            dependents = _dependents(stack, live.logical)
            stack.meddled |= dependents
            self.meddled[n] = dependents
            account.say(f"== out of band: {short(arn)} deleted ==")
        elif kind == "Campaign":
            account.emulator.set_duration(kind, 200)
            account.direct("update_campaign", campaignArn=arn, minProvisionedTPS=7)
            account.drift.add((kind, arn))
            account.changed_out_of_band.add((kind, arn))
            account.say(f"== out of band: {short(arn)} updated ==")


def _can_change(live: Any) -> bool:
    is_resource = not live.declaration.link and live.ok and live.physical.startswith("arn:")
    return is_resource and live.declaration.kind in _KINDS


def _dependents(stack: SimulatedStack, logical: str) -> set[str]:
    template, found = stack.template or {}, {logical}
    for _ in template:
        found |= {declaration.logical for declaration in template.values() if declaration.deps & found}
    return found
