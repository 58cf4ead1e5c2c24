"""The state machine of a training pipeline.

It imports data, trains a solution, checks quality gates, updates campaigns and runs batch jobs. All steps are calls of
AWS services. After a failure, the state machine stops a training in progress, rolls the campaigns back, and sends an
event with the failed step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize import _states_language as asl
from cdk_personalize._states_language import jsonata
from cdk_personalize._training_blocks import GATE_DETAILS, STARTED_MILLIS, catch_failure, put_event, put_metrics
from cdk_personalize._training_campaigns import campaigns
from cdk_personalize._training_events import TrainingEvent
from cdk_personalize._training_plan import STARTED_BY, WAIT_SECONDS
from cdk_personalize._training_steps import batch, comparison, imports, training

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize._states_language import States
    from cdk_personalize._training_plan import Plan

_LISTING_SECONDS = 5
"""Time until the list of executions contains a new execution, in seconds."""

_HASH = "$substring($hash($states.context.Execution.Id & $states.context.Execution.StartTime, 'SHA-256'), 0, 16)"
_EARLIER = (
    "$count($states.result.Executions["
    f"$toMillis(StartDate) < {STARTED_MILLIS} or "
    f"($toMillis(StartDate) = {STARTED_MILLIS} and ExecutionArn < $states.context.Execution.Id)])"
)


def definition(plan: Plan) -> dict[str, Any]:
    """Return the definition of the state machine in the Amazon States Language."""
    states = _end(plan)
    following = "MeasureSuccess"
    for step in (batch(plan), campaigns(plan), comparison(plan), training(plan), imports(plan)):
        if step is not None:
            start, build = step
            states.update(build(following))
            following = start
    states.update(_beginning(plan, following))
    return {"QueryLanguage": "JSONata", "StartAt": "Begin", "States": states}


def _beginning(plan: Plan, following: str) -> States:
    """Return the first states, which skip the run if an earlier execution is running."""
    about = {
        "pipeline": jsonata("$states.context.StateMachine.Id"),
        "execution": jsonata("$states.context.Execution.Id"),
        "startedBy": jsonata(f"$exists($states.input.{STARTED_BY}) ? $states.input.{STARTED_BY} : 'request'"),
    }
    seconds = jsonata(f"$exists($states.input.{WAIT_SECONDS}) ? $states.input.{WAIT_SECONDS} : {_LISTING_SECONDS}")
    machine = {"StateMachineArn": jsonata("$about.pipeline"), "StatusFilter": "RUNNING", "MaxResults": 1000}
    running = {"earlier": jsonata(_EARLIER)}
    # Job names cannot be reused, so the name of a run must be unique permanently. The name of an execution is unique
    # for only 90 days.
    run = jsonata(f"'{plan.job_prefix}' & {_HASH}")
    unknown = {"version": "", "metrics": {}, "current": {}, "gates": [], "moves": [], "failure": {}}
    return {
        "Begin": asl.assign({**unknown, "run": run, "about": about, "earlier": 0}, "Settle"),
        "Settle": asl.wait(seconds, "ListRunning"),
        "ListRunning": asl.other(
            "sfn", "ListExecutions", machine, "IsFirst", assign=running, catch=[catch_failure("ListRunning")]
        ),
        "IsFirst": asl.choice("TellStarted", MeasureSkipped="$earlier > 0"),
        "TellStarted": put_event(TrainingEvent.STARTED, following),
    }


def _end(plan: Plan) -> States:
    """Return the last states: a metric, an event and an end for each outcome."""
    duration = f"'Duration': ($millis() - {STARTED_MILLIS}) / 1000"
    version = "{'solutionVersionArn': $version}"
    gates = f"{{{GATE_DETAILS}}}"
    return {
        "MeasureSuccess": put_metrics(plan, f"{{'RunsSucceeded': 1, {duration}}}", "TellSuccess"),
        "TellSuccess": put_event(
            TrainingEvent.SUCCEEDED, "Succeeded", f"$version = '' ? {{}} : {version}", _outcome("SUCCEEDED")
        ),
        "Succeeded": {"Type": "Succeed"},
        "MeasureSkipped": put_metrics(plan, "{'RunsSkipped': 1}", "TellSkipped"),
        "TellSkipped": put_event(TrainingEvent.SKIPPED, "Skipped", output=_outcome("SKIPPED")),
        "Skipped": {"Type": "Succeed"},
        "MeasureFailure": put_metrics(plan, f"{{'RunsFailed': 1, {duration}}}", "TellFailure"),
        "TellFailure": put_event(TrainingEvent.FAILED, "Failed", "$failure"),
        "Failed": asl.fail(jsonata("$failure.error"), jsonata("$failure.step & ': ' & $failure.cause")),
        **(
            {
                "MeasureGateFailed": put_metrics(plan, f"{{'RunsGateFailed': 1, {duration}}}", "TellGateFailed"),
                "TellGateFailed": put_event(TrainingEvent.GATE_FAILED, "Kept", gates, _outcome("GATE_FAILED")),
                "Kept": {"Type": "Succeed"},
            }
            if plan.gates
            else {}
        ),
    }


def _outcome(word: str) -> Mapping[str, str]:
    """Return the output of an execution."""
    return {"Outcome": word, "SolutionVersionArn": jsonata("$version")}
