"""Trained models, which consist of popularity and co-occurrence of items."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Row = Mapping[str, str]
    Counts = Mapping[str, int]

_MAX_REMEMBERED = 1000


class TrainedModel:
    """Numbers of interactions at the time of a training. Later events do not count."""

    def __init__(self, items_by_user: Mapping[str, Counts]) -> None:
        """Create a model from the number of interactions by user and item."""
        self.items_by_user = items_by_user
        self.popularity: Counter[str] = Counter()
        self.users_by_item: dict[str, dict[str, int]] = defaultdict(dict)
        for user, items in items_by_user.items():
            for item, times in items.items():
                self.popularity[item] += times
                self.users_by_item[item][user] = times
        self.interactions = self.popularity.total()
        self._related: dict[str, Counter[str]] = {}

    @staticmethod
    def of(interactions: Iterable[Row]) -> TrainedModel:
        """Train a model on interactions."""
        items_by_user: dict[str, dict[str, int]] = defaultdict(dict)
        for row in interactions:
            user, item = row["USER_ID"], row.get("ITEM_ID")
            if item:
                items_by_user[user][item] = items_by_user[user].get(item, 0) + 1
        return TrainedModel(dict(items_by_user))

    def related(self, item: str) -> Counter[str]:
        """Return how often the users of an item interacted with each other item.

        The result must not be modified.
        """
        remembered = self._related
        if item not in remembered:
            if len(remembered) >= _MAX_REMEMBERED:
                remembered = self._related = {}
            remembered[item] = self._count_related(item)
        return remembered[item]

    def personal(self, history: Iterable[str]) -> Counter[str]:
        """Return the affinity of each item to the items of a user's history."""
        counts: Counter[str] = Counter()
        for item, times in Counter(history).items():
            for other, weight in self.related(item).items():
                counts[other] += times * weight
        return counts

    def _count_related(self, item: str) -> Counter[str]:
        counts: Counter[str] = Counter()
        for user, times in self.users_by_item.get(item, {}).items():
            for other, other_times in self.items_by_user[user].items():
                counts[other] += times * other_times
        del counts[item]
        return counts
