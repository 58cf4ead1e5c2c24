"""Locations of files and folders in Amazon S3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3

from cdk_personalize import _validation
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from constructs import Construct


@dataclass(frozen=True, slots=True)
class S3Location:
    """A file or a folder in an Amazon S3 bucket.

    :param bucket: The bucket.
    :param key: The key of the file, or the prefix of the folder.
    """

    bucket: s3.IBucket
    key: str

    @staticmethod
    def from_uri(scope: Construct, id: str, uri: str) -> S3Location:
        """Parse an S3 URI, such as `s3://bucket/folder/`, of an existing bucket.

        :param scope: The parent construct of the imported bucket.
        :param id: The construct ID, unique within `scope`.
        :param uri: The S3 URI.
        :raises ValidationError: If the value is not an S3 URI.
        """
        match = re.fullmatch(r"s3://([^/$]+)/?(.*)", uri) if isinstance(uri, str) else None
        bucket, key = match.groups() if match else ("", "")
        rule = "must have the form s3://bucket/key, with a bucket name that is known at synthesis"
        _validation.refuse(scope, id, [] if match else [Problem("uri", rule, uri, certain=True)])
        return S3Location(s3.Bucket.from_bucket_name(scope, id, bucket), key)

    @property
    def url(self) -> str:
        """The S3 URI, in the form that Amazon Personalize expects."""
        return self.bucket.s3_url_for_object(self.key)


def problems_of_location(scope: Construct, prop: str, location: Any) -> list[Problem]:
    """Return the problems of an S3 location: its type, bucket, region and key."""
    if not isinstance(location, S3Location):
        remedy = "use S3Location.from_uri(...)" if isinstance(location, str) else ""
        return [Problem(prop, "must be an S3Location", location, remedy, certain=True)]
    expected, region = Stack.of(scope).region, getattr(getattr(location.bucket, "env", None), "region", None)
    problems = []
    if not hasattr(location.bucket, "s3_url_for_object"):
        remedy = "import it with S3Location.from_uri(...)"
        problems.append(Problem(prop, "must be in a bucket", location.bucket, remedy, certain=True))
    elif expected != region and _validation.is_known(expected):
        problems.append(Problem(prop, f"must be in a bucket in the stack's region, {expected}", region))
    if not isinstance(location.key, str):
        problems.append(Problem(prop, "must have a key that is a string", location.key, certain=True))
    return problems


def url_of_location(location: Any) -> str | None:
    """Return the S3 URI of a location, or None for any other value."""
    right = (
        isinstance(location, S3Location)
        and hasattr(location.bucket, "s3_url_for_object")
        and isinstance(location.key, str)
    )
    return location.url if right else None
