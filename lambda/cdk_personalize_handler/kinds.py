"""The catalogue: one entry for each kind of Amazon Personalize resource, with what the service model cannot tell.

Everything else about a kind (its operations, members, what an update may change, whether it has tags) is read from
the model. This module needs the standard library alone, because the constructs read it at synth too. It also holds
the names that both sides use on the wire: resource types, reserved properties and generated names.
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

# Properties of the custom resources that are not members of the API. They may only be added to, never renamed:
# handlers meet properties that older releases wrote.
SERVICE_TOKEN = "ServiceToken"  # noqa: S105  (CloudFormation's word for the provider's function)
SERVICE_TIMEOUT = "ServiceTimeout"
WAIT_SECONDS = "WaitSeconds"
"""How long this resource or link may wait for the service, in seconds of the service's clock."""
CONTINUED = "Continued"
"""`true` where a wait link follows: running out of time passes the wait on instead of failing."""
ACTIVE = "Active"
"""`false` where a resource that can be stopped shall be; one that is missing or `true` has it started."""
RERUN_ON = "RerunOn"
"""Values of the user's; a change of any of them makes the resource anew."""
QUALITY_GATE = "QualityGate"
"""List of what offline metrics have to reach: each entry has the two properties that follow."""
GATE_METRIC = "Metric"
GATE_AT_LEAST = "AtLeast"
IGNORE_CHANGES = "IgnoreChanges"
"""Names of properties that something outside the stack changes: an update keeps the values that the resource has."""
ADOPT = "Adopt"
"""`true` where a creation takes over what has the name already."""
NEW_ROLE = "NewRole"
"""Logical IDs of the role in the same stack that the request hands to Amazon Personalize, and of its policies."""
WAIT_ARN = "Arn"
WAIT_OPERATION = "Operation"
"""Attribute of a resource and property of its wait link: when the newest operation on the resource began."""

OWNER_TAG = "cdk-personalize:owner"
"""Says which stack, logical id and request made a resource; the proof that it is ours to go on with or to sweep.

Of one that was adopted it also says in which operation of the stack: when that began.
"""

ONE_LINK = timedelta(minutes=55)
"""The longest wait of one custom resource: CloudFormation and CDK's Provider both end it after an hour."""


@dataclass(frozen=True, kw_only=True)
class AutomaticChildren:
    """Resources that the service creates by itself."""

    kind: str
    parent_member: str
    """The member of their list operation that names the parent."""
    marker: tuple[str, str]
    """The member, and its value, by which a summary shows that the service created the resource."""
    switch: str
    """The member of the parent's update that is false to stop it."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What the service model does not tell about one kind of resource."""

    name: str
    """As in the names of its operations: `Campaign` for CreateCampaign."""
    usual: timedelta
    """How long creating it may usually take; the default of a construct's `timeout`."""
    path: str = ""
    """Pattern of an ARN's resource part. Default: the kind in kebab-case, a slash, the name."""
    arn_from_name: bool = True
    """Whether a resource's ARN follows from its name, so that a name belongs to one resource only."""
    parents: tuple[str, ...] = ()
    """Resource parts of the ARNs, beside its own, that IAM asks for when it is created."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What the service uses for a mutable member that is left out; sent when an update takes a member away."""
    minimum: timedelta = timedelta()
    """The shortest time that a creation is known to take; nothing polls before."""
    ready: frozenset[str] = frozenset({"ACTIVE"})
    """The statuses that end a wait well."""
    stop: str | None = None
    """Operation that ends an unfinished creation, for kinds that cannot be deleted."""
    metrics_member: str | None = None
    """The member that holds the offline metrics, for kinds whose quality is measured."""
    metrics_operation: str | None = None
    """The operation that answers that member. Default: it is a part of the description."""
    resource_id: Callable[[Mapping[str, Any]], str] | None = None
    """The part of the ARN after the kind, of a create request. Default: the name."""
    any_case: frozenset[str] = frozenset()
    """Members whose values the service takes in any case."""
    json_members: frozenset[str] = frozenset()
    """Members whose values are JSON texts, in which white space has no meaning."""
    automatic_children: AutomaticChildren | None = None
    """Resources that the service creates by itself, and that keep this one from being deleted while they train."""
    unseen: frozenset[str] = frozenset()
    """Create members that a description lacks, or shows in another form."""
    listed: Mapping[str, str] = field(default_factory=dict)
    """Members that a description lacks, each with the operation that lists them."""
    changes: Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]] | None = None
    """Turns the wanted configuration, beside a description, into an update request where it is not the same."""
    also_mutable: frozenset[str] = frozenset()
    """Create members that an update changes by members of other names."""

    def id_of(self, request: Mapping[str, Any], name_member: str) -> str:
        """Return the part of the ARN after the kind that a resource will have."""
        return self.resource_id(request) if self.resource_id else str(request[name_member])

    @property
    def arn_path(self) -> str:
        """Return the pattern of the resource part of an ARN of this kind."""
        return self.path or f"{self.segment}/[^/]+"

    @property
    def segment(self) -> str:
        """Return the word for the kind in an ARN."""
        return kebab_case(self.name)

    def is_arn(self, physical_id: str) -> bool:
        """Tell whether `physical_id` is the ARN of a resource of this kind."""
        return re.fullmatch(rf"arn:[^:]+:personalize:[^:]*:[^:]*:{self.arn_path}", physical_id) is not None


