"""The errors that the emulated service answers with."""

from __future__ import annotations


class ServiceError(Exception):
    """An error of the API: its code, its message, its HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> ServiceError:
    """Return the error for a request that the service rejects."""
    return ServiceError("InvalidInputException", message)


def not_found(arn: str) -> ServiceError:
    """Return the error for an ARN that no resource has.

    AWS recorded these words for a dataset group; for the other kinds they are inferred.
    """
    resource = arn.split(":", 5)[-1]
    if not arn.startswith("arn:") or "/" not in resource:
        return ServiceError("ResourceNotFoundException", f"Could not find the specified resource: {arn}")
    kind, *names = resource.split("/")
    if kind == "solution" and len(names) > 1:
        kind = "solution version"
    kind = kind.replace("-", " ")
    return ServiceError("ResourceNotFoundException", f"The given {kind} does not exist: {arn}")


def in_use(message: str) -> ServiceError:
    """Return the error for a resource whose state forbids the call."""
    return ServiceError("ResourceInUseException", message)


def already_exists(arn: str) -> ServiceError:
    """Return the error for a name that is in use."""
    return ServiceError("ResourceAlreadyExistsException", f"The specified resource already exists: {arn}")


def limit_exceeded(message: str) -> ServiceError:
    """Return the error for a quota that is used up."""
    return ServiceError("LimitExceededException", message)


def not_serializable(message: str) -> ServiceError:
    """Return the error for a body that cannot be read as the request's JSON."""
    return ServiceError("SerializationException", message)
