"""Names and dimensions of the CloudWatch metrics of Amazon Personalize.

https://docs.aws.amazon.com/personalize/latest/dg/cloudwatch-metrics.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from aws_cdk import Fn
from aws_cdk import aws_cloudwatch as cloudwatch
from typing_extensions import Protocol

from cdk_personalize import _validation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Resource
    from typing_extensions import Unpack

    from cdk_personalize.metric_options import JobMetricOptions, ResourceMetricOptions

NAMESPACE = "AWS/Personalize"

AnyMetric: TypeAlias = cloudwatch.Metric | cloudwatch.MathExpression

_FUNCTIONS = {"Sum": "SUM", "Average": "AVG", "Maximum": "MAX", "Minimum": "MIN", "SampleCount": "COUNT"}


@dataclass(frozen=True, slots=True)
class RealTimeMetrics:
    """The CloudWatch metrics of a real-time API operation."""

    name: str
    """The name of the operation."""
    requests: str
    """The metric of successful requests."""
    latency: str
    """The metric of the latency of successful requests, in milliseconds."""

    @property
    def client_errors(self) -> str:
        """The metric of rejected requests (4xx)."""
        return f"{self.name}4xxErrors"

    @property
    def server_errors(self) -> str:
        """The metric of server errors (5xx)."""
        return f"{self.name}5xxErrors"


@dataclass(frozen=True, slots=True)
class JobMetrics:
    """The CloudWatch metrics of a job type.

    A data point belongs to one job: its dimensions are the ARN of the job and the ARNs of its parents.
    """

    name: str
    """The start of the names of the metrics."""
    dimensions: tuple[str, ...]

    @property
    def requests(self) -> str:
        """The metric of started jobs."""
        return f"{self.name}Requests"

    @property
    def errors(self) -> str:
        """The metric of jobs that could not be started."""
        return f"{self.name}Error"

    @property
    def execution_time(self) -> str:
        """The metric of job durations."""
        return f"{self.name}ExecutionTime"

    def over_all(
        self, metric_name: str, of: Mapping[str, str], **options: Unpack[JobMetricOptions]
    ) -> cloudwatch.MathExpression:
        """Return a metric over all jobs of a resource, as a Metrics Insights query.

        The query includes future jobs. A metric with fixed dimensions cannot include them.

        :param metric_name: The name of the metric.
        :param of: The dimensions that identify the resource.
        :param options: The options of the metric, with a statistic.
        """
        clauses = (
            f"SELECT {_FUNCTIONS[options['statistic']]}({metric_name})",
            f'FROM SCHEMA("{NAMESPACE}", {", ".join(self.dimensions)})',
            "WHERE " + " AND ".join(f"{name} = '{value}'" for name, value in of.items()),
        )
        return cloudwatch.MathExpression(
            expression=" ".join(clauses),
            label=options.get("label", metric_name),
            color=options.get("color"),
            period=options.get("period"),
        )


GET_RECOMMENDATIONS = RealTimeMetrics("GetRecommendations", "GetRecommendations", "GetRecommendationsLatency")
GET_PERSONALIZED_RANKING = RealTimeMetrics(
    "GetPersonalizedRanking", "GetPersonalizedRanking", "GetPersonalizedRankingLatency"
)
# Not verified: these names are from the developer guide. One published dashboard uses the name putEventsRequests.
PUT_EVENTS = RealTimeMetrics("PutEvents", "PutEventsRequests", "PutEventLatency")
PUT_ITEMS = RealTimeMetrics("PutItems", "PutItemsRequests", "PutItemsLatency")
PUT_USERS = RealTimeMetrics("PutUsers", "PutUsersRequests", "PutUsersLatency")
TRAINING = JobMetrics("SolutionTrainingJob", ("SolutionArn", "SolutionVersionArn"))
IMPORT = JobMetrics("DatasetImportJob", ("DatasetGroupArn", "DatasetArn", "DatasetImportJobArn"))
DATASET_SIZE = "DatasetSize"


# Abstract methods raise NotImplementedError, because the metaclass of CDK classes is not ABCMeta.


class ResourceMetrics:
    """A resource with CloudWatch metrics whose dimensions identify it."""

    def metric(self, metric_name: str, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a CloudWatch metric of this resource.

        :param metric_name: The name of the metric in the namespace AWS/Personalize.
        :param options: The options of the metric. Default: the average over 5 minutes.

        https://docs.aws.amazon.com/personalize/latest/dg/cloudwatch-metrics.html
        """
        # CDK's attach_to uses the account and region of the stack, but an import can be in another one.
        environment = cast("Resource", self).env
        members = {"account": environment.account, "region": environment.region}
        known = {name: value for name, value in members.items() if _validation.is_known(value)}
        properties: dict[str, Any] = {"dimensions_map": self._dimensions(), **known, **options}
        return cloudwatch.Metric(namespace=NAMESPACE, metric_name=metric_name, **properties)

    def _sum(self, metric_name: str, options: ResourceMetricOptions) -> cloudwatch.Metric:
        summed: ResourceMetricOptions = {"statistic": "Sum", **options}
        return self.metric(metric_name, **summed)

    def _dimensions(self) -> dict[str, str]:
        raise NotImplementedError

    def _operations(self) -> tuple[RealTimeMetrics, ...]:
        """Return the real-time operations of this resource that have metrics."""
        return ()

    def _provisioned(self) -> float | None:
        """Return the provisioned requests per second, or None if unknown."""
        return None


