"""Tables of errors at synthesis: a construct, a prop, a value and the message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import aws_cdk as cdk


@dataclass(frozen=True)
class Refusal:
    """A construct with an invalid prop value, its message, and a token for it."""

    make: type
    prop: str
    value: Any
    words: str
    token: Callable[[cdk.Stack], Any] | None = None
    """Absent if the prop does not accept a token."""

    def build(self, stack: cdk.Stack, required: Mapping[type, Mapping[str, Any]], value: Any) -> None:
        """Create the construct with its required props and a value for the prop."""
        keyword = re.split(r"[. ]", self.prop)[0]
        self.make(stack, "Made", **{**required[self.make], keyword: value})


def named(refusal: Refusal) -> str:
    """Return the test ID of a case."""
    return f"{refusal.make.__name__}.{refusal.prop}={str(refusal.value)[:20]}"
