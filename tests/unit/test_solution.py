from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from cdk_personalize_handler import service_model
from support.synth import GROUP, assert_reference, group, in_partition, properties, resources

import cdk_personalize as personalize
from cdk_personalize import DatasetType, Recipe

TYPE = "Custom::PersonalizeSolution"


def made(stack: cdk.Stack, **props: Any) -> Any:
    personalize.Solution(stack, "Similar", **{"dataset_group": group(stack), "recipe": Recipe.SIMILAR_ITEMS, **props})
    return properties(stack, TYPE)


def test_with_defaults_the_group_and_the_recipe_are_said(stack: cdk.Stack) -> None:
    assert made(stack) == {"DatasetGroupArn": GROUP, "RecipeArn": in_partition(Recipe.SIMILAR_ITEMS.arn)}
    (resource,) = resources(stack, TYPE).values()
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Delete", "Delete")


def test_with_all_values_the_template_reads_like_the_api(stack: cdk.Stack) -> None:
    template = made(
        stack,
        solution_name="similar",
        perform_hpo=True,
        perform_auto_ml=False,
        perform_auto_training=True,
        perform_incremental_update=False,
        event_value_threshold=0.5,
        events=[
            personalize.EventParameters(event_type="Watch", value_threshold=0.5, weight=1),
            personalize.EventParameters(event_type="Click"),
        ],
        algorithm_hyper_parameters={"hidden_dimension": 55, "rate": 0.25, "bptt": "32", "flag": True},
        feature_transformation_parameters={"max_user_history_length_percentile": 0.9},
        hpo_config=personalize.HpoConfig(
            max_training_jobs=4,
            max_parallel_training_jobs=2,
            integer_ranges={"hidden_dimension": (32, 64)},
            continuous_ranges={"rate": (0.1, 0.9)},
            categorical_ranges={"mode": ["a", "b"]},
            objective_type="Maximize",
            metric_name="precision",
            metric_regex="p=(.*)",
        ),
        optimization_objective=personalize.OptimizationObjective(
            item_attribute="PRICE", sensitivity=personalize.ObjectiveSensitivity.MEDIUM
        ),
        excluded_columns={DatasetType.ITEMS: ["STUDIO"]},
        included_columns={DatasetType.USERS: ("AGE",)},
        auto_training_frequency=cdk.Duration.days(3),
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    assert template == {
        "Name": "similar",
        "DatasetGroupArn": GROUP,
        "RecipeArn": in_partition(Recipe.SIMILAR_ITEMS.arn),
        "PerformHPO": True,
        "PerformAutoML": False,
        "PerformAutoTraining": True,
        "PerformIncrementalUpdate": False,
        "SolutionConfig": {
            "EventValueThreshold": "0.5",
            "EventsConfig": {
                "EventParametersList": [
                    {"EventType": "Watch", "EventValueThreshold": 0.5, "Weight": 1},
                    {"EventType": "Click"},
                ]
            },
            "AlgorithmHyperParameters": {"hidden_dimension": "55", "rate": "0.25", "bptt": "32", "flag": "true"},
            "FeatureTransformationParameters": {"max_user_history_length_percentile": "0.9"},
            "HpoConfig": {
                "HpoObjective": {"Type": "Maximize", "MetricName": "precision", "MetricRegex": "p=(.*)"},
                "HpoResourceConfig": {"MaxNumberOfTrainingJobs": "4", "MaxParallelTrainingJobs": "2"},
                "AlgorithmHyperParameterRanges": {
                    "IntegerHyperParameterRanges": [{"Name": "hidden_dimension", "MinValue": 32, "MaxValue": 64}],
                    "ContinuousHyperParameterRanges": [{"Name": "rate", "MinValue": 0.1, "MaxValue": 0.9}],
                    "CategoricalHyperParameterRanges": [{"Name": "mode", "Values": ["a", "b"]}],
                },
            },
            "OptimizationObjective": {"ItemAttribute": "PRICE", "ObjectiveSensitivity": "MEDIUM"},
            "TrainingDataConfig": {
                "ExcludedDatasetColumns": {"ITEMS": ["STUDIO"]},
                "IncludedDatasetColumns": {"USERS": ["AGE"]},
            },
            "AutoTrainingConfig": {"SchedulingExpression": "rate(3 days)"},
        },
    }
    (resource,) = resources(stack, TYPE).values()
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"


def test_personalize_may_choose_the_recipe(stack: cdk.Stack) -> None:
    config = personalize.AutoMlConfig(recipes=[Recipe.SIMILAR_ITEMS], metric_name="precision")
    template = made(stack, recipe=None, perform_auto_ml=True, auto_ml_config=config)
    assert template == {
        "DatasetGroupArn": GROUP,
        "PerformAutoML": True,
        "SolutionConfig": {
            "AutoMLConfig": {"RecipeList": [in_partition(Recipe.SIMILAR_ITEMS.arn)], "MetricName": "precision"}
        },
    }


def test_automatic_training_can_be_switched_off(stack: cdk.Stack) -> None:
    assert made(stack, perform_auto_training=False)["PerformAutoTraining"] is False


@pytest.mark.parametrize(
    ("frequency", "words"),
    [
        (cdk.Duration.days(1), "rate(1 day)"),
        (cdk.Duration.hours(48), "rate(2 days)"),
        (cdk.Duration.days(30), "rate(30 days)"),
    ],
)
def test_a_frequency_is_said_in_days(stack: cdk.Stack, frequency: cdk.Duration, words: str) -> None:
    config = made(stack, auto_training_frequency=frequency)["SolutionConfig"]
    assert config == {"AutoTrainingConfig": {"SchedulingExpression": words}}


def test_a_frequency_may_be_a_token(stack: cdk.Stack) -> None:
    days = cdk.CfnParameter(stack, "Days", type="Number").value_as_number
    config = made(stack, auto_training_frequency=cdk.Duration.days(days))["SolutionConfig"]
    assert config["AutoTrainingConfig"]["SchedulingExpression"] == {
        "Fn::Join": ["", ["rate(", {"Ref": "Days"}, " days)"]]
    }


def test_it_can_be_trained_and_deployed(stack: cdk.Stack) -> None:
    solution = personalize.Solution(stack, "Similar", dataset_group=group(stack), recipe=Recipe.SIMILAR_ITEMS)
    assert isinstance(solution, personalize.ISolution)
    version = personalize.SolutionVersion(stack, "V1", solution=solution)
    personalize.Campaign(stack, "Related", solution_version=version)
    (name,) = resources(stack, TYPE)
    assert properties(stack, "Custom::PersonalizeSolutionVersion")["SolutionArn"] == {
        "Fn::GetAtt": [name, "SolutionArn"]
    }
    assert_reference(solution, "Solution")


def test_the_recipe_can_be_asked_for(stack: cdk.Stack) -> None:
    solution = personalize.Solution(stack, "Similar", dataset_group=group(stack), recipe=Recipe.SIMILAR_ITEMS)
    assert solution.recipe is Recipe.SIMILAR_ITEMS


def test_the_sensitivities_are_those_of_the_service() -> None:
    config = service_model.create_shape("Solution").members["solutionConfig"]
    words = config.members["optimizationObjective"].members["objectiveSensitivity"].enum
    assert {each.value for each in personalize.ObjectiveSensitivity} == set(words)


def test_refuses_actions_where_there_is_a_domain(stack: cdk.Stack) -> None:
    shop = group(stack, personalize.Domain.ECOMMERCE)
    with pytest.raises(personalize.ValidationError, match="Shop/Offers: recipe must not recommend actions"):
        personalize.Solution(stack, "Offers", dataset_group=shop, recipe=Recipe.NEXT_BEST_ACTION)


def test_all_of_it_may_be_tokens(stack: cdk.Stack) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    flag: Any = cdk.Token.as_any(text)
    personalize.Solution(
        stack,
        "Similar",
        dataset_group=group(stack),
        recipe=Recipe.SIMILAR_ITEMS,
        solution_name=text,
        perform_hpo=flag,
        perform_auto_training=flag,
        event_value_threshold=number,
        events=[personalize.EventParameters(event_type=text, weight=number)],
        algorithm_hyper_parameters={"a": text, "b": number},
        hpo_config=personalize.HpoConfig(max_training_jobs=number, integer_ranges={"a": (number, number)}),
        optimization_objective=personalize.OptimizationObjective(item_attribute=text),
        excluded_columns={DatasetType.ITEMS: [text]},
    )
    Template.from_stack(stack).to_json()
