from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from support.synth import dataset, group, resources, solution, version

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = ("ClientErrors", "ServerErrors", "Latency")
USE_CASE = personalize.UseCase.ECOMMERCE_BEST_SELLERS


def campaign(stack: cdk.Stack, recipe: personalize.Recipe | None = None, **options: Any) -> personalize.Campaign:
    if recipe is None:
        return personalize.Campaign(stack, "Related", solution_version=version(stack), **options)
    trained = personalize.Solution(stack, "Trained", dataset_group=group(stack), recipe=recipe)
    return personalize.Campaign(stack, "Related", solution=trained, **options)


def alarms(stack: cdk.Stack, **options: Any) -> dict[str, dict[str, Any]]:
    """Return the properties of the alarms, by construct ID."""
    made = personalize.RecommendedAlarms(stack, "Alarms", **options)
    template = resources(stack, "AWS::CloudWatch::Alarm")
    return {
        name: template[stack.get_logical_id(each.node.default_child)]["Properties"]
        for name, each in made.alarms.items()
    }


def both(operations: tuple[str, ...], what: tuple[str, ...]) -> set[str]:
    return {f"{operation}{each}" for operation in operations for each in what}


OF_ITEMS = both(("GetRecommendations",), (*CALLS, "Utilization"))
WATCHED: list[tuple[str, Callable[[cdk.Stack], Any], set[str]]] = [
    ("items", lambda stack: campaign(stack, personalize.Recipe.SIMS), OF_ITEMS),
    (
        "ranking",
        lambda stack: campaign(stack, personalize.Recipe.PERSONALIZED_RANKING_V2),
        both(("GetPersonalizedRanking",), (*CALLS, "Utilization")),
    ),
    ("unknown recipe", campaign, both(("GetRecommendations", "GetPersonalizedRanking"), (*CALLS, "Utilization"))),
    (
        "imported campaign",
        lambda stack: personalize.Campaign.from_campaign_name(stack, "Related", "related"),
        both(("GetRecommendations", "GetPersonalizedRanking"), CALLS),
    ),
    (
        "recommender",
        lambda stack: personalize.Recommender(stack, "Best", dataset_group=group(stack), use_case=USE_CASE),
        OF_ITEMS,
    ),
    (
        "tracker",
        lambda stack: personalize.EventTracker(stack, "Views", dataset_group=group(stack)),
        both(("PutEvents",), CALLS),
    ),
    ("items dataset", dataset, both(("PutItems",), CALLS) | {"ImportErrors"}),
    ("solution", solution, {"TrainingErrors"}),
]


@pytest.mark.parametrize(("watched", "expected"), [row[1:] for row in WATCHED], ids=[row[0] for row in WATCHED])
def test_a_resource_has_the_alarms_for_what_it_does(
    stack: cdk.Stack, watched: Callable[[cdk.Stack], Any], expected: set[str]
) -> None:
    made = alarms(stack, resource=watched(stack))
    assert set(made) == expected
    assert {each["TreatMissingData"] for each in made.values()} == {"notBreaching"}
    assert all(each["AlarmDescription"].startswith("Shop/") for each in made.values())


def test_by_default_two_of_three_periods_decide(stack: cdk.Stack) -> None:
    made = alarms(stack, resource=campaign(stack, personalize.Recipe.SIMS, min_provisioned_tps=5))
    often = {(each["DatapointsToAlarm"], each["EvaluationPeriods"], each["Period"]) for each in made.values()}
    assert often == {(2, 3, 300)}
    found = {
        name: (each["MetricName"], each.get("Statistic", each.get("ExtendedStatistic")), each["Threshold"])
        for name, each in made.items()
    }
    assert found == {
        "GetRecommendationsClientErrors": ("GetRecommendations4xxErrors", "Sum", 10),
        "GetRecommendationsServerErrors": ("GetRecommendations5xxErrors", "Sum", 1),
        "GetRecommendationsLatency": ("GetRecommendationsLatency", "p99", 1000),
        "GetRecommendationsUtilization": ("GetRecommendations", "Sum", 5 * 300 * 0.8),
    }


