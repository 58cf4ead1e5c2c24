"""Permissions of the role of a training pipeline: sufficient, and all needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.pipelines import PipelineRunner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.world import World

ACTIONS = (
    "iam:PassRole",
    *(
        f"personalize:{operation}"
        for operation in (
            "CreateBatchInferenceJob",
            "CreateDatasetImportJob",
            "CreateSolutionVersion",
            "DescribeBatchInferenceJob",
            "DescribeCampaign",
            "DescribeDatasetImportJob",
            "DescribeSolutionVersion",
            "GetSolutionMetrics",
            "ListSolutionVersions",
            "StopSolutionVersionCreation",
            "UpdateCampaign",
        )
    ),
)


@pytest.fixture
def pipeline(world: World, monkeypatch: pytest.MonkeyPatch) -> PipelineRunner:
    return PipelineRunner(world, monkeypatch)


def actions(statement: Mapping[str, Any]) -> list[str]:
    found = statement["Action"]
    return found if isinstance(found, list) else [found]


def without(statements: list[Mapping[str, Any]], action: str) -> list[Mapping[str, Any]]:
    """Return the statements without an action."""
    left = [{**each, "Action": [other for other in actions(each) if other != action]} for each in statements]
    return [each for each in left if each["Action"]]


def denied(pipeline: PipelineRunner) -> int:
    """Return the number of denied calls in two runs.

    In the first one the response to the training is lost, in the second one the training is stopped.
    """
    faults = pipeline.world.emulator.faults
    faults.add({"operation": "CreateSolutionVersion", "error": "InternalServerError", "after": True})
    pipeline.run()
    faults.add({"operation": "DescribeSolutionVersion", "error": "InvalidInputException"})
    pipeline.run()
    return [each["error"] for each in pipeline.world.emulator.calls()].count("AccessDeniedException")


def test_the_policy_allows_everything_that_runs_do(pipeline: PipelineRunner) -> None:
    pipeline.enforce()
    assert denied(pipeline) == 0
    assert len(set(pipeline.served())) == 1
    assert pipeline.served()[0] != pipeline.first
    assert pipeline.world.called("Stop") == ["StopSolutionVersionCreation"]


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_is_needed(pipeline: PipelineRunner, action: str) -> None:
    pipeline.enforce(without(pipeline.policy, action))
    assert denied(pipeline) > 0


def test_the_policy_allows_nothing_else(pipeline: PipelineRunner) -> None:
    others = {"states:ListExecutions", "events:PutEvents", "cloudwatch:PutMetricData"}
    assert {action for each in pipeline.policy for action in actions(each)} == {*ACTIONS, *others}
    everywhere = [actions(each) for each in pipeline.policy if each["Resource"] == "*"]
    assert everywhere == [["cloudwatch:PutMetricData"], ["personalize:ListSolutionVersions"]]
