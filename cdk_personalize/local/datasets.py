"""CSV files of datasets, and the minimum of data for a training."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Row = Mapping[str, str]

_WHOLE_NUMBERS = frozenset({"int", "long"})
_NUMBERS = frozenset({"float", "double"})
_MIN_INTERACTIONS = 1000
_MIN_USERS = 25
_MIN_INTERACTIONS_OF_A_USER = 2


def read_csv(body: bytes, fields: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Return the rows of a CSV file.

    :param fields: the fields of the schema, each with its types.
    :raises ValueError: with the message of the service, if the file does not fit the schema.
    """
    try:
        return _rows(body, fields)
    except csv.Error as error:
        raise ValueError(f"Input CSV cannot be read: {error}.") from error  # unverified: the wording


def _rows(body: bytes, fields: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    columns = reader.fieldnames or []
    missing = sorted(name for name, types in fields.items() if name not in columns and "null" not in types)
    if missing:
        raise ValueError(f"Input CSV is missing the following columns:[{', '.join(missing)}].")
    rows = []
    for number, row in enumerate(reader, start=2):
        for name, types in fields.items():
            _require_value(name, row.get(name) or "", types, number)
        rows.append({name: row.get(name) or "" for name in fields})
    if not rows:
        raise ValueError("Input CSV has no rows.")  # unverified: the wording
    return rows


def write_csv(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Return the content of a CSV file with these columns and rows."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def of_event_type(interactions: Iterable[Row], event_type: str | None) -> list[Row]:
    """Return the interactions of one event type. None selects all."""
    return [row for row in interactions if event_type is None or row.get("EVENT_TYPE") == event_type]


def training_failure(interactions: Iterable[Row], event_type: str | None = None) -> str | None:
    """Return the reason why there is too little data for a training, or None.

    :param event_type: the event type by which the interactions were selected.
    """
    rows = list(interactions)
    users = Counter(row["USER_ID"] for row in rows)
    frequent = sum(count >= _MIN_INTERACTIONS_OF_A_USER for count in users.values())
    if event_type and len(rows) < _MIN_INTERACTIONS:
        return f"Dataset has fewer than {_MIN_INTERACTIONS} interactions after filtering by event type: {event_type}"
    if frequent < _MIN_USERS:
        return (
            f"Create failed. Dataset has fewer than {_MIN_USERS} users "
            f"with at least {_MIN_INTERACTIONS_OF_A_USER} interactions each."
        )
    if len(rows) < _MIN_INTERACTIONS:
        # unverified: the wording if no event type is selected
        return f"Create failed. Dataset has fewer than {_MIN_INTERACTIONS} interactions."
    return None


def _require_value(name: str, value: str, types: Sequence[str], line: int) -> None:
    """Raise ValueError if a value has none of the types of its field."""
    # unverified: the wording for a value of the wrong type
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
