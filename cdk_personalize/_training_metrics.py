"""The metrics that a training pipeline puts on Amazon CloudWatch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_personalize._training_workflow import DIMENSION, NAMESPACE

if TYPE_CHECKING:
    from cdk_personalize.quality_gate import OfflineMetric


class PipelineMetrics:
    """A training pipeline, whose runs put metrics in the namespace CdkPersonalize."""

    training_pipeline_name: str

    def metric(self, metric_name: str, **options: Any) -> cloudwatch.Metric:
        """Return a metric of this pipeline.

        :param metric_name: its name in the namespace CdkPersonalize.
        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the average over 5 minutes.
        """
        dimensions = {DIMENSION: self.training_pipeline_name}
        return cloudwatch.Metric(
            **{"namespace": NAMESPACE, "metric_name": metric_name, "dimensions_map": dimensions, **options}
        )

    def metric_runs_succeeded(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of runs that did every step.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the sum over 5 minutes.
        """
        return self._sum("RunsSucceeded", options)

    def metric_runs_gate_failed(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of runs whose solution version missed a quality gate.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the sum over 5 minutes.
        """
        return self._sum("RunsGateFailed", options)

    def metric_runs_failed(self, **options: Any) -> cloudwatch.Metric:
        """Return a metric: the number of failed runs, without stopped executions.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the sum over 5 minutes.
        """
        return self._sum("RunsFailed", options)

    def metric_runs_skipped(self, **options: Any) -> cloudwatch.Metric:
        """Return a metric: the number of executions that ended because of another run.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the sum over 5 minutes.
        """
        return self._sum("RunsSkipped", options)

    def metric_duration(self, **options: Any) -> cloudwatch.Metric:
        """Return how long runs took, in seconds, skipped ones aside.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the average over 5 minutes.
        """
        return self.metric("Duration", **options)

    def metric_offline(self, metric: OfflineMetric, **options: Any) -> cloudwatch.Metric:
        """Return an offline metric of the solution versions that the pipeline trained.

        :param metric: the offline metric.
        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the average over 5 minutes.
        """
        return self.metric(metric.name, **options)

    def _sum(self, metric_name: str, options: dict[str, Any]) -> cloudwatch.Metric:
        return self.metric(metric_name, **{"statistic": "Sum", **options})
