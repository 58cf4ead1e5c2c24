"""Exceptions of the handler, by the required reaction."""


class HandlerError(Exception):
    """Base class of the exceptions that the handler raises on purpose."""


class OperationFailed(HandlerError):
    """The deployment cannot go on.

    The message is the reason that CloudFormation shows.
    """

    def __init__(self, reason: str, arn: str | None = None) -> None:
        super().__init__(f"{reason} ({arn})" if arn else reason)


class InvalidRequest(OperationFailed):
    """Amazon Personalize rejected a value of the request."""


class NotFound(HandlerError):
    """Amazon Personalize does not know the resource."""


class AlreadyExists(HandlerError):
    """Amazon Personalize has a resource of this name."""


class Deferred(HandlerError):
    """A call that is not possible yet or was not answered.

    A later poll repeats it within the wait budget.

    A call that may have taken effect, because only its response was lost.
    """


class Throttled(Deferred):
    """The service or the network rejected the call because of load."""


class NotSettled(Deferred):
    """A failure that eventual consistency can explain.

    It becomes final after two minutes.
    """


class AccessDenied(NotSettled):
    """The role lacks a permission, or IAM does not apply a new permission yet."""


class Superseded(NotSettled):
    """CloudFormation does not wait for this request, or not visibly yet."""


class OrphanRemains(Deferred):
    """The replacement of a cancelled update still exists.

    A rollback that waits for its deletion removes it.
    """
