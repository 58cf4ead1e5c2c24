"""The command `cdk-personalize local`, as a process."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from support import terminal
from support.deploy import ACCOUNT, COMMAND, LocalAws, free_port

from cdk_personalize.local import process as local_process

if TYPE_CHECKING:
    from collections.abc import Iterator


pytestmark = pytest.mark.xdist_group("server")
"""The tests run in one process, because they share fixtures."""


@pytest.fixture(scope="module")
def started() -> Iterator[tuple[subprocess.Popen[str], int, float]]:
    port = free_port()
    begin = time.monotonic()
    command = [COMMAND, "local", "--port", str(port), "--authorization"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    seconds = time.monotonic() - begin
    assert line.startswith("Ready: an AWS with Amazon Personalize on http://127.0.0.1:")
    yield process, port, seconds
    process.kill()
    process.stdout.close()
    process.wait()


def test_it_is_ready_within_ten_seconds(started: tuple[object, int, float]) -> None:
    assert started[2] < 10


def test_it_answers_health_and_boto3(started: tuple[object, int, float], tmp_path: Path) -> None:
    endpoint = f"http://127.0.0.1:{started[1]}"
    with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=10) as answer:
        assert answer.status == 200
    aws = LocalAws(endpoint, tmp_path)
    answer = aws.personalize().list_campaigns()
    assert answer["campaigns"] == []
    date = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
    assert "," in date
    assert date.count("GMT") == 1  # one Date, the service's


def test_the_aws_cli_works_against_it(started: tuple[object, int, float], tmp_path: Path) -> None:
    aws = LocalAws(f"http://127.0.0.1:{started[1]}", tmp_path)
    tool = Path(sys.executable).with_name("aws")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [str(tool), "personalize", *arguments, "--output", "text"],
            env=aws.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    arn = run("create-dataset-group", "--name", "by-hand").strip().split()[-1]
    assert "by-hand" in run("describe-dataset-group", "--dataset-group-arn", arn)
    assert arn in run("list-dataset-groups")


def test_a_role_is_refused_what_its_policies_do_not_allow(started: tuple[object, int, float], tmp_path: Path) -> None:
    aws = LocalAws(f"http://127.0.0.1:{started[1]}", tmp_path)
    iam = aws.session().client("iam")

    def policy(**statement: object) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})

    trust = policy(Action="sts:AssumeRole", Principal={"AWS": ACCOUNT})
    role = iam.create_role(RoleName="lister", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    lists = policy(Action="personalize:ListCampaigns", Resource="*")
    iam.put_role_policy(RoleName="lister", PolicyName="lists", PolicyDocument=lists)
    session = aws.session().client("sts").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    personalize = boto3.client(
        "personalize",
        endpoint_url=aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    personalize.list_campaigns()
    with pytest.raises(ClientError, match=r"assumed-role/lister/me is not authorized to perform: personalize:ListFilt"):
        personalize.list_filters()
    aws.personalize().list_filters()
    aws.control("POST", "authorization", {"enabled": False})
    personalize.list_filters()


def test_the_control_surface_does_what_it_says(started: tuple[object, int, float], tmp_path: Path) -> None:
    aws = LocalAws(f"http://127.0.0.1:{started[1]}", tmp_path)
    aws.control("POST", "reset")
    aws.control("POST", "time-scale", {"scale": 10000})
    aws.control("POST", "durations", {"kind": "DatasetGroup", "seconds": 1000})
    aws.fault(operation="CreateDatasetGroup", error="LimitExceededException", times=1)
    personalize = aws.personalize()
    with pytest.raises(personalize.exceptions.LimitExceededException):
        personalize.create_dataset_group(name="g")
    arn = personalize.create_dataset_group(name="g")["datasetGroupArn"]
    time.sleep(0.3)
    (resource,) = aws.control("GET", "resources")
    assert resource == {
        "kind": "DatasetGroup",
        "arn": arn,
        "status": "ACTIVE",
        "account": ACCOUNT,
        "region": "us-east-1",
    }
    assert [(each["operation"], each["error"]) for each in aws.calls()] == [
        ("CreateDatasetGroup", "LimitExceededException"),
        ("CreateDatasetGroup", None),
    ]
    aws.fault(operation="CreateDatasetGroup", error="LimitExceededException")
    aws.control("DELETE", "faults")
    personalize.create_dataset_group(name="h")
    aws.control("POST", "reset")
    assert aws.control("GET", "resources") == []
    assert aws.calls() == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("time-scale", {"scale": 0}),
        ("time-scale", {}),
        ("faults", {"operation": "Nothing", "error": "X"}),
        ("durations", {"kind": "Theatre", "seconds": 1}),
        ("durations", {"kind": "Campaign", "seconds": -1}),
        ("faults", []),
        ("time-scale", "fast"),
    ],
)
def test_the_control_surface_refuses_in_words(
    started: tuple[object, int, float], tmp_path: Path, path: str, body: object
) -> None:
    aws = LocalAws(f"http://127.0.0.1:{started[1]}", tmp_path)
    with pytest.raises(urllib.error.HTTPError) as caught:
        aws.control("POST", path, body)
    with caught.value as refusal:
        assert refusal.code == 400
        assert b"message" in refusal.read()


@pytest.mark.parametrize("columns", [80, 120])
def test_ctrl_c_ends_it(columns: int) -> None:
    command = [COMMAND, "local", "--port", str(free_port()), "--seed", "7"]
    ended = terminal.run(command, os.environ, columns, last_words="--seed 7 repeats")
    assert ended.code == 0, ended.output
    first, *more = ended.output.strip().splitlines()
    assert first.startswith("Ready: an AWS with Amazon Personalize on http://127.0.0.1:")
    assert [line.split()[0] for line in more] == ["export", "export", "--seed"]


def test_a_taken_port_is_told(started: tuple[object, int, float]) -> None:
    again = subprocess.run(
        [COMMAND, "local", "--port", str(started[1])], capture_output=True, text=True, check=False, timeout=30
    )
    assert again.returncode == 2
    assert f"cannot listen on 127.0.0.1:{started[1]}" in again.stderr


def test_another_ministack_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "ministack-1.6.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: ministack\nVersion: 1.6.0\n")
    done = subprocess.run(
        [COMMAND, "local", "--port", str(free_port())],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 2
    assert "needs ministack 1.5, found 1.6.0" in done.stderr


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    with (
        pytest.raises(local_process.StartError, match=r"cdk-personalize\[local\]"),
        local_process.running("127.0.0.1", free_port(), 300),
    ):
        pass
    assert capsys.readouterr().out == ""


def test_an_import_reads_s3_and_the_runtime_answers_from_it(started: tuple[object, int, float], tmp_path: Path) -> None:
    aws = LocalAws(f"http://127.0.0.1:{started[1]}", tmp_path)
    aws.control("POST", "reset")
    aws.control("POST", "time-scale", {"scale": 10000})
    version = aws.version(aws.prepare("read"))
    made = aws.personalize().create_campaign(name="read", solutionVersionArn=version)["campaignArn"]
    while aws.personalize().describe_campaign(campaignArn=made)["campaign"]["status"] != "ACTIVE":
        time.sleep(0.05)
    runtime = aws.session().client("personalize-runtime")
    items = runtime.get_recommendations(campaignArn=made, itemId="film-1", numResults=5)["itemList"]
    assert len(items) == 5
    assert all(item["itemId"].startswith("film-") for item in items)
    with pytest.raises(runtime.exceptions.ResourceNotFoundException):
        runtime.get_recommendations(campaignArn=f"{made}-not", itemId="film-1")


def test_neither_a_profile_nor_a_proxy_of_the_user_disturbs_it(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    process, aws = _start(tmp_path, AWS_PROFILE="missing", HTTP_PROXY=nowhere, http_proxy=nowhere)
    try:
        aws.control("POST", "time-scale", {"scale": 10000})
        assert aws.prepare("undisturbed").endswith("/undisturbed")
    finally:
        _stop(process, signal.SIGTERM)


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_it_ends_with_all_its_children_within_five_seconds(name: signal.Signals, tmp_path: Path) -> None:
    process, aws = _start(tmp_path, TMPDIR=str(tmp_path))
    _use_a_function(aws)
    children = _descendants(process.pid)
    assert any("_worker.py" in Path(f"/proc/{child}/cmdline").read_text() for child in children)
    begin = time.monotonic()
    _stop(process, name)
    while time.monotonic() - begin < 5 and any(map(_runs, children)):
        time.sleep(0.05)
    assert [child for child in children if _runs(child)] == []
    if name != signal.SIGKILL:
        assert process.returncode == 0
        assert list(tmp_path.glob("cdk-personalize-*")) == []


def _start(folder: Path, **environment: str) -> tuple[subprocess.Popen[str], LocalAws]:
    port = free_port()
    process = subprocess.Popen(
        [COMMAND, "local", "--port", str(port)],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith("Ready"):
        _stop(process, signal.SIGKILL)
        pytest.fail(f"it is not ready: {line}")
    return process, LocalAws(f"http://127.0.0.1:{port}", folder)


def _stop(process: subprocess.Popen[str], name: signal.Signals) -> None:
    process.send_signal(name)
    process.wait(5)
    assert process.stdout is not None
    process.stdout.close()


def _use_a_function(aws: LocalAws) -> None:
    """Invoke a function, so that a warm Lambda worker process exists afterwards."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return event\n")
    functions = aws.session().client("lambda")
    functions.create_function(
        FunctionName="echo",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{ACCOUNT}:role/echo",
        Handler="index.handler",
        Code={"ZipFile": code.getvalue()},
    )
    with functions.invoke(FunctionName="echo", Payload=b"1")["Payload"] as answer:
        assert answer.read() == b"1"


def _descendants(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = dict(map(int, line.split()) for line in listed.splitlines())
    found = [child for child, parent in parents.items() if parent == pid]
    return [*found, *(deeper for child in found for deeper in _descendants(child))]


def _runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return os.path.exists(f"/proc/{pid}")
