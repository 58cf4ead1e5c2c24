"""Native types `AWS::Personalize::*`: creation, update, replacement and deletion."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import prepare
from support.deploy import ACCOUNT, REGION

if TYPE_CHECKING:
    from support.deploy import LocalAws

_STACK = "NativeUpdates"
_DATA = "native-updates"
_POPULAR = "arn:aws:personalize:::recipe/aws-vod-most-popular"


def template(
    aws: LocalAws, version: str, group: str, *, tps: int, expression: str, stage: str, name: str = "native-one"
) -> str:
    """Return a template with a campaign, a filter and a recommender."""
    campaign = {"Name": name, "SolutionVersionArn": version, "MinProvisionedTPS": tps}
    chosen = {"Name": name, "DatasetGroupArn": group, "FilterExpression": expression}
    recommender = {
        "Name": "native-popular",
        "DatasetGroupArn": {"Ref": "Shop"},
        "RecipeArn": _POPULAR,
        "RecommenderConfig": {"MinRecommendationRequestsPerSecond": tps},
        "Tags": [{"Key": "stage", "Value": stage}],
    }
    return json.dumps(
        {
            "Resources": {
                "Campaign": {"Type": "AWS::Personalize::Campaign", "Properties": campaign},
                "Filter": {"Type": "AWS::Personalize::Filter", "Properties": chosen},
                **domain_group(aws),
                "Recommender": {
                    "Type": "AWS::Personalize::Recommender",
                    "Properties": recommender,
                    "DependsOn": "Views",
                },
            }
        }
    )


def domain_group(aws: LocalAws) -> dict[str, Any]:
    """Return the resources of a domain dataset group with imported interactions."""
    names = ("USER_ID", "ITEM_ID", "EVENT_TYPE")
    fields = [*({"name": name, "type": "string"} for name in names), {"name": "TIMESTAMP", "type": "long"}]
    schema = {"type": "record", "name": "Interactions", "namespace": "films", "fields": fields, "version": "1.0"}
    (role,) = [
        each["Arn"] for each in aws.session().client("iam").list_roles()["Roles"] if each["RoleName"].startswith(_DATA)
    ]
    views = {
        "Name": "updated-views",
        "DatasetGroupArn": {"Ref": "Shop"},
        "DatasetType": "Interactions",
        "SchemaArn": {"Ref": "Schema"},
        "DatasetImportJob": {
            "JobName": "updated-views",
            "DataSource": {"DataLocation": f"s3://{_DATA}-{ACCOUNT}-{REGION}/interactions.csv"},
            "RoleArn": role,
        },
    }
    domain = {"Domain": "VIDEO_ON_DEMAND"}
    return {
        "Shop": {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": "native-shop", **domain}},
        "Schema": {
            "Type": "AWS::Personalize::Schema",
            "Properties": {"Name": "native-domain", "Schema": json.dumps(schema), **domain},
        },
        "Views": {"Type": "AWS::Personalize::Dataset", "Properties": views},
    }


def test_native_types_are_updated_replaced_and_deleted(aws: LocalAws) -> None:
    solution = aws.prepare(_DATA)
    version, service = aws.version(solution), aws.personalize()
    group = service.describe_solution(solutionArn=solution)["solution"]["datasetGroupArn"]
    cloudformation = aws.session().client("cloudformation")

    def ended() -> str:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            status = aws.stack_status(_STACK)
            if not status.endswith("IN_PROGRESS"):
                return status
            time.sleep(0.1)
        raise AssertionError(aws.failures(_STACK))

    def ids() -> dict[str, str]:
        found = cloudformation.describe_stack_resources(StackName=_STACK)["StackResources"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    films, comedies = (f'EXCLUDE ItemID WHERE Items.GENRES IN ("{genre}")' for genre in ("Drama", "Comedy"))
    first = template(aws, version, group, tps=1, expression=films, stage="dev")
    cloudformation.create_stack(StackName=_STACK, TemplateBody=first)
    try:
        assert ended() == "CREATE_COMPLETE", aws.failures(_STACK)
        made = ids()
        second = template(aws, version, group, tps=2, expression=films, stage="prod")
        cloudformation.update_stack(StackName=_STACK, TemplateBody=second)
        assert ended() == "UPDATE_COMPLETE", aws.failures(_STACK)
        assert ids() == made
        campaign = service.describe_campaign(campaignArn=made["Campaign"])["campaign"]
        recommender = service.describe_recommender(recommenderArn=made["Recommender"])["recommender"]
        assert campaign["minProvisionedTPS"] == 2
        assert recommender["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 2
        tags = service.list_tags_for_resource(resourceArn=made["Recommender"])["tags"]
        assert tags == [{"tagKey": "stage", "tagValue": "prod"}]

        refused = template(aws, version, group, tps=2, expression=comedies, stage="prod")
        cloudformation.update_stack(StackName=_STACK, TemplateBody=refused)
        assert ended() == "UPDATE_ROLLBACK_COMPLETE"
        assert any("custom-named resource requires replacing" in each for each in aws.failures(_STACK))

        renamed = template(aws, version, group, tps=2, expression=comedies, stage="prod", name="native-two")
        cloudformation.update_stack(StackName=_STACK, TemplateBody=renamed)
        assert ended() == "UPDATE_COMPLETE", aws.failures(_STACK)
        assert ids()["Filter"].endswith("/native-two")
        assert made["Filter"] not in aws.existing("Filter")
    finally:
        cloudformation.delete_stack(StackName=_STACK)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=_STACK, WaiterConfig={"Delay": 1})
        prepare.destroy(aws.session(), name=_DATA, poll_seconds=0.05)
