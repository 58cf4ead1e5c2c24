"""The workflow of a stack's custom resources, in the Amazon States Language, as the provider synthesizes it."""

from __future__ import annotations

from typing import Any

_SERVICE_ERRORS = ["Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.AWSLambdaException"]
_SERVICE_RETRY = {
    "ErrorEquals": _SERVICE_ERRORS,
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "MaxAttempts": 30,
    "JitterStrategy": "FULL",
}
_STEP_RETRY = [
    _SERVICE_RETRY,
    {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "BackoffRate": 1, "MaxAttempts": 5},
]
_RESPOND_RETRY = [
    _SERVICE_RETRY,
    {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "BackoffRate": 1, "MaxAttempts": 60},
]
_CONTEXT = {
    "Request.$": "$.Request",
    "Execution.$": "$$.Execution.Id",
    "StateMachine.$": "$$.StateMachine.Id",
    "Started.$": "$$.Execution.StartTime",
    "RetryCount.$": "$$.State.RetryCount",
}


def _task(step: str, result: str, following: str, **payload: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:111111111111:function:worker",
        "Parameters": {"Step": step, **_CONTEXT, **payload},
        "ResultPath": result,
        "Retry": _STEP_RETRY,
        "Next": following,
    }


_CATCH = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.Failure", "Next": "RespondFailure"}]
DEFINITION: dict[str, Any] = {
    "StartAt": "Begin",
    "States": {
        "Begin": _task("begin", "$.Progress", "Done") | {"Catch": _CATCH},
        "Done": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.Progress.Done", "BooleanEquals": True, "Next": "Respond"}],
            "Default": "Wait",
        },
        "Wait": {"Type": "Wait", "SecondsPath": "$.Progress.WaitSeconds", "Next": "Poll"},
        "Poll": _task("poll", "$.Progress", "Done", **{"Progress.$": "$.Progress"}) | {"Catch": _CATCH},
        "Respond": _task("respond", "$.Answer", "Told", **{"Progress.$": "$.Progress"}) | {"Retry": _RESPOND_RETRY},
        "RespondFailure": _task("respond", "$.Answer", "Told", **{"State.$": "$"}) | {"Retry": _RESPOND_RETRY},
        "Told": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.Answer.Status", "StringEquals": "SUCCESS", "Next": "Succeeded"}],
            "Default": "Failed",
        },
        "Succeeded": {"Type": "Succeed"},
        "Failed": {"Type": "Fail", "ErrorPath": "$.Answer.Error", "CausePath": "$.Answer.Reason"},
    },
}
