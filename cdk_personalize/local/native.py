"""The native types `AWS::Personalize::*`, so that stacks which mix them with our constructs deploy locally too.

As much of them as joining needs: they are made and deleted through the emulated API. A change of one is not carried.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model
from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners, stacks

from cdk_personalize.local.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.emulator import Emulator

_PREFIX = "AWS::Personalize::"
_TYPES = ("Schema", "DatasetGroup", "Dataset", "Solution", "Campaign", "EventTracker", "Filter", "MetricAttribution")
_POLL_SECONDS = 0.05


def know_native_types(emulator: Emulator) -> None:
    """Make ministack's CloudFormation know the types; call it once, before it serves."""
    for kind in _TYPES:
        native = _Native(emulator, kind)
        provisioners._RESOURCE_HANDLERS[f"{_PREFIX}{kind}"] = {
            "create": native.create,
            "delete": native.delete,
        }
    runs_on_worker_thread = stacks._runs_on_worker_thread
    # They wait, and the server that they wait for must not wait for them.
    stacks._runs_on_worker_thread = lambda type_: type_.startswith(_PREFIX) or runs_on_worker_thread(type_)


class _Native:
    """One native type."""

    def __init__(self, emulator: Emulator, kind: str) -> None:
        self._emulator = emulator
        self._kind = kind
        self._arn_member = service_model.arn_member(kind)

    def create(self, logical_id: str, props: Mapping[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        """Create a resource and wait for it."""
        shape = service_model.create_shape(self._kind)
        request = service_model.from_template(shape, {name: value for name, value in props.items() if name != "Tags"})
        arn = self._call(f"Create{self._kind}", request)[self._arn_member]
        description = self._wait(self._kind, arn)
        if self._kind == "Dataset" and "DatasetImportJob" in props:
            job_shape = service_model.create_shape("DatasetImportJob")
            job = service_model.from_template(job_shape, props["DatasetImportJob"])
            answer = self._call("CreateDatasetImportJob", {**job, "datasetArn": arn})
            self._wait("DatasetImportJob", answer["datasetImportJobArn"])
        texts = {name: value for name, value in description.items() if isinstance(value, str)}
        return arn, {service_model.upper_first(name): value for name, value in texts.items()}

    def delete(self, physical_id: str, props: Mapping[str, Any]) -> None:
        """Delete a resource and wait until it is gone."""
        while True:
            try:
                self._call(f"Delete{self._kind}", {self._arn_member: physical_id})
            except ServiceError as error:
                if error.code == "ResourceNotFoundException":
                    return
                if error.code != "ResourceInUseException":
                    raise
            time.sleep(_POLL_SECONDS)

    def _wait(self, kind: str, arn: str) -> dict[str, Any]:
        while True:
            (description,) = self._call(f"Describe{kind}", {service_model.arn_member(kind): arn}).values()
            status = description.get("status", "ACTIVE")
            if status == "ACTIVE":
                found: dict[str, Any] = description
                return found
            if status.endswith("FAILED"):
                raise ValueError(description.get("failureReason", status))
            time.sleep(_POLL_SECONDS)

    def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return self._emulator.call("personalize", operation, request, account=get_account_id(), region=get_region())
