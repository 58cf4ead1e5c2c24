"""Step Functions and Lambda of the local AWS, as the constructs use them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.functions import create_function, packed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.deploy import LocalAws

_CODE = """
import os, time

def handler(event, context):
    if event.get("kill"):
        os._exit(1)
    if event.get("fail"):
        raise LookupError(event["fail"])
    time.sleep(event.get("sleep", 0))
    return event
"""
_FUNCTION = "workflow-task"
_ACCOUNT = "222222222222"


class Workflows:
    """State machines that invoke one function."""

    def __init__(self, aws: LocalAws) -> None:
        self.session = aws.session(_ACCOUNT)
        self.states = self.session.client("stepfunctions")
        self._machines: list[str] = []

    def machine(self, task: dict[str, Any], **states: Any) -> str:
        """Create a state machine, and return its ARN.

        Its first state, Task, invokes the function with the input of the execution.
        """
        invoke = {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": _FUNCTION, "Payload.$": "$"},
            **task,
        }
        arn: str = self.states.create_state_machine(
            name=f"machine-{len(self._machines)}",
            definition=json.dumps({"StartAt": "Task", "States": {"Task": invoke, **states}}),
            roleArn=f"arn:aws:iam::{_ACCOUNT}:role/states",
        )["stateMachineArn"]
        self._machines.append(arn)
        return arn

    def start(self, machine: str, **event: Any) -> str:
        return str(self.states.start_execution(stateMachineArn=machine, input=json.dumps(event))["executionArn"])

    def ended(self, execution: str) -> dict[str, Any]:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.states.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.05)
        raise AssertionError(f"{execution} is still running")

    def history(self, execution: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.states.get_execution_history(executionArn=execution)["events"]
        return found

    def delete(self) -> None:
        for arn in self._machines:
            self.states.delete_state_machine(stateMachineArn=arn)
        self.session.client("lambda").delete_function(FunctionName=_FUNCTION)


@pytest.fixture
def workflows(aws: LocalAws) -> Iterator[Workflows]:
    made = Workflows(aws)
    create_function(made.session, _FUNCTION, _CODE, f"arn:aws:iam::{_ACCOUNT}:role/task")
    yield made
    made.delete()


def test_a_crashed_function_is_retried_and_then_caught(workflows: Workflows) -> None:
    machine = workflows.machine(
        {
            "Retry": [
                {"ErrorEquals": ["Lambda.TooManyRequestsException"], "MaxAttempts": 9},
                {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 300, "MaxDelaySeconds": 400, "MaxAttempts": 2},
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.Failure", "Next": "Failed"}],
            "End": True,
        },
        Failed={"Type": "Fail", "ErrorPath": "$.Failure.Error", "CausePath": "$.Failure.Cause"},
    )
    began = time.monotonic()
    execution = workflows.start(machine, kill=True)
    found = workflows.ended(execution)
    assert (found["status"], found["error"]) == ("FAILED", "Runtime.ExitError")
    assert "Runtime exited" in json.loads(found["cause"])["errorMessage"]
    assert found["startDate"] <= found["stopDate"]
    assert time.monotonic() - began < 15, "retry intervals are scaled"
    tasks = [each["type"] for each in workflows.history(execution) if each["type"].startswith("Task")]
    assert tasks == ["TaskStateEntered", *["TaskScheduled", "TaskStarted", "TaskFailed"] * 3, "TaskStateExited"]


def test_an_exception_is_reported_by_its_class(workflows: Workflows) -> None:
    machine = workflows.machine({"Retry": [{"ErrorEquals": ["KeyError"]}], "End": True})
    found = workflows.ended(workflows.start(machine, fail="no such user"))
    assert found["error"] == "LookupError"
    assert json.loads(found["cause"])["errorMessage"] == "no such user"


def test_a_retry_knows_its_number_and_when_the_execution_began(workflows: Workflows) -> None:
    machine = workflows.machine(
        {
            "Parameters": {
                "FunctionName": _FUNCTION,
                "Payload": {"count.$": "$$.State.RetryCount", "began.$": "$$.Execution.StartTime"},
            },
            "ResultSelector": {"Payload.$": "$.Payload"},
            "ResultPath": "$.Result",
            "End": True,
        }
    )
    output = json.loads(workflows.ended(workflows.start(machine))["output"])
    assert output["Result"]["Payload"]["count"] == 0
    assert output["Result"]["Payload"]["began"].endswith("Z")


def test_a_stopped_execution_starts_nothing_more(workflows: Workflows) -> None:
    machine = workflows.machine(
        {"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 50}], "Next": "After"},
        After={"Type": "Pass", "End": True},
    )
    execution = workflows.start(machine, sleep=1, fail="")
    assert execution in [
        each["executionArn"]
        for each in workflows.states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
    ]
    time.sleep(0.6)
    workflows.states.stop_execution(executionArn=execution, error="Superseded", cause="a later request")
    time.sleep(1.5)
    found = workflows.states.describe_execution(executionArn=execution)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Superseded", "a later request")
    history = workflows.states.get_execution_history(
        executionArn=execution, reverseOrder=True, includeExecutionData=False
    )["events"]
    assert [each["type"] for each in history] == [
        "ExecutionAborted",
        "TaskStarted",
        "TaskScheduled",
        "TaskStateEntered",
        "ExecutionStarted",
    ]
    assert "input" not in history[3]["stateEnteredEventDetails"]


def test_an_execution_is_started_once_by_its_name(workflows: Workflows) -> None:
    machine = workflows.machine({"End": True})
    states = workflows.states
    request = {"stateMachineArn": machine, "name": "once", "input": '{"sleep": 1}'}
    first = states.start_execution(**request)
    assert states.start_execution(**request)["startDate"] == first["startDate"]
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(**{**request, "input": "{}"})
    workflows.ended(first["executionArn"])
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(**request)
    with pytest.raises(states.exceptions.InvalidName):
        states.start_execution(**{**request, "name": "n" * 81})


def test_a_result_of_more_than_256_kib_cannot_be_caught(workflows: Workflows) -> None:
    machine = workflows.machine(
        {
            "Parameters": {"FunctionName": _FUNCTION, "Payload": {"text.$": "States.Format('{}{}', $.text, $.text)"}},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
            "End": True,
        },
        Caught={"Type": "Succeed"},
    )
    found = workflows.ended(workflows.start(machine, text="x" * 200_000))
    assert (found["status"], found["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_a_function_that_cannot_run_says_so(aws: LocalAws) -> None:
    functions = aws.session(_ACCOUNT).client("lambda")
    functions.create_function(
        FunctionName="java",
        Runtime="java21",
        Role=f"arn:aws:iam::{_ACCOUNT}:role/task",
        Handler="Handler",
        Code={"ZipFile": packed("Handler.class", "")},
    )
    answer = functions.invoke(FunctionName="java")
    assert answer["FunctionError"] == "Unhandled"
    assert "runs Python and Node.js, not java21" in json.loads(answer["Payload"].read())["errorMessage"]
    functions.delete_function(FunctionName="java")


def test_a_workflow_calls_personalize_as_its_role(workflows: Workflows) -> None:
    iam = workflows.session.client("iam")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "*"}]}
    iam.create_role(RoleName="states", AssumeRolePolicyDocument=json.dumps(trust))
    call = {"Resource": "arn:aws:states:::aws-sdk:personalize:listSchemas", "Parameters": {}, "End": True}
    machine = workflows.machine(call)
    denied = workflows.ended(workflows.start(machine))
    assert denied["error"] == "Personalize.PersonalizeException"
    assert ":assumed-role/states/" in denied["cause"]
    assert "is not authorized to perform: personalize:ListSchemas" in denied["cause"]

    allowed = {"Statement": [{"Effect": "Allow", "Action": "personalize:ListSchemas", "Resource": "*"}]}
    iam.put_role_policy(RoleName="states", PolicyName="list", PolicyDocument=json.dumps(allowed))
    assert workflows.ended(workflows.start(machine))["output"] == '{"Schemas": []}'
    iam.delete_role_policy(RoleName="states", PolicyName="list")
    iam.delete_role(RoleName="states")
