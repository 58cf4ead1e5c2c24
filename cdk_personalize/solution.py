"""Solutions: a recipe and its training configuration on a dataset group."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from aws_cdk import Duration, IResource, RemovalPolicy, Resource
from cdk_personalize_handler import kinds
from typing_extensions import Protocol, runtime_checkable

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._group_members import (
    depend_on_data,
    domain_of,
    iam_resource_of_dataset_group,
    problems_of_dataset_group,
)
from cdk_personalize._imports import ImportedResource
from cdk_personalize._known_data import unknown_column, unknown_columns, warn_of_required_data
from cdk_personalize._metrics import TRAINING, ITrainingMetrics, TrainingMetrics
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._retention import warn_of_retention
from cdk_personalize._spelling import warn_of_hyper_parameters, warn_of_spelling
from cdk_personalize._synthesis import check_at_synthesis
from cdk_personalize._validation import Problem
from cdk_personalize.dataset_type import DatasetType, columns_as_api, problems_of_columns
from cdk_personalize.recipe import Recipe, known_recipes, recipe_arn, recipe_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk.interfaces.aws_personalize import IDatasetGroupRef, SolutionReference
    from constructs import Construct
    from typing_extensions import Unpack

    from cdk_personalize.dataset_group import IDatasetGroup
    from cdk_personalize.metric_options import JobMetricOptions

_CONFIG = "solutionConfig"
_RANGES = f"{_CONFIG}.hpoConfig.algorithmHyperParameterRanges"
_MOST_OFTEN, _LEAST_OFTEN = Duration.days(1), Duration.days(30)


@runtime_checkable
class ISolution(IResource, ICloudTrailEvents, ITrainingMetrics, Protocol):
    """A solution, defined in this app or imported."""

    @property
    def solution_arn(self) -> str:
        """The ARN of the solution."""

    @property
    def solution_name(self) -> str:
        """The name of the solution."""

    def metric(self, metric_name: str, **options: Unpack[JobMetricOptions]) -> cloudwatch.MathExpression:
        """Return a metric over all versions of this solution, as a Metrics Insights query."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EventParameters:
    """The weight of an event type in training.

    :param event_type: The event type, such as `Watch`, at most 256 characters.
    :param value_threshold: The minimum EVENT_VALUE of events to train on. Default: no minimum.
    :param weight: The weight, from 0 to 1. Default: the default of Amazon Personalize.
    """

    event_type: str
    value_threshold: float | None = None
    weight: float | None = None

    def _render(self) -> dict[str, Any]:
        """Convert this object to members of the API."""
        values = {"eventType": self.event_type, "eventValueThreshold": self.value_threshold, "weight": self.weight}
        return {name: value for name, value in values.items() if value is not None}


