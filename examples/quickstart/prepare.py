"""Create the prerequisites of the quickstart: data, datasets and a solution.

    python examples/quickstart/prepare.py            # creates missing resources
    python examples/quickstart/prepare.py --destroy  # deletes all of them

It uses the AWS account and region that boto3 is configured for, or the local AWS emulator.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

import boto3
import data

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "quickstart-movies"
RECIPE = "arn:aws:personalize:::recipe/aws-similar-items"
_DELETION_ATTEMPTS = 30
"""Attempts to delete a resource, which can be in use for a short time after its children are deleted."""


def prepare(session: Any = boto3, *, name: str = NAME, poll_seconds: float = 1.0) -> str:
    """Create the resources that do not exist yet, and return the ARN of the solution."""
    personalize = session.client("personalize")
    account = session.client("sts").get_caller_identity()["Account"]
    region = personalize.meta.region_name
    bucket = f"{name}-{account}-{region}"
    _upload(session.client("s3"), bucket, region)
    role = _role(session.client("iam"), _role_name(name), bucket)

    def arn(resource: str) -> str:
        return f"arn:aws:personalize:{region}:{account}:{resource}"

    def ensure(kind: str, resource_arn: str, **request: Any) -> str:
        with contextlib.suppress(personalize.exceptions.ResourceAlreadyExistsException):
            getattr(personalize, f"create_{_snake(kind)}")(**request)
        return resource_arn if kind == "schema" else wait_until_active(personalize, kind, resource_arn, poll_seconds)

    group = ensure("datasetGroup", arn(f"dataset-group/{name}"), name=name)
    for dataset_type, avro in (("Interactions", data.INTERACTIONS_SCHEMA), ("Items", data.ITEMS_SCHEMA)):
        own = f"{name}-{dataset_type.lower()}"
        schema = ensure("schema", arn(f"schema/{own}"), name=own, schema=avro)
        dataset = ensure(
            "dataset",
            arn(f"dataset/{name}/{dataset_type.upper()}"),
            name=own,
            schemaArn=schema,
            datasetGroupArn=group,
            datasetType=dataset_type,
        )
        jobs = personalize.list_dataset_import_jobs(datasetArn=dataset)["datasetImportJobs"]
        job = next((job for job in jobs if "FAILED" not in job["status"]), None)
        if job is None:
            job = personalize.create_dataset_import_job(
                jobName=f"{own}-{int(time.time())}",  # Job names cannot be reused.
                datasetArn=dataset,
                dataSource={"dataLocation": f"s3://{bucket}/{dataset_type.lower()}.csv"},
                roleArn=role,
            )
        wait_until_active(personalize, "datasetImportJob", job["datasetImportJobArn"], poll_seconds)
    return ensure(
        "solution",
        arn(f"solution/{name}"),
        name=name,
        datasetGroupArn=group,
        recipeArn=RECIPE,
        performAutoTraining=False,
    )


def wait_until_active(personalize: Any, kind: str, arn: str, poll_seconds: float = 1.0) -> str:
    """Wait until a resource is ACTIVE, and return its ARN."""
    describe = getattr(personalize, f"describe_{_snake(kind)}")
    while True:
        found = describe(**{f"{kind}Arn": arn})[kind]
        if found["status"] == "ACTIVE":
            return arn
        if "FAILED" in found["status"]:
            raise RuntimeError(f"{arn} is {found['status']}: {found.get('failureReason')}")
        time.sleep(poll_seconds)


def destroy(session: Any = boto3, *, name: str = NAME, poll_seconds: float = 1.0) -> None:
    """Delete the resources that exist, children before their parents."""
    personalize = session.client("personalize")
    account = session.client("sts").get_caller_identity()["Account"]
    region = personalize.meta.region_name
    steps = [
        ("solution", f"solution/{name}"),
        ("dataset", f"dataset/{name}/INTERACTIONS"),
        ("dataset", f"dataset/{name}/ITEMS"),
        ("schema", f"schema/{name}-interactions"),
        ("schema", f"schema/{name}-items"),
        ("datasetGroup", f"dataset-group/{name}"),
    ]
    for kind, resource in steps:
        target = {f"{kind}Arn": f"arn:aws:personalize:{region}:{account}:{resource}"}
        delete, describe = (getattr(personalize, f"{verb}_{_snake(kind)}") for verb in ("delete", "describe"))
        _wait_until_deleted(personalize, delete, describe, target, poll_seconds)
    bucket = f"{name}-{account}-{region}"
    s3 = session.client("s3")
    with contextlib.suppress(s3.exceptions.NoSuchBucket):
        for key in ("interactions.csv", "items.csv"):
            s3.delete_object(Bucket=bucket, Key=key)
        s3.delete_bucket(Bucket=bucket)
    iam = session.client("iam")
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):
        iam.delete_role_policy(RoleName=_role_name(name), PolicyName="read")
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):
        iam.delete_role(RoleName=_role_name(name))


def _wait_until_deleted(
    personalize: Any, delete: Callable[..., Any], describe: Callable[..., Any], target: dict[str, str], poll: float
) -> None:
    with contextlib.suppress(personalize.exceptions.ResourceNotFoundException):
        for tries_left in reversed(range(_DELETION_ATTEMPTS)):
            try:
                delete(**target)
                break
            except personalize.exceptions.ResourceInUseException:
                if not tries_left:
                    raise
                time.sleep(poll)
        while True:
            time.sleep(poll)
            describe(**target)


def _upload(s3: Any, bucket: str, region: str) -> None:
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **location)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "personalize.amazonaws.com"},
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            }
        ],
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    s3.put_object(Bucket=bucket, Key="interactions.csv", Body=data.interactions_csv().encode())
    s3.put_object(Bucket=bucket, Key="items.csv", Body=data.items_csv().encode())


def _role_name(name: str) -> str:
    return f"{name}-personalize"


def _role(iam: Any, role: str, bucket: str) -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "personalize.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    read = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            }
        ],
    }
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=role, PolicyName="read", PolicyDocument=json.dumps(read))
    return str(iam.get_role(RoleName=role)["Role"]["Arn"])


def _snake(kind: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--destroy", action="store_true", help="delete all resources")
    if parser.parse_args().destroy:
        destroy()
    else:
        print(prepare())
