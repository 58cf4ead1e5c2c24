"""A CDK app that adopts a live dataset group.

Each construct is first created in an app of this process. A resource that its construct cannot declare exactly as it is
is imported by its ARN, so that a deployment of the app changes nothing.
"""

from __future__ import annotations

import inspect
import re
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from botocore import xform_name
from cdk_personalize_handler import kinds, service_model, status
from cdk_personalize_handler.diff import ConfigurationDiff
from cdk_personalize_handler.errors import HandlerError

import cdk_personalize as personalize
from cdk_personalize.cli import construct_props, drift
from cdk_personalize.cli.template import Intrinsics, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cdk_personalize.cli.group_reader import LiveGroup, LiveResource

_STACK = "Imported"


class GroupIsBusy(HandlerError):
    """An operation on a resource of the dataset group is in progress."""


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """A construct of the app, which adopts a resource or imports it."""

    construct: Any
    """The construct in the app of this process. Its construct ID is that of the written app."""
    function: str
    """The function that returns the construct, such as `personalize.Campaign`."""
    positional: Sequence[Any] = ()
    """The arguments after scope and construct ID."""
    props: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    resource: LiveResource | None = None
    """The resource. None for the key and the role of a dataset group."""
    obstacle: str | None = None
    """The reason why the resource is imported. None if it is adopted."""

    @property
    def is_adopted(self) -> bool:
        """Whether the stack adopts the resource."""
        return self.obstacle is None and self.resource is not None


def declarations(group: LiveGroup) -> list[Declaration]:
    """Return the constructs of an app that adopts a dataset group, parents first.

    :raises GroupIsBusy: If an operation is in progress, whose outcome the app could not declare.
    """
    busy = [each for each in group.resources if status.is_in_progress(each.status)]
    if busy:
        told = ", ".join(f"{each.kind.name} {each.name} is {each.status}" for each in busy)
        raise GroupIsBusy(f"an operation is in progress: {told}. Run the command again when it has ended.")
    obstacles = {each.arn: found for each in group.resources if (found := _obstacle(each))}
    while True:
        with tempfile.TemporaryDirectory() as folder:
            app = _ImportedApp(group, obstacles, folder)
            differences = app.differences()
        if not differences:
            return app.declarations
        obstacles |= differences


def _obstacle(resource: LiveResource) -> str | None:
    """Return why a resource cannot be adopted, whatever its construct supports."""
    kind = resource.kind.name
    if service_model.operation("Delete", kind) is None:
        return "a solution version cannot be changed or deleted"
    if not service_model.is_taggable(kind):
        return "Amazon Personalize does not support tags for it, which adoption requires"
    if resource.stack is not None:
        return f"the stack {resource.stack} owns it"
    if resource.owner is not None:
        return f"a stack has owned it. To adopt it, delete its tag {kinds.OWNER_TAG}"
    if status.is_failed(resource.status):
        return f"its status is {resource.status}"
    return None


def _without_validation() -> dict[str, Any]:
    """Return the option that turns the validation of templates off.

    Empty for a CDK that has no validation.
    """
    option = "builtin_cloud_formation_validation"
    return {option: False} if option in inspect.signature(cdk.App.__init__).parameters else {}


