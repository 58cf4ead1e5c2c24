"""Complete templates of stacks with several constructs."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from support.synth import new_stack, solution

import cdk_personalize as personalize


def everything(stack: cdk.Stack) -> None:
    trained = personalize.SolutionVersion(stack, "Version", solution=solution(stack))
    personalize.Campaign(
        stack,
        "Related",
        solution_version=trained,
        campaign_name="related",
        min_provisioned_tps=2,
        enable_metadata_with_recommendations=True,
        item_exploration=personalize.ItemExploration(weight=0.3),
        ranking_influence=personalize.RankingInfluence(popularity=0.1),
        timeout=cdk.Duration.hours(2),
    )
    personalize.Campaign(stack, "Newest", solution=personalize.Solution.from_solution_name(stack, "Other", "other"))
    cdk.Tags.of(stack).add("team", "search")


def test_a_second_synth_gives_the_same_template() -> None:
    first, second = new_stack(), new_stack()
    everything(first)
    everything(second)
    assert Template.from_stack(first).to_json() == Template.from_stack(second).to_json()


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1"])
def test_rights_are_in_the_partition_of_the_stack(region: str) -> None:
    stack = new_stack(env=cdk.Environment(account="111111111111", region=region))
    personalize.Campaign(
        stack, "Newest", solution=personalize.Solution.from_solution_name(stack, "Other", "other"), campaign_name="c"
    )
    policies = json.dumps(Template.from_stack(stack).find_resources("AWS::IAM::Policy"))
    assert f":personalize:{region}:111111111111:campaign/c" in policies
    assert '"AWS::Partition"' in policies


def test_a_nested_stack_has_a_provider_of_its_own(stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    everything(nested)
    provider = personalize.PersonalizeProvider.get_or_create(nested)
    assert cdk.Stack.of(provider) is nested
    Template.from_stack(stack)


def test_a_campaign_is_used_in_another_stack() -> None:
    app = cdk.App()
    there, here = cdk.Stack(app, "There"), cdk.Stack(app, "Here")
    campaign = personalize.Campaign(there, "Related", solution=solution(there))
    cdk.CfnOutput(here, "Arn", value=campaign.campaign_arn)
    imported = Template.from_stack(here).to_json()["Outputs"]["Arn"]["Value"]["Fn::ImportValue"]
    assert imported.startswith("There:ExportsOutputFnGetAtt")