class ObjectiveSensitivity(Enum):
    """The weight of the optimization objective against relevance."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    OFF = "OFF"


@dataclass(frozen=True, kw_only=True, slots=True)
class OptimizationObjective:
    """An additional objective of recommendations besides relevance, such as revenue.

    :param item_attribute: The numerical item column to maximize, 1 to 150 characters.
    :param sensitivity: The weight of the objective. Default: the default of Amazon Personalize.
    """

    item_attribute: str
    sensitivity: ObjectiveSensitivity | None = None

    def _problems(self, prop: str) -> list[Problem]:
        """Return the problems of the values of this object."""
        return _validation.wrong_choice(f"{prop}.sensitivity", self.sensitivity, ObjectiveSensitivity)

    def _render(self) -> dict[str, Any]:
        """Convert this object to members of the API."""
        return _validation.given(itemAttribute=self.item_attribute, objectiveSensitivity=_enum_value(self.sensitivity))


@dataclass(frozen=True, kw_only=True, slots=True)
class HpoConfig:
    """The configuration of hyperparameter optimization (HPO).

    :param max_training_jobs: The maximum number of trainings. Default: the default of Amazon Personalize.
    :param max_parallel_training_jobs: The maximum number of parallel trainings. Default: the default of Amazon
        Personalize.
    :param integer_ranges: The minimum and maximum integer to try, by hyperparameter. Default: the ranges of the recipe.
    :param continuous_ranges: The minimum and maximum number to try, by hyperparameter. Default: the ranges of the
        recipe.
    :param categorical_ranges: The values to try, by hyperparameter. Default: the ranges of the recipe.
    :param objective_type: `Maximize` or `Minimize`. Default: the default of the recipe.
    :param metric_name: The metric to optimize. Default: the default of the recipe.
    :param metric_regex: The regular expression that finds the metric in the training log. Default: the default of the
        recipe.
    """

    max_training_jobs: int | None = None
    max_parallel_training_jobs: int | None = None
    integer_ranges: Mapping[str, tuple[int, int]] | None = None
    continuous_ranges: Mapping[str, tuple[float, float]] | None = None
    categorical_ranges: Mapping[str, Sequence[str]] | None = None
    objective_type: str | None = None
    metric_name: str | None = None
    metric_regex: str | None = None

    def _problems(self, prop: str) -> list[Problem]:
        """Return the problems of the values of this object."""
        numbers = (
            ("max_training_jobs", self.max_training_jobs),
            ("max_parallel_training_jobs", self.max_parallel_training_jobs),
        )
        problems = [
            Problem(f"{prop}.{name}", "must be a whole number of at least 1", value)
            for name, value in numbers
            if value is not None and (not _is_integer(value) or value < 1)
        ]
        ranges = (("integer_ranges", self.integer_ranges), ("continuous_ranges", self.continuous_ranges))
        for name, by_parameter in ranges:
            problems += _validation.wrong_type(f"{prop}.{name}", by_parameter, dict, "a dict of ranges")
            for parameter, bounds in by_parameter.items() if isinstance(by_parameter, dict) else ():
                problems += _problems_of_range(f"{prop}.{name}.{parameter}", bounds)
        where = f"{prop}.categorical_ranges"
        return [*problems, *_validation.wrong_type(where, self.categorical_ranges, dict, "a dict of lists")]

    def _render(self) -> dict[str, Any]:
        """Return the configuration in the form of the API, with job counts as strings."""
        resources = {
            "maxNumberOfTrainingJobs": self.max_training_jobs,
            "maxParallelTrainingJobs": self.max_parallel_training_jobs,
        }
        objective = _validation.given(
            type=self.objective_type, metricName=self.metric_name, metricRegex=self.metric_regex
        )
        ranges = _validation.given(
            integerHyperParameterRanges=_ranges(self.integer_ranges),
            continuousHyperParameterRanges=_ranges(self.continuous_ranges),
            categoricalHyperParameterRanges=None
            if self.categorical_ranges is None
            else [{"name": name, "values": list(words)} for name, words in self.categorical_ranges.items()],
        )
        jobs = {name: _validation.as_text(value) for name, value in resources.items() if value is not None}
        parts = {"hpoObjective": objective, "hpoResourceConfig": jobs, "algorithmHyperParameterRanges": ranges}
        return {name: value for name, value in parts.items() if value != {}}


@dataclass(frozen=True, kw_only=True, slots=True)
class AutoMlConfig:
    """The configuration of automatic recipe selection (AutoML).

    :param recipes: The recipes to try. Default: the default of Amazon Personalize.
    :param metric_name: The metric that selects the recipe, at most 256 characters. Default: the default of Amazon
        Personalize.
    """

    recipes: Sequence[Recipe] | None = None
    metric_name: str | None = None

    def _problems(self, prop: str) -> list[Problem]:
        """Return the problems of the values of this object."""
        if self.recipes is not None and not isinstance(self.recipes, (list, tuple)):
            return [Problem(f"{prop}.recipes", "must be a list of Recipe objects", self.recipes, certain=True)]
        recipes = self.recipes if self.recipes is not None else ()
        return [
            Problem(f"{prop}.recipes", "must be Recipe objects", each, certain=True)
            for each in recipes
            if not isinstance(each, Recipe)
        ]

    def _render(self, scope: Construct) -> dict[str, Any]:
        """Convert this object to members of the API.

        ARNs have the partition of the stack.
        """
        recipes = None if self.recipes is None else [recipe_arn(scope, each) for each in self.recipes]
        return _validation.given(metricName=self.metric_name, recipeList=recipes)


class _SolutionBase(CloudTrailEvents, TrainingMetrics, Resource):
    """Base class of defined and imported solutions."""

    _kind = kinds.KINDS["Solution"]

    solution_arn: str
    solution_name: str

    @property
    def solution_ref(self) -> SolutionReference:
        """The CDK reference of a solution, accepted by generated (L1) constructs."""
        ref: SolutionReference = reference("Solution", solution_arn=self.solution_arn)
        return ref

    def metric(self, metric_name: str, **options: Unpack[JobMetricOptions]) -> cloudwatch.MathExpression:
        """Return a metric over all versions of this solution, as a Metrics Insights query.

        The query includes future versions. CloudWatch limits it to two weeks of data in graphs, and to three hours in
        alarms.

        :param metric_name: The name of the metric in the namespace AWS/Personalize.
        :param options: The options of the metric. Default: the average
            over 5 minutes.

        https://docs.aws.amazon.com/personalize/latest/dg/cloudwatch-metrics.html
        """
        averaged: JobMetricOptions = {"statistic": "Average", **options}
        return TRAINING.over_all(metric_name, {"SolutionArn": self.solution_arn}, **averaged)

    def _of_trainings(self, metric_name: str, options: JobMetricOptions) -> cloudwatch.MathExpression:
        return self.metric(metric_name, **options)


@implements_reference("Solution")
class Solution(TaggableResource, _SolutionBase):
    """A solution: a recipe and its training configuration on a dataset group.

    By default, Amazon Personalize trains a version soon after the solution is created, then one per week; each training
    is billed. The versions are deleted with the solution.

    https://docs.aws.amazon.com/personalize/latest/dg/customizing-solution-config.html
    """

    _props: Mapping[str, str] = {
        f"{_CONFIG}.eventsConfig.eventParametersList": "events",
        f"{_CONFIG}.hpoConfig.hpoObjective": "hpo_config",
        f"{_CONFIG}.hpoConfig.hpoObjective.type": "hpo_config.objective_type",
        f"{_RANGES}.integerHyperParameterRanges": "hpo_config.integer_ranges",
        f"{_RANGES}.continuousHyperParameterRanges": "hpo_config.continuous_ranges",
        f"{_RANGES}.categoricalHyperParameterRanges": "hpo_config.categorical_ranges",
        f"{_CONFIG}.autoMLConfig.recipeList": "auto_ml_config.recipes",
        f"{_CONFIG}.optimizationObjective.objectiveSensitivity": "optimization_objective.sensitivity",
        f"{_CONFIG}.trainingDataConfig.excludedDatasetColumns": "excluded_columns",
        f"{_CONFIG}.trainingDataConfig.includedDatasetColumns": "included_columns",
        f"{_CONFIG}.autoTrainingConfig.schedulingExpression": "auto_training_frequency",
    }

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset_group: IDatasetGroup | IDatasetGroupRef,
        recipe: Recipe | None = None,
        solution_name: str | None = None,
        perform_hpo: bool | None = None,
        perform_auto_ml: bool | None = None,
        perform_auto_training: bool | None = None,
        perform_incremental_update: bool | None = None,
        event_type: str | None = None,
        event_value_threshold: float | None = None,
        events: Sequence[EventParameters] | None = None,
        algorithm_hyper_parameters: Mapping[str, str | float | bool] | None = None,
        feature_transformation_parameters: Mapping[str, str | float | bool] | None = None,
        hpo_config: HpoConfig | None = None,
        auto_ml_config: AutoMlConfig | None = None,
        optimization_objective: OptimizationObjective | None = None,
        excluded_columns: Mapping[DatasetType, Sequence[str]] | None = None,
        included_columns: Mapping[DatasetType, Sequence[str]] | None = None,
        auto_training_frequency: Duration | None = None,
        adopt: bool | None = None,
        timeout: Duration | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
    ) -> None:
        """Create a solution.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param dataset_group: The dataset group: a construct, an import, or a `CfnDatasetGroup`. A change replaces the
            solution.
        :param recipe: The recipe. Default: none, which requires `perform_auto_ml`. A change replaces the solution.
        :param solution_name: The name: 1 to 63 letters, digits, hyphens or underscores, starting with a letter or a
            digit. Default: a unique name is generated. A change replaces the solution.
        :param perform_hpo: Whether training optimizes the hyperparameters (HPO), which takes longer and costs more.
            Default: false. A change replaces the solution.
        :param perform_auto_ml: Whether Amazon Personalize selects the recipe (AutoML). AWS recommends against it.
            Default: false. A change replaces the solution.
        :param perform_auto_training: Whether Amazon Personalize trains new versions automatically; each training is
            billed. Default: true, every 7 days. Updated in place.
        :param perform_incremental_update: Whether trained versions include new items between trainings, for the
            Semantic-Similarity recipe. Default: false. Updated in place.
        :param event_type: The only event type to train on, at most 256 characters. Specify this or `events`. Default:
            all event types. A change replaces the solution.
        :param event_value_threshold: The minimum EVENT_VALUE of events to train on, as text of at most 256 characters.
            Default: no minimum. A change replaces the solution.
        :param events: The weights of event types, at most 10 types. Default: equal weights. Updated in place.
        :param algorithm_hyper_parameters: The hyperparameters of the recipe, at most 100. Default: the default of the
            recipe. A change replaces the solution.
        :param feature_transformation_parameters: The feature transformation parameters of the recipe, at most 100.
            Default: the default of the recipe. A change replaces the solution.
        :param hpo_config: The configuration of HPO; requires `perform_hpo`. Default: the default of the recipe. A
            change replaces the solution.
        :param auto_ml_config: The configuration of AutoML; requires `perform_auto_ml`. Default: the default of Amazon
            Personalize. A change replaces the solution.
        :param optimization_objective: An additional objective besides relevance. Default: none. A change replaces the
            solution.
        :param excluded_columns: The columns to exclude from training, by dataset type: at most 3 types with at most 50
            columns each. Default: none. A change replaces the solution.
        :param included_columns: The only columns to train on, by dataset type: at most 3 types with at most 50 columns
            each. Default: all. A change replaces the solution.
        :param auto_training_frequency: The interval of automatic trainings, in whole days from 1 to 30. Default: 7
            days. Updated in place.
        :param adopt: Whether to adopt an existing solution of that name when the construct is first deployed. The
            solution is updated in place to the declared configuration; properties that are not declared keep their
            values, and a different create-only property fails the deployment. The stack then owns the solution and
            deletes it like one that it created; a rollback of the adoption releases it. If there is no such solution,
            it is created. Default: false. Updated in place; a later change has no effect.
        :param timeout: The maximum time that a deployment waits for the solution, not for its trainings, from 1 minute
            to 48 hours. After that time, the deployment fails. Each 55 minutes beyond the first 55 add a custom
            resource to the stack, which continues the wait. Default: 30 minutes.
        :param removal_policy: The removal policy of the solution and its versions when it is deleted from the stack or
            replaced: RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY. Default: DESTROY. Updated in place.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        problems = [
            *problems_of_dataset_group(scope, dataset_group),
            *_validation.wrong_type("recipe", recipe, Recipe, "a Recipe such as Recipe.SIMILAR_ITEMS"),
            *_validation.wrong_choice("removal_policy", removal_policy, RemovalPolicy),
            *_problems_of_combinations(
                recipe, perform_hpo, perform_auto_ml, hpo_config, auto_ml_config, event_type, events
            ),
            *_problems_of_recipe(dataset_group, recipe, perform_incremental_update),
            *_problems_of_events(events),
            *problems_of_columns("excluded_columns", excluded_columns),
            *problems_of_columns("included_columns", included_columns),
            *_problems_of_frequency(auto_training_frequency, perform_auto_training),
        ]
        config: dict[str, Any] = {
            "algorithmHyperParameters": _parameters(algorithm_hyper_parameters),
            "featureTransformationParameters": _parameters(feature_transformation_parameters),
        }
        if event_value_threshold is not None:
            wrong = _validation.not_a_number("event_value_threshold", event_value_threshold)
            config["eventValueThreshold"] = None if wrong else _validation.as_text(event_value_threshold)
            problems += wrong
        if isinstance(events, (list, tuple)):
            rendered = [each._render() for each in events if isinstance(each, EventParameters)]
            config["eventsConfig"] = {"eventParametersList": rendered}
        objects: tuple[tuple[str, str, Any, type, str], ...] = (
            ("hpo_config", "hpoConfig", hpo_config, HpoConfig, "an HpoConfig"),
            ("auto_ml_config", "autoMLConfig", auto_ml_config, AutoMlConfig, "an AutoMlConfig"),
            (
                "optimization_objective",
                "optimizationObjective",
                optimization_objective,
                OptimizationObjective,
                "an OptimizationObjective",
            ),
        )
        for prop, member, value, expected, called in objects:
            wrong = _validation.wrong_type(prop, value, expected, called)
            if value is not None and not wrong:
                wrong = value._problems(prop)
                if not wrong:
                    config[member] = value._render(scope) if isinstance(value, AutoMlConfig) else value._render()
            problems += wrong
        columns = _validation.given(
            excludedDatasetColumns=columns_as_api(excluded_columns),
            includedDatasetColumns=columns_as_api(included_columns),
        )
        config["trainingDataConfig"] = None if columns == {} else columns
        if isinstance(auto_training_frequency, Duration):
            config["autoTrainingConfig"] = {"schedulingExpression": _rate(auto_training_frequency)}
        config = _validation.given(**config)
        super().__init__(
            scope,
            id,
            kind="Solution",
            request={
                "datasetGroupArn": arn_of("DatasetGroup", dataset_group),
                "recipeArn": recipe_arn(scope, recipe) if isinstance(recipe, Recipe) else None,
                "performHPO": perform_hpo,
                "performAutoML": perform_auto_ml,
                "performAutoTraining": perform_auto_training,
                "performIncrementalUpdate": perform_incremental_update,
                "eventType": event_type,
                "solutionConfig": None if config == {} else config,
            },
            name=solution_name,
            adopt=adopt,
            timeout=timeout,
            problems=problems,
            parents=[iam_resource_of_dataset_group(dataset_group)],
        )
        depend_on_data(dataset_group, self)
        self._group = dataset_group
        warn_of_hyper_parameters(self, algorithm_hyper_parameters, feature_transformation_parameters)
        if recipe is not None:
            warn_of_spelling(self, "recipe", recipe_name(recipe.arn), known_recipes())
            warn_of_required_data(self, dataset_group, recipe.capabilities)
        self._check_against_data(excluded_columns, included_columns, optimization_objective)
        warn_of_retention(self, dataset_group=dataset_group)
        self.recipe = recipe
        """The recipe of the solution. None if Amazon Personalize selects it."""
        self.apply_removal_policy(removal_policy)
        self.solution_arn = self._arn_attribute("solution")
        """The ARN of the solution. Resources that use the ARN are deployed after the solution is ACTIVE, which does not
        include training.
        """
        self.solution_name = self._name_attribute()
        """The name of the solution, specified or generated."""

    def _check_against_data(self, excluded: Any, included: Any, objective: Any) -> None:
        """Report columns at synthesis that the datasets of this app do not have."""
        if excluded is not None or included is not None or objective is not None:
            check_at_synthesis(
                self,
                lambda: [
                    *unknown_columns("excluded_columns", self._group, excluded),
                    *unknown_columns("included_columns", self._group, included),
                    *_unknown_attribute(self._group, objective),
                ],
            )

    @staticmethod
    def from_solution_arn(scope: Construct, id: str, solution_arn: str) -> ISolution:
        """Import a solution.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param solution_arn: The ARN of the solution. It may be in another region or account.
        :raises ValidationError: If the value is not the ARN of a solution.
        """
        return _ImportedSolution.from_arn(scope, id, solution_arn)

    @staticmethod
    def from_solution_name(scope: Construct, id: str, solution_name: str) -> ISolution:
        """Import a solution in the account and region of the stack.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param solution_name: The name of the solution.
        :raises ValidationError: If the value is not a valid name.
        """
        return _ImportedSolution.from_name(scope, id, solution_name)


