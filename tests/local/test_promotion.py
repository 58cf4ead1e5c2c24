"""A release through the pipeline of examples/promotion and its three accounts.

There is no AWS CodePipeline. The test reads the actions from the synthesized pipeline and runs them in order, with
credentials of the account of the pipeline only: the CDK CLI assumes the roles with which the pipeline deploys, and the
smoke tests run the commands of their build projects.
"""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from cdk_personalize_handler import service_model
from support.deploy import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from support.deploy import LocalAws, Session

EXAMPLE = ROOT / "examples" / "promotion"
SYNTH = "cdk synth --quiet"
NDCG_AT_10 = "normalized_discounted_cumulative_gain_at_10"


# Substitute for AWS CodePipeline


@dataclass(frozen=True)
class Action:
    """An action in the synthesized definition of the pipeline."""

    stage: str
    described: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.stage}/{self.described['Name']}"

    @property
    def kind(self) -> str:
        return str(self.described["ActionTypeId"]["Category"])

    @property
    def configuration(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.described["Configuration"]
        return found

    @property
    def role(self) -> str:
        return text(self.described["RoleArn"])

    @property
    def account(self) -> str:
        return self.role.split(":")[4]


class Release:
    """One execution of the pipeline, for a version of the example's source code."""

    def __init__(self, aws: LocalAws, checkout: Path, *changes: tuple[str, str]) -> None:
        self._aws = aws
        self._checkout = checkout
        shutil.copytree(EXAMPLE, checkout, ignore=shutil.ignore_patterns("cdk.out"))
        change(checkout / "environments.py", changes)
        self.settings = runpy.run_path(str(checkout / "environments.py"))
        self._account = self.settings["TOOLING"].account
        assert self._run([SYNTH], checkout, {})
        self._template = json.loads((checkout / "cdk.out" / "Delivery.template.json").read_text(encoding="utf-8"))
        (pipeline,) = of_type(self._template, "AWS::CodePipeline::Pipeline")
        stages = {
            stage["Name"]: [
                Action(stage["Name"], action) for action in sorted(stage["Actions"], key=lambda each: each["RunOrder"])
            ]
            for stage in pipeline["Properties"]["Stages"]
        }
        self._artifacts = self._artifacts_of(stages)
        self._left = [
            action
            for actions in stages.values()
            if any(each.kind == "Deploy" for each in actions)
            for action in actions
        ]
        self._outputs: dict[str, str] = {}
        self.assemblies: dict[str, Path] = {}
        """Cloud assemblies that were deployed, by account."""
        self.done: list[str] = []

    def run(self) -> str | None:
        """Run actions until one fails or waits for an approval.

        :return: this action, or None after the last action.
        """
        while self._left and self._succeeds(self._left[0]):
            self._next()
        return str(self._left[0]) if self._left else None

    def approve(self) -> None:
        """Approve the waiting action, as a person does in the console."""
        assert self._left[0].kind == "Approval"
        self._next()

    def destroy(self, account: Account) -> None:
        """Destroy the stacks in an account. The pipeline has no action for that."""
        self._aws.cdk("destroy", "--all", "--force", account=self._account, app=self.assemblies[account.id]).ok()

    def _next(self) -> None:
        self.done.append(str(self._left.pop(0)))

    def _artifacts_of(self, stages: Mapping[str, Iterable[Action]]) -> dict[str, Path]:
        """Return the folders of the artifacts of the source action and the synth action."""
        made: dict[str, Path] = {}
        for action in (action for actions in stages.values() for action in actions):
            for output in action.described.get("OutputArtifacts", []):
                if action.kind == "Source":
                    made[output["Name"]] = self._checkout
                else:
                    build = self._buildspec(action)
                    assert build["phases"]["build"]["commands"] == [SYNTH]
                    made[output["Name"]] = self._checkout / build["artifacts"]["base-directory"]
        return made

    def _succeeds(self, action: Action) -> bool:
        match action.kind:
            case "Deploy":
                return self._deploy(action)
            case "Build":
                return self._build(action)
        assert action.kind == "Approval"
        return False

    def _deploy(self, action: Action) -> bool:
        """Deploy a stack.

        The CDK CLI also publishes assets and creates the change set, for which the pipeline has separate actions.
        """
        configuration = action.configuration
        if configuration["ActionMode"] == "CHANGE_SET_REPLACE":
            artifact, _, path = configuration["TemplatePath"].partition("::")
            self.assemblies[action.account] = (self._artifacts[artifact] / path).parent
            return True
        assert configuration["ActionMode"] == "CHANGE_SET_EXECUTE"
        stack = configuration["StackName"]
        result = self._aws.cdk(
            *("deploy", "--all", "--require-approval", "never", "--verbose"),
            account=self._account,
            app=self.assemblies[action.account],
        )
        for role in (action.role, action.role.replace("deploy-role", "file-publishing-role")):
            assert f"Assuming role '{role}'" in result.output, result.output
        assert self._account in trusted_by(self._aws.session(action.account), action.role)
        if result.code != 0:
            print(result.output)
            return False
        for name, value in self._aws.outputs(stack, action.account).items():
            self._outputs[f"#{{{action.described['Namespace']}.{name}}}"] = value
        return True

    def _build(self, action: Action) -> bool:
        """Run the commands of a build project, with the programs of this machine."""
        (source,) = action.described["InputArtifacts"]
        variables = json.loads(action.configuration["EnvironmentVariables"])
        environment = {each["name"]: self._outputs[each["value"]] for each in variables}
        for role in (value for value in environment.values() if ":role/" in value):
            account = role.split(":")[4]
            assert role in self._roles_taken_by(action)
            assert self._account in trusted_by(self._aws.session(account), role)
        commands = self._buildspec(action)["phases"]["build"]["commands"]
        return self._run(commands, self._artifacts[source["Name"]], environment)

    def _buildspec(self, action: Action) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._project(action)["Source"]["BuildSpec"])
        return found

    def _roles_taken_by(self, action: Action) -> set[str]:
        """Return the roles that a build is allowed to assume."""
        own = {"Ref": self._project(action)["ServiceRole"]["Fn::GetAtt"][0]}
        return {
            text(statement["Resource"])
            for policy in of_type(self._template, "AWS::IAM::Policy")
            if own in policy["Properties"]["Roles"]
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            if statement["Action"] == "sts:AssumeRole"
        }

    def _project(self, action: Action) -> dict[str, Any]:
        found: dict[str, Any] = self._template["Resources"][action.configuration["ProjectName"]["Ref"]]["Properties"]
        return found

    def _run(self, commands: Iterable[str], folder: Path, environment: Mapping[str, str]) -> bool:
        known = self._aws.environment(self._account)
        path = f"{ROOT / 'node_modules' / '.bin'}:{known['PATH']}"
        done = subprocess.run(
            ["sh", "-ec", "\n".join(commands)], cwd=folder, env={**known, "PATH": path, **environment}, check=False
        )
        return done.returncode == 0


