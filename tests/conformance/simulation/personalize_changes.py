"""Creations, updates and deletions in Amazon Personalize, with random durations.

Some of them fail. Calls that the handler must not make are recorded as violations.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from conformance.simulation.answers import client_error
from conformance.simulation.catalogue import DELETABLE, MUTABLE, SNAKE, TYPICAL_SECONDS, arn_member
from conformance.simulation.draws import pick

if TYPE_CHECKING:
    from conformance.simulation.account import SimulatedAccount
    from conformance.simulation.operation import ResourceOperation

_QUOTA_MESSAGE = "More than 5 resources in ACTIVE state. Please delete some and try again."
_DATA_KINDS = ("DatasetGroup", "Schema", "Dataset")
_REPEATED_UPDATES = 4
"""Number of updates by one request that is a violation."""


class PersonalizeChanges:
    """The changes in the emulator, each of which is checked when it happens."""

    def __init__(self, account: SimulatedAccount) -> None:
        self.account, self.kernel = account, account.kernel

    def duration(self, kind: str, key: str) -> float:
        """Return the random duration of an operation, in seconds."""
        typical = TYPICAL_SECONDS.get(kind, 0)
        if not typical:
            return 0
        seconds = typical * (0.3 + 1.4 * self.account.draw("dur", key))
        if kind != "Solution" and self.account.inject("long", key, self.account.cfg["p_long"]):
            seconds = pick([2500, 3290, 3310, 3900, 7000, 20000], self.account.seed, "longer", key)
        return seconds

    def create(self, operation: ResourceOperation, kind: str, method: str, request: Any, key: str) -> Any:
        """Create a resource, and check that one request creates only one."""
        account = self.account
        seconds, fails = self._arm(kind, key, key)
        unused = None
        try:
            if kind in DELETABLE and account.inject("quota", key, account.cfg["p_quota"]):
                raise client_error("LimitExceededException", _QUOTA_MESSAGE, method, self.kernel.now)
            answer = account.direct(method, **request)
        except ClientError as error:
            self._excuse(operation, kind, error)
            raise
        finally:
            if fails:
                unused = account.emulator.faults.take_outcome(kind)
        arn = answer[arn_member(kind)]
        self._record(operation, kind, arn, key)
        self._started(operation, arn, seconds, fails=fails and not unused)
        return answer

    def update(self, operation: ResourceOperation, kind: str, method: str, request: Any, key: str) -> Any:
        """Update a resource, and check its owner and the completeness of the request."""
        account, arn = self.account, request.get(arn_member(kind))
        self.check_foreign(operation, arn, method)
        self._check_complete(operation, kind, request)
        seconds, fails = self._arm(kind, key, operation.key)
        before, unused = None, None
        try:
            before = account.direct(f"describe_{SNAKE[kind]}", **{arn_member(kind): arn})
            answer = account.direct(method, **request)
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidInputException":
                operation.invalid = error.response["Error"]["Message"]
            raise
        finally:
            if fails:
                unused = account.emulator.faults.take_outcome(kind)
        self._started(operation, arn, seconds, fails=fails and not unused)
        sent = account.updates_of[operation.request_id]
        sent.append(self.kernel.now)
        if len(sent) == _REPEATED_UPDATES:
            detail = f"{kind} {operation.logical}: Update{kind} took effect {len(sent)} times for one request"
            account.violate("update-sent-again-and-again", detail, operation)
        if account.cfg["ec_stale"] and not account.calm:
            account.stale[arn] = (self.kernel.now + account.cfg["ec_stale"] * account.draw("stale", key), before)
        return answer

    def _arm(self, kind: str, key: str, outcome_key: str) -> tuple[float, bool]:
        """Set duration and outcome of the next operation on a kind.

        :return: the duration in seconds, and whether it fails.
        """
        account = self.account
        seconds = self.duration(kind, key)
        if seconds:
            account.emulator.set_duration(kind, seconds)
        fails = seconds > 0 and account.inject("outcome", outcome_key, account.cfg["p_outcome"])
        if fails:
            account.emulator.faults.add({"kind": kind, "outcome": "CREATE FAILED", "reason": "On purpose"})
        return seconds, fails

    def _started(self, operation: ResourceOperation, arn: str, seconds: float, *, fails: bool) -> None:
        if fails:
            operation.excuses.add("outcome")
            entry = (operation.request_id, self.kernel.now, operation.stack.id, operation.stack.phase)
            self.account.bad.setdefault(arn, []).append(entry)
        self.account.slow[arn] = self.kernel.now + seconds

    def _record(self, operation: ResourceOperation, kind: str, arn: str, key: str) -> None:
        self.account.made[arn] = {
            "kind": kind,
            "stack": operation.stack.id,
            "stack_name": operation.stack.name,
            "logical": operation.logical,
            "request": operation.request_id,
            "at": self.kernel.now,
            "key": key,
            "type": operation.type,
        }
        self.account.tag_history.pop(arn, None)
        self.account.stale.pop(arn, None)
        operation.created.append(arn)
        if set(operation.created) != {arn}:
            detail = f"{kind} {operation.logical}: {len(operation.created)} creations by one request"
            self.account.violate("made-twice", detail, operation)

    def _excuse(self, operation: ResourceOperation, kind: str, error: ClientError) -> None:
        """Record a rejected creation as a justification of a failure."""
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if code == "LimitExceededException":
            operation.excuses.add("quota")
        if code == "InvalidInputException":
            operation.invalid = message
        if code != "ResourceAlreadyExistsException":
            return
        match = re.search(r"arn:\S+", message)
        owner = self.account.made.get(match[0]) if match else None
        if owner is None or (owner["stack"], owner["logical"]) != (operation.stack.id, operation.logical):
            operation.excuses.add("taken")
        elif kind in ("EventTracker", "MetricAttribution") and owner["request"] != operation.request_id:
            operation.excuses.add("one-a-group")

    def check_foreign(self, operation: ResourceOperation, arn: str | None, what: str) -> None:
        """Record a violation if a call changes a resource of another owner."""
        if arn in self.account.foreign and not operation.adopts:
            self.account.violate("foreign-touched", f"{what} on {arn}", operation)

    def check_deletion(self, operation: ResourceOperation, kind: str, arn: str) -> None:
        """Record a violation if the deletion of a resource is not allowed.

        It must not be of another logical ID, retained, or in use by the stack.
        """
        self.check_foreign(operation, arn, f"Delete{kind}")
        made = self.account.made.get(arn)
        if made is None:
            return
        if (made["stack"], made["logical"]) != (operation.stack.id, operation.logical):
            detail = f"{arn} of {made['stack_name']}/{made['logical']}"
            self.account.violate("deleted-of-another", detail, operation)
        if kind in _DATA_KINDS and arn in operation.stack.kept:
            self.account.violate("data-deleted", f"{arn}, which has RETAIN and was complete once", operation)
        resource = operation.stack.resources.get(operation.logical)
        known_good = resource.known_good if resource else None
        if operation.type != "Delete" and made is known_good and operation.phase != "delete":
            self.account.violate(
                "good-one-deleted", f"{operation.type} deleted {arn}, which the stack has had", operation
            )

    def _check_complete(self, operation: ResourceOperation, kind: str, request: dict[str, Any]) -> None:
        """Record a violation if an update lacks a part of the desired configuration."""
        if kind == "MetricAttribution" or operation.adopts:
            return
        label = f"{kind} {operation.logical}"
        for name, value in operation.request.items():
            if name not in MUTABLE.get(kind, ()):
                continue
            if name not in request:
                self.account.violate("partial-update", f"{label}: {name} missing in {sorted(request)}", operation)
            elif name in ("recommenderConfig", "campaignConfig"):
                for member in value:
                    if request[name].get(member) != value[member]:
                        self.account.violate("partial-update", f"{label}: {name}.{member}", operation)
            elif request[name] != value:
                self.account.violate("wrong-update", f"{label}: {name} is {request[name]}, not {value}", operation)
