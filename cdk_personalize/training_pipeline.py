"""Training pipelines: import, train, check the quality and serve.

They run outside of deployments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import ArnFormat, Duration, Names, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_personalize import _conformity, _training_rights, _validation
from cdk_personalize._resource import arn_of
from cdk_personalize._service_role import READ, WRITE, allow_key, allow_place, service_role
from cdk_personalize._signature import HasSignature
from cdk_personalize._training_events import TrainingEvent, TrainingEvents
from cdk_personalize._training_metrics import PipelineMetrics
from cdk_personalize._training_problems import (
    is_in_bucket,
    problems_of_serving,
    problems_of_start,
    problems_of_steps,
)
from cdk_personalize._training_workflow import STARTED_BY, WAIT_SECONDS, JobStep, Plan, definition
from cdk_personalize.campaign import Campaign
from cdk_personalize.quality_gate import gates_of_pipeline, warn_of_metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_sns as sns
    from aws_cdk.interfaces.aws_personalize import ISolutionRef

    from cdk_personalize.campaign import ICampaign
    from cdk_personalize.quality_gate import QualityGate
    from cdk_personalize.solution import ISolution
    from cdk_personalize.solution_version import TrainingMode
    from cdk_personalize.training_jobs import BatchInference, BatchSegment, DatasetUpdate

_VERSION = "SolutionVersionArn"
_LONGEST_NAME = 60
_LONGEST_JOB_PREFIX = 30
_UPLOAD_DELAY = Duration.minutes(5)
_NO_LOG = {
    "AwsSolutions-SF1": "AWS Step Functions keeps the history of each execution; the outcome is an event and a metric.",
    "AwsSolutions-SF2": "Its steps are calls of AWS services, which its history shows.",
}


class TrainingPipeline(HasSignature, TrainingEvents, PipelineMetrics, Construct):
    """A workflow that retrains a solution and updates campaigns to the result.

    It runs outside of deployments.

    Each run imports data, trains a solution version, compares its offline metrics with quality gates, updates the
    campaigns one after the other, and runs batch jobs. It is an AWS Step Functions state machine that calls Amazon
    Personalize itself. One run at a time: an execution that starts during another one is skipped.

    The pipeline chooses the solution version of its campaigns. Deployments and `cdk-personalize drift` leave it alone:
    see `Campaign.ignore_changes`.

    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        solution: ISolution | ISolutionRef | None = None,
        imports: Sequence[DatasetUpdate] = (),
        training_mode: TrainingMode | None = None,
        quality_gates: QualityGate | Sequence[QualityGate] | None = None,
        campaigns: Sequence[ICampaign] = (),
        batch_jobs: Sequence[BatchInference | BatchSegment] = (),
        schedule: scheduler.ScheduleExpression | None = None,
        schedule_window: Duration | None = None,
        on_upload: s3.IBucket | None = None,
        upload_delay: Duration | None = None,
        enabled: bool = True,
        notification_topic: sns.ITopic | None = None,
    ) -> None:
        """Create the workflow, and what starts it.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param solution: The solution to train: a construct, an import, or a `CfnSolution`. Without it runs import only,
            as for the recommenders of a domain dataset group, which Amazon Personalize retrains itself. Default: none.
        :param imports: What each run imports, at the same time. Default: nothing.
        :param training_mode: How much of the data to use. Default: all of it.
        :param quality_gates: The minimum values of offline metrics, absolute or relative to the version that the
            first campaign serves. A version that misses one is not served, and no batch job runs on it. Default: none.
        :param campaigns: The campaigns that serve the versions, in the order of their updates. Create them with
            `solution_version`, the one that they serve first; they must not sync with the latest version. If an update
            fails, all of them return to the version that they served. Default: none.
        :param batch_jobs: What runs on the version at the end, at the same time. Default: none.
        :param schedule: When runs start, such as `ScheduleExpression.cron(...)` with a time zone. Default: never.
        :param schedule_window: How much later than scheduled a run may start, 1 minute to 24 hours.
            Default: it starts on time.
        :param on_upload: The bucket whose new objects start a run, if their keys begin like a source of `imports`. It
            has to send events to Amazon EventBridge: `event_bridge_enabled=True`. Default: uploads start nothing.
        :param upload_delay: How long a run waits after the first upload, so that one run imports all of them, 1 minute
            to 24 hours. Default: 5 minutes.
        :param enabled: Whether the schedule and uploads start runs. Default: true.
        :param notification_topic: The topic that receives the events of failed runs and of missed quality gates.
            Default: none.
        :raises ValidationError: If a value is not valid, or if the pipeline has no step.
        """
        problems = [
            *problems_of_steps(scope, solution, imports, training_mode, batch_jobs),
            *problems_of_serving(solution, quality_gates, campaigns),
            *problems_of_start(imports, schedule, schedule_window, on_upload, upload_delay),
        ]
        _validation.refuse(scope, id, problems)
        super().__init__(scope, id)
        stack = Stack.of(self)
        self.training_pipeline_name = Names.unique_resource_name(self, max_length=_LONGEST_NAME, separator="-")
        """The name, which is also that of the state machine."""
        self._data_roles: list[iam.Role] = []
        plan = Plan(
            name=self.training_pipeline_name,
            job_prefix=f"{Names.unique_resource_name(self, max_length=_LONGEST_JOB_PREFIX, separator='-')}-",
            arn_prefix=stack.format_arn(service="personalize", resource="*").removesuffix("*"),
            imports=self._imports(imports),
            solution_arn=arn_of("Solution", solution),
            training_mode=None if training_mode is None else training_mode.value,
            gates=gates_of_pipeline(quality_gates),
            campaign_arns=[arn_of("Campaign", each) for each in campaigns],
            batch_jobs=self._batch_jobs(batch_jobs),
        )
        self.role = self._role(plan)
        """The role of the workflow."""
        self.state_machine = sfn.StateMachine(
            self,
            "Workflow",
            state_machine_name=self.training_pipeline_name,
            comment="Imports data, trains a solution, and has campaigns serve it if its quality suffices",
            definition_body=sfn.DefinitionBody.from_string(stack.to_json_string(definition(plan))),
            role=self.role,
        )
        """The workflow."""
        _conformity.acknowledge_rules(self.state_machine, _NO_LOG)
        _conformity.acknowledge_wildcards(self)
        for campaign in campaigns:
            if isinstance(campaign, Campaign):
                campaign.ignore_changes(_VERSION)
        warn_of_metrics(self, quality_gates, "quality_gates")
        if schedule is not None:
            self._start_on_schedule(schedule, schedule_window, enabled=enabled)
        if on_upload is not None:
            self._start_on_upload(on_upload, imports, upload_delay or _UPLOAD_DELAY, enabled=enabled)
        if notification_topic is not None:
            topic = cast("events.IRuleTarget", targets.SnsTopic(notification_topic))
            self._on([TrainingEvent.FAILED, TrainingEvent.GATE_FAILED], "Notification", topic, {})

    def grant_start_execution(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let an identity start runs.

        :param grantee: The identity that receives the permission.
        """
        return self.state_machine.grant_start_execution(grantee)

    def _imports(self, imports: Sequence[DatasetUpdate]) -> list[JobStep]:
        if not imports:
            return []
        role = self._data_role("ImportRole", "Lets Amazon Personalize read what a training pipeline imports")
        for each in imports:
            allow_place(self, role, each.source, READ)
        return [
            JobStep(
                label=f"Import{number}",
                kind=each.kind,
                arguments={**each._arguments(), "RoleArn": role.role_arn},
                event=TrainingEvent.IMPORTED,
                about={"datasetArn": arn_of("Dataset", each.dataset)},
            )
            for number, each in enumerate(imports, start=1)
        ]

    def _batch_jobs(self, jobs: Sequence[BatchInference | BatchSegment]) -> list[JobStep]:
        if not jobs:
            return []
        role = self._data_role("BatchRole", "Lets Amazon Personalize read and write what batch jobs do")
        for each in jobs:
            allow_place(self, role, each.input, READ)
            allow_place(self, role, each.output, WRITE)
            if each.output_key is not None:
                allow_key(self, role, each.output_key)
        return [
            JobStep(
                label=f"Batch{number}",
                kind=each.kind,
                arguments={**each._arguments(), "SolutionVersionArn": "{% $version %}", "RoleArn": role.role_arn},
                event=TrainingEvent.BATCH_COMPLETED,
            )
            for number, each in enumerate(jobs, start=1)
        ]

    def _data_role(self, id: str, description: str) -> iam.Role:
        role = service_role(self, id, description)
        self._data_roles.append(role)
        return role

    def _role(self, plan: Plan) -> iam.Role:
        stack = Stack.of(self)
        colon = ArnFormat.COLON_RESOURCE_NAME
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
            description="Role of the workflow of a training pipeline",
        )
        rights = _training_rights.statements(
            plan,
            # By its name: a reference would make the policy and the state machine depend on each other.
            state_machine_arn=stack.format_arn(
                service="states", resource="stateMachine", resource_name=plan.name, arn_format=colon
            ),
            event_bus_arn=stack.format_arn(service="events", resource="event-bus", resource_name="default"),
            role_arns=[each.role_arn for each in self._data_roles],
        )
        for statement in rights:
            role.add_to_policy(statement)
        return role

    def _start_on_schedule(
        self, schedule: scheduler.ScheduleExpression, window: Duration | None, *, enabled: bool
    ) -> None:
        given = scheduler.ScheduleTargetInput.from_object({STARTED_BY: "schedule"})
        target = scheduler_targets.StepFunctionsStartExecution(self.state_machine, input=given)
        scheduler.Schedule(
            self,
            "Schedule",
            schedule=schedule,
            target=cast("scheduler.IScheduleTarget", target),
            time_window=None if window is None else scheduler.TimeWindow.flexible(window),
            enabled=enabled,
        )

    def _start_on_upload(
        self, bucket: s3.IBucket, imports: Sequence[DatasetUpdate], delay: Duration, *, enabled: bool
    ) -> None:
        keys = dict.fromkeys(each.source.key for each in imports if is_in_bucket(each.source, bucket))
        rule = events.Rule(
            self,
            "Upload",
            enabled=enabled,
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [bucket.bucket_name]},
                    "object": {"key": [{"prefix": key} for key in keys]},
                },
            ),
        )
        given = events.RuleTargetInput.from_object({STARTED_BY: "upload", WAIT_SECONDS: delay.to_seconds()})
        rule.add_target(cast("events.IRuleTarget", targets.SfnStateMachine(self.state_machine, input=given)))
