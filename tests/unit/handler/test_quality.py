"""Quality gates, against the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cdk_personalize_handler import service_model
from support.cloudformation import Failed, Resource, Stack
from support.samples import Samples

if TYPE_CHECKING:
    from support.world import World

NDCG = "normalized_discounted_cumulative_gain_at_10"
KINDS = ["SolutionVersion", "Recommender"]
CHANGED: dict[str, dict[str, Any]] = {
    "SolutionVersion": {"Name": "second"},
    "Recommender": {
        "RecommenderConfig": {"TrainingDataConfig": {"ExcludedDatasetColumns": {"ITEMS": ["GENRES"]}}},
    },
}
"""By kind, a changed property that causes another training."""


def gate(at_least: float | str, metric: str = NDCG) -> dict[str, Any]:
    return {"QualityGate": [{"Metric": metric, "AtLeast": at_least}]}


def trained(world: World, kind: str) -> tuple[Resource, dict[str, Any]]:
    """Return a resource before its creation, and its properties."""
    properties = service_model.to_template(service_model.create_shape(kind), Samples(world).request(kind))
    return Resource(world, kind, logical_id="Model", polls=400), {**properties, "WaitSeconds": 36000}


def trainings(world: World) -> int:
    return len(world.called("CreateSolutionVersion", "CreateRecommender", "UpdateRecommender"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_reaches_its_gate_is_deployed_with_its_metrics(world: World, kind: str) -> None:
    model, properties = trained(world, kind)
    world.emulator.set_metrics(kind, {NDCG: 0.0512})
    attributes = model.create(**properties, **gate(0.0512))
    member = {"SolutionVersion": "Metrics", "Recommender": "ModelMetrics"}[kind]
    assert attributes[f"{member}.Normalized_discounted_cumulative_gain_at_10"] == "0.0512"
    assert 0 < float(attributes[f"{member}.Coverage"]) < 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_falls_short_fails_with_the_numbers(world: World, kind: str) -> None:
    model, properties = trained(world, kind)
    before = world.existing(kind)
    world.emulator.set_metrics(kind, {NDCG: 0.0312})
    reason = f"^{kind} Model: its quality is below a gate: {NDCG} is 0.0312, the gate asks for at least 0.05 \\(arn:"
    with pytest.raises(Failed, match=reason):
        model.create(**properties, **gate(0.05))
    # The rollback deletes a recommender. A solution version cannot be deleted.
    assert len(world.existing(kind)) - len(before) == (kind == "SolutionVersion")


def test_every_gate_that_is_missed_is_told(world: World) -> None:
    model, properties = trained(world, "SolutionVersion")
    world.emulator.set_metrics("SolutionVersion", {NDCG: 0.03, "coverage": 0.2})
    gates = [*gate(0.05)["QualityGate"], *gate(0.1, "coverage")["QualityGate"], *gate(1, "recall")["QualityGate"]]
    reported = "coverage, mean_reciprocal_rank_at_25, normalized_.*, precision_at_5"
    words = (
        f"below a gate: {NDCG} is 0.03, the gate asks for at least 0.05; "
        f"recall is not reported and the gate asks for at least 1; the metrics that Personalize reports: {reported}"
    )
    with pytest.raises(Failed, match=words):
        model.create(**properties, QualityGate=gates)


def test_a_gate_that_became_no_number_is_told(world: World) -> None:
    model, properties = trained(world, "SolutionVersion")
    with pytest.raises(Failed, match=f"{NDCG} cannot be compared with much, which is not a number"):
        model.create(**properties, **gate("much"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_gate_alone_trains_nothing(world: World, kind: str) -> None:
    model, properties = trained(world, kind)
    world.emulator.set_metrics(kind, {NDCG: 0.06})
    model.create(**properties, **gate(0.05))
    arn, before = model.physical_id, trainings(world)
    model.update(**properties, **gate(0.055))
    with pytest.raises(Failed, match=f"{NDCG} is 0.06, the gate asks for at least 0.07"):
        model.update(**properties, **gate(0.07))
    model.update(**properties)
    assert (model.physical_id, trainings(world)) == (arn, before)


@pytest.mark.parametrize("kind", KINDS)
def test_a_rollback_passes_whatever_the_quality_is(world: World, kind: str) -> None:
    model, properties = trained(world, kind)
    model.create(**properties, **gate(0.05))
    arn = model.physical_id
    world.emulator.set_metrics(kind, {NDCG: 0.01})  # also for the training that the rollback of a recommender starts
    with pytest.raises(Failed, match=f"{NDCG} is 0.01"):
        model.update(**{**properties, **CHANGED[kind]}, **gate(0.04))
    assert (model.physical_id, model.properties) == (arn, {**properties, **gate(0.05)})
    assert model.stack.statuses_since("UPDATE_ROLLBACK_IN_PROGRESS") & {"UPDATE_FAILED", "DELETE_FAILED"} == set()
    assert world.status(str(arn)) == "ACTIVE"
    if kind == "Recommender":
        found = world.personalize.describe_recommender(recommenderArn=arn)["recommender"]
        assert "trainingDataConfig" not in found["recommenderConfig"]
        assert found["modelMetrics"][NDCG] == 0.01


def test_a_campaign_keeps_the_version_that_it_had(world: World) -> None:
    model, properties = trained(world, "SolutionVersion")
    campaign = Resource(world, "Campaign", beside=model)
    stack = Stack(model, campaign)

    def serving(**more: Any) -> Any:
        return lambda position: {"SolutionVersionArn": model.physical_id} if position else {**properties, **more}

    stack.deploy(serving(**gate(0.05)))
    first = model.physical_id
    world.emulator.set_metrics("SolutionVersion", {NDCG: 0.0312})
    with pytest.raises(Failed, match=f"{NDCG} is 0.0312"):
        stack.deploy(serving(Name="second", **gate(0.05)))
    served = world.personalize.describe_campaign(campaignArn=campaign.physical_id)["campaign"]
    assert (served["solutionVersionArn"], model.physical_id) == (first, first)
    assert world.called("UpdateCampaign") == []


def test_the_link_that_sees_the_end_judges(world: World) -> None:
    model, properties = trained(world, "SolutionVersion")
    world.emulator.set_duration("SolutionVersion", 5000)
    world.emulator.set_metrics("SolutionVersion", {NDCG: 0.0312})
    handed = model.create(**{**properties, "WaitSeconds": 3300}, Continued=True, **gate(0.05))
    assert handed["Status"] == "CREATE IN_PROGRESS"
    link = Resource(world, "SolutionVersionWait", logical_id="ModelWait1", beside=model)
    watched = {"Arn": handed["Arn"], "Operation": handed["Operation"], "WaitSeconds": 3300}
    with pytest.raises(Failed, match=f"^SolutionVersionWait ModelWait1: its quality is below a gate: {NDCG} is 0.0312"):
        link.create(**watched, **gate(0.05))
    waited = link.create(**watched, **gate(0.03))
    assert waited["Metrics.Normalized_discounted_cumulative_gain_at_10"] == "0.0312"


def test_an_event_that_comes_twice_is_answered_alike(world: World) -> None:
    model, properties = trained(world, "SolutionVersion")
    before = trainings(world)
    world.emulator.set_metrics("SolutionVersion", {NDCG: 0.0312})
    model.stack.add("CREATE_IN_PROGRESS")
    first = model.event("Create", {**properties, **gate(0.05)})
    second = dict(first)
    reasons = []
    model.start(first)
    model.deliver(second)
    assert first == second
    for event in (first, second):
        with pytest.raises(Failed) as caught:
            model.wait(event)
        reasons.append(str(caught.value))
    assert reasons[0] == reasons[1]
    assert trainings(world) == before + 1


def test_metrics_that_are_not_told_for_a_moment_are_asked_for_again(world: World) -> None:
    model, properties = trained(world, "SolutionVersion")
    world.emulator.faults.add({"operation": "GetSolutionMetrics", "error": "ThrottlingException", "times": 3})
    assert "Metrics.Coverage" in model.create(**properties, **gate(0.05))


def test_a_version_without_metrics_needs_none(world: World) -> None:
    model, properties = trained(world, "SolutionVersion")
    world.emulator.faults.add({"operation": "GetSolutionMetrics", "error": "InvalidInputException", "times": 2})
    assert "Metrics.Coverage" not in model.create(**properties)
    with pytest.raises(Failed, match=r"is not reported .* the metrics that Personalize reports: none"):
        model.update(**properties, **gate(0.05))
