"""What AWS CloudFormation takes and ministack's does not: an alarm on an expression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services.cloudformation import provisioners

from cdk_personalize.local import seams

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def keep_alarms_on_expressions() -> None:
    """Make ministack take them, and never set them off; call it once, before it serves."""
    seams.replace("_cw_metric_alarm_record", _recording, provisioners)


def _recording(record: Callable[..., Any]) -> Any:
    def recording(name: str, props: Mapping[str, Any]) -> Any:
        queries = props.get("Metrics")
        if not queries:
            return record(name, props)
        of_no_metric = {"MetricName": queries[0]["Id"], "Namespace": "Expression"}
        kept = {prop: value for prop, value in props.items() if prop != "Metrics"}
        return {**record(name, {**kept, **of_no_metric}), "Metrics": queries}

    return recording
