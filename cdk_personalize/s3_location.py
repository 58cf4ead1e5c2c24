"""Places in Amazon S3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_s3 as s3

from cdk_personalize.errors import ValidationError

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
        if match is None:
            where = f"{scope.node.path}/{id}"
            raise ValidationError(f"{where}: uri must be of the form s3://bucket/key, its bucket known, got {uri}")
        return S3Location(s3.Bucket.from_bucket_name(scope, id, match[1]), match[2])

    @property
    def url(self) -> str:
        """The place as Amazon Personalize has it."""
        return self.bucket.s3_url_for_object(self.key)
