"""The runtime and the events API: recommendations out, events and records in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import datasets, recipes
from cdk_personalize.local.errors import in_use, invalid, not_found
from cdk_personalize.local.kind import table_of
from cdk_personalize.local.resource import ACTIVE
from cdk_personalize.local.serving import SCORED, Serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.emulator import World
    from cdk_personalize.local.resource import Resource

    Request = dict[str, Any]
    Answer = dict[str, Any]

_DEFAULT_ITEMS = 25
_MOST_ITEMS = 500
_MOST_ITEMS_WITH_METADATA = 50
_MOST_COLUMNS = 10
_DEFAULT_ACTIONS = 5
_MOST_ACTIONS = 100
_NO_ITEMS = (recipes.PERSONALIZED_RANKING, recipes.PERSONALIZED_ACTIONS, recipes.USER_SEGMENTATION)


def get_recommendations(world: World, request: Request) -> Answer:
    """Answer items for a user, or items that go with an item."""
    resource = _server(world, request)
    serving = serving_of(world, resource)
    if serving.recipe.recipe_type in _NO_ITEMS:
        raise invalid(f"{serving.recipe.name} does not answer GetRecommendations")  # unverified: the words
    user, item = request.get("userId"), request.get("itemId")
    if serving.recipe.needs_user and user is None:
        raise invalid("userId is required")
    if serving.recipe.needs_item and item is None:
        raise invalid("itemId is required")
    columns = _columns(world, resource, serving, request)
    count = _count(request.get("numResults"), _DEFAULT_ITEMS, _MOST_ITEMS_WITH_METADATA if columns else _MOST_ITEMS)
    keep = serving.keeps(request.get("filterArn"), request.get("filterValues", {}), user, item)
    ranked = [each for each in serving.items(user, item) if keep(each[0])]
    promoted: dict[str, str] = {}
    for promotion in request.get("promotions", []):
        ranked, promoted = _promote(serving, promotion, ranked, count, user, item)
    return {
        "itemList": _answered(serving, ranked[:count], columns, promoted),
        "recommendationId": f"RID-{world.mint()}",
    }


def get_personalized_ranking(world: World, request: Request) -> Answer:
    """Answer the given items, the best for a user first."""
    resource = _server(world, request)
    serving = serving_of(world, resource)
    if serving.recipe.recipe_type != recipes.PERSONALIZED_RANKING:
        raise invalid(f"{serving.recipe.name} does not answer GetPersonalizedRanking")  # unverified: the words
    columns = _columns(world, resource, serving, request)
    _count(len(request["inputList"]), _DEFAULT_ITEMS, _MOST_ITEMS_WITH_METADATA if columns else _MOST_ITEMS)
    keep = serving.keeps(request.get("filterArn"), request.get("filterValues", {}), request["userId"], None)
    ranked = [each for each in serving.ranking(request["userId"], request["inputList"]) if keep(each[0])]
    return {
        "personalizedRanking": _answered(serving, ranked, columns, {}),
        "recommendationId": f"RID-{world.mint()}",
    }


def get_action_recommendations(world: World, request: Request) -> Answer:
    """Answer what a user may do next."""
    serving = serving_of(world, _server(world, request))
    if serving.recipe.recipe_type != recipes.PERSONALIZED_ACTIONS:
        raise invalid(f"{serving.recipe.name} does not answer GetActionRecommendations")  # unverified: the words
    if "userId" not in request:
        raise invalid("userId is required")
    count = _count(request.get("numResults"), _DEFAULT_ACTIONS, _MOST_ACTIONS)
    keep = serving.keeps(request.get("filterArn"), request.get("filterValues", {}), request["userId"], None)
    ranked = [each for each in serving.actions(request["userId"]) if keep(each[0])]
    return {
        "actionList": [{"actionId": action, "score": score} for action, score in ranked[:count]],
        "recommendationId": f"RID-{world.mint()}",
    }


def put_events(world: World, request: Request) -> Answer:
    """Record what a user does."""
    tracker = next((each for each in world.all("EventTracker", trackingId=request["trackingId"])), None)
    if tracker is None or tracker.status != ACTIVE:
        raise invalid("The trackingId is not that of an ACTIVE event tracker")  # unverified: the words
    found = world.all("Dataset", datasetGroupArn=tracker.record["datasetGroupArn"], datasetType="INTERACTIONS")
    # Without a dataset the events stay with the tracker, which on AWS brings one of its own.
    target = found[0] if found else tracker
    for event in request["eventList"]:
        target.put_rows.append(
            _properties(world, target, event)
            | {
                "USER_ID": request.get("userId", request["sessionId"]),
                "ITEM_ID": event.get("itemId", ""),
                "TIMESTAMP": str(int(float(event["sentAt"]))),
                "EVENT_TYPE": event["eventType"],
            }
            | ({"EVENT_VALUE": str(event["eventValue"])} if "eventValue" in event else {})
        )
    return {}


def put_action_interactions(world: World, request: Request) -> Answer:
    """Record what users do with actions."""
    found = world.all("Dataset", datasetType="ACTION_INTERACTIONS", trackingId=request["trackingId"])
    if not found:
        raise not_found(request["trackingId"])
    for event in request["actionInteractions"]:
        found[0].put_rows.append(
            _properties(world, found[0], event)
            | {
                "USER_ID": event.get("userId", event["sessionId"]),
                "ACTION_ID": event["actionId"],
                "TIMESTAMP": str(int(float(event["timestamp"]))),
                "EVENT_TYPE": event["eventType"],
            }
        )
    return {}


def put_items(world: World, request: Request) -> Answer:
    """Add items."""
    return _put_records(world, request, "ITEMS", "items", "itemId")


def put_users(world: World, request: Request) -> Answer:
    """Add users."""
    return _put_records(world, request, "USERS", "users", "userId")


def put_actions(world: World, request: Request) -> Answer:
    """Add actions."""
    return _put_records(world, request, "ACTIONS", "actions", "actionId")


OPERATIONS = {
    "GetRecommendations": get_recommendations,
    "GetPersonalizedRanking": get_personalized_ranking,
    "GetActionRecommendations": get_action_recommendations,
    "PutEvents": put_events,
    "PutItems": put_items,
    "PutUsers": put_users,
    "PutActions": put_actions,
    "PutActionInteractions": put_action_interactions,
}


def serving_of(world: World, resource: Resource) -> Serving:
    """Return what a campaign, a recommender or a solution version serves.

    :raises ServiceError: when it serves nothing.
    """
    trained = world.get(resource.record["solutionVersionArn"]) if resource.kind.name == "Campaign" else resource
    if trained.model is None:
        raise not_found(resource.arn)
    return Serving(world, trained.record["datasetGroupArn"], recipes.of(trained.record), trained.model)


def _server(world: World, request: Request) -> Resource:
    arns = [request[member] for member in ("campaignArn", "recommenderArn") if member in request]
    if len(arns) != 1:
        raise invalid("One of campaignArn and recommenderArn is required")  # unverified: that, and the words
    resource = world.get(arns[0], "Recommender" if "recommenderArn" in request else "Campaign")
    if resource.status == "INACTIVE" or resource.status.startswith(("STOP", "START")):
        raise invalid(f"{resource.arn} is {resource.status}")  # unverified: the exception
    if resource.status != ACTIVE:
        raise not_found(resource.arn)  # unverified: the exception while it is created or deleted
    return resource


def _count(wanted: int | None, default: int, most: int) -> int:
    if wanted is not None and wanted > most:
        raise invalid(f"At most {most} results can be asked for, not {wanted}")
    return wanted or default


def _columns(world: World, resource: Resource, serving: Serving, request: Request) -> list[str]:
    columns: list[str] = []
    for name, chosen in request.get("metadataColumns", {}).items():
        config = resource.record.get("campaignConfig") or resource.record.get("recommenderConfig") or {}
        # unverified: the exception, for each of these
        if serving.recipe.metadata != "auto" and not config.get("enableMetadataWithRecommendations"):
            raise invalid(
                f"metadataColumns needs enableMetadataWithRecommendations, which {resource.arn} does not have"
            )
        if name != "ITEMS":
            raise invalid(f"metadataColumns has columns of ITEMS only, not of {name}")
        if len(chosen) > _MOST_COLUMNS:
            raise invalid(f"metadataColumns has at most {_MOST_COLUMNS} columns")
        known = [each for dataset in _items(world, serving.group) for each in _schema(world, dataset)]
        unknown = [each for each in chosen if each not in known]
        if unknown:
            raise invalid(f"The Items dataset has no column {', '.join(unknown)}")
        columns += chosen
    return columns


def _answered(
    serving: Serving, ranked: list[tuple[str, float]], columns: list[str], promoted: Mapping[str, str]
) -> list[dict[str, Any]]:
    answers = []
    rows = table_of(serving.world, serving.group, "ITEMS") if columns else {}
    for item, score in ranked:
        answer: dict[str, Any] = {"itemId": item}
        if item in promoted:
            answer["promotionName"] = promoted[item]
        elif serving.recipe.recipe_type in SCORED:
            answer["score"] = score
        if columns:
            row = rows.get(item, {})
            answer["metadata"] = {column: row[column] for column in columns if row.get(column)}
        answers.append(answer)
    return answers


def _promote(
    serving: Serving,
    promotion: Request,
    ranked: list[tuple[str, float]],
    count: int,
    user: str | None,
    item: str | None,
) -> tuple[list[tuple[str, float]], dict[str, str]]:
    """Put promoted items evenly among the others."""
    keep = serving.keeps(promotion.get("filterArn"), promotion.get("filterValues", {}), user, item)
    wanted = count * promotion.get("percentPromotedItems", 0) // 100
    chosen = [each for each in serving.items(user, item) if keep(each[0])][:wanted]
    names = dict.fromkeys((each[0] for each in chosen), promotion.get("name", ""))
    mixed = [each for each in ranked if each[0] not in names][: count - len(chosen)]
    for number, each in enumerate(chosen):
        mixed.insert(number * count // len(chosen), each)
    return mixed, {each: name for each, name in names.items() if name}


def _put_records(world: World, request: Request, dataset_type: str, member: str, key: str) -> Answer:
    dataset = world.get(request["datasetArn"], "Dataset")
    if dataset.record["datasetType"] != dataset_type:
        raise invalid(f"{dataset.arn} does not hold {dataset_type}")
    if dataset.operation:
        raise in_use(f"{dataset.arn} is {dataset.status}")
    column = datasets.REQUIRED_FIELDS[dataset_type][0]
    rows = [_properties(world, dataset, record) | {column: record[key]} for record in request[member]]
    dataset.put_rows += rows
    return {}


def _properties(world: World, target: Resource, record: Request) -> dict[str, str]:
    """Return a record's properties by the columns that they belong to: `numberOfRatings` to NUMBER_OF_RATINGS."""
    try:
        properties = json.loads(record.get("properties", "{}"))
        given = {name.replace("_", "").lower(): value for name, value in properties.items()}
    except (ValueError, AttributeError) as error:
        raise invalid("properties must be a JSON object") from error
    if target.kind.name != "Dataset":
        return {}
    columns = {column: given.get(column.replace("_", "").lower()) for column in _schema(world, target)}
    # unverified: properties that are no columns; here they are left out
    return {column: "" if value is None else str(value) for column, value in columns.items()}


def _items(world: World, group: str) -> list[Resource]:
    return world.all("Dataset", datasetGroupArn=group, datasetType="ITEMS")


def _schema(world: World, dataset: Resource) -> dict[str, list[str]]:
    return datasets.parse_schema(world.get(dataset.record["schemaArn"], "Schema").record["schema"])
