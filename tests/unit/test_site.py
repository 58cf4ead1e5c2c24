"""The documentation site, built as `make docs` builds it and opened in a browser."""

from __future__ import annotations

import importlib.util
import re
import sys
from typing import TYPE_CHECKING

import pytest
from constructs import Construct
from support import site as sites
from support.browser import browser, chromium
from support.documentation import ROOT, blocks

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

    from support.browser import Browser

pytestmark = pytest.mark.xdist_group("site")
"""The tests run in one process, which builds the site and starts the browser."""

PUBLIC = {name: getattr(personalize, name) for name in personalize.__all__}
CONSTRUCTS = {name for name, each in PUBLIC.items() if isinstance(each, type) and issubclass(each, Construct)}
WIDTHS = (390, 1280, 1920)
# Between the layouts for phones and screens, Material moves the navigation with an animation.
END_TRANSITIONS = "document.getAnimations().filter(each => each.transitionProperty).forEach(each => each.finish())"
# Pages, tables and lists must not scroll sideways; code blocks may.
OVERFLOW = """
[document.documentElement, ...document.querySelectorAll('article .md-typeset__scrollwrap, article dl')]
    .filter(each => each.scrollWidth > each.clientWidth + 1)
    .map(each => `${each.tagName} ${each.innerText.slice(0, 60)}`)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    sites.build(folder)
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with sites.served(site) as url:
        yield url


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = chromium()
    if program is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with browser(program, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def test_every_construct_has_a_page(site: Path) -> None:
    assert {page.stem for page in (site / "constructs").glob("*.html")} == {*CONSTRUCTS, "values"}
    values = (site / "constructs" / "values.html").read_text(encoding="utf-8")
    for name in PUBLIC.keys() - CONSTRUCTS:
        assert f'id="cdk_personalize.{name}"' in values, name
    assert 'id="cdk_personalize.Campaign.metric_get_recommendations"' in (
        site / "constructs" / "Campaign.html"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(CONSTRUCTS))
def test_the_page_of_a_construct_has_an_import_line_and_two_examples(name: str) -> None:
    page = ROOT / "docs" / "constructs" / f"{name}.md"
    examples = [block.body for block in blocks() if block.page == page and block.language == "python"]
    assert len(examples) >= 2
    assert "import cdk_personalize as personalize" in examples[0]
    assert all(f"personalize.{name}(" in example or f"add_{name.lower()}(" in example for example in examples[:1])


def test_every_table_that_follows_from_the_code_is_there(site: Path) -> None:
    pages = {page.name: page.read_text(encoding="utf-8").replace("<wbr>", "") for page in site.rglob("*.html")}
    assert [name for name, text in pages.items() if "<!-- table:" in text or "<!-- file:" in text] == []
    assert "<code>Recipe.SIMILAR_ITEMS</code>" in pages["recipes.html"]
    assert "<code>minProvisionedTPS</code>" in pages["how-it-works.html"]


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("git@example.com:team/library.git", "https://example.com/team/library"),
        ("https://example.com/team/library", "https://example.com/team/library"),
        ("/srv/library.git", None),
        ("", None),
    ],
)
def test_the_site_links_the_repository_that_it_is_built_from(remote: str, address: str | None) -> None:
    assert hooks().web_address(remote) == address


@pytest.mark.parametrize(
    ("target", "repository", "link"),
    [
        ("docs/reliability.md", None, "[words](reliability.md)"),
        ("SECURITY.md#logged-data", None, "[words](security.md#logged-data)"),
        (
            "examples/movies",
            "https://example.com/library",
            "[words](https://example.com/library/blob/main/examples/movies)",
        ),
        ("examples/movies", None, "words"),
    ],
)
def test_links_of_the_pages_in_the_root_are_right_in_the_site(target: str, repository: str | None, link: str) -> None:
    assert hooks().link_in_site("words", target, repository) == link


def hooks() -> ModuleType:
    """Return the module docs/hooks.py, which MkDocs loads by its path."""
    if str(ROOT / "docs") not in sys.path:
        sys.path.append(str(ROOT / "docs"))  # as MkDocs does
    spec = importlib.util.spec_from_file_location("hooks", ROOT / "docs" / "hooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    loading = re.compile(r'<(?:script|img|iframe|link[^>]*stylesheet)[^>]*(?:src|href)="https?:')
    assert [page.name for page in site.rglob("*.html") if loading.search(page.read_text(encoding="utf-8"))] == []


def test_every_link_within_the_site_leads_somewhere(site: Path) -> None:
    assert sites.broken_links(site) == []


def test_pages_fit_phones_and_screens_without_errors(site: Path, address: str, tab: Browser) -> None:
    problems = []
    for page in sorted(site.rglob("*.html")):
        name = page.relative_to(site).as_posix()
        tab.resize(WIDTHS[-1])
        tab.open(f"{address}/{name}")
        if 'class="mermaid"' in page.read_text(encoding="utf-8"):
            # Material draws a diagram into a shadow root, in the place of its text.
            tab.wait_until("!document.querySelector('pre.mermaid') && document.querySelector('div.mermaid')")
        for width in WIDTHS:
            tab.resize(width)
            tab.evaluate(END_TRANSITIONS)
            problems += [f"{name} at {width} px is too wide: {each}" for each in tab.evaluate(OVERFLOW)]
        problems += [f"{name}: {error}" for error in tab.errors]
    assert problems == []


def test_the_search_finds_props(address: str, tab: Browser) -> None:
    tab.resize(WIDTHS[1])
    tab.open(f"{address}/index.html?q=exploration")
    tab.wait_until("document.querySelectorAll('.md-search-result__item').length")
    found = tab.evaluate("[...document.querySelectorAll('.md-search-result__link')].map(each => each.href)")
    assert any("constructs/Campaign.html" in each for each in found), found
