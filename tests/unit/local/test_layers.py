"""Tests that the imports between modules of the local AWS have no cycles."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import cdk_personalize.local

FOLDER = Path(cdk_personalize.local.__file__).parent
PACKAGE = "cdk_personalize.local"
STATE = ("clock", "errors", "faults", "group_data", "kind", "locks", "objects", "registry", "resource")
DISPATCH = ("control_plane", "emulator", "events", "lifecycle_operations", "runtime", "wire")


def imports(file: Path) -> set[str]:
    """Return the modules of the package that a module imports at run time."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    typed = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Import, ast.ImportFrom)) or id(node) in typed:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        found |= {
            name.removeprefix(f"{PACKAGE}.").partition(".")[0] for name in names if name.startswith(f"{PACKAGE}.")
        }
    return {name for name in found if (FOLDER / f"{name}.py").exists()}


GRAPH = {file.stem: imports(file) for file in FOLDER.glob("*.py")}


def reached(module: str) -> set[str]:
    found: set[str] = set()
    ahead = [module]
    while ahead:
        new = GRAPH[ahead.pop()] - found
        found |= new
        ahead += new
    return found


def test_no_module_imports_itself_through_others() -> None:
    assert len(list(TopologicalSorter(GRAPH).static_order())) == len(GRAPH)


def test_the_state_knows_no_kinds_and_the_kinds_know_no_dispatch() -> None:
    kinds = {name for name in GRAPH if name.endswith(("_kinds", "kinds"))}
    assert {(name, other) for name in STATE for other in reached(name) & {*kinds, *DISPATCH}} == set()
    assert {(name, other) for name in kinds for other in reached(name) & set(DISPATCH)} == set()


def test_the_emulator_does_not_reach_ministack() -> None:
    assert "seams" not in reached("emulator")
    assert "seams" in reached("server")
