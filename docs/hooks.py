"""Generated pages and tables of the documentation."""

from __future__ import annotations

import inspect
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds, service_model
from mkdocs.structure.files import File

import cdk_personalize as personalize
from cdk_personalize.recipe import Capabilities, Metadata, Recipe, UseCase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

_ROOT = Path(__file__).parents[1]
_LANGUAGES = {".py": "python", ".json": "json", ".yml": "yaml"}
_FOLDER = "constructs"
_OTHERS = "values"
_PUBLIC = {name: getattr(personalize, name) for name in personalize.__all__}
_CONSTRUCTS = [name for name, each in _PUBLIC.items() if hasattr(each, "is_construct")]
_EVERYWHERE = ("Name", "Arn", "RoleArn", "KmsKeyArn")
"""Shapes whose bounds are the same for every kind, and told once."""
_VALUES = [name for name in _PUBLIC if name not in _CONSTRUCTS]


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put a page for each construct where the navigation names their folder."""
    pages = [{name: f"{_FOLDER}/{name}.md"} for name in _CONSTRUCTS]
    pages.append({"Values and interfaces": f"{_FOLDER}/{_OTHERS}.md"})
    config.nav = [{title: pages if what == _FOLDER else what} for each in config.nav for title, what in each.items()]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the constructs."""
    made = {name: f"# {name}\n\n::: cdk_personalize.{name}\n" for name in _CONSTRUCTS}
    described = "\n".join(f"::: cdk_personalize.{name}\n    options: {{show_root_heading: true}}\n" for name in _VALUES)
    made[_OTHERS] = f"# Values and interfaces\n\nWhat the constructs take and return.\n\n{described}"
    for name, content in made.items():
        files.append(File.generated(config, f"{_FOLDER}/{name}.md", content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Expand `<!-- table: recipes -->` and `<!-- file: examples/movies/app.py -->`."""
    markdown = re.sub(r"<!-- file: (\S+) -->", lambda match: _file(match[1]), markdown)
    return re.sub(r"<!-- table: (\S+) -->", lambda match: TABLES[match[1]](), markdown)


def _file(name: str) -> str:
    """Return a file of the repository: a page as it is, other files as code."""
    text = (_ROOT / name).read_text(encoding="utf-8")
    return text if name.endswith(".md") else f"```{_LANGUAGES[Path(name).suffix]}\n{text}```"


def _recipes() -> str:
    return _table(
        ["recipe", "name", "metadata", "exploration", "serves", "batch inference", "themes", "segments", "needs"],
        (
            [
                f"`Recipe.{name}`",
                _short(recipe.arn),
                _metadata(does),
                _yes(does.explores),
                _serves(does),
                _yes(does.batch_inference),
                _yes(does.themes),
                _yes(does.batch_segments),
                _needs(does),
            ]
            for name, recipe, does in _known(Recipe)
        ),
    )


def _use_cases() -> str:
    return _table(
        ["use case", "recipe", "metadata", "exploration", "needs"],
        (
            [f"`UseCase.{name}`", _short(use_case.arn), _metadata(does), _yes(does.explores), _needs(does)]
            for name, use_case, does in _known(UseCase)
        ),
    )


def _updates() -> str:
    rows = []
    for name, kind in kinds.KINDS.items():
        members = service_model.create_members(name) - {service_model.TAGS}
        in_place = members - service_model.create_only_members(name) | kind.also_mutable
        inside = [f"`{member}`" for member in _movable(name)]
        rows.append(
            [
                f"`{name}`",
                _words(f"`{member}`" for member in sorted(in_place)) + (f"; {_words(inside)}" if inside else ""),
                _words(f"`{member}`" for member in sorted(members - in_place)),
                "in place" if service_model.taggable(name) else "the API has none",
            ]
        )
    return _table(["kind", "changed in place", "a change replaces", "tags"], rows)


def _movable(kind: str) -> list[str]:
    """Return the config parts that an update accepts as a separate member.

    UpdateSolution has such a member.
    """
    update = service_model.operation("Update", kind)
    own = f"{service_model.lower_first(kind)}UpdateConfig"
    if update is None or own not in update.input_shape.members:
        return []
    return [f"{service_model.lower_first(kind)}Config.{name}" for name in update.input_shape.members[own].members]


def _timeouts() -> str:
    rows = []
    for name, kind in kinds.KINDS.items():
        links = math.ceil(kind.usual / kinds.ONE_LINK)
        rows.append([f"`{name}`", _duration(kind.usual.total_seconds()), str(links - 1), _end_of(name)])
    return _table(["kind", "default `timeout`", "wait links by default", "when it leaves the stack"], rows)


def _end_of(kind: str) -> str:
    """Return what happens to a resource that leaves its stack."""
    if not service_model.operation("Delete", kind):
        stopped = "a training that still runs is stopped; " if kinds.KINDS[kind].stop else ""
        return f"{stopped}it stays, as the API cannot delete it"
    construct = _PUBLIC.get(kind) or _PUBLIC[kind.removesuffix("Job")]
    kept = "removal_policy" in inspect.signature(construct.__init__).parameters
    return "it stays, unless `removal_policy` is `DESTROY`" if kept else "it is deleted"


def _bounds() -> str:
    rows = [
        [f"`{kind}`", f"`{path}`", _span(shape)]
        for kind in kinds.KINDS
        for path, shape in _bounded(service_model.create_shape(kind))
    ]
    return _table(["kind", "member", "bounds"], rows)


def _bounded(shape: Any, path: Sequence[str] = ()) -> Iterable[tuple[str, Any]]:
    """Yield the members whose bounds are worth telling: numbers, long texts and lists.

    Names are all alike.
    """
    for name, member in shape.members.items():
        here = (*path, name)
        if member.type_name == "structure":
            yield from _bounded(member, here)
        elif name != service_model.TAGS and member.name not in _EVERYWHERE and _is_bounded(member):
            yield ".".join(here), member


def _is_bounded(shape: Any) -> bool:
    return "max" in shape.metadata or (shape.type_name in ("integer", "double") and "min" in shape.metadata)


def _span(shape: Any) -> str:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    unit = {"string": " characters", "list": " entries", "map": " entries"}.get(shape.type_name, "")
    if high is None:
        return f"at least {low}{unit}"
    return f"at most {high}{unit}" if low is None else f"{low} to {high}{unit}"


def _known(of: type[Recipe | UseCase]) -> Iterable[tuple[str, Recipe | UseCase, Capabilities]]:
    for name, each in vars(of).items():
        if isinstance(each, of) and each.capabilities is not None:
            yield name, each, each.capabilities


def _serves(does: Capabilities) -> str:
    if not does.serves:
        return ""
    return "actions" if does.actions else "rankings" if does.ranks else "items"


def _metadata(does: Capabilities) -> str:
    return {Metadata.AUTOMATIC: "always", Metadata.BY_FLAG: "by flag", Metadata.NONE: ""}[does.metadata]


def _needs(does: Capabilities) -> str:
    return _words(sorted(each.name.lower() for each in does.required))


def _short(arn: str) -> str:
    return f"`{arn.rpartition('/')[2]}`"


def _yes(it_does: bool) -> str:
    return "yes" if it_does else ""


def _words(parts: Iterable[str]) -> str:
    return ", ".join(parts) or "nothing"


def _duration(seconds: float) -> str:
    return f"{seconds / 3600:g} hours" if seconds >= 3600 else f"{seconds / 60:g} minutes"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


TABLES: Mapping[str, Any] = {
    "recipes": _recipes,
    "use-cases": _use_cases,
    "updates": _updates,
    "timeouts": _timeouts,
    "bounds": _bounds,
}
"""What a page may ask for."""
