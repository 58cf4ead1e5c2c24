"""Event rules for API calls on resources of each kind, defined or imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from cdk_personalize_handler import kinds, service_model
from support.everything import everything, new_app
from support.synth import DATASET, GROUP, SCHEMA, SOLUTION, VERSION, resources, version

import cdk_personalize as personalize
from cdk_personalize._resource import PersonalizeResource

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "arn:aws:personalize:us-east-1:111111111111"
IMPORTS: list[tuple[Callable[[cdk.Stack, str, str], Any], str, str]] = [
    (personalize.Campaign.from_campaign_arn, f"{ACCOUNT}:campaign/related", "campaignArn"),
    (personalize.Recommender.from_recommender_arn, f"{ACCOUNT}:recommender/best", "recommenderArn"),
    (personalize.Solution.from_solution_arn, SOLUTION, "solutionArn"),
    (personalize.SolutionVersion.from_solution_version_arn, VERSION, "solutionVersionArn"),
    (personalize.DatasetGroup.from_dataset_group_arn, GROUP, "datasetGroupArn"),
    (personalize.Dataset.from_dataset_arn, DATASET, "datasetArn"),
    (personalize.Schema.from_schema_arn, SCHEMA, "schemaArn"),
    (personalize.EventTracker.from_event_tracker_arn, f"{ACCOUNT}:event-tracker/0a1b2c3d", "eventTrackerArn"),
    (personalize.Filter.from_filter_arn, f"{ACCOUNT}:filter/dramas", "filterArn"),
    (
        personalize.MetricAttribution.from_metric_attribution_arn,
        f"{ACCOUNT}:metric-attribution/sales",
        "metricAttributionArn",
    ),
]


def pattern(stack: cdk.Stack) -> dict[str, Any]:
    (rule,) = resources(stack, "AWS::Events::Rule").values()
    found: dict[str, Any] = rule["Properties"]["EventPattern"]
    return found


@pytest.mark.parametrize(("imported", "arn", "member"), IMPORTS, ids=[row[2] for row in IMPORTS])
def test_calls_that_name_an_import_are_told(
    stack: cdk.Stack, imported: Callable[[cdk.Stack, str, str], Any], arn: str, member: str
) -> None:
    imported(stack, "There", arn).on_cloud_trail_event("Calls")
    assert pattern(stack) == {
        "source": ["aws.personalize"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["personalize.amazonaws.com"],
            "$or": [{"requestParameters": {member: [arn]}}, {"requestParameters": {"resourceArn": [arn]}}],
        },
    }


def test_all_values_are_used(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Queue")
    rule = personalize.Campaign(stack, "Related", solution_version=version(stack)).on_cloud_trail_event(
        "Changes",
        event_names=["UpdateCampaign", "DeleteCampaign"],
        target=targets.SqsQueue(queue),
        description="changes",
        event_pattern=events.EventPattern(region=["us-east-1"]),
        rule_name="changes",
    )
    assert isinstance(rule, events.Rule)
    (made,) = resources(stack, "AWS::Events::Rule").values()
    assert (made["Properties"]["Name"], made["Properties"]["Description"]) == ("changes", "changes")
    assert made["Properties"]["Targets"][0]["Arn"] == stack.resolve(queue.queue_arn)
    assert pattern(stack)["detail"]["eventName"] == ["UpdateCampaign", "DeleteCampaign"]
    assert pattern(stack)["region"] == ["us-east-1"]


def test_calls_that_name_a_resource_are_told_of_every_kind() -> None:
    stack = everything(new_app())
    made = [each for each in stack.node.find_all() if isinstance(each, PersonalizeResource)]
    rules = {each: each.on_cloud_trail_event("Calls") for each in made}
    assert {each._kind.name for each in made} == set(kinds.KINDS)
    patterns = resources(stack, "AWS::Events::Rule")
    for each, rule in rules.items():
        logical_id = stack.get_logical_id(rule.node.default_child)
        named = patterns[logical_id]["Properties"]["EventPattern"]["detail"]["$or"][0]["requestParameters"]
        ((member, (arn,)),) = named.items()
        assert member == service_model.arn_member(each._kind.name)
        assert arn["Fn::GetAtt"][1] == service_model.upper_first(member)


def test_the_rule_is_made_in_another_stack() -> None:
    app = cdk.App()
    env = cdk.Environment(account="111111111111", region="us-east-1")
    here, there = cdk.Stack(app, "Here", env=env), cdk.Stack(app, "There", env=env)
    campaign = personalize.Campaign.from_campaign_name(here, "Related", "related")
    campaign.on_cloud_trail_event("Changes", cross_stack_scope=there)
    assert len(resources(there, "AWS::Events::Rule")) == 1


def test_refuses_an_operation_that_there_is_not(stack: cdk.Stack) -> None:
    campaign = personalize.Campaign.from_campaign_name(stack, "Related", "related")
    with pytest.raises(
        personalize.ValidationError, match='event_names must be operations of Amazon Personalize, got "Update"'
    ):
        campaign.on_cloud_trail_event("Changes", event_names=["Update"])
