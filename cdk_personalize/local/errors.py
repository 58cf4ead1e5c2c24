"""API errors of the emulated service."""

from __future__ import annotations


class ServiceError(Exception):
    """An API error, with code, message and HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> ServiceError:
    """Return an InvalidInputException."""
    return ServiceError("InvalidInputException", message)


def not_found(arn: str) -> ServiceError:
    """Return the ResourceNotFoundException for an ARN.

    The wording is recorded from AWS for dataset groups, and inferred for the other kinds.
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
    """Return a ResourceInUseException, for a status that does not allow the call."""
    return ServiceError("ResourceInUseException", message)


def already_exists(arn: str) -> ServiceError:
    """Return the ResourceAlreadyExistsException for the ARN of a name in use."""
    return ServiceError("ResourceAlreadyExistsException", f"The specified resource already exists: {arn}")


def limit_exceeded(message: str) -> ServiceError:
    """Return a LimitExceededException, for a quota that is used up."""
    return ServiceError("LimitExceededException", message)


def not_serializable(message: str) -> ServiceError:
    """Return a SerializationException, for a body that is not the expected JSON."""
    return ServiceError("SerializationException", message)
