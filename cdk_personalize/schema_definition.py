"""The definition of a schema as a list of columns."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdk_personalize import _validation
from cdk_personalize._validation import Problem
from cdk_personalize.dataset_type import DatasetType
from cdk_personalize.schema_rules import RULES, ColumnRules, FieldType, required_in_domain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cdk_personalize.recipe import Domain

_NAMESPACE = "com.amazonaws.personalize.schema"
_VERSION = "1.0"
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z\d_]*")
_COLUMN_RULE = _validation.PATTERN_RULES[_COLUMN.pattern].removeprefix("must ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A column of a schema.

    :param name: The name: letters, digits or underscores, not starting with a digit.
    :param type: The type of the values.
    :param nullable: Whether values can be missing. Default: false.
    :param categorical: Whether the strings are categories. Several categories are separated by `|`. Default: false.
    :param textual: Whether the strings are natural-language text for training. Supported for one column of an Items
        schema. Default: false.
    :param item_name: Whether the column holds the names of the items, for the Semantic-Similarity recipe. Default:
        false.
    """

    name: str
    type: FieldType
    nullable: bool = False
    categorical: bool = False
    textual: bool = False
    item_name: bool = False

    @staticmethod
    def category(name: str, *, nullable: bool = False) -> Field:
        """Return a column of categories.

        :param name: The name.
        :param nullable: Whether values can be missing. Default: false.
        """
        return Field(name=name, type=FieldType.STRING, nullable=nullable, categorical=True)

    @staticmethod
    def text(name: str, *, nullable: bool = False) -> Field:
        """Return a column of natural-language text.

        :param name: The name.
        :param nullable: Whether values can be missing. Default: false.
        """
        return Field(name=name, type=FieldType.STRING, nullable=nullable, textual=True)

    @staticmethod
    def string(name: str, *, nullable: bool = False) -> Field:
        """Return a column of strings.

        :param name: The name.
        :param nullable: Whether values can be missing. Default: false.
        """
        return Field(name=name, type=FieldType.STRING, nullable=nullable)

    @staticmethod
    def number(name: str, *, nullable: bool = False) -> Field:
        """Return a column of floating-point numbers.

        :param name: The name.
        :param nullable: Whether values can be missing. Default: false.
        """
        return Field(name=name, type=FieldType.FLOAT, nullable=nullable)

    @staticmethod
    def whole_number(name: str, *, nullable: bool = False) -> Field:
        """Return a column of integers, for example Unix timestamps in seconds.

        :param name: The name.
        :param nullable: Whether values can be missing. Default: false.
        """
        return Field(name=name, type=FieldType.LONG, nullable=nullable)

    def _render(self) -> dict[str, Any]:
        """Convert the column to a field of an Avro schema."""
        avro = self.type.value
        flags = {"categorical": self.categorical, "textual": self.textual, "itemName": self.item_name}
        return {
            "name": self.name,
            "type": ["null", avro] if self.nullable else avro,
            **{flag: True for flag, is_set in flags.items() if is_set},
        }


