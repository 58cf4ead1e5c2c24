from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from support.synth import DATASET, ROLE, dataset, location, new_role, properties, resources, warnings

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Sequence

TYPE = "Custom::PersonalizeDatasetImportJob"
ACTIONS = ["s3:GetObject", "s3:ListBucket"]


def statements(stack: cdk.Stack, resource_type: str, actions: Sequence[str]) -> list[Any]:
    return [
        statement
        for policy in resources(stack, resource_type).values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == actions
    ]


def test_with_defaults_a_role_is_made(stack: cdk.Stack) -> None:
    made = personalize.DatasetImport(stack, "Import", dataset=dataset(stack), source=location(stack))
    (role,) = [name for name in resources(stack, "AWS::IAM::Role") if name.startswith("Import")]
    assert properties(stack, TYPE) == {
        "DatasetArn": DATASET,
        "DataSource": {"DataLocation": "s3://films/items.csv"},
        "RoleArn": {"Fn::GetAtt": [role, "Arn"]},
        "NewRole": new_role(stack, "Import"),
    }
    assert isinstance(made.role, iam.Role)


def test_with_all_values_the_template_reads_like_the_api(stack: cdk.Stack) -> None:
    personalize.DatasetImport(
        stack,
        "Import",
        dataset=dataset(stack),
        source=location(stack),
        mode=personalize.ImportMode.INCREMENTAL,
        role=iam.Role.from_role_arn(stack, "Role", ROLE),
        job_name="first",
        rerun_on={"data": "2"},
        publish_attribution_metrics_to_s3=False,
        timeout=cdk.Duration.hours(2),
    )
    made = properties(stack, TYPE)
    assert made.pop("Continued") is True
    assert made == {
        "JobName": "first",
        "DatasetArn": DATASET,
        "DataSource": {"DataLocation": "s3://films/items.csv"},
        "RoleArn": ROLE,
        "ImportMode": "INCREMENTAL",
        "PublishAttributionMetricsToS3": False,
        "RerunOn": {"data": "2"},
    }
    assert len(resources(stack, f"{TYPE}Wait")) == 2


def test_role_and_bucket_both_let_personalize_read_before_it_does(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Own")
    source = personalize.S3Location(bucket, "items.csv")
    personalize.DatasetImport(stack, "Import", dataset=dataset(stack), source=source)
    (by_role,) = statements(stack, "AWS::IAM::Policy", ACTIONS)
    (by_bucket,) = statements(stack, "AWS::S3::BucketPolicy", ACTIONS)
    assert by_role["Resource"] == by_bucket["Resource"]
    assert by_bucket["Principal"] == {"Service": "personalize.amazonaws.com"}
    (resource,) = resources(stack, TYPE).values()
    (policy,) = resources(stack, "AWS::S3::BucketPolicy")
    assert policy in resource["DependsOn"]
    assert warnings(stack) == []


def test_an_imported_bucket_is_warned_of(stack: cdk.Stack) -> None:
    personalize.DatasetImport(stack, "Import", dataset=dataset(stack), source=location(stack))
    (warning,) = warnings(stack)
    assert "the bucket Shop/Bucket is imported" in warning
    assert "s3:GetObject, s3:ListBucket" in warning
    assert "[ack: cdk-personalize:bucket.policy]" in warning


def test_the_key_of_a_bucket_lets_personalize_in(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Own", encryption=s3.BucketEncryption.KMS)
    source = personalize.S3Location(bucket, "items.csv")
    personalize.DatasetImport(stack, "Import", dataset=dataset(stack), source=source)
    (key,) = resources(stack, "AWS::KMS::Key").values()
    principals = [each["Principal"] for each in key["Properties"]["KeyPolicy"]["Statement"]]
    assert {"Service": "personalize.amazonaws.com"} in principals


def test_a_given_role_gets_the_rights_too(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Own", assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"))
    personalize.DatasetImport(stack, "Import", dataset=dataset(stack), source=location(stack), role=role)
    (by_role,) = statements(stack, "AWS::IAM::Policy", ACTIONS)
    assert "s3:GetObject" in by_role["Action"]


def test_imports_may_follow_each_other(stack: cdk.Stack) -> None:
    """The role must not depend on the bucket policy, which itself refers to the role."""
    place, data = location(stack), dataset(stack)
    first = personalize.DatasetImport(stack, "First", dataset=data, source=place)
    second = personalize.DatasetImport(
        stack, "Second", dataset=data, source=place, mode=personalize.ImportMode.INCREMENTAL
    )
    second.node.add_dependency(first)
    Template.from_stack(stack)


def test_no_import_deletes_anything(stack: cdk.Stack) -> None:
    personalize.DatasetImport(stack, "Import", dataset=dataset(stack), source=location(stack))
    assert "DeleteDatasetImportJob" not in str(resources(stack, "AWS::IAM::Policy"))
