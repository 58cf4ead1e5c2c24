"""A resource of the emulated service, and the operation in progress on it."""

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
"""The time from StopSolutionVersionCreation to the end of the training."""


@dataclass(kw_only=True)
class RunningOperation:
    """An operation with a duration: creation, update, deletion, start or stop."""

    action: str
    began: float
    seconds: float
    verb: str
    """First word of the statuses during the operation: CREATE, UPDATE, DELETE, STOP, START, or an empty string."""
    done: str = ACTIVE
    failed: str = CREATE_FAILED
    changes: dict[str, Any] = field(default_factory=dict)
    """Members of the resource's record that an update sets at its end, with their new values."""
    fault: OutcomeFault | None = None

    @property
    def ends(self) -> float:
        """Service time at which the operation ends; infinite for a fault that hangs."""
        return math.inf if self.fault and self.fault.is_hanging else self.began + self.seconds

    @property
    def injected_failure(self) -> str | None:
        """Failure reason of an injected fault, or None if the operation succeeds."""
        if self.fault and self.fault.outcome == CREATE_FAILED:
            return self.fault.reason or "Injected fault"
        return None

    def status(self, now: float) -> str:
        """Return the status of the operation at a time before its end."""
        if self.action == STOP:
            return "CREATE STOPPING"
        pending = now < self.began + _PENDING_SHARE * self.seconds
        return f"{self.verb} {'PENDING' if pending else 'IN_PROGRESS'}".lstrip()


@dataclass(kw_only=True, eq=False)
class EmulatedResource:
    """A resource of the emulated service.

    Its record has the members that the Describe operation returns. Keys that begin with an underscore are internal to
    the emulator.
    """

    kind: ResourceKind
    arn: str
    record: Record
    tags: dict[str, str] = field(default_factory=dict)
    operation: RunningOperation | None = None
    rows: list[dict[str, str]] = field(default_factory=list)
    """Rows of a dataset that jobs imported."""
    put_rows: list[dict[str, str]] = field(default_factory=list)
    """Rows that the events API added to a dataset, or to an event tracker if its group has no Interactions dataset."""
    model: TrainedModel | None = None
    """The trained model of a solution version or a recommender."""

    @property
    def status(self) -> str:
        """Status of the resource. A kind without a status is always ACTIVE."""
        return str(self.record.get("status", ACTIVE))

    @property
    def latest_update(self) -> str:
        """Name of the record's member for the latest update: `latestCampaignUpdate`."""
        return f"latest{self.kind.name}Update"

    def show_progress(self, now: float) -> None:
        """Write the status of the operation in progress into the record."""
        if self.operation:
            status = self.operation.status(now)
            self.status_record(self.operation)["status"] = status
            if self._is_shown_by_resource(self.operation):
                self.record["status"] = status

    def show_end(self, operation: RunningOperation, target: Record, reason: str | None) -> None:
        """Write the final status of an operation into the record.

        :param target: the part of the record that showed the status of the operation.
        :param reason: the failure reason, or None if the operation succeeded.
        """
        target["lastUpdatedDateTime"] = operation.ends
        target["status"] = operation.done if reason is None else operation.failed
        if reason is not None:
            target["failureReason"] = reason
        if self._is_shown_by_resource(operation):
            self.record["status"] = ACTIVE
            self.record["failureReason"] = reason

    def status_record(self, operation: RunningOperation) -> Record:
        """Return the part of the record that shows the status of an operation.

        This is the record itself, or its latest update.
        """
        record: Record = self.record[self.latest_update] if operation.action == UPDATE else self.record
        return record

    def _is_shown_by_resource(self, operation: RunningOperation) -> bool:
        """Whether also the status of the resource itself shows an update."""
        return operation.action == UPDATE and self.kind.update_verb == "UPDATE"
