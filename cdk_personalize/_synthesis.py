"""Checks that run at synthesis, when the app is complete."""

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
    """Report the problems of a construct as errors at synthesis."""
    construct.node.add_validation(cast("IValidation", _Errors(problems)))


def warn_at_synthesis(construct: Construct, id: str, problems: Callable[[], Iterable[Problem]]) -> None:
    """Report the problems of a construct as warnings at synthesis.

    :param id: The ID that acknowledges the warning.
    """
    construct.node.add_validation(cast("IValidation", _Warnings(construct, id, problems)))


@jsii.implements(IValidation)
class _Errors:
    """A validation that reports errors at synthesis. CDK adds the construct path."""

    def __init__(self, problems: Callable[[], Iterable[Problem]]) -> None:
        self._problems = problems

    def validate(self) -> list[str]:
        """Return the messages of the problems."""
        return _validation.as_messages(self._problems())


@jsii.implements(IValidation)
class _Warnings:
    """A validation that reports warnings at synthesis."""

    def __init__(self, construct: Construct, id: str, problems: Callable[[], Iterable[Problem]]) -> None:
        self._construct = construct
        self._id = id
        self._problems = problems

    def validate(self) -> list[str]:
        """Add the warnings. Return no errors."""
        for words in _validation.as_messages(self._problems()):
            Annotations.of(self._construct).add_warning_v2(self._id, words)
        return []
