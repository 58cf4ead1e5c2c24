"""Upload example data to a bucket that Amazon Personalize can read and write."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Mapping

_READ_AND_WRITE = ["s3:GetObject", "s3:ListBucket", "s3:PutObject"]


def bucket_name(example: str, session: Any = boto3) -> str:
    """Return the bucket name of an example in the account and region of a session."""
    account = session.client("sts").get_caller_identity()["Account"]
    return f"{example}-{account}-{session.client('s3').meta.region_name}"


def upload(example: str, files: Mapping[str, str], session: Any = boto3) -> str:
    """Create the bucket of an example, upload files, and return the bucket name.

    The bucket policy allows Amazon Personalize to read and write.
    """
    s3 = session.client("s3")
    region = s3.meta.region_name
    account = session.client("sts").get_caller_identity()["Account"]
    bucket = bucket_name(example, session)
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **location)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "personalize.amazonaws.com"},
                "Action": _READ_AND_WRITE,
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }
        ],
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    for key, body in files.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body.encode())
    return bucket


def delete_bucket(example: str, session: Any = boto3) -> None:
    """Delete the bucket of an example with all its files, including results of jobs."""
    s3 = session.client("s3")
    bucket = bucket_name(example, session)
    with contextlib.suppress(s3.exceptions.NoSuchBucket):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for found in page.get("Contents", []):
                s3.delete_object(Bucket=bucket, Key=found["Key"])
        s3.delete_bucket(Bucket=bucket)
