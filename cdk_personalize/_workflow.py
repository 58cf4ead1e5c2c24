"""The Step Functions state machine that handles one CloudFormation request.

The state Begin prepares the operation, Poll carries it out and waits until it has ended, and Respond sends the response
to CloudFormation. A failure of these states is also sent as a response. An execution succeeds if its response is a
success.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from constructs import Construct

_THROTTLED = ["Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.AWSLambdaException"]
_ANY = ["States.ALL"]
_CONTEXT = {
    "Execution": "$$.Execution.Id",
    "StateMachine": "$$.StateMachine.Id",
    "Started": "$$.Execution.StartTime",
    "RetryCount": "$$.State.RetryCount",
}


def definition(scope: Construct, worker: lambda_.IFunction, function_timeout: Duration) -> sfn.IChainable:
    """Return the states of the state machine, as a chain from the first state.

    :param scope: The construct that contains the states.
    :param worker: The Lambda function that runs the steps.
    :param function_timeout: The timeout of the worker. If a run of the function fails, the step is retried after this
        time, when the failed run has certainly ended.
    """
    end = _end_states(scope)
    respond = _step(scope, "Respond", worker, "respond", {"Progress": sfn.JsonPath.object_at("$.Progress")}, "$.Answer")
    after_failure = _step(
        scope, "RespondFailure", worker, "respond", {"State": sfn.JsonPath.object_at("$")}, "$.Answer"
    )
    for answering in (respond, after_failure):
        _retry_until_answered(answering)
        answering.next(end)
    begin = _step(scope, "Begin", worker, "begin", {}, "$.Progress")
    poll = _step(scope, "Poll", worker, "poll", {"Progress": sfn.JsonPath.object_at("$.Progress")}, "$.Progress")
    for working in (begin, poll):
        _retry(working, function_timeout)
        working.add_catch(after_failure, errors=_ANY, result_path="$.Failure")
    wait = sfn.Wait(scope, "Wait", time=sfn.WaitTime.seconds_path("$.Progress.WaitSeconds"))
    done = sfn.Choice(scope, "Done").when(sfn.Condition.boolean_equals("$.Progress.Done", value=True), respond)
    done.otherwise(wait.next(poll).next(done))
    return begin.next(done)


def _end_states(scope: Construct) -> sfn.Choice:
    """Return the last states, which give the execution the status of the response."""
    succeeded = sfn.Succeed(scope, "Succeeded")
    failed = sfn.Fail(scope, "Failed", error_path="$.Answer.Error", cause_path="$.Answer.Reason")
    choice = sfn.Choice(scope, "Told").when(sfn.Condition.string_equals("$.Answer.Status", "SUCCESS"), succeeded)
    return choice.otherwise(failed)


def _step(
    scope: Construct, id: str, worker: lambda_.IFunction, step: str, payload: dict[str, Any], result_path: str
) -> tasks.LambdaInvoke:
    given = {
        "Step": step,
        "Request": sfn.JsonPath.object_at("$.Request"),
        **payload,
        **{name: sfn.JsonPath.string_at(path) for name, path in _CONTEXT.items()},
    }
    return tasks.LambdaInvoke(
        scope,
        id,
        lambda_function=worker,
        payload=sfn.TaskInput.from_object(given),
        payload_response_only=True,
        retry_on_service_exceptions=False,
        result_path=result_path,
    )


def _retry(task: sfn.TaskStateBase, function_timeout: Duration) -> None:
    task.add_retry(
        errors=_THROTTLED,
        interval=Duration.seconds(2),
        backoff_rate=2,
        max_delay=Duration.minutes(1),
        max_attempts=30,
        jitter_strategy=sfn.JitterType.FULL,
    )
    task.add_retry(errors=_ANY, interval=function_timeout, backoff_rate=1, max_attempts=5)


def _retry_until_answered(task: sfn.TaskStateBase) -> None:
    """Retry a step for longer than the hour that CloudFormation waits for a response."""
    task.add_retry(
        errors=_ANY,
        interval=Duration.seconds(5),
        backoff_rate=2,
        max_delay=Duration.minutes(1),
        max_attempts=120,
        jitter_strategy=sfn.JitterType.FULL,
    )
