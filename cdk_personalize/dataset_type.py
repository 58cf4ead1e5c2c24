"""The types of datasets."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from cdk_personalize import _validation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk_personalize._validation import Problem


class DatasetType(Enum):
    """What a dataset tells of. A dataset group has at most one dataset of each type."""

    INTERACTIONS = "Interactions"
    """What users did with items."""
    ITEMS = "Items"
    """What is known of the items."""
    USERS = "Users"
    """What is known of the users."""
    ACTIONS = "Actions"
    """What may be suggested to users beside items; for next best actions, in custom dataset groups."""
    ACTION_INTERACTIONS = "Action_Interactions"
    """What users did with actions; for next best actions, in custom dataset groups."""


def of_actions(dataset_type: Any) -> bool:
    """Tell whether datasets of a type are for next best actions alone."""
    return dataset_type in (DatasetType.ACTIONS, DatasetType.ACTION_INTERACTIONS)


def problems_of_columns(prop: str, columns: Any) -> list[Problem]:
    """Return what is wrong with columns by type of dataset, beside what the service model says."""
    problems = _validation.wrong_type(prop, columns, dict, "a dict of columns by DatasetType")
    if isinstance(columns, dict):
        for key in columns:
            problems += _validation.wrong_choice(f"{prop} key", key, DatasetType)
    return problems


def columns_as_api(columns: Mapping[DatasetType, Sequence[str]] | None) -> dict[str, Any] | None:
    """Return columns by type of dataset as the API has them, types in upper case as in ARNs."""
    if not isinstance(columns, dict):
        return None
    return {
        key.name if isinstance(key, DatasetType) else key: list(names) if isinstance(names, (list, tuple)) else names
        for key, names in columns.items()
    }
