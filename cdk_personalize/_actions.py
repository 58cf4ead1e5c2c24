"""IAM actions of each kind of resource, from the service model and `KINDS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_personalize_handler import kinds, service_model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk_personalize_handler.kinds import Kind

TAG, _UNTAG = "TagResource", "UntagResource"


def every_kind() -> Iterable[Kind]:
    """Return all kinds of resources."""
    return kinds.KINDS.values()


def actions_of(kind: Kind, *verbs: str) -> list[str]:
    """Return the IAM actions of a kind for verbs such as `Create`.

    Actions that the API does not have are omitted.
    """
    return [operation.name for verb in verbs if (operation := service_model.operation(verb, kind.name))]


def metrics_actions_of(kind: Kind) -> list[str]:
    """Return the action that reads offline metrics, if Describe does not return them."""
    return [kind.metrics_operation] if kind.metrics_operation else []


def tag_actions_of(kind: Kind) -> list[str]:
    """Return the actions that change tags, for kinds that support tags."""
    return [TAG, _UNTAG] if service_model.is_taggable(kind.name) else []


def delete_actions_of(kind: Kind) -> list[str]:
    """Return the actions for the deletion of a resource with an ownership tag.

    A solution version is stopped, because the API cannot delete it. Releasing an adopted resource deletes its tag.
    Kinds without tags are not included: a separate policy covers their deletion.
    """
    deleting = [] if is_deleted_by_type(kind) else actions_of(kind, "Delete")
    return [*deleting, *([_UNTAG] if deleting else []), *_stop_actions_of(kind)]


def is_deleted_by_type(kind: Kind) -> bool:
    """Return whether a kind can be deleted but does not support the ownership tag."""
    return bool(actions_of(kind, "Delete")) and not service_model.is_taggable(kind.name)


def _stop_actions_of(kind: Kind) -> list[str]:
    """Return the actions that stop trainings, for solutions and solution versions.

    Amazon Personalize cannot delete a solution while one of its versions is in training.
    """
    if kind.stop:
        return [kind.stop]
    versions = _versions_of(kind)
    return [*actions_of(kind, "Update"), str(versions.stop)] if versions else []


def _versions_of(kind: Kind) -> Kind | None:
    """Return the kind whose ARNs continue the ARNs of this kind, if any.

    The ARN of a solution version starts with the ARN of its solution.
    """
    others = (each for each in every_kind() if each.stop and each is not kind)
    return next((each for each in others if all_resources_of(each) == all_resources_of(kind)), None)


def with_versions(kind: Kind, name: str) -> list[str]:
    """Return the IAM resources of a resource and, for a solution, its versions."""
    return [name, f"{name}/*"] if _versions_of(kind) else [name]


def all_resources_of(kind: Kind) -> str:
    """Return the IAM resource that matches every resource of a kind."""
    return f"{kind.arn_path.partition('/')[0]}/*"
