"""Options of the provider: validation, log group and VPC settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Annotations, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn

from cdk_personalize import _validation
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms
    from constructs import Construct

_LEAST_MEMORY, _MOST_MEMORY = 128, 10_240
"""Memory in MB. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""

_KEY_ACTIONS = ("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*")
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""


def problems_of_options(
    *,
    vpc: Any,
    vpc_subnets: Any,
    security_groups: Any,
    log_retention: Any,
    log_encryption_key: Any,
    memory_size: Any,
    state_machine_logging: Any,
) -> list[Problem]:
    """Return the problems of the provider options."""
    return [
        *_problems_of_vpc(vpc, vpc_subnets, security_groups),
        *_validation.wrong_choice("log_retention", log_retention, logs.RetentionDays),
        *_validation.wrong_object("log_encryption_key", log_encryption_key, "key_arn", "a key"),
        *_problems_of_memory(memory_size),
        *_problems_of_logging(state_machine_logging),
    ]


def log_group(scope: Construct, retention: logs.RetentionDays | None, key: kms.IKey | None) -> logs.LogGroup:
    """Create the log group of the functions, encrypted if a key is specified."""
    if key is not None:
        _allow_key(scope, key)
    return logs.LogGroup(
        scope,
        "Logs",
        retention=logs.RetentionDays.ONE_MONTH if retention is None else retention,
        encryption_key=key,
        removal_policy=RemovalPolicy.DESTROY,
    )


def network(
    scope: Construct,
    vpc: ec2.IVpc | None,
    vpc_subnets: ec2.SubnetSelection | None,
    security_groups: Sequence[ec2.ISecurityGroup] | None,
) -> dict[str, Any]:
    """Return the props that place the functions in a VPC, with a security group."""
    if vpc is None:
        return {}
    groups = security_groups or [
        ec2.SecurityGroup(scope, "SecurityGroup", vpc=vpc, description="cdk-personalize functions")
    ]
    return {"vpc": vpc, "vpc_subnets": vpc_subnets, "security_groups": groups}


def _allow_key(scope: Construct, key: kms.IKey) -> None:
    """Allow CloudWatch Logs to use a key, or warn that its policy must allow it."""
    stack = Stack.of(scope)
    service = f"logs.{stack.region}.amazonaws.com"
    groups = stack.format_arn(service="logs", resource="log-group:*")
    granted = key.add_to_resource_policy(
        iam.PolicyStatement(
            actions=list(_KEY_ACTIONS),
            resources=["*"],
            principals=[iam.ServicePrincipal(service)],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    )
    if not granted.statement_added:
        Annotations.of(scope).add_warning_v2(
            "cdk-personalize:key.policy",
            f"the key {key.node.path} is imported, so that its key policy is not changed. The policy must allow "
            f"{service} to call {', '.join(_KEY_ACTIONS)}",
        )


def _problems_of_vpc(vpc: Any, vpc_subnets: Any, security_groups: Any) -> list[Problem]:
    problems = [
        *_validation.wrong_object("vpc", vpc, "vpc_id", "a VPC"),
        *_validation.wrong_type("vpc_subnets", vpc_subnets, ec2.SubnetSelection, "an ec2.SubnetSelection"),
    ]
    if security_groups is not None:
        if not isinstance(security_groups, (list, tuple)) or not security_groups:
            rule = "must be a list with at least 1 security group"
            problems.append(Problem("security_groups", rule, security_groups, certain=True))
        else:
            problems += [
                problem
                for position, group in enumerate(security_groups)
                for problem in _validation.wrong_object(
                    f"security_groups[{position}]", group, "security_group_id", "a security group"
                )
            ]
    for prop, value in (("vpc_subnets", vpc_subnets), ("security_groups", security_groups)):
        if value is not None and vpc is None:
            problems.append(Problem(prop, "requires vpc", None))
    return problems


def _problems_of_memory(memory_size: Any) -> list[Problem]:
    problems = _validation.out_of_range("memory_size", memory_size, _LEAST_MEMORY, _MOST_MEMORY)
    if not problems and isinstance(memory_size, float):
        return [Problem("memory_size", "must be a whole number", memory_size)]
    return problems


def _problems_of_logging(logging: Any) -> list[Problem]:
    problems = _validation.wrong_type("state_machine_logging", logging, sfn.LogOptions, "a stepfunctions.LogOptions")
    if not problems and logging is not None and logging.include_execution_data:
        # Whoever reads the URL could answer CloudFormation in place of the functions.
        rule = "is not supported, because the input of an execution has the presigned URL of the response"
        problems.append(Problem("state_machine_logging.include_execution_data", rule, True, "omit it"))
    return problems
