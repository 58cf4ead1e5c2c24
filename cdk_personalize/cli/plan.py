"""The plan for one resource: the action of the next deployment.

The decision on an update is the handler's own, for the event that CloudFormation is going to send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import adoption, events, kinds, service_model, status
from cdk_personalize_handler.decisions import UpdateAction
from cdk_personalize_handler.errors import OperationFailed
from cdk_personalize_handler.ledger import Ledger
from cdk_personalize_handler.operations import create, update, waiting
from cdk_personalize_handler.operations.context import Context
from cdk_personalize_handler.operations.deletion import is_permanent
from cdk_personalize_handler.ownership import arn_from_request, ownership_of
from cdk_personalize_handler.stack_events import StackState

from cdk_personalize.cli import billing, drift, stacks
from cdk_personalize.cli.template import Unknown, first_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk_personalize_handler.kinds import Kind
    from cdk_personalize_handler.personalize import Description

    from cdk_personalize.cli.aws import AwsClients
    from cdk_personalize.cli.stacks import DeployedStack, StackResource

    Properties = Mapping[str, Any]
    Changes = Sequence["PropertyChange"]

_TAGS = "Tags"
_DELETION = timedelta(minutes=30)
_TRAINING_DATA = "TrainingDataConfig"


class PlannedAction(Enum):
    """What a deployment does with a resource."""

    CREATE = "create"
    ADOPT = "adopt"
    UPDATE = "update"
    REPLACE = "replace"
    RETRAIN = "retrain"
    RERUN = "rerun"
    DELETE = "delete"
    RETAIN = "retain"
    """The resource leaves the stack and stays in Amazon Personalize."""
    KEEP = "keep"
    FAIL = "fail"

    @property
    def makes_new(self) -> bool:
        """Whether the deployment creates or adopts a resource."""
        return self in _MAKES_NEW

    @property
    def done(self) -> str:
        """The past participle of the action, such as `created`."""
        return {"keep": "kept", "rerun": "rerun"}.get(self.value, f"{self.value.removesuffix('e')}ed")


_MAKES_NEW = frozenset(
    {
        PlannedAction.CREATE,
        PlannedAction.ADOPT,
        PlannedAction.REPLACE,
        PlannedAction.RETRAIN,
        PlannedAction.RERUN,
    }
)


@dataclass(frozen=True)
class KnownLater(Unknown):
    """A value that depends on a resource that the deployment creates or replaces."""

    source: str = ""
    """The construct path of that resource."""


@dataclass(frozen=True)
class PropertyChange:
    """A changed property, with its values in the deployed template and in the new one."""

    path: str
    """The path in the template, such as `CampaignConfig.EnableMetadataWithRecommendations`."""
    old: Any
    new: Any

    @property
    def later(self) -> KnownLater | None:
        """The reason why the new value is only known later."""
        unknown = first_unknown(self.new)
        return unknown if isinstance(unknown, KnownLater) else None


@dataclass(frozen=True, kw_only=True)
class PlannedResource:
    """A resource and what the next deployment does with it."""

    resource: StackResource
    kind: Kind
    action: PlannedAction
    reasons: Sequence[str] = ()
    changes: Changes = ()
    new_arn: str | None = None
    """The ARN of the created or adopted resource. None if it is not known before the deployment."""
    predecessor: str = ""
    """The outcome for the replaced resource, as the end of a sentence, such as `is deleted afterwards`."""
    usually_within: timedelta | None = None
    """The usual duration of the operation. None if Amazon Personalize is not called."""
    billed: str = billing.NOTHING
    """The charges for the resource after the deployment, in words."""

    def keeps(self, attribute: str) -> bool:
        """Return whether an attribute has the same value after the deployment.

        :param attribute: The name of the attribute. Empty for `Ref`.
        """
        if self.action is not PlannedAction.UPDATE or self.is_arn(attribute):
            return not self.action.makes_new
        member = service_model.lower_first(attribute.partition(".")[0])
        return member in service_model.create_only_members(self.kind.name)

    def is_arn(self, attribute: str) -> bool:
        """Return whether the value of an attribute, or of `Ref`, is the ARN."""
        return attribute in ("", kinds.WAIT_ARN, service_model.upper_first(service_model.arn_member(self.kind.name)))


def as_sent(value: Any) -> Any:
    """Return a value as CloudFormation sends it: each scalar is a string."""
    if isinstance(value, Mapping):
        return {name: as_sent(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [as_sent(entry) for entry in value]
    if isinstance(value, Unknown):
        return f"unknown/{value.reason}/{value.expression}"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


def of_creation(
    aws: AwsClients, stack: DeployedStack, resource: StackResource, properties: Properties
) -> PlannedResource:
    """Plan a resource that the stack does not have yet."""
    context = _context(aws, stack, resource, events.CREATE, properties, {})
    kind = context.request.kind
    planned = PlannedResource(
        resource=resource,
        kind=kind,
        action=PlannedAction.CREATE,
        new_arn=_arn_of_new(context),
        usually_within=kind.usual_duration,
        billed=_billed(context, properties, is_new=True),
    )
    try:
        existing = adoption.find(context)
    except OperationFailed as error:
        return _failing(planned, str(error))
    if existing is not None:
        arn, description = existing
        changes = _adopted_changes(context, properties, arn, description)
        billed = _billed(context, properties)
        return replace(planned, action=PlannedAction.ADOPT, new_arn=arn, changes=changes, billed=billed)
    if planned.new_arn is not None:
        other = aws.describe(kind, planned.new_arn)
        if other is not None and not status.is_being_deleted(other):
            return _failing(planned, create.name_conflict(f"{planned.new_arn} already exists"))
    return planned


def of_update(
    aws: AwsClients,
    stack: DeployedStack,
    resource: StackResource,
    properties: Properties,
    previous: Properties,
    *,
    retains_predecessor: bool,
) -> PlannedResource:
    """Plan a resource that the stack has.

    :param properties: The properties in the new template.
    :param previous: The properties in the deployed template.
    """
    context = _context(aws, stack, resource, events.UPDATE, properties, previous)
    kind = context.request.kind
    kept = PlannedResource(resource=resource, kind=kind, action=PlannedAction.KEEP, billed=_billed(context, properties))
    if as_sent(properties) == as_sent(previous):
        return kept  # CloudFormation sends no event
    description = aws.describe(kind, resource.arn) if resource.arn else None
    changes = [each for each in _changes(kind, properties, previous) if _member(each) not in context.request.ignored]
    planned = replace(kept, changes=changes, usually_within=kind.usual_duration)
    match update.decide_on(context, description, rolling_back=False).action:
        case UpdateAction.RECREATE:
            billed = _billed(context, properties, is_new=True)
            reasons = ("it was deleted outside the stack",)
            return replace(
                planned, action=PlannedAction.CREATE, new_arn=_arn_of_new(context), reasons=reasons, billed=billed
            )
        case UpdateAction.REPLACE:
            return replace(
                planned,
                action=_replacement(kind),
                new_arn=_arn_of_new(context),
                reasons=_reasons_of_replacement(context, changes),
                predecessor=_predecessor(kind, description or {}, retained=retains_predecessor),
                billed=_billed(context, properties, is_new=True),
            )
        case UpdateAction.FAIL:
            return _failing(planned, update.collision(context))
        case UpdateAction.UPDATE:
            return replace(planned, action=PlannedAction.UPDATE, reasons=_reasons_of_update(changes))
        case UpdateAction.DEFER:
            reasons = ("it waits for the operation that is in progress",)
            return replace(planned, action=PlannedAction.UPDATE, reasons=reasons)
    if description is not None and waiting.must_start_or_stop(context, description):
        reasons = ("it is started" if context.request.active else "it is stopped",)
        return replace(planned, action=PlannedAction.UPDATE, reasons=reasons)
    tags = [each for each in changes if each.path.startswith(_TAGS)] if service_model.is_taggable(kind.name) else []
    if tags:
        return replace(planned, action=PlannedAction.UPDATE, changes=tags, usually_within=timedelta())
    return kept


def of_another_type(resource: StackResource, previous: str) -> PlannedResource:
    """Plan a resource that has another type than the deployed one of its logical ID."""
    reason = f"CloudFormation cannot change the type from {previous} to {resource.type}. Use another construct ID."
    kind = stacks.CUSTOM[resource.type]
    return PlannedResource(resource=resource, kind=kind, action=PlannedAction.FAIL, reasons=(reason,))


def of_deletion(
    aws: AwsClients, stack: DeployedStack, resource: StackResource, properties: Properties, *, retained: bool
) -> PlannedResource:
    """Plan a resource that leaves the stack."""
    context = _context(aws, stack, resource, events.DELETE, properties, {})
    kind = context.request.kind
    leaving = PlannedResource(
        resource=resource, kind=kind, action=PlannedAction.RETAIN, billed=_billed(context, properties)
    )
    if retained:
        return replace(leaving, reasons=("its removal policy retains it",))
    deleted = replace(leaving, action=PlannedAction.DELETE, usually_within=_DELETION, billed=billing.NOTHING)
    description = aws.describe(kind, resource.arn) if resource.arn else None
    if description is None or resource.arn is None:
        return replace(deleted, reasons=("it was deleted outside the stack",), usually_within=None)
    if is_permanent(kind, description):
        return replace(leaving, reasons=("Amazon Personalize cannot delete it",))
    owner = ownership_of(context.api, resource.arn, description) if service_model.is_taggable(kind.name) else None
    if owner is not None and owner.owner != context.request.ownership.owner:
        return replace(leaving, reasons=("another stack or construct owns it",))
    return deleted


def _context(
    aws: AwsClients,
    stack: DeployedStack,
    resource: StackResource,
    request_type: str,
    properties: Properties,
    previous: Properties,
) -> Context:
    """Return the context of the request that CloudFormation is going to send."""
    event = {
        "RequestType": request_type,
        "ResourceType": resource.type,
        "StackId": stack.id,
        "LogicalResourceId": resource.logical_id,
        "RequestId": "planned",
        "PhysicalResourceId": resource.physical_id,
        "ResourceProperties": as_sent(properties),
        "OldResourceProperties": as_sent(previous),
    }
    request = events.parse(event)
    return Context(
        request=request,
        progress=events.Progress(local_started=0.0),
        api=aws.personalize(request.kind),
        stack=StackState(aws.cloudformation, stack.id),
        ledger=Ledger(None, ""),  # only a rollback reads it
        execution_started=datetime.now(timezone.utc),
        log=lambda _decision, **_fields: None,
    )


def _failing(planned: PlannedResource, reason: str) -> PlannedResource:
    return replace(planned, action=PlannedAction.FAIL, reasons=(reason,), usually_within=None)


def _arn_of_new(context: Context) -> str | None:
    """Return the ARN of the resource that a request creates.

    None if the request does not specify its name.
    """
    kind = context.request.kind
    if kind.resource_id is None and service_model.name_member(kind.name) not in context.request.desired:
        return None
    arn = arn_from_request(kind, context.request.stack_id, context.create_request)
    return arn if arn is not None and kind.is_arn(arn) else None


def _replacement(kind: Kind) -> PlannedAction:
    if service_model.operation("Delete", kind.name) is not None:
        return PlannedAction.REPLACE
    return PlannedAction.RETRAIN if kind.metrics_member else PlannedAction.RERUN


def _predecessor(kind: Kind, description: Description, *, retained: bool) -> str:
    if retained:
        return "is retained, because of its removal policy"
    if is_permanent(kind, description):
        return "stays, because Amazon Personalize cannot delete it"
    return "is deleted afterwards"


def _reasons_of_replacement(context: Context, changes: Changes) -> list[str]:
    reasons = [f"{kinds.RERUN_ON} changes"] if context.request.reruns else []
    for member in sorted(context.diff.changed_create_only()):
        later = next((each.later for each in changes if _member(each) == member and each.later), None)
        because = f": {later.reason}" if later else ""
        reasons.append(f"{service_model.upper_first(member)} is create-only{because}")
    return reasons


def _reasons_of_update(changes: Changes) -> list[str]:
    if any(_TRAINING_DATA in each.path.split(".") for each in changes):
        return ["other training data starts a full retraining"]
    return []


def _billed(context: Context, properties: Properties, *, is_new: bool = False) -> str:
    kind, active = context.request.kind.name, context.request.active
    configuration = service_model.from_template(service_model.create_shape(kind), properties)
    bill = billing.of_creation if is_new else billing.continuous
    return bill(kind, configuration, active=active)


def _changes(kind: Kind, properties: Properties, previous: Properties) -> list[PropertyChange]:
    old, new = (dict(_leaves(kind, each)) for each in (previous, properties))
    changed = [path for path in dict.fromkeys([*old, *new]) if as_sent(old.get(path)) != as_sent(new.get(path))]
    return [PropertyChange(path, old.get(path), new.get(path)) for path in changed]


def _leaves(kind: Kind, properties: Properties) -> Iterator[tuple[str, Any]]:
    shape = service_model.create_shape(kind.name)
    members = service_model.from_template(shape, properties)
    tags = members.pop(service_model.TAGS, [])
    for path, value in drift.leaves(members):
        yield drift.template_path(shape, path), value
    if isinstance(tags, Unknown):
        yield _TAGS, tags
    else:
        yield from ((f"{_TAGS}.{tag['tagKey']}", tag["tagValue"]) for tag in tags)
    yield from ((name, properties[name]) for name in (kinds.ACTIVE, kinds.RERUN_ON) if name in properties)


def _adopted_changes(context: Context, properties: Properties, arn: str, description: Description) -> Changes:
    compared = drift.compare(context.request.kind, properties, description, context.api.tags(arn))
    changed = [each for each in compared if each.status == drift.MODIFIED and each.note != "default"]
    return [PropertyChange(each.path, each.live, each.declared) for each in changed if each.declared is not None]


def _member(change: PropertyChange) -> str:
    return service_model.lower_first(change.path.partition(".")[0])
