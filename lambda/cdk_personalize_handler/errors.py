"""What can go wrong, by what has to be done about it."""


class HandlerError(Exception):
    """Base of everything that the handler raises on purpose."""


class OperationFailed(HandlerError):
    """The deployment cannot go on; the message is the reason that CloudFormation shows to a person."""

    def __init__(self, reason: str, arn: str | None = None) -> None:
        super().__init__(f"{reason} ({arn})" if arn else reason)


class Invalid(OperationFailed):
    """Personalize does not take the request as it is."""


class NotFound(HandlerError):
    """Personalize does not know the resource."""


class AlreadyExists(HandlerError):
    """Personalize has a resource of that name."""


class TryLater(HandlerError):
    """Personalize is busy with the resource, throttles, or did not answer: the call may go through later.

    The call may also have taken effect: its answer can be what was lost.
    """


class Unsettled(TryLater):
    """It may be over in a moment, when what was just changed has become known; if it is not, it is for good."""


class Denied(Unsettled):
    """The role lacks a permission, or has it for so short a time that IAM does not know of it yet."""


class GivenUp(Unsettled):
    """CloudFormation does not wait for an answer to this event, or does not show yet that it does."""


class Stray(TryLater):
    """What a cancelled replacement made is still there, and nobody else knows of it."""
