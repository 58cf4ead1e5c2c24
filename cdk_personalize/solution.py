"""Solutions: a recipe with its settings, on the data of a dataset group."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Resource, Stack
from cdk_personalize_handler import kinds

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._known_data import unknown_column, unknown_columns, warn_of_required_data
from cdk_personalize._metrics import TRAINING, TrainingMetrics
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._retention import warn_of_retention
from cdk_personalize._spelling import warn_of_hyper_parameters, warn_of_spelling
from cdk_personalize._synthesis import check_at_synthesis
from cdk_personalize._validation import Problem
from cdk_personalize.dataset_group import comes_after_data, domain_of, part_of_dataset_group, problems_of_dataset_group
from cdk_personalize.dataset_type import DatasetType, columns_as_api, problems_of_columns
from cdk_personalize.recipe import Recipe, known_recipes, recipe_arn, recipe_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk.interfaces.aws_personalize import IDatasetGroupRef, SolutionReference
    from constructs import Construct

    from cdk_personalize.dataset_group import IDatasetGroup

_ARN_PATH = "solution/<name>"
_CONFIG = "solutionConfig"
_RANGES = f"{_CONFIG}.hpoConfig.algorithmHyperParameterRanges"
_PROPS = {
    "name": "solution_name",
    "datasetGroupArn": "dataset_group",
    "recipeArn": "recipe",
    "performAutoML": "perform_auto_ml",
    f"{_CONFIG}.eventValueThreshold": "event_value_threshold",
    f"{_CONFIG}.eventsConfig.eventParametersList": "events",
    f"{_CONFIG}.algorithmHyperParameters": "algorithm_hyper_parameters",
    f"{_CONFIG}.featureTransformationParameters": "feature_transformation_parameters",
    f"{_CONFIG}.hpoConfig": "hpo_config",
    f"{_CONFIG}.hpoConfig.hpoObjective": "hpo_config",
    f"{_CONFIG}.hpoConfig.hpoObjective.type": "hpo_config.objective_type",
    f"{_RANGES}.integerHyperParameterRanges": "hpo_config.integer_ranges",
    f"{_RANGES}.continuousHyperParameterRanges": "hpo_config.continuous_ranges",
    f"{_RANGES}.categoricalHyperParameterRanges": "hpo_config.categorical_ranges",
    f"{_CONFIG}.autoMLConfig": "auto_ml_config",
    f"{_CONFIG}.autoMLConfig.recipeList": "auto_ml_config.recipes",
    f"{_CONFIG}.optimizationObjective": "optimization_objective",
    f"{_CONFIG}.optimizationObjective.objectiveSensitivity": "optimization_objective.sensitivity",
    f"{_CONFIG}.trainingDataConfig.excludedDatasetColumns": "excluded_columns",
    f"{_CONFIG}.trainingDataConfig.includedDatasetColumns": "included_columns",
    f"{_CONFIG}.autoTrainingConfig.schedulingExpression": "auto_training_frequency",
}
_MOST_OFTEN, _LEAST_OFTEN = Duration.days(1), Duration.days(30)


@runtime_checkable
class ISolution(ICloudTrailEvents, Protocol):
    """A solution, owned by this app or not."""

    @property
    def solution_arn(self) -> str:
        """The ARN."""

    @property
    def solution_name(self) -> str:
        """The name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EventParameters:
    """How a type of events counts in trainings.

    :param event_type: The type, such as `Watch`, at most 256 characters.
    :param value_threshold: The least EVENT_VALUE of events that count. Default: all count.
    :param weight: How much they count, from 0 to 1. Default: Amazon Personalize's.
    """

    event_type: str
    value_threshold: float | None = None
    weight: float | None = None

    def render(self) -> dict[str, Any]:
        """Return the API's form."""
        values = {"eventType": self.event_type, "eventValueThreshold": self.value_threshold, "weight": self.weight}
        return {name: value for name, value in values.items() if value is not None}


