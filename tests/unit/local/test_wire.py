"""HTTP, as the service speaks it."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from cdk_personalize.local import wire

if TYPE_CHECKING:
    from support.world import World


SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=111111111111/20231114/us-east-1/personalize/aws4_request"}


def post(world: World, path: str = "/", target: str = "", body: bytes = b"{}") -> tuple[int, dict[str, str], Any]:
    headers = SIGNED | ({"x-amz-target": f"AmazonPersonalize.{target}"} if target else {})
    status, head, content = wire.respond(
        world.emulator, "POST", path, headers, body, account="111111111111", region="us-east-1"
    )
    return status, head, json.loads(content or b"null")


def test_times_are_numbers(world: World) -> None:
    arn = world.group()
    _, head, answer = post(world, target="DescribeDatasetGroup", body=json.dumps({"datasetGroupArn": arn}).encode())
    assert isinstance(answer["datasetGroup"]["creationDateTime"], float)
    assert head["Content-Type"] == "application/x-amz-json-1.1"


def test_an_error_names_its_type(world: World) -> None:
    body = json.dumps({"campaignArn": world.arn("campaign/none")}).encode()
    status, _, answer = post(world, target="DescribeCampaign", body=body)
    assert status == 400
    assert answer["__type"] == "ResourceNotFoundException"
    assert "campaign/none" in answer["message"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"5", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(world: World, body: bytes) -> None:
    status, _, answer = post(world, target="ListCampaigns", body=body)
    assert (status, answer["__type"]) == (400, "SerializationException")


def test_an_unknown_path_or_operation_is_refused(world: World) -> None:
    assert post(world, path="/miracles")[2]["__type"] == "UnknownOperationException"
    assert post(world, target="CreateMiracle")[2]["__type"] == "UnknownOperationException"


def test_the_date_is_the_services(world: World) -> None:
    world.pass_time(86_400)
    headers = world.personalize.list_schemas()["ResponseMetadata"]["HTTPHeaders"]
    assert parsedate_to_datetime(headers["date"]).timestamp() == int(world.clock.now())
    assert headers["x-amzn-requestid"]


def test_errors_have_a_date_too(world: World) -> None:
    with pytest.raises(world.personalize.exceptions.ResourceNotFoundException) as raised:
        world.personalize.describe_campaign(campaignArn=world.arn("campaign/none"))
    assert "date" in raised.value.response["ResponseMetadata"]["HTTPHeaders"]
