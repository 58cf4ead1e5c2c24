"""Next best actions for users, and a Lambda function that records the outcomes."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

import cdk_personalize as personalize

_RECORD_OUTCOME = """
import os, boto3

def handler(event, context):
    boto3.client("personalize-events").put_action_interactions(
        trackingId=os.environ["TRACKING_ID"],
        actionInteractions=[{
            "actionId": event["action"], "userId": event["user"], "sessionId": event["session"],
            "eventType": event["outcome"], "timestamp": event["at"],
        }],
    )
"""


_LOGS = "arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
_ACKNOWLEDGED = {
    f"AwsSolutions-IAM4[Policy::{_LOGS}]": "The policy only allows the function to write its logs.",
    "AwsSolutions-IAM5[Resource::*]": "IAM does not support resource-level permissions for PutActionInteractions.",
}


class NextBestAction(cdk.Stack):
    """Datasets of actions and outcomes, a campaign and a Lambda function."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        bucket = s3.Bucket.from_bucket_name(self, "Bucket", f"actions-example-{cdk.Aws.ACCOUNT_ID}-{cdk.Aws.REGION}")
        cdk.Annotations.of(self).acknowledge_warning("cdk-personalize:bucket.policy", "prepare.py creates the policy")
        destroy = cdk.RemovalPolicy.DESTROY
        group = personalize.DatasetGroup(self, "Airline", removal_policy=destroy)
        definitions = {
            "interactions": personalize.SchemaDefinition.interactions(personalize.Field.string("EVENT_TYPE")),
            "actions": personalize.SchemaDefinition.actions(
                personalize.Field.whole_number("VALUE"), personalize.Field.category("KIND")
            ),
            "action-interactions": personalize.SchemaDefinition.action_interactions(),
        }
        datasets = {
            name: group.add_dataset(
                name,
                schema=personalize.Schema(self, f"{name}-schema", definition=definition, removal_policy=destroy),
                import_from=personalize.S3Location(bucket, f"{name}.csv"),
                removal_policy=destroy,
            )
            for name, definition in definitions.items()
        }
        solution = personalize.Solution(
            self,
            "Offers",
            dataset_group=group,
            recipe=personalize.Recipe.NEXT_BEST_ACTION,
            perform_auto_training=False,
        )
        version = personalize.SolutionVersion(self, "OffersV1", solution=solution)
        campaign = personalize.Campaign(self, "NextAction", solution_version=version)

        outcomes = datasets["action-interactions"]
        record_outcome = lambda_.Function(
            self,
            "Tell",
            runtime=lambda_.Runtime.PYTHON_3_14,
            code=lambda_.Code.from_inline(_RECORD_OUTCOME),
            handler="index.handler",
            environment={"TRACKING_ID": outcomes.tracking_id},
        )
        outcomes.grant_put_action_interactions(record_outcome)
        for rule, reason in _ACKNOWLEDGED.items():
            cdk.Validations.of(record_outcome).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))
        cdk.CfnOutput(self, "CampaignArn", value=campaign.campaign_arn)
        cdk.CfnOutput(self, "TrackingId", value=outcomes.tracking_id)
        cdk.CfnOutput(self, "TellName", value=record_outcome.function_name)


app = cdk.App()
NextBestAction(app, "NextBestAction")
app.synth()
