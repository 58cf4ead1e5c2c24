"""Runs of training pipelines."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler.errors import HandlerError

from cdk_personalize.cli import stacks

if TYPE_CHECKING:
    from cdk_personalize.cli.aws import AwsClients
    from cdk_personalize.cli.stacks import DeployedStack

DONE = "SUCCEEDED"
"""The outcome of a run that did every step."""
_MACHINE_TYPE = "AWS::StepFunctions::StateMachine"
_MACHINE_ID = "Workflow"
_INPUT = json.dumps({"StartedBy": "request"})


class PipelineNotFound(HandlerError):
    """The stack has no such training pipeline."""


def start(aws: AwsClients, path: str) -> str:
    """Start a run of a training pipeline and return the execution ARN.

    :param path: the construct path of the pipeline.
    """
    machine = _machine(aws, path)
    return str(aws.stepfunctions.start_execution(stateMachineArn=machine, input=_INPUT)["executionArn"])


def wait(aws: AwsClients, execution: str, interval: float) -> tuple[str, str]:
    """Wait for the end of an execution and return its outcome and the cause.

    The cause is empty unless the execution failed.
    """
    while True:
        found = aws.stepfunctions.describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            return _outcome(found), str(found.get("cause", ""))
        time.sleep(interval)


def _outcome(execution: dict[str, Any]) -> str:
    output = json.loads(execution["output"]) if execution["status"] == DONE else {}
    return str(output.get("Outcome", execution["status"]))


def _machine(aws: AwsClients, path: str) -> str:
    """Return the ARN of the state machine of a training pipeline."""
    machines = {
        resource.path.removesuffix(f"/{_MACHINE_ID}"): resource.physical_id
        for stack in _stacks(aws, path)
        for resource in stack.resources.values()
        if resource.type == _MACHINE_TYPE and resource.path.endswith(f"/{_MACHINE_ID}")
    }
    if path not in machines:
        known = ", ".join(sorted(machines)) or "none"
        raise PipelineNotFound(f"there is no training pipeline {path}. The training pipelines of its stack: {known}.")
    return machines[path]


def _stacks(aws: AwsClients, path: str) -> list[DeployedStack]:
    """Return the stack of a construct path with its nested stacks.

    The path of a stack in a stage has several parts.
    """
    parts = path.split("/")
    for length in range(1, len(parts)):
        with contextlib.suppress(stacks.StackNotFound):
            return stacks.named(aws, "/".join(parts[:length]))
    return stacks.named(aws, parts[0])
