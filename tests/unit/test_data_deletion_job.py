from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from support.synth import GROUP, ROLE, dataset, group, location, new_role, properties, resources, warnings

import cdk_personalize as personalize

TYPE = "Custom::PersonalizeDataDeletionJob"


def test_with_defaults_a_role_is_made_and_a_day_is_waited_for(stack: cdk.Stack) -> None:
    made = personalize.DataDeletionJob(stack, "Forget", dataset_group=group(stack), source=location(stack, "gone.csv"))
    (role,) = [name for name in resources(stack, "AWS::IAM::Role") if name.startswith("Forget")]
    assert properties(stack, TYPE) == {
        "DatasetGroupArn": GROUP,
        "DataSource": {"DataLocation": "s3://films/gone.csv"},
        "RoleArn": {"Fn::GetAtt": [role, "Arn"]},
        "NewRole": new_role(stack, "Forget"),
        "Continued": True,
    }
    waited = [each["Properties"]["WaitSeconds"] for each in resources(stack, f"{TYPE}Wait").values()]
    assert sum(waited) + 55 * 60 == 24 * 60 * 60
    last = stack.resolve([made.data_deletion_job_arn, made.data_deletion_job_name, made.data_deletion_job_status])
    assert [each["Fn::GetAtt"][1] for each in [*last, stack.resolve(made.num_deleted)]] == [
        "DataDeletionJobArn",
        "JobName",
        "Status",
        "NumDeleted",
    ]


def test_with_all_values_the_template_reads_like_the_api(stack: cdk.Stack) -> None:
    personalize.DataDeletionJob(
        stack,
        "Forget",
        dataset_group=group(stack),
        source=location(stack, "gone/"),
        role=iam.Role.from_role_arn(stack, "Role", ROLE),
        job_name="forget",
        rerun_on={"users": "hash"},
        timeout=cdk.Duration.minutes(30),
    )
    assert properties(stack, TYPE) == {
        "JobName": "forget",
        "DatasetGroupArn": GROUP,
        "DataSource": {"DataLocation": "s3://films/gone/"},
        "RoleArn": ROLE,
        "RerunOn": {"users": "hash"},
    }


def test_role_and_bucket_both_let_personalize_read_the_list(stack: cdk.Stack) -> None:
    source = personalize.S3Location(s3.Bucket(stack, "Own"), "gone.csv")
    personalize.DataDeletionJob(stack, "Forget", dataset_group=group(stack), source=source)
    policies = [*resources(stack, "AWS::IAM::Policy").values(), *resources(stack, "AWS::S3::BucketPolicy").values()]
    reading: list[Any] = [
        statement
        for policy in policies
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == ["s3:GetObject", "s3:ListBucket"]
    ]
    assert len(reading) == 2
    assert reading[0]["Resource"] == reading[1]["Resource"]
    assert warnings(stack) == []


def test_it_comes_after_the_imports_of_its_group(stack: cdk.Stack) -> None:
    own = personalize.DatasetGroup(stack, "Own")
    personalize.DataDeletionJob(stack, "Forget", dataset_group=own, source=location(stack, "gone.csv"))
    schema = personalize.Schema.from_schema_name(stack, "Schema", "users")
    own.add_dataset("Users", schema=schema, dataset_type=personalize.DatasetType.USERS, import_from=location_of(stack))
    (job,) = resources(stack, TYPE).values()
    (import_job,) = resources(stack, "Custom::PersonalizeDatasetImportJob")
    assert import_job in job["DependsOn"]


def location_of(stack: cdk.Stack) -> personalize.S3Location:
    return personalize.S3Location(s3.Bucket.from_bucket_name(stack, "Users", "films"), "users.csv")


def test_refuses_a_list_under_a_key_of_ones_own(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Own", encryption_key=kms.Key(stack, "Key"))
    source = personalize.S3Location(bucket, "gone.csv")
    words = 'Shop/Forget: source must be in a bucket without a customer managed KMS key, got "Shop/Key"'
    with pytest.raises(personalize.ValidationError, match=words):
        personalize.DataDeletionJob(stack, "Forget", dataset_group=group(stack), source=source)


def test_refuses_what_is_no_group_and_no_place(stack: cdk.Stack) -> None:
    with pytest.raises(personalize.ValidationError) as caught:
        personalize.DataDeletionJob(
            stack,
            "Forget",
            dataset_group=dataset(stack),  # type: ignore[arg-type]
            source="s3://films/gone.csv",  # type: ignore[arg-type]
        )
    assert {line.split()[1] for line in str(caught.value).splitlines()} == {"dataset_group", "source"}
