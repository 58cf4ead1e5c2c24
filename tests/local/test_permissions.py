"""A deployment without a required permission. The local AWS enforces permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from support.deploy import ACCOUNT, REGION

import cdk_personalize as personalize

if TYPE_CHECKING:
    from support.deploy import LocalAws

NAME = "Permissions"
GROUP = f"arn:aws:personalize:{REGION}:{ACCOUNT}:dataset-group/films"


def reading_only(app: cdk.App) -> None:
    """Add a dataset group to an app, whose functions can only read."""
    stack = cdk.Stack(app, NAME)
    policy = cdk.RemovalPolicy.DESTROY
    personalize.DatasetGroup(stack, "Films", dataset_group_name="films", removal_policy=policy)
    provider = personalize.PersonalizeProvider.get_or_create(stack)
    rights = provider.node.find_child("Policy")
    assert isinstance(rights, iam.CfnPolicy)
    reading = ["personalize:Describe*", "personalize:List*", "states:*", "cloudformation:Describe*", "logs:*"]
    rights.policy_document = {"Statement": [{"Effect": "Allow", "Action": reading, "Resource": "*"}]}


def test_a_missing_right_is_told_with_who_what_and_where(aws: LocalAws) -> None:
    failed = aws.deploy(reading_only)
    assert failed.code != 0
    (reason,) = [each for each in aws.failures(NAME) if "is not authorized" in each]
    assert f": CreateDatasetGroup was rejected: User: arn:aws:sts::{ACCOUNT}:assumed-role/{NAME}-" in reason
    assert (
        f" is not authorized to perform: personalize:CreateDatasetGroup on resource: {GROUP} because no "
        "identity-based policy allows the personalize:CreateDatasetGroup action (AccessDeniedException). "
        "Grant the permission to the role of the functions of cdk-personalize."
    ) in reason
    assert f"personalize:CreateDatasetGroup on resource: {GROUP}" in failed.output
    aws.destroy(reading_only).ok()
