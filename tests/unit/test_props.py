"""Tests of props and their docstrings against the service model."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from cdk_personalize_handler import service_model
from cdk_personalize_handler.diff import ConfigurationDiff
from cdk_personalize_handler.kinds import KINDS
from support.constructs import CONSTRUCTS, name_prop, props

import cdk_personalize as personalize
from cdk_personalize._resource import TaggableResource
from cdk_personalize.cli.drift import nested

if TYPE_CHECKING:
    from botocore.model import Shape

# Props with another name than the last member of their path, without `Arn`.
PROPS = {
    "schema": "definition",
    "dataLocation": "source",
    "s3DataSource": "input",
    "s3DataDestination": "output",
    "importMode": "mode",
    "filterExpression": "expression",
    "itemExplorationConfig": "item_exploration",
    "trainingDataConfig": "excluded_columns",
    "autoTrainingConfig": "auto_training_frequency",
    "eventsConfig": "events",
    "fieldsForThemeGeneration": "theme_generation",
}
PROPS_OF_KINDS = {("Recommender", "recipeArn"): "use_case"}

# Members whose prop is an enumeration of this library.
ENUMERATIONS = {"datasetType"}

# Members without a prop, with the reason.
NOT_PROPS = {
    "tags": "set with Tags.of(...), as everywhere in CDK",
    "batchInferenceJobMode": "follows from theme_generation",
}

# Enumeration values that users cannot choose, with the reason.
NOT_CHOICES = {"AUTOTRAIN": "the mode of automatic trainings"}

Path = tuple[str, ...]


def members(kind: str) -> dict[Path, Shape]:
    """Return the members of a create request that are props, by path."""
    found: dict[Path, Any] = {}
    for name, shape in service_model.create_shape(kind).members.items():
        if shape.type_name == "structure":
            found |= {(name, nested): inner for nested, inner in shape.members.items()}
        elif name not in NOT_PROPS:
            found[(name,)] = shape
    return found


def prop_of(kind: str, path: Path) -> str:
    """Return the prop of a member."""
    name = path[-1]
    if name == service_model.name_member(kind):
        return name_prop(kind)
    own = PROPS_OF_KINDS.get((kind, name)) or PROPS.get(name)
    return own or xform_name(name).removesuffix("_arn")


def is_updated_in_place(kind: str, path: Path) -> bool:
    """Return whether a change of a member is an update."""
    return not ConfigurationDiff(KINDS[kind], nested(path, "changed"), {}).needs_replacement()


def described(kind: str) -> dict[str, str]:
    """Return the description of each prop in the docstring of a construct."""
    text = inspect.cleandoc(CONSTRUCTS[kind].__init__.__doc__ or "")
    parts = re.split(r"^:(?:param )?(\w+)[^:]*: ", text, flags=re.MULTILINE)
    return {name: " ".join(words.split()) for name, words in zip(parts[1::2], parts[2::2], strict=True)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_member_is_a_prop(kind: str) -> None:
    assert {prop_of(kind, path) for path in members(kind)} <= props(kind).keys()


@pytest.mark.parametrize("kind", KINDS)
def test_every_prop_is_described_with_its_default_and_what_a_change_does(kind: str) -> None:
    texts = described(kind)
    for name, parameter in props(kind).items():
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, name
        if parameter.default is None and name not in ("solution", "solution_version"):
            assert "Default: " in texts[name], name
        if name != "timeout":
            assert re.search(r"Updated in place|A change (replaces|trains|deletes or creates)", texts[name]), name
    assert "raises" in texts
    assert "https://docs.aws.amazon.com/personalize/" in (CONSTRUCTS[kind].__doc__ or "")


@pytest.mark.parametrize("kind", KINDS)
def test_every_prop_is_described_with_its_bounds(kind: str) -> None:
    texts = described(kind)
    for path, shape in members(kind).items():
        if path[-1] in ENUMERATIONS or path[-1].endswith("Arn"):
            continue
        if shape.type_name not in ("string", "integer", "float", "double"):
            continue
        for bound in (shape.metadata.get("min"), shape.metadata.get("max")):
            assert bound is None or str(bound) in texts[prop_of(kind, path)], path


@pytest.mark.parametrize("kind", KINDS)
def test_what_changes_in_place_is_what_the_update_takes(kind: str) -> None:
    texts = described(kind)
    for path in members(kind):
        prop = prop_of(kind, path)
        assert ("Updated in place" in texts[prop]) == is_updated_in_place(kind, path), prop


@pytest.mark.parametrize("kind", KINDS)
def test_constructs_have_tags_where_the_service_has(kind: str) -> None:
    assert issubclass(CONSTRUCTS[kind], TaggableResource) == service_model.is_taggable(kind)


# Nothing takes a job.
@pytest.mark.parametrize("kind", [kind for kind in KINDS if service_model.name_member(kind) == "name"])
def test_a_construct_can_be_imported_by_its_arn(kind: str) -> None:
    assert callable(getattr(CONSTRUCTS[kind], f"from_{xform_name(kind)}_arn"))


def test_the_training_modes_are_those_of_the_service() -> None:
    words = set(service_model.create_shape("SolutionVersion").members["trainingMode"].enum)
    assert {mode.value for mode in personalize.TrainingMode} == words - NOT_CHOICES.keys()


def test_ranking_influence_has_what_the_service_has() -> None:
    shape: Any = service_model.create_shape("Campaign").members["campaignConfig"].members["rankingInfluence"]
    fields = inspect.signature(personalize.RankingInfluence).parameters
    assert {name.upper() for name in fields} == set(shape.key.enum)


def test_public_names_are_all_there_and_sorted() -> None:
    assert personalize.__all__ == sorted(personalize.__all__)
    assert all(getattr(personalize, name).__doc__ for name in personalize.__all__)
