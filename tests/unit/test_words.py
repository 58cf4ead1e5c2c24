"""House rules of words and names: vocabulary, docstring summaries and type names."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk
import pytest
from support.sources import source_files

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CODE = ("cdk_personalize", "lambda", "examples", "tests/support")
TESTS = ("tests/unit", "tests/local", "tests/conformance")
PAGES = ("docs", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")

# Patterns of forbidden words, with the term to use.
ANYWHERE = {
    r"anew|made again|make again|another new one": "replace, recreate",
    r"what only a new one": "create-only property",
    r"(its|whose|their) turn|time is up": "before the operation starts; wait budget",
    r"looks? at it|look again|(a|each|every) look": "poll",
    r"ours|theirs|nobody'?s?|strangers?|somebody|someone": "owned by this stack; the caller",
    r"by hand|behind the stack's back": "outside the stack",
    r"give it back|gives (it )?back|gave (it )?back|take over|takes over|took over": "adopt; release",
    r"kept ready|keep ready": "provisioned",
    r"slowest hundredth": "p99 latency",
    r"by itself|by themselves|without a hand": "automatically",
    r"may be left out|has to be there": "optional, required",
    r"what there is|what the stack knows": "current configuration",
    r"is content": "no-op",
    r"who may": "identity",
}
IN_CODE = {
    r"wanted": "desired",
    r"gone": "deleted",
    r"taken(?! effect)": "in use; assumed",
    r"refused": "rejected",
    r"unsettled": "transient",
    r"strays?": "orphaned resource",
    r"(is|are|be|was) waited for": "wait",
    r"for good": "permanently",
    r"metered": "metric",
}
EXCEPTIONS = {
    ("examples/next_best_action/prepare.py", "taken"): "an event type of Amazon Personalize",
    ("cdk_personalize/local/serving.py", "taken"): "an event type of Amazon Personalize",
    ("tests/support/messages.py", "taken"): "the name of a function",
    ("tests/unit/test_words.py", ""): "this list",
}
# Public types with the name of a CDK type, with the reason.
SHARED_NAMES = {"Filter": "a resource of Amazon Personalize"}
# Modules of the CDK that an app with Amazon Personalize imports.
CDK_MODULES = (
    "aws_cloudwatch",
    "aws_events",
    "aws_iam",
    "aws_kms",
    "aws_logs",
    "aws_personalize",
    "aws_s3",
    "pipelines",
)


def files(*places: str) -> list[Path]:
    return source_files(*(ROOT / place for place in places), suffixes=(".py", ".md"))


def offences(patterns: dict[str, str], *places: str) -> Iterator[str]:
    """Yield the lines with a forbidden word, each with the term to use."""
    rules = [(re.compile(rf"(?<![A-Za-z])({each})(?![A-Za-z])", re.IGNORECASE), patterns[each]) for each in patterns]
    for file in files(*places):
        name = str(file.relative_to(ROOT))
        if (name, "") in EXCEPTIONS:
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            for rule, term in rules:
                if (match := rule.search(line)) and (name, match[0].lower()) not in EXCEPTIONS:
                    yield f"{name}:{number}: {match[0]!r}, use {term!r}: {line.strip()}"


@pytest.mark.parametrize("place", [*CODE, *TESTS, *PAGES])
def test_the_vocabulary_is_used(place: str) -> None:
    assert list(offences(ANYWHERE, place)) == []


@pytest.mark.parametrize("place", CODE)
def test_the_vocabulary_of_code_is_used(place: str) -> None:
    assert list(offences(IN_CODE, place)) == []


def trees(*places: str) -> Iterator[tuple[str, ast.Module]]:
    for file in files(*places):
        if file.suffix == ".py":
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8"))


def test_the_first_line_of_a_docstring_is_short() -> None:
    long = [
        f"{name}: {summary}"
        for name, tree in trees(*CODE, *TESTS, "docs")
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and len(summary := (ast.get_docstring(node) or "").partition("\n")[0]) > 80
    ]
    assert long == []


def types() -> list[tuple[str, str]]:
    """Return the public classes of library, handler and examples, with their files."""
    return [
        (node.name, name)
        for name, tree in trees("cdk_personalize", "lambda", "examples")
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


def test_each_type_has_a_name_of_its_own() -> None:
    library = [name for name, file in types() if not file.startswith("examples")]
    assert [name for name, count in Counter(library).items() if count > 1] == []


def test_no_type_has_the_name_of_a_cdk_type() -> None:
    modules = [aws_cdk, *(importlib.import_module(f"aws_cdk.{name}") for name in CDK_MODULES)]
    cdk_types = {name for module in modules for name, value in vars(module).items() if inspect.isclass(value)}
    assert {name for name, _ in types() if name in cdk_types} == SHARED_NAMES.keys()
