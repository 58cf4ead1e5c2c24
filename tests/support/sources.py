"""The source files and pages of the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_GENERATED = {"__pycache__", "cdk.out"}
"""Folders that are not in the repository."""


def source_files(*places: Path, suffixes: Collection[str] = (".py",)) -> list[Path]:
    """Return the files with these suffixes in folders, without generated ones.

    :param places: folders, and files.
    """
    return sorted(
        file
        for place in places
        for file in ([place] if place.is_file() else place.rglob("*"))
        if file.suffix in suffixes and _GENERATED.isdisjoint(file.parts)
    )
