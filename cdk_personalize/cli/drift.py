"""Drift between the deployed template and the Amazon Personalize resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import events, kinds, service_model
from cdk_personalize_handler.diff import ConfigurationDiff

from cdk_personalize.cli import progress
from cdk_personalize.cli.template import Unknown, first_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from botocore.model import Shape
    from cdk_personalize_handler.kinds import Kind

    from cdk_personalize.cli.aws import AwsClients
    from cdk_personalize.cli.stacks import DeployedStack, StackResource

    Path = tuple[str, ...]

# The terms of CloudFormation for drift.
IN_SYNC = "IN_SYNC"
MODIFIED = "MODIFIED"
DELETED = "DELETED"
NOT_CHECKED = "NOT_CHECKED"

DEFAULT = "default"
"""Note of a property that the template omits."""
TAGS = "Tags"
"""Path of the tags, and start of the path of each tag."""

_LATEST = "/$LATEST"


@dataclass(frozen=True)
class PropertyDrift:
    """The declared and the current value of a property."""

    path: str
    """The path in the template, such as `CampaignConfig.EnableMetadataWithRecommendations`."""
    declared: Any
    live: Any
    status: str
    """IN_SYNC, MODIFIED or NOT_CHECKED."""
    note: str = ""
    """The source of a declared value that is not in the template, or the reason for NOT_CHECKED."""
    members: Path = ()
    """The path in the API. Empty for tags, and for whether the resource runs."""


@dataclass(frozen=True)
class ResourceDrift:
    """The drift of one resource of a stack."""

    resource: StackResource
    status: str
    """IN_SYNC, MODIFIED, DELETED or NOT_CHECKED."""
    properties: Sequence[PropertyDrift] = ()

    @property
    def drifted(self) -> bool:
        """Whether the resource differs from the template or was deleted."""
        return self.status in (MODIFIED, DELETED)


def of_stack(aws: AwsClients, stack: DeployedStack) -> list[ResourceDrift]:
    """Compare every resource of a construct of this library."""
    resources = [each for each in stack.personalize if each.is_custom_resource]
    return [_of_resource(aws, stack, each) for each in progress.counted(resources, f"Comparing {stack.name}")]


def _of_resource(aws: AwsClients, stack: DeployedStack, resource: StackResource) -> ResourceDrift:
    kind, arn = resource.kind, resource.arn
    if kind is None or arn is None:
        return ResourceDrift(resource, NOT_CHECKED)
    description = aws.describe(kind, arn)
    if description is None:
        return ResourceDrift(resource, DELETED)
    tags = aws.personalize(kind).tags(arn) if service_model.is_taggable(kind.name) else {}
    properties = compare(kind, stack.properties(resource), description, tags)
    drifted = any(each.status == MODIFIED for each in properties)
    return ResourceDrift(resource, MODIFIED if drifted else IN_SYNC, properties)


def compare(
    kind: Kind, properties: Mapping[str, Any], description: Mapping[str, Any], tags: Mapping[str, str]
) -> list[PropertyDrift]:
    """Compare the properties of a template with a resource's description and tags."""
    declared = service_model.from_template(service_model.create_shape(kind.name), properties)
    declared_tags = declared.pop(service_model.TAGS, [])
    return [
        *_members(kind, declared, description, events.ignored_members(kind, properties)),
        *_activity(kind, properties, description),
        *_tags(declared_tags, tags),
    ]


def _members(
    kind: Kind, declared: Mapping[str, Any], description: Mapping[str, Any], ignored: frozenset[str]
) -> Iterator[PropertyDrift]:
    declared_leaves = dict(leaves(declared))
    for path, value in declared_leaves.items():
        drift = replace(_member(kind, path, value, description), members=path)
        yield replace(drift, status=IN_SYNC, note="ignored") if path[0] in ignored else drift
    for path, value in leaves(kind.defaults):
        covered = any(path[: len(leaf)] == leaf for leaf in declared_leaves)
        if not covered and path[0] not in ignored and _at(description, path) is not None:
            yield replace(_member(kind, path, value, description), note=DEFAULT, members=path)


