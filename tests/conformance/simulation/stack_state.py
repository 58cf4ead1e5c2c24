"""State of a stack in CloudFormation: resources, events, resolved properties."""

from __future__ import annotations

import collections
import copy
import hashlib
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.simulation.catalogue import ACCOUNT, REGION
from conformance.simulation.draws import pick
from conformance.simulation.functions import StackFunctions
from conformance.simulation.history import timestamp
from conformance.simulation.template import AttributeReference, Reference, as_strings, to_properties
from conformance.simulation.trace import short

if TYPE_CHECKING:
    from datetime import datetime

    from conformance.simulation.account import SimulatedAccount
    from conformance.simulation.kernel import Signal
    from conformance.simulation.template import AppTemplate, Declaration

_STACK_TYPE = "AWS::CloudFormation::Stack"
_LEAST_CONCURRENCY = 16
DATA_KINDS = ("DatasetGroup", "Schema", "Dataset")


class AttributeMissing(Exception):
    """The response of a resource lacks an attribute that the template uses."""


@dataclass
class DeployedResource:
    """The record of a resource in CloudFormation."""

    logical: str
    declaration: Declaration
    physical: str
    props: dict[str, Any]
    request: dict[str, Any]
    data: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] | None = None
    ok: bool = False
    creation_failed: bool = False
    known_good: dict[str, Any] | None = None
    """Record of the creation of the resource of the last successful stack operation."""

    def item(self) -> dict[str, Any]:
        """Return the resource in the form that a deletion needs."""
        return deletion_item(self.declaration, self.props, self.physical)


def deletion_item(declaration: Declaration, props: dict[str, Any], physical: str) -> dict[str, Any]:
    """Return a resource in the form that a deletion needs."""
    return {"logical": declaration.logical, "declaration": declaration, "props": props, "physical": physical}


