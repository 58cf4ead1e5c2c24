"""Recordings of the command line for the documentation, by `make recording`.

Starts the local AWS, deploys examples with the CDK CLI, runs each command in a pseudo terminal, and writes its output
as an SVG. A command that shows progress becomes an animation; `status.cast` is the same recording for asciinema.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pictures
import terminal

from cdk_personalize.local.clock import DEFAULT_SCALE
from cdk_personalize.local.process import running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal import Event

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EXAMPLES = ROOT / "examples"
sys.path[:0] = [str(ROOT / "tests"), str(EXAMPLES / "quickstart")]
from support import tutorials

HOST, ACCOUNT, REGION = "127.0.0.1", "111111111111", "us-east-1"
STACK, PIPELINE = "Movies", "ContinuousTraining/Nightly"
REQUESTS = {"movielens-campaign": 90, "movielens-similar": 9}
"""Requests of campaigns, every 6 hours."""
DAYS, HOURS = 15, 6


def main() -> None:
    """Record all commands. The stacks are lost when the local AWS ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    port = _free_port()
    with (
        running(HOST, port, DEFAULT_SCALE, log=subprocess.DEVNULL),
        tempfile.TemporaryDirectory() as name,
        ThreadPoolExecutor() as pool,
    ):
        _use(port)
        studio = Studio(Path(name), f"{HOST}:{port}")
        groups = [pool.submit(make, boto3) for make in (tutorials.custom_group, tutorials.domain_group)]
        _cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", cwd=studio.folder)
        studio.deployment()
        studio.plan()
        studio.functions()
        studio.repair()
        studio.training()
        for each in groups:
            each.result()
        studio.idle_resources()
        studio.groups()
        studio.local_aws()


@dataclass(frozen=True)
class Studio:
    """The local AWS with the example movies, and a folder to work in.

    Each method records a command, in the order of a tour.
    """

    folder: Path
    address: str
    """Host and port of the local AWS."""

    def deployment(self) -> None:
        """Record `status` and `drift` of the first deployment."""
        _prepare("movies")
        arguments = ("cdk", "deploy", "--all", "--require-approval", "never", "--output", str(self.folder / "first"))
        deployment = subprocess.Popen(arguments, cwd=EXAMPLES / "movies", start_new_session=True)
        try:
            _wait_for_stack(deployment)
            watch = f"cdk-personalize status {STACK} --watch --interval 1"
            events = terminal.session(self.folder, watch, f"cdk-personalize drift {STACK}")
            if deployment.wait() != 0:
                raise SystemExit("the deployment failed")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(deployment.pid, signal.SIGTERM)
        title = "cdk-personalize status --watch, while cdk deploy runs"
        _write("status.cast", _cast(events, title))
        _write("status.svg", pictures.moving(events, title))
        _write("status-still.svg", pictures.fullest(events, title))

    def plan(self) -> None:
        """Record the plan of a changed version of the example."""
        app = self.folder / "movies"
        shutil.copytree(EXAMPLES / "movies", app, ignore=shutil.ignore_patterns("cdk.out"))
        source = (app / "app.py").read_text(encoding="utf-8")
        (app / "app.py").write_text(source.replace('"SimilarV1"', '"SimilarV2"'), encoding="utf-8")
        _cdk("synth", "--quiet", "-c", "min_provisioned_tps=2", cwd=app)
        title = "cdk-personalize plan, for a new solution version and a larger campaign"
        _write("plan.svg", pictures.last(terminal.session(app, "cdk-personalize plan"), title))

    def functions(self) -> None:
        """Record the logs of the deployment of a larger campaign."""
        output = str(self.folder / "second")
        options = ("--require-approval", "never", "--output", output, "-c", "min_provisioned_tps=2")
        _cdk("deploy", "--all", *options, cwd=EXAMPLES / "movies")
        events = terminal.session(self.folder, f"cdk-personalize status {STACK} --logs")
        _write("logs.svg", pictures.last(events, "cdk-personalize status --logs, after the update of a campaign"))

    def repair(self) -> None:
        """Record `drift --fix` of a campaign that was changed outside its stack."""
        personalize = boto3.client("personalize")
        stack = boto3.resource("cloudformation").Stack(STACK)
        arn = next(each["OutputValue"] for each in stack.outputs if each["OutputKey"] == "CampaignArn")
        changed = {"enableMetadataWithRecommendations": False}
        personalize.update_campaign(campaignArn=arn, minProvisionedTPS=5, campaignConfig=changed)
        personalize.tag_resource(resourceArn=arn, tags=[{"tagKey": "cost-center", "tagValue": "42"}])
        subprocess.run(["cdk-personalize", "status", STACK, "--watch"], check=True, stdout=subprocess.DEVNULL)
        events = terminal.session(
            self.folder, f"cdk-personalize drift {STACK} --fix", f"cdk-personalize status {STACK} --watch --interval 1"
        )
        _write("drift.svg", pictures.last(events, "cdk-personalize drift --fix, of a campaign with changed settings"))

    def training(self) -> None:
        """Record a run of a training pipeline."""
        _prepare("continuous_training")
        options = ("--require-approval", "never", "--output", str(self.folder / "training"), "-c", "enabled=false")
        _cdk("deploy", *options, cwd=EXAMPLES / "continuous_training")
        events = terminal.session(self.folder, f"cdk-personalize run {PIPELINE} --wait")
        _write("run.svg", pictures.last(events, "cdk-personalize run --wait, until the campaigns have a new version"))

    def idle_resources(self) -> None:
        """Record the usage of all campaigns and recommenders after some days."""
        self._let_days_pass()
        cloudwatch, now = boto3.client("cloudwatch"), datetime.now(timezone.utc)
        for name, number in REQUESTS.items():
            dimension = {"Name": "CampaignArn", "Value": f"arn:aws:personalize:{REGION}:{ACCOUNT}:campaign/{name}"}
            metric = {"MetricName": "GetRecommendations", "Dimensions": [dimension], "Value": number}
            for hours in range(0, DAYS * 24, HOURS):
                at = now + timedelta(hours=hours)
                cloudwatch.put_metric_data(Namespace="AWS/Personalize", MetricData=[{**metric, "Timestamp": at}])
        events = terminal.session(self.folder, "cdk-personalize usage")
        _write("usage.svg", pictures.last(events, "cdk-personalize usage, of campaigns and recommenders"))

    def groups(self) -> None:
        """Record the import and the deletion of groups that other code made."""
        commands = ("cdk-personalize import-group movielens > app.py", "cdk synth --quiet --app 'python app.py'")
        events = terminal.session(self.folder, *commands, "cdk-personalize plan")
        title = "cdk-personalize import-group, of a group that a notebook created, and the plan of the app"
        _write("import-group.svg", pictures.last(events, title))
        events = terminal.session(self.folder, "cdk-personalize delete-group movielens --interval 1")
        title = "cdk-personalize delete-group, after its question"
        _write("delete-group.svg", pictures.moving(events, title))

    def local_aws(self) -> None:
        """Record the start and the end of another local AWS."""
        events = terminal.session(self.folder, "cdk-personalize local")
        _write("local.svg", pictures.last(events, "cdk-personalize local, until Ctrl+C"))

    def _let_days_pass(self) -> None:
        for scale, seconds in ((DAYS * 24 * 3600 / 5, 5.0), (DEFAULT_SCALE, 0.0)):
            with closing(http.client.HTTPConnection(self.address, timeout=30)) as connection:
                connection.request("POST", "/_personalize/time-scale", json.dumps({"scale": scale}))
                if connection.getresponse().status != 200:
                    raise SystemExit("the local AWS does not accept the time scale")
            time.sleep(seconds)


