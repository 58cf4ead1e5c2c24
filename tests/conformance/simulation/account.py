"""The simulated AWS account: services, deployed resources, faults and violations."""

from __future__ import annotations

import collections
import re
import traceback
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from conformance.simulation.catalogue import SNAKE, START, arn_member
from conformance.simulation.draws import fraction
from conformance.simulation.kernel import Kernel
from conformance.simulation.services import Services

from cdk_personalize.local.emulator import Emulator
from cdk_personalize.local.objects import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.simulation.operation import ResourceOperation
    from conformance.simulation.stack import SimulatedStack


class _SimulatedClock:
    """The clock of the emulator, which shows the simulated time."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def now(self) -> float:
        return self._kernel.now

    def set_scale(self, scale: float) -> None:
        """Do nothing: only the kernel advances the clock."""


class SimulatedAccount:
    """The simulated account, with the state that services and checks share."""

    def __init__(
        self, seed: int, cfg: dict[str, Any], *, verbose: bool = False, suppressed: Iterable[str] = ()
    ) -> None:
        self.seed, self.cfg, self.verbose, self.suppressed = seed, cfg, verbose, set(suppressed)
        self.kernel = Kernel(START)
        self.objects = MemoryStore()
        self.emulator = Emulator(clock=_SimulatedClock(self.kernel), objects=self.objects)
        self.raw = self.emulator.client()
        self.services = Services(self)
        self.calm = True
        """Whether no faults are injected at the moment."""
        self.outages: list[tuple[float, float, str, str]] = []
        """Outages: begin, end, service or `all`, and kind of fault."""
        self.forced: list[list[Any]] = []
        """Faults that a story injects: kind, pattern of the key, and how many times."""
        self._init_records()
        self._init_ground_truth()

    def _init_records(self) -> None:
        self.lines: list[str] = []
        self.injected: list[str] = []
        self.violations: list[tuple[str, str]] = []
        self.counts: collections.Counter[str] = collections.Counter()
        self.stamps: list[tuple[float, str, str]] = []
        """Time, service and operation of each call."""
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.worst = 0
        """Maximum number of calls that one run of a function made."""

    def _init_ground_truth(self) -> None:
        self.stacks: dict[str, SimulatedStack] = {}
        self.stack_by_name: dict[str, SimulatedStack] = {}
        self.operations: dict[str, ResourceOperation] = {}
        self.groups: dict[str, str] = {}
        self.solutions: dict[str, str] = {}
        self.versions: dict[str, list[str]] = {}
        """ARNs of groups, solutions and versions outside the stacks, by the name of the dataset group."""
        self.made: dict[str, dict[str, Any]] = {}
        """The request that created a resource, by the ARN of the resource."""
        self.foreign: set[str] = set()
        self.foreign_state: dict[str, Any] = {}
        self.tag_history: dict[str, list[Any]] = {}
        self.stale: dict[str, Any] = {}
        """Outdated descriptions that are still returned after an update, by ARN, with the time at which this ends."""
        self.bad: dict[str, list[Any]] = {}
        """Creations and updates with an injected failure, by ARN."""
        self.slow: dict[str, float] = {}
        """Time at which the newest operation on a resource ends, by ARN."""
        self.updates_of: dict[str, list[float]] = collections.defaultdict(list)
        self.retained: set[str] = set()
        self.retained_logicals: set[tuple[str, str]] = set()
        self.lost: set[str] = set()
        self.murky: set[tuple[str, str]] = set()
        self.tolerated: set[tuple[str, str]] = set()
        self.drift: set[tuple[str, str]] = set()
        self.deleted_out_of_band: set[str] = set()
        self.changed_out_of_band: set[tuple[str, str]] = set()

    def say(self, line: str) -> None:
        """Add a line to the trace."""
        if self.verbose:
            self.lines.append(f"{self.kernel.now - START:9.1f}  {line}")

    def say_exception(self, error: Exception) -> None:
        """Add an exception to the trace."""
        for line in "".join(traceback.format_exception(error)).splitlines():
            self.say(f"      {line}")

    def violate(self, what: str, detail: str, operation: ResourceOperation | None = None) -> None:
        """Record a violation of an invariant."""
        where = f" [{operation.key}]" if operation else ""
        self.violations.append((what, f"t={self.kernel.now - START:.0f} {detail}{where}"))
        self.say(f"!! VIOLATION {what}: {detail}{where}")

    def count(self, service: str, operation: str) -> None:
        """Count a call."""
        self.counts[operation] += 1
        self.stamps.append((self.kernel.now, service, operation))

    def draw(self, *key: object) -> float:
        """Return a random number in [0, 1), which is always the same for a key and a seed."""
        return fraction(self.seed, *key)

    def inject(self, kind: str, key: str, probability: float) -> bool:
        """Decide whether a fault happens here, and record it."""
        name = f"{kind}@{key}"
        for forced in self.forced:
            if forced[0] == kind and forced[2] > 0 and re.search(forced[1], key):
                forced[2] -= 1
                self.injected.append(name)
                return True
        if self.calm or not probability or self.draw(kind, key) >= probability or name in self.suppressed:
            return False
        self.injected.append(name)
        return True

    def direct(self, method: str, **request: Any) -> Any:
        """Call Amazon Personalize without faults."""
        return getattr(self.raw, method)(**request)

    def existing(self) -> Mapping[str, Any]:
        """Return all resources of the emulator, by ARN."""
        return {each["arn"]: each for each in self.emulator.resources()}

    def status(self, arn: str) -> str | None:
        """Return the status of a resource, or None if it does not exist."""
        return next((each["status"] for each in self.emulator.resources() if each["arn"] == arn), None)

    def describe(self, kind: str, arn: str) -> dict[str, Any] | None:
        """Return the description of a resource, or None if it does not exist."""
        try:
            answer = self.direct(f"describe_{SNAKE[kind]}", **{arn_member(kind): arn})
        except ClientError:
            return None
        found = dict(next(value for name, value in answer.items() if name != "ResponseMetadata"))
        if kind == "MetricAttribution":
            found["metrics"] = self.raw.list_metric_attribution_metrics(metricAttributionArn=arn)["metrics"]
        return found
