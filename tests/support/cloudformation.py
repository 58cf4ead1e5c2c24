"""CloudFormation's and the Provider's side of custom resources: they send events and ask until these are complete."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import handler

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.world import World

    Event = dict[str, Any]

CREATE_FAILED_MARKER = "AWSCDK::CustomResourceProviderFramework::CREATE_FAILED"
STACK_ID = "arn:aws:cloudformation:us-east-1:111111111111:stack/Shop/11111111-2222-3333-4444-555555555555"
POLL_SECONDS = 30.0
_POLLS = 130


class Failed(Exception):
    """The resource failed, with the reason that the user reads."""


class Killed(BaseException):
    """The function ended without an answer."""


class StackEvents:
    """The stack's events, newest first, as the handler may ask for them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._events: list[dict[str, Any]] = []

    def add(self, status: str, logical_id: str | None = None) -> None:
        """Record an event of the stack itself, or of a resource in it."""
        at = datetime.fromtimestamp(self._world.clock.now(), timezone.utc)
        what = (
            {"ResourceType": "AWS::CloudFormation::Stack", "PhysicalResourceId": STACK_ID, "LogicalResourceId": "Shop"}
            if logical_id is None
            else {"ResourceType": "Custom::Resource", "PhysicalResourceId": "", "LogicalResourceId": logical_id}
        )
        self._events.insert(0, {**what, "ResourceStatus": status, "Timestamp": at})

    def add_start(self, event: Event) -> None:
        """Record that a resource's event is sent, in an operation of the stack's."""
        status = f"{event['RequestType'].upper()}_IN_PROGRESS"
        if not self._events:
            self.add(status)
        self.add(status, event["LogicalResourceId"])

    def add_end(self, event: Event, how: str) -> None:
        """Record how a resource's event ended."""
        self.add(f"{event['RequestType'].upper()}_{how}", event["LogicalResourceId"])

    def statuses_since(self, status: str) -> set[str]:
        """Return the statuses that followed the newest event of a status."""
        statuses = [each["ResourceStatus"] for each in self._events]
        return set(statuses[: statuses.index(status)])

    def get_paginator(self, _operation: str) -> StackEvents:
        return self

    def paginate(self, **_request: Any) -> Iterator[dict[str, Any]]:
        yield {"StackEvents": self._events}


class Clients:
    """The handler's clients, pointing into this process."""

    def __init__(self, world: World, events: StackEvents) -> None:
        self.reading = self.writing = world.client()
        self.cloudformation = events
        self.reading.meta.events.register("after-call", self._die)
        self.kills: list[str] = []
        """The operations, each once, that have their effect and see the function killed before the answer."""

    def _die(self, model: Any, **_context: Any) -> None:
        if model.name in self.kills:
            self.kills.remove(model.name)
            raise Killed


