"""Temporary folders of runs, each locked by its run.

The next run deletes the folders of killed runs.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "cdk-personalize-"
_LOCK = "lock"
_FAILURE = "failure"
_YOUNG_SECONDS = 10.0
"""A folder of this age may not have its lock yet."""


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Create a folder that is deleted at the end, or by a later run."""
    _delete_abandoned()
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name,
        Path(name, _LOCK).open("w") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Path(name)


def record_failure(reason: str) -> None:
    """Let the process that started this one know why it ends."""
    Path(tempfile.gettempdir(), _FAILURE).write_text(reason, encoding="utf-8")


def recorded_failure(folder: Path) -> str:
    """Return why the process that works in a folder ended, if it said so."""
    file = folder / _FAILURE
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _delete_abandoned() -> None:
    for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_LOCK}"):
        with contextlib.suppress(OSError):  # of another user, or deleted meanwhile
            if time.time() - lock.stat().st_mtime > _YOUNG_SECONDS and _is_free(lock):
                shutil.rmtree(lock.parent, ignore_errors=True)


def _is_free(lock: Path) -> bool:
    with lock.open() as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
