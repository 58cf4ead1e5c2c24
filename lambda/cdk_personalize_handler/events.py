"""The request, its progress between the steps of the workflow, and their end."""

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
    """A CloudFormation request, in the terms of the API."""

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
        """The ownership of the resource that this request creates."""
        return Ownership.of(self.stack_id, self.logical_id, self.request_id)

    @property
    def wait(self) -> timedelta:
        """The wait budget. For a deletion, it is the limit of CloudFormation."""
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
    def keeps_activity(self) -> bool:
        """Whether something outside the stack starts and stops the resource."""
        return kinds.ACTIVE in self.properties.get(kinds.IGNORE_CHANGES, ())

    @property
    def reruns(self) -> bool:
        """Whether a value of `rerun_on` changed."""
        return self.properties.get(kinds.RERUN_ON) != self.previous_properties.get(kinds.RERUN_ON)

    @property
    def quality_gates(self) -> list[Mapping[str, str]]:
        """The minimum values of offline metrics."""
        return list(self.properties.get(kinds.QUALITY_GATE, ()))

    @property
    def ignored(self) -> frozenset[str]:
        """Members that another writer changes. An update keeps their current values."""
        names = self.properties.get(kinds.IGNORE_CHANGES, ())
        members = service_model.create_members(self.kind.name)
        return frozenset(member for member in members if service_model.upper_first(member) in names)

    @property
    def adopts(self) -> bool:
        """Whether a creation adopts an existing resource of the same name."""
        return _flag(self.properties, kinds.ADOPT, default=False) and service_model.taggable(self.kind.name)

    @property
    def new_role(self) -> list[str]:
        """Logical IDs of the role that the request passes, and of its policies."""
        return list(self.properties.get(kinds.NEW_ROLE, ()))

    @property
    def fallback_id(self) -> str:
        """The physical ID before there is an ARN.

        A later deletion finds the resource by it.
        """
        return self.physical_id or (self.logical_id if self.is_wait_link else str(self.ownership))


def parse(event: Event) -> ResourceRequest:
    """Parse CloudFormation's event. Unknown properties are ignored."""
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
    """An earlier request for the same resource without a result in CloudFormation."""

    request: str
    """Hash of its request ID, as in the ownership tag."""
    arn: str = ""
    """The resource that it created, if its execution shows it."""
    in_flight: bool = False
    """Whether one of its steps was in flight when it was stopped, so that a call may still take effect."""
    uncertain: bool = False
    """Whether it may have created a resource that its execution does not show."""
    name_was_free: bool = False
    """Whether no resource had the name when the request began."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The state between two steps. Times are seconds since 1970."""

    local_started: float
    """When the request began, by the function's clock."""
    service_started: float | None = None
    """When the request began, by the service's clock. None before the service has responded."""
    pending: bool = True
    """Whether the call of the request is still to be made."""
    physical_id: str = ""
    """The resource that is created, updated, watched or deleted."""
    created: str = ""
    """The resource that this request created."""
    updates: bool = False
    """Whether an update was sent whose result is awaited."""
    polls: int = 0
    deferrals: int = 0
    """The number of consecutive polls without a call."""
    transient_since: float | None = None
    """Seconds from the start to the first error that can be transient. None if the last poll had none."""
    sent: float | None = None
    """Seconds from the start to the latest call."""
    calls: int = 0
    """The number of calls."""
    uncertain: bool = False
    """Whether a call may have taken effect although its response was lost."""
    tagged: bool = False
    """Whether the changed tags are set."""
    update_before: float = 0.0
    """When the newest update began that preceded the request's own update."""
    own_update: float | None = None
    """When the request's own update began."""
    operation: str = ""
    """The operation that a wait link watches, as of the last poll."""
    name_was_free: bool = False
    """Whether no resource had the name when the request began."""
    checked: bool = False
    """Whether the executions of earlier requests were checked."""
    began_in_rollback: bool = False
    """Whether CloudFormation was rolling the stack back when the request began."""
    hold: float = 0.0
    """Seconds from the start to the earliest time of the first call."""
    predecessors: tuple[Predecessor, ...] = ()
    seen: Mapping[str, float] = field(default_factory=dict)
    """ARNs of resources to delete, with their creation times."""
    waited_for: str = ""
    """The reason why the last poll did not end the wait, for the log."""

    def to_state(self) -> dict[str, Any]:
        """Return the progress in the form of the workflow state."""
        return asdict(self)

    @staticmethod
    def from_state(state: Mapping[str, Any]) -> Progress:
        """Parse the progress of a step, possibly of another version.

        Unknown keys are ignored.
        """
        known = {each.name for each in fields(Progress)}
        values = {name: value for name, value in state.items() if name in known}
        values.setdefault("local_started", deadline.local_now())
        values["predecessors"] = tuple(Predecessor(**each) for each in values.get("predecessors", ()))
        return Progress(**values)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The successful end of a request."""

    progress: Progress
    physical_id: str
    description: Mapping[str, Any] = field(default_factory=dict)
    operation: str = ""
