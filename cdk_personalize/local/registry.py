"""The resources of one account and region, and their status over time."""

from __future__ import annotations

import hashlib
import math
import uuid
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from cdk_personalize_handler import service_model

from cdk_personalize.local import schemas
from cdk_personalize.local.errors import already_exists, not_found
from cdk_personalize.local.group_data import GroupData
from cdk_personalize.local.objects import split_path
from cdk_personalize.local.resource import (
    ACTIVE,
    CREATE_FAILED,
    CREATION,
    DELETION,
    UPDATE,
    EmulatedResource,
    RunningOperation,
)
from cdk_personalize.local.tagging import require_valid_tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_personalize.local.emulator import Emulator
    from cdk_personalize.local.kind import ResourceKind

    Request = dict[str, Any]


class ResourceRegistry:
    """The resources of one account in one region."""

    def __init__(self, emulator: Emulator, account: str, region: str) -> None:
        self.emulator = emulator
        self.account = account
        self.region = region
        self.resources: dict[str, EmulatedResource] = {}
        self.job_arns: set[str] = set()
        self.ids_used = 0
        self._data_by_group: dict[str, GroupData] = {}

    @property
    def now(self) -> float:
        """The service time, in seconds since 1970."""
        return self.emulator.clock.now()

    def get(self, arn: str, kind: str | None = None) -> EmulatedResource:
        """Return the resource with an ARN.

        :param kind: the required kind. Default: any kind.
        :raises ServiceError: ResourceNotFoundException, if no resource has this ARN and kind.
        """
        resource = self.resources.get(arn)
        if resource is None or (kind is not None and resource.kind.name != kind):
            raise not_found(arn)
        return resource

    def all(self, kind: str, **members: Any) -> list[EmulatedResource]:
        """Return the resources of a kind whose record has these values."""
        return [
            resource
            for resource in self.resources.values()
            if resource.kind.name == kind
            and all(resource.kind.parent(resource.record, name) == value for name, value in members.items())
        ]

    def new_id(self) -> str:
        """Return 8 hexadecimal digits that were not used before."""
        self.ids_used += 1
        return self._digest()[:8]

    def new_uuid(self) -> str:
        """Return a UUID that was not used before."""
        self.ids_used += 1
        return str(uuid.UUID(self._digest()[:32], version=4))

    def _digest(self) -> str:
        return hashlib.sha256(f"{self.account}/{self.region}/{self.ids_used}".encode()).hexdigest()

    def latest_version(self, solution_arn: str) -> EmulatedResource | None:
        """Return the newest ACTIVE version of a solution."""
        versions = [each for each in self.all("SolutionVersion", solutionArn=solution_arn) if each.status == ACTIVE]
        return max(versions, key=lambda each: float(each.record["creationDateTime"]), default=None)

    def schema_of(self, dataset: EmulatedResource) -> dict[str, list[str]]:
        """Return the fields of a dataset's schema, each with its types."""
        return schemas.parse_schema(self.get(dataset.record["schemaArn"], "Schema").record["schema"])

    def data(self, group_arn: str) -> GroupData:
        """Return the indexed rows of a dataset group."""
        return self._data_by_group.setdefault(group_arn, GroupData(self, group_arn))

    def discard_indexes(self) -> None:
        """Discard the indexes and results that were computed from rows.

        Call it after rows have changed, and after resources with rows were created or deleted.
        """
        self._data_by_group.clear()

    def is_role_too_new(self, role_arn: str | None) -> bool:
        """Whether a role changed too recently for Personalize to use it."""
        age = self.emulator.role_age(self.account, role_arn) if role_arn else None
        return age is not None and age < self.emulator.role_propagation_seconds

    def read_objects(self, path: str) -> dict[str, bytes]:
        """Return the S3 objects whose keys begin with the key of an S3 URI.

        :return: content by key; empty if no object exists or the bucket cannot be read.
        """
        bucket, prefix = split_path(path)
        store = self.emulator.objects
        try:
            keys = [key for key in store.keys(self.account, self.region, bucket, prefix) if not key.endswith("/")]
            return {key: store.read(self.account, self.region, bucket, key) for key in keys}
        except (KeyError, ClientError):
            return {}

    def write_object(self, path: str, name: str, body: bytes) -> bool:
        """Write an object into an S3 folder. Return whether that succeeded."""
        bucket, folder = split_path(path)
        if not bucket:
            return False
        key = f"{folder.rstrip('/')}/{name}".lstrip("/")
        try:
            self.emulator.objects.write(self.account, self.region, bucket, key, body)
        except (KeyError, ClientError):
            return False
        return True

    # Operations begin

    def add(self, kind: ResourceKind, request: Request, *, now: float | None = None, **extra: Any) -> EmulatedResource:
        """Start the creation of a resource whose preconditions were checked.

        :param now: service time at which the creation begins. Default: the current time.
        :param extra: further members of the record.
        """
        arn = f"arn:aws:personalize:{self.region}:{self.account}:{kind.arn_path(self, request)}"
        if arn in self.resources or arn in self.job_arns:
            raise already_exists(arn)
        tags = {tag["tagKey"]: tag["tagValue"] for tag in request.get("tags", [])}
        require_valid_tags(tags)
        now = self.now if now is None else now
        record = {
            service_model.arn_member(kind.name): arn,
            **{name: value for name, value in request.items() if name != "tags"},
            **kind.complete(self, request),
            "creationDateTime": now,
            "lastUpdatedDateTime": now,
            **extra,
        }
        resource = EmulatedResource(kind=kind, arn=arn, record=record, tags=tags)
        if kind.has_status:
            resource.operation = RunningOperation(
                action=CREATION,
                began=now,
                seconds=self.emulator.overrides.creation_seconds(kind),
                verb=kind.verb,
                done=kind.done,
                failed=kind.failed,
                fault=self.emulator.faults.take_outcome(kind.name),
            )
            resource.show_progress(now)
        self.resources[arn] = resource
        if not kind.deletable:
            self.job_arns.add(arn)
        return resource

    def start_update(self, resource: EmulatedResource, changes: Request, *, now: float | None = None) -> None:
        """Start an update; the resource keeps its configuration until the update ends.

        :param now: service time at which the update begins. Default: the current time.
        """
        now = self.now if now is None else now
        entry = {**resource.kind.update_entry(resource, changes), "creationDateTime": now, "lastUpdatedDateTime": now}
        resource.record[resource.latest_update] = entry
        resource.operation = RunningOperation(
            action=UPDATE,
            began=now,
            seconds=self.emulator.overrides.update_seconds(resource.kind),
            verb=resource.kind.update_verb,
            changes=changes,
            fault=self.emulator.faults.take_outcome(resource.kind.name),
        )
        resource.show_progress(now)

    def delete(self, resource: EmulatedResource) -> None:
        """Start the deletion of a resource. A kind without a status is deleted at once."""
        if not resource.kind.has_status:
            del self.resources[resource.arn]
            return
        resource.operation = RunningOperation(
            action=DELETION, began=self.now, seconds=resource.kind.delete_seconds, verb="DELETE"
        )
        resource.show_progress(self.now)

    # Operations end

    def settle(self) -> None:
        """Apply all operations and schedules that are due at the current service time."""
        now = self.now
        while due := min((each for each in self._events() if each[0] <= now), key=lambda each: each[0], default=None):
            at, resource = due
            if resource.operation and resource.operation.ends == at:
                self._finish(resource, resource.operation)
            else:
                resource.kind.run_scheduled(self, resource, at)
        for resource in self.resources.values():
            resource.show_progress(now)

    def is_due(self) -> bool:
        """Whether an operation has ended or begun since the last call of `settle`."""
        return min((at for at, _ in self._events()), default=math.inf) <= self.now

    def _events(self) -> Iterator[tuple[float, EmulatedResource]]:
        for resource in self.resources.values():
            if resource.operation:
                yield resource.operation.ends, resource
            scheduled = resource.kind.next_scheduled(resource)
            if scheduled is not None:
                yield scheduled, resource

    def _finish(self, resource: EmulatedResource, operation: RunningOperation) -> None:
        resource.operation = None
        target = resource.status_record(operation)
        reason = operation.injected_failure
        if operation.action == DELETION:
            resource.kind.finish_deletion(self, resource)
            del self.resources[resource.arn]
            self.discard_indexes()
            return
        if operation.action == CREATION and reason is None:
            reason = resource.kind.finish_creation(self, resource, operation.ends)
        elif operation.action == UPDATE and reason is None:
            reason = self._finish_update(resource, operation)
        resource.show_end(operation, target, reason)
        self.discard_indexes()

    def _finish_update(self, resource: EmulatedResource, operation: RunningOperation) -> str | None:
        resource.record["lastUpdatedDateTime"] = operation.ends
        if (
            resource.status == CREATE_FAILED
        ):  # unverified: that a successful update makes a resource with a failed creation ACTIVE
            resource.record["status"] = ACTIVE
            resource.record.pop("failureReason", None)
        return resource.kind.finish_update(self, resource, operation.changes, operation.ends)
