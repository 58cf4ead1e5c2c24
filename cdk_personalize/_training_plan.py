"""What a training pipeline does, before it becomes a workflow."""

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
"""Member of an execution's input: how long it waits before it begins."""
STARTED_BY = "StartedBy"
"""Member of an execution's input: what started it."""


@dataclass(frozen=True, kw_only=True)
class JobStep:
    """A job that each run creates under a name of its own."""

    label: str
    """Unique among the jobs of the pipeline, such as `Import1`."""
    kind: Kind
    arguments: Mapping[str, Any]
    """The arguments of the create operation without the name."""
    event: TrainingEvent
    about: Mapping[str, str] = field(default_factory=dict)
    """What the event tells beside the ARN of the job."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a pipeline does."""

    name: str
    """The name of the state machine."""
    job_prefix: str
    """How the names of its jobs begin."""
    arn_prefix: str
    """Beginning of ARNs of Amazon Personalize in the environment of the stack."""
    imports: Sequence[JobStep] = ()
    solution_arn: str | None = None
    training_mode: str | None = None
    gates: Sequence[Mapping[str, Any]] = ()
    """By `metric` and `atLeast` or `atMostWorseThanCurrent`."""
    campaign_arns: Sequence[str] = ()
    batch_jobs: Sequence[JobStep] = ()

    @property
    def compares(self) -> bool:
        """Whether a gate is relative to the solution version in service."""
        return any("atMostWorseThanCurrent" in gate for gate in self.gates)
