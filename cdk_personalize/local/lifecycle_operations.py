"""Operations that stop trainings, start and stop recommenders, and return metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize.local.errors import in_use, invalid
from cdk_personalize.local.pagination import page
from cdk_personalize.local.resource import ACTIVE, INACTIVE, STOP, SWITCH, RunningOperation

if TYPE_CHECKING:
    from cdk_personalize.local.registry import ResourceRegistry

    Request = dict[str, Any]
    Answer = dict[str, Any]

_SWITCH_SECONDS = 120.0
"""Duration of stopping or starting a recommender."""
_STOP_SECONDS = 60.0
"""Duration of stopping a training."""


def stop_solution_version_creation(registry: ResourceRegistry, request: Request) -> Answer:
    """Stop the training of a solution version."""
    version = registry.get(request["solutionVersionArn"], "SolutionVersion")
    if version.status == "CREATE PENDING":
        version.operation = None
        version.record["status"] = "CREATE STOPPED"
    elif version.status == "CREATE IN_PROGRESS":
        version.operation = RunningOperation(
            action=STOP, began=registry.now, seconds=_STOP_SECONDS, verb="CREATE", done="CREATE STOPPED"
        )
        version.show_progress(registry.now)
    else:
        # unverified: the exception type for a version that is not being trained
        raise invalid(f"{version.arn} is {version.status}: there is nothing to stop")
    return {}


def stop_recommender(registry: ResourceRegistry, request: Request) -> Answer:
    """Stop a recommender that is ACTIVE."""
    return _switch(registry, request, ACTIVE, "STOP", INACTIVE)


def start_recommender(registry: ResourceRegistry, request: Request) -> Answer:
    """Start a recommender that is INACTIVE."""
    return _switch(registry, request, INACTIVE, "START", ACTIVE)


def _switch(registry: ResourceRegistry, request: Request, before: str, verb: str, after: str) -> Answer:
    recommender = registry.get(request["recommenderArn"], "Recommender")
    if recommender.operation:
        raise in_use(f"{recommender.arn} is {recommender.status}, and another operation on it is in progress")
    if recommender.status != before:
        # unverified: the exception type
        raise invalid(f"{recommender.arn} is {recommender.status}, not {before}")
    recommender.operation = RunningOperation(
        action=SWITCH, began=registry.now, seconds=_SWITCH_SECONDS, verb=verb, done=after
    )
    recommender.show_progress(registry.now)
    return {"recommenderArn": recommender.arn}


def get_solution_metrics(registry: ResourceRegistry, request: Request) -> Answer:
    """Return the offline metrics of a solution version."""
    version = registry.get(request["solutionVersionArn"], "SolutionVersion")
    if version.status != ACTIVE:
        raise in_use(f"{version.arn} is {version.status}")
    return {"solutionVersionArn": version.arn, "metrics": dict(version.record["_metrics"])}


def list_metric_attribution_metrics(registry: ResourceRegistry, request: Request) -> Answer:
    """Return the metrics of a metric attribution."""
    # unverified: the response for an unknown metric attribution; the model has no ResourceNotFoundException
    attribution = registry.resources.get(request.get("metricAttributionArn", ""))
    found = attribution.record["metrics"] if attribution and attribution.kind.name == "MetricAttribution" else []
    return page("ListMetricAttributionMetrics", "metrics", found, request)


OPERATIONS = {
    "StopSolutionVersionCreation": stop_solution_version_creation,
    "StopRecommender": stop_recommender,
    "StartRecommender": start_recommender,
    "GetSolutionMetrics": get_solution_metrics,
    "ListMetricAttributionMetrics": list_metric_attribution_metrics,
}
