"""Amazon Personalize as AWS CDK constructs."""

from cdk_personalize.campaign import Campaign, ICampaign, ItemExploration, RankingInfluence
from cdk_personalize.dataset import Dataset, IDataset
from cdk_personalize.dataset_group import DatasetGroup, IDatasetGroup
from cdk_personalize.dataset_import import DatasetImport, ImportMode
from cdk_personalize.dataset_type import DatasetType
from cdk_personalize.errors import ValidationError
from cdk_personalize.event_tracker import EventTracker, IEventTracker
from cdk_personalize.filter import Filter, IFilter
from cdk_personalize.metric_attribution import AttributedMetric, IMetricAttribution, MetricAttribution
from cdk_personalize.provider import PersonalizeProvider
from cdk_personalize.recipe import Domain, Recipe
from cdk_personalize.s3_location import S3Location
from cdk_personalize.schema import Field, FieldType, ISchema, Schema, SchemaDefinition
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

__all__ = [
    "AttributedMetric",
    "AutoMlConfig",
    "Campaign",
    "Dataset",
    "DatasetGroup",
    "DatasetImport",
    "DatasetType",
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
    "ISchema",
    "ISolution",
    "ISolutionVersion",
    "ImportMode",
    "ItemExploration",
    "MetricAttribution",
    "ObjectiveSensitivity",
    "OptimizationObjective",
    "PersonalizeProvider",
    "RankingInfluence",
    "Recipe",
    "S3Location",
    "Schema",
    "SchemaDefinition",
    "Solution",
    "SolutionVersion",
    "TrainingMode",
    "ValidationError",
]
