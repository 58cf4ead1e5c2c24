"""The workflow of custom resources in the Amazon States Language.

`test_simulation_workflow` checks that it is the same as in synthesized templates.
"""

from __future__ import annotations

from typing import Any

from conformance.simulation.catalogue import ACCOUNT, REGION

WORKER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:worker"
_CONTEXT = {
    "Request.$": "$.Request",
    "Execution.$": "$$.Execution.Id",
    "StateMachine.$": "$$.StateMachine.Id",
    "Started.$": "$$.Execution.StartTime",
    "RetryCount.$": "$$.State.RetryCount",
}
_STEP_RETRY = [
    {
        "ErrorEquals": ["Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.AWSLambdaException"],
        "IntervalSeconds": 2,
        "BackoffRate": 2,
        "MaxDelaySeconds": 60,
        "MaxAttempts": 30,
        "JitterStrategy": "FULL",
    },
    {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "BackoffRate": 1, "MaxAttempts": 5},
]
_RESPOND_RETRY = [
    {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 5,
        "BackoffRate": 2,
        "MaxDelaySeconds": 60,
        "MaxAttempts": 120,
        "JitterStrategy": "FULL",
    },
]
_CATCH = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.Failure", "Next": "RespondFailure"}]


def _task(step: str, **payload: str) -> dict[str, Any]:
    return {"Type": "Task", "Resource": WORKER, "Parameters": {"Step": step, **_CONTEXT, **payload}}


def _working(step: str, **payload: str) -> dict[str, Any]:
    flow = {"ResultPath": "$.Progress", "Retry": _STEP_RETRY, "Catch": _CATCH, "Next": "Done"}
    return {**_task(step, **payload), **flow}


def _answering(**payload: str) -> dict[str, Any]:
    return {**_task("respond", **payload), "ResultPath": "$.Answer", "Retry": _RESPOND_RETRY, "Next": "Told"}


DEFINITION: dict[str, Any] = {
    "StartAt": "Begin",
    "States": {
        "Begin": _working("begin"),
        "Done": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.Progress.Done", "BooleanEquals": True, "Next": "Respond"}],
            "Default": "Wait",
        },
        "Wait": {"Type": "Wait", "SecondsPath": "$.Progress.WaitSeconds", "Next": "Poll"},
        "Poll": _working("poll", **{"Progress.$": "$.Progress"}),
        "Respond": _answering(**{"Progress.$": "$.Progress"}),
        "RespondFailure": _answering(**{"State.$": "$"}),
        "Told": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.Answer.Status", "StringEquals": "SUCCESS", "Next": "Succeeded"}],
            "Default": "Failed",
        },
        "Succeeded": {"Type": "Succeed"},
        "Failed": {"Type": "Fail", "ErrorPath": "$.Answer.Error", "CausePath": "$.Answer.Reason"},
    },
}