def test_all_values_are_used(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Topic")
    made = alarms(
        stack,
        resource=campaign(stack, personalize.Recipe.SIMS, min_provisioned_tps=2),
        actions=[actions.SnsAction(topic)],
        client_errors=20,
        server_errors=3,
        latency=cdk.Duration.millis(150),
        utilization=100,
        period=cdk.Duration.minutes(1),
        evaluation_periods=5,
        datapoints_to_alarm=4,
    )
    assert {name.removeprefix("GetRecommendations"): each["Threshold"] for name, each in made.items()} == {
        "ClientErrors": 20,
        "ServerErrors": 3,
        "Latency": 150,
        "Utilization": 120,
    }
    for each in made.values():
        assert (each["DatapointsToAlarm"], each["EvaluationPeriods"], each["Period"]) == (4, 5, 60)
        assert each["AlarmActions"] == [stack.resolve(topic.topic_arn)]


@pytest.mark.parametrize(
    ("prop", "without"),
    [
        ("client_errors", "ClientErrors"),
        ("server_errors", "ServerErrors"),
        ("latency", "Latency"),
        ("utilization", "Utilization"),
    ],
)
def test_an_alarm_is_left_out(stack: cdk.Stack, prop: str, without: str) -> None:
    made = alarms(stack, resource=campaign(stack, personalize.Recipe.SIMS), **{prop: None})
    assert set(made) == OF_ITEMS - {f"GetRecommendations{without}"}


def test_no_alarm_on_failed_jobs(stack: cdk.Stack) -> None:
    assert alarms(stack, resource=solution(stack), failed_jobs=None) == {}


def test_a_failed_training_of_any_version_is_an_alarm_at_once(stack: cdk.Stack) -> None:
    made = alarms(stack, resource=solution(stack))["TrainingErrors"]
    assert made["Metrics"][0]["Expression"].startswith("SELECT SUM(SolutionTrainingJobError) FROM SCHEMA(")
    assert (made["EvaluationPeriods"], made["Threshold"]) == (1, 1)


def test_provisioned_requests_that_are_not_known_make_no_alarm(stack: cdk.Stack) -> None:
    tps: Any = cdk.CfnParameter(stack, "Tps", type="Number").value_as_number
    made = alarms(stack, resource=campaign(stack, personalize.Recipe.SIMS, min_provisioned_tps=tps))
    assert set(made) == OF_ITEMS - {"GetRecommendationsUtilization"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"client_errors": 0}, "client_errors must be more than 0, got 0"),
        ({"server_errors": "many"}, 'server_errors must be a number, got "many"'),
        ({"utilization": -1}, "utilization must be more than 0, got -1"),
        ({"latency": cdk.Duration.millis(0)}, "latency must be from 1 milli to 1 hour"),
        ({"latency": 100}, "latency must be a Duration, got 100"),
        ({"period": cdk.Duration.seconds(10)}, "period must be from 1 minute to 1 hour, got 10 seconds"),
        ({"datapoints_to_alarm": 4}, "datapoints_to_alarm must be from 1 to 3, got 4"),
        ({"idle": cdk.Duration.days(8)}, "idle must be from 1 day to 7 days, got 8 days"),
        ({"idle": cdk.Duration.hours(36)}, "idle must be whole days"),
        ({"over_provisioned": 0}, "over_provisioned must be more than 0, got 0"),
        ({"resource": "related"}, 'resource must be a campaign of items, a recommender, .*, got "related"'),
    ],
)
def test_refuses(stack: cdk.Stack, options: dict[str, Any], message: str) -> None:
    with pytest.raises(personalize.ValidationError, match=f"^Shop/Alarms: {message}"):
        personalize.RecommendedAlarms(stack, "Alarms", **{"resource": campaign(stack), **options})


