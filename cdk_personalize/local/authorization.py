"""IAM permissions that each call to Amazon Personalize needs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonpersonalize.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from cdk_personalize_handler import service_model

from cdk_personalize.local.errors import ServiceError
from cdk_personalize.local.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk_personalize.local.registry import ResourceRegistry

    Request = dict[str, Any]

_ALL = "*"
_PARENTS: Mapping[str, str] = {
    "Dataset": "datasetGroupArn",
    "DatasetImportJob": "datasetArn",
    "DatasetExportJob": "datasetArn",
    "DataDeletionJob": "datasetGroupArn",
    "EventTracker": "datasetGroupArn",
    "Filter": "datasetGroupArn",
    "MetricAttribution": "datasetGroupArn",
    "Solution": "datasetGroupArn",
    "Recommender": "datasetGroupArn",
    "Campaign": "solutionVersionArn",
    "BatchInferenceJob": "solutionVersionArn",
}
"""By kind, the member of a create request with the ARN of the parent.

A creation needs permission on the parent as well as on the new resource.
"""
_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "TagResource": ("resourceArn",),
    "UntagResource": ("resourceArn",),
    "ListTagsForResource": ("resourceArn",),
    "GetSolutionMetrics": ("solutionVersionArn",),
    "StopSolutionVersionCreation": ("solutionVersionArn",),
    # unverified: that AWS checks the permission on a recommender; the reference lists only campaigns
    "GetRecommendations": ("campaignArn", "recommenderArn"),
    "GetPersonalizedRanking": ("campaignArn",),
    "GetActionRecommendations": ("campaignArn",),
    "PutItems": ("datasetArn",),
    "PutUsers": ("datasetArn",),
    "PutActions": ("datasetArn",),
}
"""By operation, the members of a request with the ARN that needs permission.

For operations whose names do not contain the kind of the resource. Operations that are neither here nor named after
a kind need permission on `*`.
"""


@dataclass(frozen=True)
class Right:
    """Permission for one action on one resource, with values of condition keys."""

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)


class Caller(Protocol):
    """The identity that makes a call, with its policies."""

    @property
    def arn(self) -> str:
        """ARN of the identity, as in the AccessDeniedException of AWS."""

    def decision(self, right: Right, region: str) -> str:
        """Evaluate the policies of the identity for a permission.

        :return: `Allow`; `Deny` if a statement denies the action; another word if no statement allows it.
        """


def authorize(caller: Caller, registry: ResourceRegistry, operation: str, request: Request) -> None:
    """Raise AccessDeniedException if the caller's policies do not allow a call.

    :raises ServiceError: AccessDeniedException.
    """
    for right in rights(registry, operation, request):
        decision = caller.decision(right, registry.region)
        if decision != "Allow":
            raise _denied(caller, right, explicitly=decision == "Deny")


def rights(registry: ResourceRegistry, operation: str, request: Request) -> Iterator[Right]:
    """Yield the permissions that a call needs."""
    request_keys = {
        **{f"aws:requesttag/{tag['tagKey']}".lower(): tag["tagValue"] for tag in request.get("tags", [])},
        "aws:tagkeys": [*(tag["tagKey"] for tag in request.get("tags", [])), *request.get("tagKeys", [])] or None,
    }

    def right(action: str, resource: str) -> Right:
        existing = registry.resources.get(resource)
        tags = existing.tags if existing else {}
        resource_keys = {f"aws:resourcetag/{key}".lower(): value for key, value in tags.items()}
        return Right(f"personalize:{action}", resource, {**request_keys, **resource_keys})

    for resource in _resources(registry, operation, request):
        yield right(operation, resource)
    if operation.startswith("Create") and request.get("tags"):
        for resource in _created(registry, operation.removeprefix("Create"), request):
            yield right("TagResource", resource)
    for role in _roles(request):
        yield Right("iam:PassRole", role, {"iam:passedtoservice": "personalize.amazonaws.com"})


def _resources(registry: ResourceRegistry, operation: str, request: Request) -> list[str]:
    """Return the ARNs on which an operation needs permission."""
    if operation in _MEMBERS:
        return [request[member] for member in _MEMBERS[operation] if member in request]
    match = re.fullmatch(r"(Create|Describe|Update|Delete|Start|Stop)(\w+)", operation)
    if match is None:
        return [_ALL]
    verb, kind = match.groups()
    if verb != "Create":
        return [request.get(service_model.arn_member(kind), _ALL)]
    if kind == "SolutionVersion":
        return [request["solutionArn"]]  # the reference has no resource type for solution versions
    parent = [request[_PARENTS[kind]]] if kind in _PARENTS else []
    if parent and _PARENTS[kind] == "solutionVersionArn":
        # unverified: whether AWS checks the solution version or its solution; the emulator checks both
        parent.append(parent[0].rpartition("/")[0])
    return [*_created(registry, kind, request), *parent]


def _created(registry: ResourceRegistry, kind: str, request: Request) -> list[str]:
    """Return the ARN of a new resource, with a wildcard for an unknown ID."""
    if kind == "SolutionVersion":
        return [f"{request['solutionArn']}/*"]
    path = "event-tracker/*" if kind == "EventTracker" else KINDS[kind].arn_path(registry, request)
    return [f"arn:aws:personalize:{registry.region}:{registry.account}:{path}"]


def _roles(value: Any) -> Iterator[str]:
    """Yield the roles that a request passes to the service."""
    if isinstance(value, dict):
        for name, entry in value.items():
            if name == "roleArn":
                yield entry
            else:
                yield from _roles(entry)


def _denied(caller: Caller, right: Right, *, explicitly: bool) -> ServiceError:
    because = (
        "with an explicit deny in an identity-based policy"
        if explicitly
        else f"because no identity-based policy allows the {right.action} action"
    )
    words = f"User: {caller.arn} is not authorized to perform: {right.action} on resource: {right.resource} {because}"
    return ServiceError("AccessDeniedException", words)
