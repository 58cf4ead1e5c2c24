"""The Lambda asset of the functions: the handler, its imports and API data.

It is built without a container and without a package index. The Lambda runtime provides boto3 and its dependencies. All
other modules that the handler imports are found by following its import statements.
"""

from __future__ import annotations

import ast
import atexit
import re
import shutil
import tempfile
from functools import cache
from importlib.util import find_spec, resolve_name
from pathlib import Path
from typing import TYPE_CHECKING

from cdk_personalize import _api_data

if TYPE_CHECKING:
    from collections.abc import Iterator

HANDLER = "cdk_personalize_handler.handler"
MODELS = "models"
"""Folder of the API data in the asset, so that it does not depend on the boto3 version of the Lambda runtime."""

_PACKAGES = frozenset({"cdk_personalize_handler", "aws_lambda_powertools", "typing_extensions"})
_IMPORT_OF_PACKAGE = re.compile(rf"^\s*(?:from|import)\s+(?:\.|{'|'.join(sorted(_PACKAGES))})", re.MULTILINE)


@cache
def stage() -> Path:
    """Create a folder with the code of the functions, and return it.

    It is created once per process. The same installed packages result in the same content.
    """
    folder = Path(tempfile.mkdtemp(prefix="cdk-personalize-asset-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, source in sorted(_closure(HANDLER).items()):
        package = Path(*name.split("."))
        target = folder / (package / "__init__.py" if source.name == "__init__.py" else package.with_suffix(".py"))
        _copy(source, target)
    _api_data.write(folder / MODELS)
    return folder


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o644)


def _closure(name: str) -> dict[str, Path]:
    """Return the files of the modules that importing a module loads, by module name.

    Modules of the standard library and of the Lambda runtime are not included.
    """
    found: dict[str, Path] = {}
    waiting = [name]
    while waiting:
        module = waiting.pop()
        if module in found or module.split(".", 1)[0] not in _PACKAGES:
            continue
        file = _file(module)
        if file is None:
            continue
        found[module] = file
        parents = module.split(".")
        waiting += [".".join(parents[:depth]) for depth in range(1, len(parents))]
        package = module if file.name == "__init__.py" else module.rpartition(".")[0]
        if file.name == f"{module}.py":
            continue  # A distribution of a single module, which imports only the standard library.
        source = file.read_text(encoding="utf-8")
        if _IMPORT_OF_PACKAGE.search(source):  # Parsing takes much longer than this search.
            waiting += (resolve_name(name, package) for name in _imported(ast.parse(source).body))
    return found


def _file(module: str) -> Path | None:
    """Return the file of a module, or None if the name is an attribute of a module."""
    root, *rest = module.split(".")
    base = _file_of_root(root)
    if not rest:
        return base
    path = base.parent.joinpath(*rest)
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)


@cache
def _file_of_root(root: str) -> Path:
    spec = find_spec(root)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            f"the functions of cdk-personalize require the package {root}, which is not installed"
        )
    return Path(spec.origin)


def _imported(statements: list[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements import, except imports for type checkers."""
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            module = "." * statement.level + (statement.module or "")
            yield module
            yield from (f"{module}{'.' if statement.module else ''}{alias.name}" for alias in statement.names)
        elif isinstance(statement, ast.Try):
            yield from _imported([*statement.body, *statement.orelse, *statement.finalbody])
        elif isinstance(statement, ast.If) and "TYPE_CHECKING" not in ast.unparse(statement.test):
            yield from _imported([*statement.body, *statement.orelse])
