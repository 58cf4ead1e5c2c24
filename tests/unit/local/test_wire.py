"""The HTTP protocols of the service."""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from cdk_personalize.local import wire

if TYPE_CHECKING:
    from support.world import World

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=111111111111/20231114/us-east-1/personalize/aws4_request"}
EVENT = {"eventType": "Watch", "sentAt": 1_700_000_000, "itemId": "film-1"}


def send(
    world: World, path: str = "/", target: str = "", body: bytes = b"{}", signature: dict[str, str] = SIGNED
) -> tuple[int, dict[str, str], bytes]:
    headers = signature | ({"x-amz-target": f"AmazonPersonalize.{target}"} if target else {})
    return wire.respond(world.emulator, "POST", path, headers, body, account="111111111111", region="us-east-1")


def post(world: World, path: str = "/", target: str = "", body: bytes = b"{}") -> tuple[int, dict[str, str], Any]:
    status, head, content = send(world, path, target, body)
    return status, head, json.loads(content)


def test_times_are_numbers(world: World) -> None:
    arn = world.group()
    _, head, answer = post(world, target="DescribeDatasetGroup", body=json.dumps({"datasetGroupArn": arn}).encode())
    assert isinstance(answer["datasetGroup"]["creationDateTime"], float)
    assert head["Content-Type"] == "application/x-amz-json-1.1"


def test_answers_are_compact_json(world: World) -> None:
    _, _, content = send(world, target="CreateDatasetGroup", body=b'{"name": "movies"}')
    assert content == f'{{"datasetGroupArn":"{world.arn("dataset-group/movies")}"}}'.encode()


def test_the_other_apis_answer_plain_json(world: World) -> None:
    status, head, answer = post(world, path="/recommendations", body=b'{"campaignArn": "none"}')
    assert (status, head["Content-Type"]) == (400, "application/json")
    assert answer["__type"] == "InvalidInputException"


def test_an_operation_without_output_answers_no_body(world: World) -> None:
    body = json.dumps({"datasetGroupArn": world.group()}).encode()
    assert send(world, target="DeleteDatasetGroup", body=body)[::2] == (200, b"")
    arn = world.group("other")
    tags = [{"tagKey": "team", "tagValue": "films"}]
    assert send(world, target="TagResource", body=json.dumps({"resourceArn": arn, "tags": tags}).encode())[2] == b"{}"


def test_an_error_names_its_type(world: World) -> None:
    body = json.dumps({"campaignArn": world.arn("campaign/none")}).encode()
    status, head, answer = post(world, target="DescribeCampaign", body=body)
    assert (status, head["x-amzn-ErrorType"]) == (400, "ResourceNotFoundException")
    assert answer["__type"] == "ResourceNotFoundException"
    assert answer["message"] == f"The given campaign does not exist: {world.arn('campaign/none')}"


def test_a_missing_group_is_told_in_the_words_of_aws(world: World) -> None:
    body = json.dumps({"name": "related", "datasetGroupArn": world.arn("dataset-group/none")}).encode()
    answer = post(world, target="CreateEventTracker", body=body)[2]
    assert answer["message"] == f"The given dataset group does not exist: {world.arn('dataset-group/none')}"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"5",
        b"\xff",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"maxResults": NaN}',
        b'{"maxResults": Infinity}',
        b'{"maxResults": 1e999}',
    ],
)
def test_a_body_that_is_no_json_object_is_rejected(world: World, body: bytes) -> None:
    status, head, answer = post(world, target="ListCampaigns", body=body)
    assert (status, answer["__type"]) == (400, "SerializationException")
    assert head["x-amzn-requestid"]


@pytest.mark.parametrize("sent_at", ["yesterday", "1700000000", "2023-11-14T22:13:20Z", True, None, [], {}])
def test_a_timestamp_that_is_no_number_is_rejected(world: World, sent_at: Any) -> None:
    request = {"trackingId": "a", "sessionId": "s", "eventList": [EVENT | {"sentAt": sent_at}]}
    status, head, answer = post(world, path="/events", body=json.dumps(request).encode())
    assert (status, answer["__type"]) == (400, "SerializationException")
    assert head["x-amzn-requestid"]


@pytest.mark.parametrize("properties", ["{", "[]", "[" * 500, '{"a": NaN}', '{"a": 1e999}'])
def test_properties_that_are_no_json_object_are_rejected(world: World, properties: str) -> None:
    tracker = world.personalize.create_event_tracker(name="views", datasetGroupArn=world.group())
    world.pass_time()
    request = {
        "trackingId": tracker["trackingId"],
        "sessionId": "s",
        "eventList": [EVENT | {"properties": properties}],
    }
    status, _, answer = post(world, path="/events", body=json.dumps(request).encode())
    assert (status, answer["__type"]) == (400, "InvalidInputException")


def test_the_log_of_calls_does_not_keep_a_body_that_the_model_rejects(world: World) -> None:
    post(world, target="CreateSchema", body=json.dumps({"name": "films", "schema": "x" * 20_001}).encode())
    (entry,) = world.emulator.calls()
    assert (entry["error"], entry["request"]) == ("InvalidInputException", {})


@pytest.mark.parametrize("operation", ["ListSchemas", "ListDatasetGroups"])
def test_lists_without_invalid_input_in_their_model_answer_a_common_error(world: World, operation: str) -> None:
    answer = post(world, target=operation, body=b'{"maxResults": 101}')[2]
    assert answer["__type"] == "ValidationException"


def test_an_unknown_path_or_operation_is_rejected(world: World) -> None:
    assert post(world, path="/miracles")[2]["__type"] == "UnknownOperationException"
    assert post(world, target="CreateMiracle")[2]["__type"] == "UnknownOperationException"


@pytest.mark.parametrize(("path", "target"), [("/", "ListSchemas"), ("/recommendations", ""), ("/events", "")])
def test_a_request_without_a_signature_is_rejected(world: World, path: str, target: str) -> None:
    status, head, content = send(world, path, target, signature={})
    assert (status, json.loads(content)["__type"]) == (403, "MissingAuthenticationTokenException")
    assert head["x-amzn-requestid"]
    assert world.emulator.calls() == []


@pytest.mark.parametrize(
    ("method", "path", "headers", "expected"),
    [
        ("POST", "/", {"X-Amz-Target": "AmazonPersonalize.ListSchemas"}, True),
        ("POST", "/", {"X-Amz-Target": "AmazonSSM.GetParameter"}, False),
        ("POST", "/personalize-ranking", {}, True),
        ("GET", "/events", {}, False),
        ("GET", "/bucket/key", {}, False),
    ],
)
def test_a_request_for_personalize_is_known_without_a_signature(
    method: str, path: str, headers: dict[str, str], expected: bool
) -> None:
    assert wire.is_personalize_request(method, path, headers) is expected


def test_the_date_is_the_services(world: World) -> None:
    world.pass_time(86_400)
    headers = world.personalize.list_schemas()["ResponseMetadata"]["HTTPHeaders"]
    assert parsedate_to_datetime(headers["date"]).timestamp() == int(world.clock.now())
    assert headers["x-amzn-requestid"]


def test_errors_have_a_date_too(world: World) -> None:
    with pytest.raises(world.personalize.exceptions.ResourceNotFoundException) as raised:
        world.personalize.describe_campaign(campaignArn=world.arn("campaign/none"))
    assert "date" in raised.value.response["ResponseMetadata"]["HTTPHeaders"]


def test_a_tracking_id_is_a_uuid(world: World) -> None:
    tracking = world.personalize.create_event_tracker(name="views", datasetGroupArn=world.group())["trackingId"]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", tracking)
