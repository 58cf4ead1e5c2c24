"""The metrics that a training pipeline sends to Amazon CloudWatch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_personalize._training_plan import DIMENSION, NAMESPACE

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from cdk_personalize.metric_options import ResourceMetricOptions
    from cdk_personalize.quality_gate import OfflineMetric


class PipelineMetrics:
    """Base class of a training pipeline, with metrics in the namespace CdkPersonalize."""

    training_pipeline_name: str

    def metric(self, metric_name: str, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric of this pipeline.

        :param metric_name: The name of the metric in the namespace CdkPersonalize.
        :param options: The options of the metric. Default: the average over 5 minutes.
        """
        dimensions = {DIMENSION: self.training_pipeline_name}
        properties: dict[str, Any] = {"dimensions_map": dimensions, **options}
        return cloudwatch.Metric(namespace=NAMESPACE, metric_name=metric_name, **properties)

    def metric_runs_succeeded(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of runs that completed every step.

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._sum("RunsSucceeded", options)

    def metric_runs_gate_failed(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of runs that ended at a failed quality gate.

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._sum("RunsGateFailed", options)

    def metric_runs_failed(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of failed runs, without stopped executions.

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._sum("RunsFailed", options)

    def metric_runs_skipped(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of skipped executions.

        An execution that starts during another one is skipped.

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._sum("RunsSkipped", options)

    def metric_duration(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the duration of runs, in seconds, without skipped ones.

        :param options: The options of the metric. Default: the average over 5 minutes.
        """
        return self.metric("Duration", **options)

    def metric_offline(self, metric: OfflineMetric, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: an offline metric of the trained solution versions.

        :param metric: The offline metric.
        :param options: The options of the metric. Default: the average over 5 minutes.
        """
        return self.metric(metric.name, **options)

    def _sum(self, metric_name: str, options: ResourceMetricOptions) -> cloudwatch.Metric:
        summed: ResourceMetricOptions = {"statistic": "Sum", **options}
        return self.metric(metric_name, **summed)
