"""Deterministic recommendations, by popularity and co-occurrence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from cdk_personalize.local import expressions, recipes
from cdk_personalize.local.errors import invalid, not_found
from cdk_personalize.local.resource import ACTIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cdk_personalize.local.group_data import GroupData
    from cdk_personalize.local.registry import ResourceRegistry
    from cdk_personalize.local.resource import EmulatedResource
    from cdk_personalize.local.trained_model import TrainedModel

    Row = Mapping[str, str]
    Scored = tuple[str, float]

_DECIMALS = 7
"""Maximum number of decimals of a score in responses of the service."""
_MIN_ACTION_INTERACTIONS = 50


@dataclass(frozen=True)
class Serving:
    """A trained model together with the current data of its dataset group."""

    registry: ResourceRegistry
    group: str
    recipe: recipes.EmulatedRecipe
    model: TrainedModel

    @property
    def data(self) -> GroupData:
        """The rows of the dataset group."""
        return self.registry.data(self.group)

    def items(self, user: str | None, item: str | None) -> Sequence[Scored]:
        """Return all items with scores, the best first. The result must not be modified."""
        if self.recipe.recipe_type == recipes.RELATED_ITEMS:
            user = None
        elif self.recipe.recipe_type == recipes.POPULAR_ITEMS:
            user = item = None
        else:
            item = None
        key = ("items", self.model, self.recipe.recipe_type, user, item)
        ranked: Sequence[Scored] = self.data.answer(key, lambda: self._rank_items(user, item))
        return ranked

    def _rank_items(self, user: str | None, item: str | None) -> Sequence[Scored]:
        if self.recipe.recipe_type == recipes.RELATED_ITEMS:
            # unverified: popular items, for an item that is not in the model
            return self._ranked(self._catalogue() - {item}, self.model.related(item or ""))
        if self.recipe.recipe_type == recipes.POPULAR_ITEMS:
            return self._ranked(self._catalogue(), Counter())
        return self._ranked(self._catalogue(), self.model.personal(self._history(user)))

    def ranking(self, user: str, items: Sequence[str]) -> list[Scored]:
        """Return the given items with scores, the best for the user first."""
        return self._ranked(items, self.model.personal(self._history(user)))

    def has_score(self, item: str) -> bool:
        """Whether a response has a score for an item. Rankings only score known items."""
        if not self.recipe.scored:
            return False
        return self.recipe.recipe_type != recipes.PERSONALIZED_RANKING or item in self.model.popularity

    def actions(self, user: str) -> list[Scored]:
        """Return all actions with scores, the best for the user first.

        With too few interactions for a training, all scores are 0.
        """
        rows = self.data.rows("ACTION_INTERACTIONS")
        taken = Counter(row["ACTION_ID"] for row in rows if row["EVENT_TYPE"].upper() == "TAKEN")
        others = Counter(row["ACTION_ID"] for row in rows if row["EVENT_TYPE"].upper() != "TAKEN")
        learned = min(taken.total(), others.total()) >= _MIN_ACTION_INTERACTIONS
        own = {row["ACTION_ID"] for row in rows if row["USER_ID"] == user and row["EVENT_TYPE"].upper() == "TAKEN"}

        def score(action: str) -> float:
            if not learned:
                return 0.0
            chance = taken[action] / ((taken[action] + others[action]) or 1)
            return round(chance / 2 if action in own else chance, _DECIMALS)

        scored = ((action, score(action)) for action in self.data.table("ACTIONS"))
        return sorted(scored, key=lambda each: (-each[1], each[0]))

    def users(self, items: Iterable[str]) -> list[str]:
        """Return the users who interacted with the given items, most interactions first."""
        interactions: Counter[str] = Counter()
        for item in items:
            interactions.update(self.model.users_by_item.get(item, {}))
        return [user for user, _ in sorted(interactions.items(), key=lambda each: (-each[1], each[0]))]

    def passes(
        self, filter_arn: str | None, values: Mapping[str, str], user: str | None, item: str | None
    ) -> Callable[[str], bool]:
        """Return a function that decides whether an item, action or user passes a filter.

        :raises ServiceError: if the filter is not of this dataset group, or lacks values.
        """
        if filter_arn is None:
            return lambda _candidate: True
        found = self.registry.resources.get(filter_arn)
        if found is None or found.kind.name != "Filter":
            raise not_found(filter_arn)
        if found.record["datasetGroupArn"] != self.group or found.status != ACTIVE:
            raise invalid(f"{filter_arn} is not an ACTIVE filter of {self.group}")
        text = found.record["filterExpression"]
        key = ("filter", text, tuple(sorted(values.items())), user, item)
        passes: Callable[[str], bool] = self.data.answer(key, lambda: self._filter(text, values, user, item))
        passes("")  # so that a missing value is an error even without a candidate
        return passes

    def _filter(
        self, text: str, values: Mapping[str, str], user: str | None, item: str | None
    ) -> Callable[[str], bool]:
        """Return a function that evaluates a filter once for each candidate."""
        expression = expressions.parse(text)
        candidates = _Candidates(self.data, expression.element, user, item)
        given = expressions.given_values(values)

        @cache
        def passes(candidate: str) -> bool:
            try:
                return expression.allows(candidates.rows(candidate), given)
            except expressions.MissingValueError as error:
                raise invalid(f"The filter requires a value for {error}") from error

        return passes

    def _catalogue(self) -> set[str]:
        return set(self.model.popularity) | set(self.data.table("ITEMS"))

    def _history(self, user: str | None) -> list[str]:
        rows = self.data.rows_by_value("INTERACTIONS", "USER_ID").get(user or "", ())
        return [row["ITEM_ID"] for row in rows]

    def _ranked(self, items: Iterable[str | None], affinity: Counter[str]) -> list[Scored]:
        popularity = self.model.popularity
        weights = {
            item: affinity[item] * (self.model.interactions + 1) + popularity[item] for item in set(items) if item
        }
        total = sum(weights.values()) or 1
        best = sorted(weights, key=lambda each: (-weights[each], each))
        return [(each, round(weights[each] / total, _DECIMALS)) for each in best]


class _Candidates:
    """Rows by which a filter expression is evaluated for one candidate."""

    def __init__(self, data: GroupData, element: str, user: str | None, item: str | None) -> None:
        self._data = data
        self._key = {"ITEMID": "ITEM_ID", "ACTIONID": "ACTION_ID", "USERID": "USER_ID"}[element]
        self._user = user
        self._item = item

    def rows(self, candidate: str) -> Callable[[str], Sequence[Row]]:
        def of(source: str) -> Sequence[Row]:
            if source == "CURRENTUSER":
                return self._data.rows_by_value("USERS", "USER_ID").get(self._user or "", ())
            if source == "CURRENTITEM":
                return self._data.rows_by_value("ITEMS", "ITEM_ID").get(self._item or "", ())
            rows = self._data.rows_by_value(source, self._key).get(candidate, ())
            if self._key == "USER_ID" or source not in ("INTERACTIONS", "ACTION_INTERACTIONS"):
                return rows
            return [row for row in rows if row["USER_ID"] == self._user]

        return of


def serving_of(registry: ResourceRegistry, resource: EmulatedResource) -> Serving:
    """Return the model of a campaign, a recommender or a solution version.

    :raises ServiceError: ResourceNotFoundException, if the resource has no trained model.
    """
    trained = registry.get(resource.record["solutionVersionArn"]) if resource.kind.name == "Campaign" else resource
    if trained.model is None:
        raise not_found(resource.arn)
    return Serving(registry, trained.record["datasetGroupArn"], recipes.of(trained.record), trained.model)
