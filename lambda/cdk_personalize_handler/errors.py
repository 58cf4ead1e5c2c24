"""Exceptions of the handler, by what has to follow."""


class HandlerError(Exception):
    """Base class of the exceptions that the handler raises on purpose."""


class OperationFailed(HandlerError):
    """The deployment cannot go on. The message is the reason that CloudFormation shows."""

    def __init__(self, reason: str, arn: str | None = None) -> None:
        super().__init__(f"{reason} ({arn})" if arn else reason)


class InvalidRequest(OperationFailed):
    """Amazon Personalize rejected a value of the request."""


class NotFound(HandlerError):
    """Amazon Personalize does not know the resource."""


class AlreadyExists(HandlerError):
    """Amazon Personalize has a resource of this name."""


class Deferred(HandlerError):
    """The call cannot be made, or was not answered. A later poll repeats it, until the wait budget ends.

    The call may have taken effect: the answer alone can be lost.
    """


class Throttled(Deferred):
    """The service or the network rejected the call for the load, not for its content."""


class NotSettled(Deferred):
    """The cause may be gone within two minutes, when a recent change is visible everywhere. After that it is final."""


class AccessDenied(NotSettled):
    """The role lacks a permission, or IAM does not apply a new permission yet."""


class Superseded(NotSettled):
    """CloudFormation does not wait for this request any more, or does not show yet that it does."""


class OrphanRemains(Deferred):
    """The replacement of a cancelled update still exists. Only a rollback that waits for its deletion can remove it."""
