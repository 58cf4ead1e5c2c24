"""What the service reads of a user's data: Avro schemas, CSV files, and the rows that an import leaves."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from cdk_personalize.local.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Row = Mapping[str, str]

REQUIRED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "INTERACTIONS": ("USER_ID", "ITEM_ID", "TIMESTAMP"),
    "ITEMS": ("ITEM_ID",),
    "USERS": ("USER_ID",),
    "ACTIONS": ("ACTION_ID",),
    "ACTION_INTERACTIONS": ("USER_ID", "ACTION_ID", "TIMESTAMP", "EVENT_TYPE"),
}
_WITH_METADATA = frozenset({"ITEMS", "USERS"})
_MOST_METADATA: Mapping[str, int] = {"ITEMS": 100, "USERS": 25, "ACTIONS": 10}
_WHOLE_NUMBERS = frozenset({"int", "long"})
_NUMBERS = frozenset({"float", "double"})

FEWEST_INTERACTIONS = 1000
FEWEST_USERS = 25
FEWEST_INTERACTIONS_OF_A_USER = 2


def parse_schema(schema: str) -> dict[str, list[str]]:
    """Return the fields of an Avro schema, each with its types.

    :raises ServiceError: InvalidInputException, when it is not a schema that Personalize takes.
    """
    # unverified: the words for a schema that is not one
    try:
        record = json.loads(schema)
        if record["type"] != "record" or not record["name"]:
            raise invalid("The schema must be an Avro record with a name")
        fields = {field["name"]: _types(field["type"]) for field in record["fields"]}
    except (ValueError, KeyError, TypeError) as error:
        raise invalid(f"Input schema is not a valid Avro schema: {error}") from error
    if not fields:
        raise invalid("The schema has no fields")
    return fields


def textual_fields(schema: str) -> list[str]:
    """Return the fields of a schema that hold texts, as themes need them."""
    return [field["name"] for field in json.loads(schema)["fields"] if field.get("textual")]


def check_schema(fields: Mapping[str, Sequence[str]], dataset_type: str) -> None:
    """Check that a schema fits a type of dataset.

    :raises ServiceError: InvalidInputException, when it does not.
    """
    required = REQUIRED_FIELDS[dataset_type]
    missing = [name for name in required if name not in fields]
    if missing:
        raise invalid(f"The schema of an {dataset_type} dataset is missing the required fields: {missing}")
    if len(fields) - len(required) > _MOST_METADATA.get(dataset_type, len(fields)):
        # unverified: the exception
        raise invalid(f"An {dataset_type} dataset has at most {_MOST_METADATA[dataset_type]} metadata fields")
    if dataset_type in _WITH_METADATA and len(fields) == len(required):
        raise invalid(f"The schema of an {dataset_type} dataset needs at least one metadata field")


def read_csv(body: bytes, fields: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Return the rows of a CSV file.

    :raises ValueError: in the service's words, when the file does not fit the schema.
    """
    try:
        return _rows(body, fields)
    except csv.Error as error:
        raise ValueError(f"Input CSV cannot be read: {error}.") from error  # unverified: the words


def _rows(body: bytes, fields: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    columns = reader.fieldnames or []
    missing = sorted(name for name, types in fields.items() if name not in columns and "null" not in types)
    if missing:
        raise ValueError(f"Input CSV is missing the following columns:[{', '.join(missing)}].")
    rows = []
    for number, row in enumerate(reader, start=2):
        for name, types in fields.items():
            _check_value(name, row.get(name) or "", types, number)
        rows.append({name: row.get(name) or "" for name in fields})
    if not rows:
        raise ValueError("Input CSV has no rows.")  # unverified: the words
    return rows


def write_csv(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Return a CSV file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def of_event_type(interactions: Iterable[Row], event_type: str | None) -> list[Row]:
    """Return the interactions of one type, or all of them."""
    return [row for row in interactions if event_type is None or row.get("EVENT_TYPE") == event_type]


def check_enough(interactions: Iterable[Row], event_type: str | None = None) -> str | None:
    """Return why a model cannot be trained on these interactions (of one type, if given), or None if it can."""
    rows = list(interactions)
    users = Counter(row["USER_ID"] for row in rows)
    frequent = sum(count >= FEWEST_INTERACTIONS_OF_A_USER for count in users.values())
    if event_type and len(rows) < FEWEST_INTERACTIONS:
        return f"Dataset has fewer than {FEWEST_INTERACTIONS} interactions after filtering by event type: {event_type}"
    if frequent < FEWEST_USERS:
        return (
            f"Create failed. Dataset has fewer than {FEWEST_USERS} users "
            f"with at least {FEWEST_INTERACTIONS_OF_A_USER} interactions each."
        )
    if len(rows) < FEWEST_INTERACTIONS:
        # unverified: the words where no event type is chosen
        return f"Create failed. Dataset has fewer than {FEWEST_INTERACTIONS} interactions."
    return None


def _types(avro_type: Any) -> list[str]:
    return [str(entry) for entry in avro_type] if isinstance(avro_type, list) else [str(avro_type)]


def _check_value(name: str, value: str, types: Sequence[str], line: int) -> None:
    # unverified: the words for a value of the wrong type
    if not value:
        if "null" not in types and "string" not in types:
            raise ValueError(f"Input CSV has an empty {name} in line {line}.")
        return
    if "string" in types:
        return
    try:
        if _WHOLE_NUMBERS & set(types):
            int(value)
        elif _NUMBERS & set(types):
            float(value)
    except ValueError as error:
        raise ValueError(f"Input CSV has {value!r} as {name} in line {line}, which is not {types[0]}.") from error
