"""Tables of the site that are generated from the code."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds, service_model

import cdk_personalize as personalize
from cdk_personalize.recipe import Capabilities, Metadata, Recipe, UseCase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_UNIFORM_SHAPES = ("Name", "Arn", "RoleArn", "KmsKeyArn")
"""Shapes with the same bounds for every kind. The page "Cost and limits" states them once."""


def _recipes() -> str:
    return _table(
        ["recipe", "name", "serves", "item metadata", "exploration", "batch jobs", "requires"],
        (
            [
                f"`Recipe.{name}`",
                _short(recipe.arn),
                _serves(does),
                _metadata(does),
                _yes(does.explores),
                _jobs(does),
                _needs(does),
            ]
            for name, recipe, does in _known(Recipe)
        ),
    )


def _use_cases() -> str:
    return _table(
        ["use case", "recipe", "item metadata", "exploration", "requires"],
        (
            [f"`UseCase.{name}`", _short(use_case.arn), _metadata(does), _yes(does.explores), _needs(does)]
            for name, use_case, does in _known(UseCase)
        ),
    )


def _updates() -> str:
    rows = []
    for name, kind in kinds.KINDS.items():
        members = service_model.create_members(name) - {service_model.TAGS}
        in_place = members - service_model.create_only_members(name) | kind.also_mutable
        inside = [f"`{member}`" for member in _updatable_config_members(name)]
        rows.append(
            [
                f"`{name}`",
                _words(f"`{member}`" for member in sorted(in_place)) + (f"; {_words(inside)}" if inside else ""),
                _words(f"`{member}`" for member in sorted(members - in_place)),
                "updated in place" if service_model.is_taggable(name) else "not supported by the API",
            ]
        )
    return _table(["kind", "updated in place", "a change replaces the resource", "tags"], rows)


def _updatable_config_members(kind: str) -> list[str]:
    """Return the members of a kind's config that an update changes on their own.

    Example: `solutionUpdateConfig` of UpdateSolution changes members of `solutionConfig`.
    """
    update = service_model.operation("Update", kind)
    own = f"{service_model.lower_first(kind)}UpdateConfig"
    if update is None or own not in update.input_shape.members:
        return []
    return [f"{service_model.lower_first(kind)}Config.{name}" for name in update.input_shape.members[own].members]


def _timeouts() -> str:
    rows = []
    for name, kind in kinds.KINDS.items():
        links = math.ceil(kind.usual_duration / kinds.ONE_LINK)
        rows.append([f"`{name}`", _duration(kind.usual_duration.total_seconds()), str(links - 1), _end_of(name)])
    return _table(["kind", "default `timeout`", "wait links by default", "when it leaves the stack"], rows)


def _end_of(kind: str) -> str:
    """Return a sentence about the deletion of a resource that leaves its stack."""
    if not service_model.operation("Delete", kind):
        stopped = "a training that still runs is stopped; " if kinds.KINDS[kind].stop else ""
        return f"{stopped}it stays: the API cannot delete it"
    construct = getattr(personalize, kind, None) or getattr(personalize, kind.removesuffix("Job"))
    kept = "removal_policy" in inspect.signature(construct.__init__).parameters
    return "it stays, unless `removal_policy` is `DESTROY`" if kept else "it is deleted"


def _bounds() -> str:
    rows = [
        [f"`{kind}`", f"`{path}`", _span(shape)]
        for kind in kinds.KINDS
        for path, shape in _bounded(service_model.create_shape(kind))
    ]
    return _table(["kind", "member", "bounds"], rows)


def _bounded(shape: Any, path: Sequence[str] = ()) -> Iterable[tuple[str, Any]]:
    """Yield the members with bounds of the kind: numbers, long strings and lists."""
    for name, member in shape.members.items():
        here = (*path, name)
        if member.type_name == "structure":
            yield from _bounded(member, here)
        elif name != service_model.TAGS and member.name not in _UNIFORM_SHAPES and _is_bounded(member):
            yield ".".join(here), member


def _is_bounded(shape: Any) -> bool:
    return "max" in shape.metadata or (shape.type_name in ("integer", "double") and "min" in shape.metadata)


def _span(shape: Any) -> str:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    unit = {"string": " characters", "list": " entries", "map": " entries"}.get(shape.type_name, "")
    if high is None:
        return f"at least {low}{unit}"
    return f"at most {high}{unit}" if low is None else f"{low} to {high}{unit}"


def _known(of: type[Recipe | UseCase]) -> Iterable[tuple[str, Recipe | UseCase, Capabilities]]:
    for name, each in vars(of).items():
        if isinstance(each, of) and each.capabilities is not None:
            yield name, each, each.capabilities


def _serves(does: Capabilities) -> str:
    if not does.serves:
        return ""
    return "actions" if does.actions else "rankings" if does.ranks else "items"


def _jobs(does: Capabilities) -> str:
    jobs = {"inference": does.batch_inference, "themes": does.themes, "segments": does.batch_segments}
    return ", ".join(name for name, runs in jobs.items() if runs)


def _metadata(does: Capabilities) -> str:
    return {Metadata.AUTOMATIC: "always", Metadata.BY_FLAG: "by flag", Metadata.NONE: ""}[does.metadata]


def _needs(does: Capabilities) -> str:
    return _words(sorted(each.name.lower() for each in does.required))


def _short(arn: str) -> str:
    return f"`{arn.rpartition('/')[2]}`"


def _yes(it_does: bool) -> str:
    return "yes" if it_does else ""


def _words(parts: Iterable[str]) -> str:
    return ", ".join(parts) or "nothing"


def _duration(seconds: float) -> str:
    return f"{seconds / 3600:g} hours" if seconds >= 3600 else f"{seconds / 60:g} minutes"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


TABLES: Mapping[str, Any] = {
    "recipes": _recipes,
    "use-cases": _use_cases,
    "updates": _updates,
    "timeouts": _timeouts,
    "bounds": _bounds,
}
"""Functions that return a table as Markdown, by the name that pages use."""
