"""The types of datasets, and columns by dataset type."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from cdk_personalize import _validation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk_personalize._validation import Problem


class DatasetType(Enum):
    """The type of data in a dataset.

    A dataset group can have one dataset of each type.
    """

    INTERACTIONS = "Interactions"
    """Interactions of users with items."""
    ITEMS = "Items"
    """Item metadata."""
    USERS = "Users"
    """User metadata."""
    ACTIONS = "Actions"
    """Actions for next best actions, in custom dataset groups."""
    ACTION_INTERACTIONS = "Action_Interactions"
    """Interactions of users with actions, for next best actions in custom dataset groups."""


def of_actions(dataset_type: Any) -> bool:
    """Return whether only the Next-Best-Action recipe uses datasets of a type."""
    return dataset_type in (DatasetType.ACTIONS, DatasetType.ACTION_INTERACTIONS)


def problems_of_columns(prop: str, columns: Any) -> list[Problem]:
    """Return the problems of a prop with columns by dataset type.

    The service model checks the names and numbers of the columns.
    """
    problems = _validation.wrong_type(prop, columns, dict, "a dict of columns by DatasetType")
    if isinstance(columns, dict):
        for key in columns:
            problems += _validation.wrong_choice(f"{prop} key", key, DatasetType)
    return problems


def columns_as_api(columns: Mapping[DatasetType, Sequence[str]] | None) -> dict[str, Any] | None:
    """Convert columns by dataset type to members of the API."""
    if not isinstance(columns, dict):
        return None
    return {
        key.name if isinstance(key, DatasetType) else key: list(names) if isinstance(names, (list, tuple)) else names
        for key, names in columns.items()
    }
