"""What Amazon CloudWatch has of resources: the names and dimensions of metrics, written once.

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
    """Calls that are answered at once, and their metrics."""

    name: str
    requests: str
    latency: str

    @property
    def client_errors(self) -> str:
        """The metric of calls that were refused."""
        return f"{self.name}4xxErrors"

    @property
    def server_errors(self) -> str:
        """The metric of calls that failed in Amazon Personalize."""
        return f"{self.name}5xxErrors"


@dataclass(frozen=True, slots=True)
class Job:
    """What runs for a while, and its metrics, each of which is of one job: by its ARN and those of what it is of."""

    name: str
    dimensions: tuple[str, ...]

    @property
    def requests(self) -> str:
        """The metric of jobs that were begun."""
        return f"{self.name}Requests"

    @property
    def errors(self) -> str:
        """The metric of jobs that could not be begun."""
        return f"{self.name}Error"

    @property
    def execution_time(self) -> str:
        """The metric of how long jobs took."""
        return f"{self.name}ExecutionTime"

    def over_all(
        self, metric_name: str, of: Mapping[str, str], *, statistic: str, **options: Any
    ) -> cloudwatch.MathExpression:
        """Return a metric over all jobs of a resource, those to come too: a query, as no dimensions stand for it.

        :param metric_name: the metric.
        :param of: the dimensions that single out the resource.
        :param statistic: the statistic.
        :param options: those of `aws_cdk.aws_cloudwatch.MathExpression`.
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
# unverified: the guide has these names; a dashboard in use reads the requests as putEventsRequests
PUT_EVENTS = Operation("PutEvents", "PutEventsRequests", "PutEventLatency")
PUT_ITEMS = Operation("PutItems", "PutItemsRequests", "PutItemsLatency")
PUT_USERS = Operation("PutUsers", "PutUsersRequests", "PutUsersLatency")
TRAINING = Job("SolutionTrainingJob", ("SolutionArn", "SolutionVersionArn"))
IMPORT = Job("DatasetImportJob", ("DatasetGroupArn", "DatasetArn", "DatasetImportJobArn"))
DATASET_SIZE = "DatasetSize"


# What subclasses have to have raises NotImplementedError here: CDK's classes have a metaclass, which is not ABCMeta.


class Metered:
    """A resource with metrics that its own dimensions single out."""

    def metric(self, metric_name: str, **options: Any) -> cloudwatch.Metric:
        """Return a metric of this resource.

        :param metric_name: its name in the namespace AWS/Personalize.
        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the average over 5 minutes.

        https://docs.aws.amazon.com/personalize/latest/dg/cloudwatch-metrics.html
        """
        # CDK's attach_to takes the stack's account and region, which an import need not be of.
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
        """Return the operations that this resource answers, or may answer, as far as they have metrics."""
        return ()

    def _provisioned(self) -> float | None:
        """Return the requests per second that are kept ready, where that is known."""
        return None


