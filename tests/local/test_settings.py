"""Settings of the local AWS, and the limits of IAM and regions."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from support.deploy import LocalAws, free_port
from support.functions import create_function

import cdk_personalize as personalize
from cdk_personalize.local.process import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ACCOUNT = "444444444444"
_DELAY = 6.0
_ANYBODY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
_SLEEP = "import time\ndef handler(event, context):\n    time.sleep(event.get('sleep', 0))\n    print('ran')"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A local AWS with a delay of IAM and a limit of concurrent functions."""
    port = free_port()
    more: dict[str, Any] = {"iam_delay": _DELAY, "lambda_concurrency": 1, "seed": 7}
    with running("127.0.0.1", port, 600, authorization=True, log=subprocess.DEVNULL, **more) as server:
        yield LocalAws(f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("strict"), server.pid)


def allowing(count: int, action: str = "personalize:ListSchemas") -> str:
    """Return a policy document with a number of resources of 100 characters each."""
    resources = [f"arn:aws:s3:::{number:085d}" for number in range(count)] or ["*"]
    statement = {"Effect": "Allow", "Action": action, "Resource": resources}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_inline_policies_of_a_role_have_a_size_together(aws: LocalAws) -> None:
    iam = aws.session(_ACCOUNT).client("iam")
    iam.create_role(RoleName="large", AssumeRolePolicyDocument=json.dumps(_ANYBODY))
    iam.put_role_policy(RoleName="large", PolicyName="one", PolicyDocument=allowing(60))
    with pytest.raises(ClientError) as refused:
        iam.put_role_policy(RoleName="large", PolicyName="two", PolicyDocument=allowing(60))
    assert refused.value.response["Error"] == {
        "Type": "Sender",
        "Code": "LimitExceeded",
        "Message": "Maximum policy size of 10240 bytes exceeded for role large",
    }
    iam.put_role_policy(RoleName="large", PolicyName="one", PolicyDocument=allowing(90) + " " * 5000)
    with pytest.raises(iam.exceptions.LimitExceededException):
        iam.create_policy(PolicyName="large", PolicyDocument=allowing(62))


def test_cloudformation_tells_of_policies_that_are_too_large(aws: LocalAws) -> None:
    cloudformation = aws.session(_ACCOUNT).client("cloudformation")
    policies = [{"PolicyName": f"p{number}", "PolicyDocument": json.loads(allowing(40))} for number in range(2)]
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": _ANYBODY, "Policies": policies}}
    more = {"PolicyName": "more", "PolicyDocument": json.loads(allowing(40)), "Roles": [{"Ref": "Role"}]}
    resources = {"Role": role, "More": {"Type": "AWS::IAM::Policy", "Properties": more}}
    stack = cloudformation.create_stack(StackName="Large", TemplateBody=json.dumps({"Resources": resources}))["StackId"]
    while cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] != "ROLLBACK_COMPLETE":
        time.sleep(0.1)
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    (reason,) = [each["ResourceStatusReason"] for each in events if each["ResourceStatus"] == "CREATE_FAILED"]
    assert "Maximum policy size of 10240 bytes exceeded for role Large-Role" in reason
    cloudformation.delete_stack(StackName=stack)


def test_a_region_without_personalize_does_not_answer(aws: LocalAws) -> None:
    def client(region: str) -> Any:
        return boto3.client(
            "personalize",
            endpoint_url=aws.endpoint,
            region_name=region,
            aws_access_key_id=_ACCOUNT,
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}),
        )

    assert client("eu-west-1").list_schemas()["schemas"] == []
    with pytest.raises(ConnectionClosedError):
        client("eu-west-3").list_schemas()


