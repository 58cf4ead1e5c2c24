"""CloudFormation's event as a request, the progress that a workflow carries from step to step, and the end of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import deadline, kinds, service_model
from cdk_personalize_handler.errors import OperationFailed
from cdk_personalize_handler.ownership import Ownership

if TYPE_CHECKING:
    from cdk_personalize_handler.kinds import Kind

Event = Mapping[str, Any]
Configuration = Mapping[str, Any]

CREATE, UPDATE, DELETE = "Create", "Update", "Delete"


@dataclass(frozen=True, kw_only=True)
class ResourceRequest:
    """What CloudFormation asks for, in the terms of the API."""

    type: str
    """Create, Update or Delete."""
    stack_id: str
    logical_id: str
    request_id: str
    physical_id: str
    kind: Kind
    is_wait_link: bool
    desired: Configuration
    previous: Configuration
    properties: Mapping[str, Any]
    previous_properties: Mapping[str, Any]

    @cached_property
    def ownership(self) -> Ownership:
        """The ownership of what this request creates."""
        return Ownership.of(self.stack_id, self.logical_id, self.request_id)

    @property
    def wait(self) -> timedelta:
        """The wait budget. A deletion has as much as CloudFormation gives."""
        seconds = self.properties.get(kinds.WAIT_SECONDS)
        if self.type == DELETE or seconds is None:
            return kinds.ONE_LINK
        return timedelta(seconds=float(seconds))

    @property
    def hands_over(self) -> bool:
        """Whether a wait link follows."""
        return _flag(self.properties, kinds.CONTINUED, default=False)

    @property
    def active(self) -> bool:
        """Whether a resource that can be stopped must run."""
        return _flag(self.properties, kinds.ACTIVE, default=True)

    @property
    def reruns(self) -> bool:
        """Whether a value changed on which the user makes the resource depend."""
        return self.properties.get(kinds.RERUN_ON) != self.previous_properties.get(kinds.RERUN_ON)

    @property
    def quality_gates(self) -> list[Mapping[str, str]]:
        """What the offline metrics must reach."""
        return list(self.properties.get(kinds.QUALITY_GATE, ()))

    @property
    def ignored(self) -> frozenset[str]:
        """Members that something outside the stack changes; an update keeps the values that the resource has."""
        names = self.properties.get(kinds.IGNORE_CHANGES, ())
        members = service_model.create_members(self.kind.name)
        return frozenset(member for member in members if service_model.upper_first(member) in names)

    @property
    def adopts(self) -> bool:
        """Whether a creation adopts the resource that has the name already."""
        return _flag(self.properties, kinds.ADOPT, default=False) and service_model.taggable(self.kind.name)

    @property
    def new_role(self) -> list[str]:
        """Logical IDs of the role that the request hands to Amazon Personalize, and of its policies."""
        return list(self.properties.get(kinds.NEW_ROLE, ()))

    @property
    def fallback_id(self) -> str:
        """The physical ID to answer with before there is an ARN. A later deletion finds the resource by it."""
        return self.physical_id or (self.logical_id if self.is_wait_link else str(self.ownership))


def parse(event: Event) -> ResourceRequest:
    """Parse CloudFormation's event. Properties that this version does not know are ignored."""
    kind, is_wait_link = _kind(event["ResourceType"])
    properties, previous = event["ResourceProperties"], event.get("OldResourceProperties", {})
    shape = service_model.create_shape(kind.name)
    return ResourceRequest(
        type=event["RequestType"],
        stack_id=event["StackId"],
        logical_id=event["LogicalResourceId"],
        request_id=event["RequestId"],
        physical_id=event.get("PhysicalResourceId", ""),
        kind=kind,
        is_wait_link=is_wait_link,
        desired={} if is_wait_link else service_model.from_template(shape, properties),
        previous={} if is_wait_link else service_model.from_template(shape, previous),
        properties=properties,
        previous_properties=previous,
    )


def _flag(properties: Mapping[str, Any], name: str, *, default: bool) -> bool:
    return str(properties.get(name, default)).lower() == "true"


def _kind(resource_type: str) -> tuple[Kind, bool]:
    """Return the kind of a resource type, and whether it is the type of a wait link."""
    for kind in kinds.KINDS.values():
        if resource_type in (kinds.resource_type(kind.name), kinds.wait_type(kind.name)):
            return kind, resource_type == kinds.wait_type(kind.name)
    raise OperationFailed(f"this version of cdk-personalize does not support the type {resource_type}")


@dataclass(frozen=True, kw_only=True)
class Predecessor:
    """An earlier request for the same resource whose result CloudFormation does not know."""

    request: str
    """Hash of its request ID, as the ownership tag has it."""
    arn: str = ""
    """What it created, where its execution tells."""
    until: float = 0.0
    """When a step that was in flight is over, by the function's clock. 0 if none was."""
    uncertain: bool = False
    """Whether it may have created something that its execution does not tell."""
    name_was_free: bool = False
    """Whether no resource had the name when the request began."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What a step leaves for the next one. Times are seconds since 1970."""

    local_started: float
    """When the request began, by the function's clock."""
    service_started: float | None = None
    """The same by the service's clock. None while the service has not answered."""
    pending: bool = True
    """Whether the call that the request needs has still to be made."""
    physical_id: str = ""
    """The resource that is created, updated, watched or deleted."""
    created: str = ""
    """What this request created."""
    updates: bool = False
    """Whether an update was sent, whose end decides."""
    polls: int = 0
    deferrals: int = 0
    """How many polls in a row could not make their call."""
    unsettled_since: float | None = None
    """How long after its beginning the request first met what may settle, in seconds. None if the last poll did not."""
    sent: float | None = None
    """How long after its beginning the request made its latest call, in seconds."""
    calls: int = 0
    """How many times the call was made."""
    uncertain: bool = False
    """Whether a call may have taken effect although its answer was lost, or the function was killed."""
    tagged: bool = False
    """Whether the tags that changed are set."""
    update_before: float = 0.0
    """When the newest update began that was there before the request's own."""
    own_update: float | None = None
    """When the request's own update began."""
    operation: str = ""
    """The operation that a wait link is to watch, as last seen."""
    name_was_free: bool = False
    """Whether no resource had the name when the request began."""
    checked: bool = False
    """Whether the executions of earlier requests were looked at."""
    began_in_rollback: bool = False
    """Whether CloudFormation was rolling the stack back when the request began."""
    hold: float = 0.0
    """How long after its beginning the request may make its first call, in seconds."""
    predecessors: tuple[Predecessor, ...] = ()
    seen: Mapping[str, float] = field(default_factory=dict)
    """ARNs of resources to delete that were seen, and when each was created."""
    waited_for: str = ""
    """Why the last poll did not end the wait, for the operator."""

    def to_state(self) -> dict[str, Any]:
        """Return it as the workflow carries it."""
        return asdict(self)

    @staticmethod
    def from_state(state: Mapping[str, Any]) -> Progress:
        """Parse what a step of this or another version left. Unknown keys are ignored, missing ones have defaults."""
        known = {each.name for each in fields(Progress)}
        values = {name: value for name, value in state.items() if name in known}
        values.setdefault("local_started", deadline.local_now())
        values["predecessors"] = tuple(Predecessor(**each) for each in values.get("predecessors", ()))
        return Progress(**values)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The good end of a request."""

    progress: Progress
    physical_id: str
    description: Mapping[str, Any] = field(default_factory=dict)
    operation: str = ""
