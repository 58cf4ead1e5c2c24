"""Constructs of the library in stacks with native types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
import data
import prepare
from aws_cdk import aws_personalize as l1

import cdk_personalize as personalize

if TYPE_CHECKING:
    from support.deploy import LocalAws


def test_our_campaign_stands_on_a_native_group_and_solution(aws: LocalAws) -> None:
    aws.prepare("native-films")  # for its bucket and role
    session = aws.session()
    account, region = "111111111111", "us-east-1"
    prepare_bucket = f"s3://native-films-{account}-{region}"
    roles = session.client("iam").list_roles()["Roles"]
    (reader,) = [each["Arn"] for each in roles if each["RoleName"].startswith("native-films")]

    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, "Native")
        group = l1.CfnDatasetGroup(stack, "Group", name="native-group")
        schema = l1.CfnSchema(stack, "Schema", name="native-views", schema=data.INTERACTIONS_SCHEMA)
        views = l1.CfnDataset(
            stack,
            "Views",
            name="native-views",
            dataset_group_arn=group.attr_dataset_group_arn,
            dataset_type="Interactions",
            schema_arn=schema.attr_schema_arn,
            dataset_import_job=l1.CfnDataset.DatasetImportJobProperty(
                job_name="native-views",
                data_source=l1.CfnDataset.DataSourceProperty(data_location=f"{prepare_bucket}/interactions.csv"),
                role_arn=reader,
            ),
        )
        solution = l1.CfnSolution(
            stack,
            "Solution",
            name="native-similar",
            dataset_group_arn=group.attr_dataset_group_arn,
            recipe_arn=personalize.Recipe.SIMS.arn,
        )
        solution.add_dependency(views)
        version = personalize.SolutionVersion(stack, "Version", solution=solution)
        campaign = personalize.Campaign(stack, "Related", solution_version=version)
        cdk.CfnOutput(stack, "Arn", value=campaign.campaign_arn)

    aws.deploy(build).ok()
    found = aws.personalize().describe_campaign(campaignArn=aws.outputs("Native")["Arn"])["campaign"]
    assert found["status"] == "ACTIVE"
    assert "/native-similar/" in found["solutionVersionArn"]
    aws.destroy(build).ok()
    assert not any("native-group" in each or "native-similar" in each for each in aws.existing("Solution"))
    prepare.destroy(session, name="native-films", poll_seconds=0.05)
