"""Compare the desired configuration with the previous and the current one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_personalize_handler.kinds import Kind

_LATEST = "/$LATEST"


class ConfigurationDiff:
    """The difference between the desired and the previous configuration."""

    def __init__(
        self,
        kind: Kind,
        desired: Mapping[str, Any],
        previous: Mapping[str, Any],
        ignored: frozenset[str] = frozenset(),
    ) -> None:
        """Compare two configurations.

        :param ignored: Members that are changed outside the stack. They are not compared, and an update request repeats
            their current values.
        """
        self._kind = kind
        self._desired_as_given = desired
        self._members = service_model.create_members(kind.name) - {service_model.TAGS}
        self._desired = self._comparable(desired)
        self._previous = self._comparable(previous)
        mutable = service_model.mutable_members(kind.name) | kind.also_mutable
        self._ignored = ignored
        self._kept = mutable & ignored
        self._mutable = mutable - ignored
        self._create_only = service_model.create_only_members(kind.name) - kind.also_mutable - ignored
        described = service_model.described_members(kind.name) | kind.listed.keys()
        self._described_create_only = (self._create_only & described) - kind.unseen

    def changed(self) -> frozenset[str]:
        """Return the members that differ between both configurations, without tags."""
        members = self._mutable | self._create_only
        return frozenset(member for member in members if self._desired.get(member) != self._previous.get(member))

    def changed_create_only(self) -> frozenset[str]:
        """Return the create-only members that changed."""
        return self.changed() & self._create_only

    def needs_replacement(self) -> bool:
        """Return whether a create-only member changed."""
        return bool(self.changed_create_only())

    def needs_replacement_unseen(self) -> bool:
        """Return whether a create-only member changed that no description includes."""
        return not self.changed().isdisjoint(self._create_only - self._described_create_only)

    def needs_update(self) -> bool:
        """Return whether a mutable member changed."""
        return not self.changed().isdisjoint(self._mutable)

    def conflicts(self, description: Mapping[str, Any]) -> list[str]:
        """List the create-only members in which a resource differs from the desired ones.

        A member that is not declared must have its empty or false value.
        """
        actual = _only(self._comparable(description), self._described_create_only)
        return list(_differences(actual, _only(self._desired, self._described_create_only)))

    def completed_by(self, description: Mapping[str, Any]) -> ConfigurationDiff:
        """Return a diff whose undeclared members have the current values of a resource."""
        merged = _merged(_only(description, self._members), self._desired_as_given)
        return ConfigurationDiff(self._kind, merged, {}, self._ignored)

    def matches_create_only(self, description: Mapping[str, Any]) -> bool:
        """Return whether the create-only members of a resource have the desired values."""
        return _matches(
            self._comparable(description),
            _only(self._desired, self._described_create_only),
            _only(self._previous, self._described_create_only),
        )

    def matches_mutable(self, description: Mapping[str, Any], *, any_version: bool = False) -> bool:
        """Return whether the mutable members of a resource have the desired values.

        :param any_version: Whether `$LATEST` matches every version of the solution.
        """
        return _matches(
            self._comparable(description),
            self._complete(),
            _only(self._previous, self._mutable),
            any_version=any_version,
        )

    def matches_update(self, update: Mapping[str, Any]) -> bool:
        """Return whether an update in progress leads to the desired configuration."""
        return _matches(update, self._complete(), {}, any_version=True)

    def update_request(self, description: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the update request that changes a resource to the desired configuration.

        The request contains every mutable member, not only the changed ones.
        """
        complete = {**_only(description, self._kept), **self._complete()}
        return self._kind.changes(complete, description) if self._kind.changes else complete

    def _complete(self) -> dict[str, Any]:
        """Return all mutable members. A member no longer declared has its service default."""
        complete = _only(self._desired, self._mutable)
        for name, old in _only(self._previous, self._mutable).items():
            default = self._kind.defaults.get(name)
            if isinstance(old, Mapping):
                reset = {member: value for member, value in (default or {}).items() if member in old}
                complete[name] = {**reset, **complete.get(name, {})}
            elif name not in complete and default is not None:
                complete[name] = default
        return complete

    def _comparable(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self._normalized(name, value)
            for name, value in service_model.update_form(self._kind.name, configuration).items()
        }

    def _normalized(self, name: str, value: Any) -> Any:
        if name in self._kind.case_insensitive_members:
            return value.upper()
        return _canonical_json(value) if name in self._kind.json_members else value


def _canonical_json(text: str) -> str:
    """Return a JSON text with uniform white space and sorted keys, for comparison."""
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except ValueError:
        return text


def _only(configuration: Mapping[str, Any], members: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in configuration.items() if name in members}


def _matches(
    actual: Mapping[str, Any], desired: Mapping[str, Any], previous: Mapping[str, Any], *, any_version: bool = False
) -> bool:
    """Return whether `actual` has every desired value.

    A value of `previous` that is no longer desired must be absent.
    """
    for name, value in desired.items():
        found = actual.get(name)
        if isinstance(value, Mapping):
            old = previous.get(name)
            if not _matches(found or {}, value, old if isinstance(old, Mapping) else {}, any_version=any_version):
                return False
        elif not _same(found, value) and not (any_version and _is_version_of(found, str(value))):
            return False
    return all(name in desired or actual.get(name) != value for name, value in previous.items())


def _same(found: Any, value: Any) -> bool:
    if found is None and value is False:
        return True  # Descriptions can omit a flag that is false.
    return bool(_comparable_list(found) == _comparable_list(value))


def _is_version_of(found: Any, desired: str) -> bool:
    return desired.endswith(_LATEST) and str(found).rpartition("/")[0] == desired.removesuffix(_LATEST)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two configurations recursively. `above` has priority."""
    merged = {**below, **above}
    for name, value in above.items():
        if isinstance(value, Mapping) and isinstance(below.get(name), Mapping):
            merged[name] = _merged(below[name], value)
    return merged


def _differences(actual: Mapping[str, Any], desired: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Describe each difference for an error message.

    A false or empty value equals a missing one.
    """
    for name in sorted(actual.keys() | desired.keys()):
        found, value = actual.get(name), desired.get(name)
        if isinstance(found or value, Mapping):
            yield from _differences(found or {}, value or {}, f"{path}{name}.")
        elif (found or value) and _comparable_list(found) != _comparable_list(value):
            yield f"{path}{name} is {_shown(found)}, the stack declares {_shown(value)}"


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)


def _comparable_list(value: Any) -> Any:
    """Sort a list, because the order of entries has no meaning for the service."""
    return sorted(value, key=repr) if isinstance(value, list) else value
