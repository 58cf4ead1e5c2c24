"""Campaigns with `solution` depend on the solution versions that the stack trains."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as l1
from constructs import Construct
from support.synth import SOLUTION, group, resources

import cdk_personalize as personalize


def solution(stack: cdk.Stack) -> personalize.Solution:
    return personalize.Solution(stack, "Source", dataset_group=group(stack), recipe=personalize.Recipe.SIMS)


def version(scope: Construct, id: str, source: Any, **props: Any) -> personalize.SolutionVersion:
    return personalize.SolutionVersion(scope, id, solution=source, timeout=cdk.Duration.minutes(30), **props)


def needed(stack: cdk.Stack, id: str = "Related") -> set[str]:
    """Return the construct IDs of the solution versions on which a campaign depends."""
    campaigns = resources(stack, "Custom::PersonalizeCampaign")
    (campaign,) = (each for name, each in campaigns.items() if name.startswith(id))
    versions = [
        *resources(stack, "Custom::PersonalizeSolutionVersion"),
        *resources(stack, "Custom::PersonalizeSolutionVersionWait"),
    ]
    return {each[:-8] for each in campaign["DependsOn"] if each in versions}


def test_a_campaign_depends_on_versions_that_are_declared_before_and_after(stack: cdk.Stack) -> None:
    source = solution(stack)
    version(stack, "Before", source)
    personalize.Campaign(stack, "Related", solution=source)
    version(stack, "After", source)
    version(Construct(stack, "Within"), "Scope", source)
    assert needed(stack) == {"Before", "After", "WithinScope"}


def test_a_campaign_depends_on_the_last_wait_link_of_a_version(stack: cdk.Stack) -> None:
    source = solution(stack)
    personalize.SolutionVersion(stack, "Long", solution=source, timeout=cdk.Duration.hours(2))
    personalize.Campaign(stack, "Related", solution=source)
    assert needed(stack) == {"LongWait2"}


def test_a_campaign_does_not_depend_on_versions_of_other_solutions_and_stacks(stack: cdk.Stack) -> None:
    source = solution(stack)
    other = personalize.Solution.from_solution_name(stack, "Other", "other")
    version(stack, "OfAnother", other)
    version(cdk.Stack(stack.node.root, "Elsewhere"), "Version", source)
    personalize.Campaign(stack, "Related", solution=source)
    assert needed(stack) == set()


def test_a_campaign_on_a_version_depends_on_that_alone(stack: cdk.Stack) -> None:
    source = solution(stack)
    one = version(stack, "One", source)
    version(stack, "Two", source)
    personalize.Campaign(stack, "Related", solution_version=one)
    assert needed(stack) == set()


@pytest.mark.parametrize(
    "make",
    [
        lambda stack, id_: personalize.Solution.from_solution_arn(stack, id_, SOLUTION),
        lambda stack, id_: personalize.Solution.from_solution_name(stack, id_, "similar"),
    ],
)
def test_imports_of_the_same_arn_are_the_same_solution(stack: cdk.Stack, make: Any) -> None:
    version(stack, "Trained", make(stack, "One"))
    personalize.Campaign(stack, "Related", solution=make(stack, "Two"))
    assert needed(stack) == {"Trained"}


def test_a_generated_construct_is_a_solution_too(stack: cdk.Stack) -> None:
    source = l1.CfnSolution(stack, "Source", name="similar", dataset_group_arn="arn")
    version(stack, "Trained", source)
    personalize.Campaign(stack, "Related", solution=source)
    assert needed(stack) == {"Trained"}


def test_a_version_that_depends_on_the_campaign_is_left_out(stack: cdk.Stack) -> None:
    source = solution(stack)
    campaign = personalize.Campaign(stack, "Related", solution=source)
    version(stack, "First", source)
    version(stack, "Second", source).node.add_dependency(campaign)
    assert needed(stack) == {"First"}


def test_a_version_that_depends_on_the_campaign_by_a_detour_is_left_out(stack: cdk.Stack) -> None:
    source = solution(stack)
    campaign = personalize.Campaign(stack, "Related", solution=source)
    between = cdk.CfnResource(stack, "Between", type="A::B::C")
    between.node.add_dependency(campaign)
    scope = Construct(stack, "Later")
    version(scope, "Second", source)
    scope.node.add_dependency(between)
    assert needed(stack) == set()


def test_a_version_whose_resource_depends_on_that_of_the_campaign_is_left_out(stack: cdk.Stack) -> None:
    source = solution(stack)
    campaign = personalize.Campaign(stack, "Related", solution=source)
    second: Any = version(stack, "Second", source).node.default_child
    second.add_dependency(campaign.node.default_child)
    assert needed(stack) == set()


def test_two_campaigns_and_versions_that_wait_for_each_other_close_no_circle(stack: cdk.Stack) -> None:
    source = solution(stack)
    other = personalize.Solution.from_solution_name(stack, "Other", "other")
    related = personalize.Campaign(stack, "Related", solution=source)
    ranked = personalize.Campaign(stack, "Ranked", solution=other)
    version(stack, "One", source).node.add_dependency(ranked)
    version(stack, "Two", other).node.add_dependency(related)
    assert needed(stack) == {"One"}
    assert needed(stack, "Ranked") == set()
