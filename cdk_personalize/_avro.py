"""Parser for Avro schemas in JSON.

The result is checked by the same rules as a `SchemaDefinition`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdk_personalize._validation import Problem, Verbatim
from cdk_personalize.schema_definition import Field
from cdk_personalize.schema_rules import FieldType, type_of_record

if TYPE_CHECKING:
    from cdk_personalize.dataset_type import DatasetType

_NULL = "null"


def type_of_json(definition: str) -> DatasetType | None:
    """Return the dataset type of an Avro schema, by the name of its record.

    None if no dataset type has that name.
    """
    return type_of_record(json.loads(definition).get("name"))


def fields_of_json(prop: str, definition: Any) -> tuple[tuple[Field, ...] | None, list[Problem]]:
    """Return the columns of an Avro schema and no problems, or None and the problems."""
    if not isinstance(definition, str):
        return None, [Problem(prop, "must be a SchemaDefinition or Avro in JSON", definition, certain=True)]
    try:
        record = json.loads(definition)
    except ValueError:
        return None, [Problem(prop, "must be JSON", definition)]
    if not isinstance(record, dict) or record.get("type") != "record" or not isinstance(record.get("fields"), list):
        return None, [Problem(prop, "must be an Avro record with fields", definition)]
    problems = [problem for each in record["fields"] for problem in _problems_of_field(prop, each)]
    return (None, problems) if problems else (tuple(_field(each) for each in record["fields"]), [])


def _problems_of_field(prop: str, column: Any) -> list[Problem]:
    if not isinstance(column, dict) or not isinstance(column.get("name"), str):
        return [Problem(f"{prop}.fields", "must be objects with a name and a type", column)]
    where = f"{prop}.{column['name']}"
    types = [each for each in _types(column.get("type")) if each != _NULL]
    words = [each.value for each in FieldType]
    if len(types) != 1 or types[0] not in words:
        got = Verbatim(json.dumps(column.get("type")))
        return [Problem(where, f"must be of one of the types {', '.join(words)}, alone or in a list with null", got)]
    return []


def _field(column: dict[str, Any]) -> Field:
    types = _types(column["type"])
    return Field(
        name=column["name"],
        type=next(FieldType(each) for each in types if each != _NULL),
        nullable=_NULL in types,
        categorical=column.get("categorical", False),
        textual=column.get("textual", False),
        item_name=column.get("itemName", False),
    )


def _types(type_: Any) -> list[Any]:
    return type_ if isinstance(type_, list) else [type_]
