"""Acknowledgments of cdk-nag findings in resources that the CDK creates.

An app without cdk-nag does not need this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    from constructs import IConstruct

_BASIC = "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]"
_WRITES_LOGS = "By this policy, a function writes its logs and nothing else."
_COPIES_FILES = "BucketDeployment copies the files of an asset into a bucket with these permissions."
_COPIED = (
    "Action::s3:Abort*",
    "Action::s3:DeleteObject*",
    "Action::s3:GetBucket*",
    "Action::s3:GetObject*",
    "Action::s3:List*",
    "Resource::<Bucket83908E77.Arn>/*",
    "Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*",
)


def acknowledge_upload(stack: cdk.Stack) -> None:
    """Acknowledge the bucket and the BucketDeployment of a stack."""
    _acknowledge(stack, _BASIC, _WRITES_LOGS)
    _acknowledge(stack, "AwsSolutions-L1", "The CDK chooses the runtime of BucketDeployment.")
    _acknowledge(stack, "AwsSolutions-S1", "Only this app reads and writes the bucket.")
    for wildcard in _COPIED:
        _acknowledge(stack, f"AwsSolutions-IAM5[{wildcard}]", _COPIES_FILES)


def acknowledge_function(function: IConstruct) -> None:
    """Acknowledge the managed policy of a function."""
    _acknowledge(function, _BASIC, _WRITES_LOGS)


def _acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))
