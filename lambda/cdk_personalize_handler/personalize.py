"""Calls to Amazon Personalize for one kind of resource.

The service model determines the names of the operations.
"""

from __future__ import annotations

import re
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from cdk_personalize_handler import service_model
from cdk_personalize_handler.deadline import FUNCTION_TIMEOUT, LAST_CALL
from cdk_personalize_handler.errors import (
    AccessDenied,
    AlreadyExists,
    Deferred,
    InvalidRequest,
    NotFound,
    NotSettled,
    OperationFailed,
    Throttled,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cdk_personalize_handler.kinds import Kind

    Description = Mapping[str, Any]

_NOT_FOUND = "ResourceNotFoundException"
_INVALID = "InvalidInputException"
_ALREADY_EXISTS = "ResourceAlreadyExistsException"
_IN_USE = "ResourceInUseException"
_LIMIT_EXCEEDED = "LimitExceededException"
_THROTTLED = frozenset({"ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "Throttling"})
_DENIED = frozenset({"AccessDeniedException", "AccessDenied"})
_SERVER_ERROR = 500
_RUNNING_QUOTA = re.compile(r"PENDING|IN[_ ]PROGRESS", re.IGNORECASE)
"""Found in the message of a quota on concurrent operations. Such an error is retried."""
_SECONDS_OF_A_CALL = 13.0
"""Maximum duration of one attempt of a call: the sum of both timeouts of the clients."""

_ADVICE: Mapping[str, str] = {
    _LIMIT_EXCEEDED: ". Delete resources that are not needed any more, or request a higher quota.",
    "AccessDeniedException": ". Grant the permission to the role of the functions of cdk-personalize.",
    "AccessDenied": ". Grant the permission to the role of the functions of cdk-personalize.",
}


class PersonalizeClients(Protocol):
    """The boto3 clients of Amazon Personalize."""

    @property
    def reading(self) -> Any:
        """Client for calls that change nothing, with the retries of botocore."""

    @property
    def writing(self) -> Any:
        """Client for calls that change a resource, without retries.

        A retry could fail because the first attempt took effect although its response was lost.
        """


class Clients(PersonalizeClients, Protocol):
    """The boto3 clients of the handler."""

    @property
    def cloudformation(self) -> Any:
        """Client of AWS CloudFormation, for the state of the stack."""

    @property
    def stepfunctions(self) -> Any:
        """Client of AWS Step Functions, for the executions of other requests."""


class PersonalizeClient:
    """A client of Amazon Personalize for one kind of resource, used within one step."""

    def __init__(self, kind: Kind, clients: PersonalizeClients, seconds_left: Callable[[], float]) -> None:
        self.kind = kind
        self.now: float | None = None
        """Time of the latest response by the service's clock, in seconds since 1970. None before the first one."""
        self._clients = clients
        self._seconds_left = seconds_left
        self._arn_member = service_model.arn_member(kind.name)
        self._descriptions: dict[str, Description | None] = {}

    def ask_time(self) -> None:
        """Call a list operation to read the clock of the service into `now`."""
        self._call(f"List{self.kind.name}s", maxResults=1)

    def describe(self, arn: str) -> Description | None:
        """Return the description of a resource, or None if it does not exist.

        The description is cached until this client makes a call that changes a resource.
        """
        if arn not in self._descriptions:
            self._descriptions[arn] = self._describe(arn)
        return self._descriptions[arn]

    def _describe(self, arn: str) -> Description | None:
        try:
            answer = self._call(f"Describe{self.kind.name}", **{self._arn_member: arn})
        except NotFound:
            return None
        description = next(value for key, value in answer.items() if key != "ResponseMetadata")
        listed = {
            member: self._call(operation, **{self._arn_member: arn}).get(member, [])
            for member, operation in self.kind.listed.items()
        }
        return {**description, **listed}

    def metrics(self, arn: str, description: Description) -> dict[str, float]:
        """Return the offline metrics of a resource.

        Empty if the training has reported none yet, or the kind of resource has none.
        """
        member, operation = self.kind.metrics_member, self.kind.metrics_operation
        if member is None:
            return {}
        answer = description
        if operation is not None:
            try:
                answer = self._call(operation, **{self._arn_member: arn})
            except (NotFound, OperationFailed):
                return {}
        return dict(answer.get(member) or {})

    def create(self, request: Mapping[str, Any]) -> str:
        """Create a resource and return its ARN.

        Raise NotSettled if a parent or a role may not be visible yet.
        """
        try:
            return str(self._call(f"Create{self.kind.name}", **request)[self._arn_member])
        except NotFound as error:
            raise NotSettled(str(error)) from error
        except InvalidRequest as error:
            raise self._unless_role_is_new(error, request) from error

    def update(self, arn: str, changes: Mapping[str, Any]) -> None:
        """Start an update. Raise NotSettled if a role may not be visible yet."""
        try:
            self._call(f"Update{self.kind.name}", **{self._arn_member: arn}, **changes)
        except InvalidRequest as error:
            raise self._unless_role_is_new(error, changes) from error

    @staticmethod
    def _unless_role_is_new(error: InvalidRequest, request: Mapping[str, Any]) -> Exception:
        # The service uses the same error for an invalid role and for a new one that it cannot assume yet.
        return AccessDenied(str(error)) if "roleArn" in str(request) else error

    def start(self, arn: str) -> None:
        """Start a stopped recommender."""
        self._call(f"Start{self.kind.name}", **{self._arn_member: arn})

    def stop(self, arn: str) -> None:
        """Stop a recommender. A stopped recommender is not billed."""
        self._call(f"Stop{self.kind.name}", **{self._arn_member: arn})

    def delete(self, arn: str) -> None:
        """Delete a resource, or stop the creation of one that the API cannot delete."""
        deletes = service_model.operation("Delete", self.kind.name) is not None
        self._call(f"Delete{self.kind.name}" if deletes else str(self.kind.stop), **{self._arn_member: arn})

    def summaries(self, *configurations: Mapping[str, Any]) -> Iterator[Description]:
        """Yield the list entries of resources with the same parent as a configuration."""
        operation = service_model.operation("List", f"{self.kind.name}s")
        if operation is None:
            return
        members = operation.input_shape.members.keys() & service_model.create_members(self.kind.name)
        filters = [{name: each[name] for name in members if name in each} for each in configurations if each]
        for position, parents in enumerate(filters):
            if parents not in filters[:position]:
                yield from self.entries(operation.name, **parents)

    def entries(self, operation: str, **parents: Any) -> Iterator[Description]:
        """Yield the entries of all pages of a list operation.

        There are none if the parent does not exist.
        """
        shape = service_model.model().operation_model(operation).output_shape
        result = next(name for name, member in shape.members.items() if member.type_name == "list")
        page = dict(parents)
        while True:
            try:
                answer = self._call(operation, **page)
            except NotFound:
                return
            yield from answer.get(result, [])
            if not answer.get("nextToken"):
                return
            page["nextToken"] = answer["nextToken"]

    def tags(self, arn: str) -> dict[str, str]:
        """Return the tags of a resource. Empty if it does not exist."""
        try:
            answer = self._call("ListTagsForResource", resourceArn=arn)
        except NotFound:
            return {}
        return {tag["tagKey"]: tag["tagValue"] for tag in answer.get("tags", [])}

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set tags on a resource."""
        self._call("TagResource", resourceArn=arn, tags=[{"tagKey": k, "tagValue": v} for k, v in tags.items()])

    def untag(self, arn: str, keys: list[str]) -> None:
        """Delete tags of a resource, by key."""
        self._call("UntagResource", resourceArn=arn, tagKeys=keys)

    def of_kind(self, kind: Kind) -> PersonalizeClient:
        """Return a client for another kind of resource within the same step."""
        return PersonalizeClient(kind, self._clients, self._seconds_left)

    def _call(self, operation: str, **request: Any) -> Any:
        reads = operation.startswith(("Describe", "List", "Get"))
        self._require_time(reads=reads)
        if not reads:
            self._descriptions.clear()
        client = self._clients.reading if reads else self._clients.writing
        try:
            answer = getattr(client, xform_name(operation))(**request)
        except ClientError as error:
            self._read_clock(error.response)
            raise _translated(error, operation) from error
        except EndpointConnectionError as error:
            raise _unreachable(error, client, operation) from error
        except BotoCoreError as error:
            raise Throttled(f"{operation} was not answered: {error}") from error
        self._read_clock(answer)
        return answer

    def _require_time(self, *, reads: bool) -> None:
        """Raise Throttled if the function could time out during the call.

        A call that changes a resource must start within LAST_CALL after the start of the step. A later request that
        cancels this one relies on that: it waits for IN_FLIGHT, until no call of this one can take effect any more.
        """
        needed = _SECONDS_OF_A_CALL if reads else (FUNCTION_TIMEOUT - LAST_CALL).total_seconds()
        if self._seconds_left() < needed:
            raise Throttled("Amazon Personalize answers slowly; the function's time is nearly over")

    def _read_clock(self, answer: Mapping[str, Any]) -> None:
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if date:
            self.now = parsedate_to_datetime(date).astimezone(timezone.utc).timestamp()


def _translated(error: ClientError, operation: str) -> Exception:
    code, message = (str(error.response["Error"].get(key, "")) for key in ("Code", "Message"))
    words = f"{operation} was rejected: {message} ({code}){_ADVICE.get(code, '')}"
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _THROTTLED or status >= _SERVER_ERROR:
        return Throttled(words)
    if code == _IN_USE or (code == _LIMIT_EXCEEDED and _RUNNING_QUOTA.search(message)):
        return Deferred(words)
    if code in _DENIED:
        return AccessDenied(words)
    translations: Mapping[str, type[Exception]] = {
        _NOT_FOUND: NotFound,
        _ALREADY_EXISTS: AlreadyExists,
        _INVALID: InvalidRequest,
        _LIMIT_EXCEEDED: NotSettled,  # The service also uses it for the rate of requests.
    }
    return translations.get(code, OperationFailed)(words)


def _unreachable(error: EndpointConnectionError, client: Any, operation: str) -> Exception:
    """Return the error for an endpoint that cannot be reached.

    It is final if Amazon Personalize is not available in the region. Otherwise the call is retried.
    """
    region = client.meta.region_name if hasattr(client, "meta") else ""
    if region and region not in service_model.regions():
        known = ", ".join(service_model.regions())
        return OperationFailed(
            f"Amazon Personalize is not available in the region {region}. Deploy the stack to one of: {known}."
        )
    return Throttled(f"{operation} was not answered: {error}")
