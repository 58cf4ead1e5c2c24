"""CloudFormation features that ministack lacks: expression alarms, bucket tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize.local import seams
from cdk_personalize.local.seams import provisioners, s3

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BUCKET = "AWS::S3::Bucket"


def keep_alarms_on_expressions() -> None:
    """Make ministack take them, and never set them off.

    Call it once, before it serves.
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


def keep_tags_of_buckets() -> None:
    """Make ministack set the tags that a template gives a bucket.

    Call it once, before it serves.
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
