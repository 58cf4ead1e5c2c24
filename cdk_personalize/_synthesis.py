"""Checks that wait for the whole app: they are made when templates are synthesized."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import jsii
from aws_cdk import Annotations
from constructs import IValidation

from cdk_personalize import _validation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from constructs import Construct

    from cdk_personalize._validation import Problem


def check_at_synthesis(construct: Construct, problems: Callable[[], Iterable[Problem]]) -> None:
    """Have a construct refused when templates are synthesized, if there are problems by then."""
    construct.node.add_validation(cast("IValidation", _Errors(problems)))


def warn_at_synthesis(construct: Construct, id: str, problems: Callable[[], Iterable[Problem]]) -> None:
    """Have a construct get a warning when templates are synthesized, if there are problems by then.

    :param id: the id by which the warning is acknowledged.
    """
    construct.node.add_validation(cast("IValidation", _Warnings(construct, id, problems)))


@jsii.implements(IValidation)
class _Errors:
    """What is refused when templates are validated; CDK puts the construct's path before it."""

    def __init__(self, problems: Callable[[], Iterable[Problem]]) -> None:
        self._problems = problems

    def validate(self) -> list[str]:
        """Return the problems in words."""
        return _validation.in_words(self._problems())


@jsii.implements(IValidation)
class _Warnings:
    """What is warned of when templates are validated."""

    def __init__(self, construct: Construct, id: str, problems: Callable[[], Iterable[Problem]]) -> None:
        self._construct = construct
        self._id = id
        self._problems = problems

    def validate(self) -> list[str]:
        """Add the warnings; there is nothing to refuse."""
        for words in _validation.in_words(self._problems()):
            Annotations.of(self._construct).add_warning_v2(self._id, words)
        return []
