"""The decision on an Update event. Pure functions: no client and no clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class UpdateAction(Enum):
    """The action on a resource."""

    NO_OP = "leave it as it is"
    UPDATE = "update it in place"
    REPLACE = "create a replacement; CloudFormation deletes the resource"
    RECREATE = "create it again: it was deleted"
    RESTORE = "return to the predecessor, which is not deleted yet"
    DEFER = "wait for the operation that is in progress"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class ConfigurationChange:
    """How the desired configuration differs from the previous one."""

    replaces: bool = False
    """A create-only property changed."""
    replaces_unseen: bool = False
    """A create-only property changed that the service does not describe."""
    reruns: bool = False
    """A value of `rerun_on` changed."""
    updates: bool = False
    """A mutable property changed."""

    @property
    def needs_new_resource(self) -> bool:
        """Whether an update in place is not sufficient."""
        return self.replaces or self.reruns


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The current state of the resource."""

    exists: bool = True
    failed: bool = False
    """Its creation failed."""
    busy: bool = False
    """An operation on it is in progress."""
    busy_with_desired: bool = False
    """That operation is an update to the desired configuration."""
    matches_create_only: bool = True
    """Its create-only properties are the desired ones, as far as the service describes them."""
    matches_mutable: bool = False
    """Its mutable properties are the desired ones."""
    created_for_desired: bool = True
    """No request for another configuration created it, as far as that is known."""
    predecessor: str | None = None
    """In a rollback: another resource of the same owner that has the desired configuration."""
    name_collides: bool = False
    """A replacement would have the same name."""


@dataclass(frozen=True)
class Decision:
    """An action, and the resource that it restores, if any."""

    action: UpdateAction
    arn: str | None = None


def decide(change: ConfigurationChange, observed: Observed, *, rolling_back: bool) -> Decision:
    """Return the action that an Update event requires."""
    if not observed.exists:
        return _return_or(UpdateAction.RECREATE, observed, rolling_back=rolling_back)
    if change.needs_new_resource and not _is_desired(change, observed, rolling_back=rolling_back):
        if rolling_back:
            return _return_or(UpdateAction.RECREATE, observed, rolling_back=True)
        return Decision(UpdateAction.FAIL if observed.name_collides else UpdateAction.REPLACE)
    if not change.updates or (observed.matches_mutable and not observed.busy):
        return Decision(UpdateAction.NO_OP)
    if observed.busy:
        return Decision(UpdateAction.NO_OP if observed.busy_with_desired else UpdateAction.DEFER)
    return Decision(UpdateAction.UPDATE)


def _return_or(action: UpdateAction, observed: Observed, *, rolling_back: bool) -> Decision:
    if rolling_back and observed.predecessor:
        return Decision(UpdateAction.RESTORE, observed.predecessor)
    return Decision(action)


def _is_desired(change: ConfigurationChange, observed: Observed, *, rolling_back: bool) -> bool:
    """Return whether the resource already has the requested configuration.

    In a rollback this is the case if the replacement was not created or not reported. Outside a rollback, a rerun
    always requires a new resource.
    """
    if observed.failed or not observed.matches_create_only:
        return False
    if rolling_back:
        return observed.created_for_desired
    return not (change.reruns or change.replaces_unseen)