class _ImportedApp:
    """The app in this process."""

    def __init__(self, group: LiveGroup, obstacles: Mapping[str, str], folder: str) -> None:
        self._group = group
        self._obstacles = dict(obstacles)
        self._app = cdk.App(outdir=folder, **_without_validation())
        _, _, _, region, account, _ = group.group.arn.split(":", 5)
        self._stack = cdk.Stack(self._app, _STACK, env=cdk.Environment(account=account, region=region))
        self._constructs: dict[str, Any] = {}
        self._ids: set[str] = set()
        self.declarations: list[Declaration] = []
        shown = {arn for resource in group.resources for arn in _versions_to_show(group, resource)}
        for resource in group.resources:
            if resource.kind.name != "SolutionVersion" or resource.arn in shown:
                self._declare(resource)

    def differences(self) -> dict[str, str]:
        """Return the reasons why the app would change resources, by ARN."""
        template = self._app.synth().get_stack_by_name(_STACK).template
        adopted = [each for each in self.declarations if each.is_adopted]
        arn_by_logical_id = {
            self._stack.resolve(link.logical_id): each.resource.arn
            for each in adopted
            for link in each.construct._chain
            if each.resource
        }
        intrinsics = Intrinsics(
            template,
            reference=Unknown,
            attribute=lambda logical_id, _: arn_by_logical_id.get(logical_id, Unknown(logical_id)),
            export=Unknown,
        )
        found = {}
        for each in adopted:
            logical_id = self._stack.resolve(each.construct._chain[0].logical_id)
            properties = intrinsics.resolve(template["Resources"][logical_id]["Properties"])
            if each.resource and (difference := _difference(each.resource, properties)):
                found[each.resource.arn] = difference
        return found

    def _declare(self, resource: LiveResource) -> None:
        construct_id = self._unique(_construct_id(resource, self._group.group.name))
        if resource.arn not in self._obstacles:
            try:
                self._adopt(resource, construct_id)
            except (personalize.ValidationError, ValueError) as error:
                self._obstacles[resource.arn] = _reason(error, f"{_STACK}/{construct_id}: ")
        if resource.arn in self._obstacles:
            self._import(resource, construct_id)

    def _adopt(self, resource: LiveResource, construct_id: str) -> None:
        self._import_encryption(resource.description, construct_id)
        props = construct_props.props(resource.kind, resource.description, self._constructs)
        props["adopt"] = True
        construct = construct_props.construct_of(resource.kind)(self._stack, construct_id, **props)
        tags = {key: value for key, value in resource.tags.items() if not _is_reserved(key)}
        for key, value in tags.items():
            cdk.Tags.of(construct).add(key, value)
        function = f"personalize.{resource.kind.name}"
        made = Declaration(construct=construct, function=function, props=props, tags=tags, resource=resource)
        self._add(resource.arn, made)

    def _import(self, resource: LiveResource, construct_id: str) -> None:
        name = f"from_{xform_name(resource.kind.name)}_arn"
        function = getattr(construct_props.construct_of(resource.kind), name)
        props = _props_of_import(resource)
        made = Declaration(
            construct=function(self._stack, construct_id, resource.arn, **props),
            function=f"personalize.{resource.kind.name}.{name}",
            positional=(resource.arn,),
            props=props,
            resource=resource,
            obstacle=self._obstacles[resource.arn],
        )
        self._add(resource.arn, made)

    def _import_encryption(self, description: Mapping[str, Any], construct_id: str) -> None:
        """Import the key and the role of a dataset group."""
        if key := description.get("kmsKeyArn"):
            made = kms.Key.from_key_arn(self._stack, f"{construct_id}Key", key)
            self._add(key, Declaration(construct=made, function="kms.Key.from_key_arn", positional=(key,)))
        if role := description.get("roleArn"):
            # A role that the app can change would get a policy.
            imported = iam.Role.from_role_arn(self._stack, f"{construct_id}Role", role, mutable=False)
            function, props = "iam.Role.from_role_arn", {"mutable": False}
            self._add(role, Declaration(construct=imported, function=function, positional=(role,), props=props))

    def _add(self, arn: str, declaration: Declaration) -> None:
        self._constructs[arn] = declaration.construct
        self.declarations.append(declaration)

    def _unique(self, id: str) -> str:
        """Return a construct ID whose variable is unique."""
        candidates = (id if number == 1 else f"{id}{number}" for number in range(1, len(self._ids) + 2))
        found = next(each for each in candidates if xform_name(each) not in self._ids)
        self._ids.add(xform_name(found))
        return found


def _versions_to_show(group: LiveGroup, resource: LiveResource) -> Iterator[str]:
    """Yield the versions that serve, and the newest version of each solution."""
    if resource.kind.name == "Campaign":
        yield resource.description["solutionVersionArn"]
    if resource.kind.name == "Solution":
        versions = [each for each in group.of_kind("SolutionVersion") if each.arn.startswith(f"{resource.arn}/")]
        yield from [each.arn for each in versions if each.status == "ACTIVE"][-1:]


def _props_of_import(resource: LiveResource) -> dict[str, Any]:
    domain = resource.description.get("domain")
    return {"domain": personalize.Domain(domain)} if resource.kind.name == "DatasetGroup" and domain else {}


def _construct_id(resource: LiveResource, group: str) -> str:
    """Return a construct ID from name and kind, such as `RelatedMoviesCampaign`.

    The name of the dataset group is omitted.
    """
    kind, name = resource.kind.name, resource.name
    if kind == "SolutionVersion":
        _, name, version = resource.arn.rsplit("/", 2)
        kind = f"Version{version}"
    own = pascal_case(re.sub(rf"^{re.escape(group)}([-_]|$)", "", name))
    if not own[:1].isalpha():
        return f"{kind}{own}"
    return own if own.lower().endswith(kind.lower()) else f"{own}{kind}"


def pascal_case(name: str) -> str:
    """Convert `related-movies` to `RelatedMovies`."""
    return "".join(f"{part[:1].upper()}{part[1:]}" for part in re.split(r"[-_]+", name))


def _is_reserved(key: str) -> bool:
    return key == kinds.OWNER_TAG or key.startswith("aws:")


def _reason(error: Exception, prefix: str) -> str:
    lines = [line.removeprefix(prefix) for line in str(error).splitlines()]
    return f"its construct does not support it: {'; '.join(lines)}"


def _difference(resource: LiveResource, properties: Mapping[str, Any]) -> str | None:
    """Return how the declared properties differ from a resource, or None."""
    kind, description = resource.kind, resource.description
    declared = service_model.from_template(service_model.create_shape(kind.name), properties)
    declared.pop(service_model.TAGS, None)
    conflicts = ConfigurationDiff(kind, declared, {}).conflicts(description)
    drifted = [
        f"{each.path} is {each.live}, the construct declares {each.declared}"
        for each in drift.compare(kind, properties, description, resource.tags)
        if each.status == drift.MODIFIED
    ]
    return "; ".join(["its construct cannot declare it", *conflicts, *drifted]) if conflicts or drifted else None
