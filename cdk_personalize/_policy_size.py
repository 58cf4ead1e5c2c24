"""The size of policies as IAM counts it, at synthesis: tokens count as long as their values can be."""

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
"""The most characters, white space aside, that IAM accepts for all inline policies of a role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""
PARTITION, REGION, ACCOUNT = "aws", "ap-southeast-1", "123456789012"
"""As long as each of them can be where Amazon Personalize is: another partition has shorter regions."""
STACK_ID = f"arn:{PARTITION}:cloudformation:{REGION}:{ACCOUNT}:stack/{'s' * 128}/{'0' * 36}"
_PSEUDO_PARAMETERS = {
    "AWS::Partition": PARTITION,
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackId": STACK_ID,
    "AWS::StackName": "s" * 128,
}
REFERENCE = "r" * 110
"""For an attribute of a resource: the ARN of a role with a name of 64 characters, or of an execution."""


@jsii.implements(IValidation)
class PoliciesWithinLimit:
    """The check of all inline policies of a role against the limit of IAM, when their content is final."""

    def __init__(self, policies: Callable[[], list[iam.CfnPolicy]]) -> None:
        self._policies = policies

    def validate(self) -> list[str]:
        """Return an error if IAM would reject the policies; CDK puts the construct's path before it."""
        total = sum(size(Stack.of(policy).resolve(policy.policy_document)) for policy in self._policies())
        if total <= IAM_LIMIT:
            return []
        rule = f"must have at most {IAM_LIMIT:,} characters, which is IAM's limit for a role, got {total:,}."
        remedy = (
            "Leave out `role` where a construct can create the role, give several constructs the same role, or move "
            "some of the constructs to another stack."
        )
        return [f"the inline policies of the functions' role {rule} {remedy}"]


def size(document: Any) -> int:
    """Return how many characters IAM counts in a policy document, of which tokens have been resolved."""
    return len(re.sub(r"\s", "", json.dumps(_known(document), separators=(",", ":"), ensure_ascii=False)))


def is_independent(value: Any) -> bool:
    """Whether a resolved value refers to no resource of its stack."""
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            return value["Ref"] in _PSEUDO_PARAMETERS
        return "Fn::GetAtt" not in value and all(is_independent(each) for each in value.values())
    return all(is_independent(each) for each in value) if isinstance(value, list) else True


def _known(value: Any) -> Any:
    """Return a resolved value with text in place of CloudFormation's functions."""
    if isinstance(value, list):
        return [_known(each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return _PSEUDO_PARAMETERS.get(value["Ref"], REFERENCE)
    if set(value) == {"Fn::Join"}:
        separator, parts = value["Fn::Join"]
        return separator.join(str(_known(each)) for each in parts)
    if len(value) == 1 and next(iter(value)).startswith("Fn::"):
        return REFERENCE
    return {name: _known(each) for name, each in value.items()}
