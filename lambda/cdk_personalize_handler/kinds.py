"""The catalogue: one entry for each kind of Amazon Personalize resource.

An entry has the facts that the service model does not contain.

Everything else about a kind (operations, members, mutability, tags) is read from the service model. This module only
requires the standard library, because the constructs read it at synthesis too. It also defines the names that
constructs and handler share: resource types, reserved properties and generated names.
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
"""Wait budget of this resource or link, in seconds of the service's clock."""
CONTINUED = "Continued"
"""`true` if a wait link follows: the wait is handed over to it instead of timing out."""
ACTIVE = "Active"
"""`false` if a resource that supports it must be stopped. Missing or `true`: it must run."""
RERUN_ON = "RerunOn"
"""Values of the user. A change of any of them replaces the resource."""
QUALITY_GATE = "QualityGate"
"""List of quality gates. Each entry has the two properties that follow."""
GATE_METRIC = "Metric"
GATE_AT_LEAST = "AtLeast"
IGNORE_CHANGES = "IgnoreChanges"
"""Names of properties that something outside the stack changes: an update keeps the values that the resource has.

`Active` among them: the stack neither starts nor stops the resource.
"""
ADOPT = "Adopt"
"""`true` if a creation adopts an existing resource of the same name."""
NEW_ROLE = "NewRole"
"""Logical IDs of the role of the stack that the request passes to Amazon Personalize, and of its policies."""
WAIT_ARN = "Arn"
WAIT_OPERATION = "Operation"
"""Attribute of a resource and property of its wait link: the start of the latest operation on the resource."""

OWNER_TAG = "cdk-personalize:owner"
"""Ownership tag: the stack, logical ID and request that created a resource.

For an adopted resource, it also has the start of the stack operation.
"""

ONE_LINK = timedelta(minutes=55)
"""The longest wait of one custom resource. CloudFormation ends it after an hour."""


