"""AWS CDK constructs for Amazon Personalize."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdk_personalize.alarms import RecommendedAlarms
    from cdk_personalize.batch_inference_job import BatchInferenceJob, ThemeGeneration
    from cdk_personalize.batch_segment_job import BatchSegmentJob
    from cdk_personalize.campaign import Campaign, ICampaign, ItemExploration, RankingInfluence
    from cdk_personalize.dashboard import PersonalizeDashboard
    from cdk_personalize.data_deletion_job import DataDeletionJob
    from cdk_personalize.dataset import Dataset, IDataset
    from cdk_personalize.dataset_export_job import DatasetExportJob, IngestionMode
    from cdk_personalize.dataset_group import DatasetGroup, IDatasetGroup
    from cdk_personalize.dataset_import import DatasetImport, ImportMode
    from cdk_personalize.dataset_type import DatasetType
    from cdk_personalize.errors import ValidationError
    from cdk_personalize.event_options import EventRuleOptions
    from cdk_personalize.event_tracker import EventTracker, IEventTracker
    from cdk_personalize.filter import Filter, IFilter
    from cdk_personalize.metric_attribution import AttributedMetric, IMetricAttribution, MetricAttribution
    from cdk_personalize.metric_options import JobMetricOptions, ResourceMetricOptions
    from cdk_personalize.provider import PersonalizeProvider
    from cdk_personalize.quality_gate import OfflineMetric, QualityGate
    from cdk_personalize.recipe import Capabilities, Domain, Metadata, Recipe, UseCase
    from cdk_personalize.recommender import IRecommender, Recommender
    from cdk_personalize.s3_location import S3Location
    from cdk_personalize.schema import ISchema, Schema
    from cdk_personalize.schema_definition import Field, SchemaDefinition
    from cdk_personalize.schema_rules import FieldType
    from cdk_personalize.solution import (
        AutoMlConfig,
        EventParameters,
        HpoConfig,
        ISolution,
        ObjectiveSensitivity,
        OptimizationObjective,
        Solution,
    )
    from cdk_personalize.solution_version import ISolutionVersion, SolutionVersion, TrainingMode
    from cdk_personalize.training_jobs import BatchInference, BatchSegment, DatasetUpdate
    from cdk_personalize.training_pipeline import TrainingPipeline

__all__ = [
    "AttributedMetric",
    "AutoMlConfig",
    "BatchInference",
    "BatchInferenceJob",
    "BatchSegment",
    "BatchSegmentJob",
    "Campaign",
    "Capabilities",
    "DataDeletionJob",
    "Dataset",
    "DatasetExportJob",
    "DatasetGroup",
    "DatasetImport",
    "DatasetType",
    "DatasetUpdate",
    "Domain",
    "EventParameters",
    "EventRuleOptions",
    "EventTracker",
    "Field",
    "FieldType",
    "Filter",
    "HpoConfig",
    "ICampaign",
    "IDataset",
    "IDatasetGroup",
    "IEventTracker",
    "IFilter",
    "IMetricAttribution",
    "IRecommender",
    "ISchema",
    "ISolution",
    "ISolutionVersion",
    "ImportMode",
    "IngestionMode",
    "ItemExploration",
    "JobMetricOptions",
    "Metadata",
    "MetricAttribution",
    "ObjectiveSensitivity",
    "OfflineMetric",
    "OptimizationObjective",
    "PersonalizeDashboard",
    "PersonalizeProvider",
    "QualityGate",
    "RankingInfluence",
    "Recipe",
    "RecommendedAlarms",
    "Recommender",
    "ResourceMetricOptions",
    "S3Location",
    "Schema",
    "SchemaDefinition",
    "Solution",
    "SolutionVersion",
    "ThemeGeneration",
    "TrainingMode",
    "TrainingPipeline",
    "UseCase",
    "ValidationError",
]

# Importing the CDK starts Node.js, so each name is imported on first use.
_MODULE_BY_NAME = {
    "AttributedMetric": "metric_attribution",
    "AutoMlConfig": "solution",
    "BatchInference": "training_jobs",
    "BatchInferenceJob": "batch_inference_job",
    "BatchSegment": "training_jobs",
    "BatchSegmentJob": "batch_segment_job",
    "Campaign": "campaign",
    "Capabilities": "recipe",
    "DataDeletionJob": "data_deletion_job",
    "Dataset": "dataset",
    "DatasetExportJob": "dataset_export_job",
    "DatasetGroup": "dataset_group",
    "DatasetImport": "dataset_import",
    "DatasetType": "dataset_type",
    "DatasetUpdate": "training_jobs",
    "Domain": "recipe",
    "EventParameters": "solution",
    "EventRuleOptions": "event_options",
    "EventTracker": "event_tracker",
    "Field": "schema_definition",
    "FieldType": "schema_rules",
    "Filter": "filter",
    "HpoConfig": "solution",
    "ICampaign": "campaign",
    "IDataset": "dataset",
    "IDatasetGroup": "dataset_group",
    "IEventTracker": "event_tracker",
    "IFilter": "filter",
    "IMetricAttribution": "metric_attribution",
    "IRecommender": "recommender",
    "ISchema": "schema",
    "ISolution": "solution",
    "ISolutionVersion": "solution_version",
    "ImportMode": "dataset_import",
    "IngestionMode": "dataset_export_job",
    "ItemExploration": "campaign",
    "JobMetricOptions": "metric_options",
    "Metadata": "recipe",
    "MetricAttribution": "metric_attribution",
    "ObjectiveSensitivity": "solution",
    "OfflineMetric": "quality_gate",
    "OptimizationObjective": "solution",
    "PersonalizeDashboard": "dashboard",
    "PersonalizeProvider": "provider",
    "QualityGate": "quality_gate",
    "RankingInfluence": "campaign",
    "Recipe": "recipe",
    "RecommendedAlarms": "alarms",
    "Recommender": "recommender",
    "ResourceMetricOptions": "metric_options",
    "S3Location": "s3_location",
    "Schema": "schema",
    "SchemaDefinition": "schema_definition",
    "Solution": "solution",
    "SolutionVersion": "solution_version",
    "ThemeGeneration": "batch_inference_job",
    "TrainingMode": "solution_version",
    "TrainingPipeline": "training_pipeline",
    "UseCase": "recipe",
    "ValidationError": "errors",
}

if not TYPE_CHECKING:  # A type checker would accept any name.

    def __getattr__(name: str) -> object:
        """Import a public name from its module on first use."""
        if name not in _MODULE_BY_NAME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULE_BY_NAME[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
