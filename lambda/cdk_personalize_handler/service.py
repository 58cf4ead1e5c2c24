"""The calls to Amazon Personalize for one kind of resource: named by the model, answered in plain data."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from cdk_personalize_handler import service_model
from cdk_personalize_handler.errors import AlreadyExists, Denied, Invalid, NotFound, OperationFailed, TryLater

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk_personalize_handler.kinds import Kind

    Description = Mapping[str, Any]

_NOT_FOUND = "ResourceNotFoundException"
_INVALID = "InvalidInputException"
_ALREADY_EXISTS = "ResourceAlreadyExistsException"
_BUSY = frozenset({"ResourceInUseException"})
_THROTTLED = frozenset({"ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "Throttling"})
_DENIED = frozenset({"AccessDeniedException", "AccessDenied"})
_SERVER_ERROR = 500

_ADVICE: Mapping[str, str] = {
    "LimitExceededException": "; delete what is not needed any more or ask AWS for a higher quota",
    "AccessDeniedException": "; give the permission to the role of cdk-personalize's functions",
    "AccessDenied": "; give the permission to the role of cdk-personalize's functions",
}


class Clients(Protocol):
    """The boto3 clients that the handler works with."""

    @property
    def reading(self) -> Any:
        """Personalize, with botocore's retries."""

    @property
    def writing(self) -> Any:
        """Personalize without retries: a repeated call could meet its own first effect."""

    @property
    def cloudformation(self) -> Any:
        """CloudFormation, to see what the stack is doing."""


class Service:
    """Amazon Personalize as far as one kind of resource is concerned."""

    def __init__(self, kind: Kind, clients: Clients) -> None:
        self.kind = kind
        self._clients = clients
        self._arn_member = service_model.arn_member(kind.name)
        self.now: datetime | None = None
        """The service's clock, as its latest answer had it."""
        self._described: dict[str, Description | None] = {}

    def ask_time(self) -> None:
        """Have the service tell its time, by the smallest of its answers."""
        self._call(f"List{self.kind.name}s", maxResults=1)

    def describe(self, arn: str) -> Description | None:
        """Return the description of a resource, or None where there is none; asked for once between two changes."""
        if arn not in self._described:
            self._described[arn] = self._describe(arn)
        return self._described[arn]

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
        """Return the offline metrics of a resource; none where its kind has none, or the service does not tell them."""
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
        """Create a resource and return its ARN."""
        try:
            return str(self._call(f"Create{self.kind.name}", **request)[self._arn_member])
        except Invalid as error:
            if "roleArn" in str(request):
                # A role that IAM has only just made cannot be assumed at once.
                raise Denied(str(error)) from error
            raise

    def update(self, arn: str, changes: Mapping[str, Any]) -> None:
        """Start an update."""
        self._call(f"Update{self.kind.name}", **{self._arn_member: arn}, **changes)

    def turn(self, arn: str, *, on: bool) -> None:
        """Start or stop a resource."""
        self._call(f"{'Start' if on else 'Stop'}{self.kind.name}", **{self._arn_member: arn})

    def remove(self, arn: str) -> bool:
        """Start the deletion of a resource, or end its creation for good. Return False for kinds without either."""
        if service_model.operation("Delete", self.kind.name):
            self._call(f"Delete{self.kind.name}", **{self._arn_member: arn})
        elif self.kind.stop:
            self._call(self.kind.stop, **{self._arn_member: arn})
        else:
            return False
        return True

    def summaries(self, *configurations: Mapping[str, Any]) -> Iterator[Description]:
        """Yield the summaries of all resources, of those below the parents that `configurations` name if they do."""
        operation = service_model.operation("List", f"{self.kind.name}s")
        if operation is None:
            return
        parents = operation.input_shape.members.keys() & service_model.create_members(self.kind.name)
        filters = [{name: request[name] for name in parents if name in request} for request in configurations]
        result = next(name for name, shape in operation.output_shape.members.items() if shape.type_name == "list")
        for page in [page for position, page in enumerate(filters) if page not in filters[:position]]:
            while True:
                try:
                    answer = self._call(operation.name, **page)
                except NotFound:
                    break
                yield from answer.get(result, [])
                if not answer.get("nextToken"):
                    break
                page["nextToken"] = answer["nextToken"]

    def tags(self, arn: str) -> dict[str, str]:
        """Return the tags of a resource; none if there is no such resource."""
        try:
            answer = self._call("ListTagsForResource", resourceArn=arn)
        except NotFound:
            return {}
        return {tag["tagKey"]: tag["tagValue"] for tag in answer.get("tags", [])}

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set tags."""
        self._call("TagResource", resourceArn=arn, tags=[{"tagKey": k, "tagValue": v} for k, v in tags.items()])

    def untag(self, arn: str, keys: list[str]) -> None:
        """Take tags away."""
        self._call("UntagResource", resourceArn=arn, tagKeys=keys)

    def _call(self, operation: str, **request: Any) -> Any:
        reads = operation.startswith(("Describe", "List", "Get"))
        if not reads:
            self._described.clear()
        client = self._clients.reading if reads else self._clients.writing
        try:
            answer = getattr(client, xform_name(operation))(**request)
        except ClientError as error:
            self._read_clock(error.response)
            raise _translated(error, operation) from error
        except BotoCoreError as error:
            raise TryLater(f"{operation} got no answer: {error}") from error
        self._read_clock(answer)
        return answer

    def _read_clock(self, answer: Mapping[str, Any]) -> None:
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if date:
            self.now = parsedate_to_datetime(date).astimezone(timezone.utc)


def _translated(error: ClientError, operation: str) -> Exception:
    code = error.response["Error"].get("Code", "")
    words = f"{operation} was refused: {error.response['Error'].get('Message', '')} ({code}){_ADVICE.get(code, '')}"
    if code == _NOT_FOUND:
        return NotFound(words)
    if code == _ALREADY_EXISTS:
        return AlreadyExists(words)
    if code in _DENIED:
        return Denied(words)
    if code == _INVALID:
        return Invalid(words)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _BUSY or code in _THROTTLED or status >= _SERVER_ERROR:
        return TryLater(words)
    return OperationFailed(words)
