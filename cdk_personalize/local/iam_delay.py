"""Delay until changed roles and policies are in effect, as on AWS.

IAM is eventually consistent: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html. During the delay,
calls are authorized by the previous policies of the role. Lambda and Amazon Personalize cannot assume a new role: a job
that reads or writes with it fails. In ministack, changes are in effect at once.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import seams
from cdk_personalize.local.seams import get_account_id, iam, iam_evaluator, lambda_svc, provisioners, stacks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_RETRY_SECONDS = 0.2
_CANNOT_ASSUME = "The role defined for the function cannot be assumed by Lambda."
_ROLE_WRITERS = (
    "_put_role_policy",
    "_delete_role_policy",
    "_attach_role_policy",
    "_detach_role_policy",
    "_create_role",
)
_TYPES = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
_FUNCTION = "AWS::Lambda::Function"

_seconds = 0.0
_changes: dict[tuple[str, str], list[tuple[float, Any]]] = {}
"""Changes by account and role name: the time of the change, and the policies before it."""
_gather: Callable[[str, str], Any]


def set_delay(seconds: float) -> None:
    """Set the time until changed roles and policies are in effect.

    :param seconds: in real time.

    Call it once, before the server starts.
    """
    global _seconds
    _seconds = seconds
    if not seconds:
        return
    seams.replace("_gather_role_policies", _gathering, iam_evaluator)
    for name in _ROLE_WRITERS:
        seams.replace(name, _writing, iam)
        iam._IAM_HANDLERS[_action(name)] = getattr(iam, name)
    for resource_type in _TYPES:
        handlers = provisioners._RESOURCE_HANDLERS[resource_type]
        for verb in ("create", "update"):
            handlers[verb] = _provisioning(handlers[verb])
    seams.replace("_create_function", _creating_function, lambda_svc)
    handlers = provisioners._RESOURCE_HANDLERS[_FUNCTION]
    handlers["create"] = _waiting_for_role(handlers["create"])
    seams.replace("_runs_on_worker_thread", lambda known: lambda name: name == _FUNCTION or known(name), stacks)


def role_age(account: str, role_arn: str) -> float | None:
    """Return the seconds since the last change of a role or its policies, if known."""
    changes = _changes.get((account, role_arn.rpartition("/")[2]))
    return time.monotonic() - changes[-1][0] if changes else None


def _action(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _gathering(gather: Callable[[str, str], Any]) -> Any:
    global _gather
    _gather = gather

    def gathering(role: str, account: str) -> Any:
        for changed, before in _changes.get((account, role), []):
            if time.monotonic() - changed < _seconds:
                return before
        return gather(role, account)

    return gathering


def _note_changes(work: Callable[[], Any]) -> Any:
    """Run a change, and record each role whose policies are different afterwards."""
    account = get_account_id()
    before = {name: _gather(name, account) for name in list(iam._roles)}
    answer = work()
    for name in list(iam._roles):
        if name not in before or _gather(name, account) != before[name]:
            _changes.setdefault((account, name), []).append((time.monotonic(), before.get(name, [])))
    return answer


def _writing(write: Callable[[Mapping[str, Any]], Any]) -> Any:
    return lambda parameters: _note_changes(lambda: write(parameters))


def _provisioning(provision: Callable[..., Any]) -> Any:
    return lambda *arguments: _note_changes(lambda: provision(*arguments))


def _creating_function(create: Callable[[Mapping[str, Any]], Any]) -> Any:
    def creating(request: Mapping[str, Any]) -> Any:
        if _is_unusable(request.get("Role", "")):
            return lambda_svc.error_response_json("InvalidParameterValueException", _CANNOT_ASSUME, 400)
        return create(request)

    return creating


def _waiting_for_role(create: Callable[..., Any]) -> Any:
    """Make the creation of a function wait for its role, as CloudFormation does."""

    def creating(logical_id: str, props: Mapping[str, Any], stack_name: str) -> Any:
        while _is_unusable(props.get("Role", "")):
            time.sleep(_RETRY_SECONDS)
        return create(logical_id, props, stack_name)

    return creating


def _is_unusable(role_arn: str) -> bool:
    """Return whether a role is so new that Lambda cannot assume it yet."""
    if role_arn.count(":") < 5:
        return False
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    changes = _changes.get((account, name), [])
    return bool(changes) and not changes[0][1] and time.monotonic() - changes[0][0] < _seconds
