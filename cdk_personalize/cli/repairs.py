"""Repair of drift: updates in place to the declared configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import events, kinds, service_model
from cdk_personalize_handler.diff import ConfigurationDiff
from cdk_personalize_handler.errors import HandlerError

from cdk_personalize.cli import drift
from cdk_personalize.cli.template import first_unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk_personalize_handler.kinds import Kind

    from cdk_personalize.cli.aws import AwsClients
    from cdk_personalize.cli.drift import PropertyDrift, ResourceDrift
    from cdk_personalize.cli.stacks import DeployedStack, StackResource


class StackBusy(HandlerError):
    """A deployment is in progress."""


@dataclass(frozen=True, kw_only=True)
class Repair:
    """How the drift of a resource is repaired."""

    stack: DeployedStack
    resource: StackResource
    updates: Sequence[PropertyDrift] = ()
    """Properties that an update in place sends."""
    tags: Sequence[PropertyDrift] = ()
    """Tags that are set or removed."""
    activity: PropertyDrift | None = None
    """Whether the resource runs, if it is started or stopped."""
    obstacles: Sequence[str] = ()
    """Why the resource, or other properties of it, cannot be repaired."""

    @property
    def properties(self) -> list[PropertyDrift]:
        """All properties that are repaired."""
        return [*self.updates, *self.tags, *([self.activity] if self.activity else [])]


def require_idle(stack: DeployedStack) -> None:
    """Raise StackBusy if an operation on the stack is in progress."""
    if stack.under_way:
        raise StackBusy(f"stack {stack.name} is {stack.status}: repeat drift --fix when its deployment has ended")


def of_drift(stack: DeployedStack, found: ResourceDrift) -> Repair:
    """Return how the drift of a resource is repaired.

    A repair never replaces, retrains or deletes a resource.
    """
    resource, kind = found.resource, found.resource.kind
    if kind is None or resource.arn is None or found.status == drift.DELETED:
        reason = "it was deleted: change one of its properties and deploy, so that a deployment creates it again"
        return Repair(stack=stack, resource=resource, obstacles=[reason])
    drifted = [each for each in found.properties if each.status == drift.MODIFIED]
    tags = [each for each in drifted if each.path.startswith(f"{drift.TAGS}.")]
    activity = next((each for each in drifted if each.path == kinds.ACTIVE), None)
    members = [each for each in drifted if each.members]
    updates = [each for each in members if _is_mutable(kind, each)]
    obstacles = [
        f"{each.path} cannot be updated: deploy its live value, or another one, which replaces the resource"
        for each in members
        if each not in updates
    ]
    if activity and updates:
        obstacles.append(f"{kinds.ACTIVE} cannot be changed during an update: repeat drift --fix when it has ended")
        activity = None
    return Repair(stack=stack, resource=resource, updates=updates, tags=tags, activity=activity, obstacles=obstacles)


def carry_out(aws: AwsClients, repair: Repair) -> list[str]:
    """Carry out a repair and return the reasons of its failures.

    Updates, starts and stops go on in Amazon Personalize afterwards.
    """
    kind, arn = repair.resource.kind, repair.resource.arn
    if kind is None or arn is None:
        return []
    reasons = []
    for send in (_send_tags, _send_update, _send_activity):
        try:
            send(aws, kind, arn, repair)
        except HandlerError as error:
            reasons.append(str(error))
    return reasons


def _send_tags(aws: AwsClients, kind: Kind, arn: str, repair: Repair) -> None:
    declared = {each.path.partition(".")[2]: each.declared for each in repair.tags}
    if changed := {key: value for key, value in declared.items() if value is not None}:
        aws.personalize(kind).tag(arn, changed)
    if foreign := [key for key, value in declared.items() if value is None]:
        aws.personalize(kind).untag(arn, foreign)


def _send_update(aws: AwsClients, kind: Kind, arn: str, repair: Repair) -> None:
    if repair.updates:
        properties = repair.stack.properties(repair.resource)
        request = update_request(kind, properties, aws.describe(kind, arn) or {}, repair.updates)
        aws.personalize(kind).update(arn, request)


def _send_activity(aws: AwsClients, kind: Kind, arn: str, repair: Repair) -> None:
    if repair.activity:
        client = aws.personalize(kind)
        (client.start if repair.activity.declared else client.stop)(arn)


def update_request(
    kind: Kind, properties: Mapping[str, Any], description: Mapping[str, Any], drifted: Sequence[PropertyDrift]
) -> Mapping[str, Any]:
    """Return the update that repairs drifted properties.

    It has the whole configuration. A value that cannot be resolved, or that the template omits, is repeated as it is. A
    drifted property that the template omits gets the default of the service.
    """
    declared = _known(service_model.from_template(service_model.create_shape(kind.name), properties))
    declared.pop(service_model.TAGS, None)
    for each in drifted:
        if each.note == drift.DEFAULT:
            _set(declared, each.members, each.declared)
    ignored = events.ignored_members(kind, properties)
    return ConfigurationDiff(kind, declared, {}, ignored).completed_by(description).update_request(description)


def _is_mutable(kind: Kind, found: PropertyDrift) -> bool:
    declared, live = (
        {} if value is None else drift.nested(found.members, value) for value in (found.declared, found.live)
    )
    return not ConfigurationDiff(kind, declared, live).needs_replacement()


def _known(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration without the values that cannot be resolved."""
    known: dict[str, Any] = {}
    for name, entry in value.items():
        if isinstance(entry, Mapping):
            known[name] = _known(entry)
        elif first_unknown(entry) is None:
            known[name] = entry
    return known


def _set(configuration: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for name in path[:-1]:
        configuration = configuration.setdefault(name, {})
    configuration[path[-1]] = value
