"""Invariants that must hold when no operation is in progress."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.simulation.catalogue import DELETABLE, MUTABLE, TAGGABLE
from conformance.simulation.trace import short

if TYPE_CHECKING:
    from conformance.simulation.account import SimulatedAccount
    from conformance.simulation.deployment import Process
    from conformance.simulation.stack import SimulatedStack
    from conformance.simulation.stack_state import DeployedResource

OWNER_TAG = "cdk-personalize:owner"
_AT_REST = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
_VOLATILE = ("lastUpdatedDateTime", "latestSolutionVersion", "latestCampaignUpdate", "solutionVersionArn", "status")
_CAMPAIGN_DEFAULTS = {"enableMetadataWithRecommendations": False, "syncWithLatestSolutionVersion": False}
_RECOMMENDER_DEFAULTS = {"minRecommendationRequestsPerSecond": 1, "enableMetadataWithRecommendations": False}
_BUSY = re.compile("PENDING|PROGRESS|STOPPING")
_LONGEST_REST = 26 * 3600
_SHORTEST_REST = 4200


def come_to_rest(account: SimulatedAccount, where: str) -> Process:
    """Wait without faults until no operation is in progress, and check the invariants.

    :param where: the point in the schedule, for the message of a violation.
    """
    calm, account.calm = account.calm, True
    kernel, begin = account.kernel, account.kernel.now
    while kernel.now < begin + _LONGEST_REST:
        yield 300
        if kernel.now > begin + _SHORTEST_REST and _is_at_rest(account):
            break
    for execution in account.services.stepfunctions.running():
        account.violate("execution-never-ended", f"{where}: {execution.operation.key}", execution.operation)
        execution.end("ABORTED")
    check_at_rest(account, where)
    account.calm = calm


def _is_at_rest(account: SimulatedAccount) -> bool:
    if account.kernel.active or account.services.stepfunctions.running():
        return False
    if not all(operation.ended for operation in account.operations.values() if operation.sent):
        return False
    return not any(_BUSY.search(each["status"]) for each in account.emulator.resources())


def check_at_rest(account: SimulatedAccount, where: str) -> None:
    """Check that no resource is orphaned, foreign and changed, or not as declared."""
    _check_orphans(account, where)
    for arn, state in account.foreign_state.items():
        observed = foreign_state(account, arn)
        if observed != state and arn not in account.deleted_out_of_band:
            account.violate("foreign-changed", f"{where}: {arn}")
            account.foreign_state[arn] = observed
    for stack in account.stacks.values():
        if stack.status in _AT_REST:
            for live in stack.resources.values():
                if not live.declaration.link and live.physical not in account.deleted_out_of_band:
                    _check_resource(account, stack, live, f"{where}: {stack.name}/{live.logical}")


def _check_orphans(account: SimulatedAccount, where: str) -> None:
    stacks = [stack for stack in account.stacks.values() if stack.status not in (None, "DELETE_COMPLETE")]
    known = {live.physical for stack in stacks for live in stack.resources.values()}
    unstable = {stack.id for stack in stacks if not stack.status.endswith("COMPLETE")}
    for arn, entry in account.existing().items():
        made = account.made.get(arn)
        if made is None or entry["kind"] not in DELETABLE or arn in known | account.retained | account.lost:
            continue
        if made["stack"] in unstable or (made["stack"], made["logical"]) in account.retained_logicals:
            account.retained.add(arn)
        elif not entry["status"].startswith("DELETE"):
            owner = f"{made['stack_name']}/{made['logical']}"
            account.violate("orphan", f"{where}: {entry['kind']} {short(arn)} of {owner}, made by {made['key']}")
            account.lost.add(arn)


def foreign_state(account: SimulatedAccount, arn: str) -> dict[str, Any] | None:
    """Return the configuration and tags of a resource outside the stacks.

    The library must not change them.
    """
    kind = next((each["kind"] for each in account.emulator.resources() if each["arn"] == arn), None)
    found = account.describe(kind, arn) if kind else None
    if found is None:
        return None
    state = {name: value for name, value in found.items() if name not in _VOLATILE}
    if kind in TAGGABLE:
        state["tags"] = account.direct("list_tags_for_resource", resourceArn=arn)["tags"]
    return state


def _check_resource(account: SimulatedAccount, stack: SimulatedStack, live: DeployedResource, where: str) -> None:
    """Check that a resource exists and is as its stack declares it."""
    kind = live.declaration.kind
    found = account.describe(kind, live.physical) if live.physical.startswith("arn:") else None
    if found is None:
        account.violate("missing", f"{where} ({kind}): {short(live.physical)} does not exist")
        return
    problems = [*_configuration_problems(account, live, found), *_status_problems(live, found)]
    if kind in TAGGABLE:
        problems += _tag_problems(account, live)
    if problems and not {(stack.id, live.logical)} & (account.tolerated | account.murky):
        detail = f"{where} ({kind}): {'; '.join(problems)} [stack {stack.status}]"
        account.violate("not-as-declared", detail)


def _configuration_problems(account: SimulatedAccount, live: DeployedResource, found: dict[str, Any]) -> list[str]:
    kind = live.declaration.kind
    problems: list[str] = []
    for name, value in _desired(account, live).items():
        unreadable = name in ("importMode", "trainingMode") or (kind == "SolutionVersion" and name == "name")
        drifted = (kind, live.physical) in account.drift and name in MUTABLE.get(kind, ())
        if not unreadable and not drifted:
            problems += _differences(name, value, found.get(name))
    return problems


def _desired(account: SimulatedAccount, live: DeployedResource) -> dict[str, Any]:
    """Return the desired configuration of a resource, with the service's defaults."""
    kind, desired = live.declaration.kind, dict(live.request)
    if kind == "Campaign":
        if (kind, live.physical) not in account.changed_out_of_band:
            desired.setdefault("minProvisionedTPS", 1)
        desired["campaignConfig"] = {**_CAMPAIGN_DEFAULTS, **desired.get("campaignConfig", {})}
    if kind == "Recommender":
        desired["recommenderConfig"] = {**_RECOMMENDER_DEFAULTS, **desired.get("recommenderConfig", {})}
    return desired


