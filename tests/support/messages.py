"""The error messages of the library, read from its source code."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from cdk_personalize_handler import errors

from support.documentation import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_EXCEPTIONS = frozenset(
    name
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, errors.OperationFailed | errors.Deferred)
)
_WITH_PATH = frozenset({"Problem", "Violation"})
"""Types whose second argument is the rule. The first one is the prop or the construct path."""
_HANDLER_NAMES = frozenset({"reason"})
_VALIDATOR_NAMES = frozenset({"rule"})
_MIN_WORDS = 3


def of_handler() -> dict[str, str]:
    """Return the failure reasons in the handler, each with its file and line.

    An ellipsis stands for each variable part.
    """
    return _messages((ROOT / "lambda" / "cdk_personalize_handler").rglob("*.py"), _EXCEPTIONS, _HANDLER_NAMES)


def of_validators() -> dict[str, str]:
    """Return the rules of the checks at synth, each with its file and line."""
    files = [*(ROOT / "cdk_personalize").glob("*.py"), ROOT / "lambda" / "cdk_personalize_handler" / "service_model.py"]
    return _messages(files, _WITH_PATH, _VALIDATOR_NAMES)


def longest_part(message: str) -> str:
    """Return the longest constant part of a message."""
    return max((part.strip(" .:;,(") for part in re.split(r"…|\{first\}", message)), key=len)


def _messages(files: Iterable[Path], calls: frozenset[str], names: frozenset[str]) -> dict[str, str]:
    return {
        message: f"{file.name}:{line}"
        for file in files
        for message, line in _of(ast.parse(file.read_text(encoding="utf-8")), calls, names)
        if len(longest_part(message).split()) >= _MIN_WORDS
    }


def _of(tree: ast.AST, calls: frozenset[str], names: frozenset[str]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in calls:
                candidates = node.args[1:2] if name in _WITH_PATH else node.args[:1]
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in names:
                candidates = [value]
            case ast.keyword(arg=str(name), value=value) if name in names:
                candidates = [value]
            case ast.FunctionDef(name="_taken" | "collision" | "shortfall" | "_missed"):
                candidates = [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
            case _:
                continue
        for candidate in candidates:
            for text in _texts(candidate):
                yield text, candidate.lineno


def _texts(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            yield "".join(each.value if isinstance(each, ast.Constant) else "…" for each in values)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body)
            yield from _texts(orelse)
        case ast.Call(args=args):
            for each in args:
                yield from _texts(each)
