"""Steps of a training pipeline: imports, training, quality gates, batch jobs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

from cdk_personalize import _states_language as asl
from cdk_personalize._states_language import jsonata
from cdk_personalize._training_blocks import GATE_DETAILS, STARTED_MILLIS, catch_failure, put_event, put_metrics
from cdk_personalize._training_events import TrainingEvent

if TYPE_CHECKING:
    from cdk_personalize._states_language import States
    from cdk_personalize._training_plan import JobStep, Plan

_JOB_POLL_SECONDS = 60
_TRAINING_POLL_SECONDS = 120
_TRAINED_BY_THIS_RUN = (
    f"$sort($states.result.SolutionVersions[$toMillis(CreationDateTime) >= {STARTED_MILLIS}], "
    "function($l, $r) { $l.CreationDateTime < $r.CreationDateTime })[0].SolutionVersionArn"
)
_GATE_RESULTS = """[$map(%s, function($gate) {(
  $value := $lookup($metrics, $gate.metric);
  $serving := $lookup($current, $gate.metric);
  $least := $exists($gate.atLeast) ? $gate.atLeast
    : $exists($serving) ? $round($serving - $gate.atMostWorseThanCurrent, 6);
  $passed := $exists($value) and $exists($least) ? $value >= $least : false;
  $merge([$gate,
    $exists($value) ? {'value': $value} : {},
    $exists($serving) ? {'current': $serving} : {},
    $exists($least) ? {'required': $least} : {},
    {'passed': $passed}])
)})]"""


def imports(plan: Plan) -> Any:
    """Return the step that imports data in parallel jobs. None without imports."""

    def build(following: str) -> States:
        branches = [_job(plan, job) for job in plan.imports]
        return {"Import": asl.parallel(branches, following, [catch_failure("Import")])}

    return ("Import", build) if plan.imports else None


def batch(plan: Plan) -> Any:
    """Return the step that runs batch jobs in parallel. None without batch jobs."""

    def build(following: str) -> States:
        branches = [_job(plan, job) for job in plan.batch_jobs]
        return {"Batch": asl.parallel(branches, following, [catch_failure("Batch")])}

    return ("Batch", build) if plan.batch_jobs else None


def _job(plan: Plan, job: JobStep) -> tuple[str, States]:
    """Return the states that create a job, poll it until its end, and send an event."""
    label, kind = job.label, job.kind.name
    name = f"$run & '-{label}'"
    arn = f"'{plan.arn_prefix}{job.kind.segment}/' & {name}"
    arn_member = service_model.arn_member(kind)
    member = f"$states.result.{kind}"
    status = {
        f"status{label}": jsonata(f"{member}.Status"),
        f"reason{label}": jsonata(f"$exists({member}.FailureReason) ? {member}.FailureReason : {member}.Status"),
    }
    # Only this run uses the name: if the job exists, the response of an earlier attempt was lost.
    exists = {"ErrorEquals": ["Personalize.ResourceAlreadyExistsException"], "Next": f"Wait{label}"}
    details = ", ".join([f"'{arn_member}': {arn}", *(f"'{key}': '{value}'" for key, value in job.about.items())])
    return f"Create{label}", {
        f"Create{label}": asl.personalize(
            f"Create{kind}", {**job.arguments, "JobName": jsonata(name)}, f"Wait{label}", creates=True, catch=[exists]
        ),
        f"Wait{label}": asl.wait(_JOB_POLL_SECONDS, f"Describe{label}"),
        f"Describe{label}": asl.personalize(
            f"Describe{kind}", {service_model.upper_first(arn_member): jsonata(arn)}, f"Check{label}", assign=status
        ),
        f"Check{label}": asl.choice(
            f"Wait{label}",
            **{f"Tell{label}": f"$status{label} = 'ACTIVE'", f"Fail{label}": f"$contains($status{label}, 'FAILED')"},
        ),
        f"Tell{label}": put_event(job.event, f"Done{label}", f"{{{details}}}"),
        f"Done{label}": {"Type": "Succeed"},
        f"Fail{label}": asl.fail(f"{kind}Failed", jsonata(f"$reason{label}")),
    }


def training(plan: Plan) -> Any:
    """Return the step that trains a solution version. None without a solution."""
    version = {"SolutionVersionArn": jsonata("$version")}
    member = "$states.result.SolutionVersion"
    status = {
        "trainingStatus": jsonata(f"{member}.Status"),
        "trainingReason": jsonata(f"$exists({member}.FailureReason) ? {member}.FailureReason : {member}.Status"),
    }
    arguments = {"SolutionArn": plan.solution_arn, "Name": jsonata("$run"), "TrainingMode": plan.training_mode}
    created = {"version": jsonata("$states.result.SolutionVersionArn")}
    exists = {"ErrorEquals": ["Personalize.ResourceAlreadyExistsException"], "Next": "FindVersion"}
    training_failed = {
        "step": "Train",
        "error": "SolutionVersionFailed",
        "cause": jsonata("$trainingReason"),
    }

    def build(following: str) -> States:
        return {
            "Train": asl.personalize(
                "CreateSolutionVersion",
                {name: value for name, value in arguments.items() if value is not None},
                "WaitForTraining",
                creates=True,
                assign=created,
                catch=[exists, catch_failure("Train")],
            ),
            "FindVersion": asl.personalize(
                "ListSolutionVersions",
                {"SolutionArn": plan.solution_arn, "MaxResults": 100},
                "WaitForTraining",
                assign={"version": jsonata(_TRAINED_BY_THIS_RUN)},
                catch=[catch_failure("Train")],
            ),
            "WaitForTraining": asl.wait(_TRAINING_POLL_SECONDS, "DescribeTraining"),
            "DescribeTraining": asl.personalize(
                "DescribeSolutionVersion",
                version,
                "CheckTraining",
                assign=status,
                catch=[catch_failure("Train", "StopTraining")],
            ),
            "CheckTraining": asl.choice(
                "WaitForTraining",
                GetMetrics="$trainingStatus = 'ACTIVE'",
                TrainingFailed="$contains($trainingStatus, 'FAILED') or $contains($trainingStatus, 'STOPPED')",
            ),
            "TrainingFailed": asl.assign({"failure": training_failed}, "MeasureFailure"),
            "StopTraining": asl.tolerated("personalize", "StopSolutionVersionCreation", version, "MeasureFailure"),
            "GetMetrics": asl.personalize(
                "GetSolutionMetrics",
                version,
                "MeasureVersion",
                assign={"metrics": jsonata("$states.result.Metrics")},
                catch=[catch_failure("Train")],
            ),
            "MeasureVersion": put_metrics(plan, "$metrics", "TellTrained"),
            "TellTrained": put_event(
                TrainingEvent.TRAINED, following, "{'solutionVersionArn': $version, 'metrics': $metrics}"
            ),
        }

    return ("Train", build) if plan.solution_arn else None


def comparison(plan: Plan) -> Any:
    """Return the step that compares offline metrics with the quality gates.

    None without quality gates.
    """
    serving = "$states.result.Campaign.SolutionVersionArn"
    catch = [catch_failure("QualityGates")]

    def build(following: str) -> States:
        gates = json.dumps(list(plan.gates))
        compared: States = (
            {
                "DescribeServing": asl.personalize(
                    "DescribeCampaign",
                    {"CampaignArn": plan.campaign_arns[0]},
                    "GetServingMetrics",
                    assign={"serving": jsonata(serving)},
                    catch=catch,
                ),
                "GetServingMetrics": asl.personalize(
                    "GetSolutionMetrics",
                    {"SolutionVersionArn": jsonata("$serving")},
                    "Judge",
                    assign={"current": jsonata("$states.result.Metrics")},
                    catch=catch,
                ),
            }
            if plan.compares
            else {}
        )
        return {
            **compared,
            "Judge": asl.assign({"gates": jsonata(_GATE_RESULTS % gates)}, "HasQuality"),
            "HasQuality": asl.choice("TellGatePassed", MeasureGateFailed="$count($gates[passed = false]) > 0"),
            "TellGatePassed": put_event(TrainingEvent.GATE_PASSED, following, f"{{{GATE_DETAILS}}}"),
        }

    if not plan.gates:
        return None
    return ("DescribeServing" if plan.compares else "Judge"), build
