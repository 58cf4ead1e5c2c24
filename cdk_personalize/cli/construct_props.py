"""Constructor arguments of constructs, from descriptions of live resources."""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from botocore import xform_name
from cdk_personalize_handler import service_model

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from botocore.model import Shape
    from cdk_personalize_handler.kinds import Kind

    Constructs = Mapping[str, Any]

LATEST = "/$LATEST"
_SYNC = "sync_with_latest_solution_version"
_SEPARATE = frozenset({service_model.TAGS, "solutionVersionArn"})
"""Members whose prop depends on more than their value."""
_RATE = re.compile(r"rate\((\d+) days?\)")


def construct_of(kind: Kind) -> Any:
    """Return the construct class of a kind."""
    return getattr(personalize, kind.name)


def props(kind: Kind, description: Mapping[str, Any], constructs: Constructs) -> dict[str, Any]:
    """Return the props of a resource, in the order of the constructor.

    A flag that is false is omitted if that is the default.

    :param constructs: The constructs of the resources, keys and roles that the description refers to, by ARN.
    :raises ValueError: If a value has a form that this version does not know.
    """
    given = dict(_props(kind, service_model.create_shape(kind.name), description, kind.defaults, constructs))
    if kind.name == "Campaign":
        given |= _served(description, constructs, is_synchronized=given.pop(_SYNC, False))
    if service_model.operation("Stop", kind.name) and description.get("status") == "INACTIVE":
        given["active"] = False
    order = list(inspect.signature(construct_of(kind).__init__).parameters)
    return dict(sorted(given.items(), key=lambda item: order.index(item[0])))


def schema_definition(avro: str) -> personalize.SchemaDefinition | str:
    """Return the columns of an Avro schema, or the JSON if columns cannot express it."""
    from cdk_personalize._avro import fields_of_json, type_of_json
    from cdk_personalize.schema_rules import RULES

    fields, _ = fields_of_json("schema", avro)
    dataset_type = None if fields is None else type_of_json(avro)
    if fields is None or dataset_type is None:
        return avro
    required = RULES[dataset_type].required
    for columns in (tuple(each for each in fields if each.name not in required), fields):
        definition = personalize.SchemaDefinition(dataset_type, columns)
        if json.loads(definition._render()) == json.loads(avro):
            return definition
    return avro


def _props(
    kind: Kind, shape: Shape, values: Mapping[str, Any], defaults: Mapping[str, Any], constructs: Constructs
) -> Iterator[tuple[str, Any]]:
    for member, member_shape in shape.members.items():
        value, default = values.get(member), defaults.get(member)
        if value in (None, "", {}, []) or member in _SEPARATE or (value is False and default is not True):
            continue
        if member.endswith("Arn") and value in constructs:
            yield xform_name(member.removesuffix("Arn")), constructs[value]
        elif member == service_model.name_member(kind.name):
            yield f"{xform_name(kind.name)}_name", value
        elif member == "recipeArn":
            if not values.get("performAutoML"):  # With AutoML, it is the recipe that Amazon Personalize selected.
                yield (
                    ("use_case", personalize.UseCase.of(value))
                    if kind.name == "Recommender"
                    else (
                        "recipe",
                        personalize.Recipe.of(value),
                    )
                )
        elif member in _CONVERTED:
            prop, convert = _CONVERTED[member]
            yield prop, convert(value)
        elif member_shape.type_name == "structure":
            yield from _props(kind, member_shape, value, default or {}, constructs)
        elif not member.endswith("Arn"):
            yield xform_name(member), value


def _served(description: Mapping[str, Any], constructs: Constructs, *, is_synchronized: bool) -> dict[str, Any]:
    """Return the props for the solution version that a campaign serves."""
    arn = description["solutionVersionArn"]
    if is_synchronized:
        return {"solution": constructs[arn.rpartition("/")[0]]}
    if arn.endswith(LATEST):
        return {"solution": constructs[arn.removesuffix(LATEST)], _SYNC: False}
    return {"solution_version": constructs[arn]}


def _dataset_type(word: str) -> personalize.DatasetType:
    return personalize.DatasetType[word.upper()]


def _columns(names_by_type: Mapping[str, list[str]]) -> dict[personalize.DatasetType, list[str]]:
    return {_dataset_type(word): names for word, names in names_by_type.items()}


