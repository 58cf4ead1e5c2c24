"""Example data for training: films, and viewing events of users.

Each call returns the same data.
"""

from __future__ import annotations

import csv
import io
import json

GENRES = ("Drama", "Comedy", "Mystery", "Adventure", "Documentary")
_NOUNS = ("Harbour", "Orchard", "Winter", "Lantern", "River", "Station", "Garden", "Letter", "Island", "Clock")
_ADJECTIVES = ("Silent", "Golden", "Last", "Hidden", "Northern", "Second")
_USERS = 60
_VIEWS_OF_A_USER = 25
_START = 1_700_000_000
"""Time of the first event, in seconds since 1970."""

ITEMS = [
    (f"film-{number}", f"The {adjective} {noun}", GENRES[number % len(GENRES)])
    for number, (adjective, noun) in enumerate((adjective, noun) for noun in _NOUNS for adjective in _ADJECTIVES)
]


def items_csv() -> str:
    """Return the films as CSV, with titles, genres and descriptions."""
    rows = [[item, title, genre, _description(title, genre)] for item, title, genre in ITEMS]
    return csv_text(["ITEM_ID", "TITLE", "GENRES", "DESCRIPTION"], rows)


def interactions_csv() -> str:
    """Return viewing events as CSV.

    Four of five films that a user watches are of the favourite genre of the user.
    """
    rows: list[list[str]] = []
    for user in range(_USERS):
        for view in range(_VIEWS_OF_A_USER):
            is_exception = view % 5 == 0
            genre = (user + (view // 5 if is_exception else 0)) % len(GENRES)
            of_genre = [item for item in ITEMS if item[2] == GENRES[genre]]
            item = of_genre[(user * 7 + view * view) % len(of_genre)]
            rows.append([f"user-{user}", item[0], str(_START + user * 1000 + view * 60), "Watch"])
    return csv_text(["USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE"], rows)


def schema(name: str, **fields: object) -> str:
    """Return an Avro schema in JSON, with the fields that Amazon Personalize requires."""
    return json.dumps(
        {
            "type": "record",
            "name": name,
            "namespace": "com.amazonaws.personalize.schema",
            "fields": [
                {"name": name, **(kind if isinstance(kind, dict) else {"type": kind})} for name, kind in fields.items()
            ],
            "version": "1.0",
        }
    )


TEXT = {"type": ["null", "string"], "textual": True}
INTERACTIONS_SCHEMA = schema("Interactions", USER_ID="string", ITEM_ID="string", TIMESTAMP="long", EVENT_TYPE="string")
ITEMS_SCHEMA = schema("Items", ITEM_ID="string", TITLE="string", GENRES=["null", "string"], DESCRIPTION=TEXT)


def _description(title: str, genre: str) -> str:
    return f"{title} is a {genre.lower()} about people who find more than they expected."


def csv_text(header: list[str], rows: list[list[str]]) -> str:
    """Return rows as the text of a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()
