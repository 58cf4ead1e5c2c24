"""A campaign that a training pipeline retrains every night.

The deployment trains the first solution version. With `-c enabled=false`, the pipeline runs only when it is started by
`cdk-personalize run`.
"""

import aws_cdk as cdk
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from constructs import Construct

import cdk_personalize as personalize


class ContinuousTraining(cdk.Stack):
    """A custom dataset group, a campaign and its training pipeline.

    All resources are deleted with the stack.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        bucket = s3.Bucket.from_bucket_name(
            self, "Bucket", f"continuous-training-{cdk.Aws.ACCOUNT_ID}-{cdk.Aws.REGION}"
        )
        cdk.Annotations.of(self).acknowledge_warning("cdk-personalize:bucket.policy", "prepare.py creates the policy")
        destroy = cdk.RemovalPolicy.DESTROY
        group = personalize.DatasetGroup(self, "Films", removal_policy=destroy)
        interactions = group.add_dataset(
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
        solution = personalize.Solution(
            self,
            "Similar",
            dataset_group=group,
            recipe=personalize.Recipe.SIMS,
            perform_auto_training=False,
        )
        campaign = personalize.Campaign(
            self,
            "Related",
            solution_version=personalize.SolutionVersion(self, "SimilarV1", solution=solution),
            min_provisioned_tps=int(self.node.try_get_context("min_provisioned_tps") or 1),
        )
        metric = personalize.OfflineMetric.NDCG_AT_10
        pipeline = personalize.TrainingPipeline(
            self,
            "Nightly",
            solution=solution,
            imports=[
                personalize.DatasetUpdate(
                    dataset=interactions,
                    source=personalize.S3Location(bucket, "new/"),
                    mode=personalize.ImportMode.INCREMENTAL,
                )
            ],
            quality_gates=[
                personalize.QualityGate(metric=metric, at_least=0.05),
                personalize.QualityGate(metric=metric, at_most_worse_than_current=0.02),
            ],
            campaigns=[campaign],
            batch_jobs=[
                personalize.BatchInference(
                    input=personalize.S3Location(bucket, "in/"), output=personalize.S3Location(bucket, "out/")
                )
            ],
            schedule=scheduler.ScheduleExpression.cron(hour="3", minute="0", time_zone=cdk.TimeZone.EUROPE_BERLIN),
            schedule_window=cdk.Duration.minutes(15),
            enabled=self.node.try_get_context("enabled") != "false",
        )
        operators = targets.SnsTopic(sns.Topic(self, "Operators", enforce_ssl=True))
        pipeline.on_failed("Failed", target=operators)
        pipeline.on_gate_failed("GateFailed", target=operators)
        cdk.CfnOutput(self, "CampaignArn", value=campaign.campaign_arn)
        cdk.CfnOutput(self, "PipelineArn", value=pipeline.state_machine.state_machine_arn)


app = cdk.App()
ContinuousTraining(app, "ContinuousTraining")
app.synth()
