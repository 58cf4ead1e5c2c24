"""Python source code of expressions, in the layout of Black and Ruff."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from botocore import xform_name

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs import IConstruct

WIDTH = 88
"""The default line length of Black and Ruff."""
INDENT = "    "

_FIELD_FACTORIES = ("category", "text", "string", "number", "whole_number")


@dataclass(frozen=True)
class Expression:
    """A Python expression.

    It is a name, a literal, or a call or a collection with its parts in brackets.
    """

    text: str
    """The text, up to the opening bracket."""
    parts: tuple[tuple[str, Expression], ...] = ()
    """The parts in the brackets, each with the text before it, such as `name=`."""
    end: str = ""
    """The closing bracket. Empty for a name or a literal."""

    def __str__(self) -> str:
        comma = "," if self.text == "(" and len(self.parts) == 1 else ""
        return f"{self.text}{', '.join(f'{before}{part}' for before, part in self.parts)}{comma}{self.end}"

    def lines(self, indent: int, before: str = "", after: str = "") -> list[str]:
        """Return the lines of the expression, which fit if its names and literals do.

        :param indent: The number of spaces before each line.
        :param before: The text before the expression in its first line, such as `name = `.
        :param after: The text after the expression in its last line, such as a comma.
        """
        margin = " " * indent
        line = f"{margin}{before}{self}{after}"
        if len(line) <= WIDTH or not self.parts:
            return [line]
        inner = [line for prefix, part in self.parts for line in part.lines(indent + len(INDENT), prefix, ",")]
        return [f"{margin}{before}{self.text}", *inner, f"{margin}{self.end}{after}"]


def call(function: str, *positional: Any, **keywords: Any) -> Expression:
    """Return a call. Arguments are values, or expressions."""
    parts = [("", expression(each)) for each in positional]
    parts += [(f"{name}=", expression(value)) for name, value in keywords.items()]
    return Expression(f"{function}(", tuple(parts), ")")


def variable(construct: IConstruct) -> str:
    """Return the variable of a construct, named after its construct ID."""
    return str(xform_name(construct.node.id))


def expression(value: Any) -> Expression:
    """Return the expression of a value.

    :raises TypeError: If the value is of a type that no prop has.
    """
    match value:
        case Expression():
            return value
        case None | bool() | int() | float():
            return Expression(repr(value))
        case str():
            return Expression(_quoted(value))
        case list():
            return _bracketed("[", (("", each) for each in value), "]")
        case tuple():
            return _bracketed("(", (("", each) for each in value), ")")
        case dict():
            return _bracketed("{", ((f"{expression(name)}: ", each) for name, each in value.items()), "}")
    return _object(value)


def _object(value: Any) -> Expression:
    """Return the expression of an object of the CDK or of this library."""
    name = f"personalize.{type(value).__name__}"
    match value:
        case Enum():
            return Expression(f"{name}.{value.name}")
        case personalize.Recipe() | personalize.UseCase():
            known = next((each for each, known in vars(type(value)).items() if each.isupper() and known == value), None)
            return Expression(f"{name}.{known}") if known else call(f"{name}.of", value.arn)
        case personalize.Field():
            return _field(value)
        case personalize.SchemaDefinition():
            return call(f"{name}.{value.dataset_type.name.lower()}", *value.fields)
        case cdk.Duration():
            return call("cdk.Duration.days", int(value.to_days()))
        case _ if is_dataclass(value):
            given = {each.name: getattr(value, each.name) for each in fields(value)}
            return call(name, **{prop: each for prop, each in given.items() if each is not None})
        case _ if hasattr(value, "node"):
            return Expression(variable(value))
    raise TypeError(f"{value!r} is not the value of a prop")


def _bracketed(start: str, parts: Iterable[tuple[str, Any]], end: str) -> Expression:
    return Expression(start, tuple((before, expression(part)) for before, part in parts), end)


def _quoted(text: str) -> str:
    """Return a literal with the quotation marks that need fewer escapes."""
    if text.count('"') <= text.count("'"):
        return json.dumps(text, ensure_ascii=False)
    return repr(text)


def _field(value: personalize.Field) -> Expression:
    """Return the shortest expression of a column."""
    options = {"nullable": True} if value.nullable else {}
    for factory in _FIELD_FACTORIES:
        if getattr(personalize.Field, factory)(value.name, **options) == value:
            return call(f"personalize.Field.{factory}", value.name, **options)
    given = {each.name: getattr(value, each.name) for each in fields(value)}
    return call("personalize.Field", **{name: each for name, each in given.items() if each is not False})
