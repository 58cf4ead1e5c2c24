"""Amazon Personalize as botocore's service model describes it.

It is used by validation at synthesis, by the handler (to convert CloudFormation's strings to the types of the API, and
to find out which members are mutable), and by the local emulator.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.loaders
import botocore.model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from botocore.model import OperationModel, Shape

    MemberPath = tuple[str, ...]

TAGS = "tags"


@cache
def model(service: str = "personalize") -> botocore.model.ServiceModel:
    """Return botocore's model of `service`.

    A copy in AWS_DATA_PATH has priority over the installed one.
    """
    return botocore.model.ServiceModel(loader().load_service_model(service, "service-2"), service)


@cache
def loader() -> botocore.loaders.Loader:
    """Return the loader that reads service models and endpoints.

    In the functions it reads only the files in their Lambda asset, not those of all AWS services in botocore.
    """
    path = os.environ.get("AWS_DATA_PATH", "")
    if path and Path(path, "endpoints.json").is_file():
        return botocore.loaders.Loader(extra_search_paths=[path], include_default_search_paths=False)
    return botocore.loaders.create_loader(path or None)


@cache
def regions() -> tuple[str, ...]:
    """Return the regions with Amazon Personalize, from botocore's endpoint data."""
    partitions = botocore.loaders.create_loader().load_data("endpoints")["partitions"]
    endpoints = (each["services"].get("personalize", {}).get("endpoints", {}) for each in partitions)
    return tuple(sorted(region for of_partition in endpoints for region in of_partition))


def operation(verb: str, kind: str) -> OperationModel | None:
    """Return an operation such as CreateCampaign, or None if the API does not have it."""
    name = verb + kind
    return model().operation_model(name) if name in model().operation_names else None


def lower_first(name: str) -> str:
    """Convert a CloudFormation property to an API member, such as `campaignConfig`."""
    return name[:1].lower() + name[1:]


def upper_first(name: str) -> str:
    """Convert an API member to a CloudFormation property, such as `CampaignConfig`."""
    return name[:1].upper() + name[1:]


def create_shape(kind: str) -> Shape:
    """Return the input shape of the operation that creates `kind`."""
    create = operation("Create", kind)
    if create is None:
        raise ValueError(f"Amazon Personalize has no operation Create{kind}")
    return create.input_shape


def create_members(kind: str) -> frozenset[str]:
    """Return the names of the members of a create request of `kind`."""
    return frozenset(create_shape(kind).members)


