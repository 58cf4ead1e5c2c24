"""Resources, bytes of the template and calls to the CDK that each campaign adds."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from aws_cdk.assertions import Template
from jsii._kernel.providers import process
from support.synth import new_stack, version

import cdk_personalize as personalize

if TYPE_CHECKING:
    import aws_cdk as cdk
    import pytest

_FEW, _MANY = 5, 25
_FIXED_RESOURCES = 8
"""Functions, state machine, roles, policies and log group of a stack."""


def campaigns(count: int) -> cdk.Stack:
    stack = new_stack()
    trained = version(stack)
    for number in range(count):
        personalize.Campaign(stack, f"C{number}", solution_version=trained)
    return stack


def per_campaign(few: int, many: int) -> float:
    return (many - few) / (_MANY - _FEW)


def test_a_campaign_is_one_resource() -> None:
    template = Template.from_stack(campaigns(_MANY)).to_json()
    assert len(template["Resources"]) == _FIXED_RESOURCES + _MANY


def test_a_campaign_adds_few_bytes() -> None:
    """A template of 400 campaigns has at most 200 KB of the 1 MB that are allowed."""
    few, many = (json.dumps(Template.from_stack(campaigns(count)).to_json(), indent=1) for count in (_FEW, _MANY))
    assert per_campaign(len(few), len(many)) <= 470


def test_a_campaign_asks_cdk_little(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = [requests(count, monkeypatch) for count in (_FEW, _MANY)]
    assert per_campaign(*counts) <= 5


def test_a_stack_with_a_campaign_asks_cdk_little(monkeypatch: pytest.MonkeyPatch) -> None:
    assert requests(1, monkeypatch) <= 160


def test_synthesis_loads_no_code_of_tasks() -> None:
    """The classes of Step Functions tasks load the code of many other services."""
    program = """
import sys, aws_cdk as cdk
loaded = {*sys.modules}  # an old CDK loads everything
import cdk_personalize as personalize
stack = cdk.Stack(cdk.App(), "Shop")
arn = "arn:aws:personalize:us-east-1:111111111111:solution/similar/0a1b2c3d"
version = personalize.SolutionVersion.from_solution_version_arn(stack, "Version", arn)
personalize.Campaign(stack, "Related", solution_version=version)
print([name for name in {*sys.modules} - loaded if name.startswith("aws_cdk.aws_stepfunctions_tasks")])
"""
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert output == "[]\n"


def requests(count: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the number of requests to CDK for a stack with campaigns."""
    sent: list[Any] = []
    send = process._NodeProcess.send

    def counted(self: Any, request: Any, *more: Any) -> Any:
        sent.append(request)
        return send(self, request, *more)

    with monkeypatch.context() as patched:
        patched.setattr(process._NodeProcess, "send", counted)
        Template.from_stack(campaigns(count))
    return len(sent)
