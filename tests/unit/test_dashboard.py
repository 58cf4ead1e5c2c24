from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from support.synth import dataset, group, resources, solution, version

import cdk_personalize as personalize


def body(stack: cdk.Stack) -> dict[str, Any]:
    """Return the body of the only dashboard. A word replaces values unknown at synth."""
    (made,) = resources(stack, "AWS::CloudWatch::Dashboard").values()
    text = made["Properties"]["DashboardBody"]
    parts = [text] if isinstance(text, str) else text["Fn::Join"][1]
    loaded: dict[str, Any] = json.loads("".join(part if isinstance(part, str) else "<token>" for part in parts))
    return loaded


def graphs(stack: cdk.Stack) -> dict[str, list[Any]]:
    return {each["properties"]["title"]: each["properties"]["metrics"] for each in body(stack)["widgets"]}


def campaign(stack: cdk.Stack, recipe: personalize.Recipe, **options: Any) -> personalize.Campaign:
    trained = personalize.Solution(stack, "Trained", dataset_group=group(stack), recipe=recipe)
    return personalize.Campaign(stack, "Related", solution=trained, **options)


def names(metrics: list[Any]) -> list[tuple[str, str]]:
    return [(each[1], each[-1]["stat"]) for each in metrics if isinstance(each[0], str)]


def expressions(metrics: list[Any]) -> dict[str, str]:
    return {each[0]["label"]: each[0]["expression"] for each in metrics if isinstance(each[0], dict)}


def test_a_campaign_has_requests_errors_latency_and_load(stack: cdk.Stack) -> None:
    made = campaign(stack, personalize.Recipe.SIMS, min_provisioned_tps=5)
    personalize.PersonalizeDashboard(stack, "Board", campaigns=[made])
    shown = graphs(stack)
    assert list(shown) == [
        "Shop/Related: requests and errors",
        "Shop/Related: latency",
        "Shop/Related: requests per second",
    ]
    requests, latency, load = shown.values()
    assert names(requests) == [
        ("GetRecommendations", "Sum"),
        ("GetRecommendations4xxErrors", "Sum"),
        ("GetRecommendations5xxErrors", "Sum"),
    ]
    assert names(latency) == [("GetRecommendationsLatency", each) for each in ("p50", "p90", "p99")]
    assert expressions(load) == {
        "used": "(FILL(m0, 0)) / PERIOD(m0)",
        "provisioned": "0 * FILL(m0, 0) + 5",
        "utilization": "100 * (FILL(m0, 0)) / PERIOD(m0) / 5",
    }


def test_the_service_keeps_one_request_a_second_ready_unless_told_otherwise(stack: cdk.Stack) -> None:
    use_case = personalize.UseCase.ECOMMERCE_BEST_SELLERS
    best = personalize.Recommender(stack, "Best", dataset_group=group(stack), use_case=use_case)
    personalize.PersonalizeDashboard(stack, "Board", recommenders=[best])
    assert expressions(graphs(stack)["Shop/Best: requests per second"])["provisioned"].endswith("+ 1")


def test_provisioned_requests_may_be_a_token(stack: cdk.Stack) -> None:
    tps: Any = cdk.CfnParameter(stack, "Tps", type="Number").value_as_number
    made = campaign(stack, personalize.Recipe.SIMS, min_provisioned_tps=tps)
    personalize.PersonalizeDashboard(stack, "Board", campaigns=[made])
    assert expressions(graphs(stack)["Shop/Related: requests per second"])["provisioned"].endswith("+ <token>")


def test_an_import_shows_what_it_may_answer_and_what_is_used(stack: cdk.Stack) -> None:
    made = personalize.Campaign.from_campaign_name(stack, "There", "related")
    personalize.PersonalizeDashboard(stack, "Board", campaigns=[made])
    requests, _, load = graphs(stack).values()
    assert [name for name, _ in names(requests)][:2] == ["GetRecommendations", "GetPersonalizedRanking"]
    assert expressions(load) == {"used": "(FILL(m0, 0) + FILL(m1, 0)) / PERIOD(m0)"}


def test_a_campaign_of_actions_has_no_metrics_to_show(stack: cdk.Stack) -> None:
    made = campaign(stack, personalize.Recipe.NEXT_BEST_ACTION)
    personalize.PersonalizeDashboard(stack, "Board", campaigns=[made])
    assert body(stack)["widgets"] == []


def test_data_and_trainings_are_shown(stack: cdk.Stack) -> None:
    tracker = personalize.EventTracker(stack, "Views", dataset_group=group(stack))
    personalize.PersonalizeDashboard(
        stack, "Board", event_trackers=[tracker], datasets=[dataset(stack)], solutions=[solution(stack)]
    )
    shown = graphs(stack)
    assert list(shown) == [
        "Shop/Views: requests and errors",
        "Shop/Views: latency",
        "Shop/Dataset: requests and errors",
        "Shop/Dataset: latency",
        "Shop/Dataset: imports",
        "Shop/Dataset: imports with errors",
        "Shop/Dataset: imports, time",
        "Shop/Solution: trainings",
        "Shop/Solution: trainings with errors",
        "Shop/Solution: trainings, time",
    ]
    assert names(shown["Shop/Views: latency"])[0] == ("PutEventLatency", "p50")
    queries = [metrics for title, metrics in shown.items() if "imports" in title or "trainings" in title]
    assert all(len(each) == 1 and each[0][0]["expression"].startswith("SELECT ") for each in queries)
    assert {each[0][0]["period"] for each in queries} == {3600}


def test_all_values_are_used(stack: cdk.Stack) -> None:
    made = personalize.Campaign(stack, "Related", solution_version=version(stack))
    board = personalize.PersonalizeDashboard(
        stack,
        "Board",
        campaigns=[made],
        dashboard_name="films",
        default_interval=cdk.Duration.hours(3),
        period=cdk.Duration.minutes(1),
    )
    board.add_widgets(cloudwatch.TextWidget(markdown="own"))
    (found,) = resources(stack, "AWS::CloudWatch::Dashboard").values()
    assert found["Properties"]["DashboardName"] == "films"
    shown = body(stack)
    assert shown["start"] == "-PT3H"
    assert shown["widgets"][-1]["properties"]["markdown"] == "own"
    assert shown["widgets"][0]["properties"]["metrics"][0][-1]["period"] == 60


def test_refuses_a_period_that_is_a_token(stack: cdk.Stack) -> None:
    token: Any = cdk.CfnParameter(stack, "Value", type="Number").value_as_number
    with pytest.raises(personalize.ValidationError, match=r"^Shop/Board: period must be known at synth"):
        personalize.PersonalizeDashboard(stack, "Board", period=cdk.Duration.minutes(token))


@pytest.mark.parametrize("prop", ["campaigns", "recommenders", "event_trackers", "datasets", "solutions"])
def test_refuses_what_is_no_such_resource(stack: cdk.Stack, prop: str) -> None:
    wrong: dict[str, Any] = {prop: ["related"]}
    with pytest.raises(personalize.ValidationError, match=f"^Shop/Board: {prop} must be constructs or imports, got"):
        personalize.PersonalizeDashboard(stack, "Board", **wrong)
