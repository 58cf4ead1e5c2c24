"""Tests that the page about reliability names existing tests."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
IN_PROCESS = (
    "tests/conformance/test_stories.py",
    "tests/unit/handler/test_ignored_changes.py",
    "tests/unit/test_training_workflow.py",
)
"""Tests without a deployment: they run the handler, or the workflow of a pipeline, in this process."""


def test_every_promise_names_its_test() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    promises = [line.split(" | ") for line in page.splitlines() if line.startswith("| ") and "`test_" in line]
    assert len(promises) >= 30
    files = [*(ROOT / "tests" / "local").glob("test_*.py"), *map(ROOT.joinpath, IN_PROCESS)]
    tests = "".join(path.read_text(encoding="utf-8") for path in files)
    for promise in promises:
        (test,) = re.findall(r"`(test_\w+)`", promise[-1])
        assert f"def {test}(" in tests
