"""The packages as users get them: built, checked, installed into an empty environment, and deployed from there.

What is run is the quickstart of the documentation, command by command, in a folder that knows nothing of this one.
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

import prepare as prepare_quickstart
import pytest
from support.deploy import ROOT
from support.documentation import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.deploy import LocalAws

BIN = Path(sys.executable).parent
QUICKSTART = [block for block in blocks() if block.page.name == "quickstart.md" and "make" not in block.programs]
# The prompts for which there is no one to answer.
ANSWERS = {"deploy": "--require-approval never", "destroy": "--force"}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    run([str(BIN / "python"), "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)], ROOT, os.environ)
    return folder


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """An empty folder that goes with all that is installed into it."""
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


def test_the_quickstart_works_with_what_is_installed(packages: Path, elsewhere: Path, aws: LocalAws) -> None:
    (wheel,) = packages.glob("*.whl")
    aws.prepare("quickstart-movies")
    shutil.copy(ROOT / "examples" / "quickstart" / "app.py", elsewhere)
    (settings,) = [block.body for block in QUICKSTART if block.language == "json"]
    (elsewhere / "cdk.json").write_text(settings, encoding="utf-8")
    environment = {
        **aws.environment(),
        "PATH": os.pathsep.join([str(ROOT / "node_modules" / ".bin"), aws.environment()["PATH"]]),
        "PIP_CONSTRAINT": str(constraints(elsewhere, wheel)),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_COMPILE": "1",  # most of it is never imported
    }
    for block in QUICKSTART:
        if block.language == "sh":
            for words in block.commands:
                answered = [*words, *ANSWERS.get(words[1], "").split()] if words[0] == "cdk" else words
                run(answered, elsewhere, environment)
                if words[:2] == ["cdk", "deploy"]:
                    arn = aws.outputs("Quickstart")["CampaignArn"]
                    campaign = aws.personalize().describe_campaign(campaignArn=arn)["campaign"]
                    wanted = 2 if "min_provisioned_tps=2" in words else 1
                    assert (campaign["status"], campaign["minProvisionedTPS"]) == ("ACTIVE", wanted)
    used = run([".venv/bin/python", "-c", "import cdk_personalize; print(cdk_personalize.__file__)"], elsewhere, {})
    assert used.startswith(str(elsewhere.resolve()))
    prepare_quickstart.destroy(aws.session(), poll_seconds=0.05)


def constraints(folder: Path, wheel: Path) -> Path:
    """Return a file that has pip install the versions of the lock file, and this wheel."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^([\w.-]+==[^\\\n]*[^\\\s])", lock, re.MULTILINE)
    file = folder / "constraints.txt"
    file.write_text("\n".join([*pins, f"cdk-personalize @ {wheel.as_uri()}"]), encoding="utf-8")
    return file


def run(words: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    ran = subprocess.run(words, cwd=folder, env=dict(environment), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{' '.join(words)}: {ran.stdout}{ran.stderr}"
    return ran.stdout
