"""Test that the simulation runs the workflow of the synthesized templates."""

from __future__ import annotations

import json
from typing import Any

from conformance.simulation.workflow import DEFINITION, WORKER
from support.synth import new_stack, resources

from cdk_personalize import DatasetGroup


def test_the_simulated_workflow_is_the_synthesized_one() -> None:
    stack = new_stack()
    DatasetGroup(stack, "Group")
    (machine,) = resources(stack, "AWS::StepFunctions::StateMachine").values()
    parts = machine["Properties"]["DefinitionString"]["Fn::Join"][1]
    synthesized: dict[str, Any] = json.loads("".join(part if isinstance(part, str) else WORKER for part in parts))
    assert synthesized == DEFINITION | {"Comment": synthesized["Comment"]}
