"""Responses of the runtime API that a test sets."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FIELDS = {"arn", "userId", "itemId", "items"}


@dataclass(frozen=True)
class FixedAnswer:
    """Item IDs that a campaign or recommender returns, for all or for some requests."""

    arn: str
    items: tuple[str, ...]
    user: str | None = None
    item: str | None = None

    def is_for(self, arn: str, request: Mapping[str, Any]) -> bool:
        """Whether a request to the campaign or recommender `arn` gets this answer."""
        return (
            arn == self.arn
            and self.user in (None, request.get("userId"))
            and self.item in (None, request.get("itemId"))
        )


class FixedAnswers:
    """The answers that a test has set.

    If several answers apply to a request, it gets the one that was added last.
    """

    def __init__(self) -> None:
        self._answers: tuple[FixedAnswer, ...] = ()

    def add(self, answer: Mapping[str, Any]) -> None:
        """Add an answer.

        :param answer: the body of a request to the control API.
        :raises ValueError: if the body is not valid.
        """
        unknown = set(answer) - _FIELDS
        if unknown:
            raise ValueError(f"an answer has {', '.join(sorted(_FIELDS))}, not {', '.join(sorted(unknown))}")
        for name in ("arn", "userId", "itemId"):
            if (name == "arn" or name in answer) and not isinstance(answer[name], str):
                raise ValueError(f"{name} must be a string, got {answer[name]!r}")
        items = answer["items"]
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise ValueError(f"items must be a list of ids, got {items!r}")
        fixed = FixedAnswer(answer["arn"], tuple(items), answer.get("userId"), answer.get("itemId"))
        self._answers = (fixed, *self._answers)

    def clear(self) -> None:
        """Remove all answers."""
        self._answers = ()

    def find(self, arn: str, request: Mapping[str, Any]) -> Sequence[str] | None:
        """Return the item IDs for a request to `arn`, or None if no answer applies."""
        return next((each.items for each in self._answers if each.is_for(arn, request)), None)

    def to_list(self) -> list[dict[str, Any]]:
        """Return the answers as JSON values."""
        return [asdict(each) for each in self._answers]

    def replace(self, answers: Sequence[Mapping[str, Any]]) -> None:
        """Set the answers from the values that `to_list` returned."""
        self._answers = tuple(FixedAnswer(**{**each, "items": tuple(each["items"])}) for each in answers)