class IResourceMetrics(Protocol):
    """A resource with CloudWatch metrics whose dimensions identify it."""

    def metric(self, metric_name: str, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a CloudWatch metric of this resource."""


class IRecommendationMetrics(IResourceMetrics, Protocol):
    """Metrics of a resource that answers GetRecommendations requests."""

    def metric_get_recommendations(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of recommendation requests."""

    def metric_get_recommendations_latency(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the latency of recommendation requests, in milliseconds."""

    def metric_get_recommendations_4xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of rejected recommendation requests (4xx)."""

    def metric_get_recommendations_5xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of recommendation requests that failed (5xx)."""


class RecommendationMetrics(ResourceMetrics):
    """Base class with the metrics of recommendation requests."""

    _active: bool | None = None
    """Whether the app lets the resource serve requests. None if the app does not say so."""

    def metric_get_recommendations(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of successful recommendation requests.

        :param options: The options of the metric. Default: the sum over 5 minutes, the only statistic
            that the metric has.
        """
        return self._sum(GET_RECOMMENDATIONS.requests, options)

    def metric_get_recommendations_latency(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the latency of recommendation requests, in milliseconds.

        :param options: The options of the metric. Default: the average over 5 minutes.
        """
        return self.metric(GET_RECOMMENDATIONS.latency, **options)

    def metric_get_recommendations_4xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of rejected recommendation requests (4xx).

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._sum(GET_RECOMMENDATIONS.client_errors, options)

    def metric_get_recommendations_5xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of recommendation requests that failed (5xx).

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._sum(GET_RECOMMENDATIONS.server_errors, options)


class ITrainingMetrics(Protocol):
    """Metrics of the training jobs of a resource."""

    def metric_solution_training_job_requests(self, **options: Unpack[JobMetricOptions]) -> AnyMetric:
        """Return a metric: the number of started training jobs."""

    def metric_solution_training_job_error(self, **options: Unpack[JobMetricOptions]) -> AnyMetric:
        """Return a metric: the number of training jobs with an error."""

    def metric_solution_training_job_execution_time(self, **options: Unpack[JobMetricOptions]) -> AnyMetric:
        """Return a metric: the duration of training jobs, in seconds."""


class TrainingMetrics:
    """Base class with the metrics of training jobs."""

    def metric_solution_training_job_requests(self, **options: Unpack[JobMetricOptions]) -> AnyMetric:
        """Return a metric: the number of started training jobs.

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._of_trainings(TRAINING.requests, {"statistic": "Sum", **options})

    def metric_solution_training_job_error(self, **options: Unpack[JobMetricOptions]) -> AnyMetric:
        """Return a metric: the number of training jobs with an error.

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._of_trainings(TRAINING.errors, {"statistic": "Sum", **options})

    def metric_solution_training_job_execution_time(self, **options: Unpack[JobMetricOptions]) -> AnyMetric:
        """Return a metric: the duration of training jobs, in seconds.

        :param options: The options of the metric. Default: the maximum over 5 minutes.
        """
        return self._of_trainings(TRAINING.execution_time, {"statistic": "Maximum", **options})

    def _of_trainings(self, metric_name: str, options: JobMetricOptions) -> AnyMetric:
        raise NotImplementedError


class IImportMetrics(Protocol):
    """Metrics of the import jobs of a dataset."""

    def metric_dataset_import_job_requests(self, **options: Unpack[JobMetricOptions]) -> AnyMetric:
        """Return a metric: the number of started import jobs."""

    def metric_dataset_import_job_error(self, **options: Unpack[JobMetricOptions]) -> AnyMetric:
        """Return a metric: the number of import jobs with an error."""

    def metric_dataset_import_job_execution_time(self, **options: Unpack[JobMetricOptions]) -> AnyMetric:
        """Return a metric: the duration of import jobs, in seconds, failed jobs included."""

    def metric_dataset_size(self, **options: Unpack[JobMetricOptions]) -> AnyMetric:
        """Return a metric: the size of the imported data, in bytes."""


class ImportMetrics:
    """Base class with the metrics of dataset import jobs."""

    def metric_dataset_import_job_requests(self, **options: Unpack[JobMetricOptions]) -> AnyMetric:
        """Return a metric: the number of started import jobs.

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._of_imports(IMPORT.requests, {"statistic": "Sum", **options})

    def metric_dataset_import_job_error(self, **options: Unpack[JobMetricOptions]) -> AnyMetric:
        """Return a metric: the number of import jobs with an error.

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._of_imports(IMPORT.errors, {"statistic": "Sum", **options})

    def metric_dataset_import_job_execution_time(self, **options: Unpack[JobMetricOptions]) -> AnyMetric:
        """Return a metric: the duration of import jobs, in seconds, failed jobs included.

        :param options: The options of the metric. Default: the maximum over 5 minutes.
        """
        return self._of_imports(IMPORT.execution_time, {"statistic": "Maximum", **options})

    def metric_dataset_size(self, **options: Unpack[JobMetricOptions]) -> AnyMetric:
        """Return a metric: the size of the imported data, in bytes.

        :param options: The options of the metric. Default: the maximum over 5 minutes.
        """
        return self._of_imports(DATASET_SIZE, {"statistic": "Maximum", **options})

    def _of_imports(self, metric_name: str, options: JobMetricOptions) -> AnyMetric:
        raise NotImplementedError


def solution_arn_of_version(version_arn: str) -> str:
    """Return the ARN of the solution of a solution version."""
    parts = Fn.split("/", version_arn)
    return f"{Fn.select(0, parts)}/{Fn.select(1, parts)}"


def group_arn_of_dataset(dataset_arn: str) -> str:
    """Return the ARN of the dataset group of a dataset."""
    prefix, group = Fn.select(0, Fn.split(":dataset/", dataset_arn)), Fn.select(1, Fn.split("/", dataset_arn))
    return f"{prefix}:dataset-group/{group}"


def dataset_arn_of_group(group_arn: str, dataset_type: str) -> str:
    """Return the ARN of the dataset of a type in a dataset group."""
    parts = Fn.split(":dataset-group/", group_arn)
    return f"{Fn.select(0, parts)}:dataset/{Fn.select(1, parts)}/{dataset_type}"
