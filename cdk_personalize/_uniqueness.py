"""Uniqueness checks of names, datasets and event trackers.

Each construct claims its name, or its role as the only resource of its type in a dataset group. A second claim of the
same value in a stack fails at synthesis, instead of during a deployment. Amazon Personalize itself checks values that
are not known at synthesis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from cdk_personalize import _stacks, _validation
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import Stack
    from constructs import Construct


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A value that only one resource of a stack can have.

    :param prop: The prop that makes the claim.
    :param value: The value of the prop.
    :param key: The claimed value. Two claims with the same key conflict.
    :param rule: The rule that a second claim breaks, with `{first}` for the path of the first.
    :param remedy: How to resolve the conflict.
    """

    prop: str
    value: Any
    key: tuple[str, ...]
    rule: str
    remedy: str


_paths_by_key_by_stack: WeakKeyDictionary[Stack, dict[tuple[str, ...], str]] = WeakKeyDictionary()


def collisions(scope: Construct, claims: Sequence[Claim]) -> list[Problem]:
    """Return a problem for each value that another construct has already claimed."""
    paths = _paths_by_key(scope) if claims else {}
    return [
        Problem(claim.prop, claim.rule.format(first=paths[claim.key]), claim.value, claim.remedy, certain=True)
        for claim in claims
        if claim.key in paths
    ]


def register(scope: Construct, id: str, claims: Sequence[Claim]) -> None:
    """Register the values that a construct claims."""
    if claims:
        path = "/".join(part for part in (_stacks.path_of(scope), id) if part)
        _paths_by_key(scope).update(dict.fromkeys((claim.key for claim in claims), path))


def claim_of_name(kind: str, prop: str, name: Any) -> list[Claim]:
    """Return the claim of a name. Empty if it is not known at synthesis."""
    if not isinstance(name, str) or not _validation.is_known(name):
        return []
    rule = f"must be unique among the resources of the kind {kind} in an account and region: {{first}} already has it"
    remedy = "choose another name, or omit it to have a unique one generated"
    return [Claim(prop=prop, value=name, key=(kind, "name", name), rule=rule, remedy=remedy)]


def claim_of_group(kind: str, group_arn: Any, *, prop: str, value: Any, rule: str, remedy: str) -> list[Claim]:
    """Return the claim on a dataset group that can have only one resource of a kind.

    :param kind: The kind, or a type within it.
    :param group_arn: The ARN of the dataset group. It can be a token, which is constant for a construct.
    """
    if not isinstance(group_arn, str):
        return []
    return [Claim(prop=prop, value=value, key=(kind, "group", group_arn), rule=rule, remedy=remedy)]


def _paths_by_key(scope: Construct) -> dict[tuple[str, ...], str]:
    return _paths_by_key_by_stack.setdefault(_stacks.stack_of(scope), {})