def _use(port: int) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AWS_ENDPOINT_URL=f"http://{HOST}:{port}",
        AWS_ACCESS_KEY_ID=ACCOUNT,
        AWS_SECRET_ACCESS_KEY="local",
        AWS_REGION=REGION,
        AWS_DEFAULT_REGION=REGION,
        NO_PROXY=HOST,
        CDK_DISABLE_CLI_TELEMETRY="true",
        TERM="xterm-256color",
    )


def _cdk(*arguments: str, cwd: Path) -> None:
    subprocess.run(["cdk", *arguments], cwd=cwd, check=True)


def _prepare(example: str) -> None:
    """Upload the files of an example."""
    sys.path.insert(0, str(EXAMPLES / example))
    sys.modules.pop("prepare", None)
    import_module("prepare").prepare()
    sys.path.pop(0)


def _wait_for_stack(deployment: subprocess.Popen[bytes]) -> None:
    """Wait until CloudFormation works on the stack."""
    cloudformation = boto3.client("cloudformation")
    while deployment.poll() is None:
        stacks = cloudformation.describe_stacks()["Stacks"]
        if any(each["StackName"] == STACK and each["StackStatus"] == "CREATE_IN_PROGRESS" for each in stacks):
            return
        time.sleep(0.1)
    raise SystemExit("the deployment ended before it could be watched")


def _cast(events: Sequence[Event], title: str) -> str:
    """Return a recording as asciicast, version 2."""
    header: dict[str, Any] = {
        "version": 2,
        "width": terminal.COLUMNS,
        "height": terminal.LINES,
        "idle_time_limit": pictures.IDLE_LIMIT,
        "title": title,
        "env": {"TERM": "xterm-256color"},
    }
    lines = [json.dumps(header), *(json.dumps([round(at, 3), "o", text]) for at, text in events)]
    return "\n".join(lines) + "\n"


def _write(name: str, content: str) -> None:
    (HERE / name).write_text(content, encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
