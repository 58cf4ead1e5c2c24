"""The property `NewRole`, for roles of the same stack that a request passes."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from cdk_personalize_handler.kinds import KINDS
from support import constructs
from support.synth import ROLE, resources

import cdk_personalize as personalize

TAKES_ROLE = [kind for kind in KINDS if "role" in constructs.props(kind)]


def named(stack: cdk.Stack, kind: str) -> Any:
    (made,) = resources(stack, f"Custom::Personalize{kind}").values()
    return made["Properties"].get("NewRole")


def role(scope: Any, id: str = "Own") -> iam.Role:
    return iam.Role(scope, id, assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"))


@pytest.mark.parametrize("kind", TAKES_ROLE)
def test_a_role_that_the_construct_makes_is_named_with_its_policy(stack: cdk.Stack, kind: str) -> None:
    constructs.make(stack, kind)
    roles = [name for name in resources(stack, "AWS::IAM::Role") if name.startswith("MadeRole")]
    policies = [name for name in resources(stack, "AWS::IAM::Policy") if name.startswith("MadeRoleDefaultPolicy")]
    assert len(roles) == len(policies) == 1
    assert named(stack, kind) == [*roles, *policies]


@pytest.mark.parametrize("kind", TAKES_ROLE)
def test_a_role_of_the_stack_is_named_by_its_last_logical_ids(stack: cdk.Stack, kind: str) -> None:
    own = role(stack)
    constructs.make(stack, kind, role=own)
    resource: Any = own.node.default_child
    resource.override_logical_id("Renamed")
    first, *policies = named(stack, kind)
    assert first == "Renamed"
    assert policies == [name for name in resources(stack, "AWS::IAM::Policy") if name.startswith("OwnDefaultPolicy")]


@pytest.mark.parametrize("kind", TAKES_ROLE)
def test_imported_roles_are_not_named(stack: cdk.Stack, kind: str) -> None:
    constructs.make(stack, kind, role=iam.Role.from_role_arn(stack, "Imported", ROLE))
    assert named(stack, kind) is None


def test_roles_of_another_stack_are_not_named() -> None:
    app = cdk.App()
    there, here = cdk.Stack(app, "There"), cdk.Stack(app, "Here")
    constructs.make(here, "DatasetImportJob", role=role(there))
    assert named(here, "DatasetImportJob") is None


def test_wait_links_name_no_role(stack: cdk.Stack) -> None:
    constructs.make(stack, "BatchInferenceJob")
    links = resources(stack, "Custom::PersonalizeBatchInferenceJobWait").values()
    assert links
    assert all("NewRole" not in each["Properties"] for each in links)


def test_a_group_without_a_key_names_no_role(stack: cdk.Stack) -> None:
    personalize.DatasetGroup(stack, "Made")
    assert named(stack, "DatasetGroup") is None
