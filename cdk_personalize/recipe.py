"""Recipes, use cases and domains, and their capabilities.

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
    """The domain of a dataset group, which determines its use cases."""

    ECOMMERCE = "ECOMMERCE"
    """Online shops."""
    VIDEO_ON_DEMAND = "VIDEO_ON_DEMAND"
    """Streaming of videos on demand."""


class Metadata(Enum):
    """Whether recommendations include item metadata."""

    AUTOMATIC = "AUTOMATIC"
    """Recommendations always include item metadata."""
    BY_FLAG = "BY_FLAG"
    """Recommendations include item metadata if `enable_metadata_with_recommendations` is true."""
    NONE = "NONE"
    """Recommendations never include item metadata."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """The capabilities of a recipe or a use case.

    :param metadata: Whether recommendations include item metadata.
    :param explores: Whether the recipe supports `item_exploration`.
    :param batch_inference: Whether the recipe supports batch inference jobs.
    :param themes: Whether batch inference jobs can generate themes.
    :param batch_segments: Whether the recipe supports batch segment jobs.
    :param actions: Whether the recipe recommends actions instead of items.
    :param ranks: Whether the recipe ranks the items that a request contains.
    :param serves: Whether campaigns support the recipe.
    :param required: The dataset types that training requires.
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
    """A recipe, which trains a solution.

    :param arn: The ARN. In a template, the partition `aws` is replaced by the partition of the stack.
    :param capabilities: The capabilities. Default: unknown, so that no checks run at synthesis.
    """

    arn: str
    capabilities: Capabilities | None = None

    USER_PERSONALIZATION_V2: ClassVar[Recipe]
    """Items for a user (User-Personalization-v2), with up to 5 million items."""
    USER_PERSONALIZATION: ClassVar[Recipe]
    """Items for a user (User-Personalization), with configurable exploration."""
    PERSONALIZED_RANKING_V2: ClassVar[Recipe]
    """A ranked list of given items for a user (Personalized-Ranking-v2), with up to 5 million items."""
    PERSONALIZED_RANKING: ClassVar[Recipe]
    """A ranked list of given items for a user (Personalized-Ranking)."""
    POPULARITY_COUNT: ClassVar[Recipe]
    """The most popular items, the same for all users (Popularity-Count)."""
    TRENDING_NOW: ClassVar[Recipe]
    """The items with the fastest growing popularity (Trending-Now)."""
    SIMILAR_ITEMS: ClassVar[Recipe]
    """Items similar to an item, by interactions and metadata (Similar-Items). Supports themes in batch jobs."""
    SIMS: ClassVar[Recipe]
    """Items similar to an item, by interactions only (SIMS)."""
    SEMANTIC_SIMILARITY: ClassVar[Recipe]
    """Items similar to an item, by the meaning of their text (Semantic-Similarity)."""
    NEXT_BEST_ACTION: ClassVar[Recipe]
    """Actions for a user, in custom dataset groups (Next-Best-Action)."""
    ITEM_AFFINITY: ClassVar[Recipe]
    """Users with affinity to an item, in batch segment jobs (Item-Affinity)."""
    ITEM_ATTRIBUTE_AFFINITY: ClassVar[Recipe]
    """Users with affinity to an item attribute, in batch segment jobs (Item-Attribute-Affinity)."""

    @staticmethod
    def of(name_or_arn: str) -> Recipe:
        """Return a recipe by its name or ARN, even if this version does not list it.

        :param name_or_arn: The name, such as `aws-similar-items`, or the ARN.
        """
        return _RECIPES.get(recipe_name(name_or_arn), Recipe(_arn_of(name_or_arn)))


@dataclass(frozen=True, slots=True)
class UseCase:
    """A use case of a domain, which a recommender serves.

    :param arn: The ARN of the recipe. In a template, the partition `aws` is replaced by the partition of the stack.
    :param domain: The domain. Default: unknown, so that no checks run at synthesis.
    :param capabilities: The capabilities. Default: unknown, so that no checks run at synthesis.
    """

    arn: str
    domain: Domain | None = None
    capabilities: Capabilities | None = None

    ECOMMERCE_RECOMMENDED_FOR_YOU: ClassVar[UseCase]
    """Items recommended for a user."""
    ECOMMERCE_MOST_VIEWED: ClassVar[UseCase]
    """The most viewed items. Requires View events."""
    ECOMMERCE_BEST_SELLERS: ClassVar[UseCase]
    """The most purchased items. Requires Purchase events."""
    ECOMMERCE_FREQUENTLY_BOUGHT_TOGETHER: ClassVar[UseCase]
    """Items frequently bought together with an item. Requires Purchase events."""
    ECOMMERCE_CUSTOMERS_WHO_VIEWED_X_ALSO_VIEWED: ClassVar[UseCase]
    """Items that viewers of an item also viewed. Requires View events."""
    VIDEO_ON_DEMAND_TOP_PICKS: ClassVar[UseCase]
    """Top picks for a user."""
    VIDEO_ON_DEMAND_MOST_POPULAR: ClassVar[UseCase]
    """The most watched videos. Requires Watch events."""
    VIDEO_ON_DEMAND_TRENDING_NOW: ClassVar[UseCase]
    """The videos with the fastest growing popularity."""
    VIDEO_ON_DEMAND_BECAUSE_YOU_WATCHED_X: ClassVar[UseCase]
    """Videos for a user because they watched a video. Requires Watch events."""
    VIDEO_ON_DEMAND_MORE_LIKE_X: ClassVar[UseCase]
    """Videos similar to a video. Requires an Items dataset."""

    @staticmethod
    def of(name_or_arn: str) -> UseCase:
        """Return a use case by name or ARN, even if this version does not list it.

        :param name_or_arn: The name of its recipe, such as `aws-vod-top-picks`, or the ARN of its recipe.
        """
        return _USE_CASES.get(recipe_name(name_or_arn), UseCase(_arn_of(name_or_arn)))


def recipe_name(name_or_arn: str) -> str:
    """Return the name of a recipe, from its name or from its ARN in any partition."""
    match = _ARN.fullmatch(name_or_arn)
    return match[1] if match else name_or_arn


def known_recipes() -> list[str]:
    """Return the names of all recipes in this version."""
    return list(_RECIPES)


def known_use_cases() -> list[str]:
    """Return the recipe names of all use cases in this version."""
    return list(_USE_CASES)


def recipe_arn(scope: Construct, recipe: Recipe | UseCase) -> str:
    """Return the ARN of a recipe in the partition of the stack.

    It is a token if the region is unknown.
    """
    if not recipe.arn.startswith(_ARN_PREFIX):
        return recipe.arn
    region = Stack.of(scope).region
    partition = region_info.RegionInfo.get(region).partition if _validation.is_known(region) else None
    return recipe.arn.replace("arn:aws:", f"arn:{partition or Aws.PARTITION}:", 1)


def capabilities_of(trained: Any) -> Capabilities | None:
    """Return the capabilities of a solution or solution version, if known."""
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
