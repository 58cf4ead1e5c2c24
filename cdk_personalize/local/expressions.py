"""The filter expressions of the service, with its words for what is wrong with one."""

from __future__ import annotations

from cdk_personalize import _filter_expression
from cdk_personalize._filter_expression import Expression, ExpressionError, MissingValueError, given_values
from cdk_personalize.local.errors import invalid

__all__ = ["Expression", "MissingValueError", "given_values", "parse"]


def parse(text: str) -> Expression:
    """Return the meaning of an expression.

    :raises ServiceError: InvalidInputException, in the service's words, when it has none.
    """
    try:
        return _filter_expression.parse(text)
    except ExpressionError as error:
        raise invalid(f"Could not create filter. {error}") from error
