"""Synthesis of the examples, as users run it."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    import pytest

_FOLDER = Path(__file__).parents[2] / "examples"
NAMES = sorted(file.parent.name for file in _FOLDER.glob("*/app.py"))


def synthesized(name: str, monkeypatch: pytest.MonkeyPatch) -> cdk.App:
    """Run the app of an example, and return it after its synthesis."""
    monkeypatch.syspath_prepend(_FOLDER / name)
    for module in _FOLDER.glob("*/*.py"):  # modules of different examples have the same names
        monkeypatch.delitem(sys.modules, module.stem, raising=False)
    made = runpy.run_path(str(_FOLDER / name / "app.py"), run_name="__main__")
    (app,) = (each for each in made.values() if isinstance(each, cdk.App))
    return app


def templates(app: cdk.App) -> list[Path]:
    """Return the template files of an app, with its stages and nested stacks."""
    return sorted(Path(app.outdir).rglob("*.template.json"))
