"""Trainings that block the deletion of their solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cdk_personalize_handler import service_model
from support.cloudformation import Failed, Resource
from support.samples import Samples

if TYPE_CHECKING:
    from support.world import World

TEN_HOURS = 36_000


@pytest.fixture
def solution(world: World) -> Resource:
    samples = Samples(world)
    made = Resource(world, "Solution", polls=400)
    shape = service_model.create_shape("Solution")
    made.create(**service_model.to_template(shape, samples.request("Solution")))
    world.emulator.set_duration("SolutionVersion", TEN_HOURS)
    return made


def test_a_training_that_no_stack_owns_is_stopped(world: World, solution: Resource) -> None:
    """It is that of a training pipeline, or of a principal outside the stack."""
    world.personalize.create_solution_version(solutionArn=solution.physical_id, name="nightly")
    solution.delete()
    assert world.called("Stop") == ["StopSolutionVersionCreation"]
    assert solution.physical_id not in world.existing("Solution")


def test_the_training_of_another_stack_is_waited_for(world: World, solution: Resource) -> None:
    tags = [{"tagKey": "cdk-personalize:owner", "tagValue": "0a1b2c3d/4e5f6a7b"}]
    world.personalize.create_solution_version(solutionArn=solution.physical_id, name="foreign", tags=tags)
    with pytest.raises(Failed, match="timed out after 55 min"):
        solution.delete()
    assert world.called("Stop") == []
