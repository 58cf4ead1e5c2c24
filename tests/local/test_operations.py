"""Dashboards, alarms and event rules, deployed together with their resources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns

import cdk_personalize as personalize

if TYPE_CHECKING:
    from support.deploy import LocalAws


def test_a_campaign_is_watched(aws: LocalAws) -> None:
    solution = aws.prepare("watched-films")
    version = aws.version(solution)

    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, "Watched")
        trained = personalize.SolutionVersion.from_solution_version_arn(stack, "Version", version)
        campaign = personalize.Campaign(stack, "Related", solution_version=trained, min_provisioned_tps=2)
        group = personalize.DatasetGroup.from_dataset_group_name(stack, "Films", "watched-films")
        tracker = personalize.EventTracker(stack, "Views", dataset_group=group)
        topic = sns.Topic(stack, "Topic")
        trainings = personalize.Solution.from_solution_arn(stack, "Similar", solution)
        for watched in (campaign, tracker, trainings):
            personalize.RecommendedAlarms(
                stack, f"{watched.node.id}Alarms", resource=watched, actions=[actions.SnsAction(topic)]
            )
        personalize.PersonalizeDashboard(stack, "Dashboard", campaigns=[campaign], event_trackers=[tracker])
        campaign.on_cloud_trail_event("Changes", event_names=["UpdateCampaign"], target=targets.SnsTopic(topic))
        cdk.CfnOutput(stack, "CampaignArn", value=campaign.campaign_arn)

    aws.deploy(build).ok()
    arn = aws.outputs("Watched")["CampaignArn"]
    cloudwatch, events = aws.session().client("cloudwatch"), aws.session().client("events")

    alarms = {each["MetricName"]: each for each in cloudwatch.describe_alarms()["MetricAlarms"]}
    (trainings,) = (each for each in alarms.values() if each["AlarmDescription"] == "Watched/Similar: trainings fail")
    assert trainings["StateValue"] != "ALARM"
    about = {"Name": "CampaignArn", "Value": arn}
    assert {name for name, each in alarms.items() if each["Dimensions"] == [about]} == {
        f"{operation}{what}"
        for operation in ("GetRecommendations", "GetPersonalizedRanking")
        for what in ("", "4xxErrors", "5xxErrors", "Latency")
    }
    assert alarms["GetRecommendations"]["Threshold"] == 2 * 300 * 0.8
    assert alarms["GetRecommendations"]["TreatMissingData"] == "notBreaching"
    interactions = [each["Value"] for each in alarms["PutEventLatency"]["Dimensions"] if each["Name"] == "DatasetArn"]
    assert interactions == ["arn:aws:personalize:us-east-1:111111111111:dataset/watched-films/INTERACTIONS"]
    assert interactions[0] in [each["datasetArn"] for each in aws.personalize().list_datasets()["datasets"]]

    (dashboard,) = cloudwatch.list_dashboards()["DashboardEntries"]
    body = json.loads(cloudwatch.get_dashboard(DashboardName=dashboard["DashboardName"])["DashboardBody"])
    assert len(body["widgets"]) == 5
    assert body["widgets"][0]["properties"]["metrics"][0][:4] == [
        "AWS/Personalize",
        "GetRecommendations",
        *about.values(),
    ]

    (rule,) = events.list_rules()["Rules"]
    told = {"eventSource": "personalize.amazonaws.com", "eventName": "UpdateCampaign"}
    for named, expected in ((arn, True), (f"{arn}-2", False)):
        event = {
            "id": "1",
            "account": "111111111111",
            "region": "us-east-1",
            "time": "2030-01-01T00:00:00Z",
            "resources": [],
            "source": "aws.personalize",
            "detail-type": "AWS API Call via CloudTrail",
            "detail": {**told, "requestParameters": {"campaignArn": named}},
        }
        matched = events.test_event_pattern(EventPattern=rule["EventPattern"], Event=json.dumps(event))
        assert matched["Result"] is expected

    aws.destroy(build).ok()
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    assert cloudwatch.list_dashboards()["DashboardEntries"] == []
