"""Solution versions: trained models."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any

from aws_cdk import IResource, Resource
from cdk_personalize_handler import kinds
from typing_extensions import Protocol, runtime_checkable

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._imports import ImportedResource
from cdk_personalize._metrics import (
    IResourceMetrics,
    ITrainingMetrics,
    ResourceMetrics,
    TrainingMetrics,
    solution_arn_of_version,
)
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._validation import Problem
from cdk_personalize._versions import register_version
from cdk_personalize.quality_gate import gates_as_property, problems_of_gates, warn_of_metrics
from cdk_personalize.recipe import capabilities_of
from cdk_personalize.solution import iam_resources_of_name, iam_resources_of_solution, problems_of_solution

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import Duration
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk.interfaces.aws_personalize import ISolutionRef
    from constructs import Construct

    from cdk_personalize.metric_options import JobMetricOptions
    from cdk_personalize.quality_gate import OfflineMetric, QualityGate
    from cdk_personalize.recipe import Recipe
    from cdk_personalize.solution import ISolution


class TrainingMode(Enum):
    """The data that a training uses."""

    FULL = "FULL"
    """Train on all data, independently of earlier versions."""
    UPDATE = "UPDATE"
    """Update the previous version with the data that changed since. Only for User-Personalization and HRNN-Coldstart.
    """


@runtime_checkable
class ISolutionVersion(IResource, ICloudTrailEvents, ITrainingMetrics, IResourceMetrics, Protocol):
    """A solution version, defined in this app or imported."""

    @property
    def solution_version_arn(self) -> str:
        """The ARN of the solution version."""


class _SolutionVersionBase(CloudTrailEvents, TrainingMetrics, ResourceMetrics, Resource):
    """Base class of defined and imported solution versions."""

    _kind = kinds.KINDS["SolutionVersion"]
    solution_version_arn: str

    def _dimensions(self) -> dict[str, str]:
        return {
            "SolutionArn": solution_arn_of_version(self.solution_version_arn),
            "SolutionVersionArn": self.solution_version_arn,
        }

    def _of_trainings(self, metric_name: str, options: JobMetricOptions) -> cloudwatch.Metric:
        return self.metric(metric_name, **options)


class SolutionVersion(TaggableResource, _SolutionVersionBase):
    """A solution version: a training of a solution, and the resulting model.

    A deployment waits until the training is complete; resources that use `solution_version_arn` are deployed after
    that. Amazon Personalize deletes a version only with its solution: after deletion from the stack, the version stays
    at no cost, and a training in progress is stopped. Each change except of the quality gate trains a new version.

    https://docs.aws.amazon.com/personalize/latest/dg/creating-a-solution-version.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        solution: ISolution | ISolutionRef,
        solution_version_name: str | None = None,
        training_mode: TrainingMode | None = None,
        rerun_on: Mapping[str, str] | None = None,
        quality_gate: QualityGate | Sequence[QualityGate] | None = None,
        timeout: Duration | None = None,
    ) -> None:
        """Create a solution version.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param solution: The solution to train: a construct, an import, or a `CfnSolution`. A change trains a new
            version.
        :param solution_version_name: The name of the version: 1 to 63 letters, digits, hyphens or underscores. Default:
            Amazon Personalize generates one. A change trains a new version.
        :param training_mode: The data that the training uses. Default: all data. A change trains a new version.
        :param rerun_on: Values that train a new version when they change, such as a hash of the files that the stack
            imports. Default: none. A change trains a new version.
        :param quality_gate: Minimum values of offline metrics, as one gate or a list. If a version is below a gate, the
            deployment fails with the values, and campaigns keep their previous version. The failed version stays in
            Amazon Personalize. Default: none. Updated in place: the version is checked again, without a training.
        :param timeout: The maximum time that a deployment waits for the training, from 1 minute to 48 hours. After that
            time, the deployment fails. Each 55 minutes beyond the first 55 add a custom resource to the stack, which
            continues the wait. Default: 4 hours.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        self._iam_resources = iam_resources_of_solution(solution)
        self._solution = solution
        self.recipe: Recipe | None = getattr(solution, "recipe", None)
        """The recipe of the solution, or None if unknown."""
        problems = [
            *problems_of_solution(scope, solution),
            *_validation.wrong_choice("training_mode", training_mode, TrainingMode),
            *_validation.wrong_texts("rerun_on", rerun_on),
            *problems_of_gates(quality_gate, capabilities_of(solution)),
        ]
        super().__init__(
            scope,
            id,
            kind="SolutionVersion",
            request={
                "solutionArn": arn_of("Solution", solution),
                "name": solution_version_name,
                "trainingMode": training_mode.value if isinstance(training_mode, TrainingMode) else training_mode,
            },
            name=None,
            timeout=timeout,
            problems=problems,
            resources=self._iam_resources,
            extra={kinds.RERUN_ON: rerun_on, kinds.QUALITY_GATE: gates_as_property(quality_gate)},
        )
        warn_of_metrics(self, quality_gate)
        register_version(arn_of("Solution", solution), self._chain[-1])
        self.solution_version_arn = self._attribute("SolutionVersionArn")
        """The ARN of the solution version. Resources that use the ARN are deployed after the version is trained."""
        self.solution_version_status = self._attribute("Status")
        """The status of the solution version after the deployment: ACTIVE."""

    def offline_metric(self, metric: OfflineMetric) -> str:
        """Return an offline metric of the version as text, for example for an output.

        :param metric: A metric that Amazon Personalize reports for the recipe. The deployment fails if it is not
            reported.

        https://docs.aws.amazon.com/personalize/latest/dg/working-with-training-metrics.html
        """
        return self._metric_attribute(metric)

    @staticmethod
    def from_solution_version_arn(scope: Construct, id: str, solution_version_arn: str) -> ISolutionVersion:
        """Import a solution version.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param solution_version_arn: The ARN of the version.
        :raises ValidationError: If the value is not the ARN of a solution version.
        """
        return _ImportedSolutionVersion.from_arn(scope, id, solution_version_arn)


class _ImportedSolutionVersion(ImportedResource, _SolutionVersionBase):
    """An imported solution version."""

    _arn_path = "solution/<name>/<version>"


def problems_of_solution_version(scope: Construct, version: Any) -> list[Problem]:
    """Return the problems of the prop `solution_version`: type, account and region."""
    if arn_of("SolutionVersion", version) is None:
        remedy = "import it with SolutionVersion.from_solution_version_arn(...)"
        return [Problem("solution_version", "must be a solution version", version, remedy, certain=True)]
    return _validation.other_environment(scope, "solution_version", version)


def iam_resources_of_trained_solution(version: Any) -> list[str]:
    """Return the IAM resources of the solution of a version, and of its versions."""
    if isinstance(version, SolutionVersion):
        return version._iam_resources
    arn = arn_of("SolutionVersion", version)
    match = re.fullmatch(r"(?:[^:]+:){5}solution/([^/]+)/[^/]+", arn) if isinstance(arn, str) else None
    return iam_resources_of_name(match[1] if match else None)
