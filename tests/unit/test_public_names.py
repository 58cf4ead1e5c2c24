"""The public names. The CDK is not loaded before one of them is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import cdk_personalize as personalize


def run(code: str) -> str:
    """Run Python code in a new interpreter, and return its output."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("statement", ["import cdk_personalize", "import cdk_personalize.local.process"])
def test_the_cdk_is_not_loaded_before_it_is_used(statement: str) -> None:
    loaded = "sorted({'jsii', 'aws_cdk', 'constructs'} & sys.modules.keys())"
    assert run(f"import sys; {statement}; print({loaded})") == "[]"


def test_a_star_import_brings_every_public_name() -> None:
    names: dict[str, object] = {}
    exec("from cdk_personalize import *", names)
    assert names.keys() - {"__builtins__"} == set(personalize.__all__)
    assert set(personalize.__all__) <= set(dir(personalize))


def test_an_unknown_name_is_refused_as_ever() -> None:
    with pytest.raises(AttributeError, match="module 'cdk_personalize' has no attribute 'Compaign'"):
        getattr(personalize, "Compaign")  # noqa: B009  (a type checker knows that it is not there)
