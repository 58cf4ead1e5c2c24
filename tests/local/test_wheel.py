"""The packages: built, checked, installed into an empty environment, deployed.

The quickstart of the documentation runs command by command in an empty folder, and prints what the page shows.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.deploy import ROOT, free_port
from support.documentation import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BIN = Path(sys.executable).parent
QUICKSTART = [block for block in blocks() if block.page.name == "quickstart.md"]
FILES = re.findall(r"<!-- file: (\S+) -->", (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8"))
# Options that answer the prompts of the commands.
ANSWERS = {"deploy": "--require-approval never", "destroy": "--force"}

pytestmark = pytest.mark.xdist_group("wheel")
"""The tests run in one process, because they share fixtures."""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    run([str(BIN / "python"), "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)], ROOT, os.environ)
    return folder


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """An empty folder, which is deleted with everything that is installed into it."""
    with tempfile.TemporaryDirectory(prefix="cdk-personalize-quickstart-") as folder:
        yield Path(folder)


def test_the_packages_are_fit_for_an_index(packages: Path) -> None:
    (wheel,) = packages.glob("*.whl")
    run([str(BIN / "twine"), "check", "--strict", *map(str, packages.iterdir())], ROOT, os.environ)
    run([str(BIN / "check-wheel-contents"), str(wheel)], ROOT, os.environ)


def test_the_sources_have_what_their_tests_need(packages: Path) -> None:
    (sources,) = packages.glob("*.tar.gz")
    with tarfile.open(sources) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    needed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if needed.returncode != 0:
        pytest.skip("not in a clone of the repository")
    apart = {".ci/run", ".pre-commit-config.yaml"}
    assert set(needed.stdout.splitlines()) - held == apart


def test_the_quickstart_works_to_the_letter(packages: Path, elsewhere: Path) -> None:
    (wheel,) = packages.glob("*.whl")
    for file in FILES:
        shutil.copy(ROOT / file, elsewhere)
    (settings,) = [block.body for block in QUICKSTART if block.language == "json"]
    (elsewhere / "cdk.json").write_text(settings, encoding="utf-8")
    terminal = Terminal(elsewhere, wheel)
    try:
        for block, following in zip(QUICKSTART, [*QUICKSTART[1:], None], strict=True):
            if block.language != "sh":
                continue
            output = "".join(terminal.run(words) for words in block.commands)
            if following is not None and following.language == "text":
                missing = [line for line in following.body.splitlines() if not is_shown(line, output)]
                assert missing == [], f"{following}: {output}"
        used = terminal.run([".venv/bin/python", "-c", "import cdk_personalize; print(cdk_personalize.__file__)"])
        assert used.startswith(str(elsewhere.resolve()))
    finally:
        terminal.close()


def is_shown(line: str, output: str) -> bool:
    """Return whether a line of the page is in the output of its command.

    An ellipsis stands for any text.
    """
    return re.search(".*".join(map(re.escape, line.strip().split("…"))), output) is not None


class Terminal:
    """The two terminals of a reader: one runs the local AWS, one the other commands."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self._folder = folder
        self._port = str(free_port())
        self._server: subprocess.Popen[str] | None = None
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "JSII_"))}
        self._environment = {
            **kept,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "NO_COLOR": "1",
            "NPM_CONFIG_PREFER_OFFLINE": "true",
            "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),  # contains Node.js, which readers have installed
            "PIP_CONSTRAINT": str(constraints(folder, wheel)),
            "PIP_FIND_LINKS": str(wheel.parent),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_COMPILE": "1",  # most of it is never imported
        }

    def run(self, words: list[str]) -> str:
        """Run a command of the page with a free port, and return its output."""
        words = [word.replace("4566", self._port) for word in words]
        if words[0] == "export":
            self._environment.update(word.split("=", 1) for word in words[1:])
            return ""
        if words[1:2] == ["local"]:
            return self._start(words)
        if words[:2] == ["npx", "cdk"]:
            words = [*words, *ANSWERS.get(words[2], "").split()]
        return run(words, self._folder, self._environment).replace(self._port, "4566")

    def _start(self, words: list[str]) -> str:
        self._server = subprocess.Popen(
            words,
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._server.stdout is not None
        lines = [self._server.stdout.readline() for _ in range(4)]
        return "".join(lines).replace(self._port, "4566")

    def close(self) -> None:
        """Stop the local AWS."""
        if self._server is not None:
            self._server.terminate()
            self._server.communicate()


def constraints(folder: Path, wheel: Path) -> Path:
    """Return a constraints file for pip with this wheel and the locked versions."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^([\w.-]+==[^\\\n]*[^\\\s])", lock, re.MULTILINE)
    file = folder / "constraints.txt"
    file.write_text("\n".join([*pins, f"cdk-personalize=={wheel.name.split('-')[1]}"]), encoding="utf-8")
    return file


def run(words: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    ran = subprocess.run(words, cwd=folder, env=dict(environment), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{' '.join(words)}: {ran.stdout}{ran.stderr}"
    return ran.stdout + ran.stderr
