"""What all kinds of resources have in common: the rules that botocore's model cannot tell, with their usual values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

from cdk_personalize.local import datasets
from cdk_personalize.local.errors import in_use, invalid, limit_exceeded, not_found
from cdk_personalize.local.resource import ACTIVE, CREATE_FAILED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.emulator import World
    from cdk_personalize.local.resource import Resource

    Request = dict[str, Any]

LATEST = "/$LATEST"
MINUTE = 60.0


class Kind:
    """What most kinds have in common."""

    name: str
    seconds = 30.0
    """How long a creation or an update takes."""
    delete_seconds = 30.0
    verb = "CREATE"
    """The first word of the statuses of a creation."""
    done = ACTIVE
    failed = CREATE_FAILED
    has_status = True
    trained = False
    """Whether it is a model, with offline metrics."""
    update_verb = "CREATE"
    """The first word of the statuses of an update. With UPDATE, the resource's own status shows it."""

    @property
    def deletable(self) -> bool:
        """Tell whether there is a call that deletes it; the names of others are taken for good."""
        return service_model.operation("Delete", self.name) is not None

    def arn_path(self, world: World, request: Request) -> str:
        """Return the resource part of the ARN."""
        kebab = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in self.name).lstrip("-")
        return f"{kebab}/{request[service_model.name_member(self.name)]}"

    def parent(self, record: Mapping[str, Any], member: str) -> Any:
        """Return the value that a list of this kind is filtered by."""
        return record.get(member)

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a creation that the service refuses."""

    def complete(self, world: World, request: Request) -> dict[str, Any]:
        """Return what the service adds to a request."""
        return {}

    def created(self, world: World, resource: Resource, ended: float) -> str | None:
        """Do what the end of a creation does; return a reason if it fails."""
        return None

    def shown(self, world: World, resource: Resource) -> dict[str, Any]:
        """Return the record as Describe shows it."""
        return resource.record

    def check_update(self, world: World, resource: Resource, changes: Request) -> bool:
        """Refuse an update that the service refuses; return whether there is anything to do."""
        return True

    def update_entry(self, resource: Resource, changes: Request) -> dict[str, Any]:
        """Return what the entry of an update shows."""
        return dict(changes)

    def updated(self, world: World, resource: Resource, changes: Request, ended: float) -> str | None:
        """Do what the end of an update does; return a reason if it fails."""
        resource.record.update(changes)
        return None

    def check_delete(self, world: World, resource: Resource) -> None:
        """Refuse a deletion that the service refuses."""

    def deleted(self, world: World, resource: Resource) -> None:
        """Do what the end of a deletion does."""


def rows_of(world: World, group_arn: str, dataset_type: str) -> list[dict[str, str]]:
    """Return the rows of one type of data in a group, imported ones first."""
    sources = world.all("Dataset", datasetGroupArn=group_arn, datasetType=dataset_type)
    if dataset_type == "INTERACTIONS":
        sources = [*sources, *world.all("EventTracker", datasetGroupArn=group_arn)]
    return [row for source in sources for rows in (source.rows, source.put_rows) for row in rows]


def table_of(world: World, group_arn: str, dataset_type: str) -> dict[str, dict[str, str]]:
    """Return the items, users or actions of a group by their ids; the newest record of an id counts."""
    key = datasets.REQUIRED_FIELDS[dataset_type][0]
    return {row[key]: row for row in rows_of(world, group_arn, dataset_type)}


def check_metadata(world: World, group_arn: str) -> None:
    """Refuse to answer metadata where there is none."""
    for dataset in world.all("Dataset", datasetGroupArn=group_arn, datasetType="ITEMS"):
        schema = json.loads(world.get(dataset.record["schemaArn"]).record["schema"])
        if any(field["name"] != "ITEM_ID" for field in schema["fields"]):
            return
    # unverified: the words
    raise invalid("enableMetadataWithRecommendations needs an Items dataset with a metadata column")


def check_active(resource: Resource) -> None:
    """Refuse to build on something that is not ready."""
    if resource.status == CREATE_FAILED or resource.status.startswith("DELETE"):
        raise not_found(resource.arn)
    if resource.status != ACTIVE:
        # unverified: whether it is this exception or InvalidInputException
        raise in_use(f"{resource.arn} is {resource.status}, not ACTIVE")


def check_unused(resource: Resource, users: list[Resource]) -> None:
    """Refuse to take away what others stand on."""
    if users:
        raise in_use(f"{resource.arn} is in use by {', '.join(each.arn for each in users)}")


def check_quota(what: str, most: int, existing: list[Resource]) -> None:
    """Refuse one more than there may be; what failed or is being deleted does not count."""
    if len([each for each in existing if not each.status.startswith((CREATE_FAILED, "DELETE"))]) >= most:
        raise limit_exceeded(f"More than {most} {what}. Please delete some and try again.")


def check_quota_of_running(existing: list[Resource], most: int) -> None:
    """Refuse one more than may be under way at a time."""
    if len([each for each in existing if each.operation]) >= most:
        raise limit_exceeded(f"More than {most} resources with PENDING or IN_PROGRESS status.")
