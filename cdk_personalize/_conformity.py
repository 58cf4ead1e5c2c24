"""What cdk-nag finds in what the library makes, acknowledged with the reason.

Both of its ways are served, without depending on it: version 3 reads the CDK's own acknowledgments, which have to name
each wildcard, version 2 reads metadata of the resources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import aws_cdk
import jsii
from aws_cdk import CfnResource, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import IConstruct, IValidation

if TYPE_CHECKING:
    from collections.abc import Mapping

_RULES: Mapping[type, Mapping[str, str]] = {
    lambda_.CfnFunction: {"AwsSolutions-L1": "A runtime that AWS Lambda supports, and that the code is made for."},
    sfn.CfnStateMachine: {
        "AwsSolutions-SF1": "Its steps are in the logs of the functions; its own log is an option of the provider.",
        "AwsSolutions-SF2": "Its steps are in the logs of the functions.",
    },
}
_WILDCARDS = "AwsSolutions-IAM5"
_REASON = (
    "They stand for generated names, for versions of the functions of the stack, for objects below a given key, "
    "and for what IAM knows no resource of."
)


def acknowledge(made: IConstruct) -> None:
    """Acknowledge what is found in a construct that the library makes, as it is by now."""
    for resource in made.node.find_all():
        for type_, rules in _RULES.items():
            if isinstance(resource, type_):
                _suppress(cast("CfnResource", resource), rules)
                for rule, reason in rules.items():
                    _acknowledge(resource, rule, reason)


def acknowledge_rules(made: IConstruct, rules: Mapping[str, str]) -> None:
    """Acknowledge rules for the resource of a construct, each with its reason."""
    resource = cast("CfnResource", made.node.default_child)
    _suppress(resource, rules)
    for rule, reason in rules.items():
        _acknowledge(resource, rule, reason)


def acknowledge_managed_policy(role: iam.Role, name: str) -> None:
    """Acknowledge a managed policy of AWS that a function in a VPC needs."""
    reason = "AWS Lambda requires these permissions of the role of a function in a VPC."
    acknowledge_rules(role, {f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{name}]": reason})


def acknowledge_wildcards(made: IConstruct) -> None:
    """Acknowledge the wildcards in the policies that a construct of the library has by now, whatever they come to."""
    for policy in made.node.find_all():
        if isinstance(policy, iam.CfnPolicy):
            _suppress(policy, {_WILDCARDS: _REASON})
            policy.node.add_validation(cast("IValidation", _Wildcards(policy)))


@jsii.implements(IValidation)
class _Wildcards:
    """The wildcards of a policy, acknowledged when templates are validated: by then all of it is known."""

    def __init__(self, policy: iam.CfnPolicy) -> None:
        self._policy = policy

    def validate(self) -> list[str]:
        """Acknowledge them; there is nothing to refuse."""
        document = Stack.of(self._policy).resolve(self._policy.policy_document)
        resources = {_flat(each) for statement in document["Statement"] for each in _listed(statement["Resource"])}
        for resource in sorted(each for each in resources if "*" in each):
            _acknowledge(self._policy, f"{_WILDCARDS}[Resource::{resource}]", _REASON)
        return []


def _acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    # Versions of the CDK without it are too old for version 3 of cdk-nag.
    if hasattr(aws_cdk, "Validations"):
        aws_cdk.Validations.of(construct).acknowledge(aws_cdk.Acknowledgment(id=rule, reason=reason))


def _suppress(resource: CfnResource, rules: Mapping[str, str]) -> None:
    suppressed = [{"id": rule.partition("[")[0], "reason": reason} for rule, reason in rules.items()]
    resource.add_metadata("cdk_nag", {"rules_to_suppress": suppressed})


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _flat(reference: Any) -> str:
    """Return a reference of CloudFormation as cdk-nag writes it in the ids of findings."""
    if isinstance(reference, str):
        return reference
    ((function, argument),) = reference.items()
    if function == "Fn::Join":
        return str(argument[0]).join(_flat(each) for each in argument[1])
    if function == "Fn::GetAtt":
        return f"<{'.'.join(argument)}>"
    return f"<{argument}>" if function == "Ref" else _flat(argument)