class StackState:
    """The state of a stack, without the operations on it."""

    def __init__(self, account: SimulatedAccount, name: str, number: int) -> None:
        self.account, self.kernel, self.name = account, account.kernel, name
        digest = hashlib.sha256(f"{account.seed}{name}{number}".encode()).hexdigest()
        unique = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:28]))
        self.id = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/{unique}"
        self.functions = StackFunctions(account, self)
        self.events: list[dict[str, Any]] = []
        self.status: str | None = None
        self.updated_at: datetime | None = None
        self.template: AppTemplate | None = None
        self.size = 0
        """Number of resources in the template of the operation in progress."""
        self.resources: dict[str, DeployedResource] = {}
        self.turn = 0
        """Number of operations that the user has started."""
        self.phase = 0
        """Number of events of the stack itself."""
        self.interrupt: Signal | None = None
        self.meddled: set[str] = set()
        """Logical IDs of resources that were changed out of band during this operation, and of their dependents."""
        self.kept: set[str] = set()
        """ARNs of retained datasets, groups and schemas that a successful operation created."""
        self._operations = 0
        self._keys: collections.Counter[str] = collections.Counter()
        account.stacks[self.id] = account.stack_by_name[name] = self

    def environment(self) -> dict[str, str]:
        """Return the environment variables of the stack's functions."""
        resources = _LEAST_CONCURRENCY
        while resources < self.size:
            resources *= 2
        return {"STATE_MACHINE_ARN": self.functions.machine.arn, "CONCURRENT_RESOURCES": str(resources)}

    def next_operation(self, name: str) -> tuple[str, int]:
        """Return a key and a number for a new operation on a resource."""
        self._operations += 1
        key = f"{self.name}.{self.turn}.{name}"
        self._keys[key] += 1
        return (key if self._keys[key] == 1 else f"{key}.{self._keys[key]}"), self._operations

    def invent(self, logical: str) -> str:
        """Return an invented physical ID, for a creation without a response."""
        letters = string.ascii_uppercase + string.digits
        tail = "".join(pick(letters, self.id, logical, self._operations, index) for index in range(12))
        return f"{self.name}-{logical}-{tail}"

    def note(self, status: str, reason: str | None = None) -> None:
        """Record an event of the stack, and later the event CONFIGURATION_COMPLETE."""
        if status == "UPDATE_IN_PROGRESS":
            self.updated_at = timestamp(self.kernel.now + self.account.cfg["skew_cfn"])
        self.status = status
        self.phase += 1
        self._write({"LogicalResourceId": self.name, "PhysicalResourceId": self.id}, _STACK_TYPE, status, reason)
        if status.endswith("_IN_PROGRESS") and not status.startswith("REVIEW"):
            phase, delay = self.phase, 5 + 35 * self.account.draw("configured", self.id, self.phase)
            self.kernel.after(delay, lambda: self._note_configured(status, phase))

    def _note_configured(self, status: str, phase: int) -> None:
        if self.phase == phase:
            ids = {"LogicalResourceId": self.name, "PhysicalResourceId": self.id}
            self._write({**ids, "DetailedStatus": "CONFIGURATION_COMPLETE"}, _STACK_TYPE, status, None)

    def note_resource(self, status: str, declaration: Declaration, physical: str, reason: str | None = None) -> None:
        """Record a stack event of a resource."""
        ids = {"LogicalResourceId": declaration.logical, "PhysicalResourceId": physical}
        self._write(ids, declaration.type, status, reason)

    def _write(self, members: dict[str, str], resource_type: str, status: str, reason: str | None) -> None:
        account, cfg, number = self.account, self.account.cfg, len(self.events)
        punctual = account.calm or "ev-lag" in account.suppressed
        visible = self.kernel.now + (0 if punctual else cfg["ev_lag"] * account.draw("lag", self.id, number))
        if cfg["ev_mode"] == "prefix" and self.events:
            visible = max(visible, self.events[-1]["_visible"])
        event = {
            "StackId": self.id,
            "EventId": f"{self.name}-{number}",
            "StackName": self.name,
            **members,
            "ResourceType": resource_type,
            "Timestamp": timestamp(self.kernel.now + cfg["skew_cfn"]),
            "ResourceStatus": status,
            "_visible": visible,
        }
        self.events.append(event | ({"ResourceStatusReason": reason} if reason else {}))
        logical = "" if resource_type == _STACK_TYPE else members["LogicalResourceId"]
        physical = short(members["PhysicalResourceId"]) if logical and members["PhysicalResourceId"] else ""
        detail = members.get("DetailedStatus", "")
        account.say(" ".join(filter(None, (f"{self.name}:", status, detail, logical, physical, reason))))

    def properties(self, declaration: Declaration) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the request and the properties of a resource, with resolved references.

        :raises AttributeMissing: if a reference cannot be resolved.
        """
        request, extra = self._resolve(declaration.request), self._resolve(declaration.extra)
        props = {
            "ServiceToken": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.name}-on-event",
            "ServiceTimeout": "3600",
            **as_strings(extra),
            **as_strings(to_properties(request)),
        }
        key = f"{self.name}.{self.turn}.{declaration.logical}"
        if self.account.inject("old", key, self.account.cfg["p_old"]):
            # Another release of the library synthesized the template: it lacks a property, and has an unknown one.
            lacking = ("WaitSeconds", "ServiceTimeout")
            props = {name: value for name, value in props.items() if name not in lacking}
            props["Novel"] = {"Thing": "1"}
        if declaration.tags:
            props["Tags"] = [{"TagKey": key, "TagValue": value} for key, value in sorted(declaration.tags.items())]
        return request, props

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, Reference):
            return self.resources[value.logical].physical
        if isinstance(value, AttributeReference):
            data = self.resources[value.logical].data or {}
            if value.name not in data:
                raise AttributeMissing(f"Vendor response doesn't contain {value.name} attribute in object")
            return data[value.name] + value.suffix
        if isinstance(value, dict):
            return {key: self._resolve(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self._resolve(entry) for entry in value]
        return value

    def as_before(self, before: DeployedResource) -> DeployedResource:
        """Restore the record of a resource from before an operation, and return it."""
        fresh = copy.copy(before)
        fresh.ok = True
        self.resources[before.logical] = fresh
        return fresh
