"""`cdk-personalize delete-group` against the emulator, with an adjustable clock."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import data
import pytest
from cdk_personalize_handler.errors import AccessDenied
from support.catalogue import DELETABLE
from support.world import ROLE, World

from cdk_personalize.cli import group_deletion, group_reader
from cdk_personalize.cli.aws import AwsClients
from cdk_personalize.cli.group_deletion import GroupHasOwner, ResourceStaysInUse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

METRICS = [{"eventType": "Watch", "metricName": "watched", "expression": "SUM(Items.YEAR)"}]
MINUTE = 60.0


class Stacks:
    """AWS CloudFormation, as far as a search for the owner of a resource needs it."""

    def __init__(self, physical_ids_by_stack: Mapping[str, Sequence[str]]) -> None:
        self._physical_ids_by_stack = physical_ids_by_stack

    def get_paginator(self, operation: str) -> Any:
        """Return an object whose `paginate` yields one page."""
        return Pages(self._physical_ids_by_stack, operation)


class Pages:
    """The response of a list operation in one page."""

    def __init__(self, physical_ids_by_stack: Mapping[str, Sequence[str]], operation: str) -> None:
        self._physical_ids_by_stack = physical_ids_by_stack
        self._operation = operation

    def paginate(self, *, StackName: str = "") -> Iterator[dict[str, Any]]:  # noqa: N803
        if self._operation == "describe_stacks":
            described = {"StackStatus": "CREATE_COMPLETE", "CreationTime": None}
            names = self._physical_ids_by_stack
            yield {"Stacks": [{"StackId": name, "StackName": name, **described} for name in names]}
            return
        ids = self._physical_ids_by_stack[StackName]
        yield {
            "StackResourceSummaries": [
                {"LogicalResourceId": each, "PhysicalResourceId": each, "ResourceType": "Any"} for each in ids
            ]
        }


class Clients(AwsClients):
    """The clients of the command, on the emulator of this process."""

    def __init__(self, client: Any, stacks: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self._client_of_emulator = client
        self._stacks = stacks

    @cached_property
    def reading(self) -> Any:
        """Amazon Personalize."""
        return self._client_of_emulator

    @cached_property
    def writing(self) -> Any:
        """Amazon Personalize."""
        return self._client_of_emulator

    @cached_property
    def cloudformation(self) -> Any:
        """AWS CloudFormation."""
        return Stacks(self._stacks)


@pytest.fixture
def solution(world: World) -> str:
    """A solution of the group `movies`, which has each other kind too."""
    solution = world.solution()
    version, group = world.version(solution), world.arn("dataset-group/movies")
    world.personalize.create_campaign(name="related", solutionVersionArn=version)
    expression = 'INCLUDE ItemID WHERE Items.GENRES IN ("Drama")'
    world.personalize.create_filter(name="dramas", datasetGroupArn=group, filterExpression=expression)
    world.personalize.create_event_tracker(name="clicks", datasetGroupArn=group)
    output = {"roleArn": ROLE, "s3DataDestination": {"path": "s3://bucket/metrics/"}}
    world.personalize.create_metric_attribution(
        name="watched", datasetGroupArn=group, metrics=METRICS, metricsOutputConfig=output
    )
    world.pass_time()
    return solution


def delete(world: World, name: str = "movies", **stacks: Sequence[str]) -> list[str]:
    """Delete a group as the command does. Return the states in their order."""
    aws = Clients(world.personalize, stacks)
    group = group_reader.read(aws, name)
    group_deletion.require_no_owner(group)
    resources = group_deletion.deletable(group)
    before, changes = {each.arn: group_deletion.WAITING for each in resources}, []
    for states in group_deletion.delete(aws, resources):
        changes += [
            f"{each.kind.name} {each.name}: {states[each.arn]}"
            for each in resources
            if states[each.arn] != before[each.arn]
        ]
        before = dict(states)
        world.pass_time(MINUTE)
    return changes


def test_every_kind_that_can_be_deleted_has_a_place_in_the_order() -> None:
    assert set(DELETABLE) <= set(group_reader.IN_ORDER_OF_CREATION)


@pytest.mark.usefixtures("solution")
def test_everything_is_deleted_children_first(world: World) -> None:
    changes = delete(world)
    assert [each["kind"] for each in world.emulator.resources() if each["kind"] in DELETABLE] == []
    assert [each.split(":")[0] for each in changes if each.endswith(": deleted")] == [
        "Campaign related",
        "Solution similar",
        "MetricAttribution watched",
        "EventTracker clicks",
        "Filter dramas",
        "Dataset movies-interactions",
        "Dataset movies-items",
        "Schema movies-interactions",
        "Schema movies-items",
        "DatasetGroup movies",
    ]
    rejected = [each for each in world.emulator.calls() if each["error"] == "ResourceInUseException"]
    assert rejected == []


def test_recommenders_of_a_domain_are_deleted(world: World) -> None:
    group = world.group("films", domain="VIDEO_ON_DEMAND")
    views = world.dataset(group, "Interactions", data.INTERACTIONS_SCHEMA)
    world.load(views, data.interactions_csv(), "views")
    recipe = "arn:aws:personalize:::recipe/aws-vod-most-popular"
    world.personalize.create_recommender(name="popular", datasetGroupArn=group, recipeArn=recipe)
    world.personalize.create_recommender(name="others", datasetGroupArn=group, recipeArn=recipe)
    world.pass_time()
    world.personalize.stop_recommender(recommenderArn=world.arn("recommender/others"))
    world.pass_time()
    assert delete(world, "films")[-1] == "DatasetGroup films: deleted"


def test_operations_in_progress_are_stopped_or_waited_out(world: World, solution: str) -> None:
    world.personalize.create_solution_version(solutionArn=solution)
    world.personalize.update_campaign(campaignArn=world.arn("campaign/related"), minProvisionedTPS=5)
    world.personalize.create_dataset_import_job(
        jobName="more",
        datasetArn=world.arn("dataset/movies/ITEMS"),
        dataSource={"dataLocation": "s3://bucket/films.csv"},
        roleArn=ROLE,
    )
    assert "Solution similar: in use, waiting" in (changes := delete(world))
    assert changes[-1] == "DatasetGroup movies: deleted"
    assert world.called("StopSolutionVersionCreation") == ["StopSolutionVersionCreation"]


def test_automatic_training_is_switched_off(world: World) -> None:
    world.solution(performAutoTraining=True)
    world.personalize.create_solution_version(solutionArn=world.arn("solution/similar"))
    assert delete(world)[-1] == "DatasetGroup movies: deleted"
    assert world.called("UpdateSolution", "Stop")[:2] == ["StopSolutionVersionCreation", "UpdateSolution"]


@pytest.mark.usefixtures("solution")
def test_a_schema_of_another_group_is_kept(world: World) -> None:
    other = world.group("others")
    world.personalize.create_dataset(
        name="others", schemaArn=world.arn("schema/movies-items"), datasetGroupArn=other, datasetType="ITEMS"
    )
    world.pass_time()
    changes = delete(world)
    assert "Schema movies-items: kept: another dataset uses it" in changes
    assert changes[-1] == "DatasetGroup movies: deleted"
    assert world.existing("Schema") == [world.arn("schema/movies-items")]
    assert world.existing("DatasetGroup") == [other]


@pytest.mark.usefixtures("solution")
def test_what_a_stack_owns_is_not_deleted(world: World) -> None:
    before = world.emulator.resources()
    with pytest.raises(
        GroupHasOwner, match=r"dataset group movies was not deleted, because a stack owns Filter dramas"
    ) as error:
        delete(world, Shop=[world.arn("filter/dramas"), world.arn("schema/movies-items")])
    assert "(stack Shop)" in str(error.value)
    assert world.emulator.resources() == before
    assert world.called("Delete") == []


@pytest.mark.usefixtures("solution")
def test_a_schema_of_a_stack_is_kept(world: World) -> None:
    assert "Schema movies-items: kept: the stack Shop owns it" in delete(world, Shop=[world.arn("schema/movies-items")])
    assert world.existing("Schema") == [world.arn("schema/movies-items")]


def test_a_group_is_found_by_its_arn(world: World) -> None:
    changes = delete(world, world.group("films"))
    assert changes == ["DatasetGroup films: DELETE PENDING", "DatasetGroup films: deleted"]
    assert world.existing("DatasetGroup") == []


def test_an_unknown_group_is_one_line(world: World) -> None:
    world.group("films")
    with pytest.raises(group_reader.DatasetGroupNotFound, match=r"^dataset group film does not exist in us-east-1$"):
        delete(world, "film")


@pytest.mark.usefixtures("solution")
def test_calls_that_are_not_answered_are_repeated(world: World) -> None:
    for operation in ("DeleteCampaign", "DeleteDataset"):
        world.emulator.faults.add({"operation": operation, "error": "ThrottlingException", "times": 2})
    world.emulator.faults.add({"operation": "DeleteFilter", "error": "InternalServerError", "after": True})
    assert delete(world)[-1] == "DatasetGroup movies: deleted"


@pytest.mark.usefixtures("solution")
def test_a_missing_permission_ends_the_deletion(world: World) -> None:
    world.emulator.faults.add({"operation": "DeleteSolution", "error": "AccessDeniedException"})
    with pytest.raises(AccessDenied):
        delete(world)
    assert world.existing("Solution")


def test_a_resource_that_stays_in_use_ends_the_deletion(world: World) -> None:
    world.group("films")
    world.emulator.faults.add({"operation": "DeleteDatasetGroup", "error": "ResourceInUseException", "times": 1000})
    with pytest.raises(ResourceStaysInUse, match=r"^DatasetGroup films was in use for 4 hours: DeleteDatasetGroup was"):
        delete(world, "films")