class ObjectiveSensitivity(Enum):
    """How much a training minds its further objective, beside relevance."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    OFF = "OFF"


@dataclass(frozen=True, kw_only=True, slots=True)
class OptimizationObjective:
    """A further objective of recommendations, beside relevance, such as revenue.

    :param item_attribute: The numerical column of the items to have much of, 1 to 150 characters.
    :param sensitivity: How much it counts. Default: Amazon Personalize's.
    """

    item_attribute: str
    sensitivity: ObjectiveSensitivity | None = None

    def problems(self, prop: str) -> list[Problem]:
        """Return what is wrong."""
        return _validation.wrong_choice(f"{prop}.sensitivity", self.sensitivity, ObjectiveSensitivity)

    def render(self) -> dict[str, Any]:
        """Return the API's form."""
        return _validation.given(itemAttribute=self.item_attribute, objectiveSensitivity=_word(self.sensitivity))


@dataclass(frozen=True, kw_only=True, slots=True)
class HpoConfig:
    """How to look for the best hyperparameters.

    :param max_training_jobs: How many trainings to try at most. Default: Amazon Personalize's.
    :param max_parallel_training_jobs: How many of them at a time. Default: Amazon Personalize's.
    :param integer_ranges: Whole numbers to try, least and most, by hyperparameter. Default: those of the recipe.
    :param continuous_ranges: Numbers to try, least and most, by hyperparameter. Default: those of the recipe.
    :param categorical_ranges: Words to try, by hyperparameter. Default: those of the recipe.
    :param objective_type: Whether the metric is to be `Maximize`d or `Minimize`d. Default: the recipe's.
    :param metric_name: The metric that decides. Default: the recipe's.
    :param metric_regex: How the metric is found in the log of a training. Default: the recipe's.
    """

    max_training_jobs: int | None = None
    max_parallel_training_jobs: int | None = None
    integer_ranges: Mapping[str, tuple[int, int]] | None = None
    continuous_ranges: Mapping[str, tuple[float, float]] | None = None
    categorical_ranges: Mapping[str, Sequence[str]] | None = None
    objective_type: str | None = None
    metric_name: str | None = None
    metric_regex: str | None = None

    def problems(self, prop: str) -> list[Problem]:
        """Return what is wrong."""
        numbers = (
            ("max_training_jobs", self.max_training_jobs),
            ("max_parallel_training_jobs", self.max_parallel_training_jobs),
        )
        problems = [
            Problem(f"{prop}.{name}", "must be a whole number of at least 1", value)
            for name, value in numbers
            if value is not None and (not _is_whole(value) or value < 1)
        ]
        ranges = (("integer_ranges", self.integer_ranges), ("continuous_ranges", self.continuous_ranges))
        for name, by_parameter in ranges:
            problems += _validation.wrong_type(f"{prop}.{name}", by_parameter, dict, "a dict of ranges")
            for parameter, bounds in by_parameter.items() if isinstance(by_parameter, dict) else ():
                problems += _problems_of_range(f"{prop}.{name}.{parameter}", bounds)
        where = f"{prop}.categorical_ranges"
        return [*problems, *_validation.wrong_type(where, self.categorical_ranges, dict, "a dict of lists")]

    def render(self) -> dict[str, Any]:
        """Return the API's form, whose numbers of trainings are strings."""
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
    """Among which recipes to choose, and by what.

    :param recipes: The recipes to try. Default: Amazon Personalize's.
    :param metric_name: The metric that decides, at most 256 characters. Default: Amazon Personalize's.
    """

    recipes: Sequence[Recipe] | None = None
    metric_name: str | None = None

    def problems(self, prop: str) -> list[Problem]:
        """Return what is wrong."""
        if self.recipes is not None and not isinstance(self.recipes, (list, tuple)):
            return [Problem(f"{prop}.recipes", "must be a list of Recipes", self.recipes, certain=True)]
        recipes = self.recipes if self.recipes is not None else ()
        return [
            Problem(f"{prop}.recipes", "must be Recipes", each, certain=True)
            for each in recipes
            if not isinstance(each, Recipe)
        ]

    def render(self, scope: Construct) -> dict[str, Any]:
        """Return the API's form, with ARNs in the partition of the stack that `scope` is in."""
        recipes = None if self.recipes is None else [recipe_arn(scope, each) for each in self.recipes]
        return _validation.given(metricName=self.metric_name, recipeList=recipes)


