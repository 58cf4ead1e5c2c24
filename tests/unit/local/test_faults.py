"""Injected faults: rejected calls, lost responses and failing operations."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cdk_personalize.local import control
from cdk_personalize.local.faults import Faults

if TYPE_CHECKING:
    from support.world import World


def refusal(world: World) -> tuple[str, int]:
    with pytest.raises(ClientError) as raised:
        world.personalize.create_dataset_group(name="movies")
    return raised.value.response["Error"]["Code"], raised.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(
    ("error", "status"),
    [("ThrottlingException", 400), ("InternalServerError", 500), ("LimitExceededException", 400)],
)
def test_the_next_calls_are_refused(world: World, error: str, status: int) -> None:
    world.emulator.faults.add({"operation": "CreateDatasetGroup", "error": error, "times": 2})
    assert [refusal(world), refusal(world)] == [(error, status)] * 2
    assert [each["error"] for each in world.emulator.calls()] == [error] * 2
    assert world.existing("DatasetGroup") == []
    world.group()


def test_a_lost_answer_has_taken_effect(world: World) -> None:
    world.emulator.faults.add({"operation": "CreateDatasetGroup", "error": "InternalServerError", "after": True})
    assert refusal(world) == ("InternalServerError", 500)
    assert world.existing("DatasetGroup") == [world.arn("dataset-group/movies")]
    assert refusal(world) == ("ResourceAlreadyExistsException", 400)


def test_a_creation_starts_and_fails(world: World) -> None:
    world.emulator.faults.add({"kind": "DatasetGroup", "outcome": "CREATE FAILED", "reason": "Out of luck"})
    arn = world.personalize.create_dataset_group(name="movies")["datasetGroupArn"]
    assert world.status(arn) == "CREATE PENDING"
    world.pass_time()
    found = world.personalize.describe_dataset_group(datasetGroupArn=arn)["datasetGroup"]
    assert (found["status"], found["failureReason"]) == ("CREATE FAILED", "Out of luck")


def test_a_creation_hangs(world: World) -> None:
    world.emulator.faults.add({"kind": "DatasetGroup", "outcome": "HANG"})
    arn = world.group()
    world.pass_time(1e9)
    assert world.status(arn) == "CREATE IN_PROGRESS"


def test_what_hangs_goes_on_when_the_faults_are_cleared(world: World) -> None:
    world.emulator.faults.add({"kind": "DatasetGroup", "outcome": "HANG"})
    arn = world.group()
    world.emulator.faults.clear()
    assert world.status(arn) == "ACTIVE"


def test_an_answer_comes_late(world: World) -> None:
    world.emulator.faults.add({"operation": "ListDatasetGroups", "delay": 0.2})
    began = time.monotonic()
    world.personalize.list_dataset_groups()
    assert time.monotonic() - began >= 0.2


def test_faults_are_cleared(world: World) -> None:
    world.emulator.faults.add({"operation": "CreateDatasetGroup", "error": "ThrottlingException"})
    world.emulator.faults.add({"kind": "DatasetGroup", "outcome": "CREATE FAILED"})
    world.emulator.faults.clear()
    assert world.status(world.group()) == "ACTIVE"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({}, "a fault must have operation with error"),
        ({"operation": "CreateDatasetGroup"}, "a fault must have operation with error"),
        ({"operation": "CreateDatasetGroup", "error": "E", "oops": 1}, "a fault must have operation with error"),
        ({"operation": "CreateMiracle", "error": "E"}, "operation must be an operation of"),
        ({"operation": "CreateDatasetGroup", "error": ""}, "error must be the name"),
        ({"operation": "CreateDatasetGroup", "error": "E", "times": 0}, "times must be"),
        ({"operation": "CreateDatasetGroup", "error": "E", "times": True}, "times must be"),
        ({"operation": "CreateDatasetGroup", "error": "E", "after": "yes"}, "after must be"),
        ({"operation": "CreateDatasetGroup", "delay": -1}, "delay must be"),
        ({"kind": "Miracle", "outcome": "HANG"}, "kind must be"),
        ({"kind": "Campaign", "outcome": "ACTIVE"}, "outcome must be one of CREATE FAILED, HANG"),
        ({"kind": "Campaign", "error": "ThrottlingException"}, "a fault must have operation with error"),
    ],
)
def test_a_badly_formed_fault_is_refused(fault: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Faults().add(fault)


def test_trainings_come_to_the_metrics_that_a_test_gives(world: World) -> None:
    solution = world.solution()
    older = world.version(solution)
    world.emulator.set_metrics("SolutionVersion", {"coverage": 0.01, "serendipity": 3, "precision_at_5": None})
    newer = world.version(solution)

    def metrics(arn: str) -> dict[str, float]:
        found: dict[str, float] = world.personalize.get_solution_metrics(solutionVersionArn=arn)["metrics"]
        return found

    expected = {**metrics(older), "coverage": 0.01, "serendipity": 3.0}
    del expected["precision_at_5"]
    assert metrics(newer) == expected
    world.emulator.set_metrics("SolutionVersion", {})
    assert metrics(world.version(solution)) == metrics(older)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "Campaign", "metrics": {}}, "kind must be one of SolutionVersion, Recommender, got 'Campaign'"),
        ({"kind": "Recommender", "metrics": {"coverage": "much"}}, "metrics must be numbers"),
        ({"kind": "Recommender", "metrics": {"coverage": True}}, "metrics must be numbers"),
        ({"kind": "Recommender", "metrics": [0.1]}, "metrics must be an object of numbers by name"),
        ({"kind": "Recommender"}, "the request needs 'metrics'"),
    ],
)
def test_badly_formed_metrics_are_refused(world: World, body: dict[str, Any], words: str) -> None:
    status, answer = control.respond(
        world.emulator, "POST", "/_personalize/metrics", json.dumps(body).encode(), lambda _: None
    )
    assert status == 400
    assert words in answer["message"]


@pytest.mark.parametrize(
    ("recipe", "names"),
    [
        ("aws-item-affinity", {"coverage", "hits_at_1_percent", "recall_at_1_percent"}),
        ("aws-similar-items", {"coverage", "mean_reciprocal_rank_at_25", "precision_at_5"}),
    ],
)
def test_the_metrics_are_those_of_the_recipe(world: World, recipe: str, names: set[str]) -> None:
    version = world.version(world.solution(recipeArn=f"arn:aws:personalize:::recipe/{recipe}"))
    found = world.personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
    assert names <= set(found)
    assert ("hits_at_1_percent" in found) == ("hits_at_1_percent" in names)
