"""The error of this library."""


class ValidationError(ValueError):
    """A construct was given what Amazon Personalize would refuse; one line for each mistake."""
