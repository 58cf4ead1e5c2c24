"""One resource of the emulated service, and the operation that runs on it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdk_personalize.local.faults import OutcomeFault
    from cdk_personalize.local.kind import ResourceKind
    from cdk_personalize.local.trained_model import TrainedModel

    Record = dict[str, Any]

_PENDING_SHARE = 0.1
CREATE_FAILED = "CREATE FAILED"
ACTIVE = "ACTIVE"
INACTIVE = "INACTIVE"
CREATION = "creation"
UPDATE = "update"
DELETION = "deletion"
SWITCH = "switch"
"""A start or a stop of a recommender."""
STOP = "stop"
"""The end of a training that was told to stop."""


@dataclass(kw_only=True)
class RunningOperation:
    """An operation with a duration: creation, update, deletion, start or stop."""

    action: str
    began: float
    seconds: float
    verb: str
    """The first word of the statuses while it runs: CREATE, UPDATE, DELETE, STOP, START, or none."""
    done: str = ACTIVE
    failed: str = CREATE_FAILED
    changes: dict[str, Any] = field(default_factory=dict)
    """What an update sets when it ends."""
    fault: OutcomeFault | None = None

    @property
    def ends(self) -> float:
        """When it ends."""
        return math.inf if self.fault and self.fault.hangs else self.began + self.seconds

    @property
    def injected_failure(self) -> str | None:
        """The reason of a fault that makes it fail."""
        if self.fault and self.fault.outcome == CREATE_FAILED:
            return self.fault.reason or "Injected fault"
        return None

    def status(self, now: float) -> str:
        """Return the status at a time before the end."""
        if self.action == STOP:
            return "CREATE STOPPING"
        pending = now < self.began + _PENDING_SHARE * self.seconds
        return f"{self.verb} {'PENDING' if pending else 'IN_PROGRESS'}".lstrip()


@dataclass(kw_only=True, eq=False)
class EmulatedResource:
    """A resource.

    Its record holds what Describe answers, and keys that begin with an underscore for the emulator alone.
    """

    kind: ResourceKind
    arn: str
    record: Record
    tags: dict[str, str] = field(default_factory=dict)
    operation: RunningOperation | None = None
    rows: list[dict[str, str]] = field(default_factory=list)
    """A dataset's imported rows."""
    put_rows: list[dict[str, str]] = field(default_factory=list)
    """Rows that came one by one: a dataset's, or those of a tracker whose group has no dataset."""
    model: TrainedModel | None = None
    """What a training left, of a solution version or a recommender."""

    @property
    def status(self) -> str:
        """The status; a kind without one is always ready."""
        return str(self.record.get("status", ACTIVE))

    @property
    def latest_update(self) -> str:
        """The member that describes the latest update."""
        return f"latest{self.kind.name}Update"

    def show_progress(self, now: float) -> None:
        """Set the status of the running operation, if there is one."""
        if self.operation:
            status = self.operation.status(now)
            self.status_record(self.operation)["status"] = status
            if self._shows(self.operation):
                self.record["status"] = status

    def show_end(self, operation: RunningOperation, target: Record, reason: str | None) -> None:
        """Set the status of an operation that ended.

        :param target: the record that showed the operation while it ran.
        :param reason: why it failed; None if it succeeded.
        """
        target["lastUpdatedDateTime"] = operation.ends
        target["status"] = operation.done if reason is None else operation.failed
        if reason is not None:
            target["failureReason"] = reason
        if self._shows(operation):
            self.record["status"] = ACTIVE
            self.record["failureReason"] = reason

    def status_record(self, operation: RunningOperation) -> Record:
        """Return the record of an operation: the resource, or its latest update."""
        record: Record = self.record[self.latest_update] if operation.action == UPDATE else self.record
        return record

    def _shows(self, operation: RunningOperation) -> bool:
        """Whether the resource's own status shows an update."""
        return operation.action == UPDATE and self.kind.update_verb == "UPDATE"
