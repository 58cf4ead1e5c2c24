"""Saving and loading of the emulator's state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.world import ACCOUNT, REGION, ROLE, World

from cdk_personalize.local.clock import ManualClock, ScaledClock
from cdk_personalize.local.emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path


def loaded(world: World, path: Path) -> World:
    """Save the state of a world to a file, and load it into another world.

    The clock of the other world is a day behind.
    """
    world.emulator.save(path)
    other = World()
    other.clock = ManualClock(world.clock.now() - 86_400)
    other.emulator.clock = other.clock
    other.objects = other.emulator.objects = world.objects
    other.emulator.load(path)
    return other


@pytest.fixture
def campaign(world: World) -> str:
    version = world.version(world.solution(recipeArn="arn:aws:personalize:::recipe/aws-user-personalization-v2"))
    arn: str = world.personalize.create_campaign(name="related", solutionVersionArn=version)["campaignArn"]
    world.pass_time()
    return arn


def recommended(world: World, campaign: str) -> Any:
    runtime = world.client("personalize-runtime")
    return runtime.get_recommendations(campaignArn=campaign, userId="user-1")["itemList"]


def test_resources_are_the_same_after_loading(world: World, campaign: str, tmp_path: Path) -> None:
    world.personalize.tag_resource(resourceArn=campaign, tags=[{"tagKey": "team", "tagValue": "films"}])
    other = loaded(world, tmp_path / "state.json")
    assert other.emulator.resources() == world.emulator.resources()
    assert other.emulator.to_dict() == world.emulator.to_dict()
    for describe, arn in (("campaign", campaign), ("solution", world.arn("solution/similar"))):
        request = {f"{describe}Arn": arn}
        first, second = (getattr(each.personalize, f"describe_{describe}")(**request) for each in (world, other))
        assert first[describe] == second[describe]
    assert other.personalize.list_tags_for_resource(resourceArn=campaign)["tags"] == [
        {"tagKey": "team", "tagValue": "films"}
    ]
    assert recommended(other, campaign) == recommended(world, campaign)


def test_operations_continue_after_loading(world: World, campaign: str, tmp_path: Path) -> None:
    solution = world.arn("solution/similar")
    version = world.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    world.personalize.update_campaign(campaignArn=campaign, minProvisionedTPS=3)
    world.emulator.faults.add({"kind": "Filter", "outcome": "HANG"})
    world.personalize.create_filter(
        name="genre",
        datasetGroupArn=world.arn("dataset-group/movies"),
        filterExpression='INCLUDE ItemID WHERE Items.GENRES IN ("Drama")',
    )
    world.pass_time(120)
    other = loaded(world, tmp_path / "state.json")
    other.pass_time()
    described = other.personalize.describe_campaign(campaignArn=campaign)["campaign"]
    assert (described["minProvisionedTPS"], described["latestCampaignUpdate"]["status"]) == (3, "ACTIVE")
    assert other.status(version) == "ACTIVE"
    assert other.status(world.arn("filter/genre")) == "CREATE IN_PROGRESS"
    other.emulator.faults.clear()
    assert other.status(world.arn("filter/genre")) == "ACTIVE"
    assert world.status(world.arn("filter/genre")) == "CREATE IN_PROGRESS"


@pytest.mark.usefixtures("campaign")
def test_names_and_ids_stay_taken(world: World, tmp_path: Path) -> None:
    other = loaded(world, tmp_path / "state.json")
    with pytest.raises(other.personalize.exceptions.ResourceAlreadyExistsException):
        other.personalize.create_dataset_import_job(
            jobName="views",
            datasetArn=world.arn("dataset/movies/INTERACTIONS"),
            dataSource={"dataLocation": "s3://bucket/views.csv"},
            roleArn=ROLE,
        )
    existing = set(other.existing("SolutionVersion"))
    assert other.version(world.arn("solution/similar")) not in existing


def test_settings_are_part_of_the_state(world: World, tmp_path: Path) -> None:
    world.emulator.set_duration("Campaign", 5)
    world.emulator.set_metrics("Recommender", {"coverage": 0.5, "precision_at_5": None})
    world.emulator.set_authorization(True)
    world.emulator.set_role_propagation(60)
    world.emulator.rate_limits.set({"personalize": 20})
    world.emulator.fixed_answers.add({"arn": "a", "userId": "b", "items": ["c"]})
    other = loaded(world, tmp_path / "state.json").emulator
    assert other.to_dict() == world.emulator.to_dict()
    assert other.fixed_answers.find("a", {"userId": "b"}) == ("c",)
    assert other.rate_limits.rates() == {"personalize": 20.0}


def test_time_does_not_go_back(world: World, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    world.pass_time(1e9)
    world.emulator.save(path)
    ahead = Emulator(clock=ScaledClock())
    ahead.load(path)
    assert ahead.clock.now() >= world.clock.now()
    later = Emulator(clock=ManualClock(world.clock.now() + 5))
    later.load(path)
    assert later.clock.now() == world.clock.now() + 5


@pytest.mark.parametrize("state", [{"version": 0}, {}, [], "state"])
def test_a_state_of_another_version_is_not_loaded(world: World, tmp_path: Path, state: Any) -> None:
    world.group()
    path = tmp_path / "state.json"
    path.write_text(json.dumps(state), encoding="utf-8")
    with pytest.raises(ValueError, match="state"):
        world.emulator.load(path)
    assert world.existing("DatasetGroup") == [world.arn("dataset-group/movies")]


def test_a_loaded_state_is_a_copy(world: World) -> None:
    world.group()
    state = world.emulator.to_dict()
    other = Emulator(clock=ManualClock())
    other.from_dict(state)
    other.registry(ACCOUNT, REGION).resources.clear()
    assert len(world.existing("DatasetGroup")) == 1
    state["registries"].clear()
    assert len(world.existing("DatasetGroup")) == 1
