"""Tests that every member of the API is a prop, whose docstring has its bounds."""

from __future__ import annotations

import inspect
import re

import pytest
from cdk_personalize_handler import service_model
from cdk_personalize_handler.kinds import KINDS

import cdk_personalize as personalize

PROPS = {
    "Campaign": (
        personalize.Campaign,
        {
            "name": "campaign_name",
            "solutionVersionArn": "solution_version",
            "minProvisionedTPS": "min_provisioned_tps",
            "campaignConfig.itemExplorationConfig": "item_exploration",
            "campaignConfig.enableMetadataWithRecommendations": "enable_metadata_with_recommendations",
            "campaignConfig.syncWithLatestSolutionVersion": "sync_with_latest_solution_version",
            "campaignConfig.rankingInfluence": "ranking_influence",
            "tags": None,  # by Tags.of
        },
    ),
    "Schema": (
        personalize.Schema,
        {"name": "schema_name", "schema": "definition", "domain": "domain"},
    ),
    "DatasetGroup": (
        personalize.DatasetGroup,
        {
            "name": "dataset_group_name",
            "domain": "domain",
            "kmsKeyArn": "kms_key",
            "roleArn": "role",
            "tags": None,
        },
    ),
    "Dataset": (
        personalize.Dataset,
        {
            "name": "dataset_name",
            "schemaArn": "schema",
            "datasetGroupArn": "dataset_group",
            "datasetType": None,  # an enumeration of this library, tested in test_dataset.py
            "tags": None,
        },
    ),
    "DatasetImportJob": (
        personalize.DatasetImport,
        {
            "jobName": "job_name",
            "datasetArn": "dataset",
            "dataSource.dataLocation": "source",
            "roleArn": "role",
            "importMode": "mode",
            "publishAttributionMetricsToS3": "publish_attribution_metrics_to_s3",
            "tags": None,
        },
    ),
    "DataDeletionJob": (
        personalize.DataDeletionJob,
        {
            "jobName": "job_name",
            "datasetGroupArn": "dataset_group",
            "dataSource.dataLocation": "source",
            "roleArn": "role",
            "tags": None,
        },
    ),
    "EventTracker": (
        personalize.EventTracker,
        {"name": "event_tracker_name", "datasetGroupArn": "dataset_group", "tags": None},
    ),
    "Filter": (
        personalize.Filter,
        {"name": "filter_name", "datasetGroupArn": "dataset_group", "filterExpression": "expression", "tags": None},
    ),
    "MetricAttribution": (
        personalize.MetricAttribution,
        {
            "name": "metric_attribution_name",
            "datasetGroupArn": "dataset_group",
            "metrics": "metrics",
            "metricsOutputConfig.s3DataDestination": "output",
            "metricsOutputConfig.roleArn": "role",
        },
    ),
    "Solution": (
        personalize.Solution,
        {
            "name": "solution_name",
            "datasetGroupArn": "dataset_group",
            "recipeArn": "recipe",
            "performHPO": "perform_hpo",
            "performAutoML": "perform_auto_ml",
            "performAutoTraining": "perform_auto_training",
            "performIncrementalUpdate": "perform_incremental_update",
            "eventType": "event_type",
            "solutionConfig.eventValueThreshold": "event_value_threshold",
            "solutionConfig.hpoConfig": "hpo_config",
            "solutionConfig.algorithmHyperParameters": "algorithm_hyper_parameters",
            "solutionConfig.featureTransformationParameters": "feature_transformation_parameters",
            "solutionConfig.autoMLConfig": "auto_ml_config",
            "solutionConfig.eventsConfig": "events",
            "solutionConfig.optimizationObjective": "optimization_objective",
            "solutionConfig.trainingDataConfig": "excluded_columns",
            "solutionConfig.autoTrainingConfig": "auto_training_frequency",
            "tags": None,
        },
    ),
    "SolutionVersion": (
        personalize.SolutionVersion,
        {"name": "solution_version_name", "solutionArn": "solution", "trainingMode": "training_mode", "tags": None},
    ),
    "Recommender": (
        personalize.Recommender,
        {
            "name": "recommender_name",
            "datasetGroupArn": "dataset_group",
            "recipeArn": "use_case",
            "recommenderConfig.itemExplorationConfig": "item_exploration",
            "recommenderConfig.minRecommendationRequestsPerSecond": "min_recommendation_requests_per_second",
            "recommenderConfig.trainingDataConfig": "excluded_columns",
            "recommenderConfig.enableMetadataWithRecommendations": "enable_metadata_with_recommendations",
            "tags": None,
        },
    ),
    "BatchInferenceJob": (
        personalize.BatchInferenceJob,
        {
            "solutionVersionArn": "solution_version",
            "filterArn": "filter",
            "numResults": "num_results",
            "jobInput.s3DataSource": "input",
            "batchInferenceJobConfig.itemExplorationConfig": "item_exploration",
            "batchInferenceJobConfig.rankingInfluence": "ranking_influence",
            "batchInferenceJobMode": None,  # set if theme_generation is set
            "themeGenerationConfig.fieldsForThemeGeneration": "theme_generation",
            "jobName": "job_name",
            "roleArn": "role",
            "jobOutput.s3DataDestination": "output",
            "tags": None,
        },
    ),
    "BatchSegmentJob": (
        personalize.BatchSegmentJob,
        {
            "solutionVersionArn": "solution_version",
            "filterArn": "filter",
            "numResults": "num_results",
            "jobInput.s3DataSource": "input",
            "jobName": "job_name",
            "roleArn": "role",
            "jobOutput.s3DataDestination": "output",
            "tags": None,
        },
    ),
    "DatasetExportJob": (
        personalize.DatasetExportJob,
        {
            "datasetArn": "dataset",
            "ingestionMode": "ingestion_mode",
            "jobName": "job_name",
            "roleArn": "role",
            "jobOutput.s3DataDestination": "output",
            "tags": None,
        },
    ),
}


def members(kind: str) -> set[str]:
    """Return the members of a create request. Members of configs have a path."""
    found = set()
    for name, shape in service_model.create_shape(kind).members.items():
        if shape.type_name == "structure":
            found |= {f"{name}.{nested}" for nested in shape.members}
        else:
            found.add(name)
    return found


def test_every_kind_is_looked_at() -> None:
    assert PROPS.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", PROPS)
def test_every_member_is_a_prop(kind: str) -> None:
    construct, props = PROPS[kind]
    assert set(props) == members(kind)
    accepted = inspect.signature(construct.__init__).parameters
    assert [prop for prop in props.values() if prop is not None and prop not in accepted] == []


@pytest.mark.parametrize("kind", PROPS)
def test_every_prop_is_documented_with_its_bounds(kind: str) -> None:
    construct, props = PROPS[kind]
    text = inspect.getdoc(construct.__init__) or ""
    for prop in inspect.signature(construct.__init__).parameters:
        if prop not in ("self", "scope", "id"):
            assert f":param {prop}:" in text
    for member, prop in props.items():
        shape = service_model.create_shape(kind)
        for part in member.split("."):
            shape = shape.members[part]
        if prop is None or shape.type_name not in ("string", "integer", "float", "double") or "Arn" in member:
            continue
        (words,) = re.findall(rf":param {prop}:(.*?)(?=:param|:raises)", text, re.DOTALL)
        for bound in (shape.metadata.get("min"), shape.metadata.get("max")):
            assert bound is None or str(bound) in words
