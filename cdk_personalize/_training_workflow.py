"""Workflow of a training pipeline.

It imports, trains, checks the quality, updates campaigns and runs batch jobs.

It consists of calls of AWS services only. Whatever fails ends in one place, which stops a training that is still
running, rolls campaigns back, and tells what failed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

from cdk_personalize import _states_language as asl
from cdk_personalize._states_language import jsonata
from cdk_personalize._training_events import SOURCE, TrainingEvent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk_personalize_handler.kinds import Kind

    from cdk_personalize._states_language import State, States

NAMESPACE = "CdkPersonalize"
DIMENSION = "Pipeline"
WAIT_SECONDS = "WaitSeconds"
"""Member of an execution's input: how long it waits before it begins."""
STARTED_BY = "StartedBy"
"""Member of an execution's input: what started it."""

_LISTING_SECONDS = 5
"""How long a new execution may be missing in the list of executions."""
_JOB_POLL_SECONDS = 60
_TRAINING_POLL_SECONDS = 120
_CAMPAIGN_POLL_SECONDS = 60
_LONGEST_CAUSE = 1000

_STARTED_MILLIS = "$toMillis($states.context.Execution.StartTime)"
_HASH = "$substring($hash($states.context.Execution.Id & $states.context.Execution.StartTime, 'SHA-256'), 0, 16)"
_EARLIER = (
    "$count($states.result.Executions["
    f"$toMillis(StartDate) < {_STARTED_MILLIS} or "
    f"($toMillis(StartDate) = {_STARTED_MILLIS} and ExecutionArn < $states.context.Execution.Id)])"
)
_TRAINED_BY_THIS_RUN = (
    f"$sort($states.result.SolutionVersions[$toMillis(CreationDateTime) >= {_STARTED_MILLIS}], "
    "function($l, $r) { $l.CreationDateTime < $r.CreationDateTime })[0].SolutionVersionArn"
)
_JUDGED = """[$map(%s, function($gate) {(
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
    """The ARNs of Amazon Personalize in the stack's account and region, up to the resource part."""
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


def definition(plan: Plan) -> dict[str, Any]:
    """Return the state machine in the Amazon States Language."""
    states = _end(plan)
    following = "MeasureSuccess"
    for step in (_batch(plan), _campaigns(plan), _comparison(plan), _training(plan), _imports(plan)):
        if step is not None:
            start, build = step
            states.update(build(following))
            following = start
    states.update(_beginning(plan, following))
    return {"QueryLanguage": "JSONata", "StartAt": "Begin", "States": states}


def _failed(step: str, next: str = "MeasureFailure", errors: Sequence[str] = tuple(asl.ALL)) -> dict[str, Any]:
    """Return a catcher that remembers what failed."""
    failure = {
        "step": step,
        "error": jsonata("$states.errorOutput.Error"),
        "cause": jsonata(
            f"$exists($states.errorOutput.Cause) ? $substring($states.errorOutput.Cause, 0, {_LONGEST_CAUSE}) : ''"
        ),
    }
    return {"ErrorEquals": list(errors), "Assign": {"failure": failure}, "Output": asl.INPUT, "Next": next}


def _tell(event: TrainingEvent, next: str, details: str = "{}", output: Any = asl.INPUT) -> State:
    """Return a state that puts an event on the event bus.

    `details` is a JSONata object with the details in addition to the run.
    """
    entry = {
        "Source": SOURCE,
        "DetailType": event.value,
        "Detail": jsonata(f"$string($merge([$about, {details}]))"),
        "Resources": [jsonata("$about.pipeline")],
    }
    return asl.tolerated("eventbridge", "PutEvents", {"Entries": [entry]}, next, output)


def _measure(plan: Plan, data: str, next: str) -> State:
    """Return a state that puts metrics. `data` is a JSONata object of values by name."""
    dimensions = json.dumps([{"Name": DIMENSION, "Value": plan.name}])
    each = f"{{'MetricName': $name, 'Value': $value, 'Dimensions': {dimensions}}}"
    measured = jsonata(f"[$each({data}, function($value, $name) {{ {each} }})]")
    return asl.tolerated("cloudwatch", "PutMetricData", {"Namespace": NAMESPACE, "MetricData": measured}, next)


