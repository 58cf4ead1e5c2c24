"""Event trackers, filters and metric attributions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize.local import expressions
from cdk_personalize.local.errors import already_exists, invalid, limit_exceeded
from cdk_personalize.local.kind import ResourceKind
from cdk_personalize.local.preconditions import require_active, require_quota, require_unused
from cdk_personalize.local.resource import ACTIVE

if TYPE_CHECKING:
    from cdk_personalize.local.kind import Request
    from cdk_personalize.local.registry import ResourceRegistry
    from cdk_personalize.local.resource import EmulatedResource

_MAX_FIELDS = 10
_MAX_FIELDS_OF_GROUP = 20
_MAX_METRICS = 10


class EventTrackerKind(ResourceKind):
    """An event tracker. A dataset group has at most one."""

    name = "EventTracker"

    def arn_path(self, registry: ResourceRegistry, request: Request) -> str:
        """Return the resource part of the ARN: a new ID, independent of the name."""
        return f"event-tracker/{registry.new_id()}"

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if the dataset group is not ACTIVE or has a tracker."""
        group = registry.get(request["datasetGroupArn"])
        require_active(group)
        for tracker in registry.all(self.name, datasetGroupArn=group.arn):
            raise already_exists(tracker.arn)  # unverified: the exception type

    def complete(self, registry: ResourceRegistry, request: Request) -> dict[str, Any]:
        """Add the tracking ID, with which applications send events."""
        return {"trackingId": registry.new_uuid(), "accountId": registry.account}


class FilterKind(ResourceKind):
    """A filter, which excludes items, actions or users from recommendations."""

    name = "Filter"

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if the expression is not valid, or the quota is reached.

        A dataset group has at most 30 filters. The number of fields in expressions is limited, too.
        """
        group = registry.get(request["datasetGroupArn"])
        if group.status != ACTIVE:  # the model of CreateFilter has no ResourceInUseException
            raise invalid(f"{group.arn} is {group.status}, not ACTIVE")
        fields = expressions.parse(request["filterExpression"]).fields()
        others = registry.all(self.name, datasetGroupArn=group.arn)
        require_quota("filters in the dataset group", 30, others)
        all_fields = fields.union(*(expressions.parse(each.record["filterExpression"]).fields() for each in others))
        if len(fields) > _MAX_FIELDS or len(all_fields) > _MAX_FIELDS_OF_GROUP:
            raise limit_exceeded(
                f"A filter has at most {_MAX_FIELDS} distinct fields, "
                f"all filters of a dataset group together {_MAX_FIELDS_OF_GROUP}."
            )

    def require_deletable(self, registry: ResourceRegistry, resource: EmulatedResource) -> None:
        """Raise ResourceInUseException if a batch inference job uses it.

        unverified: the exception type.
        """
        jobs = registry.all("BatchInferenceJob", filterArn=resource.arn)
        require_unused(resource, [job for job in jobs if job.operation])


class MetricAttributionKind(ResourceKind):
    """A metric attribution. A dataset group has at most one."""

    name = "MetricAttribution"
    update_verb = "UPDATE"  # unverified: that the status shows an update, and the statuses

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if the group does not allow a metric attribution.

        The group must be ACTIVE and have no metric attribution. Metric names must be unique.
        """
        group = registry.get(request["datasetGroupArn"])
        require_active(group)
        for attribution in registry.all(self.name, datasetGroupArn=group.arn):
            raise already_exists(attribution.arn)  # unverified: the exception type
        _require_valid_metrics(request["metrics"])

    def require_updatable(self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request) -> None:
        """Raise ServiceError if a removed metric is missing, or an added metric exists."""
        metrics = resource.record["metrics"]
        unknown = set(changes.get("removeMetrics", [])) - {each["metricName"] for each in metrics}
        if unknown:
            raise invalid(f"There is no metric {', '.join(sorted(unknown))}")  # unverified: the exception type
        _require_valid_metrics(_changed_metrics(metrics, changes))

    def finish_update(
        self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request, ended: float
    ) -> str | None:
        """Set the metrics and the output location."""
        resource.record["metrics"] = _changed_metrics(resource.record["metrics"], changes)
        if "metricsOutputConfig" in changes:
            resource.record["metricsOutputConfig"] = changes["metricsOutputConfig"]
        return None


def _changed_metrics(metrics: list[dict[str, str]], changes: Request) -> list[dict[str, str]]:
    kept = [each for each in metrics if each["metricName"] not in changes.get("removeMetrics", [])]
    return [*kept, *changes.get("addMetrics", [])]


def _require_valid_metrics(metrics: list[dict[str, str]]) -> None:
    """Raise InvalidInputException if two metrics share a name, or at more than ten."""
    names = [each["metricName"] for each in metrics]
    if len(set(names)) != len(names):
        raise invalid("Two metrics have the same metricName")  # unverified: the exception type
    if len(names) > _MAX_METRICS:
        raise invalid(f"A metric attribution has at most {_MAX_METRICS} metrics")  # unverified: the exception type
