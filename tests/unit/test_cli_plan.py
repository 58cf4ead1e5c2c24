"""The plan for a resource where a deployment does something else than usual."""

from __future__ import annotations

import io
import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from support.cloudformation import Resource
from support.planned import planned_for

from cdk_personalize.cli import assembly, billing, plan_views
from cdk_personalize.cli.aws import AwsClients
from cdk_personalize.cli.plan import PlannedAction
from cdk_personalize.cli.planner import StackPlan
from cdk_personalize.cli.stacks import DeployedStack

if TYPE_CHECKING:
    from pathlib import Path

    from support.world import World

    from cdk_personalize.cli.plan import PlannedResource


@pytest.fixture
def named(world: World, versions: list[str]) -> Resource:
    """A campaign with a name of the user's."""
    campaign = Resource(world, "Campaign")
    campaign.create(Name="related", SolutionVersionArn=versions[0], MinProvisionedTPS=1)
    return campaign


def test_the_same_template_sends_no_event(named: Resource) -> None:
    calls = len(named.world.emulator.calls())
    assert planned_for(named, named.properties).action is PlannedAction.KEEP
    assert len(named.world.emulator.calls()) == calls


def test_a_resource_that_was_deleted_outside_the_stack_is_recreated(named: Resource) -> None:
    named.world.personalize.delete_campaign(campaignArn=named.physical_id)
    named.world.pass_time()
    planned = planned_for(named, {**named.properties, "MinProvisionedTPS": 2})
    assert (planned.action, planned.new_arn) == (PlannedAction.CREATE, named.physical_id)
    assert planned.reasons == ("it was deleted outside the stack",)


def test_a_replacement_under_the_same_name_fails(world: World, versions: list[str]) -> None:
    group = world.group("second")
    solution = Resource(world, "Solution")
    properties = {"Name": "mine", "PerformAutoTraining": False, "RecipeArn": "arn:aws:personalize:::recipe/aws-sims"}
    films = world.personalize.describe_solution(solutionArn=versions[0].rpartition("/")[0])["solution"]
    properties |= {"DatasetGroupArn": films["datasetGroupArn"], "RecipeArn": films["recipeArn"]}
    solution.create(**properties)
    planned = planned_for(solution, {**properties, "DatasetGroupArn": group})
    assert planned.action is PlannedAction.FAIL
    assert planned.reasons[0].startswith("changing DatasetGroupArn requires a replacement")


def test_a_name_in_use_fails_unless_it_is_adopted(named: Resource, versions: list[str]) -> None:
    other = Resource(named.world, "Campaign", logical_id="Other")
    properties = {"Name": "related", "SolutionVersionArn": versions[0], "MinProvisionedTPS": 2}
    failing = planned_for(other, properties)
    assert failing.action is PlannedAction.FAIL
    assert "already exists; this deployment did not create the existing resource" in failing.reasons[0]
    assert "another stack or construct owns it" in planned_for(other, {**properties, "Adopt": True}).reasons[0]
    named.world.personalize.untag_resource(resourceArn=named.physical_id, tagKeys=["cdk-personalize:owner"])
    adopted = planned_for(other, {**properties, "Adopt": True})
    assert (adopted.action, adopted.new_arn) == (PlannedAction.ADOPT, named.physical_id)
    assert [(each.path, each.old, each.new) for each in adopted.changes] == [("MinProvisionedTPS", 1, 2)]


def test_an_update_waits_for_the_operation_in_progress(named: Resource) -> None:
    named.world.personalize.update_campaign(campaignArn=named.physical_id, minProvisionedTPS=5)
    planned = planned_for(named, {**named.properties, "MinProvisionedTPS": 2})
    assert (planned.action, planned.reasons) == (
        PlannedAction.UPDATE, ("it waits for the operation that is in progress",)
    )  # fmt: skip


def test_a_resource_of_another_owner_is_retained(named: Resource) -> None:
    tags = [{"tagKey": "cdk-personalize:owner", "tagValue": "00000000/00000000"}]
    named.world.personalize.tag_resource(resourceArn=named.physical_id, tags=tags)
    planned = planned_for(named, None)
    assert (planned.action, planned.billed) == (PlannedAction.RETAIN, "1 provisioned TPS, every hour")


@pytest.mark.parametrize(
    ("kind", "configuration", "billed"),
    [
        ("Campaign", {}, "1 provisioned TPS, every hour"),
        ("Recommender", {"recommenderConfig": {"minRecommendationRequestsPerSecond": 3}},
         "3 recommendation requests per second, every hour"),
        ("Solution", {}, "automatic trainings, rate(7 days)"),
        ("Solution", {"performAutoTraining": False}, "nothing"),
        ("Filter", {}, "nothing"),
        ("BatchInferenceJob", {"batchInferenceJobMode": "THEME_GENERATION"},
         "the job, by its size, and its themes, once"),
    ],
)  # fmt: skip
def test_charges_are_told_in_words(kind: str, configuration: dict[str, Any], billed: str) -> None:
    assert billing.of_creation(kind, configuration) == billed


def test_a_stopped_recommender_is_not_billed() -> None:
    assert billing.continuous("Recommender", {}, active=False) == "nothing while it is stopped"


def stack_plan(*planned: PlannedResource) -> StackPlan:
    now = datetime.now(timezone.utc)
    description = {"StackId": "arn", "StackName": "Shop", "StackStatus": "CREATE_COMPLETE", "CreationTime": now}
    return StackPlan(DeployedStack(AwsClients(region="us-east-1"), description), planned, ["Shop/Native"])


def test_long_values_are_shortened_for_people_alone(named: Resource) -> None:
    plan = stack_plan(planned_for(named, {**named.properties, "Name": f"a|b{'x' * 200}"}))
    output = io.StringIO()
    Console(width=80, file=output).print(plan_views.plan_text([plan]))
    text, markdown = output.getvalue(), plan_views.plan_markdown([plan])
    assert "x" * 120 not in text + markdown
    assert "Not planned, because CloudFormation deploys them: Shop/Native" in text
    assert "Name: related -> a\\|bxxx" in markdown
    resource = plan_views.plan_json([plan])["stacks"][0]["resources"][0]
    assert resource["properties"][0]["new"] == f"a|b{'x' * 200}"


def test_a_directory_without_an_assembly_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(assembly.AssemblyNotFound, match=r"is not a cloud assembly. Run `cdk synth`"):
        assembly.synthesized(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {}}))
    with pytest.raises(assembly.AssemblyNotFound, match=r"there is no stack Shop in .*Its stacks: none"):
        assembly.synthesized(tmp_path, "Shop")


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"{", "manifest.json cannot be read"), (b"\xff\xfe", "cannot be read"), (b"[]", "is not a JSON object")],
)
def test_a_damaged_assembly_is_an_error(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(assembly.UnreadableAssembly, match=rf"{reason}.*Repeat `cdk synth`."):
        assembly.synthesized(tmp_path)