def _beginning(plan: Plan, following: str) -> States:
    """Return the first states, which let only the earliest running execution continue."""
    about = {
        "pipeline": jsonata("$states.context.StateMachine.Id"),
        "execution": jsonata("$states.context.Execution.Id"),
        "startedBy": jsonata(f"$exists($states.input.{STARTED_BY}) ? $states.input.{STARTED_BY} : 'request'"),
    }
    seconds = jsonata(f"$exists($states.input.{WAIT_SECONDS}) ? $states.input.{WAIT_SECONDS} : {_LISTING_SECONDS}")
    machine = {"StateMachineArn": jsonata("$about.pipeline"), "StatusFilter": "RUNNING", "MaxResults": 1000}
    running = {"earlier": jsonata(_EARLIER)}
    # Unique permanently, because job names cannot be reused. Names of executions are unique for 90 days only.
    run = jsonata(f"'{plan.job_prefix}' & {_HASH}")
    unknown = {"version": "", "metrics": {}, "current": {}, "gates": [], "moves": [], "failure": {}}
    return {
        "Begin": asl.assign({**unknown, "run": run, "about": about, "earlier": 0}, "Settle"),
        "Settle": asl.wait(seconds, "ListRunning"),
        "ListRunning": asl.other(
            "sfn", "ListExecutions", machine, "IsFirst", assign=running, catch=[_failed("ListRunning")]
        ),
        "IsFirst": asl.choice("TellStarted", MeasureSkipped="$earlier > 0"),
        "TellStarted": _tell(TrainingEvent.STARTED, following),
    }


def _end(plan: Plan) -> States:
    """Return the states after the last step, one row for each outcome."""
    duration = f"'Duration': ($millis() - {_STARTED_MILLIS}) / 1000"
    version = "{'solutionVersionArn': $version}"
    gates = f"{{{_GATE_DETAILS}}}"
    return {
        "MeasureSuccess": _measure(plan, f"{{'RunsSucceeded': 1, {duration}}}", "TellSuccess"),
        "TellSuccess": _tell(
            TrainingEvent.SUCCEEDED, "Succeeded", f"$version = '' ? {{}} : {version}", _outcome("SUCCEEDED")
        ),
        "Succeeded": {"Type": "Succeed"},
        "MeasureSkipped": _measure(plan, "{'RunsSkipped': 1}", "TellSkipped"),
        "TellSkipped": _tell(TrainingEvent.SKIPPED, "Skipped", output=_outcome("SKIPPED")),
        "Skipped": {"Type": "Succeed"},
        "MeasureFailure": _measure(plan, f"{{'RunsFailed': 1, {duration}}}", "TellFailure"),
        "TellFailure": _tell(TrainingEvent.FAILED, "Failed", "$failure"),
        "Failed": asl.fail(jsonata("$failure.error"), jsonata("$failure.step & ': ' & $failure.cause")),
        **(
            {
                "MeasureGateFailed": _measure(plan, f"{{'RunsGateFailed': 1, {duration}}}", "TellGateFailed"),
                "TellGateFailed": _tell(TrainingEvent.GATE_FAILED, "Kept", gates, _outcome("GATE_FAILED")),
                "Kept": {"Type": "Succeed"},
            }
            if plan.gates
            else {}
        ),
    }


_GATE_DETAILS = "'solutionVersionArn': $version, 'gates': $gates"


def _outcome(word: str) -> Mapping[str, str]:
    """Return the output of an execution."""
    return {"Outcome": word, "SolutionVersionArn": jsonata("$version")}


def _imports(plan: Plan) -> Any:
    def build(following: str) -> States:
        branches = [_job(plan, job) for job in plan.imports]
        return {"Import": asl.parallel(branches, following, [_failed("Import")])}

    return ("Import", build) if plan.imports else None


def _batch(plan: Plan) -> Any:
    def build(following: str) -> States:
        branches = [_job(plan, job) for job in plan.batch_jobs]
        return {"Batch": asl.parallel(branches, following, [_failed("Batch")])}

    return ("Batch", build) if plan.batch_jobs else None


