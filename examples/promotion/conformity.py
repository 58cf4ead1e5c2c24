"""Acknowledgments of cdk-nag and cfn-lint findings in CDK Pipelines.

An app without these tools does not need this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_cdk import pipelines
    from constructs import IConstruct

_WILDCARDS_REASON = "CDK Pipelines requires them for its artifacts, its logs and the bootstrap roles."
_NO_LOGS_REASON = "Only the pipeline reads and writes its artifact bucket."


def acknowledge(pipeline: pipelines.CodePipeline) -> None:
    """Acknowledge the findings in a pipeline, after `build_pipeline()`."""
    _acknowledge(pipeline, "AwsSolutions-S1", _NO_LOGS_REASON)
    for policy in pipeline.node.find_all():
        if isinstance(policy, iam.CfnPolicy):
            for wildcard in _wildcards(policy):
                _acknowledge(policy, f"AwsSolutions-IAM5[{wildcard}]", _WILDCARDS_REASON)
    resource = pipeline.pipeline.node.default_child
    if isinstance(resource, cdk.CfnResource):
        # cfn-lint reports each joined role ARN as an error.
        resource.add_metadata("cfn-lint", {"config": {"ignore_checks": ["E3703"]}})


def _acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))


def _wildcards(policy: iam.CfnPolicy) -> Iterator[str]:
    """Yield the wildcards of a policy in the notation of cdk-nag."""
    document = cdk.Stack.of(policy).resolve(policy.policy_document)
    for statement in document["Statement"]:
        for element in ("Action", "Resource"):
            is_list = isinstance(statement[element], list)
            for text in map(_text, statement[element] if is_list else [statement[element]]):
                if "*" in text:
                    yield f"{element}::{text}"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Fn::Join":
        return "".join(map(_text, argument[1]))
    return f"<{argument if function == 'Ref' else '.'.join(argument)}>"