class IRecommendationMetrics(Protocol):
    """What answers requests for recommendations."""

    def metric(self, metric_name: str, **options: Any) -> cloudwatch.Metric:
        """Return a metric of this resource."""

    def metric_get_recommendations(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of requests for recommendations."""

    def metric_get_recommendations_latency(self, **options: Any) -> cloudwatch.Metric:
        """Return how long requests for recommendations take."""

    def metric_get_recommendations_4xx_errors(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of requests for recommendations that were refused."""

    def metric_get_recommendations_5xx_errors(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of requests for recommendations that failed in Amazon Personalize."""


class RecommendationMetrics(Metered):
    """The metrics of requests for recommendations."""

    def metric_get_recommendations(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of requests for recommendations that succeeded.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the sum over 5 minutes, the only statistic
            that the metric has.
        """
        return self._sum(GET_RECOMMENDATIONS.requests, options)

    def metric_get_recommendations_latency(self, **options: Any) -> cloudwatch.Metric:
        """Return how long requests for recommendations take, in milliseconds, errors aside.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the average over 5 minutes.
        """
        return self.metric(GET_RECOMMENDATIONS.latency, **options)

    def metric_get_recommendations_4xx_errors(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of requests for recommendations that were refused.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the sum over 5 minutes.
        """
        return self._sum(GET_RECOMMENDATIONS.client_errors, options)

    def metric_get_recommendations_5xx_errors(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of requests for recommendations that failed in Amazon Personalize.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the sum over 5 minutes.
        """
        return self._sum(GET_RECOMMENDATIONS.server_errors, options)


class TrainingMetrics:
    """The metrics of trainings."""

    def metric_solution_training_job_requests(self, **options: Any) -> AnyMetric:
        """Return the number of trainings that were begun.

        :param options: those of the metric. Default: the sum over 5 minutes.
        """
        return self._of_trainings(TRAINING.requests, {"statistic": "Sum", **options})

    def metric_solution_training_job_error(self, **options: Any) -> AnyMetric:
        """Return the number of trainings that resulted in an error.

        :param options: those of the metric. Default: the sum over 5 minutes.
        """
        return self._of_trainings(TRAINING.errors, {"statistic": "Sum", **options})

    def metric_solution_training_job_execution_time(self, **options: Any) -> AnyMetric:
        """Return how long trainings take until they are done or have failed, in seconds.

        :param options: those of the metric. Default: the maximum over 5 minutes.
        """
        return self._of_trainings(TRAINING.execution_time, {"statistic": "Maximum", **options})

    def _of_trainings(self, metric_name: str, options: dict[str, Any]) -> AnyMetric:
        raise NotImplementedError


class ImportMetrics:
    """The metrics of imports."""

    def metric_dataset_import_job_requests(self, **options: Any) -> AnyMetric:
        """Return the number of imports that were begun.

        :param options: those of the metric. Default: the sum over 5 minutes.
        """
        return self._of_imports(IMPORT.requests, {"statistic": "Sum", **options})

    def metric_dataset_import_job_error(self, **options: Any) -> AnyMetric:
        """Return the number of imports that resulted in an error.

        :param options: those of the metric. Default: the sum over 5 minutes.
        """
        return self._of_imports(IMPORT.errors, {"statistic": "Sum", **options})

    def metric_dataset_import_job_execution_time(self, **options: Any) -> AnyMetric:
        """Return how long imports take until they are done or have failed, in seconds.

        :param options: those of the metric. Default: the maximum over 5 minutes.
        """
        return self._of_imports(IMPORT.execution_time, {"statistic": "Maximum", **options})

    def metric_dataset_size(self, **options: Any) -> AnyMetric:
        """Return how much data an import brought, in bytes.

        :param options: those of the metric. Default: the maximum over 5 minutes.
        """
        return self._of_imports(DATASET_SIZE, {"statistic": "Maximum", **options})

    def _of_imports(self, metric_name: str, options: dict[str, Any]) -> AnyMetric:
        raise NotImplementedError


def solution_arn_of_version(version_arn: str) -> str:
    """Return the ARN of the solution that a version is of."""
    parts = Fn.split("/", version_arn)
    return f"{Fn.select(0, parts)}/{Fn.select(1, parts)}"


def group_arn_of_dataset(dataset_arn: str) -> str:
    """Return the ARN of the group that a dataset is in."""
    place, group = Fn.select(0, Fn.split(":dataset/", dataset_arn)), Fn.select(1, Fn.split("/", dataset_arn))
    return f"{place}:dataset-group/{group}"


def dataset_arn_of_group(group_arn: str, dataset_type: str) -> str:
    """Return the ARN of the dataset of a type in a group."""
    parts = Fn.split(":dataset-group/", group_arn)
    return f"{Fn.select(0, parts)}:dataset/{Fn.select(1, parts)}/{dataset_type}"