class _SolutionBase(CloudTrailEvents, TrainingMetrics, Resource):
    """What owned and imported solutions have in common: it follows from the ARN."""

    _kind = kinds.KINDS["Solution"]

    solution_arn: str
    solution_name: str

    @property
    def solution_ref(self) -> SolutionReference:
        """The reference by which CDK's generated constructs take a solution."""
        made: SolutionReference = reference("Solution", solution_arn=self.solution_arn)
        return made

    def metric(self, metric_name: str, **options: Any) -> cloudwatch.MathExpression:
        """Return a metric over all versions of this solution, those to come too, as a query of Metrics Insights.

        Graphs show two weeks of it, alarms see three hours of it.

        :param metric_name: its name in the namespace AWS/Personalize.
        :param options: `statistic`, and those of `aws_cdk.aws_cloudwatch.MathExpression`. Default: the average over
            5 minutes.

        https://docs.aws.amazon.com/personalize/latest/dg/cloudwatch-metrics.html
        """
        return TRAINING.over_all(metric_name, {"SolutionArn": self.solution_arn}, **{"statistic": "Average", **options})

    def _of_trainings(self, metric_name: str, options: dict[str, Any]) -> cloudwatch.MathExpression:
        return self.metric(metric_name, **options)


@implements_reference("Solution")
class Solution(TaggableResource, _SolutionBase):
    """A recipe with its settings, on the data of a dataset group; its versions are what is trained.

    Unless told otherwise Amazon Personalize trains a version soon after it is made and one each week from then on, and
    bills them. Its versions are deleted with it.

    https://docs.aws.amazon.com/personalize/latest/dg/customizing-solution-config.html
    """

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
        """Set up trainings.

        :param scope: the scope of the construct.
        :param id: its id there.
        :param dataset_group: The group whose data is trained on: a construct, an import, or a `CfnDatasetGroup`.
            A change replaces the solution.
        :param recipe: How to train. Default: none, which needs `perform_auto_ml`. A change replaces the solution.
        :param solution_name: The name, 1 to 63 letters, digits, hyphens and underscores, the first a letter or a digit.
            Default: a unique name is generated. A change replaces the solution.
        :param perform_hpo: Whether trainings look for the best hyperparameters, which takes longer and costs more.
            Default: false. A change replaces the solution.
        :param perform_auto_ml: Whether Amazon Personalize chooses the recipe, which AWS advises against.
            Default: false. A change replaces the solution.
        :param perform_auto_training: Whether Amazon Personalize trains new versions by itself, which are billed.
            Default: true, every 7 days. Changed in place.
        :param perform_incremental_update: Whether trained versions learn of new items between trainings; for the
            Semantic-Similarity recipe. Default: false. Changed in place.
        :param event_type: The only type of events that counts, at most 256 characters; give this or `events`.
            Default: all count. A change replaces the solution.
        :param event_value_threshold: The least EVENT_VALUE of events that count, as text of at most 256 characters.
            Default: all count. A change replaces the solution.
        :param events: How types of events count, at most 10 of them. Default: all count alike. Changed in place.
        :param algorithm_hyper_parameters: The hyperparameters of the recipe, at most 100. Default: the recipe's.
            A change replaces the solution.
        :param feature_transformation_parameters: How the recipe prepares the data, at most 100 parameters.
            Default: the recipe's. A change replaces the solution.
        :param hpo_config: How to look for the best hyperparameters; needs `perform_hpo`. Default: the recipe's.
            A change replaces the solution.
        :param auto_ml_config: Among which recipes to choose; needs `perform_auto_ml`. Default: Amazon Personalize's.
            A change replaces the solution.
        :param optimization_objective: A further objective beside relevance. Default: none.
            A change replaces the solution.
        :param excluded_columns: Columns not to train on, by type of dataset: at most 3 types of at most 50 columns.
            Default: none. A change replaces the solution.
        :param included_columns: The only columns to train on, by type of dataset: at most 3 types of at most 50
            columns. Default: all. A change replaces the solution.
        :param auto_training_frequency: How often Amazon Personalize trains by itself, in whole days from 1 to 30.
            Default: 7 days. Changed in place.
        :param adopt: Whether the construct, when it is new in the stack, takes over a solution of that name that was
            made by hand: it is updated in place to what is declared, what is not declared stays, and what only a new
            one can have is refused. Afterwards it is the stack's as if made by it, and removed like that; a deployment
            that fails gives it back. Where there is none, one is made. Default: false. Changed in place, with no
            effect by itself.
        :param timeout: How long a deployment may wait for the solution, not for its trainings, 1 minute to 48 hours.
            More than 55 minutes add a wait link to the stack for each 55. Default: 30 minutes.
        :param removal_policy: What happens to the solution and its versions when it leaves the stack, or is replaced:
            RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY. Default: it is deleted. Changed in place.
        :raises ValidationError: when a value is one that Amazon Personalize would refuse.
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
            rendered = [each.render() for each in events if isinstance(each, EventParameters)]
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
                wrong = value.problems(prop)
                if not wrong:
                    config[member] = value.render(scope) if isinstance(value, AutoMlConfig) else value.render()
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
            props=_PROPS,
            adopt=adopt,
            timeout=timeout,
            problems=problems,
            parents=[part_of_dataset_group(dataset_group)],
        )
        comes_after_data(dataset_group, self)
        self._group = dataset_group
        warn_of_hyper_parameters(self, algorithm_hyper_parameters, feature_transformation_parameters)
        if recipe is not None:
            warn_of_spelling(self, "recipe", recipe_name(recipe.arn), known_recipes())
            warn_of_required_data(self, dataset_group, recipe.capabilities)
        self._check_against_data(excluded_columns, included_columns, optimization_objective)
        warn_of_retention(self, dataset_group=dataset_group)
        self.recipe = recipe
        """The recipe; nothing where Amazon Personalize chooses it."""
        self.apply_removal_policy(removal_policy)
        self.solution_arn = self._arn_attribute("solution")
        """The ARN; who uses it waits until the solution is ACTIVE, not until it is trained."""
        self.solution_name = self._name_attribute()
        """The name, generated or given."""

    def _check_against_data(self, excluded: Any, included: Any, objective: Any) -> None:
        """Have columns checked against the datasets that the app declares, once all of them are known."""
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

        :param scope: the scope of the import.
        :param id: its id there.
        :param solution_arn: the ARN of the solution, which may be of another region or account.
        :raises ValidationError: when it is not the ARN of a solution.
        """
        _validation.refuse(scope, id, _validation.bad_arn("solution_arn", solution_arn, _ARN_PATH))
        name = Stack.of(scope).split_arn(solution_arn, ArnFormat.SLASH_RESOURCE_NAME).resource_name
        return _ImportedSolution(scope, id, solution_arn, str(name))

    @staticmethod
    def from_solution_name(scope: Construct, id: str, solution_name: str) -> ISolution:
        """Import a solution of the stack's own account and region.

        :param scope: the scope of the import.
        :param id: its id there.
        :param solution_name: the name of the solution.
        :raises ValidationError: when it cannot be a name.
        """
        _validation.refuse(scope, id, _validation.bad_name("Solution", "solution_name", solution_name))
        arn = Stack.of(scope).format_arn(service="personalize", resource="solution", resource_name=solution_name)
        return _ImportedSolution(scope, id, arn, solution_name)


