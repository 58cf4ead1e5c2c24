"""Runs of the synthesized workflow of a training pipeline, with the emulator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.pipelines import CONFIG, METRIC, PipelineRunner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.world import World

PAGE = Path(__file__).parents[2] / "docs" / "continuous-training.md"
CREATIONS = ("CreateDatasetImportJob", "CreateSolutionVersion", "CreateBatchInferenceJob")
CALLS = (
    *CREATIONS,
    "DescribeDatasetImportJob",
    "DescribeSolutionVersion",
    "DescribeBatchInferenceJob",
    "GetSolutionMetrics",
    "DescribeCampaign",
    "UpdateCampaign",
)
EVENTS = [
    "Started",
    "Import Completed",
    "Solution Version Trained",
    "Quality Gates Passed",
    "Campaign Updated",
    "Campaign Updated",
    "Batch Job Completed",
    "Succeeded",
]


@pytest.fixture
def pipeline(world: World, monkeypatch: pytest.MonkeyPatch) -> PipelineRunner:
    return PipelineRunner(world, monkeypatch)


def succeeds(pipeline: PipelineRunner) -> str:
    """Run the pipeline successfully, and return the version that all campaigns serve."""
    execution = pipeline.run()
    assert execution["status"] == "SUCCEEDED", (execution.get("error"), execution.get("cause"))
    assert pipeline.told() == EVENTS
    (version,) = set(pipeline.served())
    assert version == pipeline.detail("Succeeded")["solutionVersionArn"]
    return str(version)


def fails(pipeline: PipelineRunner, step: str) -> dict[str, Any]:
    """Run the pipeline to its failure, and return the detail of the Failed event."""
    execution = pipeline.run()
    assert (execution["status"], pipeline.told()[-1]) == ("FAILED", "Failed")
    failure = pipeline.detail("Failed")
    assert failure["step"] == step
    assert execution["error"] == failure["error"]
    assert pipeline.measured["RunsFailed"] == 1
    return failure


def test_a_run_does_every_step(pipeline: PipelineRunner, world: World) -> None:
    version = succeeds(pipeline)
    assert version != pipeline.first
    updates = [each["request"] for each in world.emulator.calls() if each["operation"] == "UpdateCampaign"]
    complete = {"solutionVersionArn": version, "minProvisionedTPS": 2, "campaignConfig": CONFIG}
    assert updates == [{"campaignArn": each, **complete} for each in pipeline.campaigns]
    metrics = world.personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
    assert pipeline.detail("Solution Version Trained")["metrics"] == metrics
    assert metrics.items() <= pipeline.measured.items()
    assert pipeline.measured["RunsSucceeded"] == 1
    (job,) = world.existing("BatchInferenceJob")
    assert (
        world.personalize.describe_batch_inference_job(batchInferenceJobArn=job)["batchInferenceJob"][
            "solutionVersionArn"
        ]
        == version
    )


def test_the_documentation_states_what_a_run_costs(pipeline: PipelineRunner, world: World) -> None:
    before = len(world.emulator.calls())
    succeeds(pipeline)
    calls = len(world.emulator.calls()) - before - len(pipeline.campaigns)  # `succeeds` describes the campaigns
    counted = f"{len(pipeline.visited)} state transitions and {calls} calls to Amazon Personalize"
    assert counted in PAGE.read_text(encoding="utf-8")


def test_every_run_has_jobs_of_its_own(pipeline: PipelineRunner, world: World) -> None:
    first = succeeds(pipeline)
    assert succeeds(pipeline) != first
    assert len(world.existing("BatchInferenceJob")) == 2


def test_a_version_that_misses_a_gate_is_not_served_and_its_event_has_the_numbers(
    pipeline: PipelineRunner, world: World
) -> None:
    world.emulator.set_metrics("SolutionVersion", {METRIC.name: 0.04})
    execution = pipeline.run()
    assert execution["status"] == "SUCCEEDED"
    assert pipeline.told() == ["Started", "Import Completed", "Solution Version Trained", "Quality Gates Failed"]
    gates = pipeline.detail("Quality Gates Failed")["gates"]
    assert [(each["value"], each["required"], each["passed"]) for each in gates] == [
        (0.04, 0.05, False),
        (0.04, round(gates[1]["current"] - 0.02, 6), gates[1]["current"] - 0.02 <= 0.04),
    ]
    assert pipeline.served() == [pipeline.first] * 2
    assert world.called("Update", "CreateBatch") == []
    assert pipeline.measured["RunsGateFailed"] == 1


def test_a_version_that_is_worse_than_the_one_in_service_is_not_served(pipeline: PipelineRunner, world: World) -> None:
    served = world.personalize.get_solution_metrics(solutionVersionArn=pipeline.first)["metrics"][METRIC.name]
    world.emulator.set_metrics("SolutionVersion", {METRIC.name: served - 0.03})
    pipeline.run()
    gates = pipeline.detail("Quality Gates Failed")["gates"]
    assert [each["passed"] for each in gates] == [True, False]
    assert (gates[1]["current"], gates[1]["required"]) == (served, round(served - 0.02, 6))


def test_a_metric_that_is_not_reported_misses_its_gate(pipeline: PipelineRunner, world: World) -> None:
    world.emulator.set_metrics("SolutionVersion", {METRIC.name: None})
    pipeline.run()
    gates = pipeline.detail("Quality Gates Failed")["gates"]
    assert [each["passed"] for each in gates] == [False, False]
    assert "value" not in gates[0]


def test_throttled_calls_are_repeated(pipeline: PipelineRunner, world: World) -> None:
    for operation in CALLS:
        world.emulator.faults.add({"operation": operation, "error": "ThrottlingException", "times": 3})
    succeeds(pipeline)
    throttled = [each["operation"] for each in world.emulator.calls() if each["error"] == "ThrottlingException"]
    assert sorted(throttled) == sorted(CALLS * 3)


def test_a_run_waits_for_a_quota_that_others_use_up(pipeline: PipelineRunner, world: World) -> None:
    for operation in CREATIONS:
        world.emulator.faults.add({"operation": operation, "error": "LimitExceededException", "times": 20})
    succeeds(pipeline)


def test_nothing_is_created_twice_if_an_answer_is_lost(pipeline: PipelineRunner, world: World) -> None:
    for operation in (*CREATIONS, "UpdateCampaign"):
        world.emulator.faults.add({"operation": operation, "error": "InternalServerError", "after": True})
    succeeds(pipeline)
    assert len(world.existing("BatchInferenceJob")) == 1
    assert len(world.existing("SolutionVersion")) == 2
    refused = {each["operation"]: each["error"] for each in world.emulator.calls() if each["error"]}
    assert refused["CreateSolutionVersion"] == "ResourceAlreadyExistsException"
    assert refused["UpdateCampaign"] == "ResourceInUseException"


FAILURES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "a failed import": ("Import", {"kind": "DatasetImportJob", "outcome": "CREATE FAILED", "reason": "No such file"}),
    "a failed training": ("Train", {"kind": "SolutionVersion", "outcome": "CREATE FAILED", "reason": "Too few users"}),
    "a failed campaign update": ("UpdateCampaigns", {"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "No"}),
    "a failed batch job": ("Batch", {"kind": "BatchInferenceJob", "outcome": "CREATE FAILED", "reason": "No input"}),
    "a rejected import": ("Import", {"operation": "CreateDatasetImportJob", "error": "InvalidInputException"}),
    "a rejected training": ("Train", {"operation": "CreateSolutionVersion", "error": "InvalidInputException"}),
    "unreadable metrics": ("Train", {"operation": "GetSolutionMetrics", "error": "ResourceNotFoundException"}),
    "a deleted campaign": ("QualityGates", {"operation": "DescribeCampaign", "error": "ResourceNotFoundException"}),
    "a rejected update": ("UpdateCampaigns", {"operation": "UpdateCampaign", "error": "InvalidInputException"}),
    "a rejected batch job": ("Batch", {"operation": "CreateBatchInferenceJob", "error": "InvalidInputException"}),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_told_and_the_next_run_succeeds(pipeline: PipelineRunner, world: World, name: str) -> None:
    step, fault = FAILURES[name]
    world.emulator.faults.add(fault)
    failure = fails(pipeline, step)
    assert failure["cause"].endswith(str(fault.get("reason", "Injected fault")))
    served = pipeline.detail("Solution Version Trained")["solutionVersionArn"] if step == "Batch" else pipeline.first
    assert pipeline.served() == [served] * 2
    succeeds(pipeline)


def test_all_campaigns_return_to_their_version_if_the_second_one_fails(pipeline: PipelineRunner, world: World) -> None:
    fault = {"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "Not enough capacity"}
    pipeline.when["Training Pipeline Campaign Updated"] = lambda: world.emulator.faults.add(fault)
    failure = fails(pipeline, "UpdateCampaigns")
    assert failure["error"] == "CampaignUpdateFailed"
    assert failure["cause"] == f"{pipeline.campaigns[1]}: Not enough capacity"
    assert pipeline.served() == [pipeline.first] * 2
    succeeds(pipeline)


def test_a_campaign_that_cannot_return_does_not_keep_the_others_from_it(pipeline: PipelineRunner, world: World) -> None:
    def fail_twice() -> None:
        world.emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "First", "times": 2})

    pipeline.when["Training Pipeline Campaign Updated"] = fail_twice
    assert fails(pipeline, "UpdateCampaigns")["cause"].endswith("First")
    assert pipeline.served()[1] == pipeline.first
    succeeds(pipeline)


def test_a_dead_step_stops_the_training(pipeline: PipelineRunner, world: World) -> None:
    world.emulator.faults.add({"operation": "DescribeSolutionVersion", "error": "AccessDeniedException", "times": 11})
    assert fails(pipeline, "Train")["error"] == "Personalize.PersonalizeException"
    assert world.called("Stop") == ["StopSolutionVersionCreation"]
    world.pass_time()
    statuses = {world.status(each) for each in world.existing("SolutionVersion")}
    assert statuses == {"ACTIVE", "CREATE STOPPED"}
    succeeds(pipeline)


def test_a_run_after_a_killed_one_succeeds(pipeline: PipelineRunner) -> None:
    pipeline.when["Training Pipeline Solution Version Trained"] = pipeline.kill
    assert pipeline.run()["status"] == "ABORTED"
    succeeds(pipeline)


def test_a_run_after_one_that_was_killed_between_two_campaigns_updates_both(pipeline: PipelineRunner) -> None:
    pipeline.when["Training Pipeline Campaign Updated"] = pipeline.kill
    assert pipeline.run()["status"] == "ABORTED"
    served = pipeline.served()
    assert (served[0] != pipeline.first, served[1]) == (True, pipeline.first)
    assert succeeds(pipeline) not in served


def test_a_second_execution_is_skipped(pipeline: PipelineRunner, world: World) -> None:
    before = len(world.emulator.calls())
    pipeline.running.append({"executionArn": "earlier", "startDate": world.clock.now() - 1, "status": "RUNNING"})
    execution = pipeline.run()
    assert (execution["status"], pipeline.told()) == ("SUCCEEDED", ["Skipped"])
    assert len(world.emulator.calls()) == before
    assert pipeline.measured == {"RunsSkipped": 1}


def test_an_execution_that_started_later_does_not_matter(pipeline: PipelineRunner, world: World) -> None:
    pipeline.running.append({"executionArn": "later", "startDate": world.clock.now() + 1, "status": "RUNNING"})
    succeeds(pipeline)


def test_a_run_after_an_upload_waits_for_more_of_them(pipeline: PipelineRunner, world: World) -> None:
    began = world.clock.now()
    imported: list[float] = []
    pipeline.when["Training Pipeline Started"] = lambda: imported.append(world.clock.now())
    pipeline.run(StartedBy="upload", WaitSeconds=300)
    assert imported[0] - began == 300
    assert pipeline.detail("Started")["startedBy"] == "upload"


def test_a_run_waits_for_the_update_of_a_deployment_and_keeps_what_it_changed(
    pipeline: PipelineRunner, world: World
) -> None:
    def deploy() -> None:
        arn = pipeline.campaigns[0]
        world.personalize.update_campaign(campaignArn=arn, minProvisionedTPS=7)

    pipeline.when["Training Pipeline Quality Gates Passed"] = deploy
    succeeds(pipeline)
    campaign = world.personalize.describe_campaign(campaignArn=pipeline.campaigns[0])["campaign"]
    assert campaign["minProvisionedTPS"] == 7


def test_an_update_that_meets_another_one_is_repeated(pipeline: PipelineRunner, world: World) -> None:
    world.emulator.faults.add({"operation": "UpdateCampaign", "error": "ResourceInUseException", "times": 3})
    succeeds(pipeline)
