"""Calls that are rejected because the policies of the caller do not allow them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from cdk_personalize_handler import service_model
from support.world import ACCOUNT, CALLER, REGION, ROLE

from cdk_personalize.local import authorization, control

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from support.world import World

PREFIX = f"arn:aws:personalize:{REGION}:{ACCOUNT}:"
SERVICES = ("personalize", "personalize-runtime", "personalize-events")
OPERATIONS = [(service, name) for service in SERVICES for name in service_model.model(service).operation_names]
ON_NO_RESOURCE = ("PutEvents", "PutActionInteractions")
TAGS = [{"tagKey": "team", "tagValue": "films"}]


def allow(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": f"personalize:{action}", "Resource": resource, **more}]}


def asked(world: World, operation: str, request: Mapping[str, Any]) -> list[tuple[str, str]]:
    there = world.emulator.registry(ACCOUNT, REGION)
    return [
        (each.action.removeprefix("personalize:"), each.resource.removeprefix(PREFIX))
        for each in authorization.rights(there, operation, dict(request))
    ]


def refusal(call: Callable[..., Any], **request: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**request)
    assert raised.value.response["Error"]["Code"] == "AccessDeniedException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return str(raised.value.response["Error"]["Message"])


def arns(shape: Any) -> dict[str, str]:
    """Return a request with each member of an operation that is an ARN, name or type."""
    known = {"datasetType": "Items"}
    return {
        member: known.get(member, f"{PREFIX}x/y/z" if member.endswith("Arn") else "y")
        for member, each in (shape.members.items() if shape else ())
        if each.type_name == "string"
    }


@pytest.mark.parametrize(("service", "operation"), OPERATIONS, ids=[name for _, name in OPERATIONS])
def test_every_operation_takes_a_right_of_its_name(world: World, service: str, operation: str) -> None:
    request = arns(service_model.model(service).operation_model(operation).input_shape)
    found = asked(world, operation, request)
    named = [resource for action, resource in found if action == operation]
    on_all = (operation.startswith("List") and operation != "ListTagsForResource") or operation in ON_NO_RESOURCE
    assert named
    assert (named == ["*"]) == on_all


@pytest.mark.parametrize(
    ("operation", "request_", "rights"),
    [
        (
            "CreateCampaign",
            {"name": "related", "solutionVersionArn": f"{PREFIX}solution/similar/0a1b2c3d"},
            [
                ("CreateCampaign", "campaign/related"),
                ("CreateCampaign", "solution/similar/0a1b2c3d"),
                ("CreateCampaign", "solution/similar"),
            ],
        ),
        (
            "UpdateCampaign",
            {"campaignArn": f"{PREFIX}campaign/related", "solutionVersionArn": f"{PREFIX}solution/similar/0a1b2c3d"},
            [("UpdateCampaign", "campaign/related")],
        ),
        (
            "CreateDataset",
            {"name": "n", "datasetGroupArn": f"{PREFIX}dataset-group/g", "datasetType": "Items", "tags": TAGS},
            [
                ("CreateDataset", "dataset/g/ITEMS"),
                ("CreateDataset", "dataset-group/g"),
                ("TagResource", "dataset/g/ITEMS"),
            ],
        ),
        (
            "CreateEventTracker",
            {"name": "views", "datasetGroupArn": f"{PREFIX}dataset-group/g", "tags": TAGS},
            [
                ("CreateEventTracker", "event-tracker/*"),
                ("CreateEventTracker", "dataset-group/g"),
                ("TagResource", "event-tracker/*"),
            ],
        ),
        (
            "CreateSolutionVersion",
            {"solutionArn": f"{PREFIX}solution/similar", "tags": TAGS},
            [("CreateSolutionVersion", "solution/similar"), ("TagResource", "solution/similar/*")],
        ),
        (
            "CreateDatasetExportJob",
            {"jobName": "j", "datasetArn": f"{PREFIX}dataset/g/ITEMS", "roleArn": ROLE},
            [
                ("CreateDatasetExportJob", "dataset-export-job/j"),
                ("CreateDatasetExportJob", "dataset/g/ITEMS"),
                ("iam:PassRole", ROLE),
            ],
        ),
        (
            "UpdateMetricAttribution",
            {"metricAttributionArn": f"{PREFIX}metric-attribution/m", "metricsOutputConfig": {"roleArn": ROLE}},
            [("UpdateMetricAttribution", "metric-attribution/m"), ("iam:PassRole", ROLE)],
        ),
        (
            "GetRecommendations",
            {"recommenderArn": f"{PREFIX}recommender/r", "filterArn": f"{PREFIX}filter/f"},
            [("GetRecommendations", "recommender/r")],
        ),
    ],
)
def test_the_rights_that_a_call_takes(
    world: World, operation: str, request_: Mapping[str, Any], rights: list[tuple[str, str]]
) -> None:
    assert asked(world, operation, request_) == rights


def test_a_refusal_names_who_what_and_where(world: World) -> None:
    client = world.client_of_role(allow("Describe*"))
    assert refusal(client.create_dataset_group, name="movies") == (
        f"User: {CALLER} is not authorized to perform: personalize:CreateDatasetGroup on resource: "
        f"{PREFIX}dataset-group/movies because no identity-based policy allows the "
        f"personalize:CreateDatasetGroup action"
    )
    assert world.emulator.calls()[-1]["error"] == "AccessDeniedException"
    assert world.existing("DatasetGroup") == []


def test_an_explicit_deny_wins_and_is_named(world: World) -> None:
    client = world.client_of_role(allow("*"), {"Statement": {**allow("ListSchemas")["Statement"][0], "Effect": "Deny"}})
    assert refusal(client.list_schemas).endswith("on resource: * with an explicit deny in an identity-based policy")
    assert client.list_filters()["Filters"] == []


def test_a_right_on_one_resource_is_none_on_another(world: World) -> None:
    client = world.client_of_role(allow("*DatasetGroup", f"{PREFIX}dataset-group/mov*"))
    client.create_dataset_group(name="movies")
    assert f"on resource: {PREFIX}dataset-group/films" in refusal(client.create_dataset_group, name="films")


def test_the_parent_has_to_be_allowed_too(world: World) -> None:
    group = world.group()
    client = world.client_of_role(allow("CreateEventTracker", f"{PREFIX}event-tracker/*"))
    request = {"name": "views", "datasetGroupArn": group}
    assert f"CreateEventTracker on resource: {group}" in refusal(client.create_event_tracker, **request)


def test_tags_of_a_request_take_a_right_of_their_own_and_can_be_a_condition(world: World) -> None:
    films = {"Condition": {"StringEquals": {"aws:RequestTag/team": "films"}}}
    creating = allow("CreateDatasetGroup")
    assert "personalize:TagResource" in refusal(
        world.client_of_role(creating).create_dataset_group, name="movies", tags=TAGS
    )
    client = world.client_of_role(creating, allow("TagResource", **films))
    others = [{"tagKey": "team", "tagValue": "books"}]
    assert "personalize:TagResource" in refusal(client.create_dataset_group, name="movies", tags=others)
    client.create_dataset_group(name="movies", tags=TAGS)


def test_the_keys_of_tags_can_be_a_condition(world: World) -> None:
    group = world.group(tags=TAGS)
    only_team = {"Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}}
    client = world.client_of_role(allow("UntagResource", **only_team))
    refusal(client.untag_resource, resourceArn=group, tagKeys=["team", "owner"])
    client.untag_resource(resourceArn=group, tagKeys=["team"])


def test_the_tags_that_a_resource_has_can_be_a_condition(world: World) -> None:
    tagged, other = world.group(tags=TAGS), world.group("others")
    has_team = {"Condition": {"Null": {"aws:ResourceTag/team": "false"}}}
    client = world.client_of_role(allow("DeleteDatasetGroup", **has_team))
    refusal(client.delete_dataset_group, datasetGroupArn=other)
    client.delete_dataset_group(datasetGroupArn=tagged)


def test_a_role_is_handed_over_to_personalize(world: World) -> None:
    group = {"name": "movies", "roleArn": ROLE, "kmsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"}
    creating = allow("CreateDatasetGroup")
    assert f"iam:PassRole on resource: {ROLE}" in refusal(world.client_of_role(creating).create_dataset_group, **group)

    def passing(service: str) -> dict[str, Any]:
        condition = {"StringEquals": {"iam:PassedToService": service}}
        statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": ROLE, "Condition": condition}
        return {"Statement": [statement]}

    refusal(world.client_of_role(creating, passing("lambda.amazonaws.com")).create_dataset_group, **group)
    world.client_of_role(creating, passing("personalize.amazonaws.com")).create_dataset_group(**group)


def test_the_other_services_ask_too(world: World) -> None:
    runtime = world.client_of_role(allow("GetRecommendations", f"{PREFIX}campaign/*"), service="personalize-runtime")
    arn = f"{PREFIX}recommender/r"
    assert f"GetRecommendations on resource: {arn}" in refusal(runtime.get_recommendations, recommenderArn=arn)


def test_the_account_itself_may_do_everything(world: World) -> None:
    world.emulator.set_authorization(True)
    world.group()


def test_it_is_switched_by_the_control_surface(world: World) -> None:
    client = world.client_of_role(allow("Describe*"))

    def switch(body: Any) -> tuple[int, Any]:
        path = f"{control.PREFIX}authorization"
        return control.respond(world.emulator, "POST", path, json.dumps(body).encode(), lambda _: None)

    assert switch({"enabled": False}) == (200, {})
    client.list_schemas()
    assert switch({"enabled": True}) == (200, {})
    refusal(client.list_schemas)
    assert switch({"enabled": "yes"}) == (400, {"message": "enabled must be true or false, got 'yes'"})
    assert switch({}) == (400, {"message": "the request needs 'enabled'"})
    world.emulator.reset()
    refusal(client.list_schemas)
