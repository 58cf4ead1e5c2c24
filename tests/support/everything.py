"""An app with one of each construct."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler

import cdk_personalize as personalize


def new_app() -> cdk.App:
    """Return an app with the feature flags that `cdk init` sets."""
    return cdk.App(context={"@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True})


def data(scope: cdk.Stage | cdk.App, env: cdk.Environment | None = None) -> tuple[s3.Bucket, s3.Bucket, kms.Key]:
    """Return a stack with an encrypted bucket, an unencrypted bucket and a key."""
    stack = cdk.Stack(scope, "Data", env=env)
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    plain = s3.Bucket(stack, "Plain", enforce_ssl=True, server_access_logs_prefix="self/")
    bucket = s3.Bucket(stack, "Bucket", encryption_key=key, enforce_ssl=True, server_access_logs_bucket=plain)
    return bucket, plain, key


def everything(scope: cdk.Stage | cdk.App, env: cdk.Environment | None = None) -> cdk.Stack:
    """Return a stack with one of each construct, which use the buckets of `data`."""
    bucket, plain, key = data(scope, env)
    stack = cdk.Stack(scope, "Shop", env=env)
    films = personalize.DatasetGroup(stack, "Films", kms_key=key)
    definition = personalize.SchemaDefinition.items(personalize.Field.text("DESCRIPTION", nullable=True))
    items = films.add_dataset(
        "Items",
        schema=personalize.Schema(stack, "Schema", definition=definition),
        import_from=personalize.S3Location(bucket, "items.csv"),
    )
    output = personalize.S3Location(bucket, "out/")
    personalize.DatasetExportJob(stack, "Export", dataset=items, output=output)
    users = personalize.S3Location(plain, "users.csv")
    personalize.DataDeletionJob(stack, "Forgotten", dataset_group=films, source=users)
    solution = personalize.Solution(stack, "Similar", dataset_group=films, recipe=personalize.Recipe.SIMS)
    trained = personalize.SolutionVersion(stack, "SimilarV1", solution=solution)
    campaign = personalize.Campaign(stack, "Related", solution_version=trained, timeout=cdk.Duration.hours(3))
    shop = personalize.DatasetGroup.from_dataset_group_name(stack, "Imported", "shop")
    best_sellers = personalize.UseCase.ECOMMERCE_BEST_SELLERS
    recommender = personalize.Recommender(stack, "Best", dataset_group=shop, use_case=best_sellers)
    night, day = (scheduler.ScheduleExpression.cron(minute="0", hour=hour) for hour in ("20", "7"))
    recommender.schedule_hours(start=day, stop=night)
    job = {"input": personalize.S3Location(bucket, "in/items.json"), "output": output}
    personalize.BatchInferenceJob(stack, "Batch", solution_version=trained, **job)
    arn = stack.format_arn(service="personalize", resource="solution", resource_name="segments/0a1b2c3d")
    segments = personalize.SolutionVersion.from_solution_version_arn(stack, "Segmenting", arn)
    personalize.BatchSegmentJob(stack, "Segments", solution_version=segments, **job)
    tracker = personalize.EventTracker(stack, "Views", dataset_group=films)
    personalize.Filter(
        stack, "Filter", dataset_group=films, expression='EXCLUDE ItemID WHERE Items.DESCRIPTION IN ("a")'
    )
    sales = personalize.AttributedMetric(event_type="Buy", metric_name="sales", expression="SUM(Items.PRICE)")
    personalize.MetricAttribution(stack, "Sales", dataset_group=films, metrics=[sales], output=output)
    personalize.PersonalizeDashboard(
        stack,
        "Dashboard",
        campaigns=[campaign],
        recommenders=[recommender],
        event_trackers=[tracker],
        datasets=[items],
        solutions=[solution],
    )
    for watched in (campaign, recommender, tracker, items, solution):
        personalize.RecommendedAlarms(stack, f"{watched.node.id}Alarms", resource=watched)
    personalize.TrainingPipeline(
        stack,
        "Nightly",
        solution=solution,
        imports=[personalize.DatasetUpdate(dataset=items, source=personalize.S3Location(bucket, "new/"))],
        quality_gates=personalize.QualityGate(
            metric=personalize.OfflineMetric.COVERAGE, at_most_worse_than_current=0.1
        ),
        campaigns=[campaign],
        batch_jobs=[personalize.BatchInference(input=personalize.S3Location(plain, "in/"), output=output)],
        schedule=scheduler.ScheduleExpression.rate(cdk.Duration.days(1)),
    ).on_failed("Failed")
    campaign.on_cloud_trail_event("Changes", event_names=["UpdateCampaign"])
    return stack
