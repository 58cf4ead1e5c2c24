"""Validation of the props of a training pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from aws_cdk import Duration
from aws_cdk import aws_scheduler as scheduler

from cdk_personalize import _validation
from cdk_personalize._resource import arn_of
from cdk_personalize._validation import Problem
from cdk_personalize.batch_inference_job import problems_of_inference
from cdk_personalize.batch_segment_job import problems_of_segments
from cdk_personalize.campaign import Campaign
from cdk_personalize.quality_gate import problems_of_gates
from cdk_personalize.recipe import capabilities_of, recipe_name
from cdk_personalize.solution import problems_of_solution
from cdk_personalize.solution_version import TrainingMode
from cdk_personalize.training_jobs import BatchInference, BatchSegment, DatasetUpdate

if TYPE_CHECKING:
    from constructs import Construct

    from cdk_personalize.s3_location import S3Location

_Step: TypeAlias = DatasetUpdate | BatchInference | BatchSegment

_RECIPES_WITH_UPDATE_MODE = ("aws-user-personalization", "aws-hrnn-coldstart")


def is_in_bucket(source: S3Location, bucket: Any) -> bool:
    """Return whether the source of an import is in a bucket."""
    return bool(source.bucket.bucket_name == bucket.bucket_name)


def problems_of_steps(
    scope: Construct, solution: Any, imports: Any, training_mode: Any, batch_jobs: Any
) -> list[Problem]:
    """Return the problems of imports, training and batch jobs."""
    problems = [
        *([] if solution is None else problems_of_solution(scope, solution)),
        *_validation.wrong_choice("training_mode", training_mode, TrainingMode),
        *_problems_of_each(scope, "imports", imports, (DatasetUpdate,), "a DatasetUpdate"),
        *_problems_of_each(
            scope, "batch_jobs", batch_jobs, (BatchInference, BatchSegment), "a BatchInference or a BatchSegment"
        ),
    ]
    if solution is None and not imports:
        problems.append(Problem("solution", "or imports is required", None, certain=True))
    if solution is None and (batch_jobs or training_mode is not None):
        problems.append(Problem("solution", "is required by batch_jobs and training_mode", None, certain=True))
    recipe = getattr(solution, "recipe", None)
    if (
        training_mode is TrainingMode.UPDATE
        and recipe is not None
        and recipe_name(recipe.arn) not in _RECIPES_WITH_UPDATE_MODE
    ):
        rule = f"must be FULL unless the recipe is one of {', '.join(_RECIPES_WITH_UPDATE_MODE)}"
        problems.append(Problem("training_mode", rule, training_mode.value, certain=True))
    return problems or _problems_of_recipe(scope, solution, batch_jobs)


def _problems_of_recipe(scope: Construct, solution: Any, batch_jobs: Sequence[Any]) -> list[Problem]:
    """Return the batch jobs that the recipe of the solution or the region cannot run."""
    problems: list[Problem] = []
    for number, each in enumerate(batch_jobs):
        found = (
            problems_of_inference(scope, solution, each.item_exploration, each.theme_generation)
            if isinstance(each, BatchInference)
            else problems_of_segments(solution)
        )
        prop = f"batch_jobs[{number}]"
        problems += [replace(problem, prop=_prop_of_job(prop, problem.prop)) for problem in found]
    return problems


def _prop_of_job(job: str, prop: str) -> str:
    return job if prop == "solution_version" else f"{job}.{prop}"


def _problems_of_each(
    scope: Construct, prop: str, given: Any, types: tuple[type[_Step], ...], called: str
) -> list[Problem]:
    if not isinstance(given, Sequence):
        return [Problem(prop, f"must be a list, each entry {called}", given, certain=True)]
    problems: list[Problem] = []
    for number, each in enumerate(given):
        name = f"{prop}[{number}]"
        if isinstance(each, types):
            problems += each.problems(scope, name)
        else:
            problems.append(Problem(name, f"must be {called}", each, certain=True))
    return problems


def problems_of_serving(solution: Any, gates: Any, campaigns: Any) -> list[Problem]:
    """Return the problems of quality gates and campaigns."""
    if not isinstance(campaigns, Sequence):
        return [Problem("campaigns", "must be a list of campaigns", campaigns, certain=True)]
    problems = problems_of_gates(gates, capabilities_of(solution), prop="quality_gates", relative=bool(campaigns))
    if solution is None and (gates or campaigns):
        problems.append(Problem("solution", "is required by quality_gates and campaigns", None, certain=True))
    for number, each in enumerate(campaigns):
        prop = f"campaigns[{number}]"
        if arn_of("Campaign", each) is None:
            remedy = "import it with Campaign.from_campaign_arn(...)"
            problems.append(Problem(prop, "must be a campaign", each, remedy, certain=True))
        elif isinstance(each, Campaign) and each._syncs:
            remedy = "create it with sync_with_latest_solution_version=False, or with solution_version"
            rule = "must not sync with the latest solution version, which the pipeline may not have accepted yet"
            problems.append(Problem(prop, rule, each.node.path, remedy, certain=True))
        elif isinstance(each, Campaign) and each._active is False:
            remedy = "omit it from campaigns while it is inactive"
            problems.append(
                Problem(prop, "must be active, because each run updates it", each.node.path, remedy, certain=True)
            )
    return problems


def problems_of_start(imports: Any, schedule: Any, window: Any, bucket: Any, delay: Any) -> list[Problem]:
    """Return the problems of the schedule and of the start after uploads."""
    shortest, longest = Duration.minutes(1), Duration.hours(24)
    problems = [
        *_validation.wrong_type("schedule", schedule, scheduler.ScheduleExpression, "a ScheduleExpression"),
        *_validation.duration_out_of_range("schedule_window", window, shortest, longest),
        *_validation.duration_out_of_range("upload_delay", delay, shortest, longest),
        *_validation.wrong_object("on_upload", bucket, "bucket_name", "a bucket"),
    ]
    if window is not None and schedule is None:
        problems.append(Problem("schedule_window", "requires schedule", None, certain=True))
    sources = [each.source for each in imports if isinstance(each, DatasetUpdate)] if bucket is not None else []
    if not problems and bucket is not None and not any(is_in_bucket(each, bucket) for each in sources):
        problems.append(Problem("on_upload", "must be the bucket of a source in imports", bucket, certain=True))
    return problems
