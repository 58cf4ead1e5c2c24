"""Credentials of the roles of Lambda functions, state machines and schedules.

On AWS they call with a session of their role. ministack gives them the credentials of the account.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import seams
from cdk_personalize.local.seams import lambda_runtime, lambda_svc, stepfunctions, sts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_key_of_caller: ContextVar[str | None] = ContextVar("key_of_caller", default=None)


def give_functions_their_roles() -> None:
    """Make ministack start functions with a session of their role.

    Call it once, before the server starts.
    """
    lambda_runtime.execution_credentials = lambda_svc.execution_credentials = _session


def give_workflows_their_roles() -> None:
    """Make tasks of executions call AWS with the role of their state machine.

    Call it once, before the server starts.
    """
    seams.replace("_execute_task", _as_role, stepfunctions)


def key_of_caller() -> str | None:
    """Return the access key of the workflow or schedule that makes the current call.

    None if the current call does not come from a state machine.
    """
    return _key_of_caller.get()


@contextmanager
def calling_as(arn: str, role_arn: str, session_name: str) -> Iterator[None]:
    """Make calls with the role of a resource."""
    session = _session_of(arn, role_arn, session_name)
    before = _key_of_caller.set(session["AWS_ACCESS_KEY_ID"])
    try:
        yield
    finally:
        _key_of_caller.reset(before)


def _as_role(execute: Callable[..., Any]) -> Any:
    def executing(state: Any, given: Any, execution: Mapping[str, Any], context: Any) -> Any:
        arn = execution["stateMachineArn"]
        with calling_as(arn, stepfunctions._state_machines[arn]["roleArn"], execution["name"]):
            return execute(state, given, execution, context)

    return executing


def _session(function: Mapping[str, Any]) -> dict[str, str]:
    return _session_of(function["FunctionArn"], function["Role"], function["FunctionName"])


def _session_of(arn: str, role_arn: str, name: str) -> dict[str, str]:
    """Register a session of a role, without expiry, and return its credentials."""
    role = role_arn.rpartition("/")[2]
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
