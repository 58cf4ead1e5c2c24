"""Similar films: from data in Amazon S3 to a campaign with titles and themes."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

import cdk_personalize as personalize


class Movies(cdk.Stack):
    """A custom dataset group, a campaign and a batch job with themes.

    All resources are deleted with the stack, except the batch job, which Amazon Personalize cannot delete.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        bucket = s3.Bucket.from_bucket_name(self, "Bucket", f"movies-example-{cdk.Aws.ACCOUNT_ID}-{cdk.Aws.REGION}")
        cdk.Annotations.of(self).acknowledge_warning("cdk-personalize:bucket.policy", "prepare.py creates the policy")
        destroy = cdk.RemovalPolicy.DESTROY
        group = personalize.DatasetGroup(self, "Films", removal_policy=destroy)
        group.add_dataset(
            "Interactions",
            schema=personalize.Schema(
                self,
                "InteractionsSchema",
                definition=personalize.SchemaDefinition.interactions(personalize.Field.string("EVENT_TYPE")),
                removal_policy=destroy,
            ),
            import_from=personalize.S3Location(bucket, "interactions.csv"),
            removal_policy=destroy,
        )
        group.add_dataset(
            "Items",
            schema=personalize.Schema(
                self,
                "ItemsSchema",
                definition=personalize.SchemaDefinition.items(
                    personalize.Field.string("TITLE"),
                    personalize.Field.category("GENRES", nullable=True),
                    personalize.Field.text("DESCRIPTION", nullable=True),
                ),
                removal_policy=destroy,
            ),
            import_from=personalize.S3Location(bucket, "items.csv"),
            removal_policy=destroy,
        )
        solution = personalize.Solution(
            self,
            "Similar",
            dataset_group=group,
            recipe=personalize.Recipe.SIMILAR_ITEMS,
            perform_auto_training=False,
        )
        version = personalize.SolutionVersion(self, "SimilarV1", solution=solution)

        campaign = personalize.Campaign(
            self,
            "Related",
            solution_version=version,
            min_provisioned_tps=int(self.node.try_get_context("min_provisioned_tps") or 1),
            enable_metadata_with_recommendations=True,
        )
        themes = personalize.BatchInferenceJob(
            self,
            "Themes",
            solution_version=version,
            input=personalize.S3Location(bucket, "in/films.json"),
            output=personalize.S3Location(bucket, "out/"),
            theme_generation=personalize.ThemeGeneration(item_name="TITLE"),
            num_results=10,
        )
        cdk.CfnOutput(self, "CampaignArn", value=campaign.campaign_arn)
        cdk.CfnOutput(self, "ThemesArn", value=themes.batch_inference_job_arn)


app = cdk.App()
Movies(app, "Movies")
app.synth()