def _exploration(values: Mapping[str, str]) -> personalize.ItemExploration:
    age = values.get("explorationItemAgeCutOff")
    weight = values.get("explorationWeight")
    return personalize.ItemExploration(
        weight=None if weight is None else float(weight),
        age_cut_off=None if age is None else cdk.Duration.days(float(age)),
    )


def _influence(weights: Mapping[str, float]) -> personalize.RankingInfluence:
    return personalize.RankingInfluence(popularity=weights.get("POPULARITY"), freshness=weights.get("FRESHNESS"))


def _frequency(expression: str) -> cdk.Duration:
    match = _RATE.fullmatch(expression)
    if match is None:
        raise ValueError(f"schedulingExpression is {expression}, which is not a rate in days")
    return cdk.Duration.days(int(match[1]))


def _parameters(texts: Mapping[str, str]) -> dict[str, str | float | bool]:
    return {name: _value_of(text) for name, text in texts.items()}


def _value_of(text: str) -> str | float | bool:
    """Return the number or the flag that the API has as text, if it has no other form."""
    if text in ("true", "false"):
        return text == "true"
    for number in (int, float):
        try:
            value = number(text)
        except ValueError:
            continue
        if f"{value:.15g}" == text:
            return value
    return text


def _events(entries: list[Mapping[str, Any]]) -> list[personalize.EventParameters]:
    return [
        personalize.EventParameters(
            event_type=each["eventType"], value_threshold=each.get("eventValueThreshold"), weight=each.get("weight")
        )
        for each in entries
    ]


def _objective(values: Mapping[str, str]) -> personalize.OptimizationObjective:
    word = values.get("objectiveSensitivity")
    return personalize.OptimizationObjective(
        item_attribute=values["itemAttribute"], sensitivity=personalize.ObjectiveSensitivity(word) if word else None
    )


def _hpo(config: Mapping[str, Any]) -> personalize.HpoConfig:
    ranges, objective = config.get("algorithmHyperParameterRanges", {}), config.get("hpoObjective", {})
    jobs = config.get("hpoResourceConfig", {})
    numbers = {name: int(text) for name, text in jobs.items() if text is not None}
    return personalize.HpoConfig(
        max_training_jobs=numbers.get("maxNumberOfTrainingJobs"),
        max_parallel_training_jobs=numbers.get("maxParallelTrainingJobs"),
        integer_ranges=_ranges(ranges.get("integerHyperParameterRanges")),
        continuous_ranges=_ranges(ranges.get("continuousHyperParameterRanges")),
        categorical_ranges={each["name"]: each["values"] for each in ranges.get("categoricalHyperParameterRanges", [])}
        or None,
        objective_type=objective.get("type"),
        metric_name=objective.get("metricName"),
        metric_regex=objective.get("metricRegex"),
    )


def _ranges(entries: list[Mapping[str, Any]] | None) -> dict[str, tuple[Any, Any]] | None:
    return {each["name"]: (each["minValue"], each["maxValue"]) for each in entries or []} or None


def _auto_ml(config: Mapping[str, Any]) -> personalize.AutoMlConfig:
    recipes = [personalize.Recipe.of(arn) for arn in config.get("recipeList", [])]
    return personalize.AutoMlConfig(recipes=recipes or None, metric_name=config.get("metricName"))


_CONVERTED: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "domain": ("domain", lambda word: personalize.Domain(word)),
    "datasetType": ("dataset_type", _dataset_type),
    "filterExpression": ("expression", str),
    "itemExplorationConfig": ("item_exploration", _exploration),
    "rankingInfluence": ("ranking_influence", _influence),
    "excludedDatasetColumns": ("excluded_columns", _columns),
    "includedDatasetColumns": ("included_columns", _columns),
    "schedulingExpression": ("auto_training_frequency", _frequency),
    "eventParametersList": ("events", _events),
    "eventValueThreshold": ("event_value_threshold", _value_of),
    "algorithmHyperParameters": ("algorithm_hyper_parameters", _parameters),
    "featureTransformationParameters": ("feature_transformation_parameters", _parameters),
    "hpoConfig": ("hpo_config", _hpo),
    "autoMLConfig": ("auto_ml_config", _auto_ml),
    "optimizationObjective": ("optimization_objective", _objective),
}
"""The props whose name or value differs from that of the API member."""