def _dataset_id(request: Mapping[str, Any]) -> str:
    return f"{request['datasetGroupArn'].rsplit('/', 1)[1]}/{request['datasetType'].upper()}"


def _changed_metrics(wanted: Mapping[str, Any], description: Mapping[str, Any]) -> Mapping[str, Any]:
    metrics, existing = wanted.get("metrics", []), description.get("metrics", [])
    return {
        "addMetrics": [metric for metric in metrics if metric not in existing],
        "removeMetrics": [metric["metricName"] for metric in existing if metric not in metrics],
        **{name: value for name, value in wanted.items() if name != "metrics"},
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
            automatic_children=AutomaticChildren(
                kind="SolutionVersion",
                parent_member="solutionArn",
                marker=("trainingType", "AUTOMATIC"),
                switch="performAutoTraining",
            ),
        ),
        Kind(
            name="Campaign",
            usual=timedelta(minutes=55),
            minimum=timedelta(minutes=2),
            parents=("solution/*",),
            defaults={
                "minProvisionedTPS": 1,
                "campaignConfig": {"enableMetadataWithRecommendations": False, "syncWithLatestSolutionVersion": False},
            },
        ),
        Kind(
            name="SolutionVersion",
            usual=timedelta(hours=4),
            minimum=timedelta(minutes=5),
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
            minimum=timedelta(minutes=2),
            parents=("solution/*",),
        ),
        Kind(
            name="BatchSegmentJob",
            usual=timedelta(hours=2),
            minimum=timedelta(minutes=2),
            parents=("solution/*",),
        ),
    )
}


def kebab_case(name: str) -> str:
    """Turn `DatasetGroup` into `dataset-group`, as ARNs spell kinds."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def resource_type(kind: str) -> str:
    """Return the CloudFormation type of a kind's custom resource."""
    return f"{RESOURCE_TYPE_PREFIX}{kind}"


def wait_type(kind: str) -> str:
    """Return the CloudFormation type of a kind's wait link."""
    return f"{RESOURCE_TYPE_PREFIX}{kind}{WAIT_SUFFIX}"


def short_hash(*parts: str) -> str:
    """Return 8 hexadecimal digits that stand for `parts`."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def name_prefix(stack_name: str) -> str:
    """Return how every generated name of a stack begins; the role's permissions name it."""
    return f"{stack_name[:24].rstrip('-')}-"


def generated_name(stack_name: str, logical_id: str, owner: str, request: str) -> str:
    """Return a name of at most 63 characters: a readable part, then who owns it, then which request made it.

    The owner's hash finds a resource whose id was lost, the request's keeps a replacement from colliding.
    """
    return f"{name_prefix(stack_name)}{logical_id[:20]}-{owner}-{request}"
