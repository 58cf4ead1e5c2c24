"""Checks of each response to CloudFormation.

A failure must have a reason in the schedule, the response must be in time, and a success must have its attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.simulation import wording
from conformance.simulation.catalogue import LINK_SECONDS, MUTABLE, lower_first
from conformance.simulation.trace import short

if TYPE_CHECKING:
    from conformance.simulation.operation import ResourceOperation

_FAILURE_CLASSES = {
    "forward": "unjustified-failure",
    "rollback": "rollback-failed",
    "delete": "deletion-failed",
    "cleanup": "cleanup-failed",
}
_NO_MEMBERS = frozenset({"tags", "waitSeconds", "continued", "active", "adopt", "qualityGate", "newRole", "novel"})
"""Properties that an update changes without a replacement, beside the mutable members of the API."""
_REASON_LIMIT = 1300
_LATE = 400
"""Seconds after the end of its wait budget within which an operation must respond."""
_SLACK = 70
"""Seconds before the end of its wait budget from which an operation may time out."""


def changed_properties(new: dict[str, Any], old: dict[str, Any] | None) -> set[str]:
    """Return the names of the properties that differ."""
    old = old or {}
    changed = {name for name in new.keys() | old.keys() if new.get(name) != old.get(name)}
    return changed - {"ServiceToken", "ServiceTimeout"}


def judge(operation: ResourceOperation, body: dict[str, Any]) -> None:
    """Record a violation if the response to an operation is not justified."""
    account, failed = operation.account, body["Status"] == "FAILED"
    account.outcomes[f"{operation.type} {body['Status']}"] += 1
    if failed and not operation.timed_out and "kill" not in operation.excuses:
        _check_reason(operation, body["Reason"])
    if operation.ended:
        return
    elapsed = operation.kernel.now - operation.sent
    limited = operation.phase == "forward" and operation.type != "Delete" and "kill" not in operation.excuses
    if limited and elapsed > operation.wait + _LATE:
        detail = f"{operation.type} {operation.kind}: {elapsed:.0f} s of {operation.wait:.0f}"
        account.violate("waited-too-long", detail, operation)
    if failed:
        _judge_failure(operation, body["Reason"])
    elif operation.type != "Delete":
        _judge_success(operation, body)


def _check_reason(operation: ResourceOperation, reason: str) -> None:
    if wording.INTERNAL_ERROR.search(reason):
        operation.account.violate("bug-in-handler", wording.normal_form(reason), operation)
    if not wording.has_form(reason, operation.logical):
        operation.account.violate("reason-form", reason[:160], operation)
    if len(reason) > _REASON_LIMIT:
        operation.account.violate("reason-long", str(len(reason)), operation)


def _judge_success(operation: ResourceOperation, body: dict[str, Any]) -> None:
    account, physical = operation.account, body["PhysicalResourceId"]
    if operation.type == "Update" and not operation.link and operation.physical.startswith("arn:"):
        _check_replacement(operation, physical)
    if not operation.link and not physical.startswith("arn:"):
        account.violate("id-not-an-arn", f"{operation.logical}: {physical}", operation)
    if "Operation" not in (body.get("Data") or {}):
        account.violate("attribute-missing", f"{operation.logical}: no Operation", operation)


def _check_replacement(operation: ResourceOperation, physical: str) -> None:
    """Check that a replacement was needed.

    A replacement requires a changed create-only property, or a resource that was deleted out of band.
    """
    account = operation.account
    changed = changed_properties(operation.props, operation.old_props)
    frozen = {lower_first(name) for name in changed} - MUTABLE.get(operation.kind, frozenset()) - _NO_MEMBERS
    if operation.kind == "Solution" and frozen == {"solutionConfig"}:
        frozen = set()
    deleted = operation.physical in account.deleted_out_of_band or account.status(operation.physical) is None
    if physical != operation.physical and not frozen and not deleted and operation.phase == "forward":
        ids = f"{short(operation.physical)} by {short(physical)}"
        account.violate("replaced-without-need", f"{operation.logical}: {ids} for {sorted(changed)}", operation)


def _judge_failure(operation: ResourceOperation, reason: str) -> None:
    excuse = _excuse(operation, reason)
    operation.account.outcomes[f"excuse {excuse}"] += 1
    if excuse is None:
        kind = f"{operation.kind}{'Wait' if operation.link else ''}"
        detail = f"{operation.type} {kind}: {wording.normal_form(reason)}"
        operation.account.violate(_FAILURE_CLASSES[operation.phase], detail, operation)


def _excuse(operation: ResourceOperation, reason: str) -> str | None:
    """Return the justification of a failure, or None."""
    if operation.excuses:
        return min(operation.excuses)
    refused = wording.NAME_KEPT.search(reason) or wording.SCHEMA_REFUSED.search(reason)
    if refused and operation.phase == "forward":
        return "template"
    if {operation.logical, operation.logical.split("Wait")[0]} & operation.stack.meddled:
        return "out of band"
    if wording.NAME_TAKEN.search(reason):
        return _excuse_taken_name(operation, reason)
    if wording.REPLACEMENT_STILL_BUSY.search(reason):
        return _excuse_busy_replacement(operation, reason)
    if wording.TIMED_OUT.search(reason):
        return _excuse_time_out(operation)
    if wording.ENDED_BADLY.search(reason):
        return _excuse_failed_operation(operation, reason)
    return "out of band" if operation.invalid and operation.stack.meddled else None


def _excuse_taken_name(operation: ResourceOperation, reason: str) -> str | None:
    arn = _arn(reason)
    owner = operation.account.made.get(arn)
    is_own = owner is not None and (owner["stack"], owner["logical"]) == (operation.stack.id, operation.logical)
    return None if is_own and arn not in operation.account.retained else "taken"


def _excuse_busy_replacement(operation: ResourceOperation, reason: str) -> str | None:
    now = operation.kernel.now
    is_busy = operation.account.slow.get(_arn(reason), 0) > now - 120
    return "slow" if is_busy and now - operation.sent > LINK_SECONDS - _SLACK else None


def _excuse_failed_operation(operation: ResourceOperation, reason: str) -> str | None:
    stack = operation.stack
    failures = operation.account.bad.get(_arn(reason), ())
    return "outcome" if any(entry[2:] == (stack.id, stack.phase) for entry in failures) else None


def _excuse_time_out(operation: ResourceOperation) -> str | None:
    """Return the justification of a timeout, or None.

    A wait may time out only at the end of its wait budget, during an operation on the resource, and if no wait link
    follows.
    """
    account, now = operation.account, operation.kernel.now
    limit = LINK_SECONDS if operation.type == "Delete" else operation.wait
    if now - operation.sent < limit - _SLACK:
        return None
    if str(operation.props.get("Continued", "")).lower() != "true" or operation.type == "Delete":
        return "slow"
    arns = {*operation.created, *operation.announced, operation.physical, operation.props.get("Arn")}
    is_busy = any(arn and account.slow.get(arn, 0) >= now - 60 for arn in arns)
    return None if is_busy and operation.has_updated() else "slow-deferred"


def _arn(reason: str) -> str:
    match = wording.ARN.search(reason)
    return match[0] if match else ""
