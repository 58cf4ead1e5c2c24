"""The command `cdk-personalize` with stacks that are deployed into the local AWS."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from support import terminal
from support.deploy import ACCOUNT, COMMAND, REGION

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.deploy import LocalAws

STACK = "Watched"
DATA = "watched-films"


class Watched(cdk.Stack):
    """A stack with two campaigns and a recommender, whose drift is tested."""

    def __init__(self, app: cdk.App, version: str, *, changed: bool = False) -> None:
        app.node.set_context("aws:cdk:enable-path-metadata", True)  # as the CDK CLI does
        super().__init__(app, STACK)
        imported = personalize.SolutionVersion.from_solution_version_arn(self, "Version", version)
        related = personalize.Campaign(
            self,
            "Related",
            solution_version=imported,
            min_provisioned_tps=2 if changed else 1,
            enable_metadata_with_recommendations=True,
        )
        cdk.Tags.of(related).add("team", "search")
        similar = personalize.Campaign(self, "Other" if changed else "Similar", solution_version=imported)
        domain, gone = personalize.Domain.VIDEO_ON_DEMAND, cdk.RemovalPolicy.DESTROY
        group = personalize.DatasetGroup(self, "Films", domain=domain, removal_policy=gone)
        group.add_dataset(
            "Interactions",
            schema=personalize.Schema(
                cdk.NestedStack(self, "Data"),
                "Schema",
                definition=personalize.SchemaDefinition.interactions(
                    personalize.Field.string("EVENT_TYPE"), *([personalize.Field.string("DEVICE")] if changed else [])
                ),
                domain=domain,
                removal_policy=gone,
            ),
            import_from=personalize.S3Location(
                s3.Bucket.from_bucket_name(self, "Bucket", f"{DATA}-{ACCOUNT}-{REGION}"), "interactions.csv"
            ),
            removal_policy=gone,
        )
        popular = personalize.Recommender(
            self,
            "Popular",
            dataset_group=group,
            use_case=personalize.UseCase.VIDEO_ON_DEMAND_MOST_POPULAR,
            recommender_name="popular" if changed else None,
        )
        cdk.CfnOutput(self, "RelatedArn", value=related.campaign_arn)
        cdk.CfnOutput(self, "SimilarArn", value=similar.campaign_arn)
        cdk.CfnOutput(self, "PopularArn", value=popular.recommender_arn)


@pytest.fixture
def version(aws: LocalAws) -> str:
    return aws.version(aws.prepare(DATA))


@pytest.fixture
def looks(aws: LocalAws, version: str) -> Iterator[list[dict[str, Any]]]:
    """Output of `status --watch --json` during a deployment, one entry per poll."""
    aws.bootstrap(ACCOUNT)
    app = aws.synth(lambda app: Watched(app, version))
    watch = subprocess.Popen(  # before the stack exists
        [COMMAND, "status", STACK, "--watch", "--interval", "0.2", "--json"],
        env=aws.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert watch.stdout is not None
    waited = json.loads(watch.stdout.readline())
    assert waited["stacks"] == []
    deployment = aws.start_cdk("deploy", "--all", "--require-approval", "never", app=app)
    try:
        watched, _ = watch.communicate(timeout=120)
        output, _ = deployment.communicate(timeout=120)
        assert (watch.returncode, deployment.returncode) == (0, 0), output
        looks = [json.loads(line) for line in watched.splitlines()]
        yield [look for look in looks if look["stacks"]]
    finally:
        watch.kill()
        deployment.kill()
        aws.cdk("destroy", "--all", "--force", app=app).ok()


def test_a_deployment_watched_and_its_drift(aws: LocalAws, version: str, looks: list[dict[str, Any]]) -> None:
    sees_creations_before_cloudformation_knows_them(looks)
    ends_when_nothing_is_under_way(looks)
    aws.no_drift()
    plans_no_change(aws, version)
    plans_each_change(aws, version)
    plans_a_change_of_type_as_a_failure(aws, version)
    waits_for_an_update_that_no_stack_knows_of(aws)
    shows_a_table(aws)
    shows_what_the_functions_logged(aws)
    suggests_what_can_be_deleted_and_stopped(aws)
    finds_each_drift(aws)
    repairs_what_an_update_can_repair(aws)


def sees_creations_before_cloudformation_knows_them(looks: list[dict[str, Any]]) -> None:
    creations = [
        each for look in looks for each in resources(look) if each["operation"] and each["path"] == "Watched/Related"
    ]
    assert creations
    for each in creations:
        assert each["arn"].startswith(f"arn:aws:personalize:{REGION}:{ACCOUNT}:campaign/Watched-Related")
        assert each["stackStatus"] in (None, "CREATE_IN_PROGRESS")
        assert (each["operation"]["name"], each["operation"]["underWay"]) == ("creation", True)
        assert each["operation"]["status"] == each["status"]
        assert each["status"] in ("CREATE PENDING", "CREATE IN_PROGRESS")
    elapsed = [each["operation"]["elapsedSeconds"] for each in creations]
    assert elapsed == sorted(elapsed)


def ends_when_nothing_is_under_way(looks: list[dict[str, Any]]) -> None:
    assert [look["underWay"] for look in looks] == [True] * (len(looks) - 1) + [False]
    assert {stack["status"] for stack in looks[-1]["stacks"]} == {"CREATE_COMPLETE"}
    last = resources(looks[-1])
    assert {each["status"] for each in last} == {"ACTIVE"}
    assert {each["path"].removeprefix("Watched/"): each["kind"] for each in last} == {
        "Data/Schema": "Schema",  # in a nested stack
        "Films": "DatasetGroup",
        "Films/Interactions": "Dataset",
        "Films/Interactions/Import": "DatasetImportJob",
        "Popular": "Recommender",
        "Related": "Campaign",
        "Similar": "Campaign",
    }


def plans_no_change(aws: LocalAws, version: str) -> None:
    same = str(aws.synth(lambda app: Watched(app, version)))
    result = aws.command("plan", "--app", same).ok()
    assert result.output.rstrip().endswith("No changes")
    assert {each["action"] for each in resources(planned(aws, same, code=0))} == {"keep"}


def plans_each_change(aws: LocalAws, version: str) -> None:
    changed = str(aws.synth(lambda app: Watched(app, version, changed=True)))
    found = {each["path"].removeprefix("Watched/"): each for each in resources(planned(aws, changed, code=1))}
    assert {path: each["action"] for path, each in found.items()} == {
        "Data/Schema": "replace",  # in a nested stack
        "Films": "keep",
        "Films/Interactions": "update",
        "Films/Interactions/Import": "keep",
        "Other": "create",
        "Popular": "replace",
        "Related": "update",
        "Similar": "delete",
    }
    assert found["Related"]["properties"] == [{"path": "MinProvisionedTPS", "old": 1, "new": 2, "knownLater": None}]
    assert found["Related"]["billed"] == "2 provisioned TPS, every hour, extra for metadata"
    assert found["Data/Schema"]["dependents"] == ["Watched/Films/Interactions"]
    assert found["Films/Interactions"]["properties"][0]["knownLater"] == "Watched/Data/Schema is replaced"
    assert found["Popular"]["reasons"] == ["Name is create-only"]
    assert found["Popular"]["newArn"].endswith(":recommender/popular")
    assert found["Popular"]["predecessor"] == "is deleted afterwards"
    for columns in (80, 120):
        shown = terminal.run([COMMAND, "plan", STACK, "--app", changed], aws.environment(), columns)
        lines = shown.output.strip().splitlines()
        assert shown.code == 1, shown.output
        assert max(map(len, lines)) <= columns
        assert "update   Related  Campaign" in lines
        assert "         MinProvisionedTPS: 1 -> 2" in lines
        assert lines[-1] == "1 create, 2 update, 2 replace, 1 delete, 2 keep"
    row = "| **update** | Related | Campaign | MinProvisionedTPS: 1 -> 2 |"
    assert row in aws.command("plan", "--app", changed, "--markdown").output


def plans_a_change_of_type_as_a_failure(aws: LocalAws, version: str) -> None:
    assembly = aws.synth(lambda app: Watched(app, version))
    template = assembly / f"{STACK}.template.json"
    kinds = template.read_text().replace('Custom::PersonalizeRecommender"', 'Custom::PersonalizeFilter"')
    template.write_text(kinds)
    result = aws.command("plan", "--app", str(assembly))
    assert result.code == 2
    assert "CloudFormation cannot change the type from Custom::PersonalizeRecommender to" in result.output


def planned(aws: LocalAws, assembly: str, *, code: int) -> dict[str, Any]:
    result = aws.command("plan", STACK, "--app", assembly, "--json")
    assert result.code == code, result.output
    found: dict[str, Any] = json.loads(result.output)
    assert (found["changes"], found["fails"]) == (code == 1, False)
    return found


def waits_for_an_update_that_no_stack_knows_of(aws: LocalAws) -> None:
    aws.control("POST", "durations", {"kind": "Campaign", "seconds": 3000})
    try:
        aws.personalize().update_campaign(campaignArn=aws.outputs(STACK)["SimilarArn"], minProvisionedTPS=2)
        output = aws.command("status", "--watch", "--interval", "0.2", "--json").ok().output
    finally:
        aws.control("POST", "durations", {"kind": "Campaign", "seconds": 600})
    aws.personalize().update_campaign(campaignArn=aws.outputs(STACK)["SimilarArn"], minProvisionedTPS=1)
    aws.command("status", "--watch", "--interval", "0.2", "--json").ok()
    seen = [
        each
        for line in output.splitlines()
        for each in resources(json.loads(line))
        if each["path"] == "Watched/Similar"
    ]
    assert {each["status"] for each in seen} == {"ACTIVE"}
    assert {each["operation"]["name"] for each in seen} == {"update"}
    assert [each["operation"]["underWay"] for each in seen] == [True] * (len(seen) - 1) + [False]
    assert len(seen) > 1
    assert seen[-1]["operation"]["status"] == "ACTIVE"


def shows_a_table(aws: LocalAws) -> None:
    lines = aws.command("status", STACK).ok().output.splitlines()
    assert lines[0].split() == [STACK, "CREATE_COMPLETE", f"{REGION},", "account", ACCOUNT]
    (row,) = [line for line in lines if line.startswith("Similar ")]
    assert row.split()[1] == "Campaign"
    assert row.rstrip().endswith("update ACTIVE")
    for width in (80, 120):
        shown = terminal.run([COMMAND, "status", STACK], aws.environment(), width).ok().output.splitlines()
        assert all(len(line) <= width for line in shown)
        for path, kind in (("Films/Interactions/Import", "DatasetImportJob"), ("Related", "Campaign")):
            assert any(line.split()[:2] == [path, kind] for line in shown), shown


def shows_what_the_functions_logged(aws: LocalAws) -> None:
    logs = json.loads(aws.command("status", STACK, "--logs", "--json").ok().output)["logs"]
    related = [each for each in logs if each["path"] == "Watched/Related"]
    messages = [each["message"] for each in related]
    assert messages[0] == "workflow started"
    assert messages[-2:] == ["complete", "responded"]
    assert "create called" in messages
    for columns in (80, 120):
        shown = terminal.run([COMMAND, "status", STACK, "--logs"], aws.environment(), columns).ok().output.splitlines()
        assert max(map(len, shown)) <= columns
        assert any(line.endswith("Watched/Related: complete (ACTIVE)") for line in shown)
    refused = aws.command("status", "CDKToolkit", "--logs")
    assert refused.code == 2
    assert "there is no log group of the functions of cdk-personalize in CDKToolkit" in refused.output


def suggests_what_can_be_deleted_and_stopped(aws: LocalAws) -> None:
    related = aws.outputs(STACK)["RelatedArn"]
    aws.session().client("cloudwatch").put_metric_data(
        Namespace="AWS/Personalize",
        MetricData=[
            {
                "MetricName": "GetRecommendations",
                "Dimensions": [{"Name": "CampaignArn", "Value": related}],
                "Value": number,
            }
            for number in (1000, 500)
        ],
    )
    aws.control("POST", "time-scale", {"scale": 200_000})
    time.sleep(1)  # two days
    aws.control("POST", "time-scale", {"scale": 400})
    result = aws.command("usage", "--json")
    assert result.code == 1, result.output
    found = {each["arn"]: each for each in json.loads(result.output)["resources"] if each["stack"] == STACK}
    assert {each["kind"]: each["suggestion"] for arn, each in found.items() if arn != related} == {
        "Campaign": "delete",
        "Recommender": "stop",
    }
    assert (found[related]["requests"], found[related]["peak"], found[related]["suggestion"]) == (1500, 5, None)
    for columns in (80, 120):
        shown = terminal.run([COMMAND, "usage"], aws.environment(), columns)
        lines = shown.output.strip().splitlines()
        assert shown.code == 1, shown.output
        assert max(map(len, lines)) <= columns
        assert any(line.startswith("Watched-Similar") and "Campaign" in line for line in lines)
        assert lines[-1].endswith("can be deleted, stopped or lowered")


def finds_each_drift(aws: LocalAws) -> None:
    outputs, service = aws.outputs(STACK), aws.personalize()
    service.update_campaign(
        campaignArn=outputs["RelatedArn"],
        minProvisionedTPS=4,
        campaignConfig={"enableMetadataWithRecommendations": False},
    )
    service.tag_resource(resourceArn=outputs["RelatedArn"], tags=[{"tagKey": "cost", "tagValue": "42"}])
    service.delete_campaign(campaignArn=outputs["SimilarArn"])
    service.stop_recommender(recommenderArn=outputs["PopularArn"])
    aws.command("status", STACK, "--watch", "--interval", "0.2").ok()

    result = aws.command("drift", STACK, "--json")
    assert result.code == 1
    found = json.loads(result.output)
    assert found["drifted"] is True
    drifted = {
        (each["path"], prop["path"]): (prop["declared"], prop["live"])
        for each in resources(found)
        for prop in each["properties"]
        if prop["driftStatus"] == "MODIFIED"
    }
    assert drifted == {
        ("Watched/Related", "MinProvisionedTPS"): (1, 4),
        ("Watched/Related", "CampaignConfig.EnableMetadataWithRecommendations"): (True, False),
        ("Watched/Related", "Tags.cost"): (None, "42"),
        ("Watched/Popular", "Active"): (True, False),
    }
    statuses = {each["path"]: each["driftStatus"] for each in resources(found) if each["driftStatus"] != "IN_SYNC"}
    assert statuses == {"Watched/Related": "MODIFIED", "Watched/Popular": "MODIFIED", "Watched/Similar": "DELETED"}

    for columns in (80, 120):
        table = terminal.run([COMMAND, "drift", STACK], aws.environment(), columns)
        assert table.code == 1
        assert max(map(len, table.output.splitlines())) <= columns
        rows = [line.split() for line in table.output.splitlines()]
        assert ["Watched/Related", "Campaign", "MinProvisionedTPS", "1", "4"] in rows
        assert ["Watched/Similar", "Campaign", "deleted"] in rows


def repairs_what_an_update_can_repair(aws: LocalAws) -> None:
    position = len(aws.calls())
    command = [COMMAND, "drift", STACK, "--fix"]
    declined = terminal.run(command, aws.environment(), 80, prompt="[y/N]", answer="n")
    assert declined.code == 1
    assert "Change these 4 properties to their declared values?" in declined.output
    assert aws.mutating(position) == []
    fixed = terminal.run(command, aws.environment(), 120, prompt="[y/N]", answer="y")
    assert fixed.code == 1  # because of the campaign that was deleted
    lines = fixed.output.splitlines()
    assert "Watched/Related: MinProvisionedTPS: 4 -> 1" in lines
    assert "The changes are sent." in fixed.output, fixed.output
    assert any(line.startswith("Watched/Similar: it was deleted: change one of its properties and") for line in lines)
    assert sorted(aws.mutating(position)) == ["StartRecommender", "UntagResource", "UpdateCampaign"]
    aws.command("status", STACK, "--watch", "--interval", "0.2").ok()
    found = json.loads(aws.command("drift", STACK, "--json").output)
    assert [each["path"] for each in resources(found) if each["driftStatus"] != "IN_SYNC"] == ["Watched/Similar"]


def test_a_stack_that_is_not_there_is_one_line(aws: LocalAws) -> None:
    for command in ("status", "drift"):
        result = aws.command(command, "Nowhere")
        assert (result.code, result.output) == (2, "cdk-personalize: stack Nowhere does not exist in us-east-1\n")


def test_a_reader_that_ends_early_ends_the_command(aws: LocalAws) -> None:
    command = subprocess.Popen(
        [COMMAND, "status", "--json"], env=aws.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert command.stdout
    command.stdout.close()
    _, errors = command.communicate()
    assert (command.returncode, errors) == (141, b"")  # the exit code of a closed pipe in a shell


def resources(look: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for stack in look["stacks"] for each in stack["resources"]]
