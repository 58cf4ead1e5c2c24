"""Recipes, use cases and domains: what can be trained, and what can be done with it.

https://docs.aws.amazon.com/personalize/latest/dg/working-with-predefined-recipes.html
https://docs.aws.amazon.com/personalize/latest/dg/domain-use-cases.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from aws_cdk import Aws, Stack, region_info

from cdk_personalize import _validation
from cdk_personalize.dataset_type import DatasetType

if TYPE_CHECKING:
    from constructs import Construct

_ARN_PREFIX = "arn:aws:personalize:::recipe/"
_ARN = re.compile(r"arn:[^:]+:personalize:::recipe/(.+)")


class Domain(Enum):
    """The domain whose use cases a dataset group is for."""

    ECOMMERCE = "ECOMMERCE"
    """Shops."""
    VIDEO_ON_DEMAND = "VIDEO_ON_DEMAND"
    """Films and series."""


class Metadata(Enum):
    """Whether recommendations come with columns of the items."""

    AUTOMATIC = "AUTOMATIC"
    """Always."""
    BY_FLAG = "BY_FLAG"
    """Where `enable_metadata_with_recommendations` is true."""
    NONE = "NONE"
    """Never."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """What can be done with a recipe or a use case.

    :param metadata: Whether recommendations come with columns of the items.
    :param explores: Whether it takes `item_exploration`.
    :param batch_inference: Whether batch inference jobs can run on it.
    :param themes: Whether those jobs can make themes.
    :param batch_segments: Whether batch segment jobs can run on it.
    :param actions: Whether it recommends actions, not items.
    :param ranks: Whether it ranks items that a request names.
    :param serves: Whether campaigns can serve it.
    :param required: The types of data that a training needs.
    """

    metadata: Metadata = Metadata.BY_FLAG
    explores: bool = False
    batch_inference: bool = True
    themes: bool = False
    batch_segments: bool = False
    actions: bool = False
    ranks: bool = False
    serves: bool = True
    required: frozenset[DatasetType] = frozenset({DatasetType.INTERACTIONS})


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to train a solution.

    :param arn: The ARN. In a template, `aws` as its partition stands for the partition of the stack.
    :param capabilities: What can be done with it. Default: unknown, so that nothing is refused at synth.
    """

    arn: str
    capabilities: Capabilities | None = None

    USER_PERSONALIZATION_V2: ClassVar[Recipe]
    """Items for a user, up to 5 million of them."""
    USER_PERSONALIZATION: ClassVar[Recipe]
    """Items for a user, with exploration that can be set."""
    PERSONALIZED_RANKING_V2: ClassVar[Recipe]
    """A given list of items in the order that suits a user, up to 5 million items."""
    PERSONALIZED_RANKING: ClassVar[Recipe]
    """A given list of items in the order that suits a user."""
    POPULARITY_COUNT: ClassVar[Recipe]
    """The most popular items, the same for all."""
    TRENDING_NOW: ClassVar[Recipe]
    """The items whose popularity grows fastest."""
    SIMILAR_ITEMS: ClassVar[Recipe]
    """Items like an item, by interactions and by what they are; with themes in batches."""
    SIMS: ClassVar[Recipe]
    """Items like an item, by interactions alone."""
    SEMANTIC_SIMILARITY: ClassVar[Recipe]
    """Items like an item, by what their texts mean."""
    NEXT_BEST_ACTION: ClassVar[Recipe]
    """Actions for a user; in custom dataset groups alone."""
    ITEM_AFFINITY: ClassVar[Recipe]
    """The users for an item, in batches."""
    ITEM_ATTRIBUTE_AFFINITY: ClassVar[Recipe]
    """The users for an attribute of items, in batches."""

    @staticmethod
    def of(name_or_arn: str) -> Recipe:
        """Return a recipe by its name or ARN, one that this version does not know too.

        :param name_or_arn: such as `aws-similar-items`.
        """
        return _RECIPES.get(recipe_name(name_or_arn), Recipe(_arn_of(name_or_arn)))


