"""A live dataset group: its resources, their descriptions, tags and owners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk_personalize_handler import service_model, status
from cdk_personalize_handler.errors import HandlerError
from cdk_personalize_handler.kinds import KINDS
from cdk_personalize_handler.ownership import ownership_of

from cdk_personalize.cli import progress, stacks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cdk_personalize_handler.kinds import Kind
    from cdk_personalize_handler.ownership import Ownership
    from cdk_personalize_handler.personalize import Description

    from cdk_personalize.cli.aws import AwsClients

_GROUP = KINDS["DatasetGroup"]
_SCHEMA = KINDS["Schema"]
IN_ORDER_OF_CREATION = (
    "DatasetGroup",
    "Schema",
    "Dataset",
    "Filter",
    "EventTracker",
    "MetricAttribution",
    "Solution",
    "SolutionVersion",
    "Campaign",
    "Recommender",
)
"""The kinds of a dataset group, parents first. Jobs are not included: they cannot be changed or deleted.

A deletion in the opposite order meets the preconditions of Amazon Personalize.
"""


class DatasetGroupNotFound(HandlerError):
    """The dataset group does not exist."""


@dataclass(frozen=True, kw_only=True)
class LiveResource:
    """A resource of a dataset group, or a schema of its datasets."""

    kind: Kind
    arn: str
    description: Description
    """The description. For a solution version, the summary of the list operation."""
    tags: Mapping[str, str]
    """All tags, including the ownership tag."""
    owner: Ownership | None
    """The owner according to the ownership tag or a generated name. The stack may not exist any more."""
    stack: str | None
    """The name of the existing stack that has the resource, defined by this library or by a native type."""

    @property
    def name(self) -> str:
        """The name, or the ID of a resource without a name."""
        return str(self.description.get(service_model.name_member(self.kind.name)) or self.arn.rpartition("/")[2])

    @property
    def status(self) -> str:
        """The status, or that of the update in progress."""
        return status.current_status(self.kind, self.description)


@dataclass(frozen=True)
class LiveGroup:
    """A dataset group and everything in it, parents first."""

    resources: Sequence[LiveResource]

    @property
    def group(self) -> LiveResource:
        """The dataset group itself."""
        return self.resources[0]

    def of_kind(self, kind: str) -> list[LiveResource]:
        """Return the resources of a kind, oldest first."""
        return [each for each in self.resources if each.kind.name == kind]


def read(aws: AwsClients, name_or_arn: str) -> LiveGroup:
    """Read a dataset group, everything in it, and the schemas of its datasets.

    :raises DatasetGroupNotFound: If there is no such dataset group in the region.
    """
    with progress.timed("Listing the resources of the group"):
        found = {summary.arn: summary for summary in _members(aws, _group(aws, name_or_arn))}
        found |= {schema.arn: schema for schema in _schemas(aws, found.values())}
        names = stack_by_arn(aws, found.keys())
    summaries = progress.counted(list(found.values()), "Reading the resources of the group")
    resources = [_read(aws, each, names.get(each.arn)) for each in summaries]
    return LiveGroup(
        sorted(
            (each for each in resources if each is not None),
            key=lambda each: (IN_ORDER_OF_CREATION.index(each.kind.name), status.began(each.description), each.arn),
        )
    )


@dataclass(frozen=True)
class _Summary:
    """A resource as its list operation shows it."""

    kind: Kind
    content: Description

    @property
    def arn(self) -> str:
        return str(self.content[service_model.arn_member(self.kind.name)])


def _group(aws: AwsClients, name_or_arn: str) -> _Summary:
    for summary in aws.personalize(_GROUP).entries("ListDatasetGroups"):
        if name_or_arn in (summary["name"], summary["datasetGroupArn"]):
            return _Summary(_GROUP, summary)
    region = aws.reading.meta.region_name
    raise DatasetGroupNotFound(f"dataset group {name_or_arn} does not exist in {region}")


def _members(aws: AwsClients, summary: _Summary) -> Iterator[_Summary]:
    """Yield a resource and, recursively, the resources that are listed by it."""
    yield summary
    parent = service_model.arn_member(summary.kind.name)
    for child in (KINDS[name] for name in IN_ORDER_OF_CREATION):
        listing = service_model.model().operation_model(f"List{child.name}s")
        if parent in listing.input_shape.members:
            for content in aws.personalize(child).entries(listing.name, **{parent: summary.arn}):
                yield from _members(aws, _Summary(child, content))


def _schemas(aws: AwsClients, found: Iterable[_Summary]) -> Iterator[_Summary]:
    for summary in found:
        description = aws.describe(summary.kind, summary.arn) if summary.kind.name == "Dataset" else None
        if description:
            yield _Summary(_SCHEMA, {"schemaArn": description["schemaArn"]})


def _read(aws: AwsClients, summary: _Summary, stack: str | None) -> LiveResource | None:
    kind, arn = summary.kind, summary.arn
    if service_model.operation("Delete", kind.name) is None:
        # Solution versions can be many. They are neither adopted nor deleted, so that the summary is sufficient.
        return LiveResource(kind=kind, arn=arn, description=summary.content, tags={}, owner=None, stack=stack)
    description = aws.describe(kind, arn)
    if description is None:
        return None  # deleted meanwhile
    client = aws.personalize(kind)
    tags = client.tags(arn) if service_model.is_taggable(kind.name) else {}
    owner = ownership_of(client, arn, description)
    return LiveResource(kind=kind, arn=arn, description=description, tags=tags, owner=owner, stack=stack)


def stack_by_arn(aws: AwsClients, arns: Iterable[str]) -> dict[str, str]:
    """Return the names of the existing stacks that have the resources."""
    searched = set(arns)
    return {arn: stack.name for stack in stacks.every(aws) for arn in stack.physical_ids & searched}
