"""CloudFormation features that ministack lacks: math alarms and bucket tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize.local import seams
from cdk_personalize.local.seams import provisioners, s3

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BUCKET = "AWS::S3::Bucket"


def accept_math_alarms() -> None:
    """Make ministack accept alarms on metric math expressions.

    Such an alarm never changes its state.

    Call it once, before the server starts.
    """
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


def set_bucket_tags() -> None:
    """Make ministack set the tags that the template declares for a bucket.

    Call it once, before the server starts.
    """
    handlers = provisioners._RESOURCE_HANDLERS.get(_BUCKET, {})
    if not {"create", "update"} <= handlers.keys():
        raise seams.SeamError(f"ministack has no handlers of {_BUCKET}")
    create, update = handlers["create"], handlers["update"]

    def creating(logical_id: str, props: Mapping[str, Any], stack_name: str) -> Any:
        return _tagged(create(logical_id, props, stack_name), props)

    def updating(physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], *more: Any) -> Any:
        return _tagged(update(physical_id, old, new, *more), new)

    handlers |= {"create": creating, "update": updating}


def _tagged(answer: tuple[str, Any], props: Mapping[str, Any]) -> Any:
    if tags := provisioners._tag_map(props.get("Tags")):
        s3._bucket_tags[answer[0]] = tags
    else:
        s3._bucket_tags.pop(answer[0], None)
    return answer
