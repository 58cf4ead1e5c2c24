"""Assumptions of the constructs about the CDK, which can change."""

from __future__ import annotations

from typing import cast

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk.assertions import Template
from constructs import IValidation
from support.synth import new_stack


def test_a_number_token_is_far_below_every_bound() -> None:
    assert cdk.Token.as_number("x") < -1e280


def test_strings_numbers_and_lists_with_tokens_are_seen_but_not_dicts() -> None:
    token = cdk.Token.as_string({"Ref": "A"})
    assert cdk.Token.is_unresolved(f"before {token} after")
    assert cdk.Token.is_unresolved(cdk.Token.as_number({"Ref": "A"}))
    assert cdk.Token.is_unresolved(cdk.Token.as_list({"Ref": "A"}))
    assert not cdk.Token.is_unresolved({"key": token})


def test_an_object_of_python_alone_cannot_be_asked_about() -> None:
    with pytest.raises((AttributeError, RuntimeError, TypeError)):
        cdk.Token.is_unresolved(object())


def test_a_duration_that_is_a_token_tells_its_unit_only(stack: cdk.Stack) -> None:
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    hours = cdk.Duration.hours(number)
    assert hours.is_unresolved()
    assert hours.unit_label() == "hours"
    with pytest.raises(RuntimeError):
        hours.to_days()
    assert cdk.Token.is_unresolved(cdk.Duration.days(number).to_days())


def test_false_and_zero_reach_the_template_and_none_does_not(stack: cdk.Stack) -> None:
    cdk.CfnResource(stack, "R", type="Custom::R", properties={"A": False, "B": 0, "C": None})
    (resource,) = Template.from_stack(stack).find_resources("Custom::R").values()
    assert resource["Properties"] == {"A": False, "B": 0}


def test_a_construct_stays_the_python_object_that_it_was(stack: cdk.Stack) -> None:
    class Mine(cdk.Resource):
        pass

    mine = Mine(stack, "Mine")
    assert stack.node.try_find_child("Mine") is mine


def test_cdk_puts_the_path_before_what_a_late_check_says() -> None:
    @jsii.implements(IValidation)
    class Refusing:
        def validate(self) -> list[str]:
            return ["it is wrong"]

    stack = new_stack()
    stack.node.add_validation(cast("IValidation", Refusing()))
    with pytest.raises(RuntimeError, match=r"\[Shop\] it is wrong"):
        Template.from_stack(stack)


def test_an_import_takes_its_environment_from_the_arn(stack: cdk.Stack) -> None:
    there = cdk.Resource(stack, "There", environment_from_arn="arn:aws:personalize:eu-west-1:222222222222:campaign/c")
    assert (there.env.account, there.env.region) == ("222222222222", "eu-west-1")
