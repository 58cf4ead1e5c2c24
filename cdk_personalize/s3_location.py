"""Places in Amazon S3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_cdk import aws_s3 as s3


@dataclass(frozen=True, slots=True)
class S3Location:
    """A file or a folder in a bucket.

    :param bucket: The bucket.
    :param key: The key of the file, or the prefix of the folder.
    """

    bucket: s3.IBucket
    key: str

    @property
    def url(self) -> str:
        """The place as Amazon Personalize has it."""
        return self.bucket.s3_url_for_object(self.key)
