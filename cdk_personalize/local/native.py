"""The native types `AWS::Personalize::*`, implemented with the emulated API.

A property that the update operation accepts is updated in place. Any other change requires a replacement, and
CloudFormation rejects it unless the name changes, too.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

from cdk_personalize.local import seams
from cdk_personalize.local.errors import ServiceError
from cdk_personalize.local.seams import get_account_id, get_region, provisioners, stacks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.emulator import Emulator

    Props = Mapping[str, Any]

_PREFIX = "AWS::Personalize::"
_TYPES = (
    "Schema",
    "DatasetGroup",
    "Dataset",
    "Solution",
    "Campaign",
    "Recommender",
    "EventTracker",
    "Filter",
    "MetricAttribution",
)
_POLL_SECONDS = 0.05
_DELETION_SECONDS = 120.0
_IMPORT = "DatasetImportJob"
_TAGS = "Tags"


def add_native_types(emulator: Emulator) -> None:
    """Add the native types to ministack's CloudFormation.

    Call it once, before the server starts.
    """
    for kind in _TYPES:
        native = _NativeType(emulator, kind)
        handlers = {"create": native.create, "update": native.update, "delete": native.delete}
        provisioners._RESOURCE_HANDLERS[f"{_PREFIX}{kind}"] = handlers
    # The handlers wait for calls to this server, so they must not block its event loop.
    seams.replace("_runs_on_worker_thread", lambda known: lambda name: name.startswith(_PREFIX) or known(name), stacks)


class NativeFailure(ValueError):
    """A created resource has failed. A rollback deletes it by its ARN."""

    def __init__(self, reason: str, physical_id: str) -> None:
        super().__init__(reason)
        self.physical_id = physical_id


class _NativeType:
    """The handlers of one native type, such as `AWS::Personalize::Solution`."""

    def __init__(self, emulator: Emulator, kind: str) -> None:
        self._emulator = emulator
        self._kind = kind
        self._arn_member = service_model.arn_member(kind)

    def create(self, _logical_id: str, props: Props, _stack_name: str) -> tuple[str, dict[str, Any]]:
        """Create a resource and wait until it is ready. Return ARN and attributes."""
        request = self._request(props)
        tags = [{"tagKey": each["Key"], "tagValue": each["Value"]} for each in props.get(_TAGS, [])]
        arn = self._call(f"Create{self._kind}", {**request, **({"tags": tags} if tags else {})})[self._arn_member]
        try:
            self._wait(self._kind, arn)
            if _IMPORT in props:
                self._import(arn, props[_IMPORT])
        except (ValueError, ServiceError) as error:
            raise NativeFailure(str(error), arn) from error
        return arn, self._attributes(arn)

    def update(self, arn: str, old: Props, new: Props, stack_name: str) -> tuple[str, dict[str, Any]]:
        """Update a resource in place and wait until it is ready, or replace it."""
        before, after = (service_model.update_form(self._kind, self._request(each)) for each in (old, new))
        changed = {name for name in before | after if before.get(name) != after.get(name)}
        if self._kind == "MetricAttribution":
            changes = _metric_changes(before, after) if changed <= {"metrics", "metricsOutputConfig"} else None
        else:
            in_place = changed <= service_model.mutable_members(self._kind) and changed <= after.keys()
            changes = {name: after[name] for name in changed} if in_place else None
        if changes is None:
            if old["Name"] == new["Name"]:
                raise ValueError(
                    "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                    f"Rename {new['Name']} and update the stack again."
                )
            return self.create("", new, stack_name)
        if changes:
            self._call(f"Update{self._kind}", {self._arn_member: arn, **changes})
            self._wait(self._kind, arn)
        self._retag(arn, old, new)
        if _IMPORT in new and new[_IMPORT] != old.get(_IMPORT):
            self._import(arn, new[_IMPORT])
        return arn, self._attributes(arn)

    def delete(self, physical_id: str, _props: Props) -> None:
        """Delete a resource and wait until it does not exist any more.

        :raises ServiceError: if it is still in use after two minutes of real time.
        """
        deadline = time.monotonic() + _DELETION_SECONDS
        while True:
            try:
                self._call(f"Delete{self._kind}", {self._arn_member: physical_id})
            except ServiceError as error:
                if error.code == "ResourceNotFoundException":
                    return
                if error.code != "ResourceInUseException" or time.monotonic() > deadline:
                    raise
            time.sleep(_POLL_SECONDS)

    def _request(self, props: Props) -> dict[str, Any]:
        shape = service_model.create_shape(self._kind)
        declared = {name: value for name, value in props.items() if name not in (_TAGS, _IMPORT)}
        found: dict[str, Any] = service_model.from_template(shape, declared)
        return found

    def _attributes(self, arn: str) -> dict[str, Any]:
        (description,) = self._call(f"Describe{self._kind}", {self._arn_member: arn}).values()
        texts = {name: value for name, value in description.items() if isinstance(value, str)}
        return {service_model.upper_first(name): value for name, value in texts.items()}

    def _import(self, dataset_arn: str, props: Props) -> None:
        job = service_model.from_template(service_model.create_shape(_IMPORT), props)
        answer = self._call(f"Create{_IMPORT}", {**job, "datasetArn": dataset_arn})
        self._wait(_IMPORT, answer["datasetImportJobArn"])

    def _retag(self, arn: str, old: Props, new: Props) -> None:
        before, after = ({each["Key"]: each["Value"] for each in props.get(_TAGS, [])} for props in (old, new))
        if removed := sorted(before.keys() - after.keys()):
            self._call("UntagResource", {"resourceArn": arn, "tagKeys": removed})
        if added := {key: value for key, value in after.items() if before.get(key) != value}:
            tags = [{"tagKey": key, "tagValue": value} for key, value in added.items()]
            self._call("TagResource", {"resourceArn": arn, "tags": tags})

    def _wait(self, kind: str, arn: str) -> None:
        while True:
            (description,) = self._call(f"Describe{kind}", {service_model.arn_member(kind): arn}).values()
            latest = description.get(f"latest{kind}Update", {})
            statuses = {each.get("status", "ACTIVE") for each in (description, latest)}
            if any(status.endswith("FAILED") for status in statuses):
                reasons = [each.get("failureReason", "") for each in (latest, description)]
                raise ValueError(next(filter(None, reasons), f"{arn} is {', '.join(sorted(statuses))}"))
            if statuses == {"ACTIVE"}:
                return
            time.sleep(_POLL_SECONDS)

    def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return self._emulator.call("personalize", operation, request, account=get_account_id(), region=get_region())


def _metric_changes(before: Props, after: Props) -> dict[str, Any]:
    """Return the members of UpdateMetricAttribution that change the metrics."""
    old, new = ({each["metricName"]: each for each in form["metrics"]} for form in (before, after))
    changes = {
        "removeMetrics": [name for name in old if new.get(name) != old[name]],
        "addMetrics": [each for name, each in new.items() if old.get(name) != each],
        "metricsOutputConfig": {}
        if before["metricsOutputConfig"] == after["metricsOutputConfig"]
        else after["metricsOutputConfig"],
    }
    return {name: value for name, value in changes.items() if value}
