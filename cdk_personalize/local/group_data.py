"""The rows of a dataset group, indexed for reading."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cdk_personalize.local.registry import ResourceRegistry

    Row = Mapping[str, str]

_MAX_ANSWERS = 1000


class GroupData:
    """The rows of one dataset group, with indexes and cached results.

    It is discarded when the data changes. Several threads can read it at a time.
    """

    def __init__(self, registry: ResourceRegistry, group_arn: str) -> None:
        self._registry = registry
        self._group_arn = group_arn
        self._rows: dict[str, list[Row]] = {}
        self._tables: dict[str, dict[str, Row]] = {}
        self._rows_by_value: dict[tuple[str, str], Mapping[str, list[Row]]] = {}
        self._answers: dict[tuple[Any, ...], Any] = {}

    def rows(self, dataset_type: str) -> Sequence[Row]:
        """Return the rows of one dataset type, imported rows first."""
        if dataset_type not in self._rows:
            sources = self._registry.all("Dataset", datasetGroupArn=self._group_arn, datasetType=dataset_type)
            if dataset_type == "INTERACTIONS":
                sources += self._registry.all("EventTracker", datasetGroupArn=self._group_arn)
            self._rows[dataset_type] = [row for source in sources for row in (*source.rows, *source.put_rows)]
        return self._rows[dataset_type]

    def table(self, dataset_type: str) -> Mapping[str, Row]:
        """Return the rows of items, users or actions by their IDs.

        If an ID has several rows, the newest row is returned.
        """
        if dataset_type not in self._tables:
            key = schemas.REQUIRED_FIELDS[dataset_type][0]
            self._tables[dataset_type] = {row[key]: row for row in self.rows(dataset_type)}
        return self._tables[dataset_type]

    def rows_by_value(self, dataset_type: str, column: str) -> Mapping[str, Sequence[Row]]:
        """Return the rows of one dataset type, grouped by their value in a column."""
        key = (dataset_type, column)
        if key not in self._rows_by_value:
            grouped: dict[str, list[Row]] = defaultdict(list)
            for row in self.rows(dataset_type):
                grouped[row.get(column, "")].append(row)
            self._rows_by_value[key] = dict(grouped)
        return self._rows_by_value[key]

    def answer(self, key: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        """Return the result of `compute` for a key, cached until the data changes."""
        answers = self._answers
        if key not in answers:
            if len(answers) >= _MAX_ANSWERS:
                answers = self._answers = {}
            answers[key] = compute()
        return answers[key]
