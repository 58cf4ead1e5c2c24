"""Exceptions of the handler: which failures are final and which are retried."""


class HandlerError(Exception):
    """Base class of the exceptions that the handler raises on purpose."""


class OperationFailed(HandlerError):
    """A final failure of the request.

    CloudFormation shows the message as the reason in the stack event.
    """

    def __init__(self, reason: str, arn: str | None = None) -> None:
        super().__init__(f"{reason} ({arn})" if arn else reason)


class InvalidRequest(OperationFailed):
    """Amazon Personalize rejected a value of the request."""


class NotFound(HandlerError):
    """Amazon Personalize has no resource with the given ARN."""


class AlreadyExists(HandlerError):
    """Amazon Personalize already has a resource with the requested name."""


class Deferred(HandlerError):
    """A call that is not possible yet, or whose response did not arrive.

    A later poll retries it until the wait budget ends. If only the response was lost, the call may have taken effect.
    """


class Throttled(Deferred):
    """A call that was throttled, not answered, or failed with a server error."""


class NotSettled(Deferred):
    """A failure that may be caused by eventual consistency.

    The call is retried for two minutes. Then the failure is final.
    """


class AccessDenied(NotSettled):
    """A role lacks a permission, or IAM does not apply a new permission yet."""


class Superseded(NotSettled):
    """CloudFormation cancelled this request, or does not show it as in progress yet."""


class OrphanRemains(Deferred):
    """The replacement that a cancelled update created cannot be deleted yet.

    The rollback retries the deletion for up to 55 minutes.
    """
