"""The plan of a training pipeline, from which its workflow is generated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk_personalize_handler.kinds import Kind

    from cdk_personalize._training_events import TrainingEvent

NAMESPACE = "CdkPersonalize"
DIMENSION = "Pipeline"
WAIT_SECONDS = "WaitSeconds"
"""Member of the input of an execution: seconds to wait before the run begins."""
STARTED_BY = "StartedBy"
"""Member of the input of an execution: `schedule`, `upload`, or another cause of the start."""


@dataclass(frozen=True, kw_only=True)
class JobStep:
    """A job that each run creates under a unique name."""

    label: str
    """Name of the step, unique in the pipeline, such as `Import1`."""
    kind: Kind
    arguments: Mapping[str, Any]
    """The arguments of the create call, without the name of the job."""
    event: TrainingEvent
    """The event that is sent when the job has succeeded."""
    about: Mapping[str, str] = field(default_factory=dict)
    """Further details of the event, in addition to the ARN of the job."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The steps of a training pipeline, and the names and ARNs that they use."""

    name: str
    """The name of the state machine."""
    job_prefix: str
    """Start of the names of its jobs."""
    arn_prefix: str
    """Start of ARNs of Amazon Personalize in the account and region of the stack."""
    imports: Sequence[JobStep] = ()
    solution_arn: str | None = None
    training_mode: str | None = None
    gates: Sequence[Mapping[str, Any]] = ()
    """Quality gates: mappings with `metric`, and with `atLeast` or `atMostWorseThanCurrent`."""
    campaign_arns: Sequence[str] = ()
    batch_jobs: Sequence[JobStep] = ()

    @property
    def compares(self) -> bool:
        """Whether a gate compares with the version that the first campaign serves."""
        return any("atMostWorseThanCurrent" in gate for gate in self.gates)
