"""Access to the Amazon S3 of the local AWS, through its endpoint."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


class EndpointStore:
    """A store of objects in the local Amazon S3, with the key of their account."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._clients: dict[tuple[str, str], Any] = {}

    def keys(self, account: str, region: str, bucket: str, prefix: str) -> list[str]:
        """Return the keys that begin with `prefix`; none if the bucket does not exist."""
        pages = self._client(account, region).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        try:
            return [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        except ClientError:
            return []

    def read(self, account: str, region: str, bucket: str, key: str) -> bytes:
        """Return the content of an object."""
        body: bytes = self._client(account, region).get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def write(self, account: str, region: str, bucket: str, key: str, body: bytes) -> None:
        """Store an object."""
        self._client(account, region).put_object(Bucket=bucket, Key=key, Body=body)

    def _client(self, account: str, region: str) -> Any:
        if (account, region) not in self._clients:
            self._clients[account, region] = boto3.Session().client(
                "s3",
                endpoint_url=self._endpoint,
                region_name=region,
                aws_access_key_id=account,
                aws_secret_access_key="local",  # noqa: S106  (there is nothing to keep secret)
                config=Config(s3={"addressing_style": "path"}),
            )
        return self._clients[account, region]
