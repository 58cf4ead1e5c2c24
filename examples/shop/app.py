"""A shop in the e-commerce domain, with a recommender for each use case."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

import cdk_personalize as personalize


class Shop(cdk.Stack):
    """A domain dataset group with two recommenders, all deleted with the stack."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        bucket = s3.Bucket.from_bucket_name(self, "Bucket", f"shop-example-{cdk.Aws.ACCOUNT_ID}-{cdk.Aws.REGION}")
        cdk.Annotations.of(self).acknowledge_warning("cdk-personalize:bucket.policy", "prepare.py creates the policy")
        destroy = cdk.RemovalPolicy.DESTROY
        domain = personalize.Domain.ECOMMERCE
        group = personalize.DatasetGroup(self, "Shop", domain=domain, removal_policy=destroy)
        group.add_dataset(
            "Interactions",
            schema=personalize.Schema(
                self,
                "InteractionsSchema",
                definition=personalize.SchemaDefinition.interactions(personalize.Field.string("EVENT_TYPE")),
                domain=domain,
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
                    personalize.Field.number("PRICE"),
                    personalize.Field.category("CATEGORY_L1"),
                    personalize.Field.whole_number("CREATION_TIMESTAMP", nullable=True),
                ),
                domain=domain,
                removal_policy=destroy,
            ),
            import_from=personalize.S3Location(bucket, "items.csv"),
            removal_policy=destroy,
        )
        for_you = personalize.Recommender(
            self,
            "ForYou",
            dataset_group=group,
            use_case=personalize.UseCase.ECOMMERCE_RECOMMENDED_FOR_YOU,
            min_recommendation_requests_per_second=int(self.node.try_get_context("requests_per_second") or 1),
            enable_metadata_with_recommendations=True,
        )
        berlin = cdk.TimeZone.EUROPE_BERLIN  # closed at weekends, when it is not billed
        for_you.schedule_hours(
            start=scheduler.ScheduleExpression.cron(minute="0", hour="7", week_day="MON", time_zone=berlin),
            stop=scheduler.ScheduleExpression.cron(minute="0", hour="20", week_day="FRI", time_zone=berlin),
        )
        best_sellers = personalize.Recommender(
            self,
            "BestSellers",
            dataset_group=group,
            use_case=personalize.UseCase.ECOMMERCE_BEST_SELLERS,
            active=False,  # A stopped recommender is not billed.
        )
        cdk.CfnOutput(self, "ForYouArn", value=for_you.recommender_arn)
        cdk.CfnOutput(self, "BestSellersArn", value=best_sellers.recommender_arn)


app = cdk.App()
Shop(app, "ShopExample")
app.synth()
