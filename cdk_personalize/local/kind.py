"""Base class of all resource kinds, with rules that botocore's model lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

from cdk_personalize.local.resource import ACTIVE, CREATE_FAILED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.registry import ResourceRegistry
    from cdk_personalize.local.resource import EmulatedResource

    Request = dict[str, Any]

LATEST = "/$LATEST"
MINUTE = 60.0


class ResourceKind:
    """Default rules of a kind of resource. Each kind overrides those that differ."""

    name: str
    seconds = 30.0
    """Duration of a creation, in seconds of service time."""
    update_seconds: float | None = None
    """Duration of an update, in seconds of service time. Default: that of a creation."""
    delete_seconds = 30.0
    verb = "CREATE"
    """First word of the statuses of a creation, such as CREATE in CREATE PENDING."""
    done = ACTIVE
    failed = CREATE_FAILED
    has_status = True
    trained = False
    """Whether this kind is trained and reports offline metrics."""
    update_verb = "CREATE"
    """First word of the statuses of an update. With UPDATE, also the status of the resource itself shows the update."""

    @property
    def deletable(self) -> bool:
        """Whether the API has an operation that deletes resources of this kind.

        If it has none, the name of a resource stays in use forever.
        """
        return service_model.operation("Delete", self.name) is not None

    def arn_path(self, registry: ResourceRegistry, request: Request) -> str:
        """Return the resource part of the ARN of a new resource."""
        kebab = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in self.name).lstrip("-")
        return f"{kebab}/{request[service_model.name_member(self.name)]}"

    def parent(self, record: Mapping[str, Any], member: str) -> Any:
        """Return the ARN in a record by which List operations of this kind filter."""
        return record.get(member)

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if the service rejects the creation."""

    def complete(self, registry: ResourceRegistry, request: Request) -> dict[str, Any]:
        """Return the members that a creation adds to the request, such as defaults."""
        return {}

    def finish_creation(self, registry: ResourceRegistry, resource: EmulatedResource, ended: float) -> str | None:
        """Apply the effects of a creation at its end. Return a reason if it fails."""
        return None

    def shown(self, registry: ResourceRegistry, resource: EmulatedResource) -> dict[str, Any]:
        """Return the record of a resource as a Describe operation returns it."""
        return resource.record

    def require_updatable(self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request) -> None:
        """Raise ServiceError if the service rejects the update."""

    def normalized(self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request) -> Request | None:
        """Return the changes as they are stored, or None if they start no update."""
        return changes

    def update_entry(self, resource: EmulatedResource, changes: Request) -> dict[str, Any]:
        """Return the members of the latest update in the record, such as its config."""
        return dict(changes)

    def finish_update(
        self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request, ended: float
    ) -> str | None:
        """Apply the effects of an update at its end. Return a reason if it fails."""
        resource.record.update(changes)
        return None

    def require_deletable(self, registry: ResourceRegistry, resource: EmulatedResource) -> None:
        """Raise ServiceError if the service rejects the deletion."""

    def finish_deletion(self, registry: ResourceRegistry, resource: EmulatedResource) -> None:
        """Apply the effects of a deletion at its end."""

    def next_scheduled(self, resource: EmulatedResource) -> float | None:
        """Return the time of the next automatic action on a resource, or None."""
        return None

    def run_scheduled(self, registry: ResourceRegistry, resource: EmulatedResource, now: float) -> None:
        """Run the automatic action on a resource that is due, such as a training."""
