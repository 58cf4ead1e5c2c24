"""Fault injection: rejected calls, lost responses and failing operations."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from cdk_personalize_handler import service_model

from cdk_personalize.local.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HANG = "HANG"
"""Outcome of an operation whose status does not change until the faults are cleared."""

_OUTCOMES = frozenset({"CREATE FAILED", HANG})
_SERVER_ERRORS = frozenset({"InternalServerError", "InternalFailure", "ServiceUnavailableException"})


@dataclass
class CallFault:
    """Fault of the next calls of an operation: an error, a lost or a late response."""

    operation: str
    error: str | None
    times: int = 1
    after: bool = False
    delay: float = 0.0
    """Time between the effect of the call and its response, in real seconds."""


@dataclass
class OutcomeFault:
    """Fault of the next creations and updates of a kind: they fail or hang."""

    kind: str
    outcome: str
    reason: str = ""
    times: int = 1
    over: bool = False

    @property
    def is_hanging(self) -> bool:
        """Whether the status of the operation does not change."""
        return self.outcome == HANG and not self.over


Fault = TypeVar("Fault", CallFault, OutcomeFault)


class Faults:
    """Faults that have been injected and not yet used up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[CallFault] = []
        self._outcomes: list[OutcomeFault] = []
        self._hanging: list[OutcomeFault] = []

    def add(self, fault: Mapping[str, Any]) -> None:
        """Add a fault.

        :param fault: the body of a request to the control API.
        :raises ValueError: if the body is not valid.
        """
        times = fault.get("times", 1)
        if isinstance(times, bool) or not isinstance(times, int) or times < 1:
            raise ValueError(f"times must be a whole number of at least 1, got {times!r}")
        known = {"operation", "error", "times", "after", "delay"}
        if set(fault) <= known and "operation" in fault and not {"error", "delay"}.isdisjoint(fault):
            self._calls.append(self._call_fault(fault, times))
        elif set(fault) <= {"kind", "outcome", "reason", "times"} and {"kind", "outcome"} <= set(fault):
            self._outcomes.append(self._outcome_fault(fault, times))
        else:
            raise ValueError(
                "a fault must have operation with error or delay (optional: times, after), "
                "or kind with outcome (optional: reason, times)"
            )

    def clear(self) -> None:
        """Remove all faults; operations that hang continue."""
        self._calls.clear()
        self._outcomes.clear()
        for fault in self._hanging:
            fault.over = True
        self._hanging.clear()

    def take_call(self, operation: str) -> CallFault | None:
        """Use up one fault of a call of `operation`, and return it. None if none is left."""
        with self._lock:
            return _take(self._calls, lambda fault: fault.operation == operation)

    def take_outcome(self, kind: str) -> OutcomeFault | None:
        """Use up one fault of an operation on `kind`, and return it. None if none is left."""
        fault = _take(self._outcomes, lambda fault: fault.kind == kind)
        if fault and fault.outcome == HANG:
            self.hold(fault)
        return fault

    def hold(self, fault: OutcomeFault) -> None:
        """Keep a fault of a hanging operation until the faults are cleared."""
        self._hanging.append(fault)

    @staticmethod
    def _call_fault(fault: Mapping[str, Any], times: int) -> CallFault:
        if fault["operation"] not in _operations():
            raise ValueError(f"operation must be an operation of Amazon Personalize, got {fault['operation']!r}")
        error = fault.get("error")
        if "error" in fault and (not isinstance(error, str) or not error):
            raise ValueError(f"error must be the name of an error, got {error!r}")
        delay = fault.get("delay", 0.0)
        if isinstance(delay, bool) or not isinstance(delay, (int, float)) or delay < 0:
            raise ValueError(f"delay must be a number of seconds, got {delay!r}")
        after = fault.get("after", False)
        if after not in (True, False):
            raise ValueError(f"after must be true or false, got {after!r}")
        return CallFault(fault["operation"], error, times, after=bool(after), delay=float(delay))

    @staticmethod
    def _outcome_fault(fault: Mapping[str, Any], times: int) -> OutcomeFault:
        if service_model.operation("Create", fault["kind"]) is None:
            raise ValueError(f"kind must be a resource that can be created, got {fault['kind']!r}")
        if fault["outcome"] not in _OUTCOMES:
            raise ValueError(f"outcome must be one of {', '.join(sorted(_OUTCOMES))}, got {fault['outcome']!r}")
        return OutcomeFault(fault["kind"], fault["outcome"], str(fault.get("reason", "")), times)


def injected_error(error: str) -> ServiceError:
    """Return the error response of a call with a fault."""
    status = 500 if error in _SERVER_ERRORS else 400
    return ServiceError(error, "Rate exceeded" if "Throttl" in error else "Injected fault", status)


def _operations() -> frozenset[str]:
    services = ("personalize", "personalize-runtime", "personalize-events")
    return frozenset(name for service in services for name in service_model.model(service).operation_names)


def _take(faults: list[Fault], applies: Callable[[Fault], bool]) -> Fault | None:
    for fault in faults:
        if applies(fault):
            fault.times -= 1
            if fault.times == 0:
                faults.remove(fault)
            return fault
    return None
