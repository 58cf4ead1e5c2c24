"""Ownership of resources: the ownership tag, generated names and derived ARNs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds, service_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize_handler.events import ResourceRequest
    from cdk_personalize_handler.kinds import Kind
    from cdk_personalize_handler.personalize import Description, PersonalizeClient

_HASH = r"[0-9a-f]{8}"
_IN_NAME = re.compile(rf"-({_HASH})-({_HASH})$")
_IN_TAG = re.compile(rf"({_HASH})/({_HASH})(?:/(.+))?$")


@dataclass(frozen=True)
class Ownership:
    """The stack, logical ID and CloudFormation request that own a resource.

    The ownership tag, the end of a generated name, and the physical ID of a creation that failed before the resource
    had an ARN contain it. The name of a workflow execution consists of the same two hashes.
    """

    owner: str
    """Hash of the ID of the stack and the logical ID of the resource."""
    request: str
    """Hash of the ID of the CloudFormation request that created or adopted the resource."""
    adopted_in: datetime | None = None
    """Start of the stack operation that adopted the resource. None if the stack created it."""

    @staticmethod
    def of(stack_id: str, logical_id: str, request_id: str) -> Ownership:
        """Return the ownership of the resource that a request creates."""
        return Ownership(kinds.short_hash(stack_id, logical_id), kinds.short_hash(request_id))

    @staticmethod
    def parse(text: str) -> Ownership | None:
        """Parse the ownership in a tag value or a physical ID. None for any other text."""
        match = _IN_TAG.fullmatch(text)
        if match is None:
            return None
        adopted_in = datetime.fromisoformat(match[3]) if match[3] else None
        return Ownership(match[1], match[2], adopted_in)

    @staticmethod
    def in_name(name: str) -> Ownership | None:
        """Parse the ownership in a generated name. None for a name that a user specified."""
        match = _IN_NAME.search(name)
        return Ownership(match[1], match[2]) if match else None

    @staticmethod
    def in_execution(name: str) -> Ownership | None:
        """Parse the ownership in the name of a workflow execution."""
        return Ownership.in_name(f"-{name}")

    def __str__(self) -> str:
        parts = [self.owner, self.request, *([self.adopted_in.isoformat()] if self.adopted_in else [])]
        return "/".join(parts)

    @property
    def execution(self) -> str:
        """The name of the workflow execution of the request."""
        return f"{self.owner}-{self.request}"

    def is_same_request(self, other: Ownership | None) -> bool:
        """Return whether both have the same owner and the same CloudFormation request."""
        return other is not None and (self.owner, self.request) == (other.owner, other.request)


def create_request(request: ResourceRequest, ownership: Ownership, desired: Mapping[str, Any]) -> dict[str, Any]:
    """Return the create request with the ownership tag and, if none is set, a name."""
    kind = request.kind.name
    complete = dict(desired)
    name = service_model.name_member(kind)
    if name not in complete and name in service_model.create_shape(kind).required_members:
        stack_name = request.stack_id.split("/")[1]
        complete[name] = kinds.generated_name(stack_name, request.logical_id, ownership.owner, ownership.request)
    if service_model.is_taggable(kind):
        tag = {"tagKey": kinds.OWNER_TAG, "tagValue": str(ownership)}
        complete[service_model.TAGS] = [*complete.get(service_model.TAGS, []), tag]
    return complete


def arn_from_request(kind: Kind, stack_id: str, create: Mapping[str, Any]) -> str | None:
    """Return the ARN of the resource that a create request creates.

    None if Amazon Personalize does not derive the ARN of this kind from the name.
    """
    if not kind.arn_from_name:
        return None
    _, partition, _, region, account, _ = stack_id.split(":", 5)
    resource_id = kind.id_of(create, service_model.name_member(kind.name))
    return f"arn:{partition}:personalize:{region}:{account}:{kind.segment}/{resource_id}"


def ownership_of(api: PersonalizeClient, arn: str, description: Description) -> Ownership | None:
    """Return the ownership of a resource, from its tag or its generated name.

    The tag has priority, because an adopted resource can have a name that another stack generated.
    """
    kind = api.kind.name
    tag = api.tags(arn).get(kinds.OWNER_TAG, "") if service_model.is_taggable(kind) else ""
    return Ownership.parse(tag) or Ownership.in_name(str(description.get(service_model.name_member(kind), "")))