@pytest.mark.parametrize("prop", ["client_errors", "server_errors", "datapoints_to_alarm"])
def test_a_threshold_may_be_a_token(stack: cdk.Stack, prop: str) -> None:
    token: Any = cdk.CfnParameter(stack, "Value", type="Number").value_as_number
    made = alarms(stack, resource=campaign(stack, personalize.Recipe.SIMS), **{prop: token})
    assert {"Ref": "Value"} in [value for each in made.values() for value in each.values()]


@pytest.mark.parametrize("prop", ["utilization", "evaluation_periods", "latency", "period"])
def test_refuses_a_token_that_others_follow_from(stack: cdk.Stack, prop: str) -> None:
    token: Any = cdk.CfnParameter(stack, "Value", type="Number").value_as_number
    value = cdk.Duration.minutes(token) if prop in ("latency", "period") else token
    with pytest.raises(personalize.ValidationError, match=f"{prop} must be known at synth: .*, got <token>"):
        personalize.RecommendedAlarms(stack, "Alarms", resource=campaign(stack), **{prop: value})


def test_idle_and_over_provisioned_resources_raise_alarms_on_request(stack: cdk.Stack) -> None:
    watched = campaign(stack, personalize.Recipe.SIMS, min_provisioned_tps=10)
    made = alarms(stack, resource=watched, idle=cdk.Duration.days(5), over_provisioned=20)
    assert made.keys() == OF_ITEMS | {"Idle", "OverProvisioned"}
    below = {"ComparisonOperator": "LessThanOrEqualToThreshold", "TreatMissingData": "breaching", "Statistic": "Sum"}
    idle, surplus = made["Idle"], made["OverProvisioned"]
    assert idle.items() >= {**below, "Threshold": 0, "Period": 86400, "EvaluationPeriods": 5}.items()
    assert idle["AlarmDescription"] == "Shop/Related: no request in 5 days"
    # 20 percent of 10 requests per second, for an hour
    assert surplus.items() >= {**below, "Threshold": 7200, "Period": 3600, "EvaluationPeriods": 168}.items()
    for each in (idle, surplus):
        assert each["DatapointsToAlarm"] == each["EvaluationPeriods"]
        assert each["Period"] * each["EvaluationPeriods"] <= 7 * 86400  # a limit of Amazon CloudWatch


def test_an_idle_campaign_has_no_request_of_any_operation(stack: cdk.Stack) -> None:
    made = alarms(stack, resource=campaign(stack), idle=cdk.Duration.days(1))
    (total,) = [each["Expression"] for each in made["Idle"]["Metrics"] if "Expression" in each]
    assert total == "FILL(requests0, 0) + FILL(requests1, 0)"


@pytest.mark.parametrize(
    ("watched", "expected"),
    [
        (lambda stack: campaign(stack, campaign_name="related", active=False), set()),
        (campaign, {"Idle"}),  # 1 request per second is the minimum
        (lambda stack: personalize.Campaign.from_campaign_name(stack, "Related", "related"), {"Idle"}),
        (lambda stack: personalize.EventTracker(stack, "Views", dataset_group=group(stack)), set()),
    ],
    ids=["inactive", "minimum", "imported", "tracker"],
)
def test_what_cannot_be_lowered_has_no_alarm_for_that(
    stack: cdk.Stack, watched: Callable[[cdk.Stack], Any], expected: set[str]
) -> None:
    made = alarms(stack, resource=watched(stack), idle=cdk.Duration.days(7), over_provisioned=50)
    assert made.keys() & {"Idle", "OverProvisioned"} == expected


def test_refuses_a_campaign_of_actions_which_has_no_metrics(stack: cdk.Stack) -> None:
    actions_only = campaign(stack, personalize.Recipe.NEXT_BEST_ACTION)
    with pytest.raises(personalize.ValidationError, match="resource must be a campaign of items"):
        personalize.RecommendedAlarms(stack, "Alarms", resource=actions_only)