@implements_reference("Solution")
class _ImportedSolution(ImportedResource, _SolutionBase):
    """An imported solution."""


def _unknown_attribute(group: Any, objective: Any) -> list[Problem]:
    if not isinstance(objective, OptimizationObjective):
        return []
    return unknown_column("optimization_objective.item_attribute", group, DatasetType.ITEMS, objective.item_attribute)


def problems_of_solution(scope: Construct, solution: Any) -> list[Problem]:
    """Return the problems of the prop `solution`: its type, account and region."""
    if arn_of("Solution", solution) is None:
        remedy = "import it with Solution.from_solution_arn(...)"
        return [Problem("solution", "must be a solution", solution, remedy, certain=True)]
    return _validation.other_environment(scope, "solution", solution)


def iam_resources_of_solution(solution: Any) -> list[str]:
    """Return the IAM resources of a solution and its versions."""
    return iam_resources_of_name(getattr(solution, "solution_name", getattr(solution, "name", None)))


def iam_resources_of_name(name: Any) -> list[str]:
    """Return the IAM resources of the solution with a name, and of its versions.

    They cover all solutions if the name is not known at synthesis.
    """
    known = isinstance(name, str) and _validation.is_known(name)
    return [f"solution/{name}", f"solution/{name}/*"] if known else ["solution/*"]


