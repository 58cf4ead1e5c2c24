"""Runs of a training pipeline: the workflow that is synthesized, against Amazon Personalize in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.pipelines import METRIC, PipelineRunner

if TYPE_CHECKING:
    from support.world import World


@pytest.fixture
def pipeline(world: World, monkeypatch: pytest.MonkeyPatch) -> PipelineRunner:
    return PipelineRunner(world, monkeypatch)


def test_a_run_imports_trains_and_has_every_campaign_serve_the_new_version(pipeline: PipelineRunner) -> None:
    execution = pipeline.run()
    assert execution["status"] == "SUCCEEDED", (execution.get("error"), execution.get("cause"))
    print(pipeline.events)
    print(pipeline.visited)
    print(pipeline.measured)
