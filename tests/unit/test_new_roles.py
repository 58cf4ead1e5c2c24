"""The property `NewRole`, for roles of the same stack that a request passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from support.synth import ROLE, VERSION, dataset, group, location, resources

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable

SALES = personalize.AttributedMetric(event_type="Purchase", metric_name="sales", expression="SUM(Items.PRICE)")


def batch(stack: cdk.Stack) -> dict[str, Any]:
    bucket = location(stack).bucket
    return {
        "solution_version": personalize.SolutionVersion.from_solution_version_arn(stack, "Version", VERSION),
        "input": personalize.S3Location(bucket, "in/"),
        "output": personalize.S3Location(bucket, "out/"),
    }


MAKES: dict[str, Callable[[cdk.Stack, iam.IRole | None], Any]] = {
    "DatasetGroup": lambda stack, role: personalize.DatasetGroup(
        stack, "Made", kms_key=kms.Key(stack, "Key"), role=role
    ),
    "DatasetImportJob": lambda stack, role: personalize.DatasetImport(
        stack, "Made", dataset=dataset(stack), source=location(stack), role=role
    ),
    "DatasetExportJob": lambda stack, role: personalize.DatasetExportJob(
        stack, "Made", dataset=dataset(stack), output=location(stack), role=role
    ),
    "DataDeletionJob": lambda stack, role: personalize.DataDeletionJob(
        stack, "Made", dataset_group=group(stack), source=location(stack), role=role
    ),
    "MetricAttribution": lambda stack, role: personalize.MetricAttribution(
        stack, "Made", dataset_group=group(stack), metrics=[SALES], role=role
    ),
    "BatchInferenceJob": lambda stack, role: personalize.BatchInferenceJob(
        stack, "Made", role=role, timeout=cdk.Duration.hours(2), **batch(stack)
    ),
    "BatchSegmentJob": lambda stack, role: personalize.BatchSegmentJob(stack, "Made", role=role, **batch(stack)),
}


def named(stack: cdk.Stack, kind: str) -> Any:
    (made,) = resources(stack, f"Custom::Personalize{kind}").values()
    return made["Properties"].get("NewRole")


def role(scope: Any, id: str = "Own") -> iam.Role:
    return iam.Role(scope, id, assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"))


def test_every_kind_that_takes_a_role_is_here() -> None:
    from cdk_personalize_handler import service_model
    from cdk_personalize_handler.kinds import KINDS

    def takes_role(shape: Any) -> bool:
        members = shape.members.values() if shape.type_name == "structure" else ()
        return shape.name == "RoleArn" or any(takes_role(each) for each in members)

    assert set(MAKES) == {kind for kind in KINDS if takes_role(service_model.create_shape(kind))}


@pytest.mark.parametrize("kind", MAKES)
def test_a_role_that_the_construct_makes_is_named_with_its_policy(stack: cdk.Stack, kind: str) -> None:
    MAKES[kind](stack, None)
    roles = [name for name in resources(stack, "AWS::IAM::Role") if name.startswith("MadeRole")]
    policies = [name for name in resources(stack, "AWS::IAM::Policy") if name.startswith("MadeRoleDefaultPolicy")]
    assert len(roles) == len(policies) == 1
    assert named(stack, kind) == [*roles, *policies]


@pytest.mark.parametrize("kind", MAKES)
def test_a_role_of_the_stack_is_named_by_its_last_logical_ids(stack: cdk.Stack, kind: str) -> None:
    own = role(stack)
    MAKES[kind](stack, own)
    resource: Any = own.node.default_child
    resource.override_logical_id("Renamed")
    first, *policies = named(stack, kind)
    assert first == "Renamed"
    assert policies == [name for name in resources(stack, "AWS::IAM::Policy") if name.startswith("OwnDefaultPolicy")]


@pytest.mark.parametrize("kind", MAKES)
def test_imported_roles_are_not_named(stack: cdk.Stack, kind: str) -> None:
    MAKES[kind](stack, iam.Role.from_role_arn(stack, "Imported", ROLE))
    assert named(stack, kind) is None


def test_roles_of_another_stack_are_not_named() -> None:
    app = cdk.App()
    there, here = cdk.Stack(app, "There"), cdk.Stack(app, "Here")
    MAKES["DatasetImportJob"](here, role(there))
    assert named(here, "DatasetImportJob") is None


def test_wait_links_name_no_role(stack: cdk.Stack) -> None:
    MAKES["BatchInferenceJob"](stack, None)
    links = resources(stack, "Custom::PersonalizeBatchInferenceJobWait").values()
    assert links
    assert all("NewRole" not in each["Properties"] for each in links)


def test_a_group_without_a_key_names_no_role(stack: cdk.Stack) -> None:
    personalize.DatasetGroup(stack, "Made")
    assert named(stack, "DatasetGroup") is None
