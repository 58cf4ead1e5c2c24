from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from support.synth import assert_reference, in_partition, properties, resources

import cdk_personalize as personalize
from cdk_personalize import _references

TYPE = "Custom::PersonalizeRecommender"
GROUP = "arn:aws:personalize:us-east-1:111111111111:dataset-group/shop"
FOR_YOU = personalize.UseCase.ECOMMERCE_RECOMMENDED_FOR_YOU


def shop(stack: cdk.Stack) -> personalize.IDatasetGroup:
    return personalize.DatasetGroup.from_dataset_group_arn(stack, "Shop", GROUP, domain=personalize.Domain.ECOMMERCE)


def test_with_defaults_only_the_group_and_the_use_case_are_said(stack: cdk.Stack) -> None:
    personalize.Recommender(stack, "ForYou", dataset_group=shop(stack), use_case=FOR_YOU)
    assert properties(stack, TYPE) == {
        "DatasetGroupArn": GROUP,
        "RecipeArn": in_partition("arn:aws:personalize:::recipe/aws-ecomm-recommended-for-you"),
        "Continued": True,
    }


def test_with_all_values(stack: cdk.Stack) -> None:
    personalize.Recommender(
        stack,
        "ForYou",
        dataset_group=shop(stack),
        use_case=FOR_YOU,
        recommender_name="for-you",
        min_recommendation_requests_per_second=2,
        enable_metadata_with_recommendations=True,
        item_exploration=personalize.ItemExploration(weight=0.5),
        excluded_columns={personalize.DatasetType.ITEMS: ["COST"]},
        included_columns={personalize.DatasetType.USERS: ["AGE"]},
        active=False,
        timeout=cdk.Duration.minutes(55),
    )
    assert properties(stack, TYPE) == {
        "Name": "for-you",
        "DatasetGroupArn": GROUP,
        "RecipeArn": in_partition("arn:aws:personalize:::recipe/aws-ecomm-recommended-for-you"),
        "RecommenderConfig": {
            "MinRecommendationRequestsPerSecond": 2,
            "EnableMetadataWithRecommendations": True,
            "ItemExplorationConfig": {"explorationWeight": "0.5"},
            "TrainingDataConfig": {
                "ExcludedDatasetColumns": {"ITEMS": ["COST"]},
                "IncludedDatasetColumns": {"USERS": ["AGE"]},
            },
        },
        "Active": False,
    }


def test_its_wait_links_know_that_it_shall_be_stopped(stack: cdk.Stack) -> None:
    personalize.Recommender(stack, "ForYou", dataset_group=shop(stack), use_case=FOR_YOU, active=False)
    links = resources(stack, f"{TYPE}Wait").values()
    assert [link["Properties"]["Active"] for link in links] == [False] * 4


def test_metrics_of_the_model_come_when_it_is_trained(stack: cdk.Stack) -> None:
    recommender = personalize.Recommender(stack, "ForYou", dataset_group=shop(stack), use_case=FOR_YOU)
    links = list(resources(stack, f"{TYPE}Wait"))
    coverage = recommender.offline_metric(personalize.OfflineMetric.COVERAGE)
    assert stack.resolve(coverage) == {"Fn::GetAtt": [links[-1], "ModelMetrics.Coverage"]}


def test_it_is_granted_and_imported_by_its_arn(stack: cdk.Stack) -> None:
    arn = "arn:aws:personalize:us-east-1:111111111111:recommender/for-you"
    recommender = personalize.Recommender.from_recommender_arn(stack, "ForYou", arn)
    assert recommender.recommender_name == "for-you"
    assert isinstance(recommender, personalize.IRecommender)
    recommender.grant_get_recommendations(iam.User(stack, "User")).assert_success()
    (policy,) = resources(stack, "AWS::IAM::Policy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement == {"Action": "personalize:GetRecommendations", "Effect": "Allow", "Resource": arn}


def test_its_requests_are_metered_by_its_arn(stack: cdk.Stack) -> None:
    recommender = personalize.Recommender(stack, "ForYou", dataset_group=shop(stack), use_case=FOR_YOU)
    made = [recommender.metric_get_recommendations(), recommender.metric_get_recommendations_latency(statistic="p99")]
    assert [(each.metric_name, each.statistic) for each in made] == [
        ("GetRecommendations", "Sum"),
        ("GetRecommendationsLatency", "p99"),
    ]
    assert all(each.dimensions == {"RecommenderArn": recommender.recommender_arn} for each in made)


def test_an_import_by_name_is_of_the_stack(stack: cdk.Stack) -> None:
    recommender = personalize.Recommender.from_recommender_name(stack, "ForYou", "for-you")
    assert ":recommender/for-you" in str(stack.resolve(recommender.recommender_arn))


@pytest.mark.parametrize(
    ("props", "words"),
    [
        ({"use_case": personalize.UseCase.VIDEO_ON_DEMAND_TOP_PICKS}, "use_case must be of the domain of the dataset"),
        (
            {
                "use_case": personalize.UseCase.ECOMMERCE_BEST_SELLERS,
                "item_exploration": personalize.ItemExploration(weight=0.3),
            },
            'item_exploration is not supported by the use case, got "aws-ecomm-popular-items-by-purchases"',
        ),
    ],
)
def test_refuses_what_does_not_go_together(stack: cdk.Stack, props: dict[str, object], words: str) -> None:
    given = {"dataset_group": shop(stack), "use_case": FOR_YOU, **props}
    with pytest.raises(personalize.ValidationError) as caught:
        personalize.Recommender(stack, "ForYou", **given)  # type: ignore[arg-type]
    assert str(caught.value).startswith(f"Shop/ForYou: {words}")


def test_refuses_a_custom_group(stack: cdk.Stack) -> None:
    group = personalize.DatasetGroup(stack, "Custom")
    with pytest.raises(personalize.ValidationError, match="custom dataset groups support solutions, not recommenders"):
        personalize.Recommender(stack, "ForYou", dataset_group=group, use_case=FOR_YOU)


def test_a_use_case_that_is_not_known_yet_is_taken(stack: cdk.Stack) -> None:
    personalize.Recommender(
        stack, "New", dataset_group=shop(stack), use_case=personalize.UseCase.of("aws-ecomm-tomorrow")
    )
    assert properties(stack, TYPE)["RecipeArn"] == in_partition("arn:aws:personalize:::recipe/aws-ecomm-tomorrow")


def test_it_is_a_recommender_to_cdk_where_cdk_knows_recommenders(stack: cdk.Stack) -> None:
    made: Any = personalize.Recommender(stack, "ForYou", dataset_group=shop(stack), use_case=FOR_YOU)
    imported: Any = personalize.Recommender.from_recommender_name(stack, "Imported", "for-you")
    for each in (made, imported):
        assert_reference(each, "Recommender")


def test_a_reference_is_made_by_a_cdk_that_knows_recommenders(
    stack: cdk.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_references, "_references", lambda: SimpleNamespace(RecommenderReference=SimpleNamespace))
    made: Any = personalize.Recommender(stack, "ForYou", dataset_group=shop(stack), use_case=FOR_YOU)
    assert made.recommender_ref.recommender_arn == made.recommender_arn
