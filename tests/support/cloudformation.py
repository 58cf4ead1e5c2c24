"""CloudFormation's and the Provider's side of a custom resource: it sends events and asks until they are complete."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import handler

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.world import World

CREATE_FAILED_MARKER = "AWSCDK::CustomResourceProviderFramework::CREATE_FAILED"
STACK_ID = "arn:aws:cloudformation:us-east-1:111111111111:stack/Shop/11111111-2222-3333-4444-555555555555"
POLL_SECONDS = 30.0
_POLLS = 130


class Failed(Exception):
    """The resource failed, with the reason that the user reads."""


class StackEvents:
    """The stack's own events, newest first, as the handler may ask for them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._events: list[dict[str, Any]] = []

    def add(self, status: str) -> None:
        at = datetime.fromtimestamp(self._world.clock.now(), timezone.utc)
        event = {"ResourceType": "AWS::CloudFormation::Stack", "PhysicalResourceId": STACK_ID}
        self._events.insert(0, {**event, "ResourceStatus": status, "Timestamp": at})

    def get_paginator(self, _operation: str) -> StackEvents:
        return self

    def paginate(self, **_request: Any) -> Iterator[dict[str, Any]]:
        yield {"StackEvents": self._events}


class Clients:
    """The handler's clients, pointing into this process."""

    def __init__(self, world: World, events: StackEvents) -> None:
        self.reading = self.writing = world.client()
        self.cloudformation = events


class Resource:
    """One custom resource of a stack, as CloudFormation knows it."""

    def __init__(self, world: World, kind: str, *, logical_id: str = "Related", polls: int = _POLLS) -> None:
        self.world = world
        self.stack = StackEvents(world)
        self.clients = Clients(world, self.stack)
        self.kind = kind
        self.logical_id = logical_id
        self.physical_id: str | None = None
        self.properties: Mapping[str, Any] = {}
        self.attributes: dict[str, str] = {}
        self.repeats = False
        """Whether each event comes twice."""
        self._polls = polls
        self._requests = 0

    def create(self, **properties: Any) -> dict[str, str]:
        """Create it; a failure is rolled back as CloudFormation does it."""
        self.stack.add("CREATE_IN_PROGRESS")
        event = self.event("Create", properties)
        try:
            return self._accept(self.run(event), properties)
        except Failed:
            self.stack.add("ROLLBACK_IN_PROGRESS")
            if event["PhysicalResourceId"] != CREATE_FAILED_MARKER:
                self.run(self.event("Delete", properties, event["PhysicalResourceId"]))
            raise

    def update(self, **properties: Any) -> dict[str, str]:
        """Update it; a failure is rolled back, a predecessor is cleaned up."""
        self.stack.add("UPDATE_IN_PROGRESS")
        old_id, old = self.physical_id, self.properties
        event = self.event("Update", properties, old_id, old)
        try:
            answer = self.run(event)
        except Failed:
            self.roll_back(old_id, old, properties)
            if event["PhysicalResourceId"] != old_id:
                self.run(self.event("Delete", properties, event["PhysicalResourceId"]))
            raise
        self._accept(answer, properties)
        if self.physical_id != old_id:
            self.run(self.event("Delete", old, old_id))
        return self.attributes

    def roll_back(self, physical_id: str | None, properties: Mapping[str, Any], failed: Mapping[str, Any]) -> None:
        """Bring it back to what it was."""
        self.stack.add("UPDATE_ROLLBACK_IN_PROGRESS")
        self._accept(self.run(self.event("Update", properties, physical_id, failed)), properties)

    def delete(self) -> None:
        """Delete it."""
        self.stack.add("DELETE_IN_PROGRESS")
        self.run(self.event("Delete", self.properties, self.physical_id))
        self.physical_id = None

    def event(
        self,
        request_type: str,
        properties: Mapping[str, Any],
        physical_id: str | None = None,
        old: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return an event, its scalars turned into strings as CloudFormation does it."""
        self._requests += 1
        event = {
            "RequestType": request_type,
            "ResponseURL": "https://example.com/secret",
            "StackId": STACK_ID,
            "RequestId": f"request-{self.logical_id}-{self._requests}",
            "LogicalResourceId": self.logical_id,
            "ResourceType": f"Custom::Personalize{self.kind}",
            "ResourceProperties": {"ServiceToken": "arn:provider", **_strings(properties)},
        }
        if physical_id is not None:
            event["PhysicalResourceId"] = physical_id
        if old is not None:
            event["OldResourceProperties"] = {"ServiceToken": "arn:provider", **_strings(old)}
        return event

    def run(self, event: dict[str, Any]) -> dict[str, Any]:
        """Do what the Provider does with an event; its answer is merged into it and travels to every look."""
        again = dict(event)
        self.start(event)
        if self.repeats:
            self.start(again)
        return self.wait(event)

    def start(self, event: dict[str, Any]) -> None:
        """Send the event to `on_event`."""
        try:
            answer = handler._worded(handler.start, event, self.clients)
        except Exception as error:
            event.setdefault("PhysicalResourceId", CREATE_FAILED_MARKER)
            raise Failed(str(error)) from error
        event.update(json.loads(json.dumps(answer)))

    def wait(self, event: dict[str, Any]) -> dict[str, Any]:
        """Ask `is_complete` until it is."""
        for _ in range(self._polls):
            answer = self.look(event)
            if answer["IsComplete"]:
                assert len(json.dumps(answer)) < 4096
                return {**event, **answer}
            assert answer == {"IsComplete": False}
            self.world.pass_time(POLL_SECONDS)
        raise Failed("Operation timed out")

    def look(self, event: dict[str, Any]) -> dict[str, Any]:
        """Ask `is_complete` once."""
        try:
            answer: dict[str, Any] = json.loads(json.dumps(handler._worded(handler.look, event, self.clients)))
        except Exception as error:
            raise Failed(str(error)) from error
        return answer

    def _accept(self, answer: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, str]:
        self.physical_id = answer["PhysicalResourceId"]
        self.properties = properties
        self.attributes = answer["Data"]
        return self.attributes


def _strings(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _strings(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_strings(entry) for entry in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value
