"""States that several steps of a training pipeline use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdk_personalize import _states_language as asl
from cdk_personalize._states_language import jsonata
from cdk_personalize._training_events import SOURCE, TrainingEvent
from cdk_personalize._training_plan import DIMENSION, NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk_personalize._states_language import State
    from cdk_personalize._training_plan import Plan

STARTED_MILLIS = "$toMillis($states.context.Execution.StartTime)"
GATE_DETAILS = "'solutionVersionArn': $version, 'gates': $gates"
_LONGEST_CAUSE = 1000


def catch_failure(step: str, next: str = "MeasureFailure", errors: Sequence[str] = tuple(asl.ALL)) -> dict[str, Any]:
    """Return a catcher that stores the failed step, its error and its cause."""
    failure = {
        "step": step,
        "error": jsonata("$states.errorOutput.Error"),
        "cause": jsonata(
            f"$exists($states.errorOutput.Cause) ? $substring($states.errorOutput.Cause, 0, {_LONGEST_CAUSE}) : ''"
        ),
    }
    return {"ErrorEquals": list(errors), "Assign": {"failure": failure}, "Output": asl.INPUT, "Next": next}


def put_event(event: TrainingEvent, next: str, details: str = "{}", output: Any = asl.INPUT) -> State:
    """Return a state that sends an event to Amazon EventBridge.

    :param details: JSONata object that is added to the details of the run.
    """
    entry = {
        "Source": SOURCE,
        "DetailType": event.value,
        "Detail": jsonata(f"$string($merge([$about, {details}]))"),
        "Resources": [jsonata("$about.pipeline")],
    }
    return asl.tolerated("eventbridge", "PutEvents", {"Entries": [entry]}, next, output)


def put_metrics(plan: Plan, data: str, next: str) -> State:
    """Return a state that sends metrics to Amazon CloudWatch.

    :param data: JSONata object with the values by metric name.
    """
    dimensions = json.dumps([{"Name": DIMENSION, "Value": plan.name}])
    each = f"{{'MetricName': $name, 'Value': $value, 'Dimensions': {dimensions}}}"
    measured = jsonata(f"[$each({data}, function($value, $name) {{ {each} }})]")
    return asl.tolerated("cloudwatch", "PutMetricData", {"Namespace": NAMESPACE, "MetricData": measured}, next)
