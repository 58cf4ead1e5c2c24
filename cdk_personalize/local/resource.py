"""One resource of the emulated service, and the operation that runs on it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_personalize.local.faults import OutcomeFault
    from cdk_personalize.local.kind import Kind
    from cdk_personalize.local.serving import Model

_PENDING_SHARE = 0.1
CREATE_FAILED = "CREATE FAILED"
ACTIVE = "ACTIVE"
INACTIVE = "INACTIVE"


@dataclass(kw_only=True)
class Operation:
    """Something that takes its time: a creation, an update, a deletion."""

    began: float
    seconds: float
    verb: str
    """The first word of the statuses while it runs: CREATE, UPDATE, DELETE, STOP, START, or none."""
    target: dict[str, Any]
    """Where its status shows: the resource's record, or its latest update."""
    mirror: dict[str, Any] | None = None
    """A record that shows the status too while it runs, and is ACTIVE afterwards."""
    done: str = ACTIVE
    failed: str = CREATE_FAILED
    finish: Callable[[float], str | None] = lambda _now: None
    """What happens at the end; a reason given back makes it fail."""
    fault: OutcomeFault | None = None

    @property
    def ends(self) -> float:
        """Return when it ends."""
        return math.inf if self.fault and self.fault.hangs else self.began + self.seconds

    def show(self, now: float) -> None:
        """Set the status for a time before the end."""
        pending = now < self.began + _PENDING_SHARE * self.seconds
        self.target["status"] = f"{self.verb} {'PENDING' if pending else 'IN_PROGRESS'}".lstrip()
        if self.mirror is not None:
            self.mirror["status"] = self.target["status"]

    def end(self) -> None:
        """Set the status for the end."""
        fails = self.fault and self.fault.outcome == CREATE_FAILED
        reason = (self.fault.reason or "Injected fault") if self.fault and fails else self.finish(self.ends)
        self.target["lastUpdatedDateTime"] = self.ends
        if reason is None:
            self.target["status"] = self.done
        else:
            self.target["status"] = self.failed
            self.target["failureReason"] = reason
        if self.mirror is not None:
            self.mirror["status"] = ACTIVE
            self.mirror["failureReason"] = reason


@dataclass(kw_only=True, eq=False)
class Resource:
    """A resource: its record holds what Describe answers, and keys with an underscore that nobody sees."""

    kind: Kind
    arn: str
    record: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    operation: Operation | None = None
    rows: list[dict[str, str]] = field(default_factory=list)
    """A dataset's imported rows."""
    put_rows: list[dict[str, str]] = field(default_factory=list)
    """Rows that came one by one: a dataset's, or those of a tracker whose group has no dataset."""
    model: Model | None = None
    """What a training left, of a solution version or a recommender."""

    @property
    def status(self) -> str:
        """Return the status; a kind without one is always ready."""
        return str(self.record.get("status", ACTIVE))
