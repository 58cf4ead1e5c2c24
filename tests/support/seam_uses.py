"""Names of ministack that the local AWS uses, from its source code."""

from __future__ import annotations

import ast
import types
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from cdk_personalize.local import seams

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOCAL = Path(seams.__file__).parent
_OWN = {"SeamError", "replace"}


def uses() -> Mapping[tuple[str, str], set[str]]:
    """Return the modules of the local AWS that use a name of ministack.

    The keys are the module of ministack and the name.
    """
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for file in sorted(LOCAL.glob("*.py")):
        if file.name != "seams.py":
            for place in _of(ast.parse(file.read_text(encoding="utf-8"))):
                found[place].add(file.stem)
    return found


def _of(tree: ast.Module) -> Iterator[tuple[str, str]]:
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == seams.__name__:
            for alias in node.names:
                value = getattr(seams, alias.name)
                if isinstance(value, types.ModuleType):
                    modules[alias.asname or alias.name] = value.__name__
                elif alias.name not in _OWN:
                    yield "", alias.name
    values = {
        ast.unparse(target): node.value for node in tree.body if isinstance(node, ast.Assign) for target in node.targets
    }
    loops: dict[str, list[str]] = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, ast.For):
            for target in getattr(node.target, "elts", [node.target]):
                loops[ast.unparse(target)] += _private_names(values.get(ast.unparse(node.iter), node.iter))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield modules[node.value.id], node.attr
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "seams.replace":
            name, _, *places = node.args
            names = [name.value] if isinstance(name, ast.Constant) else loops[ast.unparse(name)]
            yield from ((modules[ast.unparse(place)], each) for place in places for each in names)


def _private_names(expression: ast.expr) -> list[str]:
    texts = [each.value for each in ast.walk(expression) if isinstance(each, ast.Constant)]
    return [each for each in texts if isinstance(each, str) and each.startswith("_")]
