"""CloudWatch dashboard for Amazon Personalize resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_personalize import _validation
from cdk_personalize._metrics import ImportMetrics, RecommendationMetrics, ResourceMetrics, TrainingMetrics
from cdk_personalize._signature import HasSignature
from cdk_personalize._training_metrics import PipelineMetrics
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from cdk_personalize._metrics import AnyMetric
    from cdk_personalize.campaign import ICampaign
    from cdk_personalize.dataset import IDataset
    from cdk_personalize.event_tracker import IEventTracker
    from cdk_personalize.recommender import IRecommender
    from cdk_personalize.solution import ISolution
    from cdk_personalize.training_pipeline import TrainingPipeline

_THIRD = 8
_PERCENTILES = ("p50", "p90", "p99")
_FROM_ZERO = cloudwatch.YAxisProps(min=0)
_MILLISECONDS = cloudwatch.YAxisProps(min=0, label="ms", show_units=False)
_SECONDS = cloudwatch.YAxisProps(min=0, label="s", show_units=False)
_PERCENT = cloudwatch.YAxisProps(min=0, label="%", show_units=False)


class PersonalizeDashboard(HasSignature, cloudwatch.Dashboard):
    """A CloudWatch dashboard with a row of widgets for each resource.

    Campaigns and recommenders: requests, errors, latency and utilization of the provisioned requests per second. Event
    trackers, Items datasets and Users datasets: requests, errors and latency. Datasets: import jobs and their duration.
    Solutions: training jobs of all versions and their duration. Training pipelines: runs and their duration. Campaigns
    on Next-Best-Action have no row, because Amazon Personalize publishes no metrics for them. The class extends CDK's
    `Dashboard`; use `add_widgets` for further widgets.

    https://docs.aws.amazon.com/personalize/latest/dg/personalize-monitoring.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        campaigns: Sequence[ICampaign] = (),
        recommenders: Sequence[IRecommender] = (),
        event_trackers: Sequence[IEventTracker] = (),
        datasets: Sequence[IDataset] = (),
        solutions: Sequence[ISolution] = (),
        training_pipelines: Sequence[TrainingPipeline] = (),
        dashboard_name: str | None = None,
        default_interval: Duration | None = None,
        period: Duration | None = None,
    ) -> None:
        """Create a dashboard.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param campaigns: The campaigns, defined in this app or imported. Default: none.
        :param recommenders: The recommenders, defined in this app or imported. Default: none.
        :param event_trackers: The event trackers, defined in this app, or imported with their dataset group. Default:
            none.
        :param datasets: The datasets, defined in this app or imported. Default: none.
        :param solutions: The solutions, defined in this app or imported. Default: none.
        :param training_pipelines: The training pipelines of this app. Default: none.
        :param dashboard_name: The name: 1 to 255 letters, digits, hyphens or underscores. Default: a unique name is
            generated.
        :param default_interval: The time range that is shown first. Default: 1 day.
        :param period: The period of the metrics; job metrics use 12 times as much. Default: 5 minutes.
        :raises ValidationError: If a resource has the wrong type, or the period is not known at synthesis.
        """
        given: dict[str, tuple[type, Sequence[Any]]] = {
            "campaigns": (RecommendationMetrics, campaigns),
            "recommenders": (RecommendationMetrics, recommenders),
            "event_trackers": (ResourceMetrics, event_trackers),
            "datasets": (ImportMetrics, datasets),
            "solutions": (TrainingMetrics, solutions),
            "training_pipelines": (PipelineMetrics, training_pipelines),
        }
        rule = "must be constructs or imports"
        problems = [
            Problem(prop, rule, each, certain=True)
            for prop, (measured, resources) in given.items()
            for each in resources
            if not isinstance(each, measured)
        ]
        problems += _validation.not_known("period", period, "the period of job metrics depends on it")
        _validation.refuse(scope, id, problems)
        interval = Duration.days(1) if default_interval is None else default_interval
        super().__init__(scope, id, dashboard_name=dashboard_name, default_interval=interval)
        self._period = Duration.minutes(5) if period is None else period
        for resource in (*campaigns, *recommenders, *event_trackers, *datasets):
            self._add_calls(resource)
        for dataset in datasets:
            self._add_imports(dataset)
        for solution in solutions:
            self._add_trainings(solution)
        for pipeline in training_pipelines:
            self._add_runs(pipeline)

    def _add_calls(self, resource: Any) -> None:
        operations = resource._operations()
        if not operations:
            return
        name, period = resource.node.path, self._period
        counted = {"statistic": "Sum", "period": period}
        requests = [resource.metric(each.requests, **counted) for each in operations]
        errors = [
            resource.metric(metric, **counted)
            for each in operations
            for metric in (each.client_errors, each.server_errors)
        ]
        latencies = [
            resource.metric(each.latency, statistic=percentile, period=period, label=f"{each.latency} {percentile}")
            for each in operations
            for percentile in _PERCENTILES
        ]
        widgets = [
            _graph(f"{name}: requests and errors", left=requests, right=errors),
            _graph(f"{name}: latency", left=latencies, left_y_axis=_MILLISECONDS),
        ]
        if isinstance(resource, RecommendationMetrics):
            widgets.append(self._load(f"{name}: requests per second", requests, resource._provisioned()))
        self.add_widgets(*widgets)

    def _load(
        self, title: str, requests: Sequence[cloudwatch.Metric], provisioned: float | None
    ) -> cloudwatch.GraphWidget:
        """Return a graph of requests per second, with the provisioned number if known."""
        metrics: dict[str, Any] = {f"m{number}": metric for number, metric in enumerate(requests)}
        filled = " + ".join(f"FILL({name}, 0)" for name in metrics)
        used = f"({filled}) / PERIOD(m0)"

        def line(label: str, expression: str) -> cloudwatch.MathExpression:
            return cloudwatch.MathExpression(
                expression=expression, using_metrics=metrics, label=label, period=self._period
            )

        if provisioned is None:
            return _graph(title, left=[line("used", used)])
        kept = _validation.as_text(provisioned)
        return _graph(
            title,
            left=[line("used", used), line("provisioned", f"0 * FILL(m0, 0) + {kept}")],
            right=[line("utilization", f"100 * {used} / {kept}")],
            right_y_axis=_PERCENT,
        )

    def _add_imports(self, dataset: Any) -> None:
        self._add_jobs(
            f"{dataset.node.path}: imports",
            dataset.metric_dataset_import_job_requests,
            dataset.metric_dataset_import_job_error,
            dataset.metric_dataset_import_job_execution_time,
        )

    def _add_trainings(self, solution: Any) -> None:
        self._add_jobs(
            f"{solution.node.path}: trainings",
            solution.metric_solution_training_job_requests,
            solution.metric_solution_training_job_error,
            solution.metric_solution_training_job_execution_time,
        )

    def _add_runs(self, pipeline: TrainingPipeline) -> None:
        period = Duration.seconds(12 * self._period.to_seconds())
        good = [pipeline.metric_runs_succeeded(period=period), pipeline.metric_runs_gate_failed(period=period)]
        bad = [pipeline.metric_runs_failed(period=period), pipeline.metric_runs_skipped(period=period)]
        title = f"{pipeline.node.path}: runs"
        self.add_widgets(
            _graph(title, left=good),
            _graph(f"{title} that failed or were skipped", left=bad),
            _graph(f"{title}, time", left=[pipeline.metric_duration(period=period)], left_y_axis=_SECONDS),
        )

    def _add_jobs(self, title: str, requests: Any, errors: Any, time: Any) -> None:
        # A graph supports only one Metrics Insights query.
        period = Duration.seconds(12 * self._period.to_seconds())
        self.add_widgets(
            _graph(title, left=[requests(period=period)]),
            _graph(f"{title} with errors", left=[errors(period=period)]),
            _graph(f"{title}, time", left=[time(period=period)], left_y_axis=_SECONDS),
        )


def _graph(title: str, *, left: Sequence[AnyMetric], **options: Any) -> cloudwatch.GraphWidget:
    axes = {"left_y_axis": _FROM_ZERO, "right_y_axis": _FROM_ZERO}
    return cloudwatch.GraphWidget(**{"title": title, "width": _THIRD, "left": list(left), **axes, **options})