def update_form(kind: str, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a create request to the structure of an update request.

    An update request can have a separate member for a part of a configuration: CreateSolution has all settings in
    `solutionConfig`, UpdateSolution has the mutable ones in `solutionUpdateConfig`.
    """
    config, update_config = f"{lower_first(kind)}Config", f"{lower_first(kind)}UpdateConfig"
    update = operation("Update", kind)
    if update is None or update_config not in update.input_shape.members or config not in configuration:
        return dict(configuration)
    movable = update.input_shape.members[update_config].members
    stays = {name: value for name, value in configuration[config].items() if name not in movable}
    moves = {name: value for name, value in configuration[config].items() if name in movable}
    moved = {**configuration, config: stays, update_config: moves}
    return {name: value for name, value in moved.items() if value != {} or name not in (config, update_config)}


def mutable_members(kind: str) -> frozenset[str]:
    """Return the members that an update of `kind` can change, as in `update_form`."""
    update = operation("Update", kind)
    return frozenset(update.input_shape.members) - {arn_member(kind)} if update else frozenset()


def create_only_members(kind: str) -> frozenset[str]:
    """Return the members of `kind` that no update can change, without the tags."""
    return create_members(kind) - mutable_members(kind) - {TAGS}


def described_members(kind: str) -> frozenset[str]:
    """Return the members that the describe operation of `kind` returns."""
    describe = operation("Describe", kind)
    if describe is None:
        raise ValueError(f"Amazon Personalize has no operation Describe{kind}")
    (description,) = describe.output_shape.members.values()
    return frozenset(description.members)


def is_taggable(kind: str) -> bool:
    """Return whether Amazon Personalize supports tags on resources of `kind`."""
    return TAGS in create_members(kind)


def name_member(kind: str) -> str:
    """Return the create member that holds the name: `name`, or `jobName` for jobs."""
    return "jobName" if "jobName" in create_members(kind) else "name"


def arn_member(kind: str) -> str:
    """Return the API member that holds the ARN of a `kind`, such as `campaignArn`."""
    return f"{lower_first(kind)}Arn"


def to_template(shape: Shape, value: Any) -> Any:
    """Convert the member names of an API value to CloudFormation's PascalCase.

    Keys of maps are data of the user and are not converted.
    """
    return _rename(shape, value, upper_first)


def from_template(shape: Shape, value: Any) -> Any:
    """Convert template properties to an API value with the model's names and types.

    CloudFormation passes every scalar to a custom resource as a string. Unknown properties are dropped, because another
    release of the library can have written the template.
    """
    if isinstance(value, dict):
        if shape.type_name == "structure":
            named = {lower_first(key): entry for key, entry in value.items()}
            return {
                name: from_template(shape.members[name], entry)
                for name, entry in named.items()
                if name in shape.members
            }
        if shape.type_name == "map":
            return {key: from_template(shape.value, entry) for key, entry in value.items()}
    if isinstance(value, list) and shape.type_name == "list":
        return [from_template(shape.member, entry) for entry in value]
    return _scalar(shape, value)


def _scalar(shape: Shape, value: Any) -> Any:
    """Convert a scalar to the type of `shape`.

    A value that cannot be converted is returned unchanged, so that the API rejects it.
    """
    try:
        match shape.type_name:
            case "boolean" if isinstance(value, str):
                return {"true": True, "false": False}.get(value.lower(), value)
            case "integer" | "long" if isinstance(value, str):
                return int(value)
            case "float" | "double" if isinstance(value, (str, int)):
                return float(value)
            case "string" if isinstance(value, bool):
                return str(value).lower()
            case "string" if isinstance(value, (int, float)):
                return str(value)
    except ValueError:
        pass
    return value


def _rename(shape: Shape, value: Any, rename: Any) -> Any:
    if isinstance(value, dict) and shape.type_name == "structure":
        return {rename(key): _rename(shape.members[key], entry, rename) for key, entry in value.items()}
    if isinstance(value, dict) and shape.type_name == "map":
        return {key: _rename(shape.value, entry, rename) for key, entry in value.items()}
    if isinstance(value, list) and shape.type_name == "list":
        return [_rename(shape.member, entry, rename) for entry in value]
    return value


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule of the service model that a value breaks."""

    path: tuple[str, ...]
    """Member names from the root of the request to the value."""
    rule: str
    """The rule as the end of a sentence, such as `must be at least 1`."""
    value: Any
    pattern: str | None = None
    """The regular expression of the rule, if it is one."""


def violations(shape: Shape, value: Any, path: MemberPath = ()) -> Iterator[Violation]:
    """Yield each rule of the service model that `value` breaks.

    The rules: type, required members, range, length, pattern and enumeration.
    """
    expected, python_types = _TYPES[shape.type_name]
    if not isinstance(value, python_types) or (isinstance(value, bool) and shape.type_name != "boolean"):
        yield Violation(path, f"must be {expected}", value)
        return
    yield from _bounds(shape, value, path)
    if shape.type_name == "structure":
        yield from _structure(shape, value, path)
    elif shape.type_name == "map":
        for key, entry in value.items():
            for violation in violations(shape.key, key, path):
                yield Violation(path, f"key {violation.rule}", key, violation.pattern)
            yield from violations(shape.value, entry, (*path, str(key)))
    elif shape.type_name == "list":
        for index, entry in enumerate(value):
            yield from violations(shape.member, entry, (*path, str(index)))


_TYPES: Mapping[str, tuple[str, Any]] = {
    "structure": ("an object", (dict,)),
    "map": ("a map", (dict,)),
    "list": ("a list", (list, tuple)),
    "string": ("a string", (str,)),
    "integer": ("a whole number", (int,)),
    "long": ("a whole number", (int,)),
    "float": ("a number", (int, float)),
    "double": ("a number", (int, float)),
    "boolean": ("true or false", (bool,)),
    "timestamp": ("a time", (int, float, str)),
}


def _structure(shape: Shape, value: dict[str, Any], path: MemberPath) -> Iterator[Violation]:
    for name in shape.required_members:
        if name not in value:
            yield Violation((*path, name), "is required", None)
    for name, entry in value.items():
        if name in shape.members:
            yield from violations(shape.members[name], entry, (*path, name))
        else:
            yield Violation((*path, name), f"is not one of {', '.join(sorted(shape.members))}", entry)


def _bounds(shape: Shape, value: Any, path: MemberPath) -> Iterator[Violation]:
    limits = shape.metadata
    low, high = limits.get("min"), limits.get("max")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if low is not None and value < low:
            yield Violation(path, f"must be at least {low}", value)
        elif high is not None and value > high:
            yield Violation(path, f"must be at most {high}", value)
    elif isinstance(value, (str, dict, list)) and shape.type_name != "structure":
        unit = "characters" if isinstance(value, str) else "entries"
        if low is not None and len(value) < low:
            yield Violation(path, f"must have at least {low} {unit}", value)
        elif high is not None and len(value) > high:
            yield Violation(path, f"must have at most {high} {unit}", value)
    if isinstance(value, str):
        if "enum" in limits and value not in limits["enum"]:
            yield Violation(path, f"must be one of {', '.join(limits['enum'])}", value)
        if "pattern" in limits and not _pattern(limits["pattern"]).fullmatch(value):
            yield Violation(path, f"must match {limits['pattern']}", value, limits["pattern"])


_UNICODE_CLASSES: Sequence[tuple[str, str]] = (
    (r"\p{L}", r"\w"),
    (r"\p{N}", r"\w"),
    (r"\p{ASCII}", r"[\x00-\x7f]"),
    (r"\p{Z}", " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"),
)


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of the service model, without Unicode classes such as p{L}.

    Python's `re` does not support them.
    """
    for unicode_class, characters in _UNICODE_CLASSES:
        pattern = pattern.replace(unicode_class, characters)
    return re.compile(pattern)
