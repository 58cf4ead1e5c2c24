"""Campaigns and solution versions, deployed by the CDK CLI into the local AWS."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest
from support.stacks import campaign, served

import cdk_personalize as personalize

if TYPE_CHECKING:
    from support.deploy import LocalAws


def test_create_then_update_in_place_then_nothing(aws: LocalAws, name: str, versions: list[str]) -> None:
    aws.deploy(served(name, versions[0], min_provisioned_tps=1)).ok()
    made = campaign(aws, name)
    assert (made["status"], made["minProvisionedTPS"]) == ("ACTIVE", 1)

    aws.deploy(served(name, versions[0], min_provisioned_tps=2, enable_metadata_with_recommendations=True)).ok()
    updated = campaign(aws, name)
    assert updated["campaignArn"] == made["campaignArn"]
    assert updated["minProvisionedTPS"] == 2
    assert updated["campaignConfig"]["enableMetadataWithRecommendations"] is True
    assert updated["latestCampaignUpdate"]["status"] == "ACTIVE"

    position = len(aws.calls())
    aws.deploy(served(name, versions[0], min_provisioned_tps=2, enable_metadata_with_recommendations=True)).ok()
    assert aws.mutating(position) == []

    aws.deploy(served(name, versions[1], min_provisioned_tps=2, enable_metadata_with_recommendations=True)).ok()
    moved = campaign(aws, name)
    assert (moved["campaignArn"], moved["solutionVersionArn"]) == (made["campaignArn"], versions[1])


def test_a_deployment_does_not_end_before_a_slow_update(aws: LocalAws, name: str, versions: list[str]) -> None:
    aws.deploy(served(name, versions[0], min_provisioned_tps=1)).ok()
    aws.control("POST", "durations", {"kind": "Campaign", "seconds": 3000})
    try:
        position = len(aws.calls())
        aws.deploy(served(name, versions[0], min_provisioned_tps=3)).ok()
    finally:
        aws.control("POST", "durations", {"kind": "Campaign", "seconds": 600})
    after = campaign(aws, name)
    update = after["latestCampaignUpdate"]
    assert update["status"] == "ACTIVE"
    assert (update["lastUpdatedDateTime"] - update["creationDateTime"]).total_seconds() == pytest.approx(3000, abs=1)
    polls = [each["at"] for each in aws.calls(position) if each["operation"] == "DescribeCampaign"]
    # The last call is from `campaign` above. The one before it, the last poll, came after the end of the update.
    assert polls[-2] >= update["lastUpdatedDateTime"].timestamp()


def test_a_name_replaces_and_outlives_a_pause_and_a_generated_name_is_new(
    aws: LocalAws, name: str, versions: list[str]
) -> None:
    aws.deploy(served(name, versions[0])).ok()
    generated = campaign(aws, name)["name"]
    assert generated.startswith(f"{name}-Related")
    aws.deploy(served(name, versions[0], campaign_name="chosen")).ok()
    assert campaign(aws, name)["name"] == "chosen"
    assert len(aws.existing("Campaign")) == 1
    chosen = aws.outputs(name)["Arn"]
    aws.deploy(served(name, versions[0], campaign_name="chosen", active=False)).ok()
    assert aws.outputs(name)["Arn"] == chosen
    assert aws.existing("Campaign") == []
    aws.deploy(served(name, versions[1], campaign_name="chosen", active=True)).ok()
    assert (campaign(aws, name)["campaignArn"], campaign(aws, name)["solutionVersionArn"]) == (chosen, versions[1])
    aws.deploy(served(name, versions[0])).ok()
    again = campaign(aws, name)["name"]
    assert again.startswith(f"{name}-Related")
    assert again != generated
    assert len(aws.existing("Campaign")) == 1


def test_a_change_of_tags_changes_tags_alone(aws: LocalAws, name: str, versions: list[str]) -> None:
    aws.deploy(served(name, versions[0], tags={"team": "search"})).ok()
    position = len(aws.calls())
    aws.deploy(served(name, versions[0], tags={"team": "shop", "cost": "42"})).ok()
    assert aws.mutating(position) == ["TagResource"]
    tags = aws.personalize().list_tags_for_resource(resourceArn=aws.outputs(name)["Arn"])["tags"]
    found = {tag["tagKey"]: tag["tagValue"] for tag in tags}
    assert (found["team"], found["cost"]) == ("shop", "42")


def test_a_failed_create_is_rolled_back_with_the_reason(aws: LocalAws, name: str, versions: list[str]) -> None:
    aws.fault(kind="Campaign", outcome="CREATE FAILED", reason="The model could not be loaded")
    result = aws.deploy(served(name, versions[0]))
    assert result.code != 0
    assert any(
        "its creation ended as CREATE FAILED: The model could not be loaded" in each for each in aws.failures(name)
    )
    assert "The model could not be loaded" in result.output
    assert aws.existing("Campaign") == []


def test_a_failed_update_is_rolled_back_to_the_old_configuration(aws: LocalAws, name: str, versions: list[str]) -> None:
    aws.deploy(served(name, versions[0], min_provisioned_tps=1)).ok()
    before = campaign(aws, name)
    position = len(aws.calls())
    aws.fault(kind="Campaign", outcome="CREATE FAILED", reason="No capacity left")
    assert aws.deploy(served(name, versions[1], min_provisioned_tps=8)).code != 0
    assert aws.stack_status(name) == "UPDATE_ROLLBACK_COMPLETE"
    assert any("its update ended as CREATE FAILED: No capacity left" in each for each in aws.failures(name))
    after = campaign(aws, name)
    unchanged = ("campaignArn", "minProvisionedTPS", "solutionVersionArn", "status")
    assert {each: after[each] for each in unchanged} == {each: before[each] for each in unchanged}
    assert "DeleteCampaign" not in aws.mutating(position)


def test_a_failed_replacement_keeps_the_old_campaign(aws: LocalAws, name: str, versions: list[str]) -> None:
    aws.deploy(served(name, versions[0], campaign_name="first")).ok()
    aws.fault(kind="Campaign", outcome="CREATE FAILED", reason="No capacity left")
    assert aws.deploy(served(name, versions[0], campaign_name="second")).code != 0
    assert [each.rsplit("/", 1)[1] for each in aws.existing("Campaign")] == ["first"]
    assert campaign(aws, name)["status"] == "ACTIVE"


def test_destroying_while_an_update_runs_waits_and_leaves_nothing(
    aws: LocalAws, name: str, versions: list[str]
) -> None:
    build = served(name, versions[0], min_provisioned_tps=1)
    aws.deploy(build).ok()
    aws.control("POST", "durations", {"kind": "Campaign", "seconds": 1800})
    aws.personalize().update_campaign(campaignArn=aws.outputs(name)["Arn"], minProvisionedTPS=5)
    aws.control("POST", "durations", {"kind": "Campaign", "seconds": 600})
    aws.destroy(build).ok()
    assert aws.existing("Campaign") == []


def test_a_campaign_on_a_solution_follows_it(aws: LocalAws, name: str, solution: str, versions: list[str]) -> None:
    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, name)
        source = personalize.Solution.from_solution_arn(stack, "Solution", solution)
        related = personalize.Campaign(stack, "Related", solution=source)
        cdk.CfnOutput(stack, "Arn", value=related.campaign_arn)

    aws.deploy(build).ok()
    assert campaign(aws, name)["campaignConfig"]["syncWithLatestSolutionVersion"] is True
    newest = aws.version(solution)
    assert newest not in versions
    deadline = time.monotonic() + 20
    while campaign(aws, name)["solutionVersionArn"] != newest:
        assert time.monotonic() < deadline
        time.sleep(0.2)
