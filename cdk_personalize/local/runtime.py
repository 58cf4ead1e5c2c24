"""Operations of the runtime API: recommendations, rankings and actions."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import recipes
from cdk_personalize.local.errors import invalid, not_found
from cdk_personalize.local.resource import ACTIVE, INACTIVE
from cdk_personalize.local.serving import serving_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cdk_personalize.local.registry import ResourceRegistry
    from cdk_personalize.local.resource import EmulatedResource
    from cdk_personalize.local.serving import Scored, Serving

    Request = dict[str, Any]
    Answer = dict[str, Any]

_DEFAULT_ITEMS = 25
_MAX_ITEMS = 500
_MAX_ITEMS_WITH_METADATA = 50
_MAX_COLUMNS = 10
_DEFAULT_ACTIONS = 5
_MAX_ACTIONS = 100
_WITHOUT_RECOMMENDATIONS = (recipes.PERSONALIZED_RANKING, recipes.PERSONALIZED_ACTIONS, recipes.USER_SEGMENTATION)
_answer_numbers = itertools.count()


@dataclass(frozen=True)
class RecommendedItem:
    """An item in the response of a runtime operation."""

    item: str
    score: float | None = None
    promotion: str = ""


def get_recommendations(registry: ResourceRegistry, request: Request) -> Answer:
    """Return recommended items for a user, or items related to an item."""
    resource = _served_resource(registry, request)
    serving = serving_of(registry, resource)
    if serving.recipe.recipe_type in _WITHOUT_RECOMMENDATIONS:
        raise invalid(f"{serving.recipe.name} does not support GetRecommendations")  # unverified: the wording
    user, item = request.get("userId"), request.get("itemId")
    if serving.recipe.needs_user and user is None:
        raise invalid("userId is required")
    if serving.recipe.needs_item and item is None:
        raise invalid("itemId is required")
    columns = _metadata_columns(registry, resource, serving, request)
    count = _count(request.get("numResults"), _DEFAULT_ITEMS, _MAX_ITEMS_WITH_METADATA if columns else _MAX_ITEMS)
    chosen = registry.emulator.fixed_answers.find(resource.arn, request)
    if chosen is None:
        items = _recommended(serving, request, count)
    else:
        items = [RecommendedItem(each) for each in chosen[:count]]
    return {"itemList": _described_items(serving, items, columns), "recommendationId": _recommendation_id(resource)}


def get_personalized_ranking(registry: ResourceRegistry, request: Request) -> Answer:
    """Return the items of the request, ranked for a user."""
    resource = _served_resource(registry, request)
    serving = serving_of(registry, resource)
    if serving.recipe.recipe_type != recipes.PERSONALIZED_RANKING:
        raise invalid(f"{serving.recipe.name} does not support GetPersonalizedRanking")  # unverified: the wording
    columns = _metadata_columns(registry, resource, serving, request)
    _count(len(request["inputList"]), _DEFAULT_ITEMS, _MAX_ITEMS_WITH_METADATA if columns else _MAX_ITEMS)
    chosen = registry.emulator.fixed_answers.find(resource.arn, request)
    if chosen is None:
        ranked = _filtered(serving, request, serving.ranking(request["userId"], request["inputList"]))
        items = _scored_items(serving, ranked)
    else:
        items = [RecommendedItem(each) for each in chosen]
    answered = _described_items(serving, items, columns)
    return {"personalizedRanking": answered, "recommendationId": _recommendation_id(resource)}


def get_action_recommendations(registry: ResourceRegistry, request: Request) -> Answer:
    """Return the next best actions for a user."""
    resource = _served_resource(registry, request)
    serving = serving_of(registry, resource)
    if serving.recipe.recipe_type != recipes.PERSONALIZED_ACTIONS:
        raise invalid(f"{serving.recipe.name} does not support GetActionRecommendations")  # unverified: the wording
    if "userId" not in request:
        raise invalid("userId is required")
    count = _count(request.get("numResults"), _DEFAULT_ACTIONS, _MAX_ACTIONS)
    chosen = registry.emulator.fixed_answers.find(resource.arn, request)
    if chosen is None:
        ranked = itertools.islice(_filtered(serving, request, serving.actions(request["userId"])), count)
        actions: list[dict[str, Any]] = [{"actionId": action, "score": score} for action, score in ranked]
    else:
        actions = [{"actionId": action} for action in chosen[:count]]
    return {"actionList": actions, "recommendationId": _recommendation_id(resource)}


OPERATIONS = {
    "GetRecommendations": get_recommendations,
    "GetPersonalizedRanking": get_personalized_ranking,
    "GetActionRecommendations": get_action_recommendations,
}


def _served_resource(registry: ResourceRegistry, request: Request) -> EmulatedResource:
    """Return the campaign or the recommender of a request.

    :raises ServiceError: if it does not exist or is not ACTIVE.
    """
    arns = [request[member] for member in ("campaignArn", "recommenderArn") if member in request]
    if len(arns) != 1:
        raise invalid("One of campaignArn and recommenderArn is required")  # unverified: the rule and its wording
    resource = registry.get(arns[0], "Recommender" if "recommenderArn" in request else "Campaign")
    if resource.status == INACTIVE or resource.status.startswith(("STOP", "START")):
        raise invalid(f"{resource.arn} is {resource.status}")  # unverified: the exception type
    if resource.status != ACTIVE:
        raise not_found(resource.arn)  # unverified: the exception type during a creation or a deletion
    return resource


def _count(requested: int | None, default: int, most: int) -> int:
    if requested is not None and requested > most:
        raise invalid(f"At most {most} results can be requested, not {requested}")
    return requested or default


def _metadata_columns(
    registry: ResourceRegistry, resource: EmulatedResource, serving: Serving, request: Request
) -> list[str]:
    """Return the requested columns of the Items dataset, as the schema spells them.

    :raises ServiceError: InvalidInputException, if the resource cannot return them. unverified: the exception type.
    """
    columns: list[str] = []
    for name, chosen in request.get("metadataColumns", {}).items():
        config = resource.record.get("campaignConfig") or resource.record.get("recommenderConfig") or {}
        if serving.recipe.metadata != "auto" and not config.get("enableMetadataWithRecommendations"):
            raise invalid(
                f"metadataColumns needs enableMetadataWithRecommendations, which {resource.arn} does not have"
            )
        if name.upper() != "ITEMS":
            raise invalid(f"metadataColumns has columns of ITEMS only, not of {name}")
        if len(chosen) > _MAX_COLUMNS:
            raise invalid(f"metadataColumns has at most {_MAX_COLUMNS} columns")
        datasets = registry.all("Dataset", datasetGroupArn=serving.group, datasetType="ITEMS")
        known = {column.upper(): column for dataset in datasets for column in registry.schema_of(dataset)}
        unknown = [each for each in chosen if each.upper() not in known]
        if unknown:
            raise invalid(f"The Items dataset has no column {', '.join(unknown)}")
        columns += [known[each.upper()] for each in chosen]
    return columns


def _recommended(serving: Serving, request: Request, count: int) -> list[RecommendedItem]:
    ranked = _filtered(serving, request, serving.items(request.get("userId"), request.get("itemId")))
    items = _scored_items(serving, itertools.islice(ranked, count))
    for promotion in request.get("promotions", []):
        items = _promote(serving, promotion, request, items, count)
    return items


def _filtered(serving: Serving, request: Request, ranked: Sequence[Scored]) -> Iterator[Scored]:
    passes = _filter(serving, request, request)
    return (each for each in ranked if passes(each[0]))


def _filter(serving: Serving, filtering: Request, request: Request) -> Callable[[str], bool]:
    values = filtering.get("filterValues", {})
    return serving.passes(filtering.get("filterArn"), values, request.get("userId"), request.get("itemId"))


def _scored_items(serving: Serving, ranked: Iterable[Scored]) -> list[RecommendedItem]:
    return [RecommendedItem(item, score if serving.has_score(item) else None) for item, score in ranked]


def _promote(
    serving: Serving, promotion: Request, request: Request, items: list[RecommendedItem], count: int
) -> list[RecommendedItem]:
    """Return the items, with promoted items distributed evenly among them."""
    passes = _filter(serving, promotion, request)
    promoted_count = count * promotion.get("percentPromotedItems", 0) // 100
    ranked = serving.items(request.get("userId"), request.get("itemId"))
    chosen = [
        RecommendedItem(item, score if serving.recipe.scored else None, promotion.get("name", ""))
        for item, score in itertools.islice((each for each in ranked if passes(each[0])), promoted_count)
    ]
    promoted = {each.item for each in chosen}
    mixed = [each for each in items if each.item not in promoted][: count - len(chosen)]
    for number, each in enumerate(chosen):
        mixed.insert(number * count // len(chosen), each)
    return mixed


def _described_items(serving: Serving, items: Iterable[RecommendedItem], columns: list[str]) -> list[dict[str, Any]]:
    table = serving.data.table("ITEMS") if columns else {}
    described = []
    for each in items:
        answer: dict[str, Any] = {"itemId": each.item}
        if each.score is not None:
            answer["score"] = each.score
        if each.promotion:
            answer["promotionName"] = each.promotion
        if columns:
            row = table.get(each.item, {})
            # AWS returns the names of the columns in lower case.
            answer["metadata"] = {column.lower(): row[column] for column in columns if row.get(column)}
        described.append(answer)
    return described


def _recommendation_id(resource: EmulatedResource) -> str:
    """Return an ID in the form of the service, with digits derived from the resource."""
    digits = hashlib.sha256(f"{resource.arn}/{next(_answer_numbers)}".encode()).hexdigest()
    answer = "-".join((digits[:2], digits[2:6], digits[6:10], digits[10:22]))
    return f"RID-{answer}-CID-{hashlib.sha256(resource.arn.encode()).hexdigest()[:6]}"
