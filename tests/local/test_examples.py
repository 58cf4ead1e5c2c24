"""Deployments of all examples, as their readers run them: `cdk deploy --all`."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.deployed_example import Example

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.deploy import LocalAws

pytestmark = pytest.mark.xdist_group("examples")

RELEASE = frozenset(
    {
        "CreateBatchInferenceJob",
        "CreateCampaign",
        "CreateRecommender",
        "DescribeBatchInferenceJob",
        "DescribeCampaign",
        "DescribeDataset",
        "DescribeRecommender",
        "ListBatchInferenceJobs",
        "ListRecommenders",
        "UpdateCampaign",
        "UpdateRecommender",
    }
)
"""Operations that the release of Amazon Personalize of 2023-11-27 changed."""


def test_the_examples_exercise_the_release_of_november_2023(aws: LocalAws) -> None:
    position = len(aws.calls())
    movies(aws)
    shop(aws)
    called = {each["operation"] for each in aws.calls(position) if each["error"] is None}
    assert RELEASE - called == {"ListRecommenders"}  # only rollbacks and `cdk-personalize status` call it


def movies(aws: LocalAws) -> None:
    example = Example(aws, "movies")
    prepare = example.prepare()
    example.deploy()
    arn = aws.outputs("Movies")["CampaignArn"]
    assert aws.personalize().describe_campaign(campaignArn=arn)["campaign"]["status"] == "ACTIVE"

    answer = (
        aws.session()
        .client("personalize-runtime")
        .get_recommendations(campaignArn=arn, itemId="film-0", numResults=5, metadataColumns={"ITEMS": ["TITLE"]})
    )
    assert len(answer["itemList"]) == 5
    assert all(each["metadata"]["title"] for each in answer["itemList"])

    bucket = prepare.uploading.bucket_name(prepare.EXAMPLE, aws.session())
    written = aws.session().client("s3").get_object(Bucket=bucket, Key="out/films.json.out")["Body"].read().decode()
    lines = [json.loads(line) for line in written.splitlines()]
    assert [each["input"]["itemId"] for each in lines] == list(prepare.THEMES_FOR)
    assert all(each["output"]["theme"] and each["output"]["recommendedItems"] for each in lines)

    example.deploy("-c", "min_provisioned_tps=2")
    updated = aws.personalize().describe_campaign(campaignArn=arn)["campaign"]
    assert (updated["minProvisionedTPS"], updated["latestCampaignUpdate"]["status"]) == (2, "ACTIVE")
    example.destroy()
    assert example.left() == set()
    prepare.uploading.delete_bucket(prepare.EXAMPLE, aws.session())


def shop(aws: LocalAws) -> None:
    example = Example(aws, "shop")
    prepare = example.prepare()
    example.deploy()
    outputs = aws.outputs("ShopExample")
    personalize = aws.personalize()

    def recommender(output: str) -> dict[str, Any]:
        found: dict[str, Any] = personalize.describe_recommender(recommenderArn=outputs[output])["recommender"]
        return found

    assert recommender("ForYouArn")["status"] == "ACTIVE"
    assert recommender("BestSellersArn")["status"] == "INACTIVE"
    answer = (
        aws.session()
        .client("personalize-runtime")
        .get_recommendations(recommenderArn=outputs["ForYouArn"], userId="customer-1", numResults=3)
    )
    assert len(answer["itemList"]) == 3

    await_hours(aws, "INACTIVE", lambda: recommender("ForYouArn"))
    example.deploy("-c", "requests_per_second=2")
    updated = recommender("ForYouArn")
    assert updated["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 2
    assert updated["latestRecommenderUpdate"]["status"] == "ACTIVE"
    assert updated["status"] == "INACTIVE"
    assert recommender("BestSellersArn")["status"] == "INACTIVE"
    await_hours(aws, "ACTIVE", lambda: recommender("ForYouArn"))
    example.destroy()
    assert example.left() == set()
    prepare.uploading.delete_bucket(prepare.EXAMPLE, aws.session())


def await_hours(aws: LocalAws, status: str, recommender: Callable[[], dict[str, Any]]) -> None:
    """Let days pass in a second until a schedule has started or stopped a recommender."""
    aws.control("POST", "time-scale", {"scale": 100_000})
    deadline = time.monotonic() + 60
    while recommender()["status"] != status:
        assert time.monotonic() < deadline, recommender()
        time.sleep(0.05)
    aws.control("POST", "time-scale", {"scale": 400})  # an hour until the next time is nine seconds


def test_next_best_action_has_the_tracking_id_where_it_is_needed(aws: LocalAws) -> None:
    example = Example(aws, "next_best_action")
    prepare = example.prepare()
    example.deploy()
    outputs = aws.outputs("NextBestAction")
    personalize = aws.personalize()
    datasets = [each["datasetArn"] for each in personalize.list_datasets()["datasets"]]
    (outcomes,) = [each for each in datasets if each.endswith("/ACTION_INTERACTIONS")]
    tracking_id = personalize.describe_dataset(datasetArn=outcomes)["dataset"]["trackingId"]
    assert outputs["TrackingId"] == tracking_id

    functions = aws.session().client("lambda")
    environment = functions.get_function_configuration(FunctionName=outputs["TellName"])["Environment"]["Variables"]
    assert environment == {"TRACKING_ID": tracking_id}
    told = {"action": "lounge-pass", "user": "traveller-1", "session": "s", "outcome": "TAKEN", "at": 1_700_000_999}
    run = functions.invoke(FunctionName=outputs["TellName"], Payload=json.dumps(told).encode())
    assert "FunctionError" not in run, run["Payload"].read()

    answer = (
        aws.session()
        .client("personalize-runtime")
        .get_action_recommendations(campaignArn=outputs["CampaignArn"], userId="traveller-1", numResults=3)
    )
    assert len(answer["actionList"]) == 3
    example.destroy()
    assert example.left() == set()
    prepare.uploading.delete_bucket(prepare.EXAMPLE, aws.session())


def test_an_application_uploads_trains_and_asks(aws: LocalAws) -> None:
    example = Example(aws, "application")
    example.deploy()
    (campaign,) = aws.existing("Campaign")
    (first_filter,) = aws.existing("Filter")
    assert genres_for(aws, "user-4")
    assert "Documentary" not in genres_for(aws, "user-4")

    example.deploy("-c", "min_provisioned_tps=2", "-c", "hidden_genre=Drama")
    assert aws.personalize().describe_campaign(campaignArn=campaign)["campaign"]["minProvisionedTPS"] == 2
    assert aws.existing("Campaign") == [campaign]
    assert first_filter not in aws.existing("Filter")
    assert "Documentary" in genres_for(aws, "user-4")
    assert "Drama" not in genres_for(aws, "user-4")
    example.destroy()
    assert example.left() == set()


def genres_for(aws: LocalAws, user: str) -> set[str]:
    """Invoke the function of the example. Return the genres of recommended films."""
    name = aws.outputs("FilmsWebsite")["RecommendName"]
    run = aws.session().client("lambda").invoke(FunctionName=name, Payload=json.dumps({"user": user}).encode())
    answer = run["Payload"].read()
    assert "FunctionError" not in run, answer
    return {each["genres"] for each in json.loads(answer)}
