"""Exception of this library."""


class ValidationError(ValueError):
    """A prop has a value that Amazon Personalize would reject.

    The message has one line per problem.
    """
