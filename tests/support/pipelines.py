"""A training pipeline whose workflow runs in the process of the test.

The Step Functions of the local AWS run the workflow.
"""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timezone
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import aws_cdk as cdk
import data
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from ministack import app
from ministack.core.iam_evaluator import PrincipalInfo, parse_policy_document
from ministack.services import stepfunctions

import cdk_personalize as personalize
from cdk_personalize.local import wire, workflows
from cdk_personalize.local.policy_evaluation import IamCaller
from support.world import ACCOUNT, CALLER, REGION, World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

METRIC = personalize.OfflineMetric.NDCG_AT_10
AT_LEAST, AT_MOST_WORSE = 0.05, 0.02
CAMPAIGNS = ("first", "second")
CONFIG = {"enableMetadataWithRecommendations": True}
STACK = "Shop"


@cache
def _join_personalize() -> None:
    workflows.add_personalize_integrations()


@cache
def template() -> Template:
    """Return the template of a stack with a training pipeline that has every step."""
    stack = cdk.Stack(cdk.App(), STACK, env=cdk.Environment(account=ACCOUNT, region=REGION))
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "films")
    arn = f"arn:aws:personalize:{REGION}:{ACCOUNT}"
    personalize.TrainingPipeline(
        stack,
        "Nightly",
        solution=personalize.Solution.from_solution_arn(stack, "Similar", f"{arn}:solution/similar"),
        imports=[
            personalize.DatasetUpdate(
                dataset=personalize.Dataset.from_dataset_arn(stack, "Views", f"{arn}:dataset/movies/INTERACTIONS"),
                source=personalize.S3Location(bucket, "new/"),
                mode=personalize.ImportMode.INCREMENTAL,
            )
        ],
        quality_gates=[
            personalize.QualityGate(metric=METRIC, at_least=AT_LEAST),
            personalize.QualityGate(metric=METRIC, at_most_worse_than_current=AT_MOST_WORSE),
        ],
        campaigns=[
            personalize.Campaign.from_campaign_arn(stack, each.title(), f"{arn}:campaign/{each}") for each in CAMPAIGNS
        ],
        batch_jobs=[
            personalize.BatchInference(
                input=personalize.S3Location(bucket, "in/"), output=personalize.S3Location(bucket, "out/")
            )
        ],
    )
    return Template.from_stack(stack)


