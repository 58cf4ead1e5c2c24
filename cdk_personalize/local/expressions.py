"""Parsing of filter expressions, with the error messages of the service."""

from __future__ import annotations

from functools import lru_cache

from cdk_personalize import _filter_expression
from cdk_personalize._filter_expression import ExpressionError, FilterExpression, MissingValueError, given_values
from cdk_personalize.local.errors import invalid

__all__ = ["FilterExpression", "MissingValueError", "given_values", "parse"]


@lru_cache(maxsize=10_000)
def parse(text: str) -> FilterExpression:
    """Parse a filter expression.

    :raises ServiceError: InvalidInputException with the service's message, if it is not valid.
    """
    try:
        return _filter_expression.parse(text)
    except ExpressionError as error:
        raise invalid(f"Could not create filter. {error}") from error
