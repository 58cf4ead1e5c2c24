"""A film website: one stack trains a model, another one requests recommendations.

`cdk deploy --all` uploads and imports the files of the folder `data`, trains a solution version, and deploys a campaign
and a Lambda function that requests recommendations from it.
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as s3_deployment
from constructs import Construct
from nag import acknowledge_function, acknowledge_upload

import cdk_personalize as personalize

DATA = str(Path(__file__).with_name("data"))
RECOMMEND = """
import os, boto3

def handler(event, context):
    answer = boto3.client("personalize-runtime").get_recommendations(
        campaignArn=os.environ["CAMPAIGN_ARN"],
        filterArn=os.environ["FILTER_ARN"],
        userId=event["user"],
        numResults=5,
        metadataColumns={"ITEMS": ["TITLE", "GENRES"]},
    )
    return [each["metadata"] for each in answer["itemList"]]
"""
DEFINITIONS = {
    "interactions": personalize.SchemaDefinition.interactions(personalize.Field.string("EVENT_TYPE")),
    "items": personalize.SchemaDefinition.items(
        personalize.Field.string("TITLE"),
        personalize.Field.category("GENRES", nullable=True),
        personalize.Field.text("DESCRIPTION", nullable=True),
    ),
}


class Catalogue(cdk.Stack):
    """A bucket with CSV files, a dataset group with their data, and a campaign."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        destroy = cdk.RemovalPolicy.DESTROY
        bucket = s3.Bucket(self, "Bucket", enforce_ssl=True, removal_policy=destroy, auto_delete_objects=True)
        files = s3_deployment.BucketDeployment(
            self, "Files", sources=[s3_deployment.Source.asset(DATA)], destination_bucket=bucket
        )
        self.group = personalize.DatasetGroup(self, "Films", removal_policy=destroy)
        for name, definition in DEFINITIONS.items():
            schema = personalize.Schema(self, f"{name}-schema", definition=definition, removal_policy=destroy)
            dataset = self.group.add_dataset(name, schema=schema, removal_policy=destroy)
            imported = personalize.DatasetImport(
                self,
                f"{name}-import",
                dataset=dataset,
                source=personalize.S3Location(bucket, f"{name}.csv"),
                rerun_on={"files": cdk.FileSystem.fingerprint(DATA)},
            )
            imported.node.add_dependency(files)
        solution = personalize.Solution(
            self,
            "ForYou",
            dataset_group=self.group,
            recipe=personalize.Recipe.USER_PERSONALIZATION_V2,
            perform_auto_training=False,
        )
        self.campaign = personalize.Campaign(
            self,
            "Recommended",
            solution_version=personalize.SolutionVersion(self, "ForYouV1", solution=solution),
            min_provisioned_tps=int(self.node.try_get_context("min_provisioned_tps") or 1),
        )
        acknowledge_upload(self)


class Filters(cdk.NestedStack):
    """A filter for the films that the website does not recommend."""

    def __init__(self, scope: Construct, id: str, *, dataset_group: personalize.DatasetGroup) -> None:
        super().__init__(scope, id)
        genre = self.node.try_get_context("hidden_genre") or "Documentary"
        self.hidden = personalize.Filter(
            self,
            "Hidden",
            dataset_group=dataset_group,
            expression=f'EXCLUDE ItemID WHERE Items.GENRES IN ("{genre}")',
        )


class Website(cdk.Stack):
    """A Lambda function with permission to get recommendations from the campaign."""

    def __init__(self, scope: Construct, id: str, *, catalogue: Catalogue) -> None:
        super().__init__(scope, id)
        filters = Filters(self, "Filters", dataset_group=catalogue.group)
        recommend = lambda_.Function(
            self,
            "Recommend",
            runtime=lambda_.Runtime.PYTHON_3_14,
            code=lambda_.Code.from_inline(RECOMMEND),
            handler="index.handler",
            environment={
                "CAMPAIGN_ARN": catalogue.campaign.campaign_arn,
                "FILTER_ARN": filters.hidden.filter_arn,
            },
        )
        catalogue.campaign.grant_get_recommendations(recommend)
        acknowledge_function(recommend)
        cdk.CfnOutput(self, "RecommendName", value=recommend.function_name)


app = cdk.App()
Website(app, "FilmsWebsite", catalogue=Catalogue(app, "FilmsCatalogue"))
app.synth()
