"""Required permissions of each call.

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
"""By kind, the member of a create request whose resource needs permission beside the new one."""
_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "TagResource": ("resourceArn",),
    "UntagResource": ("resourceArn",),
    "ListTagsForResource": ("resourceArn",),
    "GetSolutionMetrics": ("solutionVersionArn",),
    "StopSolutionVersionCreation": ("solutionVersionArn",),
    # unverified: that the right on a recommender is asked for; the reference lists campaigns alone
    "GetRecommendations": ("campaignArn", "recommenderArn"),
    "GetPersonalizedRanking": ("campaignArn",),
    "GetActionRecommendations": ("campaignArn",),
    "PutItems": ("datasetArn",),
    "PutUsers": ("datasetArn",),
    "PutActions": ("datasetArn",),
}
"""The member with the resource, for operations whose names do not tell. Others need permission on `*`."""


@dataclass(frozen=True)
class Right:
    """One action on one resource, and the values of the condition keys."""

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)


class Caller(Protocol):
    """The identity that makes a call, with its policies."""

    @property
    def arn(self) -> str:
        """The ARN."""

    def decision(self, right: Right, region: str) -> str:
        """Return the decision of the policies: `Allow`, `Deny` or another word.

        `Deny` means that a statement denies the action.
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
    asked = {
        **{f"aws:requesttag/{tag['tagKey']}".lower(): tag["tagValue"] for tag in request.get("tags", [])},
        "aws:tagkeys": [*(tag["tagKey"] for tag in request.get("tags", [])), *request.get("tagKeys", [])] or None,
    }

    def right(action: str, resource: str) -> Right:
        existing = registry.resources.get(resource)
        tags = existing.tags if existing else {}
        had = {f"aws:resourcetag/{key}".lower(): value for key, value in tags.items()}
        return Right(f"personalize:{action}", resource, {**asked, **had})

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
        return [request["solutionArn"]]  # versions have no type of their own
    parent = [request[_PARENTS[kind]]] if kind in _PARENTS else []
    if parent and _PARENTS[kind] == "solutionVersionArn":
        # unverified: whether it is the version or its solution; here both have to be allowed
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
