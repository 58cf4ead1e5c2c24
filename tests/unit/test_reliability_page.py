"""Tests that the page about reliability names existing tests."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_promise_names_its_test() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    promises = [line.split(" | ") for line in page.splitlines() if line.startswith("| ") and "`test_" in line]
    assert len(promises) >= 12
    deployments = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "local").glob("test_*.py"))
    for promise in promises:
        (test,) = re.findall(r"`(test_\w+)`", promise[-1])
        assert f"def {test}(" in deployments
