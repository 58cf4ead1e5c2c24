"""Conversion of the state of the emulator to JSON and back."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from cdk_personalize.local.faults import OutcomeFault
from cdk_personalize.local.kinds import KINDS
from cdk_personalize.local.registry import ResourceRegistry
from cdk_personalize.local.resource import EmulatedResource, RunningOperation
from cdk_personalize.local.trained_model import TrainedModel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cdk_personalize.local.emulator import Emulator

    State = dict[str, Any]

VERSION = 1
"""Version of the state format. States of other versions are not loaded."""


def write(path: Path, state: Mapping[str, Any]) -> None:
    """Write a state into a file. An existing file is replaced atomically."""
    draft = path.with_name(f"{path.name}.partial")
    draft.write_text(json.dumps(state), encoding="utf-8")
    draft.replace(path)


def read(path: Path) -> State:
    """Read a state from a file.

    :raises ValueError: if the file does not hold a JSON object.
    """
    state = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(state, dict):
        raise ValueError(f"{path} does not hold a state of the local Amazon Personalize")  # noqa: TRY004
    return state


def to_dict(emulator: Emulator) -> State:
    """Return the resources and the settings of an emulator as JSON values."""
    return {
        "version": VERSION,
        "now": emulator.clock.now(),
        "authorization": emulator.authorization,
        "rolePropagationSeconds": emulator.role_propagation_seconds,
        "durations": emulator.overrides.durations,
        "metrics": emulator.overrides.metrics,
        "rates": emulator.rate_limits.rates(),
        "answers": emulator.fixed_answers.to_list(),
        "registries": [_registry_state(registry) for registry in emulator.registries.values()],
    }


def restore(emulator: Emulator, state: State) -> None:
    """Replace the resources and the settings of an emulator with a state.

    :raises ValueError: if the state has another format version.
    """
    if state.get("version") != VERSION:
        raise ValueError(f"the state must be of version {VERSION}, got {state.get('version')!r}")
    registries = [_registry(emulator, each) for each in state["registries"]]
    emulator.clock.advance_to(state["now"])
    emulator.set_authorization(state["authorization"])
    emulator.set_role_propagation(state["rolePropagationSeconds"])
    emulator.overrides.durations = state["durations"]
    emulator.overrides.metrics = state["metrics"]
    emulator.rate_limits.clear()
    emulator.rate_limits.set(state["rates"])
    emulator.fixed_answers.replace(state["answers"])
    emulator.registries = {(each.account, each.region): each for each in registries}


def _registry_state(registry: ResourceRegistry) -> State:
    return {
        "account": registry.account,
        "region": registry.region,
        "idsUsed": registry.ids_used,
        "jobArns": sorted(registry.job_arns),
        "resources": [_resource_state(resource) for resource in registry.resources.values()],
    }


def _registry(emulator: Emulator, state: State) -> ResourceRegistry:
    registry = ResourceRegistry(emulator, state["account"], state["region"])
    registry.ids_used = state["idsUsed"]
    registry.job_arns = set(state["jobArns"])
    registry.resources = {each["arn"]: _resource(each) for each in state["resources"]}
    for resource in registry.resources.values():
        if resource.operation and resource.operation.fault and resource.operation.fault.is_hanging:
            emulator.faults.hold(resource.operation.fault)
    return registry


def _resource_state(resource: EmulatedResource) -> State:
    return {
        "kind": resource.kind.name,
        "arn": resource.arn,
        "record": resource.record,
        "tags": resource.tags,
        "rows": resource.rows,
        "putRows": resource.put_rows,
        "operation": asdict(resource.operation) if resource.operation else None,
        "itemsByUser": resource.model.items_by_user if resource.model else None,
    }


def _resource(state: State) -> EmulatedResource:
    return EmulatedResource(
        kind=KINDS[state["kind"]],
        arn=state["arn"],
        record=state["record"],
        tags=state["tags"],
        rows=state["rows"],
        put_rows=state["putRows"],
        operation=_operation(state["operation"]) if state["operation"] else None,
        model=TrainedModel(state["itemsByUser"]) if state["itemsByUser"] is not None else None,
    )


def _operation(state: State) -> RunningOperation:
    fault = state.pop("fault")
    known = {each.name for each in fields(RunningOperation)}
    values = {name: value for name, value in state.items() if name in known}
    return RunningOperation(**values, fault=OutcomeFault(**fault) if fault else None)
