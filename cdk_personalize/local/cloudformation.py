"""What AWS CloudFormation does and ministack's does not.

On AWS a failed creation of a custom resource is rolled back by a Delete event with the physical id that the failure
reported; without it a local deployment would leave behind what it leaves nowhere else. And an alarm can be on an
expression, where ministack's has to be on a metric.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ministack.services.cloudformation import custom_resource, provisioners

if TYPE_CHECKING:
    from collections.abc import Mapping

_logger = logging.getLogger(__name__)


def delete_failed_creations() -> None:
    """Make ministack send the Delete event; call it once, before it serves."""
    deliver, invoke = custom_resource.deliver_response, custom_resource.invoke_custom_resource
    failures: dict[tuple[str, str], Mapping[str, Any]] = {}

    def delivering(token: str, response: Mapping[str, Any]) -> bool:
        if response.get("Status") == "FAILED":
            failures[response["StackId"], response["LogicalResourceId"]] = response
        known: bool = deliver(token, response)
        return known

    def invoking(
        request_type: str,
        logical_id: str,
        props: Mapping[str, Any],
        stack_name: str,
        stack_id: str,
        resource_type: str,
        **more: Any,
    ) -> Any:
        resource = (logical_id, props, stack_name, stack_id, resource_type)
        try:
            return invoke(request_type, *resource, **more)
        except RuntimeError:
            failure = failures.pop((stack_id, logical_id), {})
            if request_type == "Create" and "PhysicalResourceId" in failure:
                try:
                    invoke("Delete", *resource, physical_id=failure["PhysicalResourceId"])
                except (RuntimeError, TimeoutError):
                    _logger.exception("the failed %s could not be deleted", logical_id)
            raise

    custom_resource.deliver_response = delivering
    custom_resource.invoke_custom_resource = invoking


def keep_alarms_on_expressions() -> None:
    """Make ministack take them, and never set them off; call it once, before it serves."""
    record = provisioners._cw_metric_alarm_record

    def recording(name: str, props: Mapping[str, Any]) -> Any:
        queries = props.get("Metrics")
        if not queries:
            return record(name, props)
        of_no_metric = {"MetricName": queries[0]["Id"], "Namespace": "Expression"}
        kept = {prop: value for prop, value in props.items() if prop != "Metrics"}
        return {**record(name, {**kept, **of_no_metric}), "Metrics": queries}

    provisioners._cw_metric_alarm_record = recording
