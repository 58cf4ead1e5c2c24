"""Checks of regions and partitions at synthesis."""

from __future__ import annotations

import re

import aws_cdk as cdk
import pytest
from support.synth import SOLUTION, group, in_partition, new_stack, properties

import cdk_personalize as personalize
from cdk_personalize import Recipe, UseCase
from cdk_personalize._regions import regions


def in_region(region: str) -> cdk.Stack:
    return new_stack(env=cdk.Environment(account="111111111111", region=region))


def test_the_regions_are_those_of_botocore() -> None:
    assert {"us-east-1", "eu-west-1", "ap-northeast-1", "cn-north-1"} <= set(regions())
    assert {"us-west-1", "us-gov-west-1", "cn-northwest-1"}.isdisjoint(regions())


@pytest.mark.parametrize("region", ["us-west-1", "cn-northwest-1", "us-gov-west-1"])
def test_refuses_a_region_without_amazon_personalize(region: str) -> None:
    rule = "region of the stack must be a region with Amazon Personalize"
    words = f'Shop/Films: {rule}, got "{region}"; deploy the stack to one of '
    with pytest.raises(personalize.ValidationError, match=re.escape(words)) as caught:
        personalize.DatasetGroup(in_region(region), "Films")
    assert all(each in str(caught.value) for each in regions())


@pytest.mark.parametrize("region", regions())
def test_takes_every_region_with_amazon_personalize(region: str) -> None:
    personalize.DatasetGroup(in_region(region), "Films")


def test_a_region_that_is_not_known_is_left_to_the_deployment(stack: cdk.Stack) -> None:
    personalize.DatasetGroup(stack, "Films")


def test_an_import_may_be_of_any_region() -> None:
    personalize.Solution.from_solution_arn(in_region("us-west-1"), "Elsewhere", SOLUTION)


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("eu-west-1", "aws")])
def test_recipes_are_of_the_partition_of_the_stack(region: str, partition: str) -> None:
    stack = in_region(region)
    films = personalize.DatasetGroup(stack, "Films")
    shop = personalize.DatasetGroup(stack, "Goods", domain=personalize.Domain.ECOMMERCE)
    personalize.Solution(stack, "Similar", dataset_group=films, recipe=Recipe.SIMILAR_ITEMS)
    personalize.Recommender(stack, "ForYou", dataset_group=shop, use_case=UseCase.ECOMMERCE_RECOMMENDED_FOR_YOU)
    prefix = f"arn:{partition}:personalize:::recipe"
    assert properties(stack, "Custom::PersonalizeSolution")["RecipeArn"] == f"{prefix}/aws-similar-items"
    recommender = properties(stack, "Custom::PersonalizeRecommender")
    assert recommender["RecipeArn"] == f"{prefix}/aws-ecomm-recommended-for-you"


def test_a_recipe_given_with_another_partition_stays_as_it_is(stack: cdk.Stack) -> None:
    recipe = Recipe("arn:aws-cn:personalize:::recipe/aws-tomorrow")
    personalize.Solution(stack, "Similar", dataset_group=group(stack), recipe=recipe)
    assert properties(stack, "Custom::PersonalizeSolution")["RecipeArn"] == recipe.arn


def test_a_region_that_is_not_known_leaves_the_partition_to_the_deployment(stack: cdk.Stack) -> None:
    personalize.Solution(stack, "Similar", dataset_group=group(stack), recipe=Recipe.SIMS)
    assert properties(stack, "Custom::PersonalizeSolution")["RecipeArn"] == in_partition(Recipe.SIMS.arn)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_known_recipe_is_found_by_its_arn_of_any_partition(partition: str) -> None:
    assert Recipe.of(f"arn:{partition}:personalize:::recipe/aws-sims") is Recipe.SIMS
    found = UseCase.of(f"arn:{partition}:personalize:::recipe/aws-vod-top-picks")
    assert found is UseCase.VIDEO_ON_DEMAND_TOP_PICKS
