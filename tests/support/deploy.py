"""Deployments with the CDK CLI into the local AWS of the test session."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import boto3
import prepare

from support import planned

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.config import Config

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("cdk-personalize"))
"""The path of the command `cdk-personalize`."""
ACCOUNT = "111111111111"
REGION = "us-east-1"
_TIMEOUT_SECONDS = 240
_FREQUENT_POLLS = {"NODE_OPTIONS": f"--require {Path(__file__).with_name('frequent_polls.cjs')}"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Result:
    """Exit code and output of a command."""

    code: int
    output: str

    def ok(self) -> Result:
        assert self.code == 0, self.output
        return self


class Session:
    """Boto3 clients of one account."""

    def __init__(self, endpoint: str, account: str) -> None:
        self._endpoint = endpoint
        self._account = account

    def client(self, service: str, config: Config | None = None) -> Any:
        return boto3.client(
            service,
            config=config,
            endpoint_url=self._endpoint,
            region_name=REGION,
            aws_access_key_id=self._account,
            aws_secret_access_key="local",
        )


@dataclass
class LocalAws:
    """The local AWS, used as from the terminal of a developer."""

    endpoint: str
    folder: Path
    pid: int = 0
    """Process ID of the server. 0: unknown."""
    prepared: set[str] = field(default_factory=set)
    """Names of the solutions that `prepare` created outside a stack."""
    frequent_polls: bool = True
    """Whether the CDK CLI polls the stacks every 250 ms."""
    _bootstrapped: set[str] = field(default_factory=set)
    _clients: dict[str, planned.LocalClients] = field(default_factory=dict)
    """The clients of the command line tool by account."""
    _synths: int = 0

    def session(self, account: str = ACCOUNT) -> Session:
        return Session(self.endpoint, account)

    def personalize(self, account: str = ACCOUNT) -> Any:
        return self.session(account).client("personalize")

    def prepare(self, name: str, account: str = ACCOUNT) -> str:
        """Create a solution with data about films outside a stack, and return its ARN."""
        self.prepared.add(name)
        return prepare.prepare(self.session(account), name=name, poll_seconds=0.05)

    def version(self, solution: str, account: str = ACCOUNT) -> str:
        """Train a version of a solution outside a stack, and return its ARN."""
        personalize = self.personalize(account)
        arn: str = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        prepare.wait_until_active(personalize, "solutionVersion", arn, 0.05)
        return arn

    # The CDK

    def deploy(
        self, build: Callable[[cdk.App], object], *options: str, account: str = ACCOUNT, stacks: tuple[str, ...] = ()
    ) -> Result:
        """Synthesize an app and deploy it with `cdk deploy`, without a change set.

        With a change set, the CDK CLI uses 1.7 s of CPU time instead of 1.1 s.
        """
        self.bootstrap(account)
        return self.deploy_assembly(self.synth(build), "--method", "direct", *options, account=account, stacks=stacks)

    def deploy_assembly(self, app: Path, *options: str, account: str = ACCOUNT, stacks: tuple[str, ...] = ()) -> Result:
        """Run `cdk deploy`. The plan before has to agree with what it does."""
        clients = self._clients.setdefault(account, planned.LocalClients(self, account))
        planned_deployment = planned.of_assembly(self, clients, app, stacks)
        arguments = stacks or ("--all",)
        result = self.cdk("deploy", *arguments, "--require-approval", "never", *options, app=app, account=account)
        planned_deployment.require_agreement(succeeded=result.code == 0)
        return result

    def destroy(self, build: Callable[[cdk.App], object], account: str = ACCOUNT) -> Result:
        """Synthesize an app and delete its stacks with `cdk destroy`."""
        return self.cdk("destroy", "--all", "--force", app=self.synth(build), account=account)

    def synth(self, build: Callable[[cdk.App], object]) -> Path:
        """Synthesize an app, and return the folder of its cloud assembly."""
        self._synths += 1
        outdir = self.folder / f"assembly-{self._synths}"
        app = cdk.App(outdir=str(outdir))
        build(app)
        app.synth()
        return outdir

    def synth_folder(self, folder: Path, *options: str) -> Path:
        """Return the cloud assembly of an app in a folder, by `cdk synth`."""
        self.cdk("synth", "--all", "--quiet", *options, cwd=folder).ok()
        return self._output()

    def _output(self) -> Path:
        """Return the folder that the latest run of the CDK CLI writes to."""
        return self.folder / f"out-{self._synths}"

    def bootstrap(self, account: str, trust: str | None = None) -> None:
        """Bootstrap an account with `cdk bootstrap`, unless it is bootstrapped already.

        :param trust: another account that may deploy into this one.
        """
        done = account if trust is None else f"{account} trusts {trust}"
        if done not in self._bootstrapped:
            policies = ("--cloudformation-execution-policies", "arn:aws:iam::aws:policy/AdministratorAccess")
            options = () if trust is None else ("--trust", trust, *policies)
            # In a folder without a cdk.json, because the command would run the app that this file names.
            self.cdk("bootstrap", f"aws://{account}/{REGION}", *options, account=account, cwd=self.folder).ok()
            self._bootstrapped |= {account, done}

    def cdk(self, *arguments: str, account: str = ACCOUNT, app: Path | str | None = None, cwd: Path = ROOT) -> Result:
        """Run a command of the CDK CLI and wait for its end."""
        running = self.start_cdk(*arguments, account=account, app=app, cwd=cwd)
        try:
            output, _ = running.communicate(timeout=_TIMEOUT_SECONDS)
        except BaseException:  # also Ctrl+C: the local AWS and the Node.js process that the CLI started must end
            os.killpg(running.pid, signal.SIGTERM)
            raise
        return Result(running.returncode, output)

    def start_cdk(
        self, *arguments: str, account: str = ACCOUNT, app: Path | str | None = None, cwd: Path = ROOT
    ) -> subprocess.Popen[str]:
        """Start a command of the CDK CLI without waiting for its end."""
        self._synths += 1
        where = ["--app", str(app)] if app else ["--output", str(self._output())]
        return subprocess.Popen(
            [str(ROOT / "node_modules" / ".bin" / "cdk"), *arguments, *where],
            cwd=cwd,
            env=self.environment(account),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def command(self, *arguments: str, account: str = ACCOUNT) -> Result:
        """Run a command of `cdk-personalize` and wait for its end."""
        done = subprocess.run(
            [COMMAND, *arguments],
            env={**self.environment(account), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        return Result(done.returncode, done.stdout + done.stderr)

    def no_drift(self) -> None:
        """Assert that no stack has drift and that every property was compared.

        Native resources are not compared.
        """
        compared = []
        for stack in json.loads(self.command("status", "--json").ok().output)["stacks"]:
            drift = json.loads(self.command("drift", stack["name"], "--json").ok().output)
            resources = [resource for found in drift["stacks"] for resource in found["resources"]]
            properties = [each for resource in resources for each in resource["properties"]]
            assert {each["driftStatus"] for each in [*resources, *properties]} <= {"IN_SYNC"}, drift
            compared += resources
        assert compared

    def environment(self, account: str = ACCOUNT) -> dict[str, str]:
        """Return the environment variables of a terminal that uses this AWS."""
        bin_folder = str(Path(sys.executable).parent)
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "PATH": os.pathsep.join([bin_folder, os.environ["PATH"]]),
            "JSII_NODE": str(Path(bin_folder, "node")),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_DISABLE_VERSION_CHECK": "1",
            "NODE_COMPILE_CACHE": str(ROOT / ".local" / "node"),  # the CDK CLI is one file of 25 MB
            **(_FREQUENT_POLLS if self.frequent_polls else {}),
        }

    # CloudFormation

    def outputs(self, stack: str, account: str = ACCOUNT) -> dict[str, str]:
        found = self.session(account).client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}

    def delete_stack(self, stack: str, account: str = ACCOUNT) -> None:
        """Delete a stack without the CDK CLI, and wait until it is deleted."""
        client = self.session(account).client("cloudformation")
        client.delete_stack(StackName=stack)
        attempts = {"Delay": 0.2, "MaxAttempts": _TIMEOUT_SECONDS * 5}
        client.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig=attempts)

    def stack_status(self, stack: str, account: str = ACCOUNT) -> str:
        found = self.session(account).client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return str(found["StackStatus"])

    def failures(self, stack: str, account: str = ACCOUNT) -> list[str]:
        """Return the reasons of failed stack events, newest first."""
        events = self.session(account).client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
        return [each["ResourceStatusReason"] for each in events if each["ResourceStatus"].endswith("_FAILED")]

    # The control API

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control("GET", "calls")
        return found[since:]

    def mutating(self, since: int = 0) -> list[str]:
        """Return the successful operations that change resources, since a position."""
        return [
            each["operation"]
            for each in self.calls(since)
            if not each["operation"].startswith(("Describe", "List", "Get")) and each["error"] is None
        ]

    def existing(self, kind: str, account: str = ACCOUNT) -> list[str]:
        found = self.control("GET", "resources")
        return [each["arn"] for each in found if each["kind"] == kind and each["account"] == account]

    def fault(self, **fault: Any) -> None:
        self.control("POST", "faults", fault)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.endpoint}/_personalize/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())
