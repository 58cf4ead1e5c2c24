"""Recommended Amazon CloudWatch alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_personalize import _validation
from cdk_personalize._metrics import ImportMetrics, RecommendationMetrics, ResourceMetrics, TrainingMetrics
from cdk_personalize._signature import HasSignature
from cdk_personalize._training_metrics import PipelineMetrics
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cdk_personalize._metrics import AnyMetric, RealTimeMetrics
    from cdk_personalize.campaign import ICampaign
    from cdk_personalize.dataset import IDataset
    from cdk_personalize.event_tracker import IEventTracker
    from cdk_personalize.recommender import IRecommender
    from cdk_personalize.solution import ISolution
    from cdk_personalize.training_pipeline import TrainingPipeline

_SHORTEST_PERIOD, _LONGEST_PERIOD = Duration.minutes(1), Duration.hours(1)
_DEFAULT_LATENCY = Duration.seconds(1)
_SHORTEST_IDLE, _LONGEST_IDLE = Duration.days(1), Duration.days(7)
"""Amazon CloudWatch evaluates at most 7 days."""
_ABOVE: Mapping[str, Any] = {
    "comparison_operator": cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    "treat_missing_data": cloudwatch.TreatMissingData.NOT_BREACHING,
}
_BELOW: Mapping[str, Any] = {
    "comparison_operator": cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
    "treat_missing_data": cloudwatch.TreatMissingData.BREACHING,  # there is no data without requests
}


class RecommendedAlarms(HasSignature, Construct):
    """The recommended CloudWatch alarms of an Amazon Personalize resource.

    A campaign or recommender gets alarms on rejected requests (4xx), server errors (5xx), p99 latency and utilization
    of the provisioned requests per second. An event tracker, Items dataset or Users dataset gets the same without
    utilization. A dataset gets an alarm on failed imports. A solution gets an alarm on failed trainings, including
    automatic ones. A training pipeline gets an alarm on failed runs. On request, a campaign or recommender gets alarms
    if it is idle or over-provisioned. If the recipe of a campaign is not known at synthesis, the campaign gets alarms
    for recommendations and for rankings.

    Amazon Personalize publishes no data without requests: missing data raises only the alarms on idle and
    over-provisioned resources.

    Amazon CloudWatch bills each alarm.

    https://docs.aws.amazon.com/personalize/latest/dg/personalize-monitoring.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        resource: ICampaign | IRecommender | IEventTracker | IDataset | ISolution | TrainingPipeline,
        actions: Sequence[cloudwatch.IAlarmAction] = (),
        client_errors: float | None = 10,
        server_errors: float | None = 1,
        latency: Duration | None = _DEFAULT_LATENCY,
        utilization: float | None = 80,
        failed_jobs: float | None = 1,
        idle: Duration | None = None,
        over_provisioned: float | None = None,
        period: Duration | None = None,
        evaluation_periods: int = 3,
        datapoints_to_alarm: int = 2,
    ) -> None:
        """Create the alarms.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param resource: The resource, defined in this app or imported. An imported event tracker requires its dataset
            group.
        :param actions: The actions when an alarm is raised. Default: none.
        :param client_errors: The number of rejected requests in a period that raises the alarm. Default: 10. None: no
            alarm.
        :param server_errors: The number of server errors in a period that raises the alarm. Default: 1. None: no alarm.
        :param latency: The p99 latency in a period that raises the alarm, at least 1 millisecond. Default: 1 second.
            None: no alarm.
        :param utilization: The utilization of the provisioned requests per second that raises the alarm, in percent,
            more than 0. Above 100, Amazon Personalize adds capacity with a delay. Default: 80. None: no alarm. There is
            also no alarm if the provisioned requests per second are not known at synthesis, as for imports.
        :param failed_jobs: The number of failed imports, trainings or runs in a period that raises the alarm.
            Default: 1. None: no alarm.
        :param idle: The time without requests that raises an alarm on a campaign or recommender, from 1 to 7 days. It
            must be whole days. Default: no alarm. There is also no alarm on a recommender that is not started and a
            campaign that is not active.
        :param over_provisioned: The utilization of the provisioned requests per second, in percent, more than 0, that
            raises an alarm on a campaign or recommender if it was not reached in any hour of the last 7 days. Default:
            no alarm. There is also no alarm if the provisioned requests per second are 1, the minimum of Amazon
            Personalize, or are not known at synthesis.
        :param period: The length of a period, from 1 minute to 1 hour. Default: 5 minutes.
        :param evaluation_periods: The number of most recent periods to evaluate. Job alarms evaluate only the last
            period. Default: 3.
        :param datapoints_to_alarm: The number of evaluated periods that must breach the threshold. Default: 2.
        :raises ValidationError: If a value is out of range, or the resource has no metrics.
        """
        period = Duration.minutes(5) if period is None else period
        counts = {"client_errors": client_errors, "server_errors": server_errors, "failed_jobs": failed_jobs}
        positive = {**counts, "utilization": utilization, "over_provisioned": over_provisioned}
        problems = [
            *(problem for prop, value in positive.items() for problem in _not_positive(prop, value)),
            *_validation.duration_out_of_range("latency", latency, Duration.millis(1), _LONGEST_PERIOD),
            *_validation.duration_out_of_range("period", period, _SHORTEST_PERIOD, _LONGEST_PERIOD),
            *_validation.days_out_of_range("idle", idle, _SHORTEST_IDLE, _LONGEST_IDLE),
            *_validation.out_of_range("datapoints_to_alarm", datapoints_to_alarm, 1, evaluation_periods),
            *(
                problem
                for prop, value in {
                    "latency": latency,
                    "utilization": utilization,
                    "idle": idle,
                    "over_provisioned": over_provisioned,
                    "period": period,
                    "evaluation_periods": evaluation_periods,
                }.items()
                for problem in _validation.not_known(prop, value, "thresholds and ranges depend on it")
            ),
        ]
        watched: Any = resource
        operations: tuple[RealTimeMetrics, ...] = watched._operations() if isinstance(resource, ResourceMetrics) else ()
        if not (operations or isinstance(resource, (ImportMetrics, TrainingMetrics, PipelineMetrics))):
            rule = "must be a campaign of items, a recommender, an event tracker, a dataset, a solution or a pipeline"
            problems.append(Problem("resource", rule, resource, certain=True))
        _validation.refuse(scope, id, problems)
        super().__init__(scope, id)
        self.alarms: dict[str, cloudwatch.Alarm] = {}
        """The alarms by ID, such as `GetRecommendationsServerErrors`."""
        self._resource_path = watched.node.path
        self._actions = actions
        self._period = period
        self._evaluation: dict[str, Any] = {
            "evaluation_periods": evaluation_periods,
            "datapoints_to_alarm": datapoints_to_alarm,
        }
        for operation in operations:
            self._watch_errors(watched, operation, client_errors, server_errors)
            self._watch_latency(watched, operation, latency)
            self._watch_utilization(watched, operation, utilization)
        if operations and isinstance(resource, RecommendationMetrics) and resource._active is not False:
            self._watch_idle(watched, operations, idle)
            self._watch_surplus(watched, operations, over_provisioned)
        if isinstance(resource, ImportMetrics):
            self._watch_jobs("Import", resource.metric_dataset_import_job_error, failed_jobs)
        if isinstance(resource, TrainingMetrics):
            self._watch_jobs("Training", resource.metric_solution_training_job_error, failed_jobs)
        if isinstance(resource, PipelineMetrics):
            self._watch_jobs("Run", resource.metric_runs_failed, failed_jobs)

    def _watch_errors(
        self,
        resource: ResourceMetrics,
        operation: RealTimeMetrics,
        client_errors: float | None,
        server_errors: float | None,
    ) -> None:
        for id_suffix, metric_name, threshold, failure in (
            ("ClientErrors", operation.client_errors, client_errors, "are rejected or throttled"),
            ("ServerErrors", operation.server_errors, server_errors, "fail with a server error"),
        ):
            if threshold is not None:
                metric = resource.metric(metric_name, statistic="Sum", period=self._period)
                self._add(f"{operation.name}{id_suffix}", metric, threshold, f"calls {failure}", **self._evaluation)

    def _watch_latency(self, resource: ResourceMetrics, operation: RealTimeMetrics, latency: Duration | None) -> None:
        if latency is not None:
            metric = resource.metric(operation.latency, statistic="p99", period=self._period)
            threshold = latency.to_milliseconds()
            self._add(f"{operation.name}Latency", metric, threshold, "have a high latency", **self._evaluation)

    def _watch_utilization(
        self, resource: ResourceMetrics, operation: RealTimeMetrics, utilization: float | None
    ) -> None:
        provisioned = _provisioned(resource)
        if utilization is None or provisioned is None:
            return
        metric = resource.metric(operation.requests, statistic="Sum", period=self._period)
        threshold = provisioned * self._period.to_seconds() * utilization / 100
        description = f"{utilization:g} % or more of the provisioned {provisioned:g} requests per second is used"
        self._add(f"{operation.name}Utilization", metric, threshold, description, **self._evaluation)

    def _watch_idle(
        self, resource: ResourceMetrics, operations: Sequence[RealTimeMetrics], idle: Duration | None
    ) -> None:
        if idle is not None:
            days = int(idle.to_days())
            requests = _requests(resource, operations, Duration.days(1))
            self._add("Idle", requests, 0, f"no request in {days} days", **_BELOW, **_each_of(days))

    def _watch_surplus(
        self, resource: ResourceMetrics, operations: Sequence[RealTimeMetrics], percent: float | None
    ) -> None:
        provisioned = _provisioned(resource)
        if percent is None or provisioned is None or provisioned <= 1:
            return
        hour, hours = Duration.hours(1), int(_LONGEST_IDLE.to_hours())
        threshold = provisioned * hour.to_seconds() * percent / 100
        description = f"less than {percent:g} % of the provisioned {provisioned:g} requests per second is used"
        requests = _requests(resource, operations, hour)
        self._add("OverProvisioned", requests, threshold, description, **_BELOW, **_each_of(hours))

    def _watch_jobs(self, id: str, errors: Callable[..., AnyMetric], threshold: float | None) -> None:
        if threshold is not None:
            description = f"{id.lower()}s fail"
            self._add(f"{id}Errors", errors(period=self._period), threshold, description, evaluation_periods=1)

    def _add(self, id: str, metric: AnyMetric, threshold: float, description: str, **options: Any) -> None:
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=threshold,
            alarm_description=f"{self._resource_path}: {description}",
            **{**_ABOVE, **options},
        )
        alarm.add_alarm_action(*self._actions)
        self.alarms[id] = alarm


def _provisioned(resource: ResourceMetrics) -> float | None:
    """Return the provisioned requests per second, or None if not known at synthesis."""
    provisioned = resource._provisioned()
    return provisioned if _validation.is_known(provisioned) else None


def _requests(resource: ResourceMetrics, operations: Sequence[RealTimeMetrics], period: Duration) -> AnyMetric:
    """Return the number of requests of all operations."""
    metrics = [resource.metric(each.requests, statistic="Sum", period=period) for each in operations]
    if len(metrics) == 1:
        return metrics[0]
    named = {f"requests{number}": metric for number, metric in enumerate(metrics)}
    total = " + ".join(f"FILL({name}, 0)" for name in named)
    return cloudwatch.MathExpression(expression=total, using_metrics=named, label="Requests", period=period)


def _each_of(periods: int) -> dict[str, int]:
    """Return the options of an alarm that all of the latest periods must raise."""
    return {"evaluation_periods": periods, "datapoints_to_alarm": periods}


def _not_positive(prop: str, value: Any) -> list[Problem]:
    problems = _validation.not_a_number(prop, value)
    return problems or ([Problem(prop, "must be more than 0", value)] if value is not None and value <= 0 else [])
