"""Training pipelines in templates: triggers, events, metrics and errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template
from support.synth import dataset, location, new_stack, resources, solution, version

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable

COVERAGE = personalize.OfflineMetric.COVERAGE
RATE = scheduler.ScheduleExpression.rate(cdk.Duration.days(1))


def pipeline(stack: cdk.Stack, **props: Any) -> personalize.TrainingPipeline:
    return personalize.TrainingPipeline(stack, "Nightly", **{"solution": solution(stack), **props})


def update(stack: cdk.Stack, key: str = "new/") -> personalize.DatasetUpdate:
    return personalize.DatasetUpdate(dataset=dataset(stack), source=location(stack, key))


def campaign(stack: cdk.Stack, **props: Any) -> personalize.Campaign:
    return personalize.Campaign(stack, "Related", **(props or {"solution_version": version(stack)}))


def states(stack: cdk.Stack) -> dict[str, Any]:
    """Return the top-level states of the workflow."""
    machines = resources(stack, "AWS::StepFunctions::StateMachine")
    (machine,) = [each for name, each in machines.items() if name.startswith("Nightly")]
    definition = machine["Properties"]["DefinitionString"]
    text = (
        definition
        if isinstance(definition, str)
        else "".join(part if isinstance(part, str) else "token" for part in definition["Fn::Join"][1])
    )
    found: dict[str, Any] = json.loads(text)["States"]
    return found


def test_a_campaign_leaves_its_version_to_the_pipeline(stack: cdk.Stack) -> None:
    pipeline(stack, campaigns=[campaign(stack)])
    Template.from_stack(stack).has_resource_properties(
        "Custom::PersonalizeCampaign", {"IgnoreChanges": ["SolutionVersionArn"]}
    )


def test_a_pipeline_has_only_the_steps_that_it_needs(stack: cdk.Stack) -> None:
    pipeline(stack, solution=None, imports=[update(stack)])
    assert {"Import"} == {"Import", "Train", "Judge", "MoveCampaigns", "Batch"} & states(stack).keys()


def test_the_training_mode_is_sent(stack: cdk.Stack) -> None:
    pipeline(stack, training_mode=personalize.TrainingMode.UPDATE)
    assert states(stack)["Train"]["Arguments"]["TrainingMode"] == "UPDATE"


def test_batch_jobs_have_every_prop(stack: cdk.Stack) -> None:
    films = personalize.Filter.from_filter_name(stack, "Filter", "films")
    job = personalize.BatchInference(
        input=location(stack, "in/"),
        output=personalize.S3Location(s3.Bucket.from_bucket_name(stack, "Out", "out"), "out/"),
        filter=films,
        num_results=10,
        theme_generation=personalize.ThemeGeneration(item_name="TITLE"),
    )
    pipeline(stack, batch_jobs=[job])
    arguments = states(stack)["Batch"]["Branches"][0]["States"]["CreateBatch1"]["Arguments"]
    assert (
        arguments.items()
        >= {
            "NumResults": 10,
            "BatchInferenceJobMode": "THEME_GENERATION",
            "ThemeGenerationConfig": {"FieldsForThemeGeneration": {"ItemName": "TITLE"}},
            "JobInput": {"S3DataSource": {"Path": "s3://films/in/"}},
            "JobOutput": {"S3DataDestination": {"Path": "s3://out/out/"}},
            "SolutionVersionArn": "{% $version %}",
        }.items()
    )
    assert arguments["FilterArn"].endswith(":filter/films")


def test_batch_segments_run_on_the_new_version(stack: cdk.Stack) -> None:
    job = personalize.BatchSegment(
        input=location(stack, "in/"),
        output=personalize.S3Location(s3.Bucket.from_bucket_name(stack, "Out", "out"), "out/"),
        num_results=5,
    )
    pipeline(stack, batch_jobs=[job])
    create = states(stack)["Batch"]["Branches"][0]["States"]["CreateBatch1"]
    assert create["Resource"].endswith(":personalize:createBatchSegmentJob")
    assert create["Arguments"]["NumResults"] == 5


@pytest.mark.parametrize("enabled", [True, False])
def test_a_schedule_starts_runs_while_the_pipeline_is_enabled(stack: cdk.Stack, enabled: bool) -> None:
    cron = scheduler.ScheduleExpression.cron(hour="3", minute="0", time_zone=cdk.TimeZone.EUROPE_BERLIN)
    window = cdk.Duration.minutes(15)
    pipeline(stack, schedule=cron, schedule_window=window, enabled=enabled)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Scheduler::Schedule",
        {
            "ScheduleExpression": "cron(0 3 * * ? *)",
            "ScheduleExpressionTimezone": "Europe/Berlin",
            "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
            "State": "ENABLED" if enabled else "DISABLED",
            "Target": {"Input": '{"StartedBy":"schedule"}'},
        },
    )


@pytest.mark.parametrize("enabled", [True, False])
def test_uploads_of_imported_files_start_runs(stack: cdk.Stack, enabled: bool) -> None:
    source = update(stack)
    pipeline(stack, imports=[source], on_upload=source.source.bucket, enabled=enabled)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": ["films"]}, "object": {"key": [{"prefix": "new/"}]}},
            },
            "State": "ENABLED" if enabled else "DISABLED",
            "Targets": [Match.object_like({"Input": '{"StartedBy":"upload","WaitSeconds":300}'})],
        },
    )


EVENTS = {
    "on_started": "Started",
    "on_import_completed": "Import Completed",
    "on_version_trained": "Solution Version Trained",
    "on_gate_passed": "Quality Gates Passed",
    "on_gate_failed": "Quality Gates Failed",
    "on_campaign_updated": "Campaign Updated",
    "on_batch_job_completed": "Batch Job Completed",
    "on_succeeded": "Succeeded",
    "on_skipped": "Skipped",
}


def test_every_event_has_a_rule(stack: cdk.Stack) -> None:
    made = pipeline(stack)
    topic = targets.SnsTopic(sns.Topic(stack, "Topic"))
    for method in EVENTS:
        getattr(made, method)(method, target=topic)
    patterns = [each["Properties"]["EventPattern"] for each in resources(stack, "AWS::Events::Rule").values()]
    assert [each["detail-type"] for each in patterns] == [[f"Training Pipeline {name}"] for name in EVENTS.values()]
    assert all(each["source"] == ["cdk-personalize"] for each in patterns)
    assert all(list(each["detail"]) == ["pipeline"] for each in patterns)


def test_failures_include_executions_that_are_stopped_from_outside(stack: cdk.Stack) -> None:
    pipeline(stack, notification_topic=sns.Topic(stack, "Topic"))
    (rule,) = resources(stack, "AWS::Events::Rule").values()
    pattern = rule["Properties"]["EventPattern"]
    assert pattern["detail-type"] == [
        "Training Pipeline Failed",
        "Training Pipeline Quality Gates Failed",
        "Step Functions Execution Status Change",
    ]
    assert pattern["source"] == ["cdk-personalize", "aws.states"]
    assert pattern["detail"]["$or"][1]["status"] == ["ABORTED", "TIMED_OUT"]


def test_metrics_are_of_the_pipeline(stack: cdk.Stack) -> None:
    made = pipeline(stack)
    for metric in (
        made.metric_runs_succeeded(),
        made.metric_runs_gate_failed(),
        made.metric_runs_failed(),
        made.metric_runs_skipped(),
        made.metric_duration(),
        made.metric_offline(COVERAGE),
    ):
        assert metric.namespace == "CdkPersonalize"
        assert metric.dimensions == {"Pipeline": made.training_pipeline_name}
    assert (made.metric_runs_failed().statistic, made.metric_duration().statistic) == ("Sum", "Average")


def test_failed_runs_raise_an_alarm(stack: cdk.Stack) -> None:
    personalize.RecommendedAlarms(stack, "Alarms", resource=pipeline(stack))
    (alarm,) = resources(stack, "AWS::CloudWatch::Alarm").values()
    assert (alarm["Properties"]["Namespace"], alarm["Properties"]["MetricName"]) == ("CdkPersonalize", "RunsFailed")


def test_a_dashboard_shows_runs(stack: cdk.Stack) -> None:
    personalize.PersonalizeDashboard(stack, "Dashboard", training_pipelines=[pipeline(stack)])
    (made,) = resources(stack, "AWS::CloudWatch::Dashboard").values()
    shown = json.dumps(made["Properties"]["DashboardBody"])
    for metric in ("RunsSucceeded", "RunsGateFailed", "RunsFailed", "RunsSkipped", "Duration"):
        assert metric in shown


def test_others_may_start_runs(stack: cdk.Stack) -> None:
    role = cdk.aws_iam.Role(stack, "Starter", assumed_by=cdk.aws_iam.AccountRootPrincipal())
    pipeline(stack).grant_start_execution(role)
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Policy",
        {"PolicyDocument": {"Statement": [Match.object_like({"Action": "states:StartExecution"})]}},
    )


def gate(**threshold: float) -> personalize.QualityGate:
    return personalize.QualityGate(metric=COVERAGE, **threshold)


def job(stack: cdk.Stack, output: str = "out/", **props: Any) -> personalize.BatchInference:
    bucket = s3.Bucket.from_bucket_name(stack, "Batch", "films")
    return personalize.BatchInference(
        input=personalize.S3Location(bucket, "in/"), output=personalize.S3Location(bucket, output), **props
    )


def trending(stack: cdk.Stack) -> personalize.ISolution:
    arn = "arn:aws:personalize:us-east-1:111111111111:dataset-group/films"
    films = personalize.DatasetGroup.from_dataset_group_arn(stack, "Films", arn)
    return personalize.Solution(stack, "Trending", dataset_group=films, recipe=personalize.Recipe.TRENDING_NOW)


REFUSED: dict[str, tuple[Callable[[cdk.Stack], dict[str, Any]], str]] = {
    "nothing to do": (lambda _: {"solution": None}, "solution or imports is required"),
    "no solution": (lambda _: {"solution": "similar"}, "solution must be a solution"),
    "jobs without a solution": (
        lambda stack: {"solution": None, "imports": [update(stack)], "batch_jobs": [job(stack)]},
        "solution is required by batch_jobs and training_mode",
    ),
    "gates without a solution": (
        lambda stack: {"solution": None, "imports": [update(stack)], "quality_gates": gate(at_least=0.1)},
        "solution is required by quality_gates and campaigns",
    ),
    "no import": (lambda _: {"imports": ["new/"]}, r"imports\[0\] must be a DatasetUpdate"),
    "no list of imports": (lambda stack: {"imports": update(stack)}, "imports must be a list"),
    "no batch job": (lambda _: {"batch_jobs": [1]}, r"batch_jobs\[0\] must be a BatchInference or a BatchSegment"),
    "no place": (
        lambda stack: {"imports": [personalize.DatasetUpdate(dataset=dataset(stack), source="s3://b/k")]},  # type: ignore[arg-type]
        r"imports\[0\].source must be an S3Location",
    ),
    "no campaign": (lambda _: {"campaigns": ["related"]}, r"campaigns\[0\] must be a campaign"),
    "a campaign that syncs": (
        lambda stack: {"campaigns": [campaign(stack, solution=solution(cdk.Stack(stack, "Other")))]},
        r"campaigns\[0\] must not sync with the latest solution version",
    ),
    "a relative gate without campaigns": (
        lambda _: {"quality_gates": gate(at_most_worse_than_current=0.1)},
        "quality_gates.at_most_worse_than_current requires a TrainingPipeline with campaigns",
    ),
    "a gate without a threshold": (lambda _: {"quality_gates": gate()}, "quality_gates.at_least is required"),
    "a gate with two thresholds": (
        lambda _: {"quality_gates": gate(at_least=0.1, at_most_worse_than_current=0.1)},
        "quality_gates.at_most_worse_than_current cannot be given together with at_least",
    ),
    "a gate out of range": (lambda _: {"quality_gates": gate(at_least=2)}, "quality_gates.at_least must be"),
    "an update of a recipe without": (
        lambda stack: {"solution": trending(stack), "training_mode": personalize.TrainingMode.UPDATE},
        "training_mode must be FULL unless the recipe is one of",
    ),
    "a batch job of a recipe without": (
        lambda stack: {"solution": trending(stack), "batch_jobs": [job(stack)]},
        r"batch_jobs\[0\] must be of a recipe that supports batch inference jobs",
    ),
    "output into the input": (
        lambda stack: {"batch_jobs": [job(stack, output="in/")]},
        r"batch_jobs\[0\].output must not be the input",
    ),
    "too few results": (
        lambda stack: {"batch_jobs": [job(stack, num_results="many")]},
        r"batch_jobs\[0\].num_results must be",
    ),
    "no schedule": (lambda _: {"schedule": "rate(1 day)"}, "schedule must be a ScheduleExpression"),
    "a window without a schedule": (
        lambda _: {"schedule_window": cdk.Duration.minutes(5)},
        "schedule_window requires schedule",
    ),
    "a window that is too long": (
        lambda _: {"schedule": RATE, "schedule_window": cdk.Duration.days(2)},
        "schedule_window must be",
    ),
    "uploads to a bucket that nothing is imported from": (
        lambda stack: {"imports": [update(stack)], "on_upload": s3.Bucket(stack, "Another")},
        "on_upload must be the bucket of a source in imports",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_work_is_refused(name: str) -> None:
    props, words = REFUSED[name]
    stack = new_stack()
    with pytest.raises(personalize.ValidationError, match=f"Shop/Nightly: {words}"):
        pipeline(stack, **props(stack))


def test_a_relative_gate_is_refused_for_a_deployment(stack: cdk.Stack) -> None:
    with pytest.raises(personalize.ValidationError, match="requires a TrainingPipeline with campaigns"):
        personalize.SolutionVersion(
            stack, "V1", solution=solution(stack), quality_gate=gate(at_most_worse_than_current=0.1)
        )


def test_only_properties_that_can_be_updated_can_be_ignored(stack: cdk.Stack) -> None:
    made = campaign(stack)
    made.ignore_changes("MinProvisionedTPS")
    made.ignore_changes("CampaignConfig")
    with pytest.raises(personalize.ValidationError, match="properties must be names of properties that can be updated"):
        made.ignore_changes("Name")
    Template.from_stack(stack).has_resource_properties(
        "Custom::PersonalizeCampaign", {"IgnoreChanges": ["MinProvisionedTPS", "CampaignConfig"]}
    )
