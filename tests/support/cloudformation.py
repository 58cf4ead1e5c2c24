"""Test double of CloudFormation, which sends events and runs workflow steps."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from support.workflow import STACK_ID, Failed, Killed, Workflows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.simulation.stepfunctions import Execution

    from support.world import World

    Event = dict[str, Any]

POLL_SECONDS = 30.0
_POLLS = 130

__all__ = ["STACK_ID", "Failed", "Killed", "Resource", "Stack", "insist"]


class StackEvents:
    """The stack events, newest first, with the CloudFormation API that reads them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._events: list[dict[str, Any]] = []

    def add(self, status: str, logical_id: str | None = None, physical_id: str = "") -> None:
        """Record a stack event of a resource. Default: of the stack itself."""
        at = datetime.fromtimestamp(self._world.clock.now(), timezone.utc)
        what = (
            {"ResourceType": "AWS::CloudFormation::Stack", "PhysicalResourceId": STACK_ID, "LogicalResourceId": "Shop"}
            if logical_id is None
            else {
                "ResourceType": "Custom::Resource",
                "PhysicalResourceId": physical_id,
                "LogicalResourceId": logical_id,
            }
        )
        self._events.insert(0, {**what, "ResourceStatus": status, "Timestamp": at})

    def add_start(self, event: Event) -> None:
        """Record the start of a resource's creation, update or deletion."""
        status = f"{event['RequestType'].upper()}_IN_PROGRESS"
        if not self._events:
            self.add(status)
        self.add(status, event["LogicalResourceId"])

    def add_end(self, event: Event, how: str, physical_id: str = "") -> None:
        """Record the end of a resource's creation, update or deletion.

        :param how: COMPLETE or FAILED.
        :param physical_id: the physical ID that the function reported.
        """
        self.add(f"{event['RequestType'].upper()}_{how}", event["LogicalResourceId"], physical_id)

    def statuses_since(self, status: str) -> set[str]:
        """Return the stack statuses after the newest event with a status."""
        statuses = [each["ResourceStatus"] for each in self._events]
        return set(statuses[: statuses.index(status)])

    def describe_stacks(self, **_request: Any) -> dict[str, Any]:
        status = next(
            each["ResourceStatus"] for each in self._events if each["ResourceType"] == "AWS::CloudFormation::Stack"
        )
        return {"Stacks": [{"StackId": STACK_ID, "StackStatus": status}]}

    def describe_stack_resource(self, LogicalResourceId: str, **_request: Any) -> dict[str, Any]:  # noqa: N803
        newest = next((each for each in self._events if each["LogicalResourceId"] == LogicalResourceId), None)
        if newest is None:
            message = f"Resource {LogicalResourceId} does not exist for stack Shop"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStackResource")
        detail = {**newest, "LastUpdatedTimestamp": newest["Timestamp"]}
        return {"StackResourceDetail": detail}

    def get_paginator(self, _operation: str) -> StackEvents:
        return self

    def paginate(self, **_request: Any) -> Iterator[dict[str, Any]]:
        yield {"StackEvents": self._events}


class Clients:
    """The clients that the handler uses, connected to emulators in this process."""

    def __init__(self, world: World, events: StackEvents) -> None:
        self._world = world
        self.cloudformation = events
        self.stepfunctions: Any = Workflows(world, self)
        self.kills: list[str] = []
        """Operations after which the function is killed once, before it gets the response.

        `respond` stands for the upload of the response.
        """

    @cached_property
    def reading(self) -> Any:
        client = self._world.client()
        client.meta.events.register("after-call", self._die)
        return client

    @cached_property
    def writing(self) -> Any:
        return self.reading

    def _die(self, model: Any, **_context: Any) -> None:
        if model.name in self.kills:
            self.kills.remove(model.name)
            raise Killed


