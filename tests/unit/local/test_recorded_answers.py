"""Comparison with recorded responses of AWS: same members, same types.

Sources: the notebooks of aws-samples/amazon-personalize-samples (user_segmentation_example, 2021;
update-item-dataset-schema-example, 2023) and aws-samples/amazon-personalize-immersion-day
(Retail_02_Training_Layer, Retail_03_Inference_Layer, Media_04_Inference and
Travel_01_Personalize_User_Segmentation, 2024).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import data
import pytest
from support.world import ACCOUNT, REGION, ROLE

if TYPE_CHECKING:
    from support.world import World

RECIPE = "arn:aws:personalize:::recipe/"
ITEM_METRICS = {
    "coverage",
    "mean_reciprocal_rank_at_25",
    "normalized_discounted_cumulative_gain_at_5",
    "normalized_discounted_cumulative_gain_at_10",
    "normalized_discounted_cumulative_gain_at_25",
    "precision_at_5",
    "precision_at_10",
    "precision_at_25",
}
PRICED = data.schema(
    "Items", ITEM_ID="string", TITLE="string", PRICE="float", CATEGORY_L1={"type": "string", "categorical": True}
)


def without_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def shop(world: World, use_case: str, **config: Any) -> str:
    """Return a recommender in an ECOMMERCE group, with views and purchases of users."""
    group = world.group("shop", domain="ECOMMERCE")
    views = data.interactions_csv().replace("Watch", "View")
    world.load(world.dataset(group, "Interactions", data.INTERACTIONS_SCHEMA), views, "views")
    rows = "".join(f"{item},{title},9.5,{genre}\n" for item, title, genre in data.ITEMS)
    world.load(world.dataset(group, "Items", PRICED), f"ITEM_ID,TITLE,PRICE,CATEGORY_L1\n{rows}", "items")
    arn: str = world.personalize.create_recommender(
        name="shown", datasetGroupArn=group, recipeArn=RECIPE + use_case, recommenderConfig=config
    )["recommenderArn"]
    world.pass_time()
    assert world.status(arn) == "ACTIVE"
    return arn


def trained(world: World, recipe: str) -> str:
    return world.version(world.solution(recipeArn=RECIPE + recipe))


def test_a_new_solution_is_described(world: World) -> None:
    arn = world.solution(recipeArn=f"{RECIPE}aws-item-affinity")
    described = world.personalize.describe_solution(solutionArn=arn)["solution"]
    recorded = {
        "name": str,
        "solutionArn": str,
        "performHPO": bool,
        "performAutoML": bool,
        "recipeArn": str,
        "datasetGroupArn": str,
        "status": str,
        "creationDateTime": object,
        "lastUpdatedDateTime": object,
    }
    for member, kind in recorded.items():
        assert isinstance(described[member], kind), member
    # Members that are newer than the recording. The service model documents their defaults.
    assert set(described) - set(recorded) == {"performAutoTraining", "performIncrementalUpdate"}


def test_a_version_is_described(world: World) -> None:
    arn = trained(world, "aws-item-attribute-affinity")
    described = world.personalize.describe_solution_version(solutionVersionArn=arn)["solutionVersion"]
    recorded = {
        "name",
        "solutionVersionArn",
        "solutionArn",
        "performHPO",
        "performAutoML",
        "recipeArn",
        "datasetGroupArn",
        "trainingHours",
        "trainingMode",
        "status",
        "creationDateTime",
        "lastUpdatedDateTime",
    }
    # Members that are newer than the recording.
    assert set(described) - recorded == {"trainingType", "performIncrementalUpdate"}
    assert recorded <= set(described)
    assert (described["trainingMode"], described["name"]) == ("FULL", arn.partition(":solution/")[2])
    assert isinstance(described["trainingHours"], float)


def test_a_schema_is_described(world: World) -> None:
    arn = world.personalize.create_schema(name="items", domain="ECOMMERCE", schema=PRICED)["schemaArn"]
    described = world.personalize.describe_schema(schemaArn=arn)["schema"]
    recorded = {"name", "schemaArn", "schema", "creationDateTime", "lastUpdatedDateTime", "domain"}
    assert set(described) == recorded
    assert described["schema"] == PRICED


def test_an_updated_dataset_is_described(world: World) -> None:
    dataset = world.dataset(world.group("shop", domain="ECOMMERCE"), "Items", PRICED)
    wider = json.loads(PRICED)
    wider["fields"].append({"name": "GENDER", "type": ["string", "null"], "categorical": True})
    schema = world.personalize.create_schema(name="wider", domain="ECOMMERCE", schema=json.dumps(wider))["schemaArn"]
    answer = world.personalize.update_dataset(datasetArn=dataset, schemaArn=schema)
    assert without_metadata(answer) == {"datasetArn": dataset}
    seen = []
    for _ in range(9):
        described = world.personalize.describe_dataset(datasetArn=dataset)["dataset"]
        seen.append(described["status"])
        world.pass_time(15)
    assert list(dict.fromkeys(seen)) == ["UPDATE PENDING", "UPDATE IN_PROGRESS", "ACTIVE"]
    members = {"name", "datasetArn", "datasetGroupArn", "datasetType", "schemaArn", "status"}
    times = {"creationDateTime", "lastUpdatedDateTime"}
    assert set(described) == {*members, *times, "latestDatasetUpdate"}
    update = described["latestDatasetUpdate"]
    assert set(update) == {"schemaArn", "status", *times}
    assert (described["schemaArn"], update["schemaArn"], update["status"]) == (schema, schema, "ACTIVE")


def test_ids_have_the_recorded_forms(world: World) -> None:
    version = trained(world, "aws-item-affinity")
    assert re.fullmatch(r"arn:aws:personalize:us-east-1:111111111111:solution/similar/[0-9a-f]{8}", version)
    assert world.arn("dataset/movies/INTERACTIONS") in world.existing("Dataset")


def test_creations_answer_the_arn_alone(world: World) -> None:
    answer = world.personalize.create_schema(name="films", schema=PRICED, domain="ECOMMERCE")
    assert without_metadata(answer) == {"schemaArn": world.arn("schema/films")}
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert re.fullmatch(r"[0-9a-f-]{36}", headers["x-amzn-requestid"])


def test_the_metrics_of_user_segmentation(world: World) -> None:
    version = trained(world, "aws-item-affinity")
    metrics = world.personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
    assert set(metrics) == {"coverage", "hits_at_1_percent", "recall_at_1_percent"}
    assert all(isinstance(value, float) and 0 < value < 1 for value in metrics.values())


def test_a_segment_job_writes_lists_of_users(world: World) -> None:
    version = trained(world, "aws-item-affinity")
    world.objects.write(ACCOUNT, REGION, "bucket", "in/query.json", b'{"itemId":"film-0"}\n')
    job = world.personalize.create_batch_segment_job(
        jobName="segments",
        solutionVersionArn=version,
        numResults=5,
        jobInput={"s3DataSource": {"path": "s3://bucket/in/query.json"}},
        jobOutput={"s3DataDestination": {"path": "s3://bucket/out/"}},
        roleArn=ROLE,
    )
    world.pass_time()
    assert world.status(job["batchSegmentJobArn"]) == "ACTIVE"
    (line,) = world.objects.read(ACCOUNT, REGION, "bucket", "out/query.json.out").decode().splitlines()
    answer = json.loads(line)
    assert (answer["input"], answer["error"], list(answer["output"])) == ({"itemId": "film-0"}, None, ["usersList"])
    assert len(answer["output"]["usersList"]) == 5
    users = json.dumps(answer["output"]["usersList"], separators=(",", ":"))
    assert line == f'{{"input": {{"itemId": "film-0"}}, "output": {{"usersList": {users}}}, "error": null}}'


def test_recipes_are_listed_by_name(world: World) -> None:
    pages = world.personalize.get_paginator("list_recipes").paginate()
    found = [recipe["name"] for page in pages for recipe in page["recipes"] if "domain" not in recipe]
    recorded = [
        "aws-item-affinity",
        "aws-item-attribute-affinity",
        "aws-next-best-action",
        "aws-personalized-ranking",
        "aws-personalized-ranking-v2",
        "aws-popularity-count",
        "aws-similar-items",
        "aws-sims",
        "aws-trending-now",
        "aws-user-personalization",
        "aws-user-personalization-v2",
    ]
    # The recipe Semantic-Similarity is newer than the recording.
    assert [name for name in found if name != "aws-semantic-similarity"] == recorded


def test_the_recipes_of_a_domain_have_a_second_page(world: World) -> None:
    first = world.personalize.list_recipes(domain="ECOMMERCE")
    second = world.personalize.list_recipes(domain="ECOMMERCE", nextToken=first["nextToken"])
    recorded = [
        "aws-ecomm-customers-who-viewed-x-also-viewed",
        "aws-ecomm-frequently-bought-together",
        "aws-ecomm-popular-items-by-purchases",
        "aws-ecomm-popular-items-by-views",
        "aws-ecomm-recommended-for-you",
    ]
    found = [*first["recipes"], *second["recipes"]]
    assert [each["name"] for each in found] == recorded
    members = {"name", "recipeArn", "status", "creationDateTime", "lastUpdatedDateTime", "domain"}
    assert all(set(each) == members for each in found)
    assert "nextToken" not in second


def test_the_metrics_of_a_ranking(world: World) -> None:
    version = trained(world, "aws-personalized-ranking")
    metrics = world.personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
    assert set(metrics) == ITEM_METRICS
    assert metrics == {name: round(value, 4) for name, value in metrics.items()}


def test_the_metrics_of_a_recommender(world: World) -> None:
    arn = shop(world, "aws-ecomm-recommended-for-you")
    described = world.personalize.describe_recommender(recommenderArn=arn)["recommender"]
    assert set(described["modelMetrics"]) == ITEM_METRICS


def test_an_unchanged_recommender_is_not_updated(world: World) -> None:
    arn = shop(world, "aws-ecomm-recommended-for-you", enableMetadataWithRecommendations=True)
    with pytest.raises(world.personalize.exceptions.InvalidInputException):
        world.personalize.update_recommender(
            recommenderArn=arn, recommenderConfig={"enableMetadataWithRecommendations": True}
        )


def test_an_unchanged_campaign_takes_an_update_without_a_trace(world: World) -> None:
    config = {"enableMetadataWithRecommendations": True}
    arn = world.personalize.create_campaign(
        name="ranking",
        solutionVersionArn=trained(world, "aws-personalized-ranking"),
        minProvisionedTPS=1,
        campaignConfig=config,
    )["campaignArn"]
    world.pass_time()
    answer = world.personalize.update_campaign(campaignArn=arn, campaignConfig=config)
    assert without_metadata(answer) == {"campaignArn": arn}
    assert "latestCampaignUpdate" not in world.personalize.describe_campaign(campaignArn=arn)["campaign"]


def test_customers_who_viewed_x_has_items_alone(world: World) -> None:
    arn = shop(world, "aws-ecomm-customers-who-viewed-x-also-viewed")
    answer = world.client("personalize-runtime").get_recommendations(
        recommenderArn=arn, itemId="film-0", userId="user-1", numResults=20
    )
    assert set(without_metadata(answer)) == {"itemList", "recommendationId"}
    assert [set(each) for each in answer["itemList"]] == [{"itemId"}] * 20
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/json"
    form = r"RID-[0-9a-f]{2}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-CID-[0-9a-f]{6}"
    assert re.fullmatch(form, answer["recommendationId"])


def test_recommended_for_you_has_no_scores(world: World) -> None:
    arn = shop(world, "aws-ecomm-recommended-for-you")
    answer = world.client("personalize-runtime").get_recommendations(recommenderArn=arn, userId="user-1")
    assert {member for each in answer["itemList"] for member in each} == {"itemId"}


@pytest.mark.parametrize("column", ["TITLE", "title"])
def test_metadata_has_names_in_lower_case(world: World, column: str) -> None:
    arn = shop(world, "aws-ecomm-recommended-for-you", enableMetadataWithRecommendations=True)
    answer = world.client("personalize-runtime").get_recommendations(
        recommenderArn=arn, userId="user-1", numResults=15, metadataColumns={"ITEMS": [column]}
    )
    titles = {item: title for item, title, _ in data.ITEMS}
    assert [each["metadata"] for each in answer["itemList"]] == [
        {"title": titles[each["itemId"]]} for each in answer["itemList"]
    ]


def test_a_filter_takes_a_placeholder_in_a_comparison(world: World) -> None:
    group = world.group()
    arn = world.personalize.create_filter(
        name="recent", datasetGroupArn=group, filterExpression="INCLUDE ItemID WHERE Items.YEAR >= $YEAR1"
    )["filterArn"]
    world.pass_time()
    assert world.status(arn) == "ACTIVE"