@implements_reference("Solution")
class _ImportedSolution(_SolutionBase):
    def __init__(self, scope: Construct, id: str, arn: str, name: str) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self.solution_arn = arn
        self.solution_name = name


def _unknown_attribute(group: Any, objective: Any) -> list[Problem]:
    if not isinstance(objective, OptimizationObjective):
        return []
    return unknown_column("optimization_objective.item_attribute", group, DatasetType.ITEMS, objective.item_attribute)


def problems_of_solution(scope: Construct, solution: Any) -> list[Problem]:
    """Return what is wrong with the solution that a construct is given."""
    if arn_of("Solution", solution) is None:
        remedy = "import it with Solution.from_solution_arn(...)"
        return [Problem("solution", "must be a solution", solution, remedy, certain=True)]
    return _validation.other_environment(scope, "solution", solution)


def parts_of_solution(solution: Any) -> list[str]:
    """Return the resource parts of the ARNs of a solution and its versions, as far as they are known at synth."""
    return parts_of_name(getattr(solution, "solution_name", getattr(solution, "name", None)))


def parts_of_name(name: Any) -> list[str]:
    """Return the resource parts of the ARNs of the solution of a name and its versions; of all if it is not known."""
    known = isinstance(name, str) and _validation.is_known(name)
    return [f"solution/{name}", f"solution/{name}/*"] if known else ["solution/*"]


