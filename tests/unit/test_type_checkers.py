"""Strict type checks of the examples and of the Python code in the pages.

Each checker runs once over a folder with all of them: its cost is to read the CDK.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.documentation import PAGES, PREAMBLE, ROOT, program
from support.sources import source_files

import cdk_personalize as personalize

EXAMPLES = ROOT / "examples"
_MODULE = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the examples and the pages, each a module of another name."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "preamble.py").write_text(PREAMBLE, encoding="utf-8")
    for page in PAGES:
        if text := program(page):
            (folder / f"{name_of(page)}.py").write_text(text, encoding="utf-8")
    for file in source_files(EXAMPLES):
        own = file.stem if is_imported(file) else name_of(file)
        (folder / f"{own}.py").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def name_of(file: Path) -> str:
    """Return the path of a file as the name of a module."""
    return re.sub(r"\W", "_", str(file.relative_to(ROOT).with_suffix("")))


def is_imported(file: Path) -> bool:
    """Return whether neighbours of an example import it by its name."""
    neighbours = (each for each in source_files(file.parent) if each != file)
    return any(file.stem in _MODULE.findall(each.read_text(encoding="utf-8")) for each in neighbours)


def test_mypy_accepts_examples_and_documentation(programs: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", *map(str, programs.glob("*.py"))]
    environment = {**os.environ, "MYPYPATH": str(programs)}
    checked = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_pyright_accepts_examples_and_documentation(programs: Path) -> None:
    stub = programs / "typings" / "boto3.pyi"  # boto3 has no types: anything, as for mypy
    stub.parent.mkdir()
    stub.write_text("from typing import Any\ndef __getattr__(name: str) -> Any: ...\n", encoding="utf-8")
    settings = {"include": ["."], "typeCheckingMode": "strict", "pythonVersion": "3.10", "ignore": ["typings"]}
    (programs / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    pyright = ROOT / "node_modules" / "pyright" / "index.js"
    node = Path(sys.executable).with_name("node")
    command = [str(node), str(pyright), "--project", str(programs), "--pythonpath", sys.executable, "--outputjson"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    report = json.loads(checked.stdout)
    assert report["summary"]["filesAnalyzed"] > 50, checked.stderr
    assert [told(each) for each in report["generalDiagnostics"] if not is_of_the_cdk(each)] == []


def told(diagnostic: dict[str, Any]) -> str:
    line = diagnostic["range"]["start"]["line"] + 1
    return f"{Path(diagnostic['file']).name}:{line}: {diagnostic['message']} ({diagnostic['rule']})"


def is_of_the_cdk(diagnostic: dict[str, Any]) -> bool:
    """Return whether a class of the CDK does not implement its own interface.

    Some name the parameters of a method otherwise than the interface: https://github.com/aws/jsii/issues/4541
    """
    interface = re.search(r'is incompatible with protocol "(\w+)"', diagnostic["message"])
    return interface is not None and interface[1] not in personalize.__all__
