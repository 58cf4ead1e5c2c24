"""Templates with references and wait links, as the constructs synthesize them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.simulation.catalogue import DEFAULT_TIMEOUTS, LINK_SECONDS, USER_KEYED, arn_member, upper_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True)
class Reference:
    """A reference to the physical ID of a resource."""

    logical: str


@dataclass(frozen=True)
class AttributeReference:
    """A reference to an attribute of a resource, with a text appended to the value."""

    logical: str
    name: str
    suffix: str = ""


class Declaration:
    """A custom resource in a template.

    It has the create request of the API, and the properties that are not in the request.
    """

    def __init__(
        self,
        logical: str,
        kind: str,
        request: dict[str, Any],
        extra: dict[str, Any],
        *,
        link: bool = False,
        policy: str = "Delete",
        deps: Iterable[str] = (),
        tags: dict[str, str] | None = None,
    ) -> None:
        self.logical, self.kind, self.request, self.extra, self.link = logical, kind, request, extra, link
        self.policy, self.tags = policy, tags
        self.deps = {*deps, *(each.logical for each in _references([request, extra]))}

    @property
    def type(self) -> str:
        return f"Custom::Personalize{self.kind}{'Wait' if self.link else ''}"


def _references(value: Any) -> Iterator[Reference | AttributeReference]:
    if isinstance(value, (Reference, AttributeReference)):
        yield value
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _references(entry)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _references(entry)


class AppTemplate(dict[str, Declaration]):
    """A template: its resources by logical ID."""

    def add(
        self,
        logical: str,
        kind: str,
        request: dict[str, Any],
        *,
        tags: dict[str, str] | None = None,
        extra: dict[str, Any] | None = None,
        timeout: int | None = None,
        policy: str = "Delete",
        deps: Iterable[str] = (),
    ) -> AttributeReference:
        """Add a resource and its wait links. Return the ARN attribute of the last one."""
        seconds = DEFAULT_TIMEOUTS[kind] if timeout is None else timeout
        count = -(-seconds // LINK_SECONDS)
        extra = dict(extra or {})

        def wait(position: int) -> dict[str, Any]:
            budget = min(LINK_SECONDS, seconds - LINK_SECONDS * position)
            return {"WaitSeconds": budget, **({"Continued": True} if position < count - 1 else {})}

        self[logical] = Declaration(logical, kind, request, {**wait(0), **extra}, policy=policy, deps=deps, tags=tags)
        last = logical
        carried = {name: value for name, value in extra.items() if name in ("Active", "QualityGate")}
        for position in range(1, count):
            link = f"{logical}Wait{position}"
            own = {"Arn": Reference(logical), "Operation": AttributeReference(last, "Operation")}
            self[link] = Declaration(link, kind, {}, {**wait(position), **own, **carried}, link=True, policy=policy)
            last = link
        return AttributeReference(last, upper_first(arn_member(kind)))


def to_properties(value: Any, name: str | None = None) -> Any:
    """Return a request as the properties of a custom resource."""
    if isinstance(value, dict):
        named = {(key if name in USER_KEYED else upper_first(key)): (key, entry) for key, entry in value.items()}
        return {key: to_properties(entry, original) for key, (original, entry) in named.items()}
    if isinstance(value, list):
        return [to_properties(entry) for entry in value]
    return value


def as_strings(value: Any) -> Any:
    """Return a value with its scalars as strings, as CloudFormation sends it."""
    if isinstance(value, dict):
        return {key: as_strings(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_strings(entry) for entry in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value
