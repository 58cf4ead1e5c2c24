"""Places in Amazon S3."""

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
    """A file or a folder in a bucket.

    :param bucket: The bucket.
    :param key: The key of the file, or the prefix of the folder.
    """

    bucket: s3.IBucket
    key: str

    @staticmethod
    def from_uri(scope: Construct, id: str, uri: str) -> S3Location:
        """Return the place that an address such as `s3://bucket/folder/` means, in a bucket that is already there.

        :param scope: the scope of the import of the bucket.
        :param id: its id there.
        :param uri: the address.
        :raises ValidationError: when it is not such an address.
        """
        match = re.fullmatch(r"s3://([^/$]+)/?(.*)", uri) if isinstance(uri, str) else None
        bucket, key = match.groups() if match else ("", "")
        rule = "must be of the form s3://bucket/key with a known bucket"
        _validation.refuse(scope, id, [] if match else [Problem("uri", rule, uri, certain=True)])
        return S3Location(s3.Bucket.from_bucket_name(scope, id, bucket), key)

    @property
    def url(self) -> str:
        """The place as Amazon Personalize has it."""
        return self.bucket.s3_url_for_object(self.key)


def problems_of_place(scope: Construct, prop: str, place: Any) -> list[Problem]:
    """Return what is wrong with the place that a construct is given."""
    if not isinstance(place, S3Location):
        remedy = "use S3Location.from_uri(...)" if isinstance(place, str) else ""
        return [Problem(prop, "must be an S3Location", place, remedy, certain=True)]
    ours, region = Stack.of(scope).region, getattr(getattr(place.bucket, "env", None), "region", None)
    problems = []
    if not hasattr(place.bucket, "s3_url_for_object"):
        remedy = "import it with S3Location.from_uri(...)"
        problems.append(Problem(prop, "must be in a bucket", place.bucket, remedy, certain=True))
    elif ours != region and _validation.is_known(ours):
        problems.append(Problem(prop, f"must be in a bucket of the stack's region, {ours}", region))
    if not isinstance(place.key, str):
        problems.append(Problem(prop, "must have a string as its key", place.key, certain=True))
    return problems


def url_of_place(place: Any) -> str | None:
    """Return a place as Amazon Personalize has it; None for anything else."""
    right = isinstance(place, S3Location) and hasattr(place.bucket, "s3_url_for_object") and isinstance(place.key, str)
    return place.url if right else None
