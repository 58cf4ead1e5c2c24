"""What a trained model answers: popularity and co-occurrence, the same answer to the same question every time."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk_personalize.local import expressions, recipes
from cdk_personalize.local.errors import invalid, not_found
from cdk_personalize.local.kind import rows_of, table_of
from cdk_personalize.local.resource import ACTIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cdk_personalize.local.emulator import World

    Row = Mapping[str, str]
    Scored = tuple[str, float]

SCORED = frozenset({recipes.USER_PERSONALIZATION, recipes.PERSONALIZED_RANKING, recipes.PERSONALIZED_ACTIONS})
"""The types of recipes whose answers carry scores."""
_FEWEST_ACTION_INTERACTIONS = 50


class Model:
    """What a training leaves of the interactions; later events do not change it."""

    def __init__(self, interactions: Iterable[Row]) -> None:
        self.popularity: Counter[str] = Counter()
        self.items_of: dict[str, Counter[str]] = defaultdict(Counter)
        self.users_of: dict[str, Counter[str]] = defaultdict(Counter)
        for row in interactions:
            user, item = row["USER_ID"], row.get("ITEM_ID")
            if item:
                self.popularity[item] += 1
                self.items_of[user][item] += 1
                self.users_of[item][user] += 1

    def related(self, item: str) -> Counter[str]:
        """Return how often others appear with an item, by the same users."""
        counts: Counter[str] = Counter()
        for user, times in self.users_of.get(item, {}).items():
            for other, other_times in self.items_of[user].items():
                counts[other] += times * other_times
        del counts[item]
        return counts

    def personal(self, history: Iterable[str]) -> Counter[str]:
        """Return how well items go with a history."""
        counts: Counter[str] = Counter()
        for item, times in Counter(history).items():
            for other, weight in self.related(item).items():
                counts[other] += times * weight
        return counts


@dataclass(frozen=True)
class Serving:
    """A model, with the live data of its dataset group."""

    world: World
    group: str
    recipe: recipes.Recipe
    model: Model

    def items(self, user: str | None, item: str | None) -> list[Scored]:
        """Return all items, the best first."""
        if self.recipe.recipe_type == recipes.RELATED_ITEMS:
            affinity = self.model.related(item or "")
            # unverified: an item that the model does not know gets popular items
            return self._ranked((self._catalogue() - {item}), affinity)
        if self.recipe.recipe_type == recipes.POPULAR_ITEMS:
            return self._ranked(self._catalogue(), Counter())
        return self._ranked(self._catalogue(), self.model.personal(self._history(user)))

    def ranking(self, user: str, items: Sequence[str]) -> list[Scored]:
        """Return the given items, the best first."""
        return self._ranked(items, self.model.personal(self._history(user)))

    def actions(self, user: str) -> list[Scored]:
        """Return all actions, those that are taken most often first; scores need enough to learn from."""
        rows = rows_of(self.world, self.group, "ACTION_INTERACTIONS")
        taken = Counter(row["ACTION_ID"] for row in rows if row["EVENT_TYPE"].upper() == "TAKEN")
        others = Counter(row["ACTION_ID"] for row in rows if row["EVENT_TYPE"].upper() != "TAKEN")
        learned = min(taken.total(), others.total()) >= _FEWEST_ACTION_INTERACTIONS
        own = {row["ACTION_ID"] for row in rows if row["USER_ID"] == user and row["EVENT_TYPE"].upper() == "TAKEN"}

        def score(action: str) -> float:
            if not learned:
                return 0.0
            chance = taken[action] / ((taken[action] + others[action]) or 1)
            return round(chance / 2 if action in own else chance, 6)

        actions = table_of(self.world, self.group, "ACTIONS")
        return sorted(((action, score(action)) for action in actions), key=lambda each: (-each[1], each[0]))

    def users(self, items: Iterable[str]) -> list[str]:
        """Return the users who had to do with some items, the keenest first."""
        keen: Counter[str] = Counter()
        for item in items:
            keen.update(self.model.users_of.get(item, {}))
        return [user for user, _ in sorted(keen.items(), key=lambda each: (-each[1], each[0]))]

    def keeps(
        self, filter_arn: str | None, values: Mapping[str, str], user: str | None, item: str | None
    ) -> Callable[[str], bool]:
        """Return whether a candidate passes a filter.

        :raises ServiceError: when the filter is not of this dataset group, or lacks values.
        """
        if filter_arn is None:
            return lambda _candidate: True
        found = self.world.resources.get(filter_arn)
        if found is None or found.kind.name != "Filter":
            raise not_found(filter_arn)
        if found.record["datasetGroupArn"] != self.group or found.status != ACTIVE:
            raise invalid(f"{filter_arn} is not an ACTIVE filter of {self.group}")
        expression = expressions.parse(found.record["filterExpression"])
        candidates = _Candidates(self.world, self.group, expression.element, user, item)
        given = expressions.given_values(values)

        def keep(candidate: str) -> bool:
            try:
                return expression.allows(candidates.rows(candidate), given)
            except expressions.MissingValueError as error:
                raise invalid(f"The filter needs a value for {error}") from error

        keep("")
        return keep

    def _catalogue(self) -> set[str]:
        return set(self.model.popularity) | set(table_of(self.world, self.group, "ITEMS"))

    def _history(self, user: str | None) -> list[str]:
        rows = rows_of(self.world, self.group, "INTERACTIONS")
        return [row["ITEM_ID"] for row in rows if row["USER_ID"] == user]

    def _ranked(self, items: Iterable[str], affinity: Counter[str]) -> list[Scored]:
        popularity = self.model.popularity
        best = sorted(set(items), key=lambda each: (-affinity[each], -popularity[each], each))
        weights = {each: affinity[each] * (popularity.total() + 1) + popularity[each] for each in best}
        total = sum(weights.values()) or 1
        return [(each, round(weights[each] / total, 9)) for each in best]


class _Candidates:
    """The rows that belong to a candidate, and to the user and item that a request is about."""

    def __init__(self, world: World, group: str, element: str, user: str | None, item: str | None) -> None:
        self._world = world
        self._group = group
        self._key = {"ITEMID": "ITEM_ID", "ACTIONID": "ACTION_ID", "USERID": "USER_ID"}[element]
        self._user = user
        self._item = item
        self._found: dict[str, dict[str, list[Row]]] = {}

    def rows(self, candidate: str) -> Callable[[str], Sequence[Row]]:
        def of(source: str) -> Sequence[Row]:
            if source == "CURRENTUSER":
                return self._by("USERS", "USER_ID").get(self._user or "", [])
            if source == "CURRENTITEM":
                return self._by("ITEMS", "ITEM_ID").get(self._item or "", [])
            rows = self._by(source, self._key).get(candidate, [])
            if self._key == "USER_ID" or source not in ("INTERACTIONS", "ACTION_INTERACTIONS"):
                return rows
            return [row for row in rows if row["USER_ID"] == self._user]

        return of

    def _by(self, source: str, key: str) -> dict[str, list[Row]]:
        if source not in self._found:
            grouped: dict[str, list[Row]] = defaultdict(list)
            for row in rows_of(self._world, self._group, source):
                grouped[row.get(key, "")].append(row)
            self._found[source] = grouped
        return self._found[source]