@dataclass(frozen=True, slots=True)
class SchemaDefinition:
    """The columns of a schema for one dataset type.

    Missing required columns are added.

    :param dataset_type: The dataset type.
    :param fields: The columns.
    """

    dataset_type: DatasetType
    fields: tuple[Field, ...] = field(default=())

    @staticmethod
    def interactions(*fields: Field) -> SchemaDefinition:
        """Return a schema of interactions, with at most 5 custom columns.

        Required columns: USER_ID, ITEM_ID and TIMESTAMP.

        :param fields: Further columns. EVENT_TYPE, EVENT_VALUE, IMPRESSION, RECOMMENDATION_ID and
            EVENT_ATTRIBUTION_SOURCE have a fixed meaning and do not count as custom columns.
        """
        return SchemaDefinition(DatasetType.INTERACTIONS, fields)

    @staticmethod
    def items(*fields: Field) -> SchemaDefinition:
        """Return a schema of items: ITEM_ID and 1 to 100 custom columns.

        One of them can be textual.

        :param fields: Further columns. CREATION_TIMESTAMP has a fixed meaning and does not count as a custom column.
        """
        return SchemaDefinition(DatasetType.ITEMS, fields)

    @staticmethod
    def users(*fields: Field) -> SchemaDefinition:
        """Return a schema of users: USER_ID and 1 to 25 custom columns.

        :param fields: Further columns.
        """
        return SchemaDefinition(DatasetType.USERS, fields)

    @staticmethod
    def actions(*fields: Field) -> SchemaDefinition:
        """Return a schema of actions: ACTION_ID and 1 to 10 custom columns.

        :param fields: Further columns. CREATION_TIMESTAMP, VALUE, TYPE, EXPIRATION_TIMESTAMP and REPEAT_FREQUENCY have
            a fixed meaning and do not count as custom columns.
        """
        return SchemaDefinition(DatasetType.ACTIONS, fields)

    @staticmethod
    def action_interactions(*fields: Field) -> SchemaDefinition:
        """Return a schema of action interactions.

        Required columns: USER_ID, ACTION_ID, EVENT_TYPE and TIMESTAMP.

        :param fields: Further columns. IMPRESSION and RECOMMENDATION_ID have a fixed meaning.
        """
        return SchemaDefinition(DatasetType.ACTION_INTERACTIONS, fields)

    def _problems(self, prop: str, domain: Domain | None = None, *, given: bool = False) -> list[Problem]:
        """Return the problems of the columns.

        :param prop: The prop that contains the columns.
        :param domain: The domain, which determines further required columns.
        :param given: Whether missing required columns are a problem, instead of being added.
        """
        problems = _validation.wrong_type(f"{prop}.dataset_type", self.dataset_type, DatasetType, "a DatasetType")
        problems += [
            Problem(f"{prop}.fields", "must be Field objects", each, certain=True)
            for each in self.fields
            if not isinstance(each, Field)
        ]
        if problems:
            return problems
        rules = RULES[self.dataset_type]
        problems += [problem for each in self.fields for problem in _problems_of_field(prop, rules, each)]
        names = [each.name for each in self.fields]
        twice = sorted({str(name) for name in names if names.count(name) > 1})
        problems += [Problem(f"{prop}.{name}", "must be unique", None, certain=True) for name in twice]
        if given:
            missing = [name for name in rules.required if name not in names]
            problems += [Problem(f"{prop}.{name}", "is required", None, certain=True) for name in missing]
        in_domain = required_in_domain(domain, self.dataset_type)
        problems += [
            Problem(f"{prop}.{name}", f"is required in the domain {domain.name}", None, certain=True)
            for name in in_domain
            if name not in names and domain is not None
        ]
        problems += [
            _must_be(f"{prop}.{each.name}", in_domain[each.name], each)
            for each in self.fields
            if each.name in in_domain and each.type not in in_domain[each.name]
        ]
        return [*problems, *_problems_of_numbers(prop, rules, self.fields)]

    def _render(self) -> str:
        """Convert the columns to an Avro schema in JSON."""
        schema = {
            "type": "record",
            "name": RULES[self.dataset_type].record,
            "namespace": _NAMESPACE,
            "fields": [each._render() for each in self._all_fields()],
            "version": _VERSION,
        }
        return json.dumps(schema, separators=(",", ":"))

    def _all_fields(self) -> tuple[Field, ...]:
        """Return the columns, including the required ones that are added."""
        if not isinstance(self.dataset_type, DatasetType):
            return self.fields
        rules = RULES[self.dataset_type]
        given = {each.name for each in self.fields if isinstance(each, Field)}
        required = [Field(name=name, type=rules.types[name][0]) for name in rules.required if name not in given]
        return (*required, *self.fields)


def _problems_of_field(prop: str, rules: ColumnRules, column: Field) -> Iterator[Problem]:
    name = column.name
    if not isinstance(name, str) or not _COLUMN.fullmatch(name):
        yield Problem(f"{prop}.fields", f"must have names that {_COLUMN_RULE}", name)
        return
    where = f"{prop}.{name}"
    if not isinstance(column.type, FieldType):
        yield Problem(where, "must be of a FieldType such as FieldType.STRING", column.type, certain=True)
        return
    strings = column.type is FieldType.STRING
    flags = (("categorical", column.categorical), ("textual", column.textual), ("item_name", column.item_name))
    for flag, is_set in flags:
        if not isinstance(is_set, bool):
            yield Problem(f"{where}.{flag}", "must be true or false", is_set, certain=True)
        elif is_set and not strings:
            got = _validation.Verbatim(column.type.value)
            yield Problem(f"{where}.{flag}", "requires a column of strings", got, certain=True)
    if column.categorical is True and column.textual is True:
        yield Problem(f"{where}.textual", "must not be combined with categorical", None, certain=True)
    if column.item_name is True and rules is not RULES[DatasetType.ITEMS]:
        yield Problem(
            f"{where}.item_name", "is only supported for items", _validation.Verbatim(rules.record), certain=True
        )
    if not isinstance(column.nullable, bool):
        yield Problem(f"{where}.nullable", "must be true or false", column.nullable, certain=True)
    elif column.nullable and name in rules.required:
        yield Problem(where, "is required and must not be nullable", None, certain=True)
    if name in rules.types and column.type not in rules.types[name]:
        yield _must_be(where, rules.types[name], column)


def _must_be(where: str, types: Sequence[FieldType], column: Field) -> Problem:
    rule = f"must be of type {' or '.join(each.value for each in types)}"
    return Problem(where, rule, _validation.Verbatim(column.type.value), certain=True)


def _problems_of_numbers(prop: str, rules: ColumnRules, fields: Iterable[Field]) -> Iterator[Problem]:
    """Return the problems with the number of columns."""
    where = f"{prop}.fields"
    own = sum(each.name not in rules.types for each in fields)
    texts = sum(each.textual is True for each in fields)
    if own < rules.fewest_custom:
        yield Problem(where, f"must have at least {rules.fewest_custom} custom field", own, certain=True)
    if rules.most_custom is not None and own > rules.most_custom:
        yield Problem(where, f"must have at most {rules.most_custom} custom fields", own, certain=True)
    if texts > rules.most_texts:
        yield Problem(where, f"must have at most {rules.most_texts} textual", texts, certain=True)
