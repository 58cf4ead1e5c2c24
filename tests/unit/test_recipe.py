"""Capabilities of recipes and use cases, compared with the emulated service."""

from __future__ import annotations

import pytest

import cdk_personalize as personalize
from cdk_personalize.local import recipes

LEGACY = {"aws-hrnn", "aws-hrnn-metadata", "aws-hrnn-coldstart"}
RECIPES = {each.arn: each for each in vars(personalize.Recipe).values() if isinstance(each, personalize.Recipe)}
USE_CASES = {each.arn: each for each in vars(personalize.UseCase).values() if isinstance(each, personalize.UseCase)}
METADATA = {
    "auto": personalize.Metadata.AUTOMATIC,
    "flag": personalize.Metadata.BY_FLAG,
    "none": personalize.Metadata.NONE,
}


def test_every_recipe_that_is_not_legacy_is_there() -> None:
    names = {each.name for each in recipes.RECIPES.values()}
    assert {each.rsplit("/", 1)[1] for each in RECIPES | USE_CASES} == names - LEGACY


@pytest.mark.parametrize("arn", RECIPES | USE_CASES)
def test_capabilities_agree_with_the_service(arn: str) -> None:
    service = recipes.RECIPES[arn]
    known = (RECIPES | USE_CASES)[arn].capabilities
    assert known is not None
    assert known.metadata is METADATA[service.metadata]
    assert (known.batch_inference, known.themes, known.explores) == (service.batch, service.themes, service.explores)


@pytest.mark.parametrize("arn", RECIPES | USE_CASES)
def test_what_runs_on_it_follows_from_its_type(arn: str) -> None:
    recipe_type = recipes.RECIPES[arn].recipe_type
    known = (RECIPES | USE_CASES)[arn].capabilities
    assert known is not None
    assert known.batch_segments == (recipe_type == "USER_SEGMENTATION")
    assert known.actions == (recipe_type == "PERSONALIZED_ACTIONS")
    assert known.serves == (arn in RECIPES and recipe_type != "USER_SEGMENTATION")


def test_what_a_training_needs_beside_interactions() -> None:
    known = {arn: each.capabilities for arn, each in (RECIPES | USE_CASES).items() if each.capabilities is not None}
    needed = {arn.rsplit("/", 1)[1]: {each.value for each in known[arn].required} for arn in known}
    assert all("Interactions" in each for each in needed.values())
    assert {name: each - {"Interactions"} for name, each in needed.items() if len(each) > 1} == {
        "aws-semantic-similarity": {"Items"},
        "aws-next-best-action": {"Actions"},
        "aws-vod-more-like-x": {"Items"},
    }


@pytest.mark.parametrize("arn", USE_CASES)
def test_a_use_case_has_its_domain(arn: str) -> None:
    domain = USE_CASES[arn].domain
    assert domain is not None
    assert domain.value == recipes.RECIPES[arn].domain


def test_a_known_name_finds_what_is_known_and_another_is_taken_as_it_is() -> None:
    assert personalize.Recipe.of("aws-sims") is personalize.Recipe.SIMS
    assert personalize.UseCase.of("aws-vod-top-picks") is personalize.UseCase.VIDEO_ON_DEMAND_TOP_PICKS
    new = personalize.Recipe.of("aws-tomorrow")
    assert (new.arn, new.capabilities) == ("arn:aws:personalize:::recipe/aws-tomorrow", None)
