from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_personalize as l1
from aws_cdk.assertions import Template
from support.synth import (
    GROUP,
    KEY,
    ROLE,
    assert_reference,
    group,
    location,
    new_stack,
    properties,
    resources,
    warnings,
)

import cdk_personalize as personalize
from cdk_personalize._group_members import domain_of, is_custom

TYPE = "Custom::PersonalizeDatasetGroup"


def items(stack: cdk.Stack, **props: Any) -> personalize.Schema:
    definition = personalize.SchemaDefinition.items(personalize.Field.category("GENRES"))
    return personalize.Schema(stack, "ItemsSchema", definition=definition, **props)


def test_with_defaults_nothing_is_said(stack: cdk.Stack) -> None:
    personalize.DatasetGroup(stack, "Films")
    assert properties(stack, TYPE) == {}
    assert resources(stack, "AWS::KMS::Key") == {}


def test_with_all_values_the_template_reads_like_the_native_type(stack: cdk.Stack) -> None:
    personalize.DatasetGroup(
        stack,
        "Films",
        dataset_group_name="films",
        domain=personalize.Domain.VIDEO_ON_DEMAND,
        kms_key=kms.Key.from_key_arn(stack, "Key", KEY),
        role=iam.Role.from_role_arn(stack, "Role", ROLE),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    assert properties(stack, TYPE) == {
        "Name": "films",
        "Domain": "VIDEO_ON_DEMAND",
        "KmsKeyArn": KEY,
        "RoleArn": ROLE,
    }
    (resource,) = resources(stack, TYPE).values()
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Delete", "Delete")


def test_it_is_kept_unless_told_otherwise(stack: cdk.Stack) -> None:
    personalize.DatasetGroup(stack, "Films")
    (resource,) = resources(stack, TYPE).values()
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_a_key_needs_a_role_which_is_made(stack: cdk.Stack) -> None:
    made = personalize.DatasetGroup(stack, "Films", kms_key=kms.Key(stack, "Key"))
    assert made.role is not None
    roles = {name: each for name, each in resources(stack, "AWS::IAM::Role").items() if name.startswith("Films")}
    ((name, role),) = roles.items()
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "personalize.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert "aws:SourceArn" in trust["Condition"]["ArnLike"]
    assert properties(stack, TYPE)["RoleArn"] == {"Fn::GetAtt": [name, "Arn"]}


def test_the_key_lets_personalize_in_before_the_group_is_made(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    personalize.DatasetGroup(stack, "Films", kms_key=key)
    (made,) = resources(stack, "AWS::KMS::Key").values()
    services = [
        statement["Action"]
        for statement in made["Properties"]["KeyPolicy"]["Statement"]
        if statement["Principal"] == {"Service": "personalize.amazonaws.com"}
    ]
    assert services == [
        [
            "kms:Decrypt",
            "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:DescribeKey",
            "kms:ListGrants",
            "kms:CreateGrant",
        ]
    ]
    (resource,) = resources(stack, TYPE).values()
    policies = resources(stack, "AWS::IAM::Policy")
    before = set(resource["DependsOn"])
    assert before >= {name for name in policies if name.startswith("Films")}
    assert before >= resources(stack, "AWS::KMS::Key").keys()
    assert warnings(stack) == []


def test_an_imported_key_is_warned_of() -> None:
    stack = new_stack()
    personalize.DatasetGroup(stack, "Films", kms_key=kms.Key.from_key_arn(stack, "Key", KEY))
    (warning,) = warnings(stack)
    assert "the key Shop/Key is imported" in warning
    assert "[ack: cdk-personalize:key.policy]" in warning


def test_the_functions_may_hand_the_role_to_personalize_alone(stack: cdk.Stack) -> None:
    personalize.DatasetGroup(stack, "Films", kms_key=kms.Key(stack, "Key"))
    passing = [
        statement
        for policy in resources(stack, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "iam:PassRole"
    ]
    (statement,) = passing
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "personalize.amazonaws.com"}}
    role = resources(stack, "AWS::IAM::Role")[properties(stack, TYPE)["RoleArn"]["Fn::GetAtt"][0]]
    assert statement["Resource"]["Fn::Join"][1][-1] == f":role{role['Properties']['Path']}*"


def test_a_dataset_is_added_with_its_first_data(stack: cdk.Stack) -> None:
    made = personalize.DatasetGroup(stack, "Films")
    dataset = made.add_dataset("Items", schema=items(stack), import_from=location(stack))
    assert dataset.dataset_type is personalize.DatasetType.ITEMS
    assert properties(stack, "Custom::PersonalizeDataset")["DatasetType"] == "Items"
    job = properties(stack, "Custom::PersonalizeDatasetImportJob")
    assert "films/items.csv" in str(job["DataSource"]["DataLocation"])


def test_an_imported_group_takes_datasets_too(stack: cdk.Stack) -> None:
    imported = group(stack)
    assert isinstance(imported, personalize.IDatasetGroup)
    personalize.Dataset(stack, "Items", dataset_group=imported, schema=items(stack))
    assert properties(stack, "Custom::PersonalizeDataset")["DatasetGroupArn"] == GROUP


def test_what_is_trained_comes_after_all_data_also_that_which_is_added_later(stack: cdk.Stack) -> None:
    films = personalize.DatasetGroup(stack, "Films")
    personalize.Solution(stack, "Similar", dataset_group=films, recipe=personalize.Recipe.SIMILAR_ITEMS)
    personalize.Filter(films, "Filter", dataset_group=films, expression="INCLUDE ItemID WHERE Items.GENRES IN ($G)")
    films.add_dataset("Items", schema=items(stack), import_from=location(stack))
    Template.from_stack(stack)
    (dataset,) = resources(stack, "Custom::PersonalizeDataset")
    (job,) = resources(stack, "Custom::PersonalizeDatasetImportJob")
    (solution,) = resources(stack, "Custom::PersonalizeSolution").values()
    (made_filter,) = resources(stack, "Custom::PersonalizeFilter").values()
    assert {dataset, job} <= set(solution["DependsOn"])
    assert dataset in made_filter["DependsOn"]
    assert job not in made_filter["DependsOn"]


def test_a_dataset_in_another_stack_makes_no_circle() -> None:
    app = cdk.App()
    first, second = cdk.Stack(app, "First"), cdk.Stack(app, "Second")
    films = personalize.DatasetGroup(first, "Films")
    personalize.Solution(first, "Similar", dataset_group=films, recipe=personalize.Recipe.SIMILAR_ITEMS)
    personalize.Dataset(second, "Items", dataset_group=films, schema=items(second))
    app.synth()


def test_an_import_knows_its_environment_name_and_domain(stack: cdk.Stack) -> None:
    shop = group(stack, personalize.Domain.ECOMMERCE)
    assert (shop.dataset_group_name, shop.domain) == ("films", personalize.Domain.ECOMMERCE)
    named = personalize.DatasetGroup.from_dataset_group_name(stack, "Named", "films")
    assert ":dataset-group/films" in str(stack.resolve(named.dataset_group_arn))
    assert isinstance(shop, cdk.Resource)
    assert shop.env.account == "111111111111"


def test_what_is_known_of_a_domain(stack: cdk.Stack) -> None:
    ecommerce = personalize.Domain.ECOMMERCE
    custom = personalize.DatasetGroup(stack, "Custom")
    shop = personalize.DatasetGroup(stack, "Shop", domain=ecommerce)
    native = l1.CfnDatasetGroup(stack, "Native", name="native", domain="ECOMMERCE")
    plain = l1.CfnDatasetGroup(stack, "Plain", name="plain")
    unknown = group(stack)
    groups = (custom, shop, native, plain, unknown)
    assert [domain_of(each) for each in groups] == [None, ecommerce, ecommerce, None, None]
    assert [is_custom(each) for each in groups] == [True, False, False, True, False]


def test_owned_and_imported_groups_are_groups_to_cdk_as_well(stack: cdk.Stack) -> None:
    owned, imported = personalize.DatasetGroup(stack, "Films"), group(stack)
    assert isinstance(owned, personalize.IDatasetGroup)
    assert_reference(owned, "DatasetGroup")
    assert_reference(imported, "DatasetGroup")


@pytest.mark.parametrize("policy", [cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE])
def test_a_failed_first_deployment_may_clean_up(stack: cdk.Stack, policy: cdk.RemovalPolicy) -> None:
    personalize.DatasetGroup(stack, "Films", removal_policy=policy)
    (resource,) = resources(stack, TYPE).values()
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