def _differences(name: str, value: Any, actual: Any) -> list[str]:
    if name == "datasetType":
        value = value.upper()
    if name == "solutionVersionArn" and str(value).endswith("/$LATEST"):
        actual, value = str(actual).rpartition("/")[0], value.removesuffix("/$LATEST")
    if isinstance(value, dict) and name.endswith("Config"):
        actual = actual or {}
        # The service omits flags that were not sent. Their default is false.
        return [
            f"{name}.{member} is {actual.get(member)}, not {inner}"
            for member, inner in value.items()
            if actual.get(member, _default(name, member)) != inner
        ]
    if isinstance(value, list):
        same = sorted(map(repr, actual or [])) == sorted(map(repr, value))
        return [] if same else [f"{name} is {actual}, not {value}"]
    return [] if actual == value else [f"{name} is {str(actual)[-40:]}, not {str(value)[-40:]}"]


def _default(name: str, member: str) -> Any:
    defaults = {"campaignConfig": _CAMPAIGN_DEFAULTS, "recommenderConfig": _RECOMMENDER_DEFAULTS}
    return defaults.get(name, {}).get(member)


def _status_problems(live: DeployedResource, found: dict[str, Any]) -> list[str]:
    status = found.get("status", "ACTIVE")
    active = str(live.props.get("Active", "true")).lower() == "true"
    return [] if status == ("ACTIVE" if active else "INACTIVE") else [f"status is {status}"]


def _tag_problems(account: SimulatedAccount, live: DeployedResource) -> list[str]:
    answer = account.direct("list_tags_for_resource", resourceArn=live.physical)
    tags = {tag["tagKey"]: tag["tagValue"] for tag in answer["tags"]}
    problems = [] if tags.pop(OWNER_TAG, None) else ["no owner tag"]
    return problems + ([] if tags == (live.tags or {}) else [f"tags are {tags}, not {live.tags or {}}"])
