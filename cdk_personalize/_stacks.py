"""The stack, path and environment of constructs, cached in Python.

Without the cache, each access would be a call to the Node.js process of CDK.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from aws_cdk import Stack

if TYPE_CHECKING:
    from constructs import Construct


@dataclass(frozen=True, slots=True)
class AccountAndRegion:
    """An account and a region, each of which may be a token."""

    account: str
    region: str


_stacks: WeakKeyDictionary[Construct, Stack] = WeakKeyDictionary()
_paths: WeakKeyDictionary[Construct, str] = WeakKeyDictionary()
_environments: WeakKeyDictionary[Any, AccountAndRegion] = WeakKeyDictionary()


def stack_of(construct: Construct) -> Stack:
    """Return the stack of a construct."""
    if isinstance(construct, Stack):
        return construct
    stack = _stacks.get(construct)
    if stack is None:
        stack = _stacks[construct] = Stack.of(construct)
    return stack


def path_of(construct: Construct) -> str:
    """Return the path of a construct, which is empty for the app."""
    path = _paths.get(construct)
    if path is None:
        path = _paths[construct] = construct.node.path
    return path


def environment_of_stack(construct: Construct) -> AccountAndRegion:
    """Return the account and region of the stack of a construct."""
    stack = stack_of(construct)
    environment = _environments.get(stack)
    if environment is None:
        environment = _environments[stack] = AccountAndRegion(stack.account, stack.region)
    return environment


def environment_of_resource(resource: Any) -> AccountAndRegion | None:
    """Return the account and region of a CDK resource, or None for another object."""
    try:
        environment = _environments.get(resource)
    except TypeError:
        return None  # A string, or another value that has no environment.
    if environment is None and (env := getattr(resource, "env", None)) is not None:
        environment = _environments[resource] = AccountAndRegion(env.account, env.region)
    return environment
