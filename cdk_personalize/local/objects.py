"""Access of the emulated Personalize to objects in Amazon S3."""

from __future__ import annotations

import re
from typing import Protocol

INVALID_INPUT = "Invalid S3 input path"
"""Failure reason of a job that found no input files."""
INVALID_OUTPUT = "Invalid S3 output path"
"""Failure reason of a job that could not write its output."""
INSUFFICIENT_PRIVILEGES = "Insufficient privileges for accessing data in Amazon S3."
"""Failure reason of a job whose role Personalize cannot use."""


class ObjectStore(Protocol):
    """A store of S3 objects, by account and region."""

    def keys(self, account: str, region: str, bucket: str, prefix: str) -> list[str]:
        """Return the keys that begin with `prefix`; none if the bucket does not exist."""

    def read(self, account: str, region: str, bucket: str, key: str) -> bytes:
        """Return the content of an object."""

    def write(self, account: str, region: str, bucket: str, key: str, body: bytes) -> None:
        """Store an object."""


class MemoryStore:
    """A store in memory. A bucket exists after the first object was written to it."""

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str], dict[str, bytes]] = {}

    def keys(self, account: str, region: str, bucket: str, prefix: str) -> list[str]:
        """Return the keys that begin with `prefix`."""
        return sorted(key for key in self._objects.get((account, bucket), {}) if key.startswith(prefix))

    def read(self, account: str, region: str, bucket: str, key: str) -> bytes:
        """Return the content of an object."""
        return self._objects[account, bucket][key]

    def write(self, account: str, region: str, bucket: str, key: str, body: bytes) -> None:
        """Store an object."""
        self._objects.setdefault((account, bucket), {})[key] = body


def split_path(path: str) -> tuple[str, str]:
    """Split `s3://bucket/key` into bucket and key."""
    match = re.fullmatch(r"s3://([^/]+)/?(.*)", path)
    return (match[1], match[2]) if match else ("", "")