def _member(kind: Kind, path: Path, value: Any, description: Mapping[str, Any]) -> PropertyDrift:
    """Compare one member with the same rules as the functions."""
    name, live = template_path(service_model.create_shape(kind.name), path), _at(description, path)
    if (unknown := first_unknown(value)) is not None:
        return PropertyDrift(name, None, live, NOT_CHECKED, f"the value is unknown: {unknown.reason}")
    if str(value).endswith(_LATEST) and str(live).startswith(value.removesuffix("$LATEST")):
        return PropertyDrift(name, value, live, IN_SYNC)
    configuration = ConfigurationDiff(kind, nested(path, value), {})
    if not _is_described(kind, path[0]):
        return PropertyDrift(name, value, live, NOT_CHECKED, "Amazon Personalize does not report it")
    return PropertyDrift(name, value, live, IN_SYNC if _agrees(configuration, description) else MODIFIED)


def _is_described(kind: Kind, member: str) -> bool:
    """Return whether descriptions include a member as in the create request."""
    described = service_model.described_members(kind.name) | kind.listed.keys()
    return member in described and member not in kind.unseen


def _agrees(configuration: ConfigurationDiff, description: Mapping[str, Any]) -> bool:
    return configuration.matches_create_only(description) and configuration.matches_mutable(description)


def _activity(kind: Kind, properties: Mapping[str, Any], description: Mapping[str, Any]) -> Iterator[PropertyDrift]:
    """Compare whether a resource is running, for kinds that can be stopped."""
    if service_model.operation("Stop", kind.name) is None:
        return
    declared, runs = properties.get(kinds.ACTIVE, True), description["status"] == "ACTIVE"
    if isinstance(declared, Unknown):
        yield PropertyDrift(kinds.ACTIVE, None, runs, NOT_CHECKED, f"the value is unknown: {declared.reason}")
        return
    active = str(declared).lower() == "true"
    if kinds.ACTIVE in properties.get(kinds.IGNORE_CHANGES, ()):
        yield PropertyDrift(kinds.ACTIVE, active, runs, IN_SYNC, "ignored")
    else:
        yield PropertyDrift(kinds.ACTIVE, active, runs, IN_SYNC if active == runs else MODIFIED)


def _tags(declared: Any, live: Mapping[str, str]) -> Iterator[PropertyDrift]:
    if (unknown := first_unknown(declared)) is not None:
        yield PropertyDrift(TAGS, None, dict(live), NOT_CHECKED, f"the value is unknown: {unknown.reason}")
        return
    declared_tags = {tag["tagKey"]: tag["tagValue"] for tag in declared}
    foreign = {key for key in live if key != kinds.OWNER_TAG and not key.startswith("aws:")}
    for key in sorted(declared_tags.keys() | foreign):
        status = IN_SYNC if declared_tags.get(key) == live.get(key) else MODIFIED
        yield PropertyDrift(f"{TAGS}.{key}", declared_tags.get(key), live.get(key), status)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield each value of nested members with its path."""
    if isinstance(value, Mapping):
        for name, entry in value.items():
            yield from leaves(entry, (*path, name))
    else:
        yield path, value


def nested(path: Path, value: Any) -> dict[str, Any]:
    """Return a structure that has a value at a path, and nothing else."""
    for name in reversed(path):
        value = {name: value}
    nested: dict[str, Any] = value
    return nested


def _at(description: Any, path: Path) -> Any:
    for name in path:
        description = description.get(name) if isinstance(description, Mapping) else None
    return description


def template_path(shape: Shape, path: Path) -> str:
    """Return the path of a member in the spelling of the template."""
    names = []
    for name in path:
        is_member = shape.type_name == "structure"
        names.append(service_model.upper_first(name) if is_member else name)
        shape = shape.members[name] if is_member else shape.value
    return ".".join(names)
