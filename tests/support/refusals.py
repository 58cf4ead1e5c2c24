"""Tables of what a synth refuses: a construct, a prop, a value, the words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import aws_cdk as cdk


@dataclass(frozen=True)
class Refusal:
    """A construct with a bad value for a prop, what is said about it, and the same prop with a token."""

    make: type
    prop: str
    value: Any
    words: str
    token: Callable[[cdk.Stack], Any] | None = None
    """Absent where the prop takes no token: an object, or what decides the shape of the template."""

    def build(self, stack: cdk.Stack, required: Mapping[type, Mapping[str, Any]], value: Any) -> None:
        """Make the construct with what it cannot do without, and a value for the prop."""
        keyword = re.split(r"[. ]", self.prop)[0]
        self.make(stack, "Made", **{**required[self.make], keyword: value})


def named(refusal: Refusal) -> str:
    """Return the name of a refusal among the tests."""
    return f"{refusal.make.__name__}.{refusal.prop}={str(refusal.value)[:20]}"
