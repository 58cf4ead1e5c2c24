"""Resolution of template values from outside CloudFormation."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NO_VALUE = object()
"""The value of AWS::NoValue: the property is not set."""

_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")
_DYNAMIC_REFERENCE = "{{resolve:"


@dataclass(frozen=True)
class Unknown:
    """A value that cannot be resolved."""

    reason: str
    expression: str = field(default="", compare=False)
    """The expression around the unknown value, with everything in it that is known."""


class Intrinsics:
    """CloudFormation intrinsic functions and their references."""

    def __init__(
        self,
        template: Mapping[str, Any],
        *,
        reference: Callable[[str], Any],
        attribute: Callable[[str, str], Any],
        export: Callable[[str], Any],
    ) -> None:
        """Create a resolver.

        :param template: The template, for its mappings and conditions.
        :param reference: Returns the value of a parameter, pseudo parameter or resource, or an Unknown.
        :param attribute: Returns an attribute of a resource, or an Unknown.
        :param export: Returns the value of an export of another stack, or an Unknown.
        """
        self._mappings = template.get("Mappings", {})
        self._conditions = template.get("Conditions", {})
        self._reference = reference
        self._attribute = attribute
        self._with_values: Mapping[str, Callable[[Any], Any]] = {
            "Fn::Base64": lambda text: base64.b64encode(text.encode()).decode(),
            "Fn::FindInMap": self._find_in_map,
            "Fn::ImportValue": export,
            "Fn::Join": lambda arguments: arguments[0].join(map(str, arguments[1])),
            "Fn::Select": lambda arguments: arguments[1][int(arguments[0])],
            "Fn::Split": lambda arguments: arguments[1].split(arguments[0]),
            "Fn::And": all,
            "Fn::Equals": lambda arguments: str(arguments[0]) == str(arguments[1]),
            "Fn::Not": lambda arguments: not arguments[0],
            "Fn::Or": any,
        }
        self._with_templates: Mapping[str, Callable[[Any], Any]] = {
            "Ref": lambda name: NO_VALUE if name == "AWS::NoValue" else reference(name),
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::Sub": self._sub,
            "Condition": lambda name: self.resolve(self._conditions[name]),
        }

    def resolve(self, value: Any) -> Any:
        """Return the value, with an Unknown for each part that cannot be resolved."""
        if isinstance(value, dict):
            if len(value) == 1:
                ((name, argument),) = value.items()
                if name in self._with_templates or name in self._with_values or name.startswith("Fn::"):
                    return self._call(name, argument)
            resolved = {name: self.resolve(entry) for name, entry in value.items()}
            return {name: entry for name, entry in resolved.items() if entry is not NO_VALUE}
        if isinstance(value, list):
            return [entry for entry in map(self.resolve, value) if entry is not NO_VALUE]
        if isinstance(value, str) and _DYNAMIC_REFERENCE in value:
            return Unknown("a dynamic reference")
        return value

    def _call(self, name: str, argument: Any) -> Any:
        if name in self._with_templates:
            return self._with_templates[name](argument)
        values = self.resolve(argument)
        if (unknown := first_unknown(values)) is not None:
            return replace(unknown, expression=f"{name} {values}")
        try:
            return self._with_values[name](values)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            return Unknown(name)

    def _find_in_map(self, arguments: Any) -> Any:
        name, first, second = arguments[:3]
        return self._mappings[name][first][second]

    def _get_att(self, argument: Any) -> Any:
        logical_id, name = argument.split(".", 1) if isinstance(argument, str) else argument
        name = self.resolve(name)
        return name if isinstance(name, Unknown) else self._attribute(logical_id, name)

    def _if(self, argument: Any) -> Any:
        condition, then, otherwise = argument
        holds = self.resolve(self._conditions[condition])
        return holds if isinstance(holds, Unknown) else self.resolve(then if holds else otherwise)

    def _sub(self, argument: Any) -> Any:
        text, variables = (argument, {}) if isinstance(argument, str) else argument
        if isinstance(unknown := self.resolve(text), Unknown):
            return unknown
        parts: list[Any] = []
        position = 0
        for found in _VARIABLE.finditer(text):
            literal, name = found.groups()
            parts += [text[position : found.start()], f"${{{name}}}" if literal else self._variable(name, variables)]
            position = found.end()
        parts.append(text[position:])
        if (unknown := first_unknown(parts)) is not None:
            return replace(unknown, expression=str(parts))
        return "".join(map(str, parts))

    def _variable(self, name: str, variables: Mapping[str, Any]) -> Any:
        if name in variables:
            return self.resolve(variables[name])
        return self._get_att(name) if "." in name else self._reference(name)


def first_unknown(value: Any) -> Unknown | None:
    """Return the first Unknown in a value, at any depth."""
    if isinstance(value, Unknown):
        return value
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for entry in entries if (found := first_unknown(entry)) is not None), None)