def _job(plan: Plan, job: JobStep) -> tuple[str, States]:
    """Return the states of a job: created, polled until it is done, told."""
    label, kind = job.label, job.kind.name
    name = f"$run & '-{label}'"
    arn = f"'{plan.arn_prefix}{job.kind.segment}/' & {name}"
    arn_member = service_model.arn_member(kind)
    member = f"$states.result.{kind}"
    status = {
        f"status{label}": jsonata(f"{member}.Status"),
        f"reason{label}": jsonata(f"$exists({member}.FailureReason) ? {member}.FailureReason : {member}.Status"),
    }
    # Its name belongs to this run alone: a job that exists was created by a call whose answer was lost.
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
        f"Tell{label}": _tell(job.event, f"Done{label}", f"{{{details}}}"),
        f"Done{label}": {"Type": "Succeed"},
        f"Fail{label}": asl.fail(f"{kind}Failed", jsonata(f"$reason{label}")),
    }


def _training(plan: Plan) -> Any:
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
                catch=[exists, _failed("Train")],
            ),
            "FindVersion": asl.personalize(
                "ListSolutionVersions",
                {"SolutionArn": plan.solution_arn, "MaxResults": 100},
                "WaitForTraining",
                assign={"version": jsonata(_TRAINED_BY_THIS_RUN)},
                catch=[_failed("Train")],
            ),
            "WaitForTraining": asl.wait(_TRAINING_POLL_SECONDS, "DescribeTraining"),
            "DescribeTraining": asl.personalize(
                "DescribeSolutionVersion",
                version,
                "CheckTraining",
                assign=status,
                catch=[_failed("Train", "StopTraining")],
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
                catch=[_failed("Train")],
            ),
            "MeasureVersion": _measure(plan, "$metrics", "TellTrained"),
            "TellTrained": _tell(
                TrainingEvent.TRAINED, following, "{'solutionVersionArn': $version, 'metrics': $metrics}"
            ),
        }

    return ("Train", build) if plan.solution_arn else None


def _comparison(plan: Plan) -> Any:
    """Return the step that compares offline metrics with gates and a baseline.

    The baseline is the version in service.
    """
    serving = "$states.result.Campaign.SolutionVersionArn"
    failed = [_failed("QualityGates")]

    def build(following: str) -> States:
        gates = json.dumps(list(plan.gates))
        compared: States = (
            {
                "DescribeServing": asl.personalize(
                    "DescribeCampaign",
                    {"CampaignArn": plan.campaign_arns[0]},
                    "GetServingMetrics",
                    assign={"serving": jsonata(serving)},
                    catch=failed,
                ),
                "GetServingMetrics": asl.personalize(
                    "GetSolutionMetrics",
                    {"SolutionVersionArn": jsonata("$serving")},
                    "Judge",
                    assign={"current": jsonata("$states.result.Metrics")},
                    catch=failed,
                ),
            }
            if plan.compares
            else {}
        )
        return {
            **compared,
            "Judge": asl.assign({"gates": jsonata(_JUDGED % gates)}, "HasQuality"),
            "HasQuality": asl.choice("TellGatePassed", MeasureGateFailed="$count($gates[passed = false]) > 0"),
            "TellGatePassed": _tell(TrainingEvent.GATE_PASSED, following, f"{{{_GATE_DETAILS}}}"),
        }

    if not plan.gates:
        return None
    return ("DescribeServing" if plan.compares else "Judge"), build


def _campaigns(plan: Plan) -> Any:
    """Return the step that updates the campaigns to the new version.

    If an update fails, all campaigns are updated to the previous version.
    """

    def build(following: str) -> States:
        items = [{"CampaignArn": arn} for arn in plan.campaign_arns]
        return {
            "RecordServing": asl.one_by_one(
                items,
                "DescribeServed",
                _served(),
                "MoveCampaigns",
                [_failed("UpdateCampaigns")],
                assign={"moves": jsonata("$states.result")},
            ),
            "MoveCampaigns": asl.one_by_one(
                jsonata("$moves"),
                "DescribeToMove",
                _move("Move", "$version", rolls_back=False),
                following,
                [_failed("UpdateCampaigns", "RollBackCampaigns")],
            ),
            "RollBackCampaigns": asl.one_by_one(
                jsonata("$moves"),
                "DescribeToRollBack",
                _move("RollBack", "$states.input.SolutionVersionArn", rolls_back=True),
                "MeasureFailure",
                [{"ErrorEquals": asl.ALL, "Output": asl.INPUT, "Next": "MeasureFailure"}],
            ),
        }

    return ("RecordServing", build) if plan.campaign_arns else None


