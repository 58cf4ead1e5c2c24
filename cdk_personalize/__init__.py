"""AWS CDK constructs for Amazon Personalize."""

import ast
import importlib
import inspect
import sys
from typing import TYPE_CHECKING, Any

from cdk_personalize import _node  # noqa: F401  (before the CDK)

if TYPE_CHECKING:  # Loaded on first use, because importing the CDK starts Node.js.
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
    from cdk_personalize.event_tracker import EventTracker, IEventTracker
    from cdk_personalize.filter import Filter, IFilter
    from cdk_personalize.metric_attribution import AttributedMetric, IMetricAttribution, MetricAttribution
    from cdk_personalize.provider import PersonalizeProvider
    from cdk_personalize.quality_gate import Metric, QualityGate
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
    "Metadata",
    "Metric",
    "MetricAttribution",
    "ObjectiveSensitivity",
    "OptimizationObjective",
    "PersonalizeDashboard",
    "PersonalizeProvider",
    "QualityGate",
    "RankingInfluence",
    "Recipe",
    "RecommendedAlarms",
    "Recommender",
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

if not TYPE_CHECKING:  # A type checker would accept any name.

    def __getattr__(name: str) -> Any:
        """Import a public name from its module on first use."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        for node in ast.walk(ast.parse(inspect.getsource(sys.modules[__name__]))):
            if isinstance(node, ast.ImportFrom) and name in {each.name for each in node.names}:
                value = globals()[name] = getattr(importlib.import_module(node.module), name)
                return value
        raise ImportError(f"{name} is in __all__ of {__name__}, but not imported there")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
