"""Values that are not known at synthesis."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk


def string(stack: cdk.Stack) -> str:
    return cdk.CfnParameter(stack, "AString").value_as_string


def number(stack: cdk.Stack) -> float:
    return cdk.CfnParameter(stack, "ANumber", type="Number").value_as_number


def anything(stack: cdk.Stack) -> Any:
    return cdk.Token.as_any(cdk.CfnParameter(stack, "AnyThing").value_as_string)


def days(stack: cdk.Stack) -> cdk.Duration:
    return cdk.Duration.days(number(stack))