class PipelineRunner:
    """A training pipeline with two campaigns, and the emulated services it calls."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        _join_personalize()
        self.world = world
        self.solution = world.solution()
        self.first = world.version(self.solution)
        self.campaigns = [self._campaign(each) for each in CAMPAIGNS]
        world.pass_time()
        world.objects.write(ACCOUNT, REGION, "films", "new/views.csv", data.interactions_csv().encode())
        world.objects.write(ACCOUNT, REGION, "films", "in/films.json", b'{"itemId": "film-0"}\n')
        self.template = template()
        (machine,) = self.template.find_resources("AWS::StepFunctions::StateMachine").values()
        self.name = str(machine["Properties"]["StateMachineName"])
        self.definition = json.loads(deployed(machine["Properties"]["DefinitionString"]))
        self.policy = self._policy()
        self.caller: IamCaller | None = None
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.measured: dict[str, float] = {}
        self.running: list[dict[str, Any]] = []
        self.visited: list[str] = []
        self.when: dict[str, Callable[[], object]] = {}
        """Actions of the test, by the type of the event after which each one runs."""
        self._runs = 0
        handlers = {
            "personalize": self._personalize,
            "events": self._put_events,
            "states": self._list_executions,
            "monitoring": self._put_metrics,
        }
        for service, handler in handlers.items():
            monkeypatch.setitem(app.SERVICE_HANDLERS, service, handler)
        monkeypatch.setattr(stepfunctions, "_scaled_sleep", self._wait)
        monkeypatch.setattr(stepfunctions, "_apply_output_path", self._ending(stepfunctions._apply_output_path))
        for state in ("pass", "task", "choice", "wait", "parallel", "map"):
            execute = f"_execute_{state}"
            monkeypatch.setattr(stepfunctions, execute, self._visiting(getattr(stepfunctions, execute)))

    def run(self, **given: Any) -> dict[str, Any]:
        """Run the workflow to its end, and return its execution.

        :param given: members of the input of the execution.
        """
        self._runs += 1
        self.events.clear()
        self.visited.clear()
        machine = self.world.arn("x").replace("personalize", "states").replace("x", f"stateMachine:{self.name}")
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:run-{self._runs}"
        document = {"definition": json.dumps(self.definition), "name": self.name}
        stepfunctions._state_machines[machine] = document
        execution = {
            "executionArn": arn,
            "stateMachineArn": machine,
            "name": f"run-{self._runs}",
            "status": "RUNNING",
            "startDate": _iso(self.world.clock.now()),
            "input": json.dumps(given),
            "output": None,
            "stopDate": None,
            "events": [],
        }
        stepfunctions._executions[arn] = execution
        self.running.append({"executionArn": arn, "startDate": self.world.clock.now(), "status": "RUNNING"})
        with contextlib.suppress(SystemExit):
            stepfunctions._run_execution(arn)
        self.running.pop()
        return execution

    def enforce(self, statements: list[Mapping[str, Any]] | None = None) -> None:
        """Enforce the policy of the workflow's role in Amazon Personalize.

        :param statements: the statements of the policy. Default: those of the template.
        """
        self.world.emulator.set_authorization(True)
        document = {"Version": "2012-10-17", "Statement": self.policy if statements is None else statements}
        self.caller = IamCaller(PrincipalInfo(CALLER, "AssumedRole", ACCOUNT, [parse_policy_document(document)]))

    def kill(self) -> None:
        """Stop the running execution, as StopExecution does."""
        self._current["status"] = "ABORTED"

    def told(self) -> list[str]:
        """Return the types of the events that the last run put, in order."""
        return [name.removeprefix("Training Pipeline ") for name, _ in self.events]

    def detail(self, detail_type: str) -> dict[str, Any]:
        """Return the `detail` of the only event of a type."""
        (found,) = [detail for name, detail in self.events if name == f"Training Pipeline {detail_type}"]
        return found

    def served(self) -> list[str]:
        """Return the ARN of the solution version of each campaign."""
        found = [self.world.personalize.describe_campaign(campaignArn=each)["campaign"] for each in self.campaigns]
        return [each["solutionVersionArn"] for each in found]

    @property
    def _current(self) -> dict[str, Any]:
        found: dict[str, Any] = stepfunctions._executions[self.running[-1]["executionArn"]]
        return found

    def _wait(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    def _campaign(self, name: str) -> str:
        made = self.world.personalize.create_campaign(
            name=name, solutionVersionArn=self.first, minProvisionedTPS=2, campaignConfig=CONFIG
        )
        return str(made["campaignArn"])

    def _policy(self) -> list[Mapping[str, Any]]:
        found = self.template.find_resources("AWS::IAM::Policy")
        (policy,) = [each for name, each in found.items() if name.startswith("NightlyRole")]
        statements: list[Mapping[str, Any]] = deployed(policy["Properties"]["PolicyDocument"]["Statement"])
        return statements

    async def _personalize(self, method: str, path: str, headers: Any, body: str, _query: Any) -> Any:
        return wire.respond(
            self.world.emulator,
            method,
            path,
            headers,
            body.encode(),
            account=ACCOUNT,
            region=REGION,
            caller=self.caller,
        )

    async def _put_events(self, _method: str, _path: str, _headers: Any, body: str, _query: Any) -> Any:
        for entry in json.loads(body)["Entries"]:
            assert entry["Source"] == "cdk-personalize"
            self.events.append((entry["DetailType"], json.loads(entry["Detail"])))
            self.when.pop(entry["DetailType"], lambda: None)()
        return 200, {}, b'{"FailedEntryCount": 0, "Entries": []}'

    async def _list_executions(self, _method: str, _path: str, _headers: Any, body: str, _query: Any) -> Any:
        assert json.loads(body)["statusFilter"] == "RUNNING"
        return 200, {}, json.dumps({"executions": self.running}).encode()

    async def _put_metrics(self, _method: str, _path: str, _headers: Any, body: bytes, _query: Any) -> Any:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        assert form["Namespace"] == "CdkPersonalize"
        names = [name for name in form if name.endswith(".MetricName")]
        self.measured |= {form[each]: float(form[each.replace("MetricName", "Value")]) for each in names}
        return 200, {}, b"<PutMetricDataResponse/>"

    def _ending(self, apply: Any) -> Any:
        def ending(state: Any, *rest: Any) -> Any:
            if state["Type"] == "Succeed":
                self.visited.append(state["Type"])
            return apply(state, *rest)

        return ending

    def _visiting(self, execute: Any) -> Any:
        def visiting(state: Any, raw: Any, *rest: Any) -> Any:
            if self._current["status"] == "ABORTED":
                raise SystemExit  # no `except Exception` may run on, and a thread ends silently
            self.visited.append(rest[-1]["State"]["Name"])
            return execute(state, raw, *rest)

        return visiting


def deployed(value: Any) -> Any:
    """Return a part of a template with its intrinsic functions resolved."""
    if isinstance(value, list):
        return [deployed(each) for each in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case {"Ref": name}:
            return name
        case {"Fn::Join": [separator, parts]}:
            return separator.join(deployed(each) for each in parts)
        case {"Fn::GetAtt": [name, _]}:
            return f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return {name: deployed(each) for name, each in value.items()}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
