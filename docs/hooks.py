"""Generated parts of the site: reference, tables, diagrams and links."""

from __future__ import annotations

import html
import inspect
import math
import posixpath
import re
import subprocess
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds, service_model
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

import cdk_personalize as personalize
from cdk_personalize.recipe import Capabilities, Metadata, Recipe, UseCase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_ROOT = Path(__file__).parents[1]
_LANGUAGES = {".py": "python", ".json": "json", ".yml": "yaml"}
_FOLDER = "constructs"
_OTHERS = "values"
_PUBLIC = {name: getattr(personalize, name) for name in personalize.__all__}
_CONSTRUCTS = [name for name, each in _PUBLIC.items() if hasattr(each, "is_construct")]
_VALUES = [name for name in _PUBLIC if name not in _CONSTRUCTS]
_UNIFORM_SHAPES = ("Name", "Arn", "RoleArn", "KmsKeyArn")
"""Shapes whose bounds are the same for every kind. The page about limits names them once."""
_MERMAID = _ROOT / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js"
_MERMAID_IN_SITE = "assets/mermaid.js"


# MkDocs


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the construct pages in the navigation, and link the repository."""
    pages = [{name: f"{_FOLDER}/{name}.md"} for name in _CONSTRUCTS]
    pages.append({"Values and interfaces": f"{_FOLDER}/{_OTHERS}.md"})
    config.nav = [{title: pages if what == _FOLDER else what} for each in config.nav for title, what in each.items()]
    config.repo_url = config.repo_url or _repository()
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page of values and interfaces, and the program that draws the diagrams."""
    described = "\n".join(f"::: cdk_personalize.{name}\n    options: {{show_root_heading: true}}\n" for name in _VALUES)
    values = f"# Values and interfaces\n\nWhat the constructs take and return.\n\n{described}"
    files.append(File.generated(config, f"{_FOLDER}/{_OTHERS}.md", content=values))
    if not _MERMAID.is_file():
        raise PluginError(f"{_MERMAID.relative_to(_ROOT)} does not exist. Install it with `make setup` or `npm ci`.")
    files.append(File.generated(config, _MERMAID_IN_SITE, abs_src_path=str(_MERMAID)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Expand `<!-- table: recipes -->` and `<!-- file: … -->`, and add the reference."""
    markdown = re.sub(
        r"^( *)<!-- file: (\S+) -->",
        lambda match: textwrap.indent(_file(match[2], config.repo_url), match[1]),
        markdown,
        flags=re.MULTILINE,
    )
    markdown = re.sub(r"<!-- table: (\S+) -->", lambda match: TABLES[match[1]](), markdown)
    folder, name = posixpath.split(page.file.src_uri)
    construct = name.removesuffix(".md")
    if folder == _FOLDER and construct in _CONSTRUCTS:
        markdown += f"\n## Reference\n\n::: cdk_personalize.{construct}\n    options: {{heading_level: 3}}\n"
    return markdown


def on_page_content(content: str, **_: Any) -> str:
    """Prepare tables for narrow windows.

    Each cell gets the name of its column, and long names can break at underscores.
    """
    return re.sub(r"<table>.*?</table>", lambda match: _with_columns(match[0]), content, flags=re.DOTALL)


def on_post_page(output: str, page: Page, **_: Any) -> str:
    """Load the program that draws diagrams on the pages that have one."""
    if 'class="mermaid"' not in output:
        return output
    source = posixpath.relpath(_MERMAID_IN_SITE, posixpath.dirname(page.file.dest_uri) or ".")
    return output.replace("</head>", f'<script src="{source}"></script></head>', 1)


# Links and files


def _repository() -> str | None:
    """Return the web address of the clone's origin, if it has one."""
    command = ["git", "remote", "get-url", "origin"]
    try:
        told = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
    except OSError:
        return None
    address = re.sub(r"^git@([^:]+):", r"https://\1/", told).removesuffix(".git")
    return address if address.startswith("https://") else None


def _file(name: str, repository: str | None) -> str:
    """Return a file of the repository: a page with its links, or a code block."""
    text = (_ROOT / name).read_text(encoding="utf-8")
    if not name.endswith(".md"):
        return f"```{_LANGUAGES[Path(name).suffix]}\n{text}```"
    return re.sub(r"\[([^\]]*)\]\((?!https?:|#)([^)]+)\)", lambda match: _link(match[1], match[2], repository), text)


def _link(words: str, target: str, repository: str | None) -> str:
    """Return a link of a page in the repository's root as the site needs it."""
    if target.startswith("docs/"):
        return f"[{words}]({target.removeprefix('docs/')})"
    page = re.fullmatch(r"(CHANGELOG|CONTRIBUTING|SECURITY)\.md(#.*)?", target)
    if page:
        return f"[{words}]({page[1].lower()}.md{page[2] or ''})"
    return f"[{words}]({repository}/blob/main/{target})" if repository else words


def _with_columns(table: str) -> str:
    head, body = table.partition("</thead>")[::2]
    titles = re.findall(r"<th[^>]*>(.*?)</th>", head)
    columns = [html.escape(re.sub(r"<[^>]+>", "", title), quote=True) for title in titles]
    rows = []
    for row in re.split(r"(?=<tr>)", body):
        named = iter(columns)
        rows.append(re.sub(r"<td\b", lambda _: f'<td data-column="{next(named, "")}"', row))  # noqa: B023
    named_body = re.sub(r"<code>[^<]*</code>", lambda match: match[0].replace("_", "_<wbr>"), "".join(rows))
    return f"{head}</thead>{named_body}"


# Tables


def _recipes() -> str:
    return _table(
        ["recipe", "name", "serves", "item metadata", "exploration", "batch jobs", "requires"],
        (
            [
                f"`Recipe.{name}`",
                _short(recipe.arn),
                _serves(does),
                _metadata(does),
                _yes(does.explores),
                _jobs(does),
                _needs(does),
            ]
            for name, recipe, does in _known(Recipe)
        ),
    )


def _use_cases() -> str:
    return _table(
        ["use case", "recipe", "item metadata", "exploration", "requires"],
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
                "updated in place" if service_model.taggable(name) else "not supported by the API",
            ]
        )
    return _table(["kind", "updated in place", "a change replaces the resource", "tags"], rows)


def _movable(kind: str) -> list[str]:
    """Return the config members that an update accepts in a separate member."""
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
        return f"{stopped}it stays: the API cannot delete it"
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
    """Yield the members with bounds of their own: numbers, long texts and lists."""
    for name, member in shape.members.items():
        here = (*path, name)
        if member.type_name == "structure":
            yield from _bounded(member, here)
        elif name != service_model.TAGS and member.name not in _UNIFORM_SHAPES and _is_bounded(member):
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


def _jobs(does: Capabilities) -> str:
    jobs = {"inference": does.batch_inference, "themes": does.themes, "segments": does.batch_segments}
    return ", ".join(name for name, runs in jobs.items() if runs)


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
"""The tables that a page can name."""
