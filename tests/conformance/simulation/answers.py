"""Responses and errors of services, in the form that botocore returns or raises."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

from botocore.exceptions import ClientError

_RETRYABLE = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"})


def metadata(now: float, status: int = 200) -> dict[str, Any]:
    """Return the metadata of a response, with the Date header of the time `now`."""
    return {
        "HTTPStatusCode": status,
        "RequestId": "r",
        "RetryAttempts": 0,
        "HTTPHeaders": {"date": formatdate(now, usegmt=True)},
    }


def client_error(code: str, message: str, operation: str, now: float, status: int = 400) -> ClientError:
    """Return the exception that botocore raises for an error of a service."""
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata(now, status)}
    return ClientError(response, operation)


def is_retryable(error: Exception) -> bool:
    """Return whether the standard retry mode of botocore retries after an error."""
    if not isinstance(error, ClientError):
        return True
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return error.response["Error"]["Code"] in _RETRYABLE or status >= 500
