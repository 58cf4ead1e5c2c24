"""Temporary folders of the local AWS, each locked by the process that uses it.

The next start deletes the folders of killed processes, because nothing locks them.
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
"""Age up to which a folder may not be locked yet."""


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Create a temporary folder and delete it afterwards.

    If the process is killed, the next start deletes the folder.
    """
    _delete_abandoned()
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name,
        Path(name, _LOCK).open("w") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Path(name)


def record_failure(reason: str) -> None:
    """Write the reason why this process ends, for the process that started it."""
    Path(tempfile.gettempdir(), _FAILURE).write_text(reason, encoding="utf-8")


def recorded_failure(folder: Path) -> str:
    """Return the reason that `record_failure` wrote into a folder, or an empty string."""
    file = folder / _FAILURE
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _delete_abandoned() -> None:
    for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_LOCK}"):
        with contextlib.suppress(OSError):  # the folder of another user, or deleted in the meantime
            if time.time() - lock.stat().st_mtime > _YOUNG_SECONDS and _is_free(lock):
                shutil.rmtree(lock.parent, ignore_errors=True)


def _is_free(lock: Path) -> bool:
    with lock.open() as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