@dataclass(frozen=True, slots=True)
class UseCase:
    """What a recommender is for; a recipe of a domain.

    :param arn: The ARN of the recipe. In a template, `aws` as its partition stands for the partition of the stack.
    :param domain: The domain. Default: unknown, so that nothing is refused at synth.
    :param capabilities: What can be done with it. Default: unknown, so that nothing is refused at synth.
    """

    arn: str
    domain: Domain | None = None
    capabilities: Capabilities | None = None

    ECOMMERCE_RECOMMENDED_FOR_YOU: ClassVar[UseCase]
    """Items for a user."""
    ECOMMERCE_MOST_VIEWED: ClassVar[UseCase]
    """The items that are viewed most; needs View events."""
    ECOMMERCE_BEST_SELLERS: ClassVar[UseCase]
    """The items that are bought most; needs Purchase events."""
    ECOMMERCE_FREQUENTLY_BOUGHT_TOGETHER: ClassVar[UseCase]
    """What is bought together with an item; needs Purchase events."""
    ECOMMERCE_CUSTOMERS_WHO_VIEWED_X_ALSO_VIEWED: ClassVar[UseCase]
    """What is viewed by those who view an item; needs View events."""
    VIDEO_ON_DEMAND_TOP_PICKS: ClassVar[UseCase]
    """Videos for a user."""
    VIDEO_ON_DEMAND_MOST_POPULAR: ClassVar[UseCase]
    """The videos that are watched most; needs Watch events."""
    VIDEO_ON_DEMAND_TRENDING_NOW: ClassVar[UseCase]
    """The videos whose popularity grows fastest."""
    VIDEO_ON_DEMAND_BECAUSE_YOU_WATCHED_X: ClassVar[UseCase]
    """Videos for a user who watched a video; needs Watch events."""
    VIDEO_ON_DEMAND_MORE_LIKE_X: ClassVar[UseCase]
    """Videos like a video; needs items."""

    @staticmethod
    def of(name_or_arn: str) -> UseCase:
        """Return a use case by the name or ARN of its recipe, one that this version does not know too.

        :param name_or_arn: such as `aws-vod-top-picks`.
        """
        return _USE_CASES.get(recipe_name(name_or_arn), UseCase(_arn_of(name_or_arn)))


def recipe_name(name_or_arn: str) -> str:
    """Return the name of a recipe, given that or an ARN of any partition."""
    match = _ARN.fullmatch(name_or_arn)
    return match[1] if match else name_or_arn


def known_recipes() -> list[str]:
    """Return the names of the recipes that this version knows."""
    return list(_RECIPES)


def known_use_cases() -> list[str]:
    """Return the names of the recipes of the use cases that this version knows."""
    return list(_USE_CASES)


def recipe_arn(scope: Construct, recipe: Recipe | UseCase) -> str:
    """Return the ARN of a recipe in the partition of the stack, a token where the region is not known."""
    if not recipe.arn.startswith(_ARN_PREFIX):
        return recipe.arn
    region = Stack.of(scope).region
    partition = region_info.RegionInfo.get(region).partition if _validation.is_known(region) else None
    return recipe.arn.replace("arn:aws:", f"arn:{partition or Aws.PARTITION}:", 1)


def capabilities_of(trained: Any) -> Capabilities | None:
    """Return what can be done with a solution or a version of one, where it is known at synth."""
    recipe = getattr(trained, "recipe", None)
    return recipe.capabilities if isinstance(recipe, Recipe) else None


def _arn_of(name_or_arn: str) -> str:
    return name_or_arn if name_or_arn.startswith("arn:") else f"{_ARN_PREFIX}{name_or_arn}"


def _recipe(name: str, capabilities: Capabilities) -> Recipe:
    return Recipe(f"{_ARN_PREFIX}{name}", capabilities)


