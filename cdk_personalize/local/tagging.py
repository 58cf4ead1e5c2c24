"""Operations for the tags of resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

from cdk_personalize.local.errors import ServiceError, invalid

if TYPE_CHECKING:
    from collections.abc import Collection

    from cdk_personalize.local.registry import ResourceRegistry
    from cdk_personalize.local.resource import EmulatedResource

    Request = dict[str, Any]
    Answer = dict[str, Any]

_MAX_TAGS = 50


def tag_resource(registry: ResourceRegistry, request: Request) -> Answer:
    """Add tags to a resource, or replace the values of its tags."""
    resource = _taggable(registry, request)
    tags = resource.tags | {tag["tagKey"]: tag["tagValue"] for tag in request["tags"]}
    require_valid_tags(tags)
    resource.tags = tags
    return {}


def untag_resource(registry: ResourceRegistry, request: Request) -> Answer:
    """Delete tags of a resource."""
    resource = _taggable(registry, request)
    if len(request["tagKeys"]) > _MAX_TAGS:  # unverified: the limit
        raise ServiceError("TooManyTagKeysException", f"The request has more than {_MAX_TAGS} tag keys")
    resource.tags = {key: value for key, value in resource.tags.items() if key not in request["tagKeys"]}
    return {}


def list_tags_for_resource(registry: ResourceRegistry, request: Request) -> Answer:
    """Return the tags of a resource."""
    tags = _taggable(registry, request).tags
    return {"tags": [{"tagKey": key, "tagValue": value} for key, value in tags.items()]}


def require_valid_tags(keys: Collection[str]) -> None:
    """Raise ServiceError if there are too many tags, or a key is reserved."""
    if len(keys) > _MAX_TAGS:
        raise ServiceError("TooManyTagsException", f"You have exceeded the maximum number of tags, {_MAX_TAGS}")
    if any(key.lower().startswith("aws:") for key in keys):
        raise invalid("Tag keys that begin with aws: are reserved")


def _taggable(registry: ResourceRegistry, request: Request) -> EmulatedResource:
    resource = registry.get(request["resourceArn"])
    if not service_model.is_taggable(resource.kind.name):
        # unverified: the exception type for a kind that does not support tags
        raise invalid(f"{resource.arn} cannot be tagged")
    return resource


OPERATIONS = {
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
