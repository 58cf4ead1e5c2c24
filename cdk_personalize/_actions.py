"""The IAM actions of each kind, from the service model and the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_personalize_handler import kinds, service_model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk_personalize_handler.kinds import Kind

TAG, _UNTAG = "TagResource", "UntagResource"


def every_kind() -> Iterable[Kind]:
    """Return all kinds of the catalogue."""
    return kinds.KINDS.values()


def actions_of(kind: Kind, *verbs: str) -> list[str]:
    """Return the actions of a kind with the given verbs that exist in the API."""
    return [operation.name for verb in verbs if (operation := service_model.operation(verb, kind.name))]


def measuring(kind: Kind) -> list[str]:
    """Return the action for offline metrics that are not in the description."""
    return [kind.metrics_operation] if kind.metrics_operation else []


def tagging(kind: Kind) -> list[str]:
    """Return the actions that change tags, for kinds that support tags."""
    return [TAG, _UNTAG] if service_model.is_taggable(kind.name) else []


def removing(kind: Kind) -> list[str]:
    """Return the actions that delete, release or stop a resource.

    A kind that cannot be deleted is stopped. Releasing an adopted resource deletes its ownership tag.

    A separate policy covers the deletion of kinds without tags.
    """
    deleting = [] if is_deleted_by_type(kind) else actions_of(kind, "Delete")
    return [*deleting, *([_UNTAG] if deleting else []), *_ending_trainings(kind)]


def is_deleted_by_type(kind: Kind) -> bool:
    """Whether a kind can be deleted but does not support the ownership tag."""
    return bool(actions_of(kind, "Delete")) and not service_model.is_taggable(kind.name)


def _ending_trainings(kind: Kind) -> list[str]:
    """Return the actions that stop trainings, for solutions and solution versions.

    Amazon Personalize cannot delete a solution while one of its versions is in training.
    """
    if kind.stop:
        return [kind.stop]
    versions = _versions_of(kind)
    return [*actions_of(kind, "Update"), str(versions.stop)] if versions else []


def _versions_of(kind: Kind) -> Kind | None:
    """Return the kind that is trained from this kind and extends its ARN, if any."""
    others = (each for each in every_kind() if each.stop and each is not kind)
    return next((each for each in others if everything(each) == everything(kind)), None)


def with_versions(kind: Kind, name: str) -> list[str]:
    """Return the ARN resource parts of a name and, if any, its versions."""
    return [name, f"{name}/*"] if _versions_of(kind) else [name]


def everything(kind: Kind) -> str:
    """Return the ARN resource part that matches every resource of a kind."""
    return f"{kind.arn_path.partition('/')[0]}/*"
