from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.synth import SCHEMA, assert_reference, properties, resources, schema

import cdk_personalize as personalize
from cdk_personalize import Field, FieldType, SchemaDefinition

if TYPE_CHECKING:
    import aws_cdk as cdk

TYPE = "Custom::PersonalizeSchema"
JSON = '{"type":"record","name":"Items","fields":[{"name":"ITEM_ID","type":"string"},{"name":"A","type":"string"}]}'


def fields(definition: SchemaDefinition) -> list[str]:
    return [field["name"] for field in json.loads(definition._render())["fields"]]


def test_with_defaults_only_the_definition_is_said(stack: cdk.Stack) -> None:
    personalize.Schema(stack, "Items", definition=JSON)
    assert properties(stack, TYPE) == {"Schema": JSON}
    (resource,) = resources(stack, TYPE).values()
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"


def test_with_all_values_the_template_reads_like_the_native_type(stack: cdk.Stack) -> None:
    definition = SchemaDefinition.items(Field.category("GENRES"), Field.whole_number("CREATION_TIMESTAMP"))
    personalize.Schema(
        stack, "Items", definition=definition, schema_name="items", domain=personalize.Domain.VIDEO_ON_DEMAND
    )
    made = properties(stack, TYPE)
    assert made == {"Name": "items", "Domain": "VIDEO_ON_DEMAND", "Schema": definition._render()}


def test_a_definition_is_compact_and_always_the_same() -> None:
    definition = SchemaDefinition.items(
        Field.category("GENRES", nullable=True),
        Field.text("DESCRIPTION"),
        Field(name="TITLE", type=FieldType.STRING, item_name=True),
        Field.number("PRICE"),
    )
    assert definition._render() == definition._render()
    assert " " not in definition._render()
    assert json.loads(definition._render()) == {
        "type": "record",
        "name": "Items",
        "namespace": "com.amazonaws.personalize.schema",
        "fields": [
            {"name": "ITEM_ID", "type": "string"},
            {"name": "GENRES", "type": ["null", "string"], "categorical": True},
            {"name": "DESCRIPTION", "type": "string", "textual": True},
            {"name": "TITLE", "type": "string", "itemName": True},
            {"name": "PRICE", "type": "float"},
        ],
        "version": "1.0",
    }


