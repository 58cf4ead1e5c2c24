"""Grants of IAM permissions for Amazon Personalize operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from cdk_personalize import _validation
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from constructs import Construct


def grant(construct: Construct, grantee: iam.IGrantable, operation: str, resource_arn: str) -> iam.Grant:
    """Grant an identity permission for an Amazon Personalize operation.

    :raises ValidationError: If `grantee` is not a CDK identity, for example an ARN.
    """
    if not hasattr(grantee, "grant_principal"):
        remedy = "import a role with iam.Role.from_role_arn(...), a user with iam.User.from_user_arn(...)"
        rule = "must be an identity such as a role, a user or a Lambda function"
        _validation.refuse(construct, "", [Problem("grantee", rule, grantee, remedy, certain=True)])
    return iam.Grant.add_to_principal(
        grantee=grantee, actions=[f"personalize:{operation}"], resource_arns=[resource_arn]
    )