class Resource:
    """One custom resource of a stack, as CloudFormation knows it."""

    def __init__(
        self,
        world: World,
        kind: str,
        *,
        logical_id: str = "Related",
        polls: int = _POLLS,
        poll_seconds: float = POLL_SECONDS,
        beside: Resource | None = None,
    ) -> None:
        self.world = world
        self.stack = beside.stack if beside else StackEvents(world)
        self.clients = beside.clients if beside else Clients(world, self.stack)
        self.kind = kind
        self.logical_id = logical_id
        self.physical_id: str | None = None
        self.properties: Mapping[str, Any] = {}
        self.attributes: dict[str, str] = {}
        self.repeats = False
        """Whether each event comes twice."""
        self.sent: list[Event] = []
        """All events, as they were sent."""
        self.zombies: list[Event] = []
        """The events whose waits go on although CloudFormation has given up on them."""
        self._polls = polls
        self._poll_seconds = poll_seconds
        self._requests = 0

    def create(self, **properties: Any) -> dict[str, str]:
        """Create it in a stack of its own; a failure is rolled back."""
        Stack(self).deploy(lambda _: properties)
        return self.attributes

    def update(self, **properties: Any) -> dict[str, str]:
        """Update it; a failure is rolled back, a predecessor is cleaned up."""
        return self.create(**properties)

    def delete(self) -> None:
        """Delete it."""
        Stack(self).destroy()

    def roll_back(self, physical_id: str | None, properties: Mapping[str, Any], failed: Mapping[str, Any]) -> None:
        """Bring it back to what it was."""
        self.stack.add("UPDATE_ROLLBACK_IN_PROGRESS")
        self.accept(self.run(self.event("Update", properties, physical_id, failed)), properties)

    def event(
        self,
        request_type: str,
        properties: Mapping[str, Any],
        physical_id: str | None = None,
        old: Mapping[str, Any] | None = None,
    ) -> Event:
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

    def run(self, event: Event) -> Event:
        """Send an event and wait until it is complete."""
        again = dict(event)
        self.start(event)
        if self.repeats:
            self.deliver(again)
            self.zombies.append(again)
        return self.wait(event)

    def start(self, event: Event) -> None:
        """Send an event to `on_event`."""
        self.stack.add_start(event)
        self.sent.append(dict(event))
        try:
            self.deliver(event)
        except Failed:
            self.stack.add_end(event, "FAILED")
            raise

    def deliver(self, event: Event) -> None:
        """Do what the Provider does with an event: the answer is merged into it and travels to every look."""
        try:
            answer = handler._worded(handler.start, event, self.clients)
        except (Exception, Killed) as error:
            event.setdefault("PhysicalResourceId", CREATE_FAILED_MARKER)
            raise Failed(str(error)) from error
        event.update(json.loads(json.dumps(answer)))

    def wait(self, event: Event) -> Event:
        """Ask `is_complete` until it is."""
        try:
            answer = self._wait(event)
        except Failed:
            self.stack.add_end(event, "FAILED")
            raise
        self.stack.add_end(event, "COMPLETE")
        return answer

    def look(self, event: Event) -> dict[str, Any]:
        """Ask `is_complete` once."""
        try:
            answer: dict[str, Any] = json.loads(json.dumps(handler._worded(handler.look, event, self.clients)))
        except (Exception, Killed) as error:
            raise Failed(str(error)) from error
        assert len(json.dumps(answer)) < 4096
        assert answer["IsComplete"] or answer == {"IsComplete": False}
        return answer

    def accept(self, answer: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
        """Remember what a complete event came to."""
        self.physical_id = answer["PhysicalResourceId"]
        self.properties = properties
        self.attributes = answer["Data"]

    def _wait(self, event: Event) -> Event:
        for _ in range(self._polls):
            answer = self.look(event)
            if answer["IsComplete"]:
                return {**event, **answer}
            self.world.pass_time(self._poll_seconds)
            self.zombies = [each for each in self.zombies if self._stirs(each)]
        raise Failed("Operation timed out")

    def _stirs(self, zombie: Event) -> bool:
        try:
            return not self.look(zombie)["IsComplete"]
        except Failed:
            return False


class Stack:
    """A stack of resources, each of which may need what those before it came to."""

    def __init__(self, *resources: Resource) -> None:
        self._resources = resources
        self._events = resources[0].stack

    def deploy(self, properties: Any) -> None:
        """Create or update what has changed; a failure is rolled back.

        :param properties: called with each resource's position, when those before it are complete.
        """
        creates = self._resources[0].physical_id is None
        self._events.add("CREATE_IN_PROGRESS" if creates else "UPDATE_IN_PROGRESS")
        touched: list[tuple[Resource, str | None, Mapping[str, Any], Event]] = []
        try:
            for position, resource in enumerate(self._resources):
                old_id, old, wanted = resource.physical_id, resource.properties, properties(position)
                if old_id is not None and wanted == old:
                    continue
                event = resource.event(*(("Create", wanted) if old_id is None else ("Update", wanted, old_id, old)))
                touched.append((resource, old_id, old, event))
                answer = resource.run(event)
                event["PhysicalResourceId"] = answer["PhysicalResourceId"]
                resource.accept(answer, wanted)
        except Failed:
            self.roll_back(touched, creates=creates)
            raise
        self._events.add("CREATE_COMPLETE" if creates else "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        for resource, old_id, old, _ in reversed(touched):
            if old_id not in (None, resource.physical_id):
                insist(resource, "Delete", old, old_id)

    def roll_back(self, touched: list[tuple[Resource, str | None, Mapping[str, Any], Event]], *, creates: bool) -> None:
        """Bring back what was there, then delete what was not."""
        self._events.add("ROLLBACK_IN_PROGRESS" if creates else "UPDATE_ROLLBACK_IN_PROGRESS")
        for resource, old_id, old, event in touched:
            if old_id is not None:
                event.setdefault("PhysicalResourceId", old_id)
                resource.accept(insist(resource, "Update", old, old_id, event["ResourceProperties"]), old)
        for resource, old_id, _, event in reversed(touched):
            made = event["PhysicalResourceId"]
            if made not in (old_id, CREATE_FAILED_MARKER):
                insist(resource, "Delete", event["ResourceProperties"], made)
            if old_id is None:
                resource.physical_id = None

    def destroy(self) -> None:
        """Delete everything, in reverse."""
        self._events.add("DELETE_IN_PROGRESS")
        for resource in reversed(self._resources):
            if resource.physical_id is not None:
                insist(resource, "Delete", resource.properties, resource.physical_id)
                resource.physical_id = None


def insist(resource: Resource, *event: Any) -> Event:
    """Have something done that a person asks for again: where the function was killed, or what runs took too long."""
    for _ in range(3):
        try:
            return resource.run(resource.event(*event))
        except Failed as error:
            killed = isinstance(error.__cause__, Killed)
            if event[0] != "Delete" and not killed and "continue the rollback" not in str(error):
                raise
    return resource.run(resource.event(*event))


def _strings(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _strings(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_strings(entry) for entry in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value