def text(value: Any) -> str:
    """Return a value of a template as text, in the partition aws."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Fn::Join":
        return "".join(text(each) for each in argument[1])
    return "aws" if argument == "AWS::Partition" else f"<{argument}>"


def trusted_by(session: Session, role: str) -> set[str]:
    """Return the accounts that may assume a role."""
    document = session.client("iam").get_role(RoleName=role.rsplit("/", 1)[1])["Role"]["AssumeRolePolicyDocument"]
    return set(re.findall(r"\b\d{12}\b", json.dumps([each["Principal"] for each in document["Statement"]])))


def of_type(template: Mapping[str, Any], pattern: str) -> list[dict[str, Any]]:
    return [each for each in template["Resources"].values() if re.fullmatch(pattern, each["Type"])]


def change(file: Path, changes: Iterable[tuple[str, str]]) -> None:
    content = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert content.count(old) == 1, old
        content = content.replace(old, new)
    file.write_text(content, encoding="utf-8")


# Current state


class Account:
    """The AWS account of an environment, with the resources that are deployed there."""

    def __init__(self, aws: LocalAws, environment: Any) -> None:
        self.aws = aws
        self.environment = environment
        self.id: str = environment.account
        self.stack = f"{environment.name}-Films"
        self._before = self._existing()

    def campaign(self) -> dict[str, Any]:
        arn = self.aws.outputs(self.stack, self.id)["CampaignArn"]
        found: dict[str, Any] = self.aws.personalize(self.id).describe_campaign(campaignArn=arn)["campaign"]
        return found

    def version(self) -> dict[str, Any]:
        arn = self.campaign()["solutionVersionArn"]
        describe = self.aws.personalize(self.id).describe_solution_version
        found: dict[str, Any] = describe(solutionVersionArn=arn)["solutionVersion"]
        return found

    def recommended(self) -> list[str]:
        runtime = self.aws.session(self.id).client("personalize-runtime")
        answer = runtime.get_recommendations(campaignArn=self.campaign()["campaignArn"], itemId="film-0")
        return [each["itemId"] for each in answer["itemList"]]

    def events(self) -> list[dict[str, Any]]:
        cloudformation = self.aws.session(self.id).client("cloudformation")
        found: list[dict[str, Any]] = cloudformation.describe_stack_events(StackName=self.stack)["StackEvents"]
        return found

    def template(self) -> dict[str, Any]:
        cloudformation = self.aws.session(self.id).client("cloudformation")
        found: dict[str, Any] = cloudformation.get_template(StackName=self.stack)["TemplateBody"]
        return found

    def left(self) -> dict[str, set[str]]:
        """Return the remaining ARNs by kind, without jobs, which the API cannot delete."""
        kinds: dict[str, set[str]] = {}
        for kind, arn in self._existing() - self._before:
            kinds.setdefault(kind, set()).add(arn)
        return kinds

    def remove_what_is_retained(self) -> None:
        """Delete the resources that the stack retained, children first."""
        personalize = self.aws.personalize(self.id)
        for kind in ("Solution", "Dataset", "Schema", "DatasetGroup"):
            operation = service_model.operation("Delete", kind)
            assert operation is not None
            for arn in self.left()[kind]:
                getattr(personalize, xform_name(operation.name))(**{service_model.arn_member(kind): arn})
            deadline = time.monotonic() + 20
            while kind in self.left():
                assert time.monotonic() < deadline
                time.sleep(0.1)

    def _existing(self) -> set[tuple[str, str]]:
        return {
            (each["kind"], each["arn"])
            for each in self.aws.control("GET", "resources")
            if each["account"] == self.id and not each["kind"].endswith("Job")
        }


@pytest.fixture
def accounts(aws: LocalAws) -> Iterator[list[Account]]:
    """The accounts of the environments in the order of the release.

    They are bootstrapped and contain data.
    """
    settings = runpy.run_path(str(EXAMPLE / "environments.py"))
    data = runpy.run_path(str(EXAMPLE / "prepare.py"))
    made = [Account(aws, environment) for environment in settings["ENVIRONMENTS"]]
    tooling = settings["TOOLING"].account
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda account: aws.bootstrap(account.id, trust=tooling), made))
    for account in made:
        data["prepare"](aws.session(account.id))
    yield made
    aws.control("POST", "metrics", {"kind": "SolutionVersion", "metrics": {}})
    for account in made:
        data["uploading"].delete_bucket(data["EXAMPLE"], aws.session(account.id))


def test_a_release_goes_from_account_to_account_and_no_further_than_it_holds(
    aws: LocalAws, accounts: list[Account], tmp_path: Path
) -> None:
    dev, staging, prod = accounts
    assert len({account.id for account in accounts}) == 3
    position = len(aws.calls())

    def called() -> set[str]:
        return {each["account"] for each in aws.calls(position)}

    # A failed smoke test stops the release.
    first = Release(aws, tmp_path / "first")
    aws.fault(operation="GetRecommendations", error="InternalServerError", times=100)
    assert first.run() == "Dev/SmokeTestDev"
    assert called() == {dev.id}
    aws.control("DELETE", "faults")

    # After a retry, the release continues until the approval, and after the approval to its end.
    assert first.run() == "Prod/ReleaseToProd"
    assert called() == {dev.id, staging.id}
    first.approve()
    assert first.run() is None
    assert first.done == [
        f"{account.environment.name}/{action}"
        for account in accounts
        for action in (
            *([f"ReleaseTo{account.environment.name}"] if account.environment.needs_approval else []),
            "Films.Prepare",
            "Films.Deploy",
            f"SmokeTest{account.environment.name}",
        )
    ]
    for account in accounts:
        is_as_set(account, first.settings["MODEL"])

    # A model whose quality is sufficient in dev only.
    second = Release(
        aws,
        tmp_path / "second",
        ('MODEL = "films-1"', 'MODEL = "films-2"'),
        *((f"min_provisioned_tps={tps},", f"min_provisioned_tps={tps + 2},") for tps in (10, 2, 1)),
    )
    served = {account.id: (account.campaign(), account.recommended(), account.events()) for account in accounts}
    aws.control("POST", "metrics", {"kind": "SolutionVersion", "metrics": {NDCG_AT_10: 0.05}})
    position = len(aws.calls())
    assert second.run() == "Staging/Films.Deploy"
    assert called() == {dev.id, staging.id}
    told = f"its quality is below a gate: {NDCG_AT_10} is 0.05, the gate asks for at least 0.1"
    assert any(told in reason for reason in aws.failures(staging.stack, staging.id))
    assert aws.stack_status(staging.stack, staging.id) == "UPDATE_ROLLBACK_COMPLETE"
    assert (staging.campaign(), staging.recommended()) == served[staging.id][:2]
    assert (prod.campaign(), prod.recommended(), prod.events()) == served[prod.id]
    dev.environment = second.settings["ENVIRONMENTS"][0]
    is_as_set(dev, "films-2")

    with ThreadPoolExecutor() as pool:
        list(pool.map(first.destroy, accounts))
    assert dev.left() == staging.left() == {}
    assert set(prod.left()) == {"DatasetGroup", "Dataset", "Schema", "Solution", "SolutionVersion"}
    prod.remove_what_is_retained()
    assert prod.left() == {}


def is_as_set(account: Account, model: str) -> None:
    """Assert that the resources in an account are as its settings declare."""
    environment = account.environment
    campaign, version = account.campaign(), account.version()
    assert campaign["campaignArn"].split(":")[3:5] == [environment.region, environment.account]
    assert (campaign["status"], campaign["minProvisionedTPS"]) == ("ACTIVE", environment.min_provisioned_tps)
    assert version["status"] == "ACTIVE"
    columns = {kind.value.upper(): list(names) for kind, names in (environment.excluded_columns or {}).items()}
    trained_on = version.get("solutionConfig", {}).get("trainingDataConfig", {})
    assert trained_on.get("excludedDatasetColumns", {}) == columns

    template = account.template()
    (trained,) = of_type(template, "Custom::PersonalizeSolutionVersion")
    gate = {"Metric": NDCG_AT_10, "AtLeast": environment.least_ndcg_at_10}
    assert (trained["Properties"]["Name"], trained["Properties"]["QualityGate"]) == (model, [gate])
    for kind, timeout in (
        ("SolutionVersion", environment.training_timeout),
        ("Campaign", environment.campaign_timeout),
    ):
        links = of_type(template, f"Custom::Personalize{kind}(Wait)?")
        assert sum(each["Properties"]["WaitSeconds"] for each in links) == timeout.to_seconds()
