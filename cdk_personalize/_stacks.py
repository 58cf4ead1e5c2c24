"""The stack, path and environment of constructs, cached.

Each request to the CDK is a call to the Node.js process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from aws_cdk import Stack

if TYPE_CHECKING:
    from constructs import Construct


@dataclass(frozen=True, slots=True)
class Place:
    """An account and a region, each of which may be a token."""

    account: str
    region: str


_stacks: WeakKeyDictionary[Construct, Stack] = WeakKeyDictionary()
_paths: WeakKeyDictionary[Construct, str] = WeakKeyDictionary()
_places: WeakKeyDictionary[Any, Place] = WeakKeyDictionary()


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


def place_of_stack(construct: Construct) -> Place:
    """Return where the stack of a construct is deployed."""
    stack = stack_of(construct)
    place = _places.get(stack)
    if place is None:
        place = _places[stack] = Place(stack.account, stack.region)
    return place


def place_of_resource(resource: Any) -> Place | None:
    """Return the environment of a CDK resource, or None for another object."""
    try:
        place = _places.get(resource)
    except TypeError:
        return None  # a string, or another value without an environment
    if place is None and (environment := getattr(resource, "env", None)) is not None:
        place = _places[resource] = Place(environment.account, environment.region)
    return place
