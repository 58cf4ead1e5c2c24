"""The control API: rates, required age of roles, and answers that a test sets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import data
import pytest
from botocore.exceptions import ClientError
from support.world import ACCOUNT, REGION, ROLE

from cdk_personalize.local import control

if TYPE_CHECKING:
    from support.world import World

RECIPE = "arn:aws:personalize:::recipe/aws-"


def send(world: World, route: str, settings: Any = None) -> tuple[int, Any]:
    method, name = route.split()
    body = b"" if settings is None else json.dumps(settings).encode()
    return control.respond(world.emulator, method, f"/_personalize/{name}", body, lambda _: None)


def is_throttled(client: Any) -> bool:
    try:
        client.list_schemas()
    except ClientError as error:
        return bool(error.response["Error"] == {"Message": "Rate exceeded", "Code": "ThrottlingException"})
    return False


def test_there_is_no_rate_unless_one_is_set(world: World) -> None:
    assert [is_throttled(world.personalize) for _ in range(100)] == [False] * 100


def test_more_calls_than_the_rate_are_throttled(world: World) -> None:
    assert send(world, "POST rates", {"personalize": 5}) == (200, {})
    assert [is_throttled(world.personalize) for _ in range(8)] == [False] * 5 + [True] * 3
    assert [each["error"] for each in world.emulator.calls()[-2:]] == ["ThrottlingException"] * 2
    world.pass_time(0.4)
    assert [is_throttled(world.personalize) for _ in range(3)] == [False, False, True]
    world.pass_time(60)
    assert [is_throttled(world.personalize) for _ in range(6)] == [False] * 5 + [True]


def test_a_rate_is_of_one_service_in_one_account_and_region(world: World) -> None:
    send(world, "POST rates", {"personalize": 1, "personalize-events": 0.5})
    assert [is_throttled(world.personalize) for _ in range(2)] == [False, True]
    assert not is_throttled(world.client(region="eu-west-1"))
    assert not is_throttled(world.client(account="222222222222"))
    send(world, "POST rates", {"personalize": None})
    assert not is_throttled(world.personalize)
    world.emulator.reset()
    assert world.emulator.rate_limits.rates() == {}


def test_a_throttled_call_has_no_effect(world: World) -> None:
    send(world, "POST rates", {"personalize": 1})
    assert not is_throttled(world.personalize)
    with pytest.raises(ClientError, match="Rate exceeded") as raised:
        world.personalize.create_dataset_group(name="movies")
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert world.existing("DatasetGroup") == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"s3": 5}, "a rate is for one of personalize"),
        ({"personalize": 0}, "above 0, got 0"),
        ({"personalize": True}, "above 0, got True"),
        ({"personalize": "5"}, "above 0, got '5'"),
    ],
)
def test_a_rate_that_is_none_is_rejected(world: World, settings: Any, words: str) -> None:
    status, answer = send(world, "POST rates", settings)
    assert (status, words in answer["message"]) == (400, True)


def imported(world: World, job: str) -> dict[str, Any]:
    arn = world.load(world.arn("dataset/movies/INTERACTIONS"), data.interactions_csv(), job)
    found: dict[str, Any] = world.personalize.describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"]
    return found


def test_an_import_with_a_role_that_is_too_new_fails_later(world: World) -> None:
    world.dataset(world.group(), "Interactions", data.INTERACTIONS_SCHEMA)
    ages = {ROLE: 10.0}
    world.emulator.role_age = lambda account, role: ages.get(role) if account == ACCOUNT else None
    assert imported(world, "without-the-setting")["status"] == "ACTIVE"
    assert send(world, "POST role-propagation", {"seconds": 60}) == (200, {})
    too_new = imported(world, "too-new")
    assert too_new["status"] == "CREATE FAILED"
    assert too_new["failureReason"].endswith("Insufficient privileges for accessing data in Amazon S3.")
    ages[ROLE] = 60.0
    assert imported(world, "old-enough")["status"] == "ACTIVE"
    ages.clear()
    assert imported(world, "unknown")["status"] == "ACTIVE"


def test_other_jobs_with_a_role_that_is_too_new_fail_too(world: World) -> None:
    version = world.version(world.solution())
    world.objects.write(ACCOUNT, REGION, "bucket", "in/a.json", b'{"itemId": "film-0"}')
    world.emulator.role_age = lambda _account, _role: 1.0
    world.emulator.set_role_propagation(60)
    group, dataset = world.arn("dataset-group/movies"), world.arn("dataset/movies/ITEMS")
    destination = {"s3DataDestination": {"path": "s3://bucket/out/"}}
    arns = [
        world.personalize.create_batch_inference_job(
            jobName="batch",
            solutionVersionArn=version,
            jobInput={"s3DataSource": {"path": "s3://bucket/in/"}},
            jobOutput=destination,
            roleArn=ROLE,
        )["batchInferenceJobArn"],
        world.personalize.create_dataset_export_job(
            jobName="export", datasetArn=dataset, jobOutput=destination, roleArn=ROLE
        )["datasetExportJobArn"],
        world.personalize.create_data_deletion_job(
            jobName="forget", datasetGroupArn=group, dataSource={"dataLocation": "s3://bucket/in/"}, roleArn=ROLE
        )["dataDeletionJobArn"],
    ]
    world.pass_time()
    assert [world.status(arn) for arn in arns] == ["CREATE FAILED", "CREATE FAILED", "FAILED"]


@pytest.mark.parametrize("seconds", [-1, "60", True, None])
def test_an_age_that_is_none_is_rejected(world: World, seconds: Any) -> None:
    status, answer = send(world, "POST role-propagation", {"seconds": seconds})
    assert (status, answer["message"]) == (400, f"seconds must be a number of at least 0, got {seconds!r}")


def campaign(world: World, recipe: str) -> str:
    version = world.version(world.solution(recipeArn=RECIPE + recipe))
    arn: str = world.personalize.create_campaign(name="related", solutionVersionArn=version)["campaignArn"]
    world.pass_time()
    return arn


def recommended(world: World, arn: str, **request: Any) -> list[str]:
    answer = world.client("personalize-runtime").get_recommendations(campaignArn=arn, **request)
    return [each["itemId"] for each in answer["itemList"]]


def test_a_test_chooses_the_answer_for_a_user(world: World) -> None:
    arn = campaign(world, "user-personalization-v2")
    usual = recommended(world, arn, userId="user-1")
    chosen = {"arn": arn, "userId": "user-1", "items": ["film-9", "film-8", "none"]}
    assert send(world, "POST answers", chosen) == (200, {})
    assert recommended(world, arn, userId="user-1") == ["film-9", "film-8", "none"]
    assert recommended(world, arn, userId="user-1", numResults=2) == ["film-9", "film-8"]
    assert recommended(world, arn, userId="user-6") != ["film-9", "film-8", "none"]
    send(world, "POST answers", {"arn": arn, "items": ["film-3"]})
    assert recommended(world, arn, userId="user-1") == ["film-3"]
    assert recommended(world, arn, userId="user-6") == ["film-3"]
    assert send(world, "DELETE answers") == (200, {})
    assert recommended(world, arn, userId="user-1") == usual


def test_a_chosen_answer_has_metadata_and_can_be_for_an_item(world: World) -> None:
    arn = campaign(world, "semantic-similarity")
    send(world, "POST answers", {"arn": arn, "itemId": "film-0", "items": ["film-1"]})
    answer = world.client("personalize-runtime").get_recommendations(
        campaignArn=arn, itemId="film-0", metadataColumns={"ITEMS": ["TITLE"]}
    )
    assert answer["itemList"] == [{"itemId": "film-1", "metadata": {"title": "The Golden Harbour"}}]
    assert len(recommended(world, arn, itemId="film-2")) == 25


def test_a_test_chooses_a_ranking(world: World) -> None:
    arn = campaign(world, "personalized-ranking-v2")
    send(world, "POST answers", {"arn": arn, "userId": "user-1", "items": ["film-2", "film-1"]})
    ranking = world.client("personalize-runtime").get_personalized_ranking(
        campaignArn=arn, userId="user-1", inputList=["film-1", "film-2"]
    )["personalizedRanking"]
    assert ranking == [{"itemId": "film-2"}, {"itemId": "film-1"}]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"items": []}, "arn"),
        ({"arn": "a"}, "items"),
        ({"arn": 5, "items": []}, "arn must be a string, got 5"),
        ({"arn": "a", "userId": 5, "items": []}, "userId must be a string, got 5"),
        ({"arn": "a", "items": "film-1"}, "items must be a list of ids, got 'film-1'"),
        ({"arn": "a", "items": [1]}, "items must be a list of ids, got [1]"),
        ({"arn": "a", "items": [], "user": "b"}, "an answer has arn, itemId, items, userId, not user"),
    ],
)
def test_an_answer_that_is_badly_formed_is_rejected(world: World, answer: Any, words: str) -> None:
    status, told = send(world, "POST answers", answer)
    assert (status, words in told["message"]) == (400, True)


def test_a_route_that_does_not_exist_is_not_found(world: World) -> None:
    assert send(world, "DELETE rates") == (404, {"message": "there is no DELETE rates"})


def test_a_time_scale_is_told_after_it_was_set(world: World) -> None:
    told: list[float] = []
    path = "/_personalize/time-scale"
    assert control.respond(world.emulator, "POST", path, b'{"scale": 600}', told.append) == (200, {})
    assert control.respond(world.emulator, "POST", path, b'{"scale": 0}', told.append)[0] == 400
    assert told == [600]
