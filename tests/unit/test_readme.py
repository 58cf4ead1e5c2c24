"""The code of the README does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_readme_shows_code() -> None:
    assert BLOCKS


@pytest.mark.parametrize("code", BLOCKS)
def test_the_code_of_the_readme_synthesizes(code: str) -> None:
    exec(compile(code, "README.md", "exec"), {})
