"""Deployments of datasets and the resources that use them.

Resources are created, updated in place, replaced and deleted.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import aws_cdk as cdk
import data
import pytest
from aws_cdk import aws_s3 as s3

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.deploy import LocalAws

    Build = Callable[[cdk.App], object]

BUCKET = "data-deployments"
DRAMAS, COMEDIES = (f'INCLUDE ItemID WHERE Items.GENRES IN ("{genre}")' for genre in ("Drama", "Comedy"))
GONE = cdk.RemovalPolicy.DESTROY
OWN = personalize.Field.category("GENRES", nullable=True)
STUDIO = personalize.Field.category("STUDIO", nullable=True)


@pytest.fixture(scope="module")
def bucket(server: LocalAws) -> str:
    client = server.session().client("s3")
    client.create_bucket(Bucket=BUCKET)
    for key, text in (("items.csv", data.items_csv()), ("interactions.csv", data.interactions_csv())):
        client.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    return BUCKET


def shop(
    name: str,
    *,
    columns: tuple[personalize.Field, ...] = (OWN,),
    expression: str = DRAMAS,
    metrics: tuple[str, ...] = ("sales",),
    days: int = 3,
    run: str = "1",
) -> Build:
    """Return a function that adds a stack with all types of datasets to an app."""

    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, name)
        files = s3.Bucket.from_bucket_name(stack, "Files", BUCKET)
        group = personalize.DatasetGroup(stack, "Films", removal_policy=GONE)
        definitions = {
            "interactions": personalize.SchemaDefinition.interactions(personalize.Field.string("EVENT_TYPE")),
            "items": personalize.SchemaDefinition.items(personalize.Field.string("TITLE"), *columns),
        }
        for kind, definition in definitions.items():
            schema = personalize.Schema(stack, f"{kind}-schema", definition=definition, removal_policy=GONE)
            dataset = group.add_dataset(kind, schema=schema, removal_policy=GONE)
            place = personalize.S3Location(files, f"{kind}.csv")
            personalize.DatasetImport(dataset, "Import", dataset=dataset, source=place, rerun_on={"run": run})
        solution = personalize.Solution(
            stack,
            "Similar",
            dataset_group=group,
            recipe=personalize.Recipe.SIMILAR_ITEMS,
            auto_training_frequency=cdk.Duration.days(days),
        )
        tracker = personalize.EventTracker(stack, "Tracker", dataset_group=group)
        chosen = personalize.Filter(stack, "Chosen", dataset_group=group, expression=expression)
        personalize.MetricAttribution(
            stack,
            "Sales",
            dataset_group=group,
            metrics=[
                personalize.AttributedMetric(event_type="Watch", metric_name=each, expression="SAMPLECOUNT()")
                for each in metrics
            ],
            output=personalize.S3Location(files, "reports/"),
        )
        for output, value in {
            "Solution": solution.solution_arn,
            "TrackingId": tracker.tracking_id,
            "Filter": chosen.filter_arn,
        }.items():
            cdk.CfnOutput(stack, output, value=value)

    return build


def existing(aws: LocalAws) -> set[str]:
    return {each["arn"] for each in aws.control("GET", "resources") if not each["kind"].endswith("Job")}


@pytest.mark.usefixtures("bucket")
def test_data_lives_changes_and_goes(aws: LocalAws) -> None:
    name, before = "DataLife", existing(aws)
    aws.deploy(shop(name)).ok()
    made = aws.outputs(name)
    assert len(made["TrackingId"]) > 0

    position = len(aws.calls())
    aws.deploy(shop(name, columns=(OWN, STUDIO), expression=COMEDIES, metrics=("views", "sales"), days=5)).ok()
    calls = aws.mutating(position)
    changed = aws.outputs(name)
    assert changed["Solution"] == made["Solution"]
    assert changed["TrackingId"] == made["TrackingId"]
    assert changed["Filter"] != made["Filter"]
    assert {"UpdateDataset", "UpdateSolution", "UpdateMetricAttribution", "CreateFilter", "DeleteFilter"} <= set(calls)
    assert not {"CreateDataset", "CreateSolution", "CreateDatasetImportJob", "DeleteDataset"} & set(calls)
    chosen = aws.personalize().describe_filter(filterArn=changed["Filter"])["filter"]
    assert chosen["filterExpression"] == COMEDIES

    position = len(aws.calls())
    aws.deploy(shop(name, columns=(OWN, STUDIO), expression=COMEDIES, metrics=("views", "sales"), days=5, run="2")).ok()
    assert aws.mutating(position).count("CreateDatasetImportJob") == 2

    aws.destroy(shop(name)).ok()
    assert existing(aws) == before


@pytest.mark.usefixtures("bucket")
def test_data_is_kept_unless_told_otherwise(aws: LocalAws) -> None:
    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, "DataKept")
        group = personalize.DatasetGroup(stack, "Films")
        definition = personalize.SchemaDefinition.items(OWN)
        group.add_dataset("Items", schema=personalize.Schema(stack, "Schema", definition=definition))

    before = existing(aws)
    aws.deploy(build).ok()
    aws.destroy(build).ok()
    kept = existing(aws) - before
    assert sorted(arn.split(":")[5].split("/")[0] for arn in kept) == ["dataset", "dataset-group", "schema"]
    client = aws.personalize()
    by_kind = {arn.split(":")[5].split("/")[0]: arn for arn in kept}
    client.delete_dataset(datasetArn=by_kind["dataset"])
    while by_kind["dataset"] in existing(aws):
        time.sleep(0.05)
    client.delete_schema(schemaArn=by_kind["schema"])
    client.delete_dataset_group(datasetGroupArn=by_kind["dataset-group"])
    while by_kind["dataset-group"] in existing(aws):
        time.sleep(0.05)


@pytest.mark.usefixtures("bucket")
def test_a_failed_first_deployment_leaves_nothing_of_what_is_retained(aws: LocalAws) -> None:
    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, "DataFailed")
        group = personalize.DatasetGroup(stack, "Films")
        definition = personalize.SchemaDefinition.items(OWN)
        group.add_dataset("Items", schema=personalize.Schema(stack, "Schema", definition=definition))
        source = personalize.Solution(stack, "Similar", dataset_group=group, recipe=personalize.Recipe.SIMS)
        source.apply_removal_policy(cdk.RemovalPolicy.RETAIN)

    before = existing(aws)
    aws.fault(kind="Solution", outcome="CREATE FAILED", reason="The recipe could not be loaded")
    assert aws.deploy(build).code != 0
    assert existing(aws) == before
