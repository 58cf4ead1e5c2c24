"""Temporary folders of the local AWS."""

from __future__ import annotations

import os
import tempfile
import time
from typing import TYPE_CHECKING

from cdk_personalize.local.folders import temporary_folder

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_folder_of_a_killed_run_is_deleted_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = tmp_path / "cdk-personalize-killed"
    killed.mkdir()
    (killed / "lock").touch()
    past = time.time() - 3600
    os.utime(killed / "lock", (past, past))
    with temporary_folder() as running:
        os.utime(running / "lock", (past, past))
        assert not killed.exists()
        with temporary_folder() as other:
            assert {running, other} == set(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []
