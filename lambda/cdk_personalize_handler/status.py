"""Read statuses from the response of a describe operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize_handler.kinds import Kind

    Description = Mapping[str, Any]

_IN_PROGRESS = ("PENDING", "IN_PROGRESS", "IN PROGRESS", "STOPPING")
_FAILED = ("FAILED", "STOPPED")
_NO_REASON = "Amazon Personalize gave no reason"


def newest_update(kind: Kind, description: Description) -> Description | None:
    """Return the newest update of a resource, or None if the description has none."""
    update: Description | None = description.get(f"latest{kind.name}Update")
    return update


def describes_updates(kind: Kind) -> bool:
    """Return whether descriptions of this kind include the newest update."""
    return f"latest{kind.name}Update" in service_model.described_members(kind.name)


def current_status(kind: Kind, description: Description) -> str:
    """Return the status of an update in progress, or else of the resource."""
    own = own_status(description)
    update = newest_update(kind, description)
    if update and is_in_progress(str(update["status"])) and not is_in_progress(own):
        return str(update["status"])
    return own


def own_status(description: Description) -> str:
    """Return the status of the resource, without its updates.

    A schema has no status in the API: it is always ACTIVE.
    """
    return str(description.get("status", "ACTIVE"))


def is_busy(kind: Kind, description: Description) -> bool:
    """Return whether an operation on the resource is in progress."""
    return is_in_progress(current_status(kind, description))


def is_in_progress(status: str) -> bool:
    """Return whether a status says that an operation is in progress."""
    return status.endswith(_IN_PROGRESS)


def is_failed(status: str) -> bool:
    """Return whether a status says that an operation failed or was stopped."""
    return status.endswith(_FAILED)


def is_stopping(status: str) -> bool:
    """Return whether a status says that a creation is being stopped."""
    return status.endswith("STOPPING")


def is_being_deleted(description: Description) -> bool:
    """Return whether the resource is being deleted."""
    return own_status(description).startswith("DELETE")


def failure_reason(description: Description) -> str:
    """Return the reason that Amazon Personalize gives for a failure."""
    return str(description.get("failureReason") or _NO_REASON)


def began(description: Description | None) -> float:
    """Return the creation time of a resource or update, in seconds since 1970.

    0 if the description does not contain it.
    """
    created = description.get("creationDateTime") if description else None
    return float(created.timestamp()) if created else 0.0


def operation_id(kind: Kind, description: Description) -> str:
    """Return an ID of the operation that set the configuration: its start time.

    A failed update is ignored, because it changed nothing.
    """
    update = newest_update(kind, description)
    if update and not is_failed(str(update["status"])):
        return str(began(update))
    return str(began(description))
