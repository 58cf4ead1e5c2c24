"""The desired configuration, compared with the previous and the current one."""

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
    """The desired and the previous configuration of a resource."""

    def __init__(
        self,
        kind: Kind,
        desired: Mapping[str, Any],
        previous: Mapping[str, Any],
        ignored: frozenset[str] = frozenset(),
    ) -> None:
        """Compare two configurations.

        :param ignored: members that something outside the stack changes. They are not compared, and an update request
            repeats the values that the resource has.
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
        """Return the members, except tags, that differ between the two configurations."""
        members = self._mutable | self._create_only
        return frozenset(member for member in members if self._desired.get(member) != self._previous.get(member))

    def changed_create_only(self) -> frozenset[str]:
        """Return the create-only members that changed."""
        return self.changed() & self._create_only

    def needs_replacement(self) -> bool:
        """Return whether a create-only member changed."""
        return bool(self.changed_create_only())

    def needs_replacement_unseen(self) -> bool:
        """Return whether a create-only member changed that descriptions do not include."""
        return not self.changed().isdisjoint(self._create_only - self._described_create_only)

    def needs_update(self) -> bool:
        """Return whether a mutable member changed."""
        return not self.changed().isdisjoint(self._mutable)

    def conflicts(self, description: Mapping[str, Any]) -> list[str]:
        """Describe which create-only members of a resource differ from the desired ones.

        Defaults are included.
        """
        actual = _only(self._comparable(description), self._described_create_only)
        return list(_differences(actual, _only(self._desired, self._described_create_only)))

    def completed_by(self, description: Mapping[str, Any]) -> ConfigurationDiff:
        """Return this configuration, completed with the current values of a resource."""
        merged = _merged(_only(description, self._members), self._desired_as_given)
        return ConfigurationDiff(self._kind, merged, {}, self._ignored)

    def matches_create_only(self, description: Mapping[str, Any]) -> bool:
        """Return whether a resource has the desired create-only members."""
        return _matches(
            self._comparable(description),
            _only(self._desired, self._described_create_only),
            _only(self._previous, self._described_create_only),
        )

    def matches_mutable(self, description: Mapping[str, Any], *, any_version: bool = False) -> bool:
        """Return whether a resource has the desired mutable members.

        :param any_version: Whether any version of a solution matches its `$LATEST`.
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
        """Return the update request that leads a resource to the desired configuration."""
        complete = {**_only(description, self._kept), **self._complete()}
        return self._kind.changes(complete, description) if self._kind.changes else complete

    def _complete(self) -> dict[str, Any]:
        """Return the complete configuration.

        A member that is no longer desired has the service default.
        """
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
        if name in self._kind.any_case:
            return value.upper()
        return _without_white_space(value) if name in self._kind.json_members else value


def _without_white_space(text: str) -> str:
    """Return a JSON text in canonical form, without irrelevant differences."""
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except ValueError:
        return text


def _only(configuration: Mapping[str, Any], members: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in configuration.items() if name in members}


def _matches(
    actual: Mapping[str, Any], desired: Mapping[str, Any], previous: Mapping[str, Any], *, any_version: bool = False
) -> bool:
    """Return whether `actual` has all of `desired`, and nothing only in `previous`."""
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
    """Merge both recursively. `above` has priority."""
    merged = {**below, **above}
    for name, value in above.items():
        if isinstance(value, Mapping) and isinstance(below.get(name), Mapping):
            merged[name] = _merged(below[name], value)
    return merged


def _differences(actual: Mapping[str, Any], desired: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield a description of each difference.

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
    """Return a list in canonical order, because its order has no meaning."""
    return sorted(value, key=repr) if isinstance(value, list) else value
