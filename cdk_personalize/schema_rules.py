"""The rules of Amazon Personalize for columns, by dataset type and domain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from cdk_personalize.dataset_type import DatasetType
from cdk_personalize.recipe import Domain

if TYPE_CHECKING:
    from collections.abc import Mapping


class FieldType(Enum):
    """The type of the values of a column."""

    STRING = "string"
    INT = "int"
    LONG = "long"
    FLOAT = "float"
    DOUBLE = "double"
    BOOLEAN = "boolean"


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnRules:
    """The rules for the columns of a dataset type."""

    record: str
    """Name of the record in an Avro schema."""
    required: tuple[str, ...]
    """Names of the required columns."""
    types: Mapping[str, tuple[FieldType, ...]]
    """Permitted types of the columns with a fixed meaning, by column name. They can be required or optional."""
    fewest_custom: int = 0
    """Minimum number of columns without a fixed meaning."""
    most_custom: int | None = None
    """Maximum number of columns without a fixed meaning. None: no maximum."""
    most_texts: int = 0
    """Maximum number of textual columns."""


_STRING, _LONG, _NUMBER = (FieldType.STRING,), (FieldType.LONG,), (FieldType.FLOAT, FieldType.DOUBLE)

# https://docs.aws.amazon.com/personalize/latest/dg/custom-datasets-and-schemas.html
RULES = {
    DatasetType.INTERACTIONS: ColumnRules(
        record="Interactions",
        required=("USER_ID", "ITEM_ID", "TIMESTAMP"),
        types={
            "USER_ID": _STRING,
            "ITEM_ID": _STRING,
            "TIMESTAMP": _LONG,
            "EVENT_TYPE": _STRING,
            "EVENT_VALUE": _NUMBER,
            "IMPRESSION": _STRING,
            "RECOMMENDATION_ID": _STRING,
            "EVENT_ATTRIBUTION_SOURCE": _STRING,
        },
        most_custom=5,
    ),
    DatasetType.ITEMS: ColumnRules(
        record="Items",
        required=("ITEM_ID",),
        types={"ITEM_ID": _STRING, "CREATION_TIMESTAMP": _LONG},
        fewest_custom=1,
        most_custom=100,
        most_texts=1,
    ),
    DatasetType.USERS: ColumnRules(
        record="Users",
        required=("USER_ID",),
        types={"USER_ID": _STRING},
        fewest_custom=1,
        most_custom=25,
    ),
    DatasetType.ACTIONS: ColumnRules(
        record="Actions",
        required=("ACTION_ID",),
        types={
            "ACTION_ID": _STRING,
            "CREATION_TIMESTAMP": _LONG,
            "VALUE": _LONG,
            "TYPE": _STRING,
            "EXPIRATION_TIMESTAMP": _LONG,
            "REPEAT_FREQUENCY": _LONG,
        },
        fewest_custom=1,
        most_custom=10,
    ),
    DatasetType.ACTION_INTERACTIONS: ColumnRules(
        record="ActionInteractions",
        required=("USER_ID", "ACTION_ID", "EVENT_TYPE", "TIMESTAMP"),
        types={
            "USER_ID": _STRING,
            "ACTION_ID": _STRING,
            "EVENT_TYPE": _STRING,
            "TIMESTAMP": _LONG,
            "IMPRESSION": _STRING,
            "RECOMMENDATION_ID": _STRING,
        },
    ),
}

# https://docs.aws.amazon.com/personalize/latest/dg/ECOMMERCE-datasets-and-schemas.html and VIDEO-ON-DEMAND-…
_REQUIRED_IN_DOMAIN: Mapping[tuple[Domain, DatasetType], Mapping[str, tuple[FieldType, ...]]] = {
    (Domain.ECOMMERCE, DatasetType.INTERACTIONS): {"EVENT_TYPE": _STRING},
    (Domain.ECOMMERCE, DatasetType.ITEMS): {"PRICE": _NUMBER, "CATEGORY_L1": _STRING},
    (Domain.VIDEO_ON_DEMAND, DatasetType.INTERACTIONS): {"EVENT_TYPE": _STRING},
    (Domain.VIDEO_ON_DEMAND, DatasetType.ITEMS): {"GENRES": _STRING, "CREATION_TIMESTAMP": _LONG},
}


def required_in_domain(domain: Any, dataset_type: DatasetType) -> Mapping[str, tuple[FieldType, ...]]:
    """Return the columns that a domain requires, with their permitted types."""
    return _REQUIRED_IN_DOMAIN.get((domain, dataset_type), {}) if isinstance(domain, Domain) else {}


def type_of_record(name: Any) -> DatasetType | None:
    """Return the dataset type of an Avro record name, or None if it is unknown."""
    return next((each for each, rules in RULES.items() if rules.record == name), None)


def has_fixed_meaning(dataset_type: DatasetType, column: str) -> bool:
    """Return whether a column of a dataset type has a fixed meaning."""
    return column in RULES[dataset_type].types
