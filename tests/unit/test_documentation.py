"""Tests of the code blocks in the documentation, by their language.

The Python blocks of a page run in order as one program, and their stacks are synthesized. For each command, the test
checks that the program has the target, the options or the operation. Commands that need a running AWS are run by
tests/local/test_documentation.py, those of the quickstart by tests/local/test_wheel.py.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from support.documentation import EXECUTED, PAGES, PREAMBLE, ROOT, Block, blocks

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCKS = blocks()
BIN = Path(sys.executable).parent
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def of_language(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages]


def test_every_block_is_of_a_language_that_is_checked() -> None:
    assert [f"{block}: {block.language!r}" for block in BLOCKS if block.language not in CHECKED] == []


PROGRAMS = [page for page in PAGES if any(block.page == page for block in of_language("python"))]


@pytest.mark.parametrize("page", PROGRAMS, ids=lambda page: page.name)
def test_the_python_of_a_page_runs_and_synthesizes(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "documentation"}
    exec(PREAMBLE, names)
    app = names["app"]
    for block in of_language("python"):
        if block.page == page:
            exec(compile("\n" * block.line + block.body, str(page), "exec"), names)
    app.synth()
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("block", of_language("sh"), ids=str)
def test_every_command_is_one_that_its_program_has(block: Block) -> None:
    for words in block.commands:
        program = Path(words[0]).name
        assert program in COMMANDS, f"{block}: nothing checks {program}"
        COMMANDS[program](words[1:])
    assert not block.programs & EXECUTED or block.programs <= EXECUTED, f"{block}: commands that are run stand alone"


@pytest.mark.parametrize("block", of_language("text"), ids=str)
def test_what_is_shown_as_text_has_no_commands(block: Block) -> None:
    commands = "|".join([*COMMANDS, r"\$", "import", "from"])
    assert re.findall(rf"^(?:{commands}) .*$", block.body, re.MULTILINE) == []


@pytest.mark.parametrize("block", of_language("json", "yaml"), ids=str)
def test_data_is_well_formed(block: Block) -> None:
    assert {"json": json.loads, "yaml": yaml.safe_load}[block.language](block.body)


# What each program has


def of_make(words: list[str]) -> None:
    run("make", "--dry-run", *words)


def of_cdk(words: list[str]) -> None:
    has_options(help_of("cdk", words[0]), words[1:])


def of_own(words: list[str]) -> None:
    has_options(help_of("cdk-personalize", words[0]), words[1:])


def of_python(words: list[str]) -> None:
    if words[:1] == ["-m"]:
        has_options(help_of("python", "-m", words[1]), words[2:])
    else:
        assert (ROOT / words[0]).is_file() or any((ROOT / "examples").glob(f"*/{words[0]}")), words


def of_pip(words: list[str]) -> None:
    """Check that pip installs only this project, with extras that exist."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert words[0] == "install"
    for word in words[1:]:
        name, _, extra = word.rstrip("]").partition("[")
        assert name == "cdk-personalize", word
        assert not extra or re.search(rf"^{extra} = \[", project, re.MULTILINE), word


def of_cd(words: list[str]) -> None:
    assert (ROOT / words[0]).is_dir(), words


def of_npx(words: list[str]) -> None:
    assert words[0] == "cdk", words
    of_cdk(words[1:])


def of_npm(words: list[str]) -> None:
    """Check that npm installs the CDK CLI in the version of this repository."""
    pinned = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]["aws-cdk"]
    assert words == ["install", f"aws-cdk@{pinned}"]


def of_export(words: list[str]) -> None:
    assert all(re.fullmatch(r"AWS_[A-Z_]+=\S+", word) for word in words), words


def is_executed(words: list[str]) -> None:
    """Check nothing, because another test runs the command."""


COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "make": of_make,
    "cdk": of_cdk,
    "cdk-personalize": of_own,
    "python3": of_python,
    "python": of_python,
    "pip": of_pip,
    "cd": of_cd,
    "export": of_export,
    "npm": of_npm,
    "npx": of_npx,
    **dict.fromkeys(EXECUTED, is_executed),
}

CHECKED = frozenset({"python", "sh", "text", "json", "yaml", "mermaid"})
"""Languages with a test above. tests/unit/test_site.py draws the diagrams."""


def has_options(text: str, words: list[str]) -> None:
    known = set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", text))
    assert {word.partition("=")[0] for word in words if word.startswith("-")} - known == set()


@cache
def help_of(*command: str) -> str:
    return run(*command, "--help")


def run(program: str, *words: str) -> str:
    places = [str(BIN), str(ROOT / "node_modules" / ".bin")]
    found = next((path for place in places if (path := shutil.which(program, path=place))), program)
    ran = subprocess.run([found, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


# Lists in pages that must be complete


def test_every_warning_is_described() -> None:
    sources = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "cdk_personalize").glob("*.py"))
    ids = set(re.findall(r'(?:add_warning_v2\(|warn_at_synthesis\(\w+,)\s*f?"([^"]+)"', sources))
    told = set(re.findall(r"`(cdk-personalize:\w+\.\w+)`", OPERATIONS))
    whole = {each.replace("{what}", what) for each in ids for what in ("bucket", "key")}
    assert whole == told


def test_every_line_of_the_log_is_described() -> None:
    handler = ROOT / "lambda" / "cdk_personalize_handler"
    calls = [call for file in handler.rglob("*.py") for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    lines = {line for call in calls if isinstance(call, ast.Call) for line in lines_of_the_log(call)}
    assert len(lines) > 20
    assert {line for line in lines if f"`{line}`" not in OPERATIONS} == set()


def lines_of_the_log(call: ast.Call) -> set[str]:
    """Return the messages that a call of a log function can have."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in ("log", "info", "exception") or not call.args:
        return set()
    return {each.value for each in ast.walk(call.args[0]) if isinstance(each, ast.Constant)}
