"""Constructor arguments of constructs, from descriptions of live resources."""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from cdk_personalize_handler import service_model

import cdk_personalize as personalize
from cdk_personalize import _validation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

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
    given = dict(_props(kind, (), service_model.create_shape(kind.name), description, kind.defaults, constructs))
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
    kind: Kind,
    path: Sequence[str],
    shape: Shape,
    values: Mapping[str, Any],
    defaults: Mapping[str, Any],
    constructs: Constructs,
) -> Iterator[tuple[str, Any]]:
    """Yield the props for the members of a structure.

    :param path: The members that contain the structure.
    """
    for member, member_shape in shape.members.items():
        value, default = values.get(member), defaults.get(member)
        if value in (None, "", {}, []) or member in _SEPARATE or (value is False and default is not True):
            continue
        inner = (*path, member)
        prop = _validation.prop_of(kind.name, inner, construct_of(kind)._props)
        if member.endswith("Arn") and value in constructs:
            yield prop, constructs[value]
        elif member == "recipeArn":
            if not values.get("performAutoML"):  # With AutoML, it is the recipe that Amazon Personalize selected.
                yield prop, (personalize.UseCase if kind.name == "Recommender" else personalize.Recipe).of(value)
        elif member in _CONVERSIONS:
            yield prop, _CONVERSIONS[member](value)
        elif member_shape.type_name == "structure":
            yield from _props(kind, inner, member_shape, value, default or {}, constructs)
        elif not member.endswith("Arn"):
            yield prop, value


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
    """Return the number or the Boolean that a text of the API stands for.

    Return the text itself if the conversion back would give another text.
    """
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


_CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "domain": personalize.Domain,
    "datasetType": _dataset_type,
    "itemExplorationConfig": _exploration,
    "rankingInfluence": _influence,
    "excludedDatasetColumns": _columns,
    "includedDatasetColumns": _columns,
    "schedulingExpression": _frequency,
    "eventParametersList": _events,
    "eventValueThreshold": _value_of,
    "algorithmHyperParameters": _parameters,
    "featureTransformationParameters": _parameters,
    "hpoConfig": _hpo,
    "autoMLConfig": _auto_ml,
    "optimizationObjective": _objective,
}
"""The functions that convert the value of an API member to the value of its prop."""
