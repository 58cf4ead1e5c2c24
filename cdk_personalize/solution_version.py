"""Solution versions: trained models."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aws_cdk import Resource
from cdk_personalize_handler import kinds

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._metrics import Metered, TrainingMetrics, solution_arn_of_version
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._validation import Problem
from cdk_personalize._versions import register_version
from cdk_personalize.quality_gate import gates_as_property, problems_of_gates, warn_of_metrics
from cdk_personalize.recipe import capabilities_of
from cdk_personalize.solution import parts_of_name, parts_of_solution, problems_of_solution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import Duration
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk.interfaces.aws_personalize import ISolutionRef
    from constructs import Construct

    from cdk_personalize.quality_gate import Metric, QualityGate
    from cdk_personalize.recipe import Recipe
    from cdk_personalize.solution import ISolution

_ARN_PATH = "solution/<name>/<version>"


class TrainingMode(Enum):
    """How much of the data a training uses."""

    FULL = "FULL"
    """All data. Starts from nothing."""
    UPDATE = "UPDATE"
    """What is new since the last full training; for User-Personalization and HRNN-Coldstart only."""


@runtime_checkable
class ISolutionVersion(ICloudTrailEvents, Protocol):
    """A solution version, owned by this app or not."""

    @property
    def solution_version_arn(self) -> str:
        """The ARN."""


class _SolutionVersionBase(CloudTrailEvents, TrainingMetrics, Metered, Resource):
    """What owned and imported versions have in common: it follows from the ARN."""

    _kind = kinds.KINDS["SolutionVersion"]
    solution_version_arn: str

    def _dimensions(self) -> dict[str, str]:
        return {
            "SolutionArn": solution_arn_of_version(self.solution_version_arn),
            "SolutionVersionArn": self.solution_version_arn,
        }

    def _of_trainings(self, metric_name: str, options: dict[str, Any]) -> cloudwatch.Metric:
        return self.metric(metric_name, **options)


class SolutionVersion(TaggableResource, _SolutionVersionBase):
    """A training of a solution, and the model that comes out of it.

    A deployment waits until it is trained; what uses `solution_version_arn` comes after. Amazon Personalize keeps a
    version until its solution is deleted: taken out of the stack it stays there, at no cost but that of a training that
    still runs, which is stopped. Any change but that of its quality gate trains a new version.

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
        quality_gate: QualityGate | Sequence[QualityGate] | None = None,
        timeout: Duration | None = None,
    ) -> None:
        """Train a solution.

        :param scope: the scope of the construct.
        :param id: its id there.
        :param solution: The solution to train: a construct, an import, or a `CfnSolution`.
            A change trains a new version.
        :param solution_version_name: The name of the version, 1 to 63 letters, digits, hyphens and underscores.
            Default: Amazon Personalize makes one. A change trains a new version.
        :param training_mode: How much of the data to use. Default: all of it. A change trains a new version.
        :param quality_gate: What the offline metrics have to reach, in one gate or a list of them. A version that falls
            short fails the deployment with the numbers, so that campaigns keep the version that they have; it stays in
            Amazon Personalize. Default: none. Changed in place: the version is judged again, not trained again.
        :param timeout: How long a deployment may wait for the training, 1 minute to 48 hours. More than 55 minutes add
            a wait link to the stack for each 55. Default: 4 hours.
        :raises ValidationError: when a value is one that Amazon Personalize would refuse.
        """
        self._solution_parts = parts_of_solution(solution)
        self._solution = solution
        self.recipe: Recipe | None = getattr(solution, "recipe", None)
        """The recipe of the solution, where this app knows it."""
        problems = [
            *problems_of_solution(scope, solution),
            *_validation.wrong_choice("training_mode", training_mode, TrainingMode),
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
            props={"name": "solution_version_name", "solutionArn": "solution"},
            timeout=timeout,
            problems=problems,
            resources=self._solution_parts,
            extra={kinds.QUALITY_GATE: gates_as_property(quality_gate)},
        )
        warn_of_metrics(self, quality_gate)
        register_version(arn_of("Solution", solution), self._chain[-1])
        self.solution_version_arn = self._attribute("SolutionVersionArn")
        """The ARN; who uses it waits until the version is trained."""
        self.solution_version_status = self._attribute("Status")
        """The status after the deployment, ACTIVE."""

    def offline_metric(self, metric: Metric) -> str:
        """Return an offline metric of the version, as text, for outputs and the like.

        :param metric: one that Amazon Personalize reports for the recipe; the deployment fails on one that it does not.

        https://docs.aws.amazon.com/personalize/latest/dg/working-with-training-metrics.html
        """
        return self._metric_attribute(metric)

    @staticmethod
    def from_solution_version_arn(scope: Construct, id: str, solution_version_arn: str) -> ISolutionVersion:
        """Import a solution version.

        :param scope: the scope of the import.
        :param id: its id there.
        :param solution_version_arn: the ARN of the version.
        :raises ValidationError: when it is not the ARN of a solution version.
        """
        _validation.refuse(scope, id, _validation.bad_arn("solution_version_arn", solution_version_arn, _ARN_PATH))
        return _ImportedSolutionVersion(scope, id, solution_version_arn)


class _ImportedSolutionVersion(_SolutionVersionBase):
    def __init__(self, scope: Construct, id: str, arn: str) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self.solution_version_arn = arn


def problems_of_solution_version(scope: Construct, version: Any) -> list[Problem]:
    """Return what is wrong with the solution version that a construct is given."""
    if arn_of("SolutionVersion", version) is None:
        remedy = "import it with SolutionVersion.from_solution_version_arn(...)"
        return [Problem("solution_version", "must be a solution version", version, remedy, certain=True)]
    return _validation.other_environment(scope, "solution_version", version)


def parts_of_trained_solution(version: Any) -> list[str]:
    """Return the resource parts of the ARNs of a version's solution, as far as they are known at synth."""
    if isinstance(version, SolutionVersion):
        return version._solution_parts
    arn = arn_of("SolutionVersion", version)
    match = re.fullmatch(r"(?:[^:]+:){5}solution/([^/]+)/[^/]+", arn) if isinstance(arn, str) else None
    return parts_of_name(match[1] if match else None)