def _enum_value(choice: Any) -> Any:
    return choice.value if isinstance(choice, Enum) else choice


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _ranges(by_parameter: Mapping[str, tuple[float, float]] | None) -> list[dict[str, Any]] | None:
    if by_parameter is None:
        return None
    return [{"name": name, "minValue": low, "maxValue": high} for name, (low, high) in by_parameter.items()]


def _problems_of_range(prop: str, bounds: Any) -> list[Problem]:
    pair = ("least", "most")
    if not isinstance(bounds, (list, tuple)) or len(bounds) != len(pair):
        return [Problem(prop, "must be a pair of the minimum and the maximum", bounds)]
    low, high = bounds
    if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low > high:
        return [Problem(prop, "must start with the minimum", bounds)]
    return []


def _parameters(parameters: Any) -> Any:
    """Convert parameters to members of the API, with numbers and booleans as strings.

    The service model checks values of other types.
    """
    if not isinstance(parameters, dict):
        return parameters
    return {name: _as_text(value) for name, value in parameters.items()}


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return _validation.as_text(value) if isinstance(value, (int, float)) else value


def _problems_of_events(events: Any) -> list[Problem]:
    if events is None:
        return []
    if not isinstance(events, (list, tuple)):
        return [Problem("events", "must be a list of EventParameters objects", events, certain=True)]
    wrong = [each for each in events if not isinstance(each, EventParameters)]
    return [Problem("events", "must be EventParameters objects", each, certain=True) for each in wrong]


