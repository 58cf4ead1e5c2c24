"""ARNs in the IAM policy of the provider's functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk_personalize_handler import kinds

from cdk_personalize import _policy_size, _validation
from cdk_personalize._service_role import ROLE_PATH

if TYPE_CHECKING:
    from aws_cdk import Stack

_LONGEST_STACK_NAME = 128


@dataclass(frozen=True, kw_only=True)
class PolicyArns:
    """ARNs in the policy statements, as tokens or as text."""

    personalize: str
    """Start of the ARNs of Amazon Personalize resources, up to the account and the colon after it."""
    stack: str
    """The ID of the stack."""
    state_machine: str
    executions: str
    """The ARN pattern of the executions of the state machine."""
    logs: str
    """The ARN pattern of the log streams of the functions."""
    roles: str
    """The ARN pattern of the service roles that the constructs of the stack create."""


def prefix_of_generated_names(stack: Stack) -> str:
    """Return the prefix of the names that a stack generates.

    Empty if the name of the stack is not known at synthesis. The generated name of a nested stack starts with the name
    of its parent.
    """
    while (parent := stack.nested_stack_parent) is not None:
        stack = parent
    return kinds.name_prefix(stack.stack_name) if _validation.is_known(stack.stack_name) else ""


def longest_policy_arns(stack: Stack) -> PolicyArns:
    """Return text in place of each ARN, with the maximum length of the ARN.

    It is used to measure the size of the policy.
    """
    own = f"{_policy_size.REGION}:{_policy_size.ACCOUNT}"
    name = stack.stack_name
    if not _validation.is_known(name):
        name = "s" * _LONGEST_STACK_NAME
    return PolicyArns(
        personalize=f"arn:{_policy_size.PARTITION}:personalize:{own}:",
        stack=_policy_size.STACK_ID,
        state_machine=_policy_size.REFERENCE,
        executions=_policy_size.REFERENCE,
        logs=_policy_size.REFERENCE,
        roles=f"arn:{_policy_size.PARTITION}:iam::{_policy_size.ACCOUNT}:role/{ROLE_PATH}/{name}/*",
    )
