"""Resources, bytes of the template and calls to the CDK that each campaign adds."""

from __future__ import annotations

import json
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
    requests: list[Any] = []
    send = process._NodeProcess.send

    def counted(self: Any, request: Any, *more: Any) -> Any:
        requests.append(request)
        return send(self, request, *more)

    monkeypatch.setattr(process._NodeProcess, "send", counted)
    counts = []
    for count in (_FEW, _MANY):
        requests.clear()
        Template.from_stack(campaigns(count))
        counts.append(len(requests))
    assert per_campaign(*counts) <= 5