def _use_case(name: str, *, explores: bool = False, items: bool = False) -> UseCase:
    domain = Domain.VIDEO_ON_DEMAND if name.startswith("aws-vod") else Domain.ECOMMERCE
    required = {DatasetType.INTERACTIONS, DatasetType.ITEMS} if items else {DatasetType.INTERACTIONS}
    capabilities = Capabilities(explores=explores, batch_inference=False, serves=False, required=frozenset(required))
    return UseCase(f"{_ARN_PREFIX}{name}", domain, capabilities)


_ITEMS_TOO = frozenset({DatasetType.INTERACTIONS, DatasetType.ITEMS})
_SEGMENTS = Capabilities(metadata=Metadata.NONE, batch_inference=False, batch_segments=True, serves=False)

Recipe.USER_PERSONALIZATION_V2 = _recipe("aws-user-personalization-v2", Capabilities(metadata=Metadata.AUTOMATIC))
Recipe.USER_PERSONALIZATION = _recipe("aws-user-personalization", Capabilities(explores=True))
Recipe.PERSONALIZED_RANKING_V2 = _recipe(
    "aws-personalized-ranking-v2", Capabilities(metadata=Metadata.AUTOMATIC, ranks=True)
)
Recipe.PERSONALIZED_RANKING = _recipe("aws-personalized-ranking", Capabilities(ranks=True))
Recipe.POPULARITY_COUNT = _recipe("aws-popularity-count", Capabilities())
Recipe.TRENDING_NOW = _recipe("aws-trending-now", Capabilities(batch_inference=False))
Recipe.SIMILAR_ITEMS = _recipe("aws-similar-items", Capabilities(themes=True))
Recipe.SIMS = _recipe("aws-sims", Capabilities())
Recipe.SEMANTIC_SIMILARITY = _recipe(
    "aws-semantic-similarity", Capabilities(metadata=Metadata.AUTOMATIC, required=_ITEMS_TOO)
)
Recipe.NEXT_BEST_ACTION = _recipe(
    "aws-next-best-action",
    Capabilities(
        metadata=Metadata.NONE,
        batch_inference=False,
        actions=True,
        required=frozenset({DatasetType.INTERACTIONS, DatasetType.ACTIONS}),
    ),
)
Recipe.ITEM_AFFINITY = _recipe("aws-item-affinity", _SEGMENTS)
Recipe.ITEM_ATTRIBUTE_AFFINITY = _recipe("aws-item-attribute-affinity", _SEGMENTS)

UseCase.ECOMMERCE_RECOMMENDED_FOR_YOU = _use_case("aws-ecomm-recommended-for-you", explores=True)
UseCase.ECOMMERCE_MOST_VIEWED = _use_case("aws-ecomm-popular-items-by-views")
UseCase.ECOMMERCE_BEST_SELLERS = _use_case("aws-ecomm-popular-items-by-purchases")
UseCase.ECOMMERCE_FREQUENTLY_BOUGHT_TOGETHER = _use_case("aws-ecomm-frequently-bought-together")
UseCase.ECOMMERCE_CUSTOMERS_WHO_VIEWED_X_ALSO_VIEWED = _use_case("aws-ecomm-customers-who-viewed-x-also-viewed")
UseCase.VIDEO_ON_DEMAND_TOP_PICKS = _use_case("aws-vod-top-picks", explores=True)
UseCase.VIDEO_ON_DEMAND_MOST_POPULAR = _use_case("aws-vod-most-popular")
UseCase.VIDEO_ON_DEMAND_TRENDING_NOW = _use_case("aws-vod-trending-now")
UseCase.VIDEO_ON_DEMAND_BECAUSE_YOU_WATCHED_X = _use_case("aws-vod-because-you-watched-x")
UseCase.VIDEO_ON_DEMAND_MORE_LIKE_X = _use_case("aws-vod-more-like-x", items=True)

_RECIPES = {recipe_name(each.arn): each for each in vars(Recipe).values() if isinstance(each, Recipe)}
_USE_CASES = {recipe_name(each.arn): each for each in vars(UseCase).values() if isinstance(each, UseCase)}