@dataclass(frozen=True, kw_only=True)
class Trainings:
    """Trainings of a resource: its child resources in progress."""

    kind: str
    parent_member: str
    """The member of their list operation that names the parent."""
    switch: str
    """The member of the parent's update that turns automatic trainings off when false."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Facts about one kind of resource that the service model does not contain."""

    name: str
    """The name in operations: `Campaign` for CreateCampaign."""
    usual: timedelta
    """The usual duration of a creation; the default of a construct's `timeout`."""
    path: str = ""
    """The pattern of an ARN's resource part. Default: the kind in kebab case, a slash, the name."""
    arn_from_name: bool = True
    """Whether the ARN is derived from the name, so that a name is unique."""
    parents: tuple[str, ...] = ()
    """Resource parts of further ARNs that IAM checks when it is created."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """The service default of a mutable member. An update sends it when the member is no longer declared."""
    minimum: timedelta = timedelta()
    """The minimum duration of a creation. The first poll comes after it."""
    ready: frozenset[str] = frozenset({"ACTIVE"})
    """The statuses of a successful wait."""
    stop: str | None = None
    """The operation that stops an unfinished creation, for kinds that cannot be deleted."""
    metrics_member: str | None = None
    """The member with the offline metrics, for kinds that report them."""
    metrics_operation: str | None = None
    """The operation that returns that member. Default: the describe operation."""
    resource_id: Callable[[Mapping[str, Any]], str] | None = None
    """Returns the ARN part after the kind for a create request. Default: the name."""
    any_case: frozenset[str] = frozenset()
    """Members whose values are case-insensitive for the service."""
    json_members: frozenset[str] = frozenset()
    """Members whose values are JSON texts, in which white space has no meaning."""
    trainings: Trainings | None = None
    """Trainings that block the deletion, and that no construct has to have started."""
    unseen: frozenset[str] = frozenset()
    """Create members that a description does not include, or shows in another form."""
    listed: Mapping[str, str] = field(default_factory=dict)
    """Members that a description does not include, each with the operation that lists them."""
    changes: Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]] | None = None
    """Returns the update request from the desired configuration and a description.

    None or empty if they are the same.
    """
    also_mutable: frozenset[str] = frozenset()
    """Create members that an update changes by members of other names."""

    def id_of(self, request: Mapping[str, Any], name_member: str) -> str:
        """Return the ARN part after the kind for a create request."""
        return self.resource_id(request) if self.resource_id else str(request[name_member])

    @property
    def arn_path(self) -> str:
        """Return the pattern of the resource part of an ARN of this kind."""
        return self.path or f"{self.segment}/[^/]+"

    @property
    def segment(self) -> str:
        """Return the resource type in an ARN."""
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
        Kind(name="Schema", usual=timedelta(minutes=5), json_members=frozenset({"schema"})),
        Kind(name="DatasetGroup", usual=timedelta(minutes=30)),
        Kind(
            name="Dataset",
            usual=timedelta(minutes=30),
            path="dataset/[^/]+/[^/]+",
            resource_id=_dataset_id,
            any_case=frozenset({"datasetType"}),
            parents=("dataset-group/*",),
        ),
        Kind(
            name="DatasetImportJob",
            usual=timedelta(minutes=55),
            minimum=timedelta(minutes=1),
            parents=("dataset/*",),
        ),
        Kind(
            name="DatasetExportJob",
            usual=timedelta(minutes=55),
            minimum=timedelta(minutes=1),
            parents=("dataset/*",),
        ),
        Kind(
            name="DataDeletionJob",
            usual=timedelta(hours=24),
            minimum=timedelta(minutes=5),
            parents=("dataset-group/*",),
            ready=frozenset({"COMPLETED"}),
        ),
        Kind(name="EventTracker", usual=timedelta(minutes=30), arn_from_name=False, parents=("dataset-group/*",)),
        Kind(name="Filter", usual=timedelta(minutes=30), parents=("dataset-group/*",)),
        Kind(
            name="MetricAttribution",
            usual=timedelta(minutes=30),
            parents=("dataset-group/*",),
            listed={"metrics": "ListMetricAttributionMetrics"},
            changes=_changed_metrics,
            also_mutable=frozenset({"metrics"}),
        ),
        Kind(
            name="Solution",
            usual=timedelta(minutes=30),
            parents=("dataset-group/*",),
            defaults={"performAutoTraining": True, "performIncrementalUpdate": False},
            trainings=Trainings(kind="SolutionVersion", parent_member="solutionArn", switch="performAutoTraining"),
        ),
        Kind(
            name="Campaign",
            usual=timedelta(minutes=55),
            minimum=timedelta(minutes=3),
            parents=("solution/*",),
            defaults={
                "minProvisionedTPS": 1,
                "campaignConfig": {"enableMetadataWithRecommendations": False, "syncWithLatestSolutionVersion": False},
            },
        ),
        Kind(
            name="SolutionVersion",
            usual=timedelta(hours=4),
            minimum=timedelta(minutes=10),
            path=r"solution/[^/]+/[^/]+",
            arn_from_name=False,
            stop="StopSolutionVersionCreation",
            unseen=frozenset({"name"}),
            metrics_member="metrics",
            metrics_operation="GetSolutionMetrics",
        ),
        Kind(
            name="Recommender",
            usual=timedelta(hours=4),
            minimum=timedelta(minutes=5),
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
            usual=timedelta(hours=2),
            minimum=timedelta(minutes=5),
            parents=("solution/*",),
        ),
        Kind(
            name="BatchSegmentJob",
            usual=timedelta(hours=2),
            minimum=timedelta(minutes=5),
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
    """Return the prefix of all generated names of a stack, which the IAM policy uses."""
    return f"{stack_name[:24].rstrip('-')}-"


def generated_name(stack_name: str, logical_id: str, owner: str, request: str) -> str:
    """Return a name of at most 63 characters, with the hashes of owner and request.

    The owner's hash identifies a resource with a lost ID. The request's hash makes the name of a replacement different.
    """
    return f"{name_prefix(stack_name)}{logical_id[:20]}-{owner}-{request}"
