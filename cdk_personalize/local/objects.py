"""Amazon S3, as far as the emulated Personalize needs it."""

from __future__ import annotations

import re
from typing import Protocol

INVALID_INPUT = "Invalid S3 input path"
"""Why a job failed that found nothing to read."""
INVALID_OUTPUT = "Invalid S3 output path"
"""Why a job failed that could not write."""
INSUFFICIENT_PRIVILEGES = "Insufficient privileges for accessing data in Amazon S3."
"""Why a job failed whose role Personalize cannot use, or that must not read."""


class ObjectStore(Protocol):
    """Reads and writes the objects of an account."""

    def keys(self, account: str, region: str, bucket: str, prefix: str) -> list[str]:
        """Return the keys that begin with `prefix`; none where there is no such bucket."""

    def read(self, account: str, region: str, bucket: str, key: str) -> bytes:
        """Return an object."""

    def write(self, account: str, region: str, bucket: str, key: str, body: bytes) -> None:
        """Store an object."""


class MemoryStore:
    """An S3 that lives in a dictionary.

    A bucket exists once something was written to it.
    """

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str], dict[str, bytes]] = {}

    def keys(self, account: str, region: str, bucket: str, prefix: str) -> list[str]:
        """Return the keys that begin with `prefix`."""
        return sorted(key for key in self._objects.get((account, bucket), {}) if key.startswith(prefix))

    def read(self, account: str, region: str, bucket: str, key: str) -> bytes:
        """Return an object."""
        return self._objects[account, bucket][key]

    def write(self, account: str, region: str, bucket: str, key: str, body: bytes) -> None:
        """Store an object."""
        self._objects.setdefault((account, bucket), {})[key] = body


def split_path(path: str) -> tuple[str, str]:
    """Split `s3://bucket/key` into bucket and key."""
    match = re.fullmatch(r"s3://([^/]+)/?(.*)", path)
    return (match[1], match[2]) if match else ("", "")
