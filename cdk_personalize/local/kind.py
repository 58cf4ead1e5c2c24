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
    """The rules that most kinds have in common."""

    name: str
    seconds = 30.0
    """How long a creation takes."""
    update_seconds: float | None = None
    """How long an update takes, if not as long as a creation."""
    delete_seconds = 30.0
    verb = "CREATE"
    """The first word of the statuses of a creation."""
    done = ACTIVE
    failed = CREATE_FAILED
    has_status = True
    trained = False
    """Whether this kind is trained and reports offline metrics."""
    update_verb = "CREATE"
    """The first word of the statuses of an update. With UPDATE, the resource's own status shows it."""

    @property
    def deletable(self) -> bool:
        """Whether the API has a call that deletes it.

        The name of a resource that cannot be deleted stays in use.
        """
        return service_model.operation("Delete", self.name) is not None

    def arn_path(self, registry: ResourceRegistry, request: Request) -> str:
        """Return the resource part of the ARN."""
        kebab = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in self.name).lstrip("-")
        return f"{kebab}/{request[service_model.name_member(self.name)]}"

    def parent(self, record: Mapping[str, Any], member: str) -> Any:
        """Return the value that a list of this kind is filtered by."""
        return record.get(member)

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if the service rejects the creation."""

    def complete(self, registry: ResourceRegistry, request: Request) -> dict[str, Any]:
        """Return the members that the service adds to a request."""
        return {}

    def finish_creation(self, registry: ResourceRegistry, resource: EmulatedResource, ended: float) -> str | None:
        """Apply the effects of a creation that ends; return a reason if it fails."""
        return None

    def shown(self, registry: ResourceRegistry, resource: EmulatedResource) -> dict[str, Any]:
        """Return the record as Describe shows it."""
        return resource.record

    def require_updatable(self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request) -> None:
        """Raise ServiceError if the service rejects the update."""

    def normalized(self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request) -> Request | None:
        """Return the changes as the service stores them, or None if they start no update."""
        return changes

    def update_entry(self, resource: EmulatedResource, changes: Request) -> dict[str, Any]:
        """Return the members that describe an update."""
        return dict(changes)

    def finish_update(
        self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request, ended: float
    ) -> str | None:
        """Apply the effects of an update that ends; return a reason if it fails."""
        resource.record.update(changes)
        return None

    def require_deletable(self, registry: ResourceRegistry, resource: EmulatedResource) -> None:
        """Raise ServiceError if the service rejects the deletion."""

    def finish_deletion(self, registry: ResourceRegistry, resource: EmulatedResource) -> None:
        """Apply the effects of a deletion that ends."""

    def next_scheduled(self, resource: EmulatedResource) -> float | None:
        """Return when the service acts on a resource without a request, or None."""
        return None

    def run_scheduled(self, registry: ResourceRegistry, resource: EmulatedResource, now: float) -> None:
        """Act on a resource without a request, at the time of its schedule."""
