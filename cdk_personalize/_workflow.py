"""The Step Functions state machine that handles one CloudFormation request.

The state Begin prepares the operation, Poll carries it out and waits until it has ended, and Respond sends the response
to CloudFormation. A failure of these states is also sent as a response. An execution succeeds if its response is a
success.

The definition is written in the Amazon States Language, because importing the CDK's classes for states takes longer
than creating all other constructs of the provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    State = dict[str, Any]

_ANY = ["States.ALL"]
_THROTTLED = {
    "ErrorEquals": ["Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.AWSLambdaException"],
    "IntervalSeconds": 2,
    "MaxAttempts": 30,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
_UNTIL_ANSWERED = {
    # Longer than the hour that CloudFormation waits for a response.
    "ErrorEquals": _ANY,
    "IntervalSeconds": 5,
    "MaxAttempts": 120,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
_CATCH = {"ErrorEquals": _ANY, "ResultPath": "$.Failure", "Next": "RespondFailure"}
_REQUEST = {"Request.$": "$.Request"}
_PROGRESS = {"Progress.$": "$.Progress"}
_CONTEXT = {
    "Execution.$": "$$.Execution.Id",
    "StateMachine.$": "$$.StateMachine.Id",
    "Started.$": "$$.Execution.StartTime",
    "RetryCount.$": "$$.State.RetryCount",
}


def definition(worker_arn: str, timeout_seconds: int) -> dict[str, Any]:
    """Return the definition of the state machine.

    :param worker_arn: The ARN of the Lambda function that runs the steps.
    :param timeout_seconds: The timeout of the worker. If a run of the function fails, the step is retried after this
        time, when the failed run has certainly ended.
    """
    crashed = {"ErrorEquals": _ANY, "IntervalSeconds": timeout_seconds, "MaxAttempts": 5, "BackoffRate": 1}
    retry = [_THROTTLED, crashed]
    is_done = {"Variable": "$.Progress.Done", "BooleanEquals": True, "Next": "Respond"}
    is_success = {"Variable": "$.Answer.Status", "StringEquals": "SUCCESS", "Next": "Succeeded"}
    return {
        "StartAt": "Begin",
        "States": {
            "Begin": _work(worker_arn, "begin", {}, retry),
            "Done": {"Type": "Choice", "Choices": [is_done], "Default": "Wait"},
            "Poll": _work(worker_arn, "poll", _PROGRESS, retry),
            "Wait": {"Type": "Wait", "SecondsPath": "$.Progress.WaitSeconds", "Next": "Poll"},
            "RespondFailure": _respond(worker_arn, {"State.$": "$"}),
            "Told": {"Type": "Choice", "Choices": [is_success], "Default": "Failed"},
            "Respond": _respond(worker_arn, _PROGRESS),
            "Failed": {"Type": "Fail", "ErrorPath": "$.Answer.Error", "CausePath": "$.Answer.Reason"},
            "Succeeded": {"Type": "Succeed"},
        },
        "Comment": "Carries out one request of CloudFormation for an Amazon Personalize resource",
    }


def _work(worker_arn: str, step: str, payload: Mapping[str, str], retry: Sequence[Mapping[str, Any]]) -> State:
    return {
        "Next": "Done",
        "Retry": list(retry),
        "Catch": [_CATCH],
        "Type": "Task",
        "ResultPath": "$.Progress",
        "Resource": worker_arn,
        "Parameters": {"Step": step, **_REQUEST, **payload, **_CONTEXT},
    }


def _respond(worker_arn: str, payload: Mapping[str, str]) -> State:
    return {
        "Next": "Told",
        "Retry": [_UNTIL_ANSWERED],
        "Type": "Task",
        "ResultPath": "$.Answer",
        "Resource": worker_arn,
        "Parameters": {"Step": "respond", **_REQUEST, **payload, **_CONTEXT},
    }