def _problems_of_combinations(
    recipe: Any, hpo: Any, auto_ml: Any, hpo_config: Any, auto_ml_config: Any, event_type: Any, events: Any
) -> list[Problem]:
    """Return the props that cannot be combined or require another prop."""
    problems = []
    if recipe is None and auto_ml in (None, False):
        problems.append(Problem("recipe", "is required without perform_auto_ml", None, certain=True))
    if recipe is not None and auto_ml is True:
        problems.append(Problem("recipe", "must not be combined with perform_auto_ml", recipe, certain=True))
    if isinstance(hpo_config, HpoConfig) and hpo in (None, False):
        problems.append(Problem("hpo_config", "requires perform_hpo", None, certain=True))
    if isinstance(auto_ml_config, AutoMlConfig) and auto_ml in (None, False):
        problems.append(Problem("auto_ml_config", "requires perform_auto_ml", None, certain=True))
    if event_type is not None and events is not None:
        problems.append(Problem("events", "must not be combined with event_type", None, certain=True))
    return problems


def _problems_of_recipe(group: Any, recipe: Any, incremental: Any) -> list[Problem]:
    """Return the props that the recipe does not support. Empty if it is unknown."""
    if not isinstance(recipe, Recipe) or recipe.capabilities is None:
        return []
    problems = []
    domain = domain_of(group)
    if domain is not None and recipe.capabilities.actions:
        rule = "must not recommend actions in a dataset group with a domain"
        problems.append(Problem("recipe", rule, domain, certain=True))
    if incremental is True and recipe != Recipe.SEMANTIC_SIMILARITY:
        rule = "requires the Semantic-Similarity recipe"
        problems.append(Problem("perform_incremental_update", rule, recipe_name(recipe.arn), certain=True))
    return problems


def _problems_of_frequency(frequency: Any, auto_training: Any) -> list[Problem]:
    prop = "auto_training_frequency"
    problems = _validation.days_out_of_range(prop, frequency, _MOST_OFTEN, _LEAST_OFTEN)
    if frequency is not None and auto_training is False:
        problems.append(Problem(prop, "requires perform_auto_training", None, certain=True))
    return problems


def _rate(frequency: Duration) -> str:
    """Convert a number of days to a rate expression, such as `rate(7 days)`."""
    if frequency.is_unresolved():
        return f"rate({_validation.as_text(frequency.to_days())} days)"
    days = round(frequency.to_days(integral=False))
    return "rate(1 day)" if days == 1 else f"rate({days} days)"
