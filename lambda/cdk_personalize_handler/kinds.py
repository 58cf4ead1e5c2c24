"""Kinds of Amazon Personalize resources: facts that are not in the service model.

Everything else about a kind (operations, members, mutability, tags) is read from the service model. The module also
defines the names that the constructs and the handler share: resource types, reserved properties and generated names.
It requires only the standard library, because the constructs import it at synthesis.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RESOURCE_TYPE_PREFIX = "Custom::Personalize"
WAIT_SUFFIX = "Wait"

# Properties of the custom resources that are not members of the API. Never rename one: the handler receives properties
# from templates of older releases.
SERVICE_TOKEN = "ServiceToken"  # noqa: S105  (CloudFormation's word for the provider's function)
SERVICE_TIMEOUT = "ServiceTimeout"
WAIT_SECONDS = "WaitSeconds"
"""Maximum time that this resource or wait link waits, in seconds of the service's clock."""
CONTINUED = "Continued"
"""`true` if a wait link follows. It continues the wait when `WaitSeconds` have passed, instead of a timeout."""
ACTIVE = "Active"
"""`false` if a resource must be stopped. Missing or `true` if it must run. Only for kinds that can be stopped."""
RERUN_ON = "RerunOn"
"""Values of the prop `rerun_on`. A change of any value replaces the resource."""
QUALITY_GATE = "QualityGate"
"""List of quality gates. Each entry has the properties `Metric` and `AtLeast`."""
GATE_METRIC = "Metric"
GATE_AT_LEAST = "AtLeast"
IGNORE_CHANGES = "IgnoreChanges"
"""Names of properties that are changed outside the stack. An update keeps their current values.

If `Active` is among them, the stack neither starts nor stops the resource.
"""
ADOPT = "Adopt"
"""`true` if a creation adopts an existing resource of the same name."""
NEW_ROLE = "NewRole"
"""Logical IDs of the role of the stack that the request passes to Amazon Personalize, and of its policies."""
WAIT_ARN = "Arn"
"""Attribute of a resource and property of its wait link: the ARN of the resource."""
WAIT_OPERATION = "Operation"
"""Attribute of a resource and property of its wait link: the ID of the latest operation on the resource."""

OWNER_TAG = "cdk-personalize:owner"
"""Key of the ownership tag. Its value identifies the stack, logical ID and request that own a resource."""

ONE_LINK = timedelta(minutes=55)
"""Maximum wait of one custom resource. CloudFormation fails a request without a response after an hour."""


@dataclass(frozen=True, kw_only=True)
class Trainings:
    """Trainings of a resource: its child resources in progress."""

    kind: str
    parent_member: str
    """The request member of their list operation that selects the parent by ARN."""
    switch: str
    """The member of the parent's update request that turns automatic training off when false."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Facts about one kind of resource that the service model does not contain."""

    name: str
    """The name in API operations: `Campaign` as in CreateCampaign."""
    usual_duration: timedelta
    """How long a creation usually takes at most. It is the default of the construct's `timeout`."""
    path: str = ""
    """Regular expression of the resource part of an ARN. Default: `<kind in kebab case>/<name>`."""
    arn_from_name: bool = True
    """Whether Amazon Personalize derives the ARN from the name, so that the name is unique."""
    parents: tuple[str, ...] = ()
    """Resource parts of the parents' ARNs, for which IAM also checks the create permission."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Service defaults of mutable members. An update sends a default when the member is no longer declared."""
    minimum_duration: timedelta = timedelta()
    """How long a creation takes at least. The first poll comes after that time."""
    ready: frozenset[str] = frozenset({"ACTIVE"})
    """Statuses that end the wait successfully."""
    stop: str | None = None
    """The operation that stops a creation in progress, for kinds without a delete operation."""
    metrics_member: str | None = None
    """The response member that holds the offline metrics, for kinds that report them."""
    metrics_operation: str | None = None
    """The operation that returns the offline metrics. Default: the describe operation."""
    resource_id: Callable[[Mapping[str, Any]], str] | None = None
    """Returns the end of the ARN, after the kind, from a create request. Default: the name."""
    case_insensitive_members: frozenset[str] = frozenset()
    """Members whose values Amazon Personalize compares without regard to upper and lower case."""
    json_members: frozenset[str] = frozenset()
    """Members whose values are JSON texts, which are compared without regard to white space."""
    trainings: Trainings | None = None
    """Trainings of the resource that block its deletion, also those that the stack did not start."""
    unseen: frozenset[str] = frozenset()
    """Create members that the describe operation omits or returns in another form."""
    listed: Mapping[str, str] = field(default_factory=dict)
    """List operations of the members that the describe operation omits, by member name."""
    changes: Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]] | None = None
    """Returns the update request for a desired configuration and a description.

    None if the update request has the same members as the create request.
    """
    also_mutable: frozenset[str] = frozenset()
    """Create members for which the update request has members with other names."""

    def id_of(self, request: Mapping[str, Any], name_member: str) -> str:
        """Return the end of the ARN, after the kind, that a create request leads to."""
        return self.resource_id(request) if self.resource_id else str(request[name_member])

    @property
    def arn_path(self) -> str:
        """Regular expression of the resource part of an ARN of this kind."""
        return self.path or f"{self.segment}/[^/]+"

    @property
    def segment(self) -> str:
        """The resource type in an ARN, such as `dataset-group`."""
        return kebab_case(self.name)

    def is_arn(self, physical_id: str) -> bool:
        """Return whether `physical_id` is the ARN of a resource of this kind."""
        return re.fullmatch(rf"arn:[^:]+:personalize:[^:]*:[^:]*:{self.arn_path}", physical_id) is not None


