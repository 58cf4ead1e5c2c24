"""IAM policy of the provider's functions.

The resources that a stack declares become statements of bounded size.

IAM limits the total size of all inline policies of a role. While a stack has few resources, the policy lists their
names. Beyond that, it allows creation for the whole kind, and updates and deletions of resources with the ownership
tag.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds, service_model

from cdk_personalize._actions import (
    TAG,
    actions_of,
    every_kind,
    everything,
    is_deleted_by_type,
    measuring,
    removing,
    tagging,
    with_versions,
)
from cdk_personalize._policy_size import size
from cdk_personalize._service_role import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cdk_personalize_handler.kinds import Kind

    from cdk_personalize._places import Places

_BUDGET = 7_500
"""Maximum number of characters of a policy that lists names. The rest of the IAM limit is for further policies."""
_LISTED = (5, 3, 1, 0)
"""Numbers of names that may be listed for each kind, in the order in which they are tried."""
_OWNED = {"Null": {f"aws:ResourceTag/{kinds.OWNER_TAG}": "false"}}
_PASSED = {"StringEquals": {"iam:PassedToService": SERVICE}}
ALL = "*"


@dataclass
class _Declared:
    """ARN resource parts that a stack declares for one kind.

    Each is an ordered set: a dictionary of keys.
    """

    names: dict[str, None] = field(default_factory=dict)
    """Resource parts with a name that is known at synthesis."""
    patterns: dict[str, None] = field(default_factory=dict)
    """Resource parts with a wildcard for a name that is not known at synthesis, except generated names."""
    parents: dict[str, None] = field(default_factory=dict)
    """Resource parts of the parents."""
    is_generated: bool = False
    """Whether a name is generated."""

    def is_open(self, limit: int) -> bool:
        """Whether the names cannot be listed: too many or unknown at synthesis."""
        return bool(self.patterns) or _exceeds(self.names, limit)


class Permissions:
    """The permissions of a stack's functions, collected from its constructs."""

    def __init__(self, name_prefix: str) -> None:
        """Create an empty set of permissions.

        :param name_prefix: The prefix of all generated names; empty if it is not known at synthesis.
        """
        self._prefix = name_prefix
        self._declared: dict[str, _Declared] = {}
        self._roles: dict[str, None] = {}
        self._creates_roles = False

    def generated_part(self, kind: Kind) -> str:
        """Return the ARN resource part that matches the generated names of a kind."""
        return f"{kind.segment}/{self._prefix}*"

    def allow(self, kind: Kind, resources: Sequence[str], parents: Sequence[str]) -> None:
        """Allow managing resources of a kind.

        :param kind: The kind; it determines the actions.
        :param resources: The ARN resource parts, with wildcards for names that are not known at synthesis.
        :param parents: The ARN resource parts of the parents.
        """
        declared = self._declared.setdefault(kind.name, _Declared())
        declared.parents.update(dict.fromkeys(parents))
        for part in resources:
            if self._prefix and part == self.generated_part(kind):
                declared.is_generated = True
            elif _is_name(part):
                declared.names[part] = None
            else:
                declared.patterns[part] = None

    def allow_created_roles(self) -> None:
        """Allow passing the service roles of the constructs to Amazon Personalize."""
        self._creates_roles = True

    def allow_role(self, arn: str) -> None:
        """Allow passing a role that the user specifies to Amazon Personalize."""
        self._roles[arn] = None

    def document(self, places: Places, sizes: Places) -> dict[str, Any]:
        """Return the policy document.

        :param places: The ARNs to write into the policy.
        :param sizes: The same ARNs at their maximum length, to measure the size.
        """
        limit = next((each for each in _LISTED if size(self._document(sizes, each)) <= _BUDGET), _LISTED[-1])
        return self._document(places, limit)

    def _document(self, places: Places, limit: int) -> dict[str, Any]:
        statements = [
            *self._reading(places),
            *self._by_generated_name(places, limit),
            *self._by_name(places, limit),
            *self._by_owner(places, limit),
            *self._creating(places, limit),
            *self._passing(places),
            *_working(places),
        ]
        return policy(statements)

    def _reading(self, places: Places) -> Iterator[dict[str, Any]]:
        """Yield the statements that allow reading every kind.

        All kinds are needed: when CloudFormation deletes a resource, the updated policy no longer covers its kind.
        """
        describing = [action for kind in every_kind() for action in (*actions_of(kind, "Describe"), *measuring(kind))]
        listing = [action for kind in every_kind() for action in (*_listing(kind), *kind.listed.values())]
        yield _statement("Read", [*describing, "ListTagsForResource"], [f"{places.personalize}*"])
        yield _statement("List", listing, [ALL])

    def _by_generated_name(self, places: Places, limit: int) -> Iterator[dict[str, Any]]:
        """Yield the statements for generated names.

        They need no tag condition, and they include kinds that are no longer in the template.
        """
        if not self._prefix:
            return
        changing: list[str] = []
        for kind, declared in self._each():
            if declared.is_generated:
                changing += [*actions_of(kind, "Create", "Update", "Start", "Stop"), *tagging(kind)]
            elif declared.is_open(limit):
                changing += actions_of(kind, "Update", "Start", "Stop")
        # An ID that the service chooses has no prefix, unless a name comes before it.
        prefixed = (kind for kind in every_kind() if kind.arn_from_name or kind.path)
        ending = [action for kind in prefixed for action in removing(kind)]
        yield _statement("Generated", [*changing, *ending], [f"{places.personalize}*/{self._prefix}*"])

    def _by_name(self, places: Places, limit: int) -> Iterator[dict[str, Any]]:
        """Yield the statements for listed names.

        Solution versions have a separate statement: their ARNs match solutions, which the statement must not delete.
        """
        for sid, are_versions in (("Named", False), ("NamedVersions", True)):
            listed = [
                (kind, declared.names)
                for kind, declared in self._each()
                if declared.names and not _exceeds(declared.names, limit) and (kind.stop is not None) == are_versions
            ]
            actions = [
                action
                for kind, _ in listed
                for action in (
                    *actions_of(kind, "Create", "Update", "Start", "Stop"),
                    *tagging(kind),
                    *removing(kind),
                )
            ]
            parts = [part for kind, names in listed for name in names for part in with_versions(kind, name)]
            if listed:
                yield _statement(sid, actions, [f"{places.personalize}{part}" for part in parts])

    def _by_owner(self, places: Places, limit: int) -> Iterator[dict[str, Any]]:
        """Yield the statements for resources with the ownership tag.

        They cover resources that left the template or were renamed.
        """
        changing = [
            action
            for kind, declared in self._each()
            if declared.is_open(limit) and service_model.is_taggable(kind.name)
            for action in actions_of(kind, "Update", "Start", "Stop")
        ]
        ending = [action for kind in every_kind() for action in removing(kind)]
        yield _statement("Owned", [*changing, *ending], [f"{places.personalize}*"], _OWNED)

    def _creating(self, places: Places, limit: int) -> Iterator[dict[str, Any]]:
        """Yield the statements that allow creation under unlisted names or from parents."""
        actions: list[str] = []
        parts: list[str] = []
        for kind, declared in self._each():
            if declared.is_open(limit):
                # Other changes are allowed by ownership tag, which kinds without tags do not have.
                by_type = [TAG] if service_model.is_taggable(kind.name) else actions_of(kind, "Update")
                actions += [*actions_of(kind, "Create"), *by_type]
                wide = _exceeds([*declared.names, *declared.patterns], limit)
                parts += [everything(kind)] if wide else declared.patterns
        if actions:
            yield _statement("Create", actions, [f"{places.personalize}{part}" for part in parts])
        for parent, (creating, sources) in sorted(self._parents().items()):
            parts = [f"{parent}/*"] if _exceeds(sources, limit) else sources
            sid = f"CreateFrom{parent.title().replace('-', '')}"
            yield _statement(sid, creating, [f"{places.personalize}{part}" for part in parts])

    def _passing(self, places: Places) -> Iterator[dict[str, Any]]:
        roles = [*([places.roles] if self._creates_roles else []), *self._roles]
        if roles:
            yield passing(roles)

    def _parents(self) -> dict[str, tuple[list[str], list[str]]]:
        """Return the create actions and the ARN resource parts, by type of parent."""
        found: dict[str, tuple[list[str], list[str]]] = {}
        for kind, declared in self._each():
            for part in declared.parents:
                actions, parts = found.setdefault(part.partition("/")[0], ([], []))
                actions += actions_of(kind, "Create")
                parts.append(part)
        return found

    def _each(self) -> Iterator[tuple[Kind, _Declared]]:
        return ((kinds.KINDS[name], declared) for name, declared in sorted(self._declared.items()))


