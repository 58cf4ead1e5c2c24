"""The site of the documentation, built as `make docs` builds it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from constructs import Construct
from support.documentation import ROOT

import cdk_personalize as personalize

pytestmark = pytest.mark.xdist_group("docs")
"""One process makes what they share."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [str(Path(sys.executable).with_name("mkdocs")), "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stdout + built.stderr) == (0, "")
    return folder


def test_every_construct_has_a_page(site: Path) -> None:
    public = {name: getattr(personalize, name) for name in personalize.__all__}
    constructs = {name for name, each in public.items() if isinstance(each, type) and issubclass(each, Construct)}
    assert {page.stem for page in (site / "constructs").glob("*.html")} == {*constructs, "values"}
    values = (site / "constructs" / "values.html").read_text(encoding="utf-8")
    for name in public.keys() - constructs:
        assert f'id="cdk_personalize.{name}"' in values, name
    assert 'id="cdk_personalize.Campaign.metric_get_recommendations"' in (
        site / "constructs" / "Campaign.html"
    ).read_text(encoding="utf-8")


def test_every_table_that_follows_from_the_code_is_there(site: Path) -> None:
    pages = {page.name: page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    assert [name for name, text in pages.items() if "<!-- table:" in text] == []
    assert "<code>Recipe.SIMILAR_ITEMS</code>" in pages["recipes.html"]
    assert "<code>minProvisionedTPS</code>" in pages["how-it-works.html"]


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    loading = re.compile(r'<(?:script|img|iframe|link[^>]*stylesheet)[^>]*(?:src|href)="https?:')
    assert [page.name for page in site.rglob("*.html") if loading.search(page.read_text(encoding="utf-8"))] == []
