"""Schemas, dataset groups, datasets and imports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import data
import pytest
from support.world import ACCOUNT, REGION, ROLE, SIMILAR_ITEMS

if TYPE_CHECKING:
    from support.world import World

ACTION_INTERACTIONS = data.schema(
    "ActionInteractions", USER_ID="string", ACTION_ID="string", TIMESTAMP="long", EVENT_TYPE="string"
)


def imported(world: World, dataset: str, name: str, **options: Any) -> dict[str, Any]:
    request = {"dataSource": {"dataLocation": f"s3://bucket/{name}.csv"}, "roleArn": ROLE, **options}
    job = world.personalize.create_dataset_import_job(jobName=name, datasetArn=dataset, **request)
    world.pass_time()
    found: dict[str, Any] = world.personalize.describe_dataset_import_job(
        datasetImportJobArn=job["datasetImportJobArn"]
    )["datasetImportJob"]
    return found


def put(world: World, name: str, csv: str) -> None:
    world.objects.write(ACCOUNT, REGION, "bucket", f"{name}.csv", csv.encode())


@pytest.mark.parametrize("schema", ["{", "[]", '{"type": "record"}', '{"type": "record", "name": "A", "fields": []}'])
def test_a_schema_is_avro(world: World, schema: str) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidInputException):
        world.personalize.create_schema(name="ratings", schema=schema)


def test_a_schema_has_no_status(world: World) -> None:
    arn = world.personalize.create_schema(name="ratings", schema=data.INTERACTIONS_SCHEMA)["schemaArn"]
    described = world.personalize.describe_schema(schemaArn=arn)["schema"]
    assert "status" not in described
    assert described["schema"] == data.INTERACTIONS_SCHEMA


def test_a_schema_that_a_dataset_uses_is_not_deleted(world: World) -> None:
    world.dataset(world.group(), "Interactions", data.INTERACTIONS_SCHEMA)
    with pytest.raises(world.personalize.exceptions.ResourceInUseException, match="dataset/movies/INTERACTIONS"):
        world.personalize.delete_schema(schemaArn=world.arn("schema/movies-interactions"))


@pytest.mark.parametrize(
    ("dataset_type", "schema", "missing"),
    [
        ("Interactions", data.ITEMS_SCHEMA, "USER_ID"),
        ("Items", data.INTERACTIONS_SCHEMA.replace("ITEM_ID", "OTHER"), "ITEM_ID"),
        ("Users", data.ITEMS_SCHEMA, "USER_ID"),
        ("Actions", data.ITEMS_SCHEMA, "ACTION_ID"),
        ("Action_Interactions", data.INTERACTIONS_SCHEMA, "ACTION_ID"),
        ("Films", data.ITEMS_SCHEMA, "datasetType must be one of"),
    ],
)
def test_a_dataset_takes_a_schema_of_its_type_only(world: World, dataset_type: str, schema: str, missing: str) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match=missing):
        world.dataset(world.group(), dataset_type, schema)


def test_items_have_a_hundred_columns_at_most(world: World) -> None:
    def columns(count: int) -> str:
        return data.schema("Items", ITEM_ID="string", **{f"F{number}": "string" for number in range(count)})

    world.dataset(world.group(), "Items", columns(100))
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="at most 100 metadata fields"):
        world.dataset(world.group("other"), "Items", columns(101))


def test_a_file_that_is_no_text_fails_the_import(world: World) -> None:
    dataset = world.dataset(world.group(), "Items", data.ITEMS_SCHEMA)
    world.objects.write(ACCOUNT, REGION, "bucket", "films.csv", b"ITEM_ID,TITLE\n\xff\xfe,\xff\n")
    assert imported(world, dataset, "films")["status"] == "CREATE FAILED"


def test_a_group_has_one_dataset_of_a_type(world: World) -> None:
    group = world.group()
    world.dataset(group, "Items", data.ITEMS_SCHEMA)
    with pytest.raises(world.personalize.exceptions.ResourceAlreadyExistsException):
        world.personalize.create_dataset(
            name="other", schemaArn=world.arn("schema/movies-items"), datasetGroupArn=group, datasetType="ITEMS"
        )


def test_a_dataset_needs_a_group_that_is_ready(world: World) -> None:
    group = world.personalize.create_dataset_group(name="movies")["datasetGroupArn"]
    with pytest.raises(world.personalize.exceptions.ResourceInUseException, match="CREATE PENDING"):
        world.dataset(group, "Items", data.ITEMS_SCHEMA)


def test_a_domain_group_takes_no_actions(world: World) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="custom"):
        world.dataset(world.group(domain="ECOMMERCE"), "Action_Interactions", ACTION_INTERACTIONS)


def test_action_interactions_bring_a_tracking_id(world: World) -> None:
    group = world.group()
    actions = world.dataset(group, "Action_Interactions", ACTION_INTERACTIONS)
    items = world.dataset(group, "Items", data.ITEMS_SCHEMA)
    assert world.personalize.describe_dataset(datasetArn=actions)["dataset"]["trackingId"]
    assert "trackingId" not in world.personalize.describe_dataset(datasetArn=items)["dataset"]


def wider(**fields: Any) -> str:
    """Return the schema of films with additional or changed fields."""
    own = {field.pop("name"): field for field in json.loads(data.ITEMS_SCHEMA)["fields"]}
    chosen = {name: field for name, field in (own | fields).items() if field is not None}
    return data.schema("Items", **chosen)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (wider(YEAR="int"), "New fields must be of type null too: YEAR"),
        (wider(GENRES=None), "keep all fields as they are, but changes GENRES"),
        (wider(TITLE="int"), "changes TITLE"),
        (wider(GENRES={"type": ["null", "string"], "categorical": True}), "changes GENRES"),
    ],
)
def test_a_schema_is_replaced_by_a_wider_one_only(world: World, schema: str, words: str) -> None:
    dataset = world.dataset(world.group(), "Items", data.ITEMS_SCHEMA)
    other = world.personalize.create_schema(name="other", schema=schema)["schemaArn"]
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match=words):
        world.personalize.update_dataset(datasetArn=dataset, schemaArn=other)


def test_the_schema_of_interactions_is_not_replaced(world: World) -> None:
    dataset = world.dataset(world.group(), "Interactions", data.INTERACTIONS_SCHEMA)
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="cannot be replaced"):
        world.personalize.update_dataset(datasetArn=dataset, schemaArn=world.arn("schema/movies-interactions"))


def test_a_dataset_shows_its_update_in_its_status(world: World) -> None:
    dataset = world.dataset(world.group(), "Items", data.ITEMS_SCHEMA)
    schema = world.personalize.create_schema(name="wider", schema=wider(YEAR=["null", "int"]))["schemaArn"]
    world.personalize.update_dataset(datasetArn=dataset, schemaArn=schema)
    for status in ("UPDATE PENDING", "UPDATE IN_PROGRESS"):
        found = world.personalize.describe_dataset(datasetArn=dataset)["dataset"]
        assert (found["status"], found["schemaArn"]) == (status, world.arn("schema/movies-items"))
        assert found["latestDatasetUpdate"]["schemaArn"] == schema
        world.pass_time(50)
    world.pass_time()
    found = world.personalize.describe_dataset(datasetArn=dataset)["dataset"]
    assert (found["status"], found["schemaArn"]) == ("ACTIVE", schema)


def test_a_dataset_in_use_is_not_deleted(world: World) -> None:
    dataset = world.dataset(world.group(), "Items", data.ITEMS_SCHEMA)
    put(world, "films", data.items_csv())
    world.personalize.create_dataset_import_job(
        jobName="films", datasetArn=dataset, dataSource={"dataLocation": "s3://bucket/films.csv"}
    )
    with pytest.raises(world.personalize.exceptions.ResourceInUseException, match="dataset-import-job/films"):
        world.personalize.delete_dataset(datasetArn=dataset)


def test_a_group_goes_last_and_once(world: World) -> None:
    group = world.group()
    dataset = world.dataset(group, "Items", data.ITEMS_SCHEMA)
    in_use = world.personalize.exceptions.ResourceInUseException
    with pytest.raises(in_use, match="dataset/movies/ITEMS"):
        world.personalize.delete_dataset_group(datasetGroupArn=group)
    world.personalize.delete_dataset(datasetArn=dataset)
    world.pass_time()
    world.personalize.delete_dataset_group(datasetGroupArn=group)
    with pytest.raises(in_use, match="DELETE PENDING"):
        world.personalize.delete_dataset_group(datasetGroupArn=group)
    world.pass_time()
    with pytest.raises(world.personalize.exceptions.ResourceNotFoundException):
        world.personalize.delete_dataset_group(datasetGroupArn=group)


def test_a_region_has_five_groups_at_most(world: World) -> None:
    for number in range(5):
        world.personalize.create_dataset_group(name=f"movies-{number}")
    with pytest.raises(world.personalize.exceptions.LimitExceededException):
        world.personalize.create_dataset_group(name="movies-5")
    elsewhere = world.client(region="eu-west-1")
    assert "eu-west-1" in elsewhere.create_dataset_group(name="movies-5")["datasetGroupArn"]


def test_a_failed_group_does_not_count(world: World) -> None:
    world.emulator.faults.add({"kind": "DatasetGroup", "outcome": "CREATE FAILED", "times": 5})
    for number in range(5):
        world.group(f"movies-{number}")
    world.group("movies-5")


def test_a_role_of_a_group_needs_a_key(world: World) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="kmsKeyArn"):
        world.personalize.create_dataset_group(name="movies", roleArn=ROLE)


@pytest.mark.parametrize(
    ("csv", "reason"),
    [
        ("ITEM_ID\nfilm-1\n", "Input CSV is missing the following columns:[TITLE, YEAR]."),
        ("ITEM_ID,TITLE,YEAR\n", "no rows"),
        ("ITEM_ID,TITLE,YEAR\nfilm-1,One,late\n", "YEAR in line 2"),
        ("ITEM_ID,TITLE,YEAR\nfilm-1,One,\n", "empty YEAR in line 2"),
        ("", "Input CSV is missing"),
        (f"ITEM_ID,TITLE,YEAR\nfilm-1,{'x' * 200_000},7\n", "cannot be read"),
    ],
)
def test_a_file_that_does_not_fit_the_schema_fails_the_import(world: World, csv: str, reason: str) -> None:
    schema = data.schema("Items", ITEM_ID="string", TITLE="string", YEAR="int", GENRES=["null", "string"])
    dataset = world.dataset(world.group(), "Items", schema)
    put(world, "films", csv)
    job = imported(world, dataset, "films")
    assert job["status"] == "CREATE FAILED"
    assert job["failureReason"].startswith("Failed to create a data import job for ITEMS dataset")
    assert reason in job["failureReason"]


def test_a_place_without_files_fails_the_import(world: World) -> None:
    dataset = world.dataset(world.group(), "Items", data.ITEMS_SCHEMA)
    job = imported(world, dataset, "nowhere")
    assert job["status"] == "CREATE FAILED"
    assert job["failureReason"].endswith("Insufficient privileges for accessing data in Amazon S3.")


def test_the_name_of_a_job_is_never_free_again(world: World) -> None:
    dataset = world.dataset(world.group(), "Items", data.ITEMS_SCHEMA)
    put(world, "films", data.items_csv())
    assert imported(world, dataset, "films")["status"] == "ACTIVE"
    with pytest.raises(world.personalize.exceptions.ResourceAlreadyExistsException):
        imported(world, dataset, "films")


def test_the_first_import_is_full(world: World) -> None:
    dataset = world.dataset(world.group(), "Items", data.ITEMS_SCHEMA)
    put(world, "films", data.items_csv())
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="FULL"):
        imported(world, dataset, "films", importMode="INCREMENTAL")


def test_five_imports_run_at_a_time(world: World) -> None:
    dataset = world.dataset(world.group(), "Items", data.ITEMS_SCHEMA)
    for number in range(5):
        world.personalize.create_dataset_import_job(
            jobName=f"films-{number}", datasetArn=dataset, dataSource={"dataLocation": "s3://bucket/films.csv"}
        )
    with pytest.raises(
        world.personalize.exceptions.LimitExceededException,
        match=r"More than 5 resources with PENDING or IN_PROGRESS status.",
    ):
        imported(world, dataset, "films-5")


FEW_USERS = "".join(f"user-{number % 20},film-1,{number},Watch\n" for number in range(2000))
FEW_EVENTS = "".join(f"user-{number % 100},film-1,{number},Watch\n" for number in range(900))


@pytest.mark.parametrize(
    ("rows", "event_type", "reason"),
    [
        (FEW_USERS, None, "Create failed. Dataset has fewer than 25 users with at least 2 interactions each."),
        (FEW_EVENTS, None, "Create failed. Dataset has fewer than 1000 interactions."),
        (FEW_EVENTS, "Watch", "Dataset has fewer than 1000 interactions after filtering by event type: Watch"),
        (FEW_USERS, "Buy", "Dataset has fewer than 1000 interactions after filtering by event type: Buy"),
    ],
)
def test_a_training_on_too_little_fails(world: World, rows: str, event_type: str | None, reason: str) -> None:
    group = world.group()
    dataset = world.dataset(group, "Interactions", data.INTERACTIONS_SCHEMA)
    world.load(dataset, f"USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n{rows}", "views")
    chosen = {"eventType": event_type} if event_type else {}
    solution = world.personalize.create_solution(
        name="similar", datasetGroupArn=group, recipeArn=SIMILAR_ITEMS, performAutoTraining=False, **chosen
    )["solutionArn"]
    world.pass_time()
    version = world.version(solution)
    found = world.personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]
    assert (found["status"], found["failureReason"]) == ("CREATE FAILED", reason)
