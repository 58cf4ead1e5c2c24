"""What a template wants of a resource, compared with what it wanted before and with what the service has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_personalize_handler.kinds import Kind

_LATEST = "/$LATEST"


class Configuration:
    """The configuration that is wanted for a resource, beside the one that was wanted before."""

    def __init__(self, kind: Kind, wanted: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        self._kind = kind
        self._wanted_as_given = wanted
        self._members = service_model.create_members(kind.name) - {service_model.TAGS}
        self._wanted = self._comparable(wanted)
        self._before = self._comparable(before)
        self._mutable = service_model.mutable_members(kind.name) | kind.also_mutable
        self._create_only = service_model.create_only_members(kind.name) - kind.also_mutable
        described = service_model.described_members(kind.name) | kind.listed.keys()
        self._seen_create_only = (self._create_only & described) - kind.unseen

    def changed(self) -> frozenset[str]:
        """Return the members, tags aside, that differ between the two configurations."""
        members = self._mutable | self._create_only
        return frozenset(member for member in members if self._wanted.get(member) != self._before.get(member))

    def replaces(self) -> bool:
        """Tell whether the change needs a new resource."""
        return not self.changed().isdisjoint(self._create_only)

    def replaces_unseen(self) -> bool:
        """Tell whether the change needs a new resource for something that no description shows."""
        return not self.changed().isdisjoint(self._create_only - self._seen_create_only)

    def conflicts(self, description: Mapping[str, Any]) -> list[str]:
        """Return in words where a resource is otherwise than wanted and no update can help, defaults included."""
        there = _only(self._comparable(description), self._seen_create_only)
        return list(_differences(there, _only(self._wanted, self._seen_create_only)))

    def over(self, description: Mapping[str, Any]) -> Configuration:
        """Return this configuration with what a resource has wherever it says nothing."""
        return Configuration(self._kind, _merged(_only(description, self._members), self._wanted_as_given), {})

    def updates(self) -> bool:
        """Tell whether the change needs an update."""
        return not self.changed().isdisjoint(self._mutable)

    def is_made_as(self, description: Mapping[str, Any]) -> bool:
        """Tell whether a resource was created as this configuration would have it."""
        return _has(
            self._comparable(description),
            _only(self._wanted, self._seen_create_only),
            _only(self._before, self._seen_create_only),
        )

    def is_had_by(self, description: Mapping[str, Any]) -> bool:
        """Tell whether a resource has the configuration, so that no update is needed."""
        return _has(self._comparable(description), self._complete(), _only(self._before, self._mutable))

    def asked_for(self, update: Mapping[str, Any]) -> bool:
        """Tell whether an update, as the service describes it, is one to this configuration."""
        return _has(update, self._complete(), {}, latest_is_any=True)

    def update_request(self, description: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the update request that brings a resource to this configuration."""
        complete = self._complete()
        return self._kind.changes(complete, description) if self._kind.changes else complete

    def _complete(self) -> dict[str, Any]:
        """Return the complete configuration: what was taken away goes back to the service's default."""
        complete = _only(self._wanted, self._mutable)
        for name, old in _only(self._before, self._mutable).items():
            default = self._kind.defaults.get(name)
            if isinstance(old, Mapping):
                reset = {member: value for member, value in (default or {}).items() if member in old}
                complete[name] = {**reset, **complete.get(name, {})}
            elif name not in complete and default is not None:
                complete[name] = default
        return complete

    def _comparable(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: value.upper() if name in self._kind.any_case else value
            for name, value in service_model.update_form(self._kind.name, configuration).items()
        }


def _only(configuration: Mapping[str, Any], members: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in configuration.items() if name in members}


def _has(
    actual: Mapping[str, Any], wanted: Mapping[str, Any], before: Mapping[str, Any], *, latest_is_any: bool = False
) -> bool:
    """Tell whether `actual` has all of `wanted`, and nothing any more that only `before` had."""
    for name, value in wanted.items():
        found = actual.get(name)
        if isinstance(value, Mapping):
            old = before.get(name)
            if not _has(found or {}, value, old if isinstance(old, Mapping) else {}, latest_is_any=latest_is_any):
                return False
        elif _comparable_list(found) != _comparable_list(value) and not (
            latest_is_any and _is_version_of(found, str(value))
        ):
            return False
    return all(name in wanted or actual.get(name) != value for name, value in before.items())


def _is_version_of(found: Any, wanted: str) -> bool:
    return wanted.endswith(_LATEST) and str(found).rpartition("/")[0] == wanted.removesuffix(_LATEST)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return both, where `above` wins and objects are merged member by member."""
    merged = {**below, **above}
    for name, value in above.items():
        if isinstance(value, Mapping) and isinstance(below.get(name), Mapping):
            merged[name] = _merged(below[name], value)
    return merged


def _differences(there: Mapping[str, Any], wanted: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield in words what differs. What is false or empty is as good as left out."""
    for name in sorted(there.keys() | wanted.keys()):
        found, value = there.get(name), wanted.get(name)
        if isinstance(found or value, Mapping):
            yield from _differences(found or {}, value or {}, f"{path}{name}.")
        elif (found or value) and _comparable_list(found) != _comparable_list(value):
            yield f"{path}{name} is {_shown(found)}, the stack declares {_shown(value)}"


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)


def _comparable_list(value: Any) -> Any:
    """Return a list of objects, whose order means nothing to the service, in an order of its own."""
    return sorted(value, key=repr) if isinstance(value, list) else value
