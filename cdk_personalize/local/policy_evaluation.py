"""Callers of Amazon Personalize whose policies ministack evaluates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_personalize.local.seams import AuthError, EvalContext, PrincipalInfo, evaluate, resolve_principal

if TYPE_CHECKING:
    from cdk_personalize.local.authorization import Right


class IamCaller:
    """A role, user or root user of ministack's IAM."""

    def __init__(self, principal: PrincipalInfo) -> None:
        self._principal = principal

    @property
    def arn(self) -> str:
        """ARN of the role session, user or root user."""
        return str(self._principal.arn)

    def decision(self, right: Right, region: str) -> str:
        """Evaluate the policies of the identity. The root user has all permissions."""
        principal = self._principal
        if principal.policies is None:
            return "Allow"
        context = EvalContext(
            principal_arn=principal.arn,
            principal_type=principal.type,
            principal_account=principal.account,
            action=right.action,
            resource_arn=right.resource,
            region=region,
            service_context=dict(right.context),
            principal_keys=principal.keys,
        )
        return str(evaluate(context, principal.policies, *principal.limits).decision)


def caller_of(access_key_id: str, account: str) -> IamCaller | None:
    """Return the identity of an access key, or None for an unknown key.

    The caller treats an unknown key as the root user of its account.
    """
    principal = resolve_principal(access_key_id, account)
    return None if isinstance(principal, AuthError) else IamCaller(principal)
