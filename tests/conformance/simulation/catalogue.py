"""Facts about Amazon Personalize for the simulation, mostly from botocore's model."""

from __future__ import annotations

from botocore import xform_name
from botocore.session import Session

ACCOUNT, REGION = "111111111111", "us-east-1"
START = 1_780_000_000.0
"""The simulated time at which every simulation starts, in seconds since the epoch."""
RECIPES = "arn:aws:personalize:::recipe/"
LINK_SECONDS = 3300
"""Maximum wait of one custom resource, in seconds."""

_MODEL = Session().get_service_model("personalize")
_OPERATIONS = frozenset(_MODEL.operation_names)
KINDS = tuple(sorted(name.removeprefix("Create") for name in _OPERATIONS if name.startswith("Create")))
SNAKE = {kind: xform_name(kind) for kind in KINDS}
KIND_OF_SNAKE = {snake: kind for kind, snake in SNAKE.items()}
DELETABLE = frozenset(kind for kind in KINDS if f"Delete{kind}" in _OPERATIONS)


def lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def upper_first(name: str) -> str:
    return name[:1].upper() + name[1:]


def arn_member(kind: str) -> str:
    """Return the name of the member with the ARN of a kind, such as `campaignArn`."""
    return f"{lower_first(kind)}Arn"


def _input_members(operation: str) -> frozenset[str]:
    shape = _MODEL.operation_model(operation).input_shape
    return frozenset(shape.members) if shape else frozenset()


TAGGABLE = frozenset(kind for kind in KINDS if "tags" in _input_members(f"Create{kind}"))
MUTABLE = {
    kind: _input_members(f"Update{kind}") - {arn_member(kind)} for kind in KINDS if f"Update{kind}" in _OPERATIONS
} | {"MetricAttribution": frozenset({"metrics", "metricsOutputConfig"})}
"""Members that an update changes. The update of a metric attribution lists the metrics to add and to remove instead."""

DEFAULT_TIMEOUTS = {
    "Schema": 300,
    "DatasetGroup": 1800,
    "Dataset": 1800,
    "DatasetImportJob": 3300,
    "EventTracker": 1800,
    "Filter": 1800,
    "MetricAttribution": 1800,
    "Solution": 1800,
    "Campaign": 3300,
    "SolutionVersion": 14400,
    "Recommender": 14400,
    "BatchInferenceJob": 7200,
    "BatchSegmentJob": 7200,
}
"""Wait budgets that templates have by default, in seconds."""
TYPICAL_SECONDS = {
    "DatasetGroup": 30,
    "Dataset": 30,
    "DatasetImportJob": 240,
    "EventTracker": 20,
    "Filter": 20,
    "MetricAttribution": 20,
    "Solution": 3,
    "Campaign": 240,
    "SolutionVersion": 400,
    "Recommender": 400,
    "BatchInferenceJob": 300,
    "BatchSegmentJob": 300,
}
"""Mean duration of creations and updates. Kinds without a duration are ready at once."""
USER_KEYED = frozenset(
    {
        "itemExplorationConfig",
        "rankingInfluence",
        "algorithmHyperParameters",
        "featureTransformationParameters",
        "excludedDatasetColumns",
        "includedDatasetColumns",
    }
)
"""Members whose keys users choose, so that a template does not change the case of these keys."""
