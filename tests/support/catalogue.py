"""Lists of kinds with certain capabilities, for tests that run for every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore import xform_name
from cdk_personalize_handler import service_model
from cdk_personalize_handler.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.world import World

ALL = sorted(KINDS)
WITH_STATUS = [kind for kind in ALL if "status" in service_model.described_members(kind)]
TAGGABLE = [kind for kind in ALL if service_model.is_taggable(kind)]
DELETABLE = [kind for kind in ALL if service_model.operation("Delete", kind)]


def create_only(kind: str) -> list[str]:
    extra = KINDS[kind].also_mutable
    return sorted(service_model.create_only_members(kind) - extra)


def mutable(kind: str) -> list[str]:
    members = service_model.create_members(kind)
    return sorted((service_model.mutable_members(kind) & members) | KINDS[kind].also_mutable)


def template(kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = service_model.to_template(service_model.create_shape(kind), request)
    return properties


def call(world: World, operation: str, kind: str, arn: str | None, **request: Any) -> Any:
    """Call an operation of Amazon Personalize on a resource of a kind."""
    return getattr(world.personalize, xform_name(operation))(**{service_model.arn_member(kind): arn}, **request)


def described(world: World, kind: str, arn: str | None) -> dict[str, Any]:
    answer = call(world, f"Describe{kind}", kind, arn)
    found: dict[str, Any] = next(value for key, value in answer.items() if key != "ResponseMetadata")
    for member, listing in KINDS[kind].listed.items():
        found[member] = call(world, listing, kind, arn)[member]
    return found
