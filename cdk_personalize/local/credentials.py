"""Credentials of the roles of Lambda functions.

ministack uses those of the account.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cdk_personalize.local.seams import lambda_runtime, lambda_svc, sts

if TYPE_CHECKING:
    from collections.abc import Mapping


def give_functions_their_roles() -> None:
    """Make ministack start functions with a session of their role.

    Call it once, before it serves.
    """
    lambda_runtime.execution_credentials = lambda_svc.execution_credentials = _session


def _session(function: Mapping[str, Any]) -> dict[str, str]:
    """Return the credentials of a session that is registered and does not end."""
    arn, role, name = function["FunctionArn"], function["Role"].rpartition("/")[2], function["FunctionName"]
    account = arn.split(":")[4]
    secret = hashlib.sha256(f"{arn} {role}".encode()).hexdigest()
    key = f"ASIA{secret[:16].upper()}"
    session = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        "UserId": f"{role}:{name}",
        "SecretAccessKey": secret,
        "SessionToken": secret,
    }
    sts.register_session(key, session)
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": secret}