@pytest.mark.parametrize(
    ("definition", "names"),
    [
        (SchemaDefinition.interactions(), ["USER_ID", "ITEM_ID", "TIMESTAMP"]),
        (SchemaDefinition.items(Field.string("TITLE")), ["ITEM_ID", "TITLE"]),
        (SchemaDefinition.users(Field.whole_number("AGE")), ["USER_ID", "AGE"]),
        (SchemaDefinition.actions(Field.category("KIND")), ["ACTION_ID", "KIND"]),
        (SchemaDefinition.action_interactions(), ["USER_ID", "ACTION_ID", "EVENT_TYPE", "TIMESTAMP"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_what_is_required_is_added(stack: cdk.Stack, definition: SchemaDefinition, names: list[str]) -> None:
    assert fields(definition) == names
    made = personalize.Schema(stack, "Schema", definition=definition)
    assert made.dataset_type is definition.dataset_type


def test_what_is_required_may_be_given_in_any_place() -> None:
    definition = SchemaDefinition.users(Field.whole_number("AGE"), Field.string("USER_ID"))
    assert fields(definition) == ["AGE", "USER_ID"]


def test_columns_with_a_fixed_meaning_do_not_count(stack: cdk.Stack) -> None:
    own = [Field.string(f"OWN_{number}") for number in range(5)]
    fixed = [Field.string("EVENT_TYPE"), Field.number("EVENT_VALUE", nullable=True), Field.string("IMPRESSION")]
    personalize.Schema(stack, "Schema", definition=SchemaDefinition.interactions(*own, *fixed))


def test_json_does_not_tell_what_it_is_for(stack: cdk.Stack) -> None:
    assert personalize.Schema(stack, "Items", definition=JSON).dataset_type is None


def test_an_import_knows_its_name(stack: cdk.Stack) -> None:
    imported = schema(stack)
    assert isinstance(imported, personalize.ISchema)
    assert (imported.schema_arn, imported.schema_name) == (SCHEMA, "items")
    named = personalize.Schema.from_schema_name(stack, "Named", "items")
    assert ":schema/items" in str(stack.resolve(named.schema_arn))
    assert_reference(imported, "Schema")


WRONG = [
    (SchemaDefinition.items(), "definition.fields must have at least 1 custom field, got 0"),
    (SchemaDefinition.users(), "definition.fields must have at least 1 custom field, got 0"),
    (SchemaDefinition.actions(Field.string("TYPE")), "definition.fields must have at least 1 custom field, got 0"),
    (
        SchemaDefinition.interactions(*(Field.string(f"A{n}") for n in range(6))),
        "definition.fields must have at most 5 custom fields, got 6",
    ),
    (
        SchemaDefinition.users(*(Field.string(f"A{n}") for n in range(26))),
        "definition.fields must have at most 25 custom fields, got 26",
    ),
    (
        SchemaDefinition.items(*(Field.string(f"A{n}") for n in range(101))),
        "definition.fields must have at most 100 custom fields, got 101",
    ),
    (
        SchemaDefinition.items(Field.text("A"), Field.text("B")),
        "definition.fields must have at most 1 textual, got 2",
    ),
    (SchemaDefinition.users(Field.text("BIO")), "definition.fields must have at most 0 textual, got 1"),
    (SchemaDefinition.interactions(Field.string("TIMESTAMP")), "definition.TIMESTAMP must be of type long, got string"),
    (
        SchemaDefinition.interactions(Field.string("EVENT_VALUE")),
        "definition.EVENT_VALUE must be of type float or double, got string",
    ),
    (
        SchemaDefinition.items(Field.string("A"), Field.string("ITEM_ID", nullable=True)),
        "definition.ITEM_ID is required and must not be nullable",
    ),
    (SchemaDefinition.items(Field.string("A"), Field.string("A")), "definition.A must be unique"),
    (
        SchemaDefinition.items(Field.string("1ST")),
        "definition.fields must have names that consist of letters",
    ),
    (
        SchemaDefinition.items(Field.string("TWO WORDS")),
        "definition.fields must have names that consist of letters",
    ),
    (
        SchemaDefinition.items(Field(name="AGE", type=FieldType.INT, categorical=True)),
        "definition.AGE.categorical requires a column of strings, got int",
    ),
    (
        SchemaDefinition.items(Field(name="A", type=FieldType.STRING, categorical=True, textual=True)),
        "definition.A.textual must not be combined with categorical",
    ),
    (
        SchemaDefinition.users(Field(name="A", type=FieldType.STRING, item_name=True)),
        "definition.A.item_name is only supported for items, got Users",
    ),
    (SchemaDefinition.items("TITLE"), 'definition.fields must be Field objects, got "TITLE"'),  # type: ignore[arg-type]
    (
        SchemaDefinition.items(Field(name="A", type="string")),  # type: ignore[arg-type]
        'definition.A must be of a FieldType such as FieldType.STRING, got "string"',
    ),
    ("not JSON", 'definition must be JSON, got "not JSON"'),
    ("[]", 'definition must be an Avro record with fields, got "[]"'),
    ('{"type": "record"}', 'definition must be an Avro record with fields, got "{'),
    ("x" * 20001, 'definition must be JSON, got "xxx'),
    ({"type": "record"}, "definition must be a SchemaDefinition or Avro in JSON, got {"),
]


@pytest.mark.parametrize(("definition", "words"), WRONG, ids=[words for _, words in WRONG])
def test_refuses_what_personalize_would(stack: cdk.Stack, definition: SchemaDefinition, words: str) -> None:
    with pytest.raises(personalize.ValidationError) as caught:
        personalize.Schema(stack, "Schema", definition=definition)
    assert str(caught.value).startswith(f"Shop/Schema: {words}")


@pytest.mark.parametrize(
    ("domain", "definition", "words"),
    [
        ("ECOMMERCE", SchemaDefinition.interactions(), "EVENT_TYPE is required in the domain ECOMMERCE"),
        ("VIDEO_ON_DEMAND", SchemaDefinition.items(Field.string("A")), "GENRES is required in the domain VIDEO_ON"),
        ("ECOMMERCE", SchemaDefinition.items(Field.number("PRICE")), "CATEGORY_L1 is required in the domain ECOMM"),
        (
            "ECOMMERCE",
            SchemaDefinition.items(Field.string("PRICE"), Field.category("CATEGORY_L1")),
            "PRICE must be of type float or double, got string",
        ),
    ],
)
def test_refuses_what_a_domain_would(stack: cdk.Stack, domain: str, definition: SchemaDefinition, words: str) -> None:
    with pytest.raises(personalize.ValidationError) as caught:
        personalize.Schema(stack, "Schema", definition=definition, domain=personalize.Domain(domain))
    assert str(caught.value).startswith(f"Shop/Schema: definition.{words}")


def test_refuses_actions_in_a_domain(stack: cdk.Stack) -> None:
    definition = SchemaDefinition.actions(Field.category("KIND"))
    with pytest.raises(personalize.ValidationError, match="domain does not support actions"):
        personalize.Schema(stack, "Schema", definition=definition, domain=personalize.Domain.ECOMMERCE)


def test_all_mistakes_of_a_definition_are_told_at_once(stack: cdk.Stack) -> None:
    definition = SchemaDefinition.items(Field.text("A"), Field.text("B"), Field.string("CREATION_TIMESTAMP"))
    with pytest.raises(personalize.ValidationError) as caught:
        personalize.Schema(stack, "Schema", definition=definition, schema_name="a b")
    assert len(str(caught.value).splitlines()) == 3
