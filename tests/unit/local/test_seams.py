"""The contract with ministack: one test for each name that the local AWS uses."""

from __future__ import annotations

import re
import types

import pytest
from support.seam_uses import LOCAL, uses

from cdk_personalize.local import seam_contract, seams

USES = uses()
PROMISED = [(module, each) for module, names in seam_contract.CONTRACT.items() for each in names]


@pytest.mark.parametrize(("module", "expected"), PROMISED, ids=[f"{module}.{each}" for module, each in PROMISED])
def test_ministack_has_what_is_used(module: str, expected: str) -> None:
    affected = ", ".join(sorted(USES[module, expected.partition("(")[0]]))
    assert list(seam_contract.violations_of(module, expected)) == [], f"used by {affected}"


def test_the_contract_has_the_names_that_are_used_and_no_others() -> None:
    assert {(module, each.partition("(")[0]) for module, each in PROMISED} == set(USES)


def test_one_module_imports_ministack() -> None:
    pattern = re.compile(r"^\s*(import|from) ministack", re.MULTILINE)
    assert [file.name for file in LOCAL.glob("*.py") if pattern.search(file.read_text(encoding="utf-8"))] == [
        "seams.py"
    ]


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ("_missing(arn)", "ministack.services.iam has no _missing"),
        ("_put_role_policy(p, q)", "ministack.services.iam has _put_role_policy(p) instead of _put_role_policy(p, q)"),
        ("_put_role_policy", "ministack.services.iam has _put_role_policy(p) instead of _put_role_policy"),
    ],
)
def test_a_broken_contract_ends_the_start_and_says_how(
    expected: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seam_contract, "CONTRACT", {"ministack.services.iam": (expected,)})
    with pytest.raises(seams.SeamError, match=re.escape(f"ministack is not supported: {told}")):
        seam_contract.require_contract()


def test_a_function_that_ministack_lacks_ends_the_start() -> None:
    module = types.ModuleType("ministack.services.nothing")
    with pytest.raises(seams.SeamError, match=r"ministack\.services\.nothing has no _work"):
        seams.replace("_work", lambda work: work, module)
