"""Acknowledgments of cdk-nag findings in the constructs of this library.

Both versions of cdk-nag are supported without a dependency on it: version 3 reads acknowledgments of the CDK, which
must name each wildcard; version 2 reads metadata of the resources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import aws_cdk
import jsii
from aws_cdk import CfnResource, Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct, IValidation

if TYPE_CHECKING:
    from collections.abc import Mapping

FUNCTION_RULES = {
    "AwsSolutions-L1": "AWS Lambda supports this runtime, and the code of the function is tested with it."
}
STATE_MACHINE_RULES = {
    "AwsSolutions-SF1": (
        "The logs of the functions cover the steps. Logging of the state machine is an option of the provider."
    ),
    "AwsSolutions-SF2": "The logs of the functions cover the steps.",
}
_WILDCARDS = "AwsSolutions-IAM5"
_REASON = (
    "The wildcards match generated names, versions of the stack's functions, objects under a given prefix, "
    "and actions that IAM does not support resource-level permissions for."
)


def acknowledge_rules(construct: IConstruct, rules: Mapping[str, str]) -> None:
    """Acknowledge rules for the CloudFormation resource of a construct.

    :param rules: The reasons by rule ID.
    """
    resource = cast("CfnResource", construct.node.default_child)
    _suppress(resource, rules)
    for rule, reason in rules.items():
        _acknowledge(resource, rule, reason)


def acknowledge_managed_policy(role: iam.Role, name: str) -> None:
    """Acknowledge the AWS managed policy of a role whose function is in a VPC."""
    reason = "AWS Lambda requires these permissions of the role of a function in a VPC."
    acknowledge_rules(role, {f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{name}]": reason})


def acknowledge_wildcards(construct: IConstruct) -> None:
    """Acknowledge the wildcards in the policies of a construct."""
    for policy in construct.node.find_all():
        if isinstance(policy, iam.CfnPolicy):
            _suppress(policy, {_WILDCARDS: _REASON})
            policy.node.add_validation(cast("IValidation", _Wildcards(policy)))


@jsii.implements(IValidation)
class _Wildcards:
    """A validation that acknowledges the wildcards of a policy.

    It runs at synthesis, when the policy is complete.
    """

    def __init__(self, policy: iam.CfnPolicy) -> None:
        self._policy = policy

    def validate(self) -> list[str]:
        """Acknowledge the wildcards. Return no errors."""
        document = Stack.of(self._policy).resolve(self._policy.policy_document)
        resources = {_flat(each) for statement in document["Statement"] for each in _listed(statement["Resource"])}
        for resource in sorted(each for each in resources if "*" in each):
            _acknowledge(self._policy, f"{_WILDCARDS}[Resource::{resource}]", _REASON)
        return []


def _acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    # CDK versions without this module are too old for cdk-nag 3.
    if hasattr(aws_cdk, "Validations"):
        aws_cdk.Validations.of(construct).acknowledge(aws_cdk.Acknowledgment(id=rule, reason=reason))


def _suppress(resource: CfnResource, rules: Mapping[str, str]) -> None:
    suppressed = [{"id": rule.partition("[")[0], "reason": reason} for rule, reason in rules.items()]
    resource.add_metadata("cdk_nag", {"rules_to_suppress": suppressed})


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _flat(reference: Any) -> str:
    """Convert a CloudFormation reference to the notation of cdk-nag finding IDs."""
    if isinstance(reference, str):
        return reference
    ((function, argument),) = reference.items()
    if function == "Fn::Join":
        return str(argument[0]).join(_flat(each) for each in argument[1])
    if function == "Fn::GetAtt":
        return f"<{'.'.join(argument)}>"
    return f"<{argument}>" if function == "Ref" else _flat(argument)