class Resource:
    """One custom resource of a stack, with the state that CloudFormation stores."""

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
        """Whether each event is delivered twice."""
        self.sent: list[Event] = []
        """All events that were sent to the function."""
        self.zombies: list[Event] = []
        """Cancelled events whose workflow still runs."""
        self._polls = polls
        self._poll_seconds = poll_seconds
        self._requests = 0

    def create(self, **properties: Any) -> dict[str, str]:
        """Create the resource in a new stack. A failure is rolled back."""
        Stack(self).deploy(lambda _: properties)
        return self.attributes

    def update(self, **properties: Any) -> dict[str, str]:
        """Update the resource. A failure is rolled back, a replaced resource is deleted."""
        return self.create(**properties)

    def delete(self) -> None:
        """Delete the resource and its stack."""
        Stack(self).destroy()

    def roll_back(self, physical_id: str | None, properties: Mapping[str, Any], failed: Mapping[str, Any]) -> None:
        """Roll the resource back with an update event.

        :param properties: the previous properties.
        :param failed: the properties of the failed update.
        """
        self.stack.add("UPDATE_ROLLBACK_IN_PROGRESS")
        self.accept(self.run(self.event("Update", properties, physical_id, failed)), properties)

    def event(
        self,
        request_type: str,
        properties: Mapping[str, Any],
        physical_id: str | None = None,
        old: Mapping[str, Any] | None = None,
    ) -> Event:
        """Return an event with its scalars as strings, as CloudFormation sends it."""
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

    def run(self, event: Event) -> dict[str, Any]:
        """Send an event, and return its response."""
        self.start(event)
        if self.repeats:
            self.deliver(event)
        return self.wait(event)

    def start(self, event: Event) -> None:
        """Send an event, which starts its workflow."""
        self.stack.add_start(event)
        self.sent.append(dict(event))
        self.deliver(event)

    def deliver(self, event: Event) -> None:
        """Deliver an event to the function `OnEvent`, for the first time or again."""
        self.clients.stepfunctions.receive(event)

    def poll(self, event: Event) -> dict[str, Any] | None:
        """Run the next step of an event's workflow.

        :return: the response after the last step, otherwise None.
        """
        execution = self.execution(event)
        self.clients.stepfunctions.step(execution)
        return self._response(execution)

    def execution(self, event: Event) -> Execution:
        """Return the Step Functions execution of an event."""
        execution: Execution = self.clients.stepfunctions.of(event)
        return execution

    def wait(self, event: Event) -> dict[str, Any]:
        """Run the steps of an event's workflow until its response, and return it."""
        try:
            answer = self._wait(event)
        except Failed as failed:
            self.stack.add_end(event, "FAILED", failed.physical_id)
            raise
        self.stack.add_end(event, "COMPLETE", answer["PhysicalResourceId"])
        return answer

    def accept(self, answer: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
        """Store the physical ID, properties and attributes of a successful event."""
        self.physical_id = answer["PhysicalResourceId"]
        self.properties = properties
        self.attributes = answer["Data"]

    def _wait(self, event: Event) -> dict[str, Any]:
        for _ in range(self._polls):
            answer = self.poll(event)
            if answer is not None:
                return answer
            self.world.pass_time(self._poll_seconds)
            self.zombies = [each for each in self.zombies if self._continue(each)]
        raise Failed("CloudFormation did not receive a response", "")

    def _response(self, execution: Execution) -> dict[str, Any] | None:
        response: Any = execution.operation.response
        if response is None:
            return None
        if response["Status"] == "FAILED":
            raise Failed(response["Reason"], response["PhysicalResourceId"])
        return response

    def _continue(self, cancelled: Event) -> bool:
        """Run a step of the workflow of a cancelled event.

        :return: whether the workflow is still running.
        """
        execution = self.execution(cancelled)
        if execution.status == "RUNNING":
            self.clients.stepfunctions.step(execution)
        return execution.status == "RUNNING"


class Stack:
    """A stack of resources, each of which can use the attributes of earlier ones."""

    def __init__(self, *resources: Resource) -> None:
        self._resources = resources
        self._events = resources[0].stack

    def deploy(self, properties: Any) -> None:
        """Create or update changed resources. A failure is rolled back.

        :param properties: function that returns the properties of the resource at a position. It is called when the
            earlier resources are complete.
        """
        creates = self._resources[0].physical_id is None
        self._events.add("CREATE_IN_PROGRESS" if creates else "UPDATE_IN_PROGRESS")
        touched: list[tuple[Resource, str | None, Mapping[str, Any], Event]] = []
        reported: dict[Resource, str] = {}
        try:
            for position, resource in enumerate(self._resources):
                old_id, old, desired = resource.physical_id, resource.properties, properties(position)
                if old_id is not None and desired == old:
                    continue
                event = resource.event(*(("Create", desired) if old_id is None else ("Update", desired, old_id, old)))
                touched.append((resource, old_id, old, event))
                answer = resource.run(event)
                reported[resource] = answer["PhysicalResourceId"]
                resource.accept(answer, desired)
        except Failed as failed:
            reported[touched[-1][0]] = failed.physical_id
            self.roll_back(touched, reported, creates=creates)
            raise
        self._events.add("CREATE_COMPLETE" if creates else "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        for resource, old_id, old, _ in reversed(touched):
            if old_id not in (None, resource.physical_id):
                insist(resource, "Delete", old, old_id)

    def roll_back(
        self,
        touched: list[tuple[Resource, str | None, Mapping[str, Any], Event]],
        reported: Mapping[Resource, str],
        *,
        creates: bool,
    ) -> None:
        """Restore the previous properties of updated resources, then delete new resources.

        :param touched: resource, previous physical ID, previous properties and event of each changed resource.
        :param reported: the physical ID in the response of each changed resource.
        """
        self._events.add("ROLLBACK_IN_PROGRESS" if creates else "UPDATE_ROLLBACK_IN_PROGRESS")
        for resource, old_id, old, event in touched:
            if old_id is not None:
                resource.accept(insist(resource, "Update", old, old_id, event["ResourceProperties"]), old)
        for resource, old_id, _, event in reversed(touched):
            if (made := reported[resource]) not in (old_id, ""):
                insist(resource, "Delete", event["ResourceProperties"], made)
            if old_id is None:
                resource.physical_id = None

    def destroy(self) -> None:
        """Delete all resources, the last one first."""
        self._events.add("DELETE_IN_PROGRESS")
        for resource in reversed(self._resources):
            if resource.physical_id is not None:
                insist(resource, "Delete", resource.properties, resource.physical_id)
                resource.physical_id = None


def insist(resource: Resource, *event: Any) -> dict[str, Any]:
    """Send an event, and again after a killed function or a timeout, as a user would.

    :param event: the arguments of `Resource.event`.
    """
    for _ in range(3):
        try:
            return resource.run(resource.event(*event))
        except Failed as error:
            killed = "the function was ended" in str(error)
            if event[0] != "Delete" and not killed and "Continue the rollback" not in str(error):
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
