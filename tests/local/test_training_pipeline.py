"""The example `continuous_training`: two runs, and a deployment between them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from support import terminal
from support.deploy import COMMAND
from support.deployed_example import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.deploy import LocalAws

pytestmark = pytest.mark.xdist_group("examples")

STACK = "ContinuousTraining"
METRIC = "normalized_discounted_cumulative_gain_at_10"
BY_HAND = ("-c", "enabled=false")
"""Context that turns the schedule off. A day of the local AWS is shorter than the test."""


class Listener:
    """An Amazon SQS queue that receives the events of all training pipelines."""

    def __init__(self, aws: LocalAws) -> None:
        self._sqs, self._events = aws.session().client("sqs"), aws.session().client("events")
        self._url = self._sqs.create_queue(QueueName="pipeline-events")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self._events.put_rule(Name="pipelines", EventPattern=json.dumps({"source": ["cdk-personalize"]}))
        self._events.put_targets(Rule="pipelines", Targets=[{"Id": "queue", "Arn": arn}])

    def heard(self) -> dict[str, Any]:
        """Return the details of the events since the last call, by event type."""
        found: dict[str, Any] = {}
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                event = json.loads(message["Body"])
                found[event["detail-type"].removeprefix("Training Pipeline ")] = event["detail"]
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def delete(self) -> None:
        self._events.remove_targets(Rule="pipelines", Ids=["queue"])
        self._events.delete_rule(Name="pipelines")
        self._sqs.delete_queue(QueueUrl=self._url)


@pytest.fixture
def listener(aws: LocalAws) -> Iterator[Listener]:
    made = Listener(aws)
    yield made
    made.delete()
    aws.control("POST", "metrics", {"kind": "SolutionVersion", "metrics": {}})
    aws.control("POST", "durations", {"kind": "SolutionVersion", "seconds": 1800})


def run(aws: LocalAws) -> dict[str, Any]:
    """Start a run of the pipeline, and return the output of its execution."""
    states = aws.session().client("stepfunctions")
    machine = aws.outputs(STACK)["PipelineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    deadline = time.monotonic() + 90
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline, states.get_execution_history(executionArn=execution)["events"][-1]
        time.sleep(0.2)
    assert found["status"] == "SUCCEEDED", found
    output: dict[str, Any] = json.loads(found["output"])
    return output


def start_of_training(aws: LocalAws) -> str:
    """Start a run, and return its execution when it trains a version, for ten hours."""
    aws.control("POST", "durations", {"kind": "SolutionVersion", "seconds": 36000})
    states = aws.session().client("stepfunctions")
    execution: str = states.start_execution(stateMachineArn=aws.outputs(STACK)["PipelineArn"])["executionArn"]
    deadline = time.monotonic() + 90
    while "CREATE IN_PROGRESS" not in [
        each["status"] for each in aws.control("GET", "resources") if each["kind"] == "SolutionVersion"
    ]:
        assert time.monotonic() < deadline, states.get_execution_history(executionArn=execution)["events"][-1]
        time.sleep(0.2)
    return execution


def served(aws: LocalAws) -> tuple[str, int]:
    arn = aws.outputs(STACK)["CampaignArn"]
    campaign = aws.personalize().describe_campaign(campaignArn=arn)["campaign"]
    return campaign["solutionVersionArn"], campaign["minProvisionedTPS"]


def test_deployments_keep_the_version_that_the_pipeline_chose(aws: LocalAws, listener: Listener) -> None:
    example = Example(aws, "continuous_training")
    prepare = example.prepare()
    example.deploy(*BY_HAND)
    by_deployment, _ = served(aws)

    assert run(aws)["Outcome"] == "SUCCEEDED"
    chosen, throughput = served(aws)
    assert (chosen != by_deployment, throughput) == (True, 1)
    heard = listener.heard()
    assert heard["Campaign Updated"]["solutionVersionArn"] == chosen
    assert heard["Campaign Updated"]["previousSolutionVersionArn"] == by_deployment
    assert "Failed" not in heard
    bucket = prepare.uploading.bucket_name(prepare.EXAMPLE, aws.session())
    written = aws.session().client("s3").get_object(Bucket=bucket, Key="out/films.json.out")["Body"].read().decode()
    assert [json.loads(line)["input"]["itemId"] for line in written.splitlines()] == list(prepare.RELATED_TO)

    example.deploy(*BY_HAND, "-c", "min_provisioned_tps=2")
    assert served(aws) == (chosen, 2)

    aws.control("POST", "metrics", {"kind": "SolutionVersion", "metrics": {METRIC: 0.04}})
    command = [COMMAND, "run", f"{STACK}/Nightly", "--wait", "--interval", "0.2"]
    ran = terminal.run(command, aws.environment(), 120)
    assert (ran.code, ran.output.split()[-1]) == (1, "GATE_FAILED")
    missing = terminal.run([COMMAND, "run", f"{STACK}/Weekly"], aws.environment(), 80)
    assert missing.code == 2
    assert f"The training pipelines of its stack: {STACK}/Nightly." in " ".join(missing.output.split())
    assert served(aws) == (chosen, 2)
    absolute, relative = listener.heard()["Quality Gates Failed"]["gates"]
    assert (absolute["value"], absolute["required"], absolute["passed"]) == (0.04, 0.05, False)
    assert relative["required"] == round(relative["current"] - 0.02, 6)
    aws.no_drift()

    execution = start_of_training(aws)
    position = len(aws.calls())
    example.destroy()
    assert example.left() == set()
    assert "StopSolutionVersionCreation" in [each["operation"] for each in aws.calls(position)]
    ended = aws.session().client("stepfunctions").describe_execution(executionArn=execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    prepare.uploading.delete_bucket(prepare.EXAMPLE, aws.session())
