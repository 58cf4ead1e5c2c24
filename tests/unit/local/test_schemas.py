"""The rules for schemas of datasets.

https://docs.aws.amazon.com/personalize/latest/dg/how-it-works-dataset-schema.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import data
import pytest
from support.world import VIDEO_ITEMS_SCHEMA

if TYPE_CHECKING:
    from support.world import World

TEXT = {"type": "string", "textual": True}
VIEWS: dict[str, Any] = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}


def with_fields(*fields: object) -> str:
    return json.dumps({"type": "record", "name": "Items", "fields": list(fields), "version": "1.0"})


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("{", "not a valid Avro schema"),
        ("[" * 100_000, "not a valid Avro schema|at most 20000"),
        ('{"type": "record", "name": "A", "fields": [{"name": "A", "type": NaN}]}', "not a valid Avro schema"),
        ('{"type": "record", "name": "A", "fields": 5}', "not a valid Avro schema"),
        ('{"type": "record", "name": "A", "fields": [{"name": 5, "type": "string"}]}', "must have a name"),
        (with_fields({"name": "A", "type": {"type": "record", "name": "B", "fields": []}}), "A has the type"),
        (with_fields({"name": "A", "type": {"type": "array", "items": "string"}}), "A has the type"),
        (with_fields({"name": "A", "type": ["null", {"type": "map", "values": "string"}]}), "A has the type"),
        (with_fields({"name": "A", "type": "bytes"}), "A has the type bytes"),
        (with_fields({"name": "A"}), "A has the type None"),
        (with_fields({"name": "A", "type": "string"}, {"name": "A", "type": "int"}), "the same name: a"),
        (with_fields({"name": "GENRE_1", "type": "string"}, {"name": "GENRE1", "type": "string"}), "same name: genre1"),
    ],
)
def test_a_schema_is_flat_avro(world: World, schema: str, words: str) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match=words):
        world.personalize.create_schema(name="films", schema=schema)


@pytest.mark.parametrize(
    ("dataset_type", "fields", "words"),
    [
        ("Interactions", VIEWS | {"TIMESTAMP": "int"}, "TIMESTAMP must be of type long, not int"),
        ("Interactions", VIEWS | {"TIMESTAMP": "string"}, "TIMESTAMP must be of type long"),
        ("Interactions", VIEWS | {"USER_ID": "long"}, "USER_ID must be of type string"),
        ("Interactions", VIEWS | {"EVENT_TYPE": "int"}, "EVENT_TYPE must be of type string"),
        ("Interactions", VIEWS | {"EVENT_VALUE": "string"}, "EVENT_VALUE must be of type"),
        ("Interactions", VIEWS | {f"OWN_{n}": "string" for n in range(6)}, "at most 5 metadata fields"),
        ("Interactions", VIEWS | {"REVIEW": TEXT}, "Only an Items dataset has a textual field"),
        ("Items", {"ITEM_ID": "int", "TITLE": "string"}, "ITEM_ID must be of type string"),
        ("Items", {"ITEM_ID": "string", "CREATION_TIMESTAMP": "string"}, "CREATION_TIMESTAMP must be of type long"),
        ("Items", {"ITEM_ID": "string"}, "at least one metadata field"),
        ("Items", {"ITEM_ID": "string", "PLOT": TEXT, "REVIEW": TEXT}, "at most one"),
        ("Users", {"USER_ID": "string"}, "at least one metadata field"),
    ],
)
def test_a_schema_has_the_types_of_its_dataset(
    world: World, dataset_type: str, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match=words):
        world.dataset(world.group(), dataset_type, data.schema(dataset_type, **fields))


def test_reserved_fields_are_no_columns_of_ones_own(world: World) -> None:
    reserved = {
        "EVENT_TYPE": "string",
        "EVENT_VALUE": ["float", "null"],
        "IMPRESSION": ["string", "null"],
        "RECOMMENDATION_ID": ["string", "null"],
        "EVENT_ATTRIBUTION_SOURCE": ["string", "null"],
    }
    own = {f"OWN_{n}": "string" for n in range(5)}
    world.dataset(world.group(), "Interactions", data.schema("Interactions", **VIEWS, **reserved, **own))


def test_one_field_of_items_can_be_textual_alone(world: World) -> None:
    # Recorded: a schema of ITEM_ID and a textual DESCRIPTION, whose version is a number.
    schema = json.loads(data.schema("Items", ITEM_ID="string", DESCRIPTION=TEXT)) | {"version": 1}
    world.dataset(world.group(), "Items", json.dumps(schema))


@pytest.mark.parametrize(
    ("domain", "dataset_type", "schema", "missing"),
    [
        ("VIDEO_ON_DEMAND", "Items", data.ITEMS_SCHEMA, "CREATION_TIMESTAMP"),
        ("VIDEO_ON_DEMAND", "Interactions", data.schema("Interactions", **VIEWS), "EVENT_TYPE"),
        ("ECOMMERCE", "Items", VIDEO_ITEMS_SCHEMA, "'PRICE', 'CATEGORY_L1'"),
        ("ECOMMERCE", "Interactions", data.schema("Interactions", **VIEWS), "EVENT_TYPE"),
    ],
)
def test_a_domain_requires_fields_of_its_own(
    world: World, domain: str, dataset_type: str, schema: str, missing: str
) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match=missing):
        world.dataset(world.group(domain=domain), dataset_type, schema)


def test_a_schema_of_another_domain_is_rejected(world: World) -> None:
    schema = world.personalize.create_schema(name="films", schema=VIDEO_ITEMS_SCHEMA, domain="VIDEO_ON_DEMAND")
    request = {"name": "films", "schemaArn": schema["schemaArn"], "datasetType": "Items"}
    for number, domain in enumerate(({"domain": "ECOMMERCE"}, {})):
        group = world.group(f"other-{number}", **domain)
        with pytest.raises(world.personalize.exceptions.InvalidInputException, match="is of the domain"):
            world.personalize.create_dataset(datasetGroupArn=group, **request)
    world.personalize.create_dataset(datasetGroupArn=world.group(domain="VIDEO_ON_DEMAND"), **request)
