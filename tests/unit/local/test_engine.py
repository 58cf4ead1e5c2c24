"""Behavior of all kinds: validation, pages, tags, call log, accounts, regions."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING, Any

import data
import pytest
from botocore.config import Config
from cdk_personalize_handler import service_model
from support.world import ACCOUNT, REGION, ROLE

from cdk_personalize.local import control_plane
from cdk_personalize.local.emulator import Emulator
from cdk_personalize.local.errors import ServiceError

if TYPE_CHECKING:
    from support.world import World


def call(world: World, operation: str, **request: Any) -> dict[str, Any]:
    return world.emulator.call("personalize", operation, request, account=ACCOUNT, region=REGION)


@pytest.mark.parametrize(
    ("operation", "request_", "words"),
    [
        ("CreateDatasetGroup", {}, "Value at 'name' is required"),
        ("CreateDatasetGroup", {"name": "a b"}, "Value at 'name' must match"),
        ("CreateDatasetGroup", {"name": "a" * 64}, "Value at 'name' must have at most 63 characters"),
        ("CreateDatasetGroup", {"name": "a", "domain": "FOOD"}, "Value at 'domain' must be one of ECOMMERCE"),
        ("CreateDatasetGroup", {"name": 1}, "Value at 'name' must be a string"),
        ("ListCampaigns", {"maxResults": 101}, "Value at 'maxResults' must be at most 100"),
        ("DescribeCampaign", {"campaignArn": "related"}, "Value at 'campaignArn' must match"),
        (
            "CreateCampaign",
            {"name": "a", "solutionVersionArn": "arn:aws:personalize:us-east-1:1:solution/a/b", "minProvisionedTPS": 0},
            "Value at 'minProvisionedTPS' must be at least 1",
        ),
        ("TagResource", {"resourceArn": "arn:aws:personalize:us-east-1:1:campaign/a", "tags": [{}]}, "tags.0.tagKey"),
    ],
)
def test_a_request_that_the_model_refuses_is_invalid(
    world: World, operation: str, request_: dict[str, Any], words: str
) -> None:
    with pytest.raises(ServiceError) as raised:
        call(world, operation, **request_)
    assert (raised.value.code, raised.value.status) == ("InvalidInputException", 400)
    assert words in raised.value.message


def test_all_mistakes_are_named_at_once(world: World) -> None:
    with pytest.raises(ServiceError, match="2 validation errors detected"):
        call(world, "CreateDatasetGroup", name="a b", domain="FOOD")


def test_an_unknown_operation_is_refused(world: World) -> None:
    with pytest.raises(ServiceError, match="no operation CreateMiracle") as raised:
        call(world, "CreateMiracle")
    assert raised.value.code == "UnknownOperationException"


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        (service, operation)
        for service in ("personalize", "personalize-runtime", "personalize-events")
        for operation in service_model.model(service).operation_names
    ],
)
def test_every_operation_is_carried(world: World, service: str, operation: str) -> None:
    shape = service_model.model(service).operation_model(operation).input_shape
    with contextlib.suppress(ServiceError):
        world.emulator.call(service, operation, sample(shape), account=ACCOUNT, region=REGION)
    assert world.emulator.calls()[-1]["error"] in (None, "ResourceNotFoundException", "InvalidInputException")


def sample(shape: Any, name: str = "") -> Any:
    """Return a valid value of a shape, with the required members only."""
    if shape.type_name == "structure":
        return {member: sample(shape.members[member], member) for member in shape.required_members}
    if shape.type_name == "list":
        return [sample(shape.member)]
    if shape.type_name in ("integer", "float", "timestamp"):
        return 1
    if name.lower().endswith("rolearn"):
        return ROLE
    if name.lower().endswith("arn"):
        return f"arn:aws:personalize:{REGION}:{ACCOUNT}:{name}/none"
    return "s3://bucket/key" if name in ("path", "dataLocation") else "a1"


def test_an_answer_that_the_model_does_not_allow_is_our_mistake(world: World) -> None:
    world.group()
    state = world.emulator.registries[ACCOUNT, REGION]
    state.resources[world.arn("dataset-group/movies")].record["creationDateTime"] = None
    state.resources[world.arn("dataset-group/movies")].record["failureReason"] = 5
    with pytest.raises(AssertionError, match="DescribeDatasetGroup returns a response that its model does not allow"):
        world.personalize.describe_dataset_group(datasetGroupArn=world.arn("dataset-group/movies"))


def test_an_error_that_the_model_does_not_have_is_our_mistake(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def reject(*_: object) -> None:
        raise ServiceError("ResourceInUseException", "busy")

    monkeypatch.setattr(control_plane, "call", reject)
    with pytest.raises(AssertionError, match="DescribeCampaign returns ResourceInUseException"):
        call(world, "DescribeCampaign", campaignArn=world.arn("campaign/a"))


def test_a_list_comes_in_pages(world: World) -> None:
    names = [f"schema-{number}" for number in range(7)]
    for name in names:
        world.personalize.create_schema(name=name, schema=data.ITEMS_SCHEMA)
    pages = world.personalize.get_paginator("list_schemas").paginate(PaginationConfig={"PageSize": 3})
    found = [[schema["name"] for schema in page["schemas"]] for page in pages]
    assert found == [names[:3], names[3:6], names[6:]]


@pytest.mark.parametrize("token", ["3", "not base64", "TGlzdFNvbHV0aW9uczoz"])
def test_a_token_of_another_list_is_refused(world: World, token: str) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidNextTokenException, match="The token is not valid"):
        world.personalize.list_schemas(nextToken=token)


def test_a_list_without_a_parent_is_of_the_whole_account(world: World) -> None:
    for name in ("movies", "books"):
        world.dataset(world.group(name), "Items", data.ITEMS_SCHEMA)
    assert len(world.personalize.list_datasets()["datasets"]) == 2
    (one,) = world.personalize.list_datasets(datasetGroupArn=world.arn("dataset-group/books"))["datasets"]
    assert one["datasetArn"] == world.arn("dataset/books/ITEMS")


def test_only_versions_are_not_found_by_an_unknown_parent(world: World) -> None:
    unknown = world.arn("solution/unknown")
    assert world.personalize.list_campaigns(solutionArn=unknown)["campaigns"] == []
    with pytest.raises(world.personalize.exceptions.ResourceNotFoundException):
        world.personalize.list_solution_versions(solutionArn=unknown)


def test_an_arn_of_another_kind_is_not_found(world: World) -> None:
    with pytest.raises(world.personalize.exceptions.ResourceNotFoundException):
        world.personalize.describe_campaign(campaignArn=world.group())


def test_accounts_and_regions_do_not_see_each_other(world: World) -> None:
    world.group()
    for elsewhere in (world.client(account="222222222222"), world.client(region="eu-west-1")):
        assert elsewhere.list_dataset_groups()["datasetGroups"] == []
        elsewhere.create_dataset_group(name="movies")
    assert {(each["account"], each["region"]) for each in world.emulator.resources()} == {
        (ACCOUNT, REGION),
        ("222222222222", REGION),
        (ACCOUNT, "eu-west-1"),
    }


def test_tags_are_added_replaced_and_removed(world: World) -> None:
    arn = world.group(tags=[{"tagKey": "team", "tagValue": "search"}])
    world.personalize.tag_resource(
        resourceArn=arn, tags=[{"tagKey": "team", "tagValue": "shop"}, {"tagKey": "cost", "tagValue": ""}]
    )
    world.personalize.untag_resource(resourceArn=arn, tagKeys=["cost", "never"])
    tags = world.personalize.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == [{"tagKey": "team", "tagValue": "shop"}]
    assert "tags" not in world.personalize.describe_dataset_group(datasetGroupArn=arn)["datasetGroup"]


def test_a_resource_has_fifty_tags_at_most(world: World) -> None:
    tags = [{"tagKey": f"key-{number}", "tagValue": ""} for number in range(50)]
    arn = world.group(tags=tags)
    with pytest.raises(world.personalize.exceptions.TooManyTagsException):
        world.personalize.tag_resource(resourceArn=arn, tags=[{"tagKey": "more", "tagValue": ""}])
    with pytest.raises(world.personalize.exceptions.TooManyTagsException):
        world.group("other", tags=[*tags, {"tagKey": "more", "tagValue": ""}])
    assert world.existing("DatasetGroup") == [arn]


def test_a_schema_has_no_tags(world: World) -> None:
    arn = world.personalize.create_schema(name="films", schema=data.ITEMS_SCHEMA)["schemaArn"]
    with pytest.raises(world.personalize.exceptions.InvalidInputException):
        world.personalize.list_tags_for_resource(resourceArn=arn)


def test_resources_are_listed_with_their_status(world: World) -> None:
    arn = world.personalize.create_dataset_group(name="movies")["datasetGroupArn"]
    expected = {"kind": "DatasetGroup", "arn": arn, "account": ACCOUNT, "region": REGION}
    assert world.emulator.resources() == [expected | {"status": "CREATE PENDING"}]
    world.pass_time()
    assert world.emulator.resources() == [expected | {"status": "ACTIVE"}]


def test_every_call_is_recorded_refused_ones_too(world: World) -> None:
    world.personalize.create_dataset_group(name="movies")
    world.pass_time(5)
    with pytest.raises(world.personalize.exceptions.ResourceAlreadyExistsException):
        world.personalize.create_dataset_group(name="movies")
    start = world.clock.now() - 5
    common = {"operation": "CreateDatasetGroup", "account": ACCOUNT, "region": REGION, "request": {"name": "movies"}}
    assert world.emulator.calls() == [
        common | {"error": None, "at": start},
        common | {"error": "ResourceAlreadyExistsException", "at": start + 5},
    ]
    json.dumps(world.emulator.calls())


def test_what_was_answered_can_be_changed_without_harm(world: World) -> None:
    solution = world.solution(solutionConfig={"algorithmHyperParameters": {"a": "1"}})
    answer = call(world, "DescribeSolution", solutionArn=solution)
    answer["solution"]["solutionConfig"]["algorithmHyperParameters"]["a"] = "2"
    again = call(world, "DescribeSolution", solutionArn=solution)
    assert again["solution"]["solutionConfig"]["algorithmHyperParameters"] == {"a": "1"}


def test_a_duration_holds_for_what_starts_from_now_on(world: World) -> None:
    world.emulator.set_duration("DatasetGroup", 7200)
    arn = world.group()
    assert world.status(arn) == "CREATE IN_PROGRESS"
    world.pass_time()
    assert world.status(arn) == "ACTIVE"
    for kind, seconds in (("Miracle", 5), ("Campaign", -1), ("Campaign", "5"), ("Campaign", True)):
        with pytest.raises(ValueError, match="must be"):
            world.emulator.set_duration(kind, seconds)  # type: ignore[arg-type]


def test_a_reset_forgets_everything(world: World) -> None:
    world.group()
    world.emulator.set_duration("DatasetGroup", 1e9)
    world.emulator.faults.add({"operation": "ListSchemas", "error": "ThrottlingException"})
    world.emulator.reset()
    assert (world.emulator.resources(), world.emulator.calls()) == ([], [])
    assert world.status(world.group()) == "ACTIVE"
    world.personalize.list_schemas()


def test_many_threads_create_one_resource(world: World) -> None:
    outcomes: list[str] = []

    def create() -> None:
        try:
            call(world, "CreateDatasetGroup", name="movies")
            outcomes.append("made")
        except ServiceError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ResourceAlreadyExistsException"] * 7 + ["made"]


def test_the_emulator_brings_its_own_clock_store_and_client() -> None:
    emulator = Emulator()
    client = emulator.client(region="eu-west-1", config=Config(retries={"total_max_attempts": 1}))
    client.create_dataset_group(name="movies")
    assert emulator.resources()[0]["region"] == "eu-west-1"


def test_recipes_are_described_with_all_that_hangs_on_them(world: World) -> None:
    recipes = [each for page in world.personalize.get_paginator("list_recipes").paginate() for each in page["recipes"]]
    names = [each["name"] for each in recipes]
    assert len(names) == 22
    assert names == sorted(names)
    assert not any(name.startswith("aws-hrnn") for name in names)
    for summary in recipes:
        recipe = world.personalize.describe_recipe(recipeArn=summary["recipeArn"])["recipe"]
        algorithm = world.personalize.describe_algorithm(algorithmArn=recipe["algorithmArn"])["algorithm"]
        assert algorithm["name"] == recipe["name"]
        transformation = recipe["featureTransformationArn"]
        described = world.personalize.describe_feature_transformation(featureTransformationArn=transformation)
        assert described["featureTransformation"]["status"] == "ACTIVE"
    of_domain = world.personalize.list_recipes(domain="ECOMMERCE")["recipes"]
    assert {each["domain"] for each in of_domain} == {"ECOMMERCE"}
    assert len(of_domain) == 5
    with pytest.raises(world.personalize.exceptions.ResourceNotFoundException):
        world.personalize.describe_recipe(recipeArn="arn:aws:personalize:::recipe/aws-none")
