"""Cases of invalid props, each with the message that synthesis reports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import aws_cdk as cdk


@dataclass(frozen=True)
class Refusal:
    """An invalid value of a prop, with the message of the error.

    A token in place of the value must be accepted, because Amazon Personalize checks it.
    """

    make: type
    prop: str
    value: Any
    words: str
    token: Callable[[cdk.Stack], Any] | None = None
    """Function that creates a token for the prop. None if the prop does not accept tokens."""

    def build(self, stack: cdk.Stack, required: Mapping[type, Mapping[str, Any]], value: Any) -> None:
        """Create the construct with its required props and a value for the prop."""
        keyword = re.split(r"[. ]", self.prop)[0]
        self.make(stack, "Made", **{**required[self.make], keyword: value})


def named(refusal: Refusal) -> str:
    """Return the test ID of a case."""
    return f"{refusal.make.__name__}.{refusal.prop}={str(refusal.value)[:20]}"
