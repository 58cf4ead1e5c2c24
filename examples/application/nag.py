"""Acknowledgments of cdk-nag findings in resources that the CDK creates.

An app without cdk-nag does not need this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    from constructs import IConstruct

_LOGS_POLICY = (
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]"
)
_LOGS_REASON = "The policy only allows the function to write its logs."
_UPLOAD_REASON = "BucketDeployment requires these permissions to copy the files of an asset into a bucket."
_UPLOAD_WILDCARDS = (
    "Action::s3:Abort*",
    "Action::s3:DeleteObject*",
    "Action::s3:GetBucket*",
    "Action::s3:GetObject*",
    "Action::s3:List*",
    "Resource::<Bucket83908E77.Arn>/*",
    "Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*",
)


def acknowledge_upload(stack: cdk.Stack) -> None:
    """Acknowledge the findings in the bucket and the BucketDeployment of a stack."""
    _acknowledge(stack, _LOGS_POLICY, _LOGS_REASON)
    _acknowledge(stack, "AwsSolutions-L1", "The CDK chooses the runtime of BucketDeployment.")
    _acknowledge(stack, "AwsSolutions-S1", "Only this app reads and writes the bucket.")
    for wildcard in _UPLOAD_WILDCARDS:
        _acknowledge(stack, f"AwsSolutions-IAM5[{wildcard}]", _UPLOAD_REASON)


def acknowledge_function(function: IConstruct) -> None:
    """Acknowledge the AWS managed policy of a Lambda function."""
    _acknowledge(function, _LOGS_POLICY, _LOGS_REASON)


def _acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))
