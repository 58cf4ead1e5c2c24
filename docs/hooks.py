"""Generated parts of the site: reference, tables, diagrams and links."""

from __future__ import annotations

import html
import posixpath
import re
import subprocess
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from code_tables import TABLES
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

import cdk_personalize as personalize

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_ROOT = Path(__file__).parents[1]
_LANGUAGES = {".py": "python", ".json": "json", ".yml": "yaml"}
_FOLDER = "constructs"
_VALUES_PAGE = "values"
_PUBLIC = {name: getattr(personalize, name) for name in personalize.__all__}
_CONSTRUCTS = [name for name, each in _PUBLIC.items() if hasattr(each, "is_construct")]
_VALUES = [name for name in _PUBLIC if name not in _CONSTRUCTS]
_MERMAID = _ROOT / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js"
_MERMAID_IN_SITE = "assets/mermaid.js"


# MkDocs


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the construct pages in the navigation, and link the repository."""
    pages = [{name: f"{_FOLDER}/{name}.md"} for name in _CONSTRUCTS]
    pages.append({"Values and interfaces": f"{_FOLDER}/{_VALUES_PAGE}.md"})
    config.nav = [
        {title: pages if target == _FOLDER else target} for entry in config.nav for title, target in entry.items()
    ]
    config.repo_url = config.repo_url or _repository()
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page of values and interfaces, and the program that draws the diagrams."""
    reference = "\n".join(f"::: cdk_personalize.{name}\n    options: {{show_root_heading: true}}\n" for name in _VALUES)
    values = f"# Values and interfaces\n\nTypes of the props and attributes of constructs.\n\n{reference}"
    files.append(File.generated(config, f"{_FOLDER}/{_VALUES_PAGE}.md", content=values))
    if not _MERMAID.is_file():
        raise PluginError(f"{_MERMAID.relative_to(_ROOT)} does not exist. Install it with `make setup` or `npm ci`.")
    files.append(File.generated(config, _MERMAID_IN_SITE, abs_src_path=str(_MERMAID)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Insert tables and files in place of their comments, and add the reference."""
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
    """Prepare tables for phones, where each cell is shown with the name of its column.

    Long names can break at underscores.
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
        remote = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
    except OSError:
        return None
    return web_address(remote)


def web_address(remote: str) -> str | None:
    """Return the web address of a Git remote, or None if it has none, as a folder."""
    address = re.sub(r"^git@([^:]+):", r"https://\1/", remote).removesuffix(".git")
    return address if address.startswith("https://") else None


def _file(name: str, repository: str | None) -> str:
    """Return the text of a page, with links for the site, or a code block of a file."""
    text = (_ROOT / name).read_text(encoding="utf-8")
    if not name.endswith(".md"):
        return f"```{_LANGUAGES[Path(name).suffix]}\n{text}```"
    return re.sub(
        r"\[([^\]]*)\]\((?!https?:|#)([^)]+)\)", lambda match: link_in_site(match[1], match[2], repository), text
    )


def link_in_site(text: str, target: str, repository: str | None) -> str:
    """Convert a link of a page in the root folder of the repository to the site.

    :param text: the text of the link.
    :param repository: the web address of the repository. Without it, links to other files become plain text.
    """
    if target.startswith("docs/"):
        return f"[{text}]({target.removeprefix('docs/')})"
    page = re.fullmatch(r"(CHANGELOG|CONTRIBUTING|SECURITY)\.md(#.*)?", target)
    if page:
        return f"[{text}]({page[1].lower()}.md{page[2] or ''})"
    return f"[{text}]({repository}/blob/main/{target})" if repository else text


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
