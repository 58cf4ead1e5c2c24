"""The events that a training pipeline sends to Amazon EventBridge."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from aws_cdk import aws_events as events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_stepfunctions as sfn
    from constructs import Construct
    from typing_extensions import Unpack

    from cdk_personalize.event_options import EventRuleOptions

SOURCE = "cdk-personalize"
_STOPPED_STATUSES = ("ABORTED", "TIMED_OUT")


class TrainingEvent(Enum):
    """The detail types of the events."""

    STARTED = "Training Pipeline Started"
    IMPORTED = "Training Pipeline Import Completed"
    TRAINED = "Training Pipeline Solution Version Trained"
    GATE_PASSED = "Training Pipeline Quality Gates Passed"
    GATE_FAILED = "Training Pipeline Quality Gates Failed"
    CAMPAIGN_UPDATED = "Training Pipeline Campaign Updated"
    BATCH_COMPLETED = "Training Pipeline Batch Job Completed"
    SUCCEEDED = "Training Pipeline Succeeded"
    FAILED = "Training Pipeline Failed"
    SKIPPED = "Training Pipeline Skipped"


class TrainingEvents:
    """Base class of a training pipeline, which sends events to the default event bus."""

    state_machine: sfn.StateMachine

    def on_started(
        self, id: str, *, target: events.IRuleTarget | None = None, **options: Unpack[EventRuleOptions]
    ) -> events.Rule:
        """Create a rule for started runs. Skipped executions send another event.

        :param id: The construct ID of the rule, unique within this pipeline.
        :param target: The target that the rule invokes. Default: none; use `add_target` on the rule.
        :param options: The options of the rule.
        """
        return self._on([TrainingEvent.STARTED], id, target, options)

    def on_import_completed(
        self, id: str, *, target: events.IRuleTarget | None = None, **options: Unpack[EventRuleOptions]
    ) -> events.Rule:
        """Create a rule for completed imports.

        :param id: The construct ID of the rule, unique within this pipeline.
        :param target: The target that the rule invokes. Default: none; use `add_target` on the rule.
        :param options: The options of the rule.
        """
        return self._on([TrainingEvent.IMPORTED], id, target, options)

    def on_version_trained(
        self, id: str, *, target: events.IRuleTarget | None = None, **options: Unpack[EventRuleOptions]
    ) -> events.Rule:
        """Create a rule for trained solution versions.

        The event contains the offline metrics.

        :param id: The construct ID of the rule, unique within this pipeline.
        :param target: The target that the rule invokes. Default: none; use `add_target` on the rule.
        :param options: The options of the rule.
        """
        return self._on([TrainingEvent.TRAINED], id, target, options)

    def on_gate_passed(
        self, id: str, *, target: events.IRuleTarget | None = None, **options: Unpack[EventRuleOptions]
    ) -> events.Rule:
        """Create a rule for solution versions that pass all quality gates.

        The event contains the offline metrics.

        :param id: The construct ID of the rule, unique within this pipeline.
        :param target: The target that the rule invokes. Default: none; use `add_target` on the rule.
        :param options: The options of the rule.
        """
        return self._on([TrainingEvent.GATE_PASSED], id, target, options)

    def on_gate_failed(
        self, id: str, *, target: events.IRuleTarget | None = None, **options: Unpack[EventRuleOptions]
    ) -> events.Rule:
        """Create a rule for solution versions that are below a quality gate.

        The event contains the offline metrics.

        :param id: The construct ID of the rule, unique within this pipeline.
        :param target: The target that the rule invokes. Default: none; use `add_target` on the rule.
        :param options: The options of the rule.
        """
        return self._on([TrainingEvent.GATE_FAILED], id, target, options)

    def on_campaign_updated(
        self, id: str, *, target: events.IRuleTarget | None = None, **options: Unpack[EventRuleOptions]
    ) -> events.Rule:
        """Create a rule for campaigns that were updated to a new solution version.

        :param id: The construct ID of the rule, unique within this pipeline.
        :param target: The target that the rule invokes. Default: none; use `add_target` on the rule.
        :param options: The options of the rule.
        """
        return self._on([TrainingEvent.CAMPAIGN_UPDATED], id, target, options)

    def on_batch_job_completed(
        self, id: str, *, target: events.IRuleTarget | None = None, **options: Unpack[EventRuleOptions]
    ) -> events.Rule:
        """Create a rule for completed batch jobs.

        :param id: The construct ID of the rule, unique within this pipeline.
        :param target: The target that the rule invokes. Default: none; use `add_target` on the rule.
        :param options: The options of the rule.
        """
        return self._on([TrainingEvent.BATCH_COMPLETED], id, target, options)

    def on_succeeded(
        self, id: str, *, target: events.IRuleTarget | None = None, **options: Unpack[EventRuleOptions]
    ) -> events.Rule:
        """Create a rule for runs that completed every step.

        :param id: The construct ID of the rule, unique within this pipeline.
        :param target: The target that the rule invokes. Default: none; use `add_target` on the rule.
        :param options: The options of the rule.
        """
        return self._on([TrainingEvent.SUCCEEDED], id, target, options)

    def on_failed(
        self, id: str, *, target: events.IRuleTarget | None = None, **options: Unpack[EventRuleOptions]
    ) -> events.Rule:
        """Create a rule for failed runs and for stopped executions.

        The event of a stopped execution comes from AWS Step Functions: `Step Functions Execution Status Change`.

        :param id: The construct ID of the rule, unique within this pipeline.
        :param target: The target that the rule invokes. Default: none; use `add_target` on the rule.
        :param options: The options of the rule.
        """
        return self._on([TrainingEvent.FAILED], id, target, options)

    def on_skipped(
        self, id: str, *, target: events.IRuleTarget | None = None, **options: Unpack[EventRuleOptions]
    ) -> events.Rule:
        """Create a rule for executions that were skipped because another one was running.

        :param id: The construct ID of the rule, unique within this pipeline.
        :param target: The target that the rule invokes. Default: none; use `add_target` on the rule.
        :param options: The options of the rule.
        """
        return self._on([TrainingEvent.SKIPPED], id, target, options)

    def _on(
        self, types: Sequence[TrainingEvent], id: str, target: events.IRuleTarget | None, options: EventRuleOptions
    ) -> events.Rule:
        rule = events.Rule(cast("Construct", self), id, **options)
        rule.add_target(target)
        arn = self.state_machine.state_machine_arn
        sources, names = [SOURCE], [each.value for each in types]
        detail: dict[str, Any] = {"pipeline": [arn]}
        if TrainingEvent.FAILED in types:
            sources, names = [*sources, "aws.states"], [*names, "Step Functions Execution Status Change"]
            detail = {"$or": [detail, {"stateMachineArn": [arn], "status": list(_STOPPED_STATUSES)}]}
        rule.add_event_pattern(source=sources, detail_type=names, detail=detail)
        return rule
