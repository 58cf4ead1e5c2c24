"""Size limits of IAM policies, which ministack does not have.

White space does not count. All inline policies of a role together have at most 10,240 characters, a managed policy has
at most 6,144: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import seams
from cdk_personalize.local.seams import iam, provisioners

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Parameters = Mapping[str, Any]

_INLINE_LIMIT = 10_240
_MANAGED_LIMIT = 6_144
_ROLE, _POLICY, _MANAGED = "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"


def reject_large_policies() -> None:
    """Make IAM and CloudFormation reject policies that are too large.

    Call it once, before the server starts.
    """
    seams.replace("_put_role_policy", _putting, iam)
    iam._IAM_HANDLERS["PutRolePolicy"] = iam._put_role_policy
    for action, name in (("CreatePolicy", "_create_policy"), ("CreatePolicyVersion", "_create_policy_version")):
        seams.replace(name, _creating, iam)
        iam._IAM_HANDLERS[action] = getattr(iam, name)
    for resource_type, check in ((_ROLE, _check_role), (_POLICY, _check_policy), (_MANAGED, _check_managed)):
        handlers = provisioners._RESOURCE_HANDLERS.get(resource_type, {})
        if not {"create", "update"} <= handlers.keys():
            raise seams.SeamError(f"ministack has no handlers of {resource_type}")
        handlers["create"] = _checking_creation(handlers["create"], check)
        handlers["update"] = _checking_update(handlers["update"], check)


def _putting(put: Callable[[Parameters], Any]) -> Any:
    def putting(parameters: Parameters) -> Any:
        name = iam._p(parameters, "RoleName")
        added = {iam._p(parameters, "PolicyName"): iam._p(parameters, "PolicyDocument")}
        excess = _inline_excess(name, added) if iam._roles.get(name) else ""
        return iam._error(409, "LimitExceeded", excess, ns="iam") if excess else put(parameters)

    return putting


def _creating(create: Callable[[Parameters], Any]) -> Any:
    def creating(parameters: Parameters) -> Any:
        excess = _managed_excess(iam._p(parameters, "PolicyDocument"))
        return iam._error(409, "LimitExceeded", excess, ns="iam") if excess else create(parameters)

    return creating


def _checking_creation(create: Callable[..., Any], check: Callable[..., str]) -> Any:
    def creating(logical_id: str, props: Mapping[str, Any], stack_name: str) -> Any:
        _raise(check(props.get("RoleName") or "", props, {}))
        return create(logical_id, props, stack_name)

    return creating


def _checking_update(update: Callable[..., Any], check: Callable[..., str]) -> Any:
    def updating(physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], *more: Any) -> Any:
        _raise(check(physical_id, new, old))
        return update(physical_id, old, new, *more)

    return updating


def _check_role(name: str, props: Mapping[str, Any], old: Mapping[str, Any]) -> str:
    removed = {each["PolicyName"] for each in old.get("Policies", [])}
    added = {each["PolicyName"]: each["PolicyDocument"] for each in props.get("Policies", [])}
    return _inline_excess(name, dict.fromkeys(removed, "") | added)


def _check_policy(_name: str, props: Mapping[str, Any], old: Mapping[str, Any]) -> str:
    added = {old.get("PolicyName", ""): "", props.get("PolicyName", ""): props.get("PolicyDocument", {})}
    return next(filter(None, (_inline_excess(role, added) for role in props.get("Roles") or [])), "")


def _check_managed(_name: str, props: Mapping[str, Any], _old: Mapping[str, Any]) -> str:
    return _managed_excess(props.get("PolicyDocument", {}))


def _raise(excess: str) -> None:
    """Raise ValueError with CloudFormation's message if `excess` is not empty."""
    if excess:
        details = "(Service: Iam, Status Code: 409, HandlerErrorCode: ServiceLimitExceeded)"
        raise ValueError(f'Resource handler returned message: "{excess} {details}"')


def _inline_excess(role: str, added: Mapping[str, Any]) -> str:
    """Return IAM's error if the inline policies of a role are too large, or ""."""
    documents = {**(iam._roles.get(role) or {}).get("InlinePolicies", {}), **added}
    if sum(map(_size, documents.values())) <= _INLINE_LIMIT:
        return ""
    return f"Maximum policy size of {_INLINE_LIMIT} bytes exceeded for role {role}"


def _managed_excess(document: Any) -> str:
    return "" if _size(document) <= _MANAGED_LIMIT else f"Cannot exceed quota for PolicySize: {_MANAGED_LIMIT}"


def _size(document: Any) -> int:
    return len(re.sub(r"\s", "", document if isinstance(document, str) else json.dumps(document)))
