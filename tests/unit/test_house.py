"""House rules of the source code, as searches that must find nothing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from cdk_personalize_handler.kinds import KINDS
from support.sources import source_files

ROOT = Path(__file__).parents[2]
LIBRARY, HANDLER, TESTS = ROOT / "cdk_personalize", ROOT / "lambda", ROOT / "tests"
CONSTRUCTS = [path for path in LIBRARY.glob("*.py") if not path.name.startswith("_")]


def found(pattern: str, *places: Path, but: tuple[str, ...] = ()) -> list[str]:
    """Return the lines that match a pattern, with file and line number."""
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in source_files(*places)
        if file.name not in but
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(pattern, line)
    ]


def test_what_is_generic_names_no_kind() -> None:
    quoted = "|".join(rf"['\"]{kind}" for kind in KINDS)
    assert found(quoted, HANDLER, but=("kinds.py", "latest_version.py")) == []
    assert found(quoted, LIBRARY / "_resource.py") == []


def test_one_place_asks_for_tokens() -> None:
    assert found("Token.is_unresolved", LIBRARY, but=("_validation.py",)) == []


def test_bounds_of_the_model_are_not_written_again() -> None:
    bounds = {63, 256, 2500, 20000, 100000}
    files = [*CONSTRUCTS, LIBRARY / "_resource.py", LIBRARY / "_validation.py"]
    nodes = [(file.name, node) for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    written = [(name, node.value) for name, node in nodes if isinstance(node, ast.Constant) and node.value in bounds]
    assert written == []


def test_actions_are_derived() -> None:
    assert found(r"\"personalize:[A-Za-z]+\"", LIBRARY) == []


def test_props_are_not_asked_for_their_truth() -> None:
    props = r"(min_provisioned_tps|enable_metadata_with_recommendations|weight|popularity|freshness|campaign_name)"
    assert found(rf"\bif (not )?{props}\b(?! is)|{props} or ", *CONSTRUCTS) == []


def test_the_state_machine_waits_and_not_the_function() -> None:
    assert found(r"\bsleep\(", HANDLER) == []


def test_nothing_is_read_or_made_when_the_handler_is_imported() -> None:
    assert found(r"^\w+.*(boto3\.client|datetime\.now|environ\[)", HANDLER) == []


def test_no_module_of_the_handler_is_long() -> None:
    lengths = {file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in HANDLER.rglob("*.py")}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_one_place_catches_everything() -> None:
    assert len(found("except Exception", HANDLER)) == 1


def test_what_catches_everything_says_why() -> None:
    places = (LIBRARY, HANDLER, ROOT / "examples", ROOT / "docs", ROOT / "benchmarks", TESTS)
    assert found(r"^\s*except( (Base)?Exception( as \w+)?)?:$", *places, but=("test_house.py",)) == []


def test_the_emulator_is_the_judge() -> None:
    assert found(r"\bpatch\(|Stubber|MagicMock", TESTS, but=("test_house.py",)) == []


def test_the_handler_knows_nothing_of_synth() -> None:
    assert found(r"import (aws_cdk|jsii|cdk_personalize)\b|from (aws_cdk|jsii|cdk_personalize)\b", HANDLER) == []


def test_the_emulator_does_not_read_the_handlers_mind() -> None:
    assert found(r"cdk_personalize_handler.*(kinds|diff|decisions|operations)", LIBRARY / "local") == []


def test_nothing_is_random() -> None:
    assert found(r"import random|uuid4", LIBRARY, HANDLER, but=("wire.py", "randomness.py")) == []


def test_no_committed_file_names_a_registry() -> None:
    for lock in ("requirements.lock", "package-lock.json"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert "registry.npmjs" not in text
        assert "https://pypi" not in text
        assert '"resolved"' not in text


@pytest.mark.xdist_group("house")
def test_the_tests_of_a_group_run_in_one_process(request: pytest.FixtureRequest) -> None:
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("pytest-xdist does not distribute the tests by group")
    assert request.node.nodeid.endswith("@house")
