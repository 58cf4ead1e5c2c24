"""The exception that constructs raise for values that are not valid."""


class ValidationError(ValueError):
    """One or more props of a construct are not valid.

    The message has one line for each problem: the construct path, the prop, the rule, the value and a remedy.
    """
