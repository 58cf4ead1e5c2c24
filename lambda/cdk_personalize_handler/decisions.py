"""Decide what an Update request requires: nothing, an update or a replacement.

The functions are pure: they call no AWS service and read no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class UpdateAction(Enum):
    """The action that an Update request requires."""

    NO_OP = "change nothing"
    UPDATE = "update the resource in place"
    REPLACE = "create a replacement; CloudFormation deletes the resource"
    RECREATE = "recreate the resource, because it was deleted"
    RESTORE = "return to the previous resource, which is not deleted yet"
    DEFER = "wait for the operation in progress, then decide again"
    FAIL = "fail, because a replacement would have the same name"


@dataclass(frozen=True, kw_only=True)
class ConfigurationChange:
    """Which changes the template makes to the configuration of a resource."""

    replaces: bool = False
    """Whether a create-only property changed."""
    replaces_unseen: bool = False
    """Whether a create-only property changed that the describe operation does not return."""
    reruns: bool = False
    """Whether a value of the prop `rerun_on` changed."""
    updates: bool = False
    """Whether a mutable property changed."""

    @property
    def needs_new_resource(self) -> bool:
        """Whether the change cannot be made by an update in place."""
        return self.replaces or self.reruns


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The current state of the resource."""

    exists: bool = True
    failed: bool = False
    """Whether the creation of the resource failed."""
    busy: bool = False
    """Whether an operation on the resource is in progress."""
    busy_with_desired: bool = False
    """Whether the operation in progress is an update to the desired configuration."""
    matches_create_only: bool = True
    """Whether the create-only properties that the describe operation returns have the desired values."""
    matches_mutable: bool = False
    """Whether the mutable properties have the desired values."""
    created_for_desired: bool = True
    """Whether the request that created the resource had the desired configuration. True if that is unknown."""
    predecessor: str | None = None
    """In a rollback: the ARN of another resource of this owner that has the desired configuration."""
    name_collides: bool = False
    """Whether a replacement would have the same name as the resource."""


@dataclass(frozen=True)
class Decision:
    """The action that an Update request requires."""

    action: UpdateAction
    arn: str | None = None
    """The resource to return to, for the action RESTORE."""


def decide(change: ConfigurationChange, observed: Observed, *, rolling_back: bool) -> Decision:
    """Return the action that an Update request requires."""
    if not observed.exists:
        return _restore_or(UpdateAction.RECREATE, observed, rolling_back=rolling_back)
    if change.needs_new_resource and not _is_desired(change, observed, rolling_back=rolling_back):
        if rolling_back:
            return _restore_or(UpdateAction.RECREATE, observed, rolling_back=True)
        return Decision(UpdateAction.FAIL if observed.name_collides else UpdateAction.REPLACE)
    if not change.updates or (observed.matches_mutable and not observed.busy):
        return Decision(UpdateAction.NO_OP)
    if observed.busy:
        return Decision(UpdateAction.NO_OP if observed.busy_with_desired else UpdateAction.DEFER)
    return Decision(UpdateAction.UPDATE)


def _restore_or(action: UpdateAction, observed: Observed, *, rolling_back: bool) -> Decision:
    if rolling_back and observed.predecessor:
        return Decision(UpdateAction.RESTORE, observed.predecessor)
    return Decision(action)


def _is_desired(change: ConfigurationChange, observed: Observed, *, rolling_back: bool) -> bool:
    """Return whether the existing resource already has the desired configuration.

    A rollback finds it like that if the cancelled update had not created the replacement, or not reported it. Outside a
    rollback, a change of `rerun_on` always requires a new resource.
    """
    if observed.failed or not observed.matches_create_only:
        return False
    if rolling_back:
        return observed.created_for_desired
    return not (change.reruns or change.replaces_unseen)
