"""Training pipelines: workflows that retrain a solution outside of deployments."""

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
from cdk_personalize._service_role import READ, WRITE, allow_key, allow_location, service_role
from cdk_personalize._signature import HasSignature
from cdk_personalize._training_events import TrainingEvent, TrainingEvents
from cdk_personalize._training_metrics import PipelineMetrics
from cdk_personalize._training_plan import STARTED_BY, WAIT_SECONDS, JobStep, Plan
from cdk_personalize._training_problems import (
    is_in_bucket,
    problems_of_serving,
    problems_of_start,
    problems_of_steps,
)
from cdk_personalize._training_workflow import definition
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
"""Maximum length of the start of job names. The rest of the 63 characters is for the run and the step."""
_DEFAULT_UPLOAD_DELAY = Duration.minutes(5)
_NO_LOG = {
    "AwsSolutions-SF1": "AWS Step Functions keeps the history of each execution; the outcome is an event and a metric.",
    "AwsSolutions-SF2": "The steps are calls of AWS services, which the history of the execution shows.",
}


class TrainingPipeline(HasSignature, TrainingEvents, PipelineMetrics, Construct):
    """A workflow that retrains a solution and updates campaigns to the new version.

    It runs outside of deployments, on a schedule, after uploads or on request. Each run imports data, trains a solution
    version, compares its offline metrics with quality gates, updates the campaigns one after the other, and runs batch
    jobs. The workflow is an AWS Step Functions state machine that calls Amazon Personalize without Lambda functions.
    Only one run is active at a time: an execution that starts during another one is skipped.

    The pipeline changes the solution version of its campaigns outside the stack. Deployments keep that version, and
    `cdk-personalize drift` does not report it: see `Campaign.ignore_changes`.

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
        """Create the workflow, its schedule and its event rules.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param solution: The solution to train: a construct, an import, or a `CfnSolution`. Default: none; runs then
            only import data, for example for recommenders, which Amazon Personalize retrains automatically.
        :param imports: The imports of each run, which run in parallel. Default: none.
        :param training_mode: The data that the training uses. Default: all data.
        :param quality_gates: Minimum values of offline metrics, absolute or relative to the version that the first
            campaign serves. If a new version is below a gate, the run ends before campaigns are updated and batch jobs
            run. Default: none.
        :param campaigns: The campaigns to update to the new version, in this order. Create them with
            `solution_version`, which is the first version that they serve; they must not sync with the latest version.
            If an update fails, all campaigns are rolled back to their previous versions. Default: none.
        :param batch_jobs: The batch jobs that run in parallel at the end of a run, with the new version. Default: none.
        :param schedule: The schedule of runs, such as `ScheduleExpression.cron(...)` with a time zone. Default: no
            schedule.
        :param schedule_window: The maximum delay of a scheduled start, 1 minute to 24 hours. Default: no delay.
        :param on_upload: The bucket whose new objects start a run, if their keys start with the key of a source in
            `imports`. The bucket must send events to Amazon EventBridge (`event_bridge_enabled=True`). Default: uploads
            start no run.
        :param upload_delay: The delay between the first upload and the start of the run, 1 minute to 24 hours. The run
            imports all files that are uploaded during the delay. Default: 5 minutes.
        :param enabled: Whether the schedule and uploads start runs. Default: true.
        :param notification_topic: The Amazon SNS topic that receives an event for each failed run and each failed
            quality gate. Default: none.
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
        """The name of the training pipeline and of its state machine."""
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
        """The role that the state machine assumes."""
        self.state_machine = sfn.StateMachine(
            self,
            "Workflow",
            state_machine_name=self.training_pipeline_name,
            comment="Imports data, trains a solution, and updates campaigns if the quality gates pass",
            definition_body=sfn.DefinitionBody.from_string(stack.to_json_string(definition(plan))),
            role=self.role,
        )
        """The AWS Step Functions state machine of the pipeline."""
        _conformity.acknowledge_rules(self.state_machine, _NO_LOG)
        _conformity.acknowledge_wildcards(self)
        for campaign in campaigns:
            if isinstance(campaign, Campaign):
                campaign.ignore_changes(_VERSION)
        warn_of_metrics(self, quality_gates, "quality_gates")
        if schedule is not None:
            self._start_on_schedule(schedule, schedule_window, enabled=enabled)
        if on_upload is not None:
            self._start_on_upload(on_upload, imports, upload_delay or _DEFAULT_UPLOAD_DELAY, enabled=enabled)
        if notification_topic is not None:
            topic = cast("events.IRuleTarget", targets.SnsTopic(notification_topic))
            self._on([TrainingEvent.FAILED, TrainingEvent.GATE_FAILED], "Notification", topic, {})

    def grant_start_execution(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to start runs of the pipeline.

        :param grantee: The identity that receives the permission.
        """
        return self.state_machine.grant_start_execution(grantee)

    def _imports(self, imports: Sequence[DatasetUpdate]) -> list[JobStep]:
        if not imports:
            return []
        role = self._data_role("ImportRole", "Lets Amazon Personalize read the files that a training pipeline imports")
        for each in imports:
            allow_location(self, role, each.source, READ)
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
        role = self._data_role("BatchRole", "Lets Amazon Personalize read the input and write the output of batch jobs")
        for each in jobs:
            allow_location(self, role, each.input, READ)
            allow_location(self, role, each.output, WRITE)
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
            # A reference to the state machine would be a circular dependency with the policy, so its ARN uses the name.
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
