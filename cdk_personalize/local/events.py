"""Operations of the events API, such as PutEvents and PutItems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize.local import schemas, strict_json
from cdk_personalize.local.errors import in_use, invalid, not_found
from cdk_personalize.local.resource import ACTIVE

if TYPE_CHECKING:
    from cdk_personalize.local.registry import ResourceRegistry
    from cdk_personalize.local.resource import EmulatedResource

    Request = dict[str, Any]
    Answer = dict[str, Any]


def put_events(registry: ResourceRegistry, request: Request) -> Answer:
    """Record interactions of a user with items."""
    tracker = next((each for each in registry.all("EventTracker", trackingId=request["trackingId"])), None)
    if tracker is None or tracker.status != ACTIVE:
        raise invalid("The trackingId is not that of an ACTIVE event tracker")  # unverified: the wording
    group = tracker.record["datasetGroupArn"]
    found = registry.all("Dataset", datasetGroupArn=group, datasetType="INTERACTIONS")
    # Without an Interactions dataset, the tracker stores the events. On AWS, a tracker then has its own dataset.
    target = found[0] if found else tracker
    rows = [_interaction(registry, target, request, event) for event in request["eventList"]]
    _add_rows(registry, target, rows)
    return {}


def put_action_interactions(registry: ResourceRegistry, request: Request) -> Answer:
    """Record interactions of users with actions."""
    found = registry.all("Dataset", datasetType="ACTION_INTERACTIONS", trackingId=request["trackingId"])
    if not found:
        raise not_found(request["trackingId"])
    rows = [
        _columns(registry, found[0], _properties(event))
        | {
            "USER_ID": event.get("userId", event["sessionId"]),
            "ACTION_ID": event["actionId"],
            "TIMESTAMP": str(int(event["timestamp"])),
            "EVENT_TYPE": event["eventType"],
        }
        for event in request["actionInteractions"]
    ]
    _add_rows(registry, found[0], rows)
    return {}


def put_items(registry: ResourceRegistry, request: Request) -> Answer:
    """Add items to an Items dataset."""
    return _put_records(registry, request, "ITEMS", "items", "itemId")


def put_users(registry: ResourceRegistry, request: Request) -> Answer:
    """Add users to a Users dataset."""
    return _put_records(registry, request, "USERS", "users", "userId")


def put_actions(registry: ResourceRegistry, request: Request) -> Answer:
    """Add actions to an Actions dataset."""
    return _put_records(registry, request, "ACTIONS", "actions", "actionId")


OPERATIONS = {
    "PutEvents": put_events,
    "PutItems": put_items,
    "PutUsers": put_users,
    "PutActions": put_actions,
    "PutActionInteractions": put_action_interactions,
}


def _interaction(
    registry: ResourceRegistry, target: EmulatedResource, request: Request, event: Request
) -> dict[str, str]:
    properties = _properties(event)
    # In the examples of the developer guide, the item ID is one of the properties.
    item = event.get("itemId", properties.get("itemid", ""))
    value = {"EVENT_VALUE": str(event["eventValue"])} if "eventValue" in event else {}
    return {
        **_columns(registry, target, properties),
        "USER_ID": request.get("userId", request["sessionId"]),
        "ITEM_ID": str(item),
        "TIMESTAMP": str(int(event["sentAt"])),
        "EVENT_TYPE": event["eventType"],
        **value,
    }


def _put_records(registry: ResourceRegistry, request: Request, dataset_type: str, member: str, key: str) -> Answer:
    dataset = registry.get(request["datasetArn"], "Dataset")
    if dataset.record["datasetType"] != dataset_type:
        raise invalid(f"{dataset.arn} does not hold {dataset_type}")
    if dataset.operation:
        raise in_use(f"{dataset.arn} is {dataset.status}")
    column = schemas.REQUIRED_FIELDS[dataset_type][0]
    rows = [_columns(registry, dataset, _properties(record)) | {column: record[key]} for record in request[member]]
    _add_rows(registry, dataset, rows)
    return {}


def _add_rows(registry: ResourceRegistry, target: EmulatedResource, rows: list[dict[str, str]]) -> None:
    target.put_rows += rows
    registry.discard_indexes()


def _properties(record: Request) -> dict[str, Any]:
    """Return the properties of a record, with names in lower case, no underscores."""
    try:
        properties = strict_json.loads(record.get("properties", "{}"))
        return {name.replace("_", "").lower(): value for name, value in properties.items()}
    except (ValueError, AttributeError) as error:
        raise invalid("properties must be a JSON object") from error


def _columns(registry: ResourceRegistry, target: EmulatedResource, properties: dict[str, Any]) -> dict[str, str]:
    """Return values by column: `numberOfRatings` is the column NUMBER_OF_RATINGS."""
    if target.kind.name != "Dataset":
        return {}
    columns = {column: properties.get(column.replace("_", "").lower()) for column in registry.schema_of(target)}
    # unverified: the effect of a property without a column; here it is ignored
    return {column: "" if value is None else str(value) for column, value in columns.items()}
