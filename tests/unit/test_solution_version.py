from __future__ import annotations

import aws_cdk as cdk
from support.synth import SOLUTION, properties, resources, solution

import cdk_personalize as personalize

TYPE = "Custom::PersonalizeSolutionVersion"


def test_with_defaults_only_the_solution_is_said(stack: cdk.Stack) -> None:
    personalize.SolutionVersion(stack, "Version", solution=solution(stack))
    assert properties(stack, TYPE) == {"SolutionArn": SOLUTION, "Continued": True}


def test_with_all_values(stack: cdk.Stack) -> None:
    personalize.SolutionVersion(
        stack,
        "Version",
        solution=solution(stack),
        solution_version_name="first",
        training_mode=personalize.TrainingMode.UPDATE,
        rerun_on={"data": "monday"},
        timeout=cdk.Duration.minutes(55),
    )
    assert properties(stack, TYPE) == {
        "SolutionArn": SOLUTION,
        "Name": "first",
        "TrainingMode": "UPDATE",
        "RerunOn": {"data": "monday"},
    }


def test_a_training_is_waited_for_in_links_of_55_minutes(stack: cdk.Stack) -> None:
    personalize.SolutionVersion(stack, "Version", solution=solution(stack), timeout=cdk.Duration.hours(10))
    links = resources(stack, f"{TYPE}Wait")
    assert len(links) == 10
    budgets = [each["Properties"]["WaitSeconds"] for each in links.values()]
    assert sum(budgets) + 3300 == 36000


def test_the_longest_timeout_is_two_days(stack: cdk.Stack) -> None:
    personalize.SolutionVersion(stack, "Version", solution=solution(stack), timeout=cdk.Duration.hours(48))
    assert len(resources(stack, f"{TYPE}Wait")) == 52
