"""Measure the size of IAM policies at synthesis.

A token counts with the maximum length of its value.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import Stack
from constructs import IValidation

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import aws_iam as iam

IAM_LIMIT = 10_240
"""Maximum number of characters, without white space, of all inline policies of a role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""
PARTITION, REGION, ACCOUNT = "aws", "ap-southeast-1", "123456789012"
"""Values of maximum length in the regions with Amazon Personalize."""
STACK_ID = f"arn:{PARTITION}:cloudformation:{REGION}:{ACCOUNT}:stack/{'s' * 128}/{'0' * 36}"
_PSEUDO_PARAMETERS = {
    "AWS::Partition": PARTITION,
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackId": STACK_ID,
    "AWS::StackName": "s" * 128,
}
REFERENCE = "r" * 110
"""Text with the maximum length of a resource attribute: an ARN of a role or of an execution."""


@jsii.implements(IValidation)
class PoliciesWithinLimit:
    """A validation of the total size of all inline policies of a role."""

    def __init__(self, policies: Callable[[], list[iam.CfnPolicy]]) -> None:
        self._policies = policies

    def validate(self) -> list[str]:
        """Return an error if IAM would reject the policies. CDK adds the construct path."""
        total = sum(size(Stack.of(policy).resolve(policy.policy_document)) for policy in self._policies())
        if total <= IAM_LIMIT:
            return []
        rule = f"must have at most {IAM_LIMIT:,} characters, which is IAM's limit for a role, got {total:,}."
        remedy = (
            "Omit `role` so that the constructs create it, use one role for several constructs, or move "
            "some of the constructs to another stack."
        )
        return [f"the inline policies of the functions' role {rule} {remedy}"]


def size(document: Any) -> int:
    """Return the number of characters that IAM counts in a resolved policy document."""
    return len(re.sub(r"\s", "", json.dumps(_with_text(document), separators=(",", ":"), ensure_ascii=False)))


def is_independent(value: Any) -> bool:
    """Return whether a resolved value refers to no resource of its stack."""
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            return value["Ref"] in _PSEUDO_PARAMETERS
        return "Fn::GetAtt" not in value and all(is_independent(each) for each in value.values())
    return all(is_independent(each) for each in value) if isinstance(value, list) else True


def _with_text(value: Any) -> Any:
    """Replace intrinsic functions of CloudFormation by text of maximum length."""
    if isinstance(value, list):
        return [_with_text(each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return _PSEUDO_PARAMETERS.get(value["Ref"], REFERENCE)
    if set(value) == {"Fn::Join"}:
        separator, parts = value["Fn::Join"]
        return separator.join(str(_with_text(each)) for each in parts)
    if len(value) == 1 and next(iter(value)).startswith("Fn::"):
        return REFERENCE
    return {name: _with_text(each) for name, each in value.items()}
