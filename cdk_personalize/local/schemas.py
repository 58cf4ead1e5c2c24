"""Validation of the schemas of datasets.

https://docs.aws.amazon.com/personalize/latest/dg/how-it-works-dataset-schema.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import strict_json
from cdk_personalize.local.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    FieldTypes = dict[str, list[str]]

REQUIRED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "INTERACTIONS": ("USER_ID", "ITEM_ID", "TIMESTAMP"),
    "ITEMS": ("ITEM_ID",),
    "USERS": ("USER_ID",),
    "ACTIONS": ("ACTION_ID",),
    "ACTION_INTERACTIONS": ("USER_ID", "ACTION_ID", "TIMESTAMP", "EVENT_TYPE"),
}
"""Required fields of a schema, by dataset type. The first field identifies a row."""
_REQUIRED_FIELDS_OF_DOMAIN: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("ECOMMERCE", "INTERACTIONS"): ("EVENT_TYPE",),
    ("ECOMMERCE", "ITEMS"): ("PRICE", "CATEGORY_L1"),
    ("VIDEO_ON_DEMAND", "INTERACTIONS"): ("EVENT_TYPE",),
    ("VIDEO_ON_DEMAND", "ITEMS"): ("GENRES", "CREATION_TIMESTAMP"),
}
_NULL = "null"
_NUMBERS = frozenset({"int", "long", "float", "double"})
_STRING = frozenset({"string"})
_LONG = frozenset({"long"})
_SIMPLE_TYPES = _NUMBERS | _STRING | {"boolean", _NULL}
_RESERVED_TYPES: Mapping[str, frozenset[str]] = {
    "USER_ID": _STRING,
    "ITEM_ID": _STRING,
    "ACTION_ID": _STRING,
    "TIMESTAMP": _LONG,
    "EVENT_TYPE": _STRING,
    "EVENT_VALUE": _NUMBERS,
    "IMPRESSION": _STRING,
    "RECOMMENDATION_ID": _STRING,
    "EVENT_ATTRIBUTION_SOURCE": _STRING,
    "CREATION_TIMESTAMP": _LONG,
}
"""Allowed types of the reserved fields, which have the same meaning in every dataset."""
_TYPES_OF_DOMAIN_FIELDS: Mapping[str, frozenset[str]] = {
    "PRICE": _NUMBERS,
    "CATEGORY_L1": _STRING,
    "GENRES": _STRING,
}
_REQUIRES_METADATA = frozenset({"ITEMS", "USERS"})
_MAX_METADATA: Mapping[str, int] = {"INTERACTIONS": 5, "ITEMS": 100, "USERS": 25, "ACTIONS": 10}
_MAX_TEXTUAL = 1
_REPLACEABLE = frozenset({"ITEMS", "USERS"})


@lru_cache(maxsize=1000)
def parse_schema(schema: str) -> FieldTypes:
    """Parse an Avro schema into its fields, each with its types.

    Callers must not change the result.

    :raises ServiceError: InvalidInputException, if Personalize does not support the schema.
    """
    fields = {field["name"]: _types(field) for field in _fields(schema)}
    if not fields:
        raise invalid("The schema has no fields")
    return fields


def textual_fields(schema: str) -> list[str]:
    """Return the textual fields of a valid schema, which hold unstructured text."""
    return [field["name"] for field in _fields(schema) if field.get("textual")]


def require_valid_schema(schema: str) -> None:
    """Raise InvalidInputException if a schema is not valid for any dataset type."""
    parse_schema(schema)
    names = [re.sub(r"[^a-z0-9]", "", field["name"].lower()) for field in _fields(schema)]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        # Names that differ only in case or underscores count as the same name.
        raise invalid(f"The schema has fields with the same name: {', '.join(sorted(repeated))}")


def require_fitting_schema(schema: str, dataset_type: str, domain: str | None) -> None:
    """Raise InvalidInputException if a schema does not fit a dataset type and domain.

    unverified: that CreateDataset checks this, and not CreateSchema; the wording.
    """
    fields = parse_schema(schema)
    _require_fields(fields, dataset_type, domain)
    _require_types(fields, domain)
    own = fields.keys() - set(REQUIRED_FIELDS[dataset_type]) - _uncounted_fields(dataset_type)
    most = _MAX_METADATA.get(dataset_type, len(own))
    if len(own) > most:
        raise invalid(f"An {dataset_type} dataset has at most {most} metadata fields")
    if dataset_type in _REQUIRES_METADATA and len(fields) == len(REQUIRED_FIELDS[dataset_type]):
        raise invalid(f"The schema of an {dataset_type} dataset needs at least one metadata field")
    if len(textual_fields(schema)) > (_MAX_TEXTUAL if dataset_type == "ITEMS" else 0):
        raise invalid("Only an Items dataset has a textual field, and at most one")


def require_replaceable_schema(previous: str, schema: str, dataset_type: str) -> None:
    """Raise InvalidInputException if a schema cannot replace the one of a dataset.

    https://docs.aws.amazon.com/personalize/latest/dg/updating-dataset-schema.html. unverified: the exception type.
    """
    if dataset_type not in _REPLACEABLE:
        raise invalid(f"The schema of an {dataset_type} dataset cannot be replaced")
    old, new = ({field["name"]: field for field in _fields(each)} for each in (previous, schema))
    changed = sorted(name for name, field in old.items() if new.get(name) != field)
    if changed:
        raise invalid(f"The schema must keep all fields as they are, but changes {', '.join(changed)}")
    required = sorted(name for name in new.keys() - old.keys() if _NULL not in _types(new[name]))
    if required:
        raise invalid(f"New fields must be of type null too: {', '.join(required)}")


def _require_fields(fields: FieldTypes, dataset_type: str, domain: str | None) -> None:
    of_domain = _REQUIRED_FIELDS_OF_DOMAIN.get((domain or "", dataset_type), ())
    missing = [name for name in (*REQUIRED_FIELDS[dataset_type], *of_domain) if name not in fields]
    if missing:
        raise invalid(f"The schema of an {dataset_type} dataset is missing the required fields: {missing}")


def _require_types(fields: FieldTypes, domain: str | None) -> None:
    reserved = {**_RESERVED_TYPES, **(_TYPES_OF_DOMAIN_FIELDS if domain else {})}
    for name, types in fields.items():
        allowed = reserved.get(name)
        if allowed and not set(types) - {_NULL} <= allowed:
            raise invalid(f"The field {name} must be of type {' or '.join(sorted(allowed))}, not {', '.join(types)}")


def _uncounted_fields(dataset_type: str) -> set[str]:
    """Return the reserved fields, which do not count as metadata fields.

    unverified: that they count in datasets of items.
    """
    return set(_RESERVED_TYPES) if dataset_type == "INTERACTIONS" else set()


def _fields(schema: str) -> Sequence[Mapping[str, Any]]:
    # unverified: the wording for a text that is not a schema
    try:
        record = strict_json.loads(schema)
        if record["type"] != "record" or not record["name"]:
            raise invalid("The schema must be an Avro record with a name")
        named = all(isinstance(field["name"], str) for field in record["fields"])
    except (ValueError, KeyError, TypeError) as error:
        raise invalid(f"Input schema is not a valid Avro schema: {error}") from error
    if not named:
        raise invalid("Input schema is not a valid Avro schema: each field must have a name")
    fields: Sequence[Mapping[str, Any]] = record["fields"]
    return fields


def _types(field: Mapping[str, Any]) -> list[str]:
    given = field.get("type")
    types: list[str] = given if isinstance(given, list) else [str(given)]
    if not types or any(not isinstance(each, str) or each not in _SIMPLE_TYPES for each in types):
        # No nested records, no arrays, no maps, no bytes.
        raise invalid(f"The field {field['name']} has the type {given}, which is not supported")
    return types
