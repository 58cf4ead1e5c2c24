"""A CloudFormation request, its progress between steps, and its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from cdk_personalize_handler import deadline, kinds, service_model
from cdk_personalize_handler.errors import OperationFailed
from cdk_personalize_handler.ownership import Ownership

if TYPE_CHECKING:
    from cdk_personalize_handler.kinds import Kind

Event = Mapping[str, Any]
Configuration = Mapping[str, Any]

CREATE, UPDATE, DELETE = "Create", "Update", "Delete"
_SIGNED = "X-Amz-Date"
_DATE_FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, kw_only=True)
class ResourceRequest:
    """A CloudFormation request, with properties converted to members of the API."""

    type: str
    """`Create`, `Update` or `Delete`."""
    stack_id: str
    logical_id: str
    request_id: str
    sent: datetime | None
    """When CloudFormation sent the request. None if that is unknown."""
    physical_id: str
    """The ID that CloudFormation stores for the resource. Empty for a Create request."""
    kind: Kind
    is_wait_link: bool
    desired: Configuration
    """The members of the create request that the template declares."""
    previous: Configuration
    """The same members of the previous template."""
    properties: Mapping[str, Any]
    """The properties of the custom resource, as CloudFormation passes them."""
    previous_properties: Mapping[str, Any]

    @cached_property
    def ownership(self) -> Ownership:
        """The ownership of the resource that this request creates."""
        return Ownership.of(self.stack_id, self.logical_id, self.request_id)

    @property
    def wait(self) -> timedelta:
        """Maximum time that this request waits for the resource to be ready or deleted.

        For a Delete request, it is the limit of CloudFormation.
        """
        seconds = self.properties.get(kinds.WAIT_SECONDS)
        if self.type == DELETE or seconds is None:
            return kinds.ONE_LINK
        return timedelta(seconds=float(seconds))

    @property
    def hands_over(self) -> bool:
        """Whether a wait link follows, which continues the wait when `wait` has passed."""
        return _flag(self.properties, kinds.CONTINUED, default=False)

    @property
    def active(self) -> bool:
        """Whether the resource must run. False if the stack declares it as stopped."""
        return _flag(self.properties, kinds.ACTIVE, default=True)

    @property
    def keeps_activity(self) -> bool:
        """Whether something outside the stack starts and stops the resource."""
        return kinds.ACTIVE in self.properties.get(kinds.IGNORE_CHANGES, ())

    @property
    def reruns(self) -> bool:
        """Whether a value of the prop `rerun_on` changed."""
        return self.properties.get(kinds.RERUN_ON) != self.previous_properties.get(kinds.RERUN_ON)

    @property
    def quality_gates(self) -> list[Mapping[str, str]]:
        """The minimum values that offline metrics must reach."""
        return list(self.properties.get(kinds.QUALITY_GATE, ()))

    @property
    def ignored(self) -> frozenset[str]:
        """Members that are changed outside the stack. An update keeps their values."""
        return ignored_members(self.kind, self.properties)

    @property
    def adopts(self) -> bool:
        """Whether a creation adopts an existing resource of the same name."""
        return _flag(self.properties, kinds.ADOPT, default=False) and service_model.is_taggable(self.kind.name)

    @property
    def new_role(self) -> list[str]:
        """Logical IDs of the role passed to Amazon Personalize and of its policies.

        Empty if the stack does not define the role.
        """
        return list(self.properties.get(kinds.NEW_ROLE, ()))

    @property
    def fallback_id(self) -> str:
        """The physical ID of a resource whose ARN is not known yet.

        It contains the ownership of the resource, so that a later deletion can find it.
        """
        return self.physical_id or (self.logical_id if self.is_wait_link else str(self.ownership))


def parse(event: Event) -> ResourceRequest:
    """Parse the event of a CloudFormation request. Unknown properties are ignored."""
    kind, is_wait_link = _kind(event["ResourceType"])
    properties, previous = event["ResourceProperties"], event.get("OldResourceProperties", {})
    shape = service_model.create_shape(kind.name)
    return ResourceRequest(
        type=event["RequestType"],
        stack_id=event["StackId"],
        logical_id=event["LogicalResourceId"],
        request_id=event["RequestId"],
        sent=sent_at(event),
        physical_id=event.get("PhysicalResourceId", ""),
        kind=kind,
        is_wait_link=is_wait_link,
        desired={} if is_wait_link else service_model.from_template(shape, properties),
        previous={} if is_wait_link else service_model.from_template(shape, previous),
        properties=properties,
        previous_properties=previous,
    )


def sent_at(event: Event) -> datetime | None:
    """Return when CloudFormation sent a request, by its own clock, in whole seconds.

    This is the date of the signature of the response URL. None if the URL has no such date.
    """
    date = parse_qs(urlsplit(event.get("ResponseURL", "")).query).get(_SIGNED, [""])[0]
    try:
        return datetime.strptime(date, _DATE_FORMAT).replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def ignored_members(kind: Kind, properties: Mapping[str, Any]) -> frozenset[str]:
    """Return the members that are changed outside the stack.

    :param properties: The properties of the custom resource.
    """
    names = properties.get(kinds.IGNORE_CHANGES, ())
    members = service_model.create_members(kind.name)
    return frozenset(member for member in members if service_model.upper_first(member) in names)


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
    """An earlier request for the same resource that CloudFormation cancelled."""

    request: str
    """Hash of its request ID, as the ownership tag contains it."""
    arn: str = ""
    """ARN of the resource that it created. Empty if its execution does not show one."""
    in_flight: bool = False
    """Whether a step was in progress when its execution was stopped, so that a call may still take effect."""
    uncertain: bool = False
    """Whether it may have created a resource whose ARN its execution does not show."""
    name_was_free: bool = False
    """Whether no resource had the name when that request began."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The state of a request between two steps of its workflow."""

    local_started: float
    """When the request began, by the function's clock, in seconds since 1970."""
    service_started: float | None = None
    """When the request began, by the service's clock, in seconds since 1970. None before its first response."""
    pending: bool = True
    """Whether the call that changes the resource has not been made yet."""
    physical_id: str = ""
    """ARN of the resource that the request creates, updates, waits for or deletes."""
    created: str = ""
    """ARN of the resource that this request created. Empty if it has created none."""
    updates: bool = False
    """Whether the request has sent an update and waits for its end."""
    polls: int = 0
    """The number of poll attempts."""
    deferrals: int = 0
    """The number of consecutive poll attempts whose call was throttled or not answered."""
    transient_since: float | None = None
    """Seconds from the start to the first of consecutive transient errors. None if the last poll had none."""
    sent: float | None = None
    """Seconds from the start to the latest call that changed the resource."""
    calls: int = 0
    """The number of calls that changed the resource, or tried to."""
    uncertain: bool = False
    """Whether a call may have taken effect although its response was lost."""
    tagged: bool = False
    """Whether the changes of the tags have been made."""
    update_before: float = 0.0
    """Start of the newest update before the request's own update, in seconds since 1970."""
    own_update: float | None = None
    """Start of the request's own update, in seconds since 1970. None while it is not visible."""
    operation: str = ""
    """ID of the operation for which a wait link waits, as of the last poll."""
    name_was_free: bool = False
    """Whether no resource had the name when this request began."""
    checked: bool = False
    """Whether the executions of earlier requests for the resource have been checked."""
    began_in_rollback: bool = False
    """Whether CloudFormation was rolling the stack back when the request began."""
    hold: float = 0.0
    """Delay of the first call because of a new role, in seconds from the start."""
    predecessors: tuple[Predecessor, ...] = ()
    """Earlier requests for the resource that may have created orphaned resources."""
    seen: Mapping[str, float] = field(default_factory=dict)
    """Creation times of the resources to delete, by ARN, in seconds since 1970."""
    waited_for: str = ""
    """Why the last poll did not end the wait, such as the status of the resource. For the log."""

    def to_state(self) -> dict[str, Any]:
        """Convert the progress to workflow state."""
        return asdict(self)

    @staticmethod
    def from_state(state: Mapping[str, Any]) -> Progress:
        """Parse the progress from workflow state.

        Another version of the functions can have written the state, so unknown keys are ignored.
        """
        known = {each.name for each in fields(Progress)}
        values = {name: value for name, value in state.items() if name in known}
        values.setdefault("local_started", deadline.local_now())
        values["predecessors"] = tuple(Predecessor(**each) for each in values.get("predecessors", ()))
        return Progress(**values)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of a successful request."""

    progress: Progress
    physical_id: str
    """ARN of the resource."""
    description: Mapping[str, Any] = field(default_factory=dict)
    operation: str = ""
    """ID of the latest operation on the resource, for a wait link."""
