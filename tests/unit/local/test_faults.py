"""Faults on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

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


def test_faults_are_cleared(world: World) -> None:
    world.emulator.faults.add({"operation": "CreateDatasetGroup", "error": "ThrottlingException"})
    world.emulator.faults.add({"kind": "DatasetGroup", "outcome": "CREATE FAILED"})
    world.emulator.faults.clear()
    assert world.status(world.group()) == "ACTIVE"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({}, "a fault has operation and error"),
        ({"operation": "CreateDatasetGroup"}, "a fault has operation and error"),
        ({"operation": "CreateDatasetGroup", "error": "E", "oops": 1}, "a fault has operation and error"),
        ({"operation": "CreateMiracle", "error": "E"}, "operation must be one of"),
        ({"operation": "CreateDatasetGroup", "error": ""}, "error must be the name"),
        ({"operation": "CreateDatasetGroup", "error": "E", "times": 0}, "times must be"),
        ({"operation": "CreateDatasetGroup", "error": "E", "times": True}, "times must be"),
        ({"operation": "CreateDatasetGroup", "error": "E", "after": "yes"}, "after must be"),
        ({"kind": "Miracle", "outcome": "HANG"}, "kind must be"),
        ({"kind": "Campaign", "outcome": "ACTIVE"}, "outcome must be one of CREATE FAILED, HANG"),
        ({"kind": "Campaign", "error": "ThrottlingException"}, "a fault has operation and error"),
    ],
)
def test_a_badly_formed_fault_is_refused(fault: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Faults().add(fault)
