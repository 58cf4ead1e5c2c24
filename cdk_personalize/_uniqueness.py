"""What Amazon Personalize has at most once: a name in a region, an event tracker in a dataset group.

Each stack has a registry of what its constructs claim, so that the second claim fails at synth and not in the middle
of a deployment. Claims that are not known at synth are left to Amazon Personalize.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from aws_cdk import Stack

from cdk_personalize import _validation
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """Something that one resource of a stack can have.

    :param prop: The prop that claims it.
    :param value: The value of the prop.
    :param key: What is claimed. Two claims of the same key collide.
    :param rule: The rule that the second claim breaks, with `{first}` for the path of the first.
    :param remedy: How to fix it.
    """

    prop: str
    value: Any
    key: tuple[str, ...]
    rule: str
    remedy: str


_paths_by_key_by_stack: WeakKeyDictionary[Stack, dict[tuple[str, ...], str]] = WeakKeyDictionary()


def collisions(scope: Construct, claims: Sequence[Claim]) -> list[Problem]:
    """Return a problem for each claim that another construct of the stack has made before."""
    paths = _paths_by_key(scope) if claims else {}
    return [
        Problem(claim.prop, claim.rule.format(first=paths[claim.key]), claim.value, claim.remedy, certain=True)
        for claim in claims
        if claim.key in paths
    ]


def register(scope: Construct, id: str, claims: Sequence[Claim]) -> None:
    """Record what a construct claims."""
    if claims:
        path = "/".join(part for part in (_stacks.path_of(scope), id) if part)
        _paths_by_key(scope).update(dict.fromkeys((claim.key for claim in claims), path))


def claim_of_name(kind: str, prop: str, name: Any) -> list[Claim]:
    """Return the claim of a name that is known, of a kind whose ARNs follow from the names."""
    if not isinstance(name, str) or not _validation.is_known(name):
        return []
    rule = f"must be unique among the resources of the kind {kind} in an account and region: {{first}} has it already"
    remedy = "choose another name, or leave it out to have a unique one generated"
    return [Claim(prop=prop, value=name, key=(kind, "name", name), rule=rule, remedy=remedy)]


def claim_of_group(kind: str, group_arn: Any, *, prop: str, value: Any, rule: str, remedy: str) -> list[Claim]:
    """Return the claim on a dataset group that takes at most one resource of a kind.

    :param kind: the kind, or a type within it.
    :param group_arn: the ARN of the group. A token is compared too: that of a construct is always the same.
    """
    if not isinstance(group_arn, str):
        return []
    return [Claim(prop=prop, value=value, key=(kind, "group", group_arn), rule=rule, remedy=remedy)]


def _paths_by_key(scope: Construct) -> dict[tuple[str, ...], str]:
    return _paths_by_key_by_stack.setdefault(_stacks.stack_of(scope), {})
