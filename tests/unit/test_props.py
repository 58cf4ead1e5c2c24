"""Tests of props and their docstrings against the service model."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from botocore import xform_name
from cdk_personalize_handler import kinds, service_model

import cdk_personalize as personalize
from cdk_personalize._resource import PersonalizeResource, TaggableResource

# Kinds whose construct has another name.
CALLED = {"DatasetImportJob": "DatasetImport"}

PUBLIC = {kind: getattr(personalize, CALLED.get(kind, kind), object) for kind in kinds.KINDS}
CONSTRUCTS: dict[str, type] = {kind: made for kind, made in PUBLIC.items() if issubclass(made, PersonalizeResource)}

# Members whose prop has another name than the member.
PROPS = {
    ("Campaign", "name"): "campaign_name",
    ("Campaign", "solutionVersionArn"): "solution_version",
    ("SolutionVersion", "name"): "solution_version_name",
    ("SolutionVersion", "solutionArn"): "solution",
    ("Schema", "name"): "schema_name",
    ("Schema", "schema"): "definition",
    ("DatasetGroup", "name"): "dataset_group_name",
    ("DatasetGroup", "kmsKeyArn"): "kms_key",
    ("DatasetGroup", "roleArn"): "role",
    ("Dataset", "name"): "dataset_name",
    ("Dataset", "schemaArn"): "schema",
    ("Dataset", "datasetGroupArn"): "dataset_group",
    ("DatasetImportJob", "datasetArn"): "dataset",
    ("DatasetImportJob", "dataSource"): "source",
    ("DatasetImportJob", "roleArn"): "role",
    ("DatasetImportJob", "importMode"): "mode",
    ("DatasetImportJob", "publishAttributionMetricsToS3"): "publish_attribution_metrics_to_s3",
    ("DataDeletionJob", "datasetGroupArn"): "dataset_group",
    ("DataDeletionJob", "dataSource"): "source",
    ("DataDeletionJob", "roleArn"): "role",
    ("DatasetExportJob", "datasetArn"): "dataset",
    ("DatasetExportJob", "roleArn"): "role",
    ("DatasetExportJob", "jobOutput"): "output",
    ("Recommender", "name"): "recommender_name",
    ("Recommender", "datasetGroupArn"): "dataset_group",
    ("Recommender", "recipeArn"): "use_case",
    ("BatchInferenceJob", "solutionVersionArn"): "solution_version",
    ("BatchInferenceJob", "filterArn"): "filter",
    ("BatchInferenceJob", "jobInput"): "input",
    ("BatchInferenceJob", "jobOutput"): "output",
    ("BatchInferenceJob", "roleArn"): "role",
    ("BatchInferenceJob", "batchInferenceJobMode"): "theme_generation",
    ("BatchInferenceJob", "themeGenerationConfig"): "theme_generation",
    ("BatchSegmentJob", "solutionVersionArn"): "solution_version",
    ("BatchSegmentJob", "filterArn"): "filter",
    ("BatchSegmentJob", "jobInput"): "input",
    ("BatchSegmentJob", "jobOutput"): "output",
    ("BatchSegmentJob", "roleArn"): "role",
    ("EventTracker", "name"): "event_tracker_name",
    ("EventTracker", "datasetGroupArn"): "dataset_group",
    ("Filter", "name"): "filter_name",
    ("Filter", "datasetGroupArn"): "dataset_group",
    ("Filter", "filterExpression"): "expression",
    ("MetricAttribution", "name"): "metric_attribution_name",
    ("MetricAttribution", "datasetGroupArn"): "dataset_group",
    ("MetricAttribution", "metricsOutputConfig"): "output",
    ("Solution", "name"): "solution_name",
    ("Solution", "datasetGroupArn"): "dataset_group",
    ("Solution", "recipeArn"): "recipe",
    ("Solution", "performAutoML"): "perform_auto_ml",
    ("Solution", "solutionConfig"): "algorithm_hyper_parameters",
}

# Members that are structures, and whose own members are props.
UNFOLDED = {
    ("Campaign", "campaignConfig"),
    ("Recommender", "recommenderConfig"),
    ("BatchInferenceJob", "batchInferenceJobConfig"),
}

# Members without a prop, with the reason.
NOT_PROPS = {"tags": "set with Tags.of(...), as everywhere in CDK"}

# Enumeration values that users cannot choose, with the reason.
NOT_CHOICES = {"AUTOTRAIN": "the mode of automatic trainings"}

OBJECTS = {"item_exploration_config": "item_exploration", "training_data_config": "excluded_columns"}


def described(kind: str) -> dict[str, str]:
    """Return the description of each prop in the docstring of a construct."""
    text = inspect.cleandoc(CONSTRUCTS[kind].__init__.__doc__ or "")
    parts = re.split(r"^:(?:param )?(\w+)[^:]*: ", text, flags=re.MULTILINE)
    return {name: " ".join(words.split()) for name, words in zip(parts[1::2], parts[2::2], strict=True)}


def signature(kind: str) -> dict[str, inspect.Parameter]:
    return dict(list(inspect.signature(CONSTRUCTS[kind].__init__).parameters.items())[1:])


@pytest.mark.parametrize("kind", CONSTRUCTS)
def test_every_prop_is_described_with_its_default_and_what_a_change_does(kind: str) -> None:
    texts = described(kind)
    for name, parameter in list(signature(kind).items())[2:]:
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, name
        if parameter.default is None and name not in ("solution", "solution_version"):
            assert "Default: " in texts[name], name
        if name != "timeout":
            assert re.search(r"Updated in place|A change (replaces|trains|deletes or creates)", texts[name]), name
    assert "raises" in texts
    assert "https://docs.aws.amazon.com/personalize/" in (CONSTRUCTS[kind].__doc__ or "")


@pytest.mark.parametrize("kind", CONSTRUCTS)
def test_what_changes_in_place_is_what_the_update_takes(kind: str) -> None:
    texts = described(kind)
    for member in service_model.create_shape(kind).members.keys() - NOT_PROPS.keys():
        in_place = member in service_model.mutable_members(kind) | kinds.KINDS[kind].also_mutable
        unfolded = service_model.create_shape(kind).members[member]
        props = (
            [OBJECTS.get(xform_name(name), xform_name(name)) for name in unfolded.members]
            if (kind, member) in UNFOLDED
            else [PROPS.get((kind, member), xform_name(member))]
        )
        assert all(("Updated in place" in texts[prop]) == in_place for prop in props), props


@pytest.mark.parametrize("kind", CONSTRUCTS)
def test_constructs_have_tags_where_the_service_has(kind: str) -> None:
    assert issubclass(CONSTRUCTS[kind], TaggableResource) == service_model.is_taggable(kind)


# Nothing takes a job.
@pytest.mark.parametrize("kind", [kind for kind in CONSTRUCTS if service_model.name_member(kind) == "name"])
def test_a_construct_can_be_imported_by_its_arn(kind: str) -> None:
    assert callable(getattr(CONSTRUCTS[kind], f"from_{xform_name(kind)}_arn"))


def test_the_training_modes_are_those_of_the_service() -> None:
    words = set(service_model.create_shape("SolutionVersion").members["trainingMode"].enum)
    assert {mode.value for mode in personalize.TrainingMode} == words - NOT_CHOICES.keys()


def test_ranking_influence_has_what_the_service_has() -> None:
    shape: Any = service_model.create_shape("Campaign").members["campaignConfig"].members["rankingInfluence"]
    fields = inspect.signature(personalize.RankingInfluence).parameters
    assert {name.upper() for name in fields} == set(shape.key.enum)


def test_public_names_are_all_there_and_sorted() -> None:
    assert personalize.__all__ == sorted(personalize.__all__)
    assert all(getattr(personalize, name).__doc__ for name in personalize.__all__)
