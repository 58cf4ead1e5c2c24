"""Automatic trainings: the first one within an hour, the others by schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from support.world import World

DAY = 24 * 3600.0


def versions(world: World, training_type: str = "AUTOMATIC") -> list[dict[str, Any]]:
    found = world.personalize.list_solution_versions(solutionArn=world.arn("solution/similar"))["solutionVersions"]
    return [each for each in found if each["trainingType"] == training_type]


def update(world: World, **changes: Any) -> None:
    world.personalize.update_solution(solutionArn=world.arn("solution/similar"), **changes)
    world.pass_time(60)


@pytest.fixture
def solution(world: World) -> str:
    arn = world.solution()
    world.personalize.delete_solution(solutionArn=arn)
    world.pass_time()
    return arn


def create(world: World, **config: Any) -> str:
    arn: str = world.personalize.create_solution(
        name="similar",
        datasetGroupArn=world.arn("dataset-group/movies"),
        recipeArn="arn:aws:personalize:::recipe/aws-similar-items",
        **config,
    )["solutionArn"]
    world.pass_time(5)
    return arn


@pytest.mark.usefixtures("solution")
def test_the_first_one_starts_within_the_hour(world: World) -> None:
    create(world)
    assert versions(world) == []
    world.pass_time()
    assert len(versions(world)) == 1


@pytest.mark.usefixtures("solution")
def test_a_version_made_within_the_hour_replaces_the_first_one(world: World) -> None:
    arn = create(world)
    world.personalize.create_solution_version(solutionArn=arn)
    world.pass_time(6 * DAY)
    assert (len(versions(world)), len(versions(world, "MANUAL"))) == (0, 1)
    world.pass_time(2 * DAY)
    assert len(versions(world)) == 1


@pytest.mark.parametrize(("config", "expected"), [({}, 2), ({"schedulingExpression": "rate(1 day)"}, 8)])
@pytest.mark.usefixtures("solution")
def test_a_schedule_repeats(world: World, config: dict[str, str], expected: int) -> None:
    create(world, **({"solutionConfig": {"autoTrainingConfig": config}} if config else {}))
    world.pass_time(7 * DAY + 3600)
    assert len(versions(world)) == expected


@pytest.mark.usefixtures("solution")
def test_turning_it_on_starts_one_within_the_hour(world: World) -> None:
    create(world, performAutoTraining=False)
    world.pass_time(30 * DAY)
    assert versions(world) == []
    update(world, performAutoTraining=True)
    world.pass_time()
    assert len(versions(world)) == 1


@pytest.mark.usefixtures("solution")
def test_turning_it_off_ends_it(world: World) -> None:
    create(world)
    world.pass_time()
    update(world, performAutoTraining=False)
    world.pass_time(30 * DAY)
    assert len(versions(world)) == 1


@pytest.mark.usefixtures("solution")
def test_a_solution_is_not_deleted_while_an_automatic_training_runs(world: World) -> None:
    arn = create(world)
    world.pass_time(900)
    (version,) = versions(world)
    assert version["status"] == "CREATE IN_PROGRESS"
    delete = world.personalize.delete_solution
    with pytest.raises(world.personalize.exceptions.ResourceInUseException, match=version["solutionVersionArn"]):
        delete(solutionArn=arn)
    update(world, performAutoTraining=False)
    world.personalize.stop_solution_version_creation(solutionVersionArn=version["solutionVersionArn"])
    world.pass_time(120)
    delete(solutionArn=arn)
    world.pass_time()
    assert world.existing("Solution") == []
