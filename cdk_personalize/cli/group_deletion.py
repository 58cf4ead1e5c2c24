"""Deletion of a dataset group and everything in it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from cdk_personalize_handler import service_model, status
from cdk_personalize_handler.errors import AccessDenied, Deferred, HandlerError, NotFound, Throttled
from cdk_personalize_handler.kinds import KINDS
from cdk_personalize_handler.operations.deletion import running_trainings

from cdk_personalize.cli.group_reader import IN_ORDER_OF_CREATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cdk_personalize.cli.aws import AwsClients
    from cdk_personalize.cli.group_reader import LiveGroup, LiveResource

DELETED = "deleted"
WAITING = "waiting"
_IN_USE = "in use, waiting"
_KEPT = "kept: "
_LONGEST_WAIT_HOURS = 4
"""How long a resource can be in use, on the clock of Amazon Personalize. A training or an import can take hours."""


class GroupHasOwner(HandlerError):
    """A stack owns the dataset group or a resource in it."""


class ResourceStaysInUse(HandlerError):
    """Amazon Personalize rejects the deletion of a resource for too long."""


def require_no_owner(group: LiveGroup) -> None:
    """Raise GroupHasOwner if a stack has the dataset group or a resource in it."""
    owned = [each for each in group.resources if each.stack is not None and each.kind.name != "Schema"]
    if owned:
        listed = ", ".join(f"{each.kind.name} {each.name} (stack {each.stack})" for each in owned)
        raise GroupHasOwner(
            f"dataset group {group.group.name} was not deleted, because a stack owns {listed}. "
            "Delete the resources with their stack."
        )


def deletable(group: LiveGroup) -> list[LiveResource]:
    """Return the resources to delete, in order.

    Solution versions are deleted with their solution.
    """
    found = sorted(group.resources, key=lambda each: -IN_ORDER_OF_CREATION.index(each.kind.name))
    return [each for each in found if service_model.operation("Delete", each.kind.name)]


def delete(aws: AwsClients, resources: Sequence[LiveResource]) -> Iterator[Mapping[str, str]]:
    """Delete resources kind by kind, and yield the states by ARN.

    The caller waits between two poll attempts.

    :raises ResourceStaysInUse: If a resource is in use for hours.
    """
    deletion = _Deletion(aws, resources)
    for kind in dict.fromkeys(each.kind.name for each in resources):
        while not deletion.advance(kind):
            yield deletion.states
    yield deletion.states


def is_done(state: str) -> bool:
    """Return whether a resource in this state is deleted or kept."""
    return state == DELETED or state.startswith(_KEPT)


class _Deletion:
    """The deletion of the resources of a dataset group."""

    def __init__(self, aws: AwsClients, resources: Sequence[LiveResource]) -> None:
        self._aws = aws
        self._resources = resources
        self._in_use_since: dict[str, float] = {}
        self.states = {each.arn: WAITING for each in resources}

    def advance(self, kind: str) -> bool:
        """Delete the resources of a kind that can be deleted now.

        Return whether all of them are deleted or kept.
        """
        self._aws.forget()
        resources = [each for each in self._resources if each.kind.name == kind]
        for each in resources:
            if not is_done(self.states[each.arn]):
                self.states[each.arn] = self._advanced(each)
        return all(is_done(self.states[each.arn]) for each in resources)

    def _advanced(self, resource: LiveResource) -> str:
        """Start the deletion of a resource if necessary, and return its state."""
        if resource.stack is not None:
            return f"{_KEPT}the stack {resource.stack} owns it"
        client = self._aws.personalize(resource.kind)
        try:
            description = client.describe(resource.arn)
            if description is None:
                return DELETED
            if status.is_being_deleted(description):
                return status.own_status(description)
            client.delete(resource.arn)
        except NotFound:
            return DELETED
        except AccessDenied:
            raise
        except Throttled:
            return self.states[resource.arn]
        except Deferred as error:
            return self._deferred(resource, error)
        return "DELETE PENDING"

    def _deferred(self, resource: LiveResource, error: Deferred) -> str:
        """Stop the trainings that use a resource, and return its state."""
        if resource.kind.name == "Schema":
            return f"{_KEPT}another dataset uses it"
        client = self._aws.personalize(resource.kind)
        now = client.now or 0.0
        since = self._in_use_since.setdefault(resource.arn, now)
        if now - since > _LONGEST_WAIT_HOURS * 3600:
            raise ResourceStaysInUse(
                f"{resource.kind.name} {resource.name} was in use for {_LONGEST_WAIT_HOURS} hours: {error}. "
                "Delete or stop what uses it, and run the command again."
            ) from error
        with _repeated_later():
            self._stop_children(resource)
        return _IN_USE

    def _stop_children(self, resource: LiveResource) -> None:
        """Stop the trainings of a solution, and turn its automatic training off."""
        trainings, client = resource.kind.trainings, self._aws.personalize(resource.kind)
        if trainings is None:
            return
        children = self._aws.personalize(KINDS[trainings.kind])
        for child, _ in running_trainings(children, trainings, resource.arn):
            children.delete(child)
        description = client.describe(resource.arn)
        if description and description.get(trainings.switch):
            client.update(resource.arn, {trainings.switch: False})


@contextlib.contextmanager
def _repeated_later() -> Iterator[None]:
    """Ignore the error of a call that Amazon Personalize rejects for now.

    The next poll attempt repeats the call.
    """
    try:
        yield
    except AccessDenied:
        raise
    except (Deferred, NotFound):
        pass