def _dataset_id(request: Mapping[str, Any]) -> str:
    return f"{request['datasetGroupArn'].rsplit('/', 1)[1]}/{request['datasetType'].upper()}"


def _changed_metrics(desired: Mapping[str, Any], description: Mapping[str, Any]) -> Mapping[str, Any]:
    metrics, existing = desired.get("metrics", []), description.get("metrics", [])
    return {
        "addMetrics": [metric for metric in metrics if metric not in existing],
        "removeMetrics": [metric["metricName"] for metric in existing if metric not in metrics],
        **{name: value for name, value in desired.items() if name != "metrics"},
    }


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(name="Schema", usual_duration=timedelta(minutes=5), json_members=frozenset({"schema"})),
        Kind(name="DatasetGroup", usual_duration=timedelta(minutes=30)),
        Kind(
            name="Dataset",
            usual_duration=timedelta(minutes=30),
            path="dataset/[^/]+/[^/]+",
            resource_id=_dataset_id,
            case_insensitive_members=frozenset({"datasetType"}),
            parents=("dataset-group/*",),
        ),
        Kind(
            name="DatasetImportJob",
            usual_duration=timedelta(minutes=55),
            minimum_duration=timedelta(minutes=1),
            parents=("dataset/*",),
        ),
        Kind(
            name="DatasetExportJob",
            usual_duration=timedelta(minutes=55),
            minimum_duration=timedelta(minutes=1),
            parents=("dataset/*",),
        ),
        Kind(
            name="DataDeletionJob",
            usual_duration=timedelta(hours=24),
            minimum_duration=timedelta(minutes=1),
            parents=("dataset-group/*",),
            ready=frozenset({"COMPLETED"}),
        ),
        Kind(
            name="EventTracker", usual_duration=timedelta(minutes=30), arn_from_name=False, parents=("dataset-group/*",)
        ),
        Kind(name="Filter", usual_duration=timedelta(minutes=30), parents=("dataset-group/*",)),
        Kind(
            name="MetricAttribution",
            usual_duration=timedelta(minutes=30),
            parents=("dataset-group/*",),
            listed={"metrics": "ListMetricAttributionMetrics"},
            changes=_changed_metrics,
            also_mutable=frozenset({"metrics"}),
        ),
        Kind(
            name="Solution",
            usual_duration=timedelta(minutes=30),
            parents=("dataset-group/*",),
            defaults={"performAutoTraining": True, "performIncrementalUpdate": False},
            trainings=Trainings(kind="SolutionVersion", parent_member="solutionArn", switch="performAutoTraining"),
        ),
        Kind(
            name="Campaign",
            usual_duration=timedelta(minutes=55),
            minimum_duration=timedelta(minutes=3),
            parents=("solution/*",),
            defaults={
                "minProvisionedTPS": 1,
                "campaignConfig": {"enableMetadataWithRecommendations": False, "syncWithLatestSolutionVersion": False},
            },
        ),
        Kind(
            name="SolutionVersion",
            usual_duration=timedelta(hours=4),
            minimum_duration=timedelta(minutes=10),
            path=r"solution/[^/]+/[^/]+",
            arn_from_name=False,
            stop="StopSolutionVersionCreation",
            unseen=frozenset({"name"}),
            metrics_member="metrics",
            metrics_operation="GetSolutionMetrics",
        ),
        Kind(
            name="Recommender",
            usual_duration=timedelta(hours=4),
            minimum_duration=timedelta(minutes=5),
            parents=("dataset-group/*",),
            ready=frozenset({"ACTIVE", "INACTIVE"}),
            metrics_member="modelMetrics",
            defaults={
                "recommenderConfig": {
                    "minRecommendationRequestsPerSecond": 1,
                    "enableMetadataWithRecommendations": False,
                }
            },
        ),
        Kind(
            name="BatchInferenceJob",
            usual_duration=timedelta(hours=2),
            minimum_duration=timedelta(minutes=5),
            parents=("solution/*",),
        ),
        Kind(
            name="BatchSegmentJob",
            usual_duration=timedelta(hours=2),
            minimum_duration=timedelta(minutes=5),
            parents=("solution/*",),
        ),
    )
}


def kebab_case(name: str) -> str:
    """Convert `DatasetGroup` to `dataset-group`, as in ARNs."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def resource_type(kind: str) -> str:
    """Return the CloudFormation type of a kind's custom resource."""
    return f"{RESOURCE_TYPE_PREFIX}{kind}"


def wait_type(kind: str) -> str:
    """Return the CloudFormation type of a kind's wait link."""
    return f"{RESOURCE_TYPE_PREFIX}{kind}{WAIT_SUFFIX}"


def short_hash(*parts: str) -> str:
    """Return 8 hexadecimal digits of a hash of `parts`."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def name_prefix(stack_name: str) -> str:
    """Return the prefix of all names that a stack generates, for its IAM policy."""
    return f"{stack_name[:24].rstrip('-')}-"


def generated_name(stack_name: str, logical_id: str, owner: str, request: str) -> str:
    """Return a name of at most 63 characters for a resource without a name prop.

    The hash of the owner makes it possible to find a resource whose ARN was not reported. The hash of the request gives
    a replacement another name.
    """
    return f"{name_prefix(stack_name)}{logical_id[:20]}-{owner}-{request}"
