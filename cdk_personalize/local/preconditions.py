"""Preconditions of calls that apply to several kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_personalize.local import schemas
from cdk_personalize.local.errors import in_use, invalid, limit_exceeded, not_found
from cdk_personalize.local.resource import ACTIVE, CREATE_FAILED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk_personalize.local.registry import ResourceRegistry
    from cdk_personalize.local.resource import EmulatedResource


def require_metadata_columns(registry: ResourceRegistry, group_arn: str) -> None:
    """Raise InvalidInputException if the dataset group has no item metadata."""
    for dataset in registry.all("Dataset", datasetGroupArn=group_arn, datasetType="ITEMS"):
        if set(registry.schema_of(dataset)) - set(schemas.REQUIRED_FIELDS["ITEMS"]):
            return
    # unverified: the wording
    raise invalid("enableMetadataWithRecommendations requires an Items dataset with a metadata column")


def require_active(resource: EmulatedResource) -> None:
    """Raise ServiceError if a resource that a new resource depends on is not ACTIVE."""
    if resource.status == CREATE_FAILED or resource.status.startswith("DELETE"):
        raise not_found(resource.arn)
    if resource.status != ACTIVE:
        # unverified: the exception type; it could be InvalidInputException
        raise in_use(f"{resource.arn} is {resource.status}, not ACTIVE")


def require_unused(resource: EmulatedResource, dependents: Iterable[EmulatedResource]) -> None:
    """Raise ResourceInUseException if other resources depend on this one."""
    arns = ", ".join(dependent.arn for dependent in dependents)
    if arns:
        raise in_use(f"{resource.arn} is in use by {arns}")


def require_quota(what: str, most: int, existing: Iterable[EmulatedResource]) -> None:
    """Raise LimitExceededException if `existing` uses up a quota.

    Failed and deleted resources do not count.
    """
    if sum(not each.status.startswith((CREATE_FAILED, "DELETE")) for each in existing) >= most:
        raise limit_exceeded(f"More than {most} {what}. Please delete some and try again.")


def require_running_quota(existing: Iterable[EmulatedResource], most: int) -> None:
    """Raise LimitExceededException if `most` resources are pending or in progress.

    :param existing: the resources to count, of one account and region.
    """
    if sum(each.status.endswith(("PENDING", "IN_PROGRESS")) for each in existing) >= most:
        raise limit_exceeded(f"More than {most} resources with PENDING or IN_PROGRESS status.")