def _word(choice: Any) -> Any:
    return choice.value if isinstance(choice, Enum) else choice


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _ranges(by_parameter: Mapping[str, tuple[float, float]] | None) -> list[dict[str, Any]] | None:
    if by_parameter is None:
        return None
    return [{"name": name, "minValue": low, "maxValue": high} for name, (low, high) in by_parameter.items()]


def _problems_of_range(prop: str, bounds: Any) -> list[Problem]:
    pair = ("least", "most")
    if not isinstance(bounds, (list, tuple)) or len(bounds) != len(pair):
        return [Problem(prop, "must be a pair: the least and the most", bounds)]
    low, high = bounds
    if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low > high:
        return [Problem(prop, "must have the least first", bounds)]
    return []


def _parameters(parameters: Any) -> Any:
    """Return parameters as the API has them, whose values are strings; what is none is left for the model to refuse."""
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
        return [Problem("events", "must be a list of EventParameters", events, certain=True)]
    wrong = [each for each in events if not isinstance(each, EventParameters)]
    return [Problem("events", "must be EventParameters", each, certain=True) for each in wrong]


def _problems_of_combinations(
    recipe: Any, hpo: Any, auto_ml: Any, hpo_config: Any, auto_ml_config: Any, event_type: Any, events: Any
) -> list[Problem]:
    """Return what does not go together."""
    problems = []
    if recipe is None and auto_ml in (None, False):
        problems.append(Problem("recipe", "is required without perform_auto_ml", None, certain=True))
    if recipe is not None and auto_ml is True:
        problems.append(Problem("recipe", "must not be given with perform_auto_ml", recipe, certain=True))
    if isinstance(hpo_config, HpoConfig) and hpo in (None, False):
        problems.append(Problem("hpo_config", "needs perform_hpo", None, certain=True))
    if isinstance(auto_ml_config, AutoMlConfig) and auto_ml in (None, False):
        problems.append(Problem("auto_ml_config", "needs perform_auto_ml", None, certain=True))
    if event_type is not None and events is not None:
        problems.append(Problem("events", "must not be given with event_type", None, certain=True))
    return problems


def _problems_of_recipe(group: Any, recipe: Any, incremental: Any) -> list[Problem]:
    """Return what a recipe does not go with, where it is known what it can do."""
    if not isinstance(recipe, Recipe) or recipe.capabilities is None:
        return []
    problems = []
    domain = domain_of(group)
    if domain is not None and recipe.capabilities.actions:
        rule = "must not be of actions in a dataset group with a domain"
        problems.append(Problem("recipe", rule, domain, certain=True))
    if incremental is True and recipe != Recipe.SEMANTIC_SIMILARITY:
        rule = "needs the Semantic-Similarity recipe"
        problems.append(Problem("perform_incremental_update", rule, recipe_name(recipe.arn), certain=True))
    return problems


def _problems_of_frequency(frequency: Any, auto_training: Any) -> list[Problem]:
    prop = "auto_training_frequency"
    problems = _validation.days_out_of_range(prop, frequency, _MOST_OFTEN, _LEAST_OFTEN)
    if frequency is not None and auto_training is False:
        problems.append(Problem(prop, "needs perform_auto_training", None, certain=True))
    return problems


def _rate(frequency: Duration) -> str:
    """Return the schedule; a Duration that is no whole days is refused for that, not for its schedule."""
    if frequency.is_unresolved():
        return f"rate({_validation.as_text(frequency.to_days())} days)"
    days = round(frequency.to_days(integral=False))
    return "rate(1 day)" if days == 1 else f"rate({days} days)"
