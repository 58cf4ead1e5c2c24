"""The errors that the emulated service answers with."""

from __future__ import annotations


class ServiceError(Exception):
    """An error as the API has it: its code, its words, its HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> ServiceError:
    """Return the error for a request that the service does not take."""
    return ServiceError("InvalidInputException", message)


def not_found(what: str) -> ServiceError:
    """Return the error for an ARN that nothing has."""
    return ServiceError("ResourceNotFoundException", f"Could not find the specified resource: {what}")


def in_use(message: str) -> ServiceError:
    """Return the error for a resource whose state forbids the call."""
    return ServiceError("ResourceInUseException", message)


def already_exists(what: str) -> ServiceError:
    """Return the error for a name that is taken."""
    return ServiceError("ResourceAlreadyExistsException", f"The specified resource already exists: {what}")


def limit_exceeded(message: str) -> ServiceError:
    """Return the error for a quota that is used up."""
    return ServiceError("LimitExceededException", message)
