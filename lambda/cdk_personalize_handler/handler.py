"""The two functions behind CDK's Provider: `on_event` starts an operation, `is_complete` looks how far it is.

The only module that knows CloudFormation's events. It parses them, words what went wrong, and returns the
attributes that the template can use.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from cdk_personalize_handler import kinds, service_model
from cdk_personalize_handler.attributes import attributes
from cdk_personalize_handler.errors import HandlerError, OperationFailed
from cdk_personalize_handler.lifecycle import Lifecycle, Outcome, Progress, Started, Task
from cdk_personalize_handler.service import Service
from cdk_personalize_handler.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cdk_personalize_handler.kinds import Kind
    from cdk_personalize_handler.service import Clients

    Event = Mapping[str, Any]
    Answer = dict[str, Any]

logger = Logger(service="cdk-personalize")

_PROGRESS = "Progress"
_REASON_LIMIT = 1000


def on_event(event: Event, context: object) -> Answer:  # noqa: ARG001  (Lambda's signature)
    """Start what CloudFormation asks for."""
    return _worded(start, event, _clients())


def is_complete(event: Event, context: object) -> Answer:  # noqa: ARG001  (Lambda's signature)
    """Look whether it is done."""
    return _worded(look, event, _clients())


def start(event: Event, clients: Clients) -> Answer:
    """Answer CloudFormation's event: the physical id, and how the looks go on."""
    request = _Request(event, clients)
    started = request.start_wait() if request.is_link else request.lifecycle.start()
    return {"PhysicalResourceId": started.physical_id, _PROGRESS: started.progress.to_event()}


def look(event: Event, clients: Clients) -> Answer:
    """Answer one look: not complete yet, or complete with the attributes."""
    request = _Request(event, clients)
    progress = Progress(**event[_PROGRESS])
    outcome = request.look_at_wait(progress) if request.is_link else request.lifecycle.look(progress)
    if outcome is None:
        return {"IsComplete": False}
    logger.info("complete", extra={"arn": outcome.physical_id, "status": outcome.description.get("status")})
    physical_id = event["PhysicalResourceId"] if request.is_link else outcome.physical_id
    return {"IsComplete": True, "PhysicalResourceId": physical_id, "Data": request.attributes(outcome)}


class _Request:
    """An event of CloudFormation, taken apart."""

    def __init__(self, event: Event, clients: Clients) -> None:
        properties, before = event["ResourceProperties"], event.get("OldResourceProperties", {})
        self._properties = properties
        self.kind, self.is_link = _kind(event["ResourceType"])
        shape = service_model.create_shape(self.kind.name)
        deletes = event["RequestType"] == "Delete"
        seconds = properties.get(kinds.WAIT_SECONDS)
        self._task = Task(
            event=event["RequestType"],
            stack_id=event["StackId"],
            logical_id=event["LogicalResourceId"],
            request_id=event["RequestId"],
            physical_id=event.get("PhysicalResourceId", ""),
            wanted={} if self.is_link else service_model.from_template(shape, properties),
            before={} if self.is_link else service_model.from_template(shape, before),
            wait=kinds.ONE_LINK if deletes or seconds is None else timedelta(seconds=float(seconds)),
            continued=str(properties.get(kinds.CONTINUED)).lower() == "true",
            active=str(properties.get(kinds.ACTIVE, True)).lower() == "true",
            reruns=properties.get(kinds.RERUN_ON) != before.get(kinds.RERUN_ON),
            gates=properties.get(kinds.QUALITY_GATE, ()),
            adopts=str(properties.get(kinds.ADOPT)).lower() == "true" and service_model.taggable(self.kind.name),
            phase=event.get(_PROGRESS, {}).get("phase", ""),
        )
        self.lifecycle = Lifecycle(
            self._task,
            Service(self.kind, clients),
            Stack(clients.cloudformation, self._task.stack_id),
            lambda decision, **fields: logger.info(decision, extra=fields),
        )

    def start_wait(self) -> Started:
        """Start the clock of a wait link; there is nothing else to do for it."""
        progress = Progress() if self._task.event == "Delete" else self.lifecycle.start_clock()
        return Started(self._task.logical_id, progress)

    def look_at_wait(self, progress: Progress) -> Outcome | None:
        """Look at the resource that a wait link waits for."""
        if self._task.event == "Delete":
            return Outcome(self._task.physical_id, {})
        return self.lifecycle.look_after(self._arn, self._properties[kinds.WAIT_OPERATION], progress)

    def attributes(self, outcome: Outcome) -> dict[str, str]:
        """Return what the template can read."""
        if self._task.event == "Delete":
            return {}
        return attributes(self.kind, outcome, self.lifecycle.operation(outcome.description))

    @property
    def _arn(self) -> str:
        arn: str = self._properties[kinds.WAIT_ARN]
        return arn


def _kind(resource_type: str) -> tuple[Kind, bool]:
    """Return the kind that a resource type stands for, and whether it is the type of a wait link."""
    for kind in kinds.KINDS.values():
        if resource_type in (kinds.resource_type(kind.name), kinds.wait_type(kind.name)):
            return kind, resource_type == kinds.wait_type(kind.name)
    raise OperationFailed(f"this version of cdk-personalize does not know the type {resource_type}")


def _worded(answer: Callable[[Event, Clients], Answer], event: Event, clients: Clients) -> Answer:
    """Answer the event; whatever goes wrong becomes one line that a person can act on."""
    resource = f"{event['ResourceType'].removeprefix(kinds.RESOURCE_TYPE_PREFIX)} {event['LogicalResourceId']}"
    logger.append_keys(
        stack_id=event["StackId"],
        logical_id=event["LogicalResourceId"],
        request_id=event["RequestId"],
        event=event["RequestType"],
        kind=event["ResourceType"].removeprefix(kinds.RESOURCE_TYPE_PREFIX),
    )
    try:
        return answer(event, clients)
    except HandlerError as error:
        logger.info("failed", extra={"reason": str(error)})
        raise OperationFailed(_one_line(f"{resource}: {error}")) from error
    except Exception as error:
        logger.exception("bug")
        words = f"{resource}: cdk-personalize met what it is not made for, {type(error).__name__}: {error}"
        raise OperationFailed(_one_line(words)) from error


def _one_line(reason: str) -> str:
    words = " ".join(reason.split())
    return words if len(words) <= _REASON_LIMIT else f"{words[:_REASON_LIMIT]}…"


class _AwsClients:
    """Boto3's clients, made when they are first needed and kept while the function is warm."""

    @cached_property
    def reading(self) -> Any:
        return boto3.client("personalize", config=_config(attempts=3))

    @cached_property
    def writing(self) -> Any:
        return boto3.client("personalize", config=_config(attempts=1))

    @cached_property
    def cloudformation(self) -> Any:
        return boto3.client("cloudformation", config=_config(attempts=3))


def _config(*, attempts: int) -> Config:
    """Return settings by which a service that is silent is given up on well before the function's time is up."""
    retries = {"mode": "standard", "total_max_attempts": attempts}
    return Config(connect_timeout=5, read_timeout=20, retries=retries)


@cache
def _clients() -> Clients:
    return _AwsClients()
