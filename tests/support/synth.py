"""Stacks that a test fills, and what comes out of them."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk.assertions import Template

import cdk_personalize as personalize

SOLUTION = "arn:aws:personalize:us-east-1:111111111111:solution/similar"
VERSION = f"{SOLUTION}/0a1b2c3d"


def new_stack(name: str = "Shop", **options: Any) -> cdk.Stack:
    """Return an empty stack."""
    return cdk.Stack(cdk.App(), name, **options)


def version(stack: cdk.Stack) -> personalize.ISolutionVersion:
    """Return an imported version."""
    return personalize.SolutionVersion.from_solution_version_arn(stack, "Version", VERSION)


def solution(stack: cdk.Stack) -> personalize.ISolution:
    """Return an imported solution."""
    return personalize.Solution.from_solution_arn(stack, "Solution", SOLUTION)


def resources(stack: cdk.Stack, resource_type: str) -> dict[str, Any]:
    """Return the resources of a type, by logical id."""
    found: dict[str, Any] = Template.from_stack(stack).find_resources(resource_type)
    return found


def properties(stack: cdk.Stack, resource_type: str) -> dict[str, Any]:
    """Return the properties of the one resource of a type, without those of every custom resource."""
    (resource,) = resources(stack, resource_type).values()
    common = ("ServiceToken", "ServiceTimeout", "WaitSeconds")
    return {name: value for name, value in resource["Properties"].items() if name not in common}
