"""Datasets and imports of a dataset group, on which other resources depend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from aws_cdk import aws_personalize as l1
from constructs import Construct, DependencyGroup

from cdk_personalize import _validation
from cdk_personalize._resource import arn_of
from cdk_personalize._uniqueness import claim_of_group
from cdk_personalize._validation import Problem
from cdk_personalize.recipe import Domain

if TYPE_CHECKING:
    from cdk_personalize._resource import PersonalizeResource
    from cdk_personalize._uniqueness import Claim


class GroupMembers:
    """The datasets and imports that this app defines in a dataset group."""

    def __init__(self, *, is_defined_here: bool) -> None:
        """Create an empty collection.

        :param is_defined_here: Whether this app defines the dataset group.
        """
        self.is_defined_here = is_defined_here
        self.dataset_by_type: dict[Any, PersonalizeResource] = {}
        self.datasets = DependencyGroup()
        """The datasets in the stack of the dataset group."""
        self.imports = DependencyGroup()
        """The imports in the stack of the dataset group."""


def members_of(group: Any) -> GroupMembers | None:
    """Return the members of a dataset group, or None for an L1 or a wrong type."""
    members = getattr(group, "_members", None)
    return members if isinstance(members, GroupMembers) else None


def problems_of_dataset_group(scope: Construct, group: Any) -> list[Problem]:
    """Return the problems of the prop `dataset_group`: type, account and region."""
    if arn_of("DatasetGroup", group) is None:
        remedy = "import it with DatasetGroup.from_dataset_group_arn(...)"
        return [Problem("dataset_group", "must be a dataset group", group, remedy, certain=True)]
    return _validation.other_environment(scope, "dataset_group", group)


def iam_resource_of_dataset_group(group: Any) -> str:
    """Return the IAM resource of a dataset group, such as `dataset-group/name`.

    It is `dataset-group/*` if the name is not known at synthesis.
    """
    name = getattr(group, "dataset_group_name", getattr(group, "name", None))
    return f"dataset-group/{name}" if isinstance(name, str) and _validation.is_known(name) else "dataset-group/*"


def domain_of(group: Any) -> Domain | None:
    """Return the domain of a dataset group, or None if it is unknown or custom."""
    domain = getattr(group, "domain", None)
    if isinstance(group, l1.CfnDatasetGroup):
        return next((each for each in Domain if each.value == domain), None)
    return domain if isinstance(domain, Domain) else None


def is_custom(group: Any) -> bool:
    """Return whether a dataset group is known to be a custom one, without a domain."""
    members = members_of(group)
    is_defined = isinstance(group, l1.CfnDatasetGroup) or (members is not None and members.is_defined_here)
    return is_defined and group.domain is None


def only_one_of_group(kind: str, called: str, group: Any) -> list[Claim]:
    """Return the claim that a resource is the only one of its kind in a group."""
    return claim_of_group(
        kind,
        arn_of("DatasetGroup", group),
        prop="dataset_group",
        value=path_of_group(group),
        rule=f"can have only one {called}, which {{first}} defines",
        remedy=f"use that {called}, or another dataset group",
    )


def path_of_group(group: Any) -> str | None:
    """Return the construct path of a dataset group, for messages."""
    return group.node.path if isinstance(group, Construct) else None


def add_dataset(group: Any, dataset: PersonalizeResource, dataset_type: Any) -> None:
    """Register a dataset that this app defines in a dataset group."""
    members = members_of(group)
    if members is not None:
        members.dataset_by_type.setdefault(dataset_type, dataset)
        if _is_in_stack_of(group, members, dataset):
            members.datasets.add(dataset._chain[-1])


def add_import(group: Any, job: PersonalizeResource) -> None:
    """Register an import into a dataset of a dataset group."""
    members = members_of(group)
    if members is not None and _is_in_stack_of(group, members, job):
        members.imports.add(job._chain[-1])


def depend_on_datasets(group: Any, resource: PersonalizeResource) -> None:
    """Make a resource depend on the datasets of its group.

    Datasets that are added later are included.
    """
    members = members_of(group)
    if members is not None and members.is_defined_here:
        resource._create_after(members.datasets)


def depend_on_data(group: Any, resource: PersonalizeResource) -> None:
    """Make a resource depend on the datasets and imports of its group.

    Datasets and imports that are added later are included.
    """
    members = members_of(group)
    if members is not None and members.is_defined_here:
        resource._create_after(members.datasets, members.imports)


def _is_in_stack_of(group: Any, members: GroupMembers, resource: PersonalizeResource) -> bool:
    return members.is_defined_here and Stack.of(group) == Stack.of(resource)