def _served() -> States:
    """Return the states that answer which version a campaign serves."""
    state = asl.personalize(
        "DescribeCampaign", {"CampaignArn": jsonata("$states.input.CampaignArn")}, "Recorded", catch=[]
    )
    output = {
        "CampaignArn": jsonata("$states.input.CampaignArn"),
        "SolutionVersionArn": jsonata("$states.result.Campaign.SolutionVersionArn"),
    }
    return {"DescribeServed": {**state, "Output": output}, "Recorded": {"Type": "Succeed"}}


def _move(verb: str, target: str, *, rolls_back: bool) -> States:
    """Return the states that have a campaign serve another version.

    Its other values are read again before each attempt, because a deployment may change them at any time.
    """
    campaign = {"CampaignArn": jsonata("$states.input.CampaignArn")}
    found, update = "$states.result.Campaign", "$states.result.Campaign.LatestCampaignUpdate"
    busy = "$contains({0}, 'PENDING') or $contains({0}, 'PROGRESS')"
    before = {
        "serves": jsonata(f"{found}.SolutionVersionArn"),
        "throughput": jsonata(f"{found}.MinProvisionedTPS"),
        "config": jsonata(f"$exists({found}.CampaignConfig) ? {found}.CampaignConfig : {{}}"),
        "seen": jsonata(f"$exists({update}) ? {update}.CreationDateTime : ''"),
        "busy": jsonata(
            f"{busy.format(found + '.Status')} or ($exists({update}) ? {busy.format(update + '.Status')} : false)"
        ),
    }
    newer = f"$exists({update}) ? {update}.CreationDateTime != $seen : false"
    after = {
        "status": jsonata(f"({newer}) ? {update}.Status : 'PENDING'"),
        "reason": jsonata(f"$exists({update}.FailureReason) ? {update}.FailureReason : 'unknown'"),
    }
    desired = {
        **campaign,
        "SolutionVersionArn": jsonata(target),
        "MinProvisionedTPS": jsonata("$throughput"),
        "CampaignConfig": jsonata("$config"),
    }
    # One campaign that cannot be rolled back must not keep the others from it.
    skip = [{"ErrorEquals": asl.ALL, "Output": asl.INPUT, "Next": f"End{verb}"}] if rolls_back else []
    in_use = {"ErrorEquals": ["Personalize.ResourceInUseException"], "Output": asl.INPUT, "Next": f"PauseTo{verb}"}
    moved = "{'campaignArn': $states.input.CampaignArn, 'solutionVersionArn': $version, "
    moved += "'previousSolutionVersionArn': $states.input.SolutionVersionArn}"
    ended = f"End{verb}" if rolls_back else f"Tell{verb}"
    return {
        f"DescribeTo{verb}": asl.personalize("DescribeCampaign", campaign, f"CheckTo{verb}", assign=before, catch=skip),
        f"CheckTo{verb}": asl.choice(f"Update{verb}", **{f"PauseTo{verb}": "$busy", ended: f"$serves = {target}"}),
        f"PauseTo{verb}": asl.wait(_CAMPAIGN_POLL_SECONDS, f"DescribeTo{verb}"),
        f"Update{verb}": asl.personalize("UpdateCampaign", desired, f"WaitFor{verb}", catch=[in_use, *skip]),
        f"WaitFor{verb}": asl.wait(_CAMPAIGN_POLL_SECONDS, f"Describe{verb}"),
        f"Describe{verb}": asl.personalize("DescribeCampaign", campaign, f"Check{verb}", assign=after, catch=skip),
        f"Check{verb}": asl.choice(
            f"WaitFor{verb}",
            **{
                # What it serves now decides: a deployment may have updated it since.
                f"DescribeTo{verb}": "$status = 'ACTIVE'",
                f"End{verb}" if rolls_back else f"Fail{verb}": "$contains($status, 'FAILED')",
            },
        ),
        f"End{verb}": {"Type": "Succeed"},
        **(
            {}
            if rolls_back
            else {
                f"Tell{verb}": _tell(TrainingEvent.CAMPAIGN_UPDATED, f"End{verb}", moved),
                f"Fail{verb}": asl.fail("CampaignUpdateFailed", jsonata("$states.input.CampaignArn & ': ' & $reason")),
            }
        ),
    }