def policy(statements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": statements}


def untagged_removal(places: Places) -> dict[str, Any]:
    """Return the policy that deletes kinds without an ownership tag.

    It is only added to stacks that declare such a kind.
    """
    untagged = [kind for kind in every_kind() if is_deleted_by_type(kind)]
    actions = [action for kind in untagged for action in actions_of(kind, "Delete")]
    resources = [f"{places.personalize}{everything(kind)}" for kind in untagged]
    return policy([_statement("Untagged", actions, resources)])


def passing(roles: Sequence[str]) -> dict[str, Any]:
    """Return the statement that allows passing roles to Amazon Personalize."""
    return _grant("PassRole", ["iam:PassRole"], roles, _PASSED)


def _listing(kind: Kind) -> list[str]:
    """Return the list action of a kind, unless parents and type give its ARNs."""
    return [] if kind.resource_id else [f"List{kind.name}s"]


def _working(places: Places) -> Iterator[dict[str, Any]]:
    """Yield the statements for the workflow, events and logs of the stack."""
    yield _grant("Start", ["states:StartExecution", "states:ListExecutions"], [places.state_machine])
    following = ["states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution"]
    yield _grant("Follow", following, [places.executions])
    describing = ["DescribeStacks", "DescribeStackResource", "DescribeStackEvents"]
    yield _grant("Stack", [f"cloudformation:{action}" for action in describing], [places.stack])
    yield _grant("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], [places.logs])


def _statement(
    sid: str, actions: Iterable[str], resources: Iterable[str], condition: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return _grant(sid, [f"personalize:{action}" for action in actions], resources, condition)


def _grant(
    sid: str, actions: Iterable[str], resources: Iterable[str], condition: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": _one_or_more(actions),
        "Resource": _one_or_more(resources),
    }
    return {**statement, "Condition": condition} if condition else statement


def _one_or_more(values: Iterable[str]) -> Any:
    distinct = list(dict.fromkeys(values))
    return distinct[0] if len(distinct) == 1 else distinct


def _is_name(part: str) -> bool:
    """Whether an ARN resource part has a name without a wildcard.

    The part can end with `/*` for its versions.
    """
    _, _, name = part.removesuffix("/*").partition("/")
    return bool(name) and ALL not in name


def _exceeds(parts: Iterable[str], limit: int) -> bool:
    """Whether there are more resource parts than the limit.

    A solution and its versions count as one.
    """
    return len({part.removesuffix("/*") for part in parts}) > limit
