"""Deployments with the faults of `docs/reliability.md`, which names the tests."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from support.stacks import campaign, served

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.deploy import LocalAws

HOUR = 3600
TEN_HOURS = 10 * HOUR


@contextlib.contextmanager
def lasting(aws: LocalAws, kind: str, seconds: float, scale: float | None = None) -> Iterator[None]:
    """Set the duration of operations on a kind, in seconds of service time."""
    usual = {"Campaign": 600, "SolutionVersion": 1800}[kind]
    aws.control("POST", "durations", {"kind": kind, "seconds": seconds})
    if scale:
        aws.control("POST", "time-scale", {"scale": scale})
    try:
        yield
    finally:
        aws.control("POST", "durations", {"kind": kind, "seconds": usual})


def wait_for(what: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_a_training_of_ten_hours(aws: LocalAws, name: str, solution: str) -> None:
    def build(app: cdk.App, data: str) -> None:
        stack = cdk.Stack(app, name)
        source = personalize.Solution.from_solution_arn(stack, "Solution", solution)
        version = personalize.SolutionVersion(
            stack,
            "Version",
            solution=source,
            rerun_on={"data": data},
            timeout=cdk.Duration.hours(12),
        )
        related = personalize.Campaign(stack, "Related", solution_version=version)
        cdk.CfnOutput(stack, "Arn", value=related.campaign_arn)

    with lasting(aws, "SolutionVersion", TEN_HOURS, scale=6000):
        aws.deploy(lambda app: build(app, "first")).ok()
        first = campaign(aws, name)
        started = aws.personalize().describe_solution_version(solutionVersionArn=first["solutionVersionArn"])
        assert first["creationDateTime"] >= started["solutionVersion"]["lastUpdatedDateTime"]

        aws.deploy(lambda app: build(app, "second")).ok()
        second = campaign(aws, name)
        assert second["campaignArn"] == first["campaignArn"]
        assert second["solutionVersionArn"] != first["solutionVersionArn"]

        aws.fault(kind="SolutionVersion", outcome="CREATE FAILED", reason="Too few interactions")
        assert aws.deploy(lambda app: build(app, "third")).code != 0
        assert aws.stack_status(name) == "UPDATE_ROLLBACK_COMPLETE"
        assert any("ended as CREATE FAILED: Too few interactions" in each for each in aws.failures(name))
        assert campaign(aws, name)["solutionVersionArn"] == second["solutionVersionArn"]

        position = len(aws.calls())
        aws.deploy(lambda app: build(app, "second")).ok()
        assert aws.mutating(position) == []


def test_a_storm_of_throttling_server_errors_and_lost_answers(aws: LocalAws, name: str, versions: list[str]) -> None:
    aws.control("POST", "time-scale", {"scale": 200})  # botocore waits in real time between its attempts
    for operation in ("DescribeCampaign", "ListCampaigns", "ListTagsForResource"):
        aws.fault(operation=operation, error="ThrottlingException", times=4)
    aws.fault(operation="CreateCampaign", error="InternalServerError", times=3)
    aws.fault(operation="CreateCampaign", error="InternalServerError", after=True)
    aws.deploy(served(name, versions[0], min_provisioned_tps=1)).ok()
    assert len(aws.existing("Campaign")) == 1

    aws.fault(operation="UpdateCampaign", error="ThrottlingException", times=3)
    aws.fault(operation="UpdateCampaign", error="InternalServerError", after=True)
    position = len(aws.calls())
    aws.deploy(served(name, versions[0], min_provisioned_tps=2)).ok()
    assert campaign(aws, name)["minProvisionedTPS"] == 2
    sent = [each["error"] for each in aws.calls(position) if each["operation"] == "UpdateCampaign"]
    assert sent == [
        *["ThrottlingException"] * 3,
        "InternalServerError",
    ]  # the last one took effect


def test_a_function_killed_between_the_call_and_the_answer(aws: LocalAws, name: str, versions: list[str]) -> None:
    aws.fault(operation="CreateCampaign", delay=20)
    aws.bootstrap("111111111111")
    deploying = aws.start_cdk(
        "deploy", "--all", "--require-approval", "never", app=aws.synth(served(name, versions[0]))
    )
    wait_for(lambda: aws.existing("Campaign"))
    kill_functions(aws)
    output, _ = deploying.communicate(timeout=200)
    assert deploying.returncode == 0, output
    assert aws.existing("Campaign") == [aws.outputs(name)["Arn"]]


def kill_functions(aws: LocalAws) -> None:
    """Kill all running functions, as AWS Lambda does at their timeout."""
    running = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    for pid, parent, arguments in (line.split(None, 2) for line in running.splitlines()):
        if int(parent) == aws.pid and "python" in arguments and "node" not in arguments:
            os.kill(int(pid), signal.SIGKILL)


def test_a_status_that_hangs(aws: LocalAws, name: str, versions: list[str]) -> None:
    aws.control("POST", "time-scale", {"scale": 200})
    aws.deploy(served(name, versions[0], min_provisioned_tps=1)).ok()
    aws.fault(kind="Campaign", outcome="HANG")
    aws.control("POST", "time-scale", {"scale": 1200})
    assert aws.deploy(served(name, versions[0], min_provisioned_tps=4)).code != 0
    assert any(
        re.search(r"timed out after \d+ min \(last status: CREATE IN_PROGRESS\)", each) for each in aws.failures(name)
    )
    assert aws.stack_status(name) == "UPDATE_ROLLBACK_COMPLETE"
    aws.control("DELETE", "faults")  # and it goes on
    wait_for(lambda: campaign(aws, name)["latestCampaignUpdate"]["status"] == "ACTIVE")
    # The rollback could not restore the campaign while the update hung. The next deployment updates it.
    aws.deploy(served(name, versions[0], min_provisioned_tps=3)).ok()
    assert campaign(aws, name)["minProvisionedTPS"] == 3


def test_resources_deleted_or_created_outside_the_stack(aws: LocalAws, name: str, versions: list[str]) -> None:
    existing = aws.personalize().create_campaign(name="existing", solutionVersionArn=versions[0])["campaignArn"]
    refused = aws.deploy(served(name, versions[0], campaign_name="existing"))
    assert refused.code != 0
    assert "this deployment did not create the existing resource, so it stays unchanged" in refused.output
    assert existing in aws.existing("Campaign")

    aws.deploy(served(name, versions[0], min_provisioned_tps=1)).ok()
    mine = aws.outputs(name)["Arn"]
    aws.personalize().delete_campaign(campaignArn=mine)
    wait_for(lambda: mine not in aws.existing("Campaign"))
    aws.deploy(served(name, versions[0], min_provisioned_tps=2)).ok()
    assert campaign(aws, name)["minProvisionedTPS"] == 2

    aws.personalize().delete_campaign(campaignArn=aws.outputs(name)["Arn"])
    aws.destroy(served(name, versions[0])).ok()
    assert wait_for(lambda: [each for each in [aws.existing("Campaign")] if each == [existing]])
    aws.personalize().delete_campaign(campaignArn=existing)
    wait_for(lambda: not aws.existing("Campaign"))


@pytest.mark.usefixtures("versions")
def test_a_campaign_that_personalize_updates_itself(aws: LocalAws, name: str, solution: str) -> None:
    def build(app: cdk.App, tps: int) -> None:
        stack = cdk.Stack(app, name)
        source = personalize.Solution.from_solution_arn(stack, "Solution", solution)
        related = personalize.Campaign(stack, "Related", solution=source, min_provisioned_tps=tps)
        cdk.CfnOutput(stack, "Arn", value=related.campaign_arn)

    aws.deploy(lambda app: build(app, 1)).ok()
    with lasting(aws, "Campaign", HOUR / 4):
        newest = aws.version(solution)  # Personalize automatically updates the campaign to it
        assert aws.deploy(lambda app: build(app, 2)).ok()
    after = campaign(aws, name)
    assert (after["minProvisionedTPS"], after["solutionVersionArn"]) == (2, newest)


def test_a_terminal_that_is_closed(aws: LocalAws, name: str, versions: list[str]) -> None:
    aws.bootstrap("111111111111")
    with lasting(aws, "Campaign", HOUR / 2):
        deploying = aws.start_cdk(
            "deploy", "--all", "--require-approval", "never", app=aws.synth(served(name, versions[0]))
        )
        wait_for(lambda: aws.existing("Campaign"))
        os.killpg(deploying.pid, signal.SIGKILL)
        deploying.communicate()
        wait_for(lambda: aws.stack_status(name) == "CREATE_COMPLETE")
    assert campaign(aws, name)["status"] == "ACTIVE"
    position = len(aws.calls())
    aws.deploy(served(name, versions[0])).ok()
    assert aws.mutating(position) == []


def test_creations_and_replacements_that_are_cancelled(aws: LocalAws, name: str, versions: list[str]) -> None:
    def build(app: cdk.App, campaign_name: str, *, fails: bool) -> None:
        stack = cdk.Stack(app, name)
        version = personalize.SolutionVersion.from_solution_version_arn(stack, "Version", versions[0])
        personalize.Campaign(stack, "Related", solution_version=version, campaign_name=campaign_name)
        if fails:  # fails after two minutes, because the solution version might be new and not visible yet
            none = versions[0][: -len("00000000")] + "00000000"
            missing = personalize.SolutionVersion.from_solution_version_arn(stack, "Missing", none)
            personalize.Campaign(stack, "Sibling", solution_version=missing)

    first, second = (versions[0].split(":solution/")[0] + f":campaign/{name}-{each}" for each in ("first", "second"))

    def cancel_deployment(campaign_name: str, arn: str) -> None:
        aws.control("POST", "time-scale", {"scale": 5})  # so that the campaign is in progress when the sibling fails
        with ThreadPoolExecutor() as pool:
            deploying = pool.submit(aws.deploy, lambda app: build(app, campaign_name, fails=True))
            wait_for(lambda: arn in aws.existing("Campaign"))
            aws.control("POST", "time-scale", {"scale": 60})
            assert deploying.result().code != 0

    cancel_deployment(f"{name}-first", first)
    assert aws.existing("Campaign") == []
    aws.deploy(lambda app: build(app, f"{name}-first", fails=False)).ok()
    cancel_deployment(f"{name}-second", second)
    assert aws.stack_status(name) == "UPDATE_ROLLBACK_COMPLETE"
    assert second in {
        each["request"].get("campaignArn") for each in aws.calls() if each["operation"] == "DeleteCampaign"
    }
    assert aws.existing("Campaign") == [first]


def test_a_request_that_is_delivered_again(aws: LocalAws, name: str, versions: list[str]) -> None:
    aws.deploy(served(name, versions[0], min_provisioned_tps=1)).ok()
    session = aws.session()
    resources = session.client("cloudformation").describe_stack_resources(StackName=name)["StackResources"]
    (machine,) = (each for each in resources if each["ResourceType"] == "AWS::StepFunctions::StateMachine")
    (entry,) = (
        each for each in resources if "OnEvent" in each["LogicalResourceId"] and "Function" in each["ResourceType"]
    )
    workflow = session.client("stepfunctions")
    listed = workflow.list_executions(stateMachineArn=machine["PhysicalResourceId"])["executions"]
    event = json.loads(workflow.describe_execution(executionArn=listed[0]["executionArn"])["input"])["Request"]
    position = len(aws.calls())
    session.client("lambda").invoke(FunctionName=entry["PhysicalResourceId"], Payload=json.dumps(event))
    assert workflow.list_executions(stateMachineArn=machine["PhysicalResourceId"])["executions"] == listed
    assert aws.calls(position) == []