@pytest.mark.xdist_group("settings")
def test_a_policy_counts_after_the_delay(strict: LocalAws) -> None:
    session = strict.session(_ACCOUNT)
    strict.personalize(_ACCOUNT).list_schemas()  # the first call is slow, because it loads the service model
    iam = session.client("iam")
    role = iam.create_role(RoleName="new", AssumeRolePolicyDocument=json.dumps(_ANYBODY))["Role"]["Arn"]
    iam.put_role_policy(RoleName="new", PolicyName="lists", PolicyDocument=allowing(0))
    changed = time.monotonic()
    key = session.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    personalize = boto3.client(
        "personalize",
        endpoint_url=strict.endpoint,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key["SessionToken"],
    )
    with pytest.raises(ClientError, match="is not authorized to perform"):
        personalize.list_schemas()
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        create_function(session, "delayed", _SLEEP, role)
    time.sleep(max(0.0, changed + _DELAY + 0.1 - time.monotonic()))
    assert personalize.list_schemas()["schemas"] == []
    create_function(session, "delayed", _SLEEP, role)
    iam.delete_role_policy(RoleName="new", PolicyName="lists")
    assert personalize.list_schemas()["schemas"] == [], "the policy counts until its removal does"


@pytest.mark.xdist_group("settings")
def test_functions_over_the_cap_are_throttled_and_events_are_kept(strict: LocalAws) -> None:
    session = strict.session(_ACCOUNT)
    create_function(session, "busy", _SLEEP, f"arn:aws:iam::{_ACCOUNT}:role/busy")
    functions = session.client("lambda", Config(retries={"total_max_attempts": 1}))
    functions.invoke(FunctionName="busy", InvocationType="Event", Payload=b'{"sleep": 5}')
    time.sleep(0.5)
    with pytest.raises(functions.exceptions.TooManyRequestsException):
        functions.invoke(FunctionName="busy")
    functions.invoke(FunctionName="busy", InvocationType="Event", Payload=b"{}")
    deadline = time.monotonic() + 30
    while runs(session) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def runs(session: Any) -> int:
    logs = session.client("logs")
    try:
        return len(logs.filter_log_events(logGroupName="/aws/lambda/busy", filterPattern="ran")["events"])
    except logs.exceptions.ResourceNotFoundException:
        return 0


def test_the_state_is_kept_for_the_next_run(tmp_path: Path) -> None:
    def local() -> Any:
        return running("127.0.0.1", port, 600, log=subprocess.DEVNULL, state=str(tmp_path / "state"))

    port = free_port()
    aws = LocalAws(f"http://127.0.0.1:{port}", tmp_path)
    with local():
        aws.session().client("s3").create_bucket(Bucket="kept")
        aws.session().client("s3").put_object(Bucket="kept", Key="a", Body=b"1")
        aws.personalize().create_dataset_group(name="kept")
    with local():
        assert aws.session().client("s3").get_object(Bucket="kept", Key="a")["Body"].read() == b"1"
        assert [each["name"] for each in aws.personalize().list_dataset_groups()["datasetGroups"]] == ["kept"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "70000"], "--port must be from 1 to 65535, got 70000"),
        (["--time-scale", "0"], "--time-scale must be a number greater than 0, got 0"),
        (["--time-scale", "-1"], "--time-scale must be a number greater than 0, got -1"),
        (["--time-scale", "nan"], "--time-scale must be a number greater than 0, got nan"),
        (["--iam-delay", "-1"], "--iam-delay must be a number of seconds of at least 0, got -1"),
        (["--lambda-concurrency", "0"], "--lambda-concurrency must be at least 1, got 0"),
    ],
)
def test_a_setting_out_of_range_is_one_line(aws: LocalAws, arguments: list[str], told: str) -> None:
    result = aws.command("local", *arguments)
    assert (result.code, result.output) == (2, f"cdk-personalize: {told}\n")


def test_the_version(aws: LocalAws) -> None:
    assert aws.command("--version").ok().output.startswith("cdk-personalize ")


def test_a_deployment_succeeds_with_slow_roles_and_one_function_at_a_time(strict: LocalAws) -> None:
    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, "Strict")
        for number in range(3):
            definition = personalize.SchemaDefinition.interactions(personalize.Field.string(f"FIELD_{number}"))
            removal = cdk.RemovalPolicy.DESTROY
            personalize.Schema(stack, f"Schema{number}", definition=definition, removal_policy=removal)

    # The handler waits two minutes of service time for a new permission, but the delay of IAM is in real time.
    strict.control("POST", "time-scale", {"scale": 10})
    strict.deploy(build).ok()
    assert len(strict.existing("Schema")) == 3
    strict.destroy(build).ok()
    assert strict.existing("Schema") == []
