"""Names and dimensions of Amazon CloudWatch metrics.

https://docs.aws.amazon.com/personalize/latest/dg/cloudwatch-metrics.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from aws_cdk import Fn
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_personalize import _validation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Resource

NAMESPACE = "AWS/Personalize"

AnyMetric: TypeAlias = cloudwatch.Metric | cloudwatch.MathExpression

_FUNCTIONS = {"Sum": "SUM", "Average": "AVG", "Maximum": "MAX", "Minimum": "MIN", "SampleCount": "COUNT"}


@dataclass(frozen=True, slots=True)
class Operation:
    """The CloudWatch metrics of a real-time API operation."""

    name: str
    requests: str
    latency: str

    @property
    def client_errors(self) -> str:
        """The metric of rejected requests (4xx)."""
        return f"{self.name}4xxErrors"

    @property
    def server_errors(self) -> str:
        """The metric of server errors (5xx)."""
        return f"{self.name}5xxErrors"


@dataclass(frozen=True, slots=True)
class Job:
    """The CloudWatch metrics of a job type.

    A data point belongs to one job: its dimensions are the ARN of the job and the ARNs of its parents.
    """

    name: str
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
        self, metric_name: str, of: Mapping[str, str], *, statistic: str, **options: Any
    ) -> cloudwatch.MathExpression:
        """Return a metric over all jobs of a resource, as a Metrics Insights query.

        A query includes future jobs, which a list of dimensions cannot.

        :param metric_name: The metric.
        :param of: The dimensions that identify the resource.
        :param statistic: The statistic, such as `Sum`.
        :param options: Further properties of `aws_cdk.aws_cloudwatch.MathExpression`.
        """
        clauses = (
            f"SELECT {_FUNCTIONS[statistic]}({metric_name})",
            f'FROM SCHEMA("{NAMESPACE}", {", ".join(self.dimensions)})',
            "WHERE " + " AND ".join(f"{name} = '{value}'" for name, value in of.items()),
        )
        return cloudwatch.MathExpression(**{"expression": " ".join(clauses), "label": metric_name, **options})


GET_RECOMMENDATIONS = Operation("GetRecommendations", "GetRecommendations", "GetRecommendationsLatency")
GET_PERSONALIZED_RANKING = Operation(
    "GetPersonalizedRanking", "GetPersonalizedRanking", "GetPersonalizedRankingLatency"
)
# Not verified: the developer guide uses these names; one published dashboard reads the requests as putEventsRequests.
PUT_EVENTS = Operation("PutEvents", "PutEventsRequests", "PutEventLatency")
PUT_ITEMS = Operation("PutItems", "PutItemsRequests", "PutItemsLatency")
PUT_USERS = Operation("PutUsers", "PutUsersRequests", "PutUsersLatency")
TRAINING = Job("SolutionTrainingJob", ("SolutionArn", "SolutionVersionArn"))
IMPORT = Job("DatasetImportJob", ("DatasetGroupArn", "DatasetArn", "DatasetImportJobArn"))
DATASET_SIZE = "DatasetSize"


# Abstract methods raise NotImplementedError, because the metaclass of CDK classes is not ABCMeta.


class Metered:
    """A resource that its own dimensions identify in CloudWatch."""

    def metric(self, metric_name: str, **options: Any) -> cloudwatch.Metric:
        """Return a CloudWatch metric of this resource.

        :param metric_name: The name of the metric in the namespace AWS/Personalize.
        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the average over 5 minutes.

        https://docs.aws.amazon.com/personalize/latest/dg/cloudwatch-metrics.html
        """
        # CDK's attach_to uses the account and region of the stack, but an import can be in another one.
        environment = cast("Resource", self).env
        places = {"account": environment.account, "region": environment.region}
        known = {name: place for name, place in places.items() if _validation.is_known(place)}
        return cloudwatch.Metric(
            **{
                "namespace": NAMESPACE,
                "metric_name": metric_name,
                "dimensions_map": self._dimensions(),
                **known,
                **options,
            }
        )

    def _sum(self, metric_name: str, options: Mapping[str, Any]) -> cloudwatch.Metric:
        return self.metric(metric_name, **{"statistic": "Sum", **options})

    def _dimensions(self) -> dict[str, str]:
        raise NotImplementedError

    def _operations(self) -> tuple[Operation, ...]:
        """Return the real-time operations of this resource that have metrics."""
        return ()

    def _provisioned(self) -> float | None:
        """Return the provisioned requests per second, or None if unknown."""
        return None


class IRecommendationMetrics(Protocol):
    """Metrics of a resource that answers GetRecommendations requests."""

    def metric(self, metric_name: str, **options: Any) -> cloudwatch.Metric:
        """Return a CloudWatch metric of this resource."""

    def metric_get_recommendations(self, **options: Any) -> cloudwatch.Metric:
        """Return a metric: the number of recommendation requests."""

    def metric_get_recommendations_latency(self, **options: Any) -> cloudwatch.Metric:
        """Return a metric: the latency of recommendation requests, in milliseconds."""

    def metric_get_recommendations_4xx_errors(self, **options: Any) -> cloudwatch.Metric:
        """Return a metric: the number of rejected recommendation requests (4xx)."""

    def metric_get_recommendations_5xx_errors(self, **options: Any) -> cloudwatch.Metric:
        """Return a metric: the number of recommendation server errors (5xx)."""


class RecommendationMetrics(Metered):
    """Base class with the metrics of recommendation requests."""

    def metric_get_recommendations(self, **options: Any) -> cloudwatch.Metric:
        """Return a metric: the number of successful recommendation requests.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the sum over 5 minutes, the only statistic
            that the metric has.
        """
        return self._sum(GET_RECOMMENDATIONS.requests, options)

    def metric_get_recommendations_latency(self, **options: Any) -> cloudwatch.Metric:
        """Return a metric: the latency of recommendation requests, in milliseconds.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the average over 5 minutes.
        """
        return self.metric(GET_RECOMMENDATIONS.latency, **options)

    def metric_get_recommendations_4xx_errors(self, **options: Any) -> cloudwatch.Metric:
        """Return a metric: the number of rejected recommendation requests (4xx).

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the sum over 5 minutes.
        """
        return self._sum(GET_RECOMMENDATIONS.client_errors, options)

    def metric_get_recommendations_5xx_errors(self, **options: Any) -> cloudwatch.Metric:
        """Return a metric: the number of recommendation server errors (5xx).

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the sum over 5 minutes.
        """
        return self._sum(GET_RECOMMENDATIONS.server_errors, options)


class TrainingMetrics:
    """Base class with the metrics of training jobs."""

    def metric_solution_training_job_requests(self, **options: Any) -> AnyMetric:
        """Return a metric: the number of started training jobs.

        :param options: those of the metric. Default: the sum over 5 minutes.
        """
        return self._of_trainings(TRAINING.requests, {"statistic": "Sum", **options})

    def metric_solution_training_job_error(self, **options: Any) -> AnyMetric:
        """Return a metric: the number of training jobs with an error.

        :param options: those of the metric. Default: the sum over 5 minutes.
        """
        return self._of_trainings(TRAINING.errors, {"statistic": "Sum", **options})

    def metric_solution_training_job_execution_time(self, **options: Any) -> AnyMetric:
        """Return a metric: the duration of training jobs, in seconds.

        :param options: those of the metric. Default: the maximum over 5 minutes.
        """
        return self._of_trainings(TRAINING.execution_time, {"statistic": "Maximum", **options})

    def _of_trainings(self, metric_name: str, options: dict[str, Any]) -> AnyMetric:
        raise NotImplementedError


class ImportMetrics:
    """Base class with the metrics of dataset import jobs."""

    def metric_dataset_import_job_requests(self, **options: Any) -> AnyMetric:
        """Return a metric: the number of started import jobs.

        :param options: those of the metric. Default: the sum over 5 minutes.
        """
        return self._of_imports(IMPORT.requests, {"statistic": "Sum", **options})

    def metric_dataset_import_job_error(self, **options: Any) -> AnyMetric:
        """Return a metric: the number of import jobs with an error.

        :param options: those of the metric. Default: the sum over 5 minutes.
        """
        return self._of_imports(IMPORT.errors, {"statistic": "Sum", **options})

    def metric_dataset_import_job_execution_time(self, **options: Any) -> AnyMetric:
        """Return a metric: the duration of import jobs, in seconds, failed jobs included.

        :param options: those of the metric. Default: the maximum over 5 minutes.
        """
        return self._of_imports(IMPORT.execution_time, {"statistic": "Maximum", **options})

    def metric_dataset_size(self, **options: Any) -> AnyMetric:
        """Return a metric: the size of the imported data, in bytes.

        :param options: those of the metric. Default: the maximum over 5 minutes.
        """
        return self._of_imports(DATASET_SIZE, {"statistic": "Maximum", **options})

    def _of_imports(self, metric_name: str, options: dict[str, Any]) -> AnyMetric:
        raise NotImplementedError


def solution_arn_of_version(version_arn: str) -> str:
    """Return the ARN of the solution of a solution version."""
    parts = Fn.split("/", version_arn)
    return f"{Fn.select(0, parts)}/{Fn.select(1, parts)}"


def group_arn_of_dataset(dataset_arn: str) -> str:
    """Return the ARN of the dataset group of a dataset."""
    place, group = Fn.select(0, Fn.split(":dataset/", dataset_arn)), Fn.select(1, Fn.split("/", dataset_arn))
    return f"{place}:dataset-group/{group}"


def dataset_arn_of_group(group_arn: str, dataset_type: str) -> str:
    """Return the ARN of the dataset of a type in a dataset group."""
    parts = Fn.split(":dataset-group/", group_arn)
    return f"{Fn.select(0, parts)}:dataset/{Fn.select(1, parts)}/{dataset_type}"
