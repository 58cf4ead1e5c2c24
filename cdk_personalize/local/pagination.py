"""Pages of the results of List operations."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from cdk_personalize.local.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PAGE_SIZE = 100


def page(operation: str, member: str, found: Sequence[Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of results as the response of a List operation.

    :param member: the member of the response with the results.
    :param found: the results of all pages.
    :raises ServiceError: InvalidNextTokenException, if the token is not from this operation.
    """
    size = request.get("maxResults", _PAGE_SIZE)
    start = _position(operation, request["nextToken"]) if "nextToken" in request else 0
    answer: dict[str, Any] = {member: found[start : start + size]}
    if start + size < len(found):
        answer["nextToken"] = base64.urlsafe_b64encode(f"{operation}:{start + size}".encode()).decode()
    return answer


def _position(operation: str, token: str) -> int:
    try:
        issuer, position = base64.urlsafe_b64decode(token.encode()).decode().split(":")
        if issuer == operation:
            return int(position)
    except ValueError:
        pass
    raise ServiceError("InvalidNextTokenException", "The token is not valid")
