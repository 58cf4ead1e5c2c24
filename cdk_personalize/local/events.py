"""The events API: events and records that come one by one."""

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
    """Record interactions."""
    tracker = next((each for each in registry.all("EventTracker", trackingId=request["trackingId"])), None)
    if tracker is None or tracker.status != ACTIVE:
        raise invalid("The trackingId is not that of an ACTIVE event tracker")  # unverified: the words
    group = tracker.record["datasetGroupArn"]
    found = registry.all("Dataset", datasetGroupArn=group, datasetType="INTERACTIONS")
    # Without a dataset the events stay with the tracker, which on AWS brings a dataset of its own.
    target = found[0] if found else tracker
    rows = [_interaction(registry, target, request, event) for event in request["eventList"]]
    _add_rows(registry, target, rows)
    return {}


def put_action_interactions(registry: ResourceRegistry, request: Request) -> Answer:
    """Record interactions with actions."""
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
    """Add items."""
    return _put_records(registry, request, "ITEMS", "items", "itemId")


def put_users(registry: ResourceRegistry, request: Request) -> Answer:
    """Add users."""
    return _put_records(registry, request, "USERS", "users", "userId")


def put_actions(registry: ResourceRegistry, request: Request) -> Answer:
    """Add actions."""
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
    # An itemId among the properties is the item, as the guide's examples have it.
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
    """Return a record's properties by name, in lower case without underscores."""
    try:
        properties = strict_json.loads(record.get("properties", "{}"))
        return {name.replace("_", "").lower(): value for name, value in properties.items()}
    except (ValueError, AttributeError) as error:
        raise invalid("properties must be a JSON object") from error


def _columns(registry: ResourceRegistry, target: EmulatedResource, properties: dict[str, Any]) -> dict[str, str]:
    """Return the properties by column: `numberOfRatings` to NUMBER_OF_RATINGS."""
    if target.kind.name != "Dataset":
        return {}
    columns = {column: properties.get(column.replace("_", "").lower()) for column in registry.schema_of(target)}
    # unverified: properties that are no columns; here they are left out
    return {column: "" if value is None else str(value) for column, value in columns.items()}
