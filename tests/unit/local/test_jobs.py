"""Batch inference, batch segment, dataset export and data deletion jobs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import data
import pytest
from support.world import ACCOUNT, REGION, ROLE, SIMILAR_ITEMS

if TYPE_CHECKING:
    from support.world import World

RECIPE = "arn:aws:personalize:::recipe/aws-"
THEMES = {
    "batchInferenceJobMode": "THEME_GENERATION",
    "themeGenerationConfig": {"fieldsForThemeGeneration": {"itemName": "TITLE"}},
}
PLAIN = data.schema("Items", ITEM_ID="string", TITLE="string", GENRES=["null", "string"])
TEXTUAL = PLAIN.replace('"GENRES",', '"GENRES", "textual": true,')


def put(world: World, key: str, *lines: dict[str, Any]) -> None:
    body = "\n".join(json.dumps(line) for line in lines)
    world.objects.write(ACCOUNT, REGION, "bucket", key, body.encode())


def read(world: World, key: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in world.objects.read(ACCOUNT, REGION, "bucket", key).decode().splitlines()]


def trained(world: World, recipe: str = SIMILAR_ITEMS) -> str:
    return world.version(world.solution(recipeArn=recipe))


def infer(world: World, version: str, *, name: str = "job", to: str = "s3://bucket/out/", **more: Any) -> str:
    arn: str = world.personalize.create_batch_inference_job(
        jobName=name,
        solutionVersionArn=version,
        jobInput={"s3DataSource": {"path": "s3://bucket/in/"}},
        jobOutput={"s3DataDestination": {"path": to}},
        roleArn=ROLE,
        **more,
    )["batchInferenceJobArn"]
    return arn


def outcome(world: World, arn: str) -> tuple[str, str | None]:
    world.pass_time()
    job = world.personalize.describe_batch_inference_job(batchInferenceJobArn=arn)["batchInferenceJob"]
    return job["status"], job.get("failureReason")


def test_a_batch_job_answers_line_by_line(world: World) -> None:
    version = trained(world)
    put(world, "in/a.json", {"itemId": "film-1"}, {"itemId": "film-2"})
    put(world, "in/b.json", {"itemId": "film-3"})
    arn = infer(world, version, numResults=5)
    assert world.status(arn) == "CREATE PENDING"
    world.pass_time(600)
    assert world.status(arn) == "CREATE IN_PROGRESS"
    assert outcome(world, arn) == ("ACTIVE", None)
    first, second = read(world, "out/a.json.out")
    assert (first["input"], first["error"]) == ({"itemId": "film-1"}, None)
    assert len(first["output"]["recommendedItems"]) == 5
    assert "film-1" not in first["output"]["recommendedItems"]
    assert "scores" not in first["output"]
    assert second["output"] != first["output"]
    assert len(read(world, "out/b.json.out")) == 1
    assert world.objects.read(ACCOUNT, REGION, "bucket", "out/_CHECK") == b""
    (summary,) = world.personalize.list_batch_inference_jobs(solutionVersionArn=version)["batchInferenceJobs"]
    assert summary["batchInferenceJobMode"] == "BATCH_INFERENCE"


def test_a_line_of_batch_inference_is_compact_json(world: World) -> None:
    version = trained(world)
    put(world, "in/a.json", {"itemId": "film-1"})
    assert outcome(world, infer(world, version))[0] == "ACTIVE"
    line = world.objects.read(ACCOUNT, REGION, "bucket", "out/a.json.out").decode()
    assert line.startswith('{"input":{"itemId":"film-1"},"output":{"recommendedItems":["film-')
    assert line.endswith('"]},"error":null}\n')


def test_personal_answers_have_scores(world: World) -> None:
    version = trained(world, f"{RECIPE}user-personalization-v2")
    put(world, "in/users.json", {"userId": "user-1"})
    assert outcome(world, infer(world, version)) == ("ACTIVE", None)
    (answer,) = read(world, "out/users.json.out")
    scores = answer["output"]["scores"]
    assert len(scores) == len(answer["output"]["recommendedItems"]) == 25
    assert scores == sorted(scores, reverse=True)


def test_rankings_are_of_the_given_items(world: World) -> None:
    version = trained(world, f"{RECIPE}personalized-ranking-v2")
    put(world, "in/users.json", {"userId": "user-1", "itemList": ["film-9", "film-1", "film-none"]})
    assert outcome(world, infer(world, version)) == ("ACTIVE", None)
    (answer,) = read(world, "out/users.json.out")
    assert set(answer["output"]["recommendedItems"]) == {"film-9", "film-1", "film-none"}
    assert answer["output"]["recommendedItems"][-1] == "film-none"


def test_a_line_that_cannot_be_answered_says_why(world: World) -> None:
    version = trained(world)
    world.objects.write(ACCOUNT, REGION, "bucket", "in/a.json", b'{"userId": "1"}\n{\n[]\n')
    assert outcome(world, infer(world, version))[0] == "ACTIVE"
    answers = read(world, "out/a.json.out")
    assert [each["output"] for each in answers] == [None, None, None]
    assert answers[0]["error"] == "itemId is required"


def test_themes_come_with_scores(world: World) -> None:
    version = trained_for_themes(world)
    put(world, "in/items.json", {"itemId": "film-1"})
    assert outcome(world, infer(world, version, **THEMES)) == ("ACTIVE", None)
    (answer,) = read(world, "out/items.json.out")
    assert answer["input"] == {"itemId": "film-1"}
    output = answer["output"]
    assert output["theme"] == "More like The Golden Harbour"
    scores = output["itemsThemeRelevanceScores"]
    assert len(scores) == len(output["recommendedItems"]) == 25
    assert scores == sorted(scores, reverse=True)


def trained_for_themes(world: World, recipe: str = SIMILAR_ITEMS, items: str = TEXTUAL) -> str:
    group = world.group()
    world.load(world.dataset(group, "Interactions", data.INTERACTIONS_SCHEMA), data.interactions_csv(), "views")
    world.load(world.dataset(group, "Items", items), data.items_csv(), "films")
    solution = world.personalize.create_solution(
        name="themed", datasetGroupArn=group, recipeArn=recipe, performAutoTraining=False
    )["solutionArn"]
    world.pass_time()
    return world.version(solution)


def test_themes_take_a_hundred_items(world: World) -> None:
    version = trained_for_themes(world)
    put(world, "in/items.json", *({"itemId": f"film-{number}"} for number in range(101)))
    status, reason = outcome(world, infer(world, version, **THEMES))
    assert (status, "more than 100 lines" in str(reason)) == ("CREATE FAILED", True)


def named(item_name: str) -> dict[str, Any]:
    return THEMES | {"themeGenerationConfig": {"fieldsForThemeGeneration": {"itemName": item_name}}}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"batchInferenceJobMode": "THEME_GENERATION"}, "must be set together"),
        ({"themeGenerationConfig": THEMES["themeGenerationConfig"]}, "must be set together"),
        (named("GENRES"), "not textual"),
        (named("NOTHING"), "string column"),
    ],
)
def test_themes_need_a_configuration_that_fits(world: World, request_: dict[str, Any], words: str) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match=words):
        infer(world, trained_for_themes(world), **request_)


def test_themes_need_a_textual_field(world: World) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="textual field"):
        infer(world, trained_for_themes(world, items=PLAIN), **THEMES)


def test_themes_are_for_similar_items(world: World) -> None:
    version = trained_for_themes(world, f"{RECIPE}sims")
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="Similar-Items"):
        infer(world, version, **THEMES)


@pytest.mark.parametrize("recipe", ["trending-now", "item-affinity"])
def test_some_recipes_have_no_batch_inference(world: World, recipe: str) -> None:
    with pytest.raises(
        world.personalize.exceptions.InvalidInputException, match="does not support batch inference jobs"
    ):
        infer(world, trained(world, RECIPE + recipe))


def test_wrong_paths_fail_the_job(world: World) -> None:
    version = trained(world)
    assert outcome(world, infer(world, version)) == ("CREATE FAILED", "Invalid S3 input path")
    put(world, "in/a.json", {"itemId": "film-1"})
    lost = infer(world, version, name="lost", to="https://bucket/out/")
    assert outcome(world, lost) == ("CREATE FAILED", "Invalid S3 output path")


def test_the_output_goes_elsewhere(world: World) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="output"):
        infer(world, trained(world), to="s3://bucket/in")


def test_a_version_must_be_ready(world: World) -> None:
    solution = world.solution()
    young = world.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="CREATE PENDING"):
        infer(world, young)


def test_five_batch_jobs_run_at_a_time(world: World) -> None:
    version = trained(world)
    for number in range(5):
        infer(world, version, name=f"job-{number}")
    with pytest.raises(world.personalize.exceptions.LimitExceededException):
        infer(world, version, name="job-5")


def test_a_filter_keeps_items_out_and_stays_while_it_is_used(world: World) -> None:
    version = trained(world)
    filter_arn = world.personalize.create_filter(
        name="genre",
        datasetGroupArn=world.arn("dataset-group/movies"),
        filterExpression="INCLUDE ItemID WHERE Items.GENRES IN ($GENRE)",
    )["filterArn"]
    world.pass_time()
    put(world, "in/a.json", {"itemId": "film-1", "filterValues": {"GENRE": '"Drama"'}}, {"itemId": "film-1"})
    arn = infer(world, version, filterArn=filter_arn)
    with pytest.raises(world.personalize.exceptions.ResourceInUseException):
        world.personalize.delete_filter(filterArn=filter_arn)
    assert outcome(world, arn)[0] == "ACTIVE"
    answered, refused = read(world, "out/a.json.out")
    genres = {item: genre for item, _, genre in data.ITEMS}
    assert {genres[item] for item in answered["output"]["recommendedItems"]} == {"Drama"}
    assert "GENRE" in refused["error"]
    world.personalize.delete_filter(filterArn=filter_arn)


def test_a_filter_of_another_group_is_refused(world: World) -> None:
    version = trained(world)
    foreign = world.personalize.create_filter(
        name="foreign", datasetGroupArn=world.group("books"), filterExpression="INCLUDE ItemID WHERE Items.A = 1"
    )["filterArn"]
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="filter/foreign"):
        infer(world, version, filterArn=foreign)


def segment(world: World, version: str, **more: Any) -> dict[str, Any]:
    arn = world.personalize.create_batch_segment_job(
        jobName="segments",
        solutionVersionArn=version,
        jobInput={"s3DataSource": {"path": "s3://bucket/in/"}},
        jobOutput={"s3DataDestination": {"path": "s3://bucket/out/"}},
        roleArn=ROLE,
        **more,
    )["batchSegmentJobArn"]
    world.pass_time()
    job: dict[str, Any] = world.personalize.describe_batch_segment_job(batchSegmentJobArn=arn)["batchSegmentJob"]
    return job


def test_segments_are_of_users_who_like_an_item(world: World) -> None:
    put(world, "in/items.json", {"itemId": "film-0"})
    assert segment(world, trained(world, f"{RECIPE}item-affinity"), numResults=3)["status"] == "ACTIVE"
    (answer,) = read(world, "out/items.json.out")
    assert len(answer["output"]["usersList"]) == 3


def test_segments_are_of_users_who_like_an_attribute(world: World) -> None:
    put(world, "in/items.json", {"itemAttributes": 'ITEMS.genres = "Drama"'})
    assert segment(world, trained(world, f"{RECIPE}item-attribute-affinity"))["status"] == "ACTIVE"
    (answer,) = read(world, "out/items.json.out")
    # Every fifth viewer watches only dramas.
    assert {int(user.removeprefix("user-")) % 5 for user in answer["output"]["usersList"][:10]} == {0}


def test_attribute_queries_are_ten_a_file(world: World) -> None:
    put(world, "in/items.json", *[{"itemAttributes": 'ITEMS.genres = "Drama"'}] * 11)
    job = segment(world, trained(world, f"{RECIPE}item-attribute-affinity"))
    assert (job["status"], "more than 10 lines" in job["failureReason"]) == ("CREATE FAILED", True)


def test_only_segmentation_recipes_segment(world: World) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="does not support batch segment jobs"):
        segment(world, trained(world))


@pytest.mark.parametrize(("mode", "rows"), [("BULK", 60), ("PUT", 1), (None, 1), ("ALL", 61)])
def test_an_export_writes_what_was_imported_or_put(world: World, mode: str | None, rows: int) -> None:
    dataset = world.dataset(world.group(), "Items", PLAIN)
    world.load(dataset, data.items_csv(), "films")
    world.client("personalize-events").put_items(
        datasetArn=dataset, items=[{"itemId": "film-new", "properties": json.dumps({"title": "New"})}]
    )
    chosen = {"ingestionMode": mode} if mode else {}
    arn = world.personalize.create_dataset_export_job(
        jobName="export",
        datasetArn=dataset,
        roleArn=ROLE,
        jobOutput={"s3DataDestination": {"path": "s3://bucket/out/"}},
        **chosen,
    )["datasetExportJobArn"]
    world.pass_time()
    assert world.status(arn) == "ACTIVE"
    (key,) = world.objects.keys(ACCOUNT, REGION, "bucket", "out/")
    lines = world.objects.read(ACCOUNT, REGION, "bucket", key).decode().splitlines()
    assert lines[0] == "ITEM_ID,TITLE,GENRES"
    assert len(lines) - 1 == rows
    assert ("film-new,New," in lines) is (mode != "BULK")


def test_a_deletion_of_data_ends_as_completed(world: World) -> None:
    dataset = world.dataset(world.group(), "Interactions", data.INTERACTIONS_SCHEMA)
    world.load(dataset, data.interactions_csv(), "views")
    world.objects.write(ACCOUNT, REGION, "bucket", "forget.csv", b"USER_ID\nuser-1\nuser-2\n")

    def delete(name: str, path: str) -> dict[str, Any]:
        arn = world.personalize.create_data_deletion_job(
            jobName=name,
            datasetGroupArn=world.arn("dataset-group/movies"),
            dataSource={"dataLocation": path},
            roleArn=ROLE,
        )["dataDeletionJobArn"]
        assert world.status(arn) == "PENDING"
        world.pass_time(60)
        assert world.status(arn) == "IN_PROGRESS"
        world.pass_time()
        job: dict[str, Any] = world.personalize.describe_data_deletion_job(dataDeletionJobArn=arn)["dataDeletionJob"]
        return job

    job = delete("forget", "s3://bucket/forget.csv")
    assert (job["status"], job["numDeleted"]) == ("COMPLETED", 50)
    failed = delete("lost", "s3://bucket/none.csv")
    assert (failed["status"], failed["failureReason"]) == ("FAILED", "Invalid S3 input path")


def test_five_deletions_of_data_wait_at_a_time(world: World) -> None:
    request = {"datasetGroupArn": world.group(), "dataSource": {"dataLocation": "s3://bucket/a"}, "roleArn": ROLE}
    for number in range(5):
        world.personalize.create_data_deletion_job(jobName=f"job-{number}", **request)
    with pytest.raises(world.personalize.exceptions.LimitExceededException):
        world.personalize.create_data_deletion_job(jobName="job-5", **request)
    world.pass_time(60)
    world.personalize.create_data_deletion_job(jobName="job-5", **request)
