"""Offline metrics of trainings: deterministic, and higher with more data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize.local import recipes

if TYPE_CHECKING:
    from collections.abc import Mapping

_RANKING = {f"normalized_discounted_cumulative_gain_at_{count}": 0.28 + count / 200 for count in (5, 10, 25)}
_OF_ITEM_RECIPES: Mapping[str, float] = {
    "mean_reciprocal_rank_at_25": 0.4,
    **_RANKING,
    **{f"precision_at_{count}": 0.22 - count / 200 for count in (5, 10, 25)},
}
_BY_RECIPE_TYPE: Mapping[str, Mapping[str, float]] = {
    recipes.USER_SEGMENTATION: {"hits_at_1_percent": 0.5, "recall_at_1_percent": 0.1},
    # unverified: the names of the metrics
    recipes.PERSONALIZED_ACTIONS: {**_RANKING, "precision": 0.3, "recall": 0.3, "area_under_the_curve": 0.7},
}
"""By recipe type, the metrics and their upper limits, which they approach with more data."""


def offline_metrics(interactions: int, recipe: recipes.EmulatedRecipe, record: Mapping[str, Any]) -> dict[str, float]:
    """Return the offline metrics of a training.

    :param interactions: the number of interactions in the training.
    :param record: the description of the solution version or recommender.
    """
    quality = 1 - 1 / (1 + interactions / 1000)
    shares = {"coverage": 1.0, **_BY_RECIPE_TYPE.get(recipe.recipe_type, _OF_ITEM_RECIPES)}
    if "optimizationObjective" in record.get("solutionConfig", {}):
        shares["average_rewards_at_k"] = 0.6
    return {name: round(quality * share, 4) for name, share in shares.items()}
