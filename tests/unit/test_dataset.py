from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_personalize as l1
from aws_cdk.assertions import Template
from cdk_personalize_handler import service_model
from support.synth import DATASET, GROUP, SCHEMA, dataset, group, properties, resources, schema

import cdk_personalize as personalize
from cdk_personalize import DatasetType, Field, SchemaDefinition

TYPE = "Custom::PersonalizeDataset"


def users(stack: cdk.Stack, domain: personalize.Domain | None = None) -> personalize.Schema:
    definition = SchemaDefinition.users(Field.whole_number("AGE"))
    return personalize.Schema(stack, "UsersSchema", definition=definition, domain=domain)


def test_with_defaults_the_type_is_that_of_the_schema(stack: cdk.Stack) -> None:
    personalize.Dataset(stack, "Users", dataset_group=group(stack), schema=users(stack))
    (made,) = resources(stack, "Custom::PersonalizeSchema")
    assert properties(stack, TYPE) == {
        "DatasetGroupArn": GROUP,
        "SchemaArn": {"Fn::GetAtt": [made, "SchemaArn"]},
        "DatasetType": "Users",
    }
    (resource,) = resources(stack, TYPE).values()
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_with_all_values_the_template_reads_like_the_native_type(stack: cdk.Stack) -> None:
    personalize.Dataset(
        stack,
        "Items",
        dataset_group=group(stack),
        schema=schema(stack),
        dataset_type=DatasetType.ITEMS,
        dataset_name="items",
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    assert properties(stack, TYPE) == {
        "Name": "items",
        "DatasetGroupArn": GROUP,
        "SchemaArn": SCHEMA,
        "DatasetType": "Items",
    }


@pytest.mark.parametrize("dataset_type", DatasetType)
def test_every_type_is_one_of_the_service(stack: cdk.Stack, dataset_type: DatasetType) -> None:
    shape = service_model.create_shape("Dataset").members["datasetType"]
    assert dataset_type.value in shape.documentation
    personalize.Dataset(stack, "Data", dataset_group=group(stack), schema=schema(stack), dataset_type=dataset_type)
    assert properties(stack, TYPE)["DatasetType"].upper() == dataset_type.name


def test_l1_groups_and_schemas_are_taken_too(stack: cdk.Stack) -> None:
    native = l1.CfnDatasetGroup(stack, "Native", name="native")
    columns = l1.CfnSchema(stack, "Columns", name="columns", schema="{}")
    personalize.Dataset(stack, "Items", dataset_group=native, schema=columns, dataset_type=DatasetType.ITEMS)
    made = properties(stack, TYPE)
    assert made["DatasetGroupArn"] == {"Fn::GetAtt": ["Native", "DatasetGroupArn"]}
    assert made["SchemaArn"] == {"Fn::GetAtt": ["Columns", "SchemaArn"]}


def test_the_functions_may_change_this_dataset_alone(stack: cdk.Stack) -> None:
    personalize.Dataset(stack, "Users", dataset_group=group(stack), schema=users(stack))
    policies = str(resources(stack, "AWS::IAM::Policy"))
    assert ":dataset/films/USERS" in policies
    assert ":dataset-group/films" in policies


def test_only_interactions_with_actions_have_a_tracking_id(stack: cdk.Stack) -> None:
    definition = SchemaDefinition.action_interactions()
    columns = personalize.Schema(stack, "Columns", definition=definition)
    made = personalize.Dataset(stack, "Outcomes", dataset_group=group(stack), schema=columns)
    cdk.CfnOutput(stack, "Id", value=made.tracking_id)
    (name,) = resources(stack, TYPE)
    assert Template.from_stack(stack).to_json()["Outputs"]["Id"]["Value"] == {"Fn::GetAtt": [name, "TrackingId"]}


def test_refuses_the_tracking_id_of_other_data(stack: cdk.Stack) -> None:
    made = personalize.Dataset(stack, "Users", dataset_group=group(stack), schema=users(stack))
    with pytest.raises(personalize.ValidationError) as caught:
        _ = made.tracking_id
    assert str(caught.value) == (
        "Shop/Users: tracking_id is only available for datasets of type ACTION_INTERACTIONS, got DatasetType.USERS; "
        "use an EventTracker for item interactions"
    )


@pytest.mark.parametrize("dataset_type", [DatasetType.ACTIONS, DatasetType.ACTION_INTERACTIONS])
def test_refuses_actions_where_there_is_a_domain(stack: cdk.Stack, dataset_type: DatasetType) -> None:
    shop = group(stack, personalize.Domain.ECOMMERCE)
    with pytest.raises(personalize.ValidationError, match=f"with a domain, got {dataset_type}"):
        personalize.Dataset(stack, "Data", dataset_group=shop, schema=schema(stack), dataset_type=dataset_type)


def test_refuses_a_type_that_is_not_that_of_the_schema(stack: cdk.Stack) -> None:
    with pytest.raises(
        personalize.ValidationError,
        match=r"dataset_type must be the type of the schema, DatasetType\.USERS, got DatasetType\.ITEMS",
    ):
        personalize.Dataset(
            stack, "Items", dataset_group=group(stack), schema=users(stack), dataset_type=DatasetType.ITEMS
        )


def test_refuses_a_type_that_no_one_tells(stack: cdk.Stack) -> None:
    with pytest.raises(
        personalize.ValidationError, match="dataset_type is required if the schema does not have a known type"
    ):
        personalize.Dataset(stack, "Items", dataset_group=group(stack), schema=schema(stack))


def test_refuses_a_schema_of_another_domain(stack: cdk.Stack) -> None:
    ecommerce, films = personalize.Domain.ECOMMERCE, personalize.Domain.VIDEO_ON_DEMAND
    columns = users(stack, ecommerce)
    with pytest.raises(personalize.ValidationError, match=r"must be of Domain\.VIDEO_ON_DEMAND, the domain of the"):
        personalize.Dataset(stack, "Users", dataset_group=group(stack, films), schema=columns)
    custom = personalize.DatasetGroup(stack, "Custom")
    with pytest.raises(personalize.ValidationError, match=r"schema must be without a domain, got Domain\.ECOMMERCE"):
        custom.add_dataset("Users", schema=columns)
    unknown = personalize.DatasetGroup.from_dataset_group_arn(stack, "Unknown", GROUP)
    personalize.Dataset(stack, "Users", dataset_group=unknown, schema=columns)


@pytest.mark.parametrize("imported", [False, True])
def test_grants_are_for_this_dataset_alone(stack: cdk.Stack, imported: bool) -> None:
    made: personalize.IDataset = (
        dataset(stack)
        if imported
        else personalize.Dataset(stack, "Users", dataset_group=group(stack), schema=users(stack))
    )
    user = iam.User(stack, "User")
    for grant in (made.grant_put_items, made.grant_put_users, made.grant_put_actions):
        grant(user).assert_success()
    (policy,) = [each for each in resources(stack, "AWS::IAM::Policy").values() if each["Properties"].get("Users")]
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    expected = DATASET if imported else {"Fn::GetAtt": [next(iter(resources(stack, TYPE))), "DatasetArn"]}
    assert [each["Action"] for each in statements] == [
        "personalize:PutItems",
        "personalize:PutUsers",
        "personalize:PutActions",
    ]
    assert all(each["Resource"] == expected for each in statements)


def test_outcomes_of_actions_may_be_told_for_all_trackers(stack: cdk.Stack) -> None:
    columns = personalize.Schema(stack, "Columns", definition=SchemaDefinition.action_interactions())
    made = personalize.Dataset(stack, "Outcomes", dataset_group=group(stack), schema=columns)
    user = iam.User(stack, "User")
    made.grant_put_action_interactions(user)
    (policy,) = [each for each in resources(stack, "AWS::IAM::Policy").values() if each["Properties"].get("Users")]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("personalize:PutActionInteractions", "*")
