"""Stacks for tests, and parts of their synthesized templates."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template
from botocore import xform_name

import cdk_personalize as personalize
from cdk_personalize import _references

SOLUTION = "arn:aws:personalize:us-east-1:111111111111:solution/similar"
VERSION = f"{SOLUTION}/0a1b2c3d"
GROUP = "arn:aws:personalize:us-east-1:111111111111:dataset-group/films"
SCHEMA = "arn:aws:personalize:us-east-1:111111111111:schema/items"
DATASET = "arn:aws:personalize:us-east-1:111111111111:dataset/films/ITEMS"
ROLE = "arn:aws:iam::111111111111:role/personalize"
KEY = "arn:aws:kms:us-east-1:111111111111:key/1234abcd"


def new_stack(name: str = "Shop", **options: Any) -> cdk.Stack:
    """Return an empty stack, whose assets are not copied."""
    return cdk.Stack(cdk.App(context={"aws:cdk:disable-asset-staging": True}), name, **options)


def version(stack: cdk.Stack) -> personalize.ISolutionVersion:
    """Return an imported solution version."""
    return personalize.SolutionVersion.from_solution_version_arn(stack, "Version", VERSION)


def solution(stack: cdk.Stack) -> personalize.ISolution:
    """Return an imported solution."""
    return personalize.Solution.from_solution_arn(stack, "Solution", SOLUTION)


def resources(stack: cdk.Stack, resource_type: str) -> dict[str, Any]:
    """Return the resources of a type in the template, by logical ID."""
    found: dict[str, Any] = Template.from_stack(stack).find_resources(resource_type)
    return found


def properties(stack: cdk.Stack, resource_type: str) -> dict[str, Any]:
    """Return the properties of the only resource of a type in the template.

    Properties that every custom resource has are removed.
    """
    (resource,) = resources(stack, resource_type).values()
    common = ("ServiceToken", "ServiceTimeout", "WaitSeconds")
    return {name: value for name, value in resource["Properties"].items() if name not in common}


def new_role(stack: cdk.Stack, construct_id: str) -> list[str]:
    """Return the logical IDs of a construct's generated role and its policy."""
    made = [*resources(stack, "AWS::IAM::Role"), *resources(stack, "AWS::IAM::Policy")]
    return [name for name in made if name.startswith(f"{construct_id}Role")]


def in_partition(arn: str) -> dict[str, Any]:
    """Return an ARN as it is in the template of a stack without a region."""
    before, after = arn.split(":aws:", 1)
    return {"Fn::Join": ["", [f"{before}:", {"Ref": "AWS::Partition"}, f":{after}"]]}


def group(stack: cdk.Stack, domain: personalize.Domain | None = None) -> personalize.IDatasetGroup:
    """Return an imported dataset group."""
    return personalize.DatasetGroup.from_dataset_group_arn(stack, "Group", GROUP, domain=domain)


def schema(stack: cdk.Stack) -> personalize.ISchema:
    """Return an imported schema."""
    return personalize.Schema.from_schema_arn(stack, "Schema", SCHEMA)


def dataset(stack: cdk.Stack) -> personalize.IDataset:
    """Return an imported dataset."""
    return personalize.Dataset.from_dataset_arn(stack, "Dataset", DATASET)


def location(stack: cdk.Stack, key: str = "items.csv") -> personalize.S3Location:
    """Return a location in an imported bucket."""
    return personalize.S3Location(s3.Bucket.from_bucket_name(stack, "Bucket", "films"), key)


def warnings(stack: cdk.Stack) -> list[str]:
    """Synthesize a stack, and return its warnings."""
    return [str(each.entry.data) for each in Annotations.from_stack(stack).find_warning("*", Match.any_value())]


def assert_reference(made: Any, kind: str) -> None:
    """Check the CDK reference of a resource, or the error of a CDK without it."""
    name = xform_name(kind)
    if hasattr(_references._references(), f"{kind}Reference"):
        assert getattr(getattr(made, f"{name}_ref"), f"{name}_arn") == getattr(made, f"{name}_arn")
        return
    with pytest.raises(NotImplementedError, match=f"this version of aws-cdk-lib has no {kind}Reference"):
        getattr(made, f"{name}_ref")
