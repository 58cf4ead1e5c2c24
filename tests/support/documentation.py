"""Code blocks of the documentation, with their page and line."""

from __future__ import annotations

import re
import shlex
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
EXECUTED = frozenset({"aws", "curl"})
"""Programs whose commands tests/local/test_documentation.py runs against the local AWS."""

PREAMBLE = """\
import aws_cdk as cdk
from aws_cdk import aws_personalize
from aws_cdk import aws_s3 as s3

import cdk_personalize as personalize

app = cdk.App()
stack = cdk.Stack(app, "Documentation")
__all__ = ["app", "aws_personalize", "cdk", "personalize", "s3", "stack"]
"""
"""What the Python blocks of a page can use without defining it."""

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"<!-- file: (\S+\.py) -->")


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    page: Path
    line: int
    language: str
    body: str
    is_file: bool = False
    """Whether the page includes a file here, instead of a fenced block."""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def commands(self) -> list[list[str]]:
        """The commands of a block of shell, as words."""
        lines = self.body.replace("\\\n", " ").splitlines()
        return [words for line in lines if (words := shlex.split(line, comments=True))]

    @property
    def programs(self) -> set[str]:
        """The names of the programs that a block of shell runs."""
        return {Path(words[0]).name for words in self.commands}


def blocks() -> list[Block]:
    """Return all blocks of all pages, with what they include."""
    return [block for page in PAGES for block in _of(page)]


def program(page: Path) -> str | None:
    """Return the Python blocks of a page as one program, with the same line numbers.

    None for a page without any. Included files are programs of their own.
    """
    lines = ["from preamble import *"]
    for block in _of(page):
        if block.language == "python" and not block.is_file:
            lines += [""] * (block.line - len(lines)) + block.body.splitlines()
    return "\n".join(lines) + "\n" if len(lines) > 1 else None


def _of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    shown = [
        Block(page, _line(text, match), match["language"].strip(), textwrap.dedent(match["body"]))
        for match in _FENCE.finditer(text)
    ]
    files = [
        Block(page, _line(text, match), "python", (ROOT / match[1]).read_text(encoding="utf-8"), is_file=True)
        for match in _FILE.finditer(text)
    ]
    return sorted([*shown, *files], key=lambda block: block.line)


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.start()) + 1
