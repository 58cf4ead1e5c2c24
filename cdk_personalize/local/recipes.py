"""The recipes and domain use cases that the service offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk_personalize.local.errors import not_found
from cdk_personalize.local.pagination import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.registry import ResourceRegistry

    Request = dict[str, Any]
    Answer = dict[str, Any]

_RELEASED = 1_700_000_000.0
_PAGE_SIZE = 20
"""Number of recipes on a page. unverified: the number; by recorded responses it is from 11 to 20."""
USER_PERSONALIZATION = "USER_PERSONALIZATION"
RELATED_ITEMS = "RELATED_ITEMS"
PERSONALIZED_RANKING = "PERSONALIZED_RANKING"
POPULAR_ITEMS = "POPULAR_ITEMS"
USER_SEGMENTATION = "USER_SEGMENTATION"
PERSONALIZED_ACTIONS = "PERSONALIZED_ACTIONS"
_SCORED_TYPES = frozenset({USER_PERSONALIZATION, PERSONALIZED_RANKING, PERSONALIZED_ACTIONS})


@dataclass(frozen=True, kw_only=True)
class EmulatedRecipe:
    """The capabilities of one recipe."""

    name: str
    recipe_type: str
    domain: str | None = None
    metadata: str = "flag"
    """Whether recommendations have item metadata: always (`auto`), if the flag is set (`flag`), or never (`none`)."""
    batch: bool = True
    themes: bool = False
    explores: bool = False
    needs_user: bool = False
    needs_item: bool = False
    needs_items: bool = False
    """Whether a training requires an Items dataset."""
    listed: bool = True
    """Whether ListRecipes returns the recipe. It does not return the legacy HRNN recipes."""
    event_type: str | None = None
    """The event type that a use case trains on. None: all event types."""

    @property
    def scored(self) -> bool:
        """Whether recommendations have scores.

        Those of the use case "Recommended for you" have none. unverified: the same for all other use cases.
        """
        return self.domain is None and self.recipe_type in _SCORED_TYPES

    @property
    def arn(self) -> str:
        """ARN of the recipe, which has neither region nor account."""
        return f"arn:aws:personalize:::recipe/{self.name}"

    def describe(self) -> dict[str, Any]:
        """Return the description of the recipe, as DescribeRecipe returns it."""
        return {
            "name": self.name,
            "recipeArn": self.arn,
            "algorithmArn": f"arn:aws:personalize:::algorithm/{self.name}",
            "featureTransformationArn": f"arn:aws:personalize:::feature-transformation/{self.name}",
            "status": "ACTIVE",
            "description": f"{self.recipe_type} recipe {self.name}",
            "creationDateTime": _RELEASED,
            "recipeType": self.recipe_type,
            "lastUpdatedDateTime": _RELEASED,
        }

    def summary(self) -> dict[str, Any]:
        """Return the summary of the recipe, as ListRecipes returns it."""
        names = ("name", "recipeArn", "status", "creationDateTime", "lastUpdatedDateTime")
        summary = {name: value for name, value in self.describe().items() if name in names}
        return summary | ({"domain": self.domain} if self.domain else {})


def _custom(name: str, recipe_type: str, **capabilities: Any) -> EmulatedRecipe:
    return EmulatedRecipe(name=name, recipe_type=recipe_type, **capabilities)


def _use_case(name: str, recipe_type: str, *, item: bool, user: bool, **capabilities: Any) -> EmulatedRecipe:
    domain = "VIDEO_ON_DEMAND" if name.startswith("aws-vod") else "ECOMMERCE"
    return EmulatedRecipe(
        name=name,
        recipe_type=recipe_type,
        domain=domain,
        batch=False,
        needs_item=item,
        needs_user=user,
        **capabilities,
    )


RECIPES: Mapping[str, EmulatedRecipe] = {
    recipe.arn: recipe
    for recipe in (
        _custom("aws-user-personalization-v2", USER_PERSONALIZATION, metadata="auto", needs_user=True),
        _custom("aws-user-personalization", USER_PERSONALIZATION, explores=True, needs_user=True),
        _custom("aws-personalized-ranking-v2", PERSONALIZED_RANKING, metadata="auto", needs_user=True),
        _custom("aws-personalized-ranking", PERSONALIZED_RANKING, needs_user=True),
        _custom("aws-popularity-count", POPULAR_ITEMS),
        _custom("aws-trending-now", POPULAR_ITEMS, batch=False),
        _custom("aws-similar-items", RELATED_ITEMS, themes=True, needs_item=True),
        _custom("aws-sims", RELATED_ITEMS, needs_item=True),
        _custom("aws-semantic-similarity", RELATED_ITEMS, metadata="auto", needs_item=True),
        _custom("aws-next-best-action", PERSONALIZED_ACTIONS, metadata="none", batch=False, needs_user=True),
        _custom("aws-item-affinity", USER_SEGMENTATION, metadata="none", batch=False),
        _custom("aws-item-attribute-affinity", USER_SEGMENTATION, metadata="none", batch=False),
        _custom("aws-hrnn", USER_PERSONALIZATION, needs_user=True, listed=False),
        _custom("aws-hrnn-metadata", USER_PERSONALIZATION, needs_user=True, listed=False),
        _custom("aws-hrnn-coldstart", USER_PERSONALIZATION, needs_user=True, listed=False),
        _use_case("aws-vod-because-you-watched-x", RELATED_ITEMS, item=True, user=True, event_type="Watch"),
        _use_case("aws-vod-more-like-x", RELATED_ITEMS, item=True, user=True, needs_items=True),
        _use_case("aws-vod-most-popular", POPULAR_ITEMS, item=False, user=True, event_type="Watch"),
        _use_case("aws-vod-trending-now", POPULAR_ITEMS, item=False, user=False),
        _use_case("aws-vod-top-picks", USER_PERSONALIZATION, item=False, user=True, explores=True),
        _use_case("aws-ecomm-popular-items-by-views", POPULAR_ITEMS, item=False, user=True, event_type="View"),
        _use_case("aws-ecomm-popular-items-by-purchases", POPULAR_ITEMS, item=False, user=True, event_type="Purchase"),
        _use_case("aws-ecomm-frequently-bought-together", RELATED_ITEMS, item=True, user=False, event_type="Purchase"),
        _use_case(
            "aws-ecomm-customers-who-viewed-x-also-viewed", RELATED_ITEMS, item=True, user=True, event_type="View"
        ),
        _use_case("aws-ecomm-recommended-for-you", USER_PERSONALIZATION, item=False, user=True, explores=True),
    )
}


_AUTOMATIC = EmulatedRecipe(name="performAutoML", recipe_type=USER_PERSONALIZATION, needs_user=True)
"""Substitute for the recipe that performAutoML would choose."""


def of(record: Mapping[str, Any]) -> EmulatedRecipe:
    """Return the recipe of a solution version or a recommender.

    :param record: the record of the solution version or recommender.
    """
    return RECIPES.get(record.get("recipeArn", ""), _AUTOMATIC)


def list_recipes(_registry: ResourceRegistry, request: Request) -> Answer:
    """Return a page of recipes, of one domain if the request names a domain.

    Recorded responses of AWS: two pages contained 21 recipes, and the page of a domain with 5 recipes had a token for
    the next page. Therefore AWS divides the recipes into pages first, and then removes those of other domains.
    """
    domain = request.get("domain")
    listed = sorted((each for each in RECIPES.values() if each.listed), key=lambda each: each.name)
    answer = page("ListRecipes", "recipes", listed, {"maxResults": _PAGE_SIZE, **request})
    found = [each.summary() for each in answer["recipes"] if domain in (None, each.domain)]
    return {**answer, "recipes": found}


def describe_recipe(_registry: ResourceRegistry, request: Request) -> Answer:
    """Return the description of the requested recipe."""
    return {"recipe": _existing(request["recipeArn"]).describe()}


def describe_algorithm(_registry: ResourceRegistry, request: Request) -> Answer:
    """Return the description of a recipe's algorithm."""
    arn = request["algorithmArn"]
    recipe = _existing(arn.replace(":algorithm/", ":recipe/"))
    times = {"creationDateTime": _RELEASED, "lastUpdatedDateTime": _RELEASED}
    return {"algorithm": {"name": recipe.name, "algorithmArn": arn, **times}}


def describe_feature_transformation(_registry: ResourceRegistry, request: Request) -> Answer:
    """Return the description of a recipe's feature transformation."""
    arn = request["featureTransformationArn"]
    recipe = _existing(arn.replace(":feature-transformation/", ":recipe/"))
    times = {"creationDateTime": _RELEASED, "lastUpdatedDateTime": _RELEASED}
    description = {"name": recipe.name, "featureTransformationArn": arn, "status": "ACTIVE", **times}
    return {"featureTransformation": description}


def _existing(arn: str) -> EmulatedRecipe:
    if arn not in RECIPES:
        raise not_found(arn)
    return RECIPES[arn]


OPERATIONS = {
    "ListRecipes": list_recipes,
    "DescribeRecipe": describe_recipe,
    "DescribeAlgorithm": describe_algorithm,
    "DescribeFeatureTransformation": describe_feature_transformation,
}
