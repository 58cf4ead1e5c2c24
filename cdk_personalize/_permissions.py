"""The IAM policy of the functions, generated from the resources of a stack.

IAM limits the total size of all inline policies of a role. If a stack has few resources, the policy lists their names.
Otherwise, it allows the functions to create all resources of a kind, and to update and delete all resources with an
ownership tag.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds, service_model

from cdk_personalize._actions import (
    TAG,
    actions_of,
    all_resources_of,
    delete_actions_of,
    every_kind,
    is_deleted_by_type,
    metrics_actions_of,
    tag_actions_of,
    with_versions,
)
from cdk_personalize._policy_size import size
from cdk_personalize._service_role import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cdk_personalize_handler.kinds import Kind

    from cdk_personalize._policy_arns import PolicyArns

_LONGEST_POLICY = 7_500
"""Maximum number of characters of this policy. The rest of the IAM limit is for the other policies of the role."""
_NAME_LIMITS = (5, 3, 1, 0)
"""Limits on the names that the policy lists for each kind. The first limit with which the policy fits is used."""
_HAS_OWNER = {"Null": {f"aws:ResourceTag/{kinds.OWNER_TAG}": "false"}}
_PASSED = {"StringEquals": {"iam:PassedToService": SERVICE}}
ALL = "*"


@dataclass
class _Declared:
    """IAM resources of one kind in a stack, such as `campaign/name`.

    Each dictionary is an ordered set: only its keys are used.
    """

    names: dict[str, None] = field(default_factory=dict)
    """IAM resources whose names are known at synthesis."""
    patterns: dict[str, None] = field(default_factory=dict)
    """IAM resources with a wildcard for a name that is not known at synthesis. Generated names are not included."""
    parents: dict[str, None] = field(default_factory=dict)
    """IAM resources of the parents."""
    is_generated: bool = False
    """Whether the stack has a resource with a generated name."""

    def is_open(self, limit: int) -> bool:
        """Return whether the policy cannot list the names.

        There are more names than the limit, or a name is not known at synthesis.
        """
        return bool(self.patterns) or _exceeds(self.names, limit)


class Permissions:
    """The permissions of the functions of a stack, collected from its constructs."""

    def __init__(self, name_prefix: str) -> None:
        """Create an empty set of permissions.

        :param name_prefix: The prefix of all generated names; empty if it is not known at synthesis.
        """
        self._prefix = name_prefix
        self._declared: dict[str, _Declared] = {}
        self._roles: dict[str, None] = {}
        self._creates_roles = False

    def generated_iam_resource(self, kind: Kind) -> str:
        """Return the IAM resource that matches all generated names of a kind."""
        return f"{kind.segment}/{self._prefix}*"

    def allow(self, kind: Kind, resources: Sequence[str], parents: Sequence[str]) -> None:
        """Allow the functions to manage resources of a kind.

        :param kind: The kind; it determines the actions.
        :param resources: The ends of the ARNs, such as `campaign/name`, with wildcards for names that are not known at
            synthesis.
        :param parents: The ends of the ARNs of the parents.
        """
        declared = self._declared.setdefault(kind.name, _Declared())
        declared.parents.update(dict.fromkeys(parents))
        for part in resources:
            if self._prefix and part == self.generated_iam_resource(kind):
                declared.is_generated = True
            elif _is_name(part):
                declared.names[part] = None
            else:
                declared.patterns[part] = None

    def allow_created_roles(self) -> None:
        """Allow the functions to pass the roles that constructs create."""
        self._creates_roles = True

    def allow_role(self, arn: str) -> None:
        """Allow the functions to pass a role that the user specifies."""
        self._roles[arn] = None

    def document(self, arns: PolicyArns, sizes: PolicyArns) -> dict[str, Any]:
        """Return the policy document.

        :param arns: The ARNs to write into the policy.
        :param sizes: The same ARNs at their maximum length, to measure the size.
        """
        limit = next(
            (each for each in _NAME_LIMITS if size(self._document(sizes, each)) <= _LONGEST_POLICY), _NAME_LIMITS[-1]
        )
        return self._document(arns, limit)

    def _document(self, arns: PolicyArns, limit: int) -> dict[str, Any]:
        statements = [
            *self._reading(arns),
            *self._by_generated_name(arns, limit),
            *self._by_name(arns, limit),
            *self._by_owner(arns, limit),
            *self._creating(arns, limit),
            *self._passing(arns),
            *_workflow_statements(arns),
        ]
        return policy(statements)

    def _reading(self, arns: PolicyArns) -> Iterator[dict[str, Any]]:
        """Yield the statements that allow reading every kind.

        All kinds are needed: when CloudFormation deletes a resource, the updated policy no longer covers its kind.
        """
        describing = [
            action for kind in every_kind() for action in (*actions_of(kind, "Describe"), *metrics_actions_of(kind))
        ]
        listing = [action for kind in every_kind() for action in (*_listing(kind), *kind.listed.values())]
        yield _statement("Read", [*describing, "ListTagsForResource"], [f"{arns.personalize}*"])
        yield _statement("List", listing, [ALL])

    def _by_generated_name(self, arns: PolicyArns, limit: int) -> Iterator[dict[str, Any]]:
        """Yield the statement for resources with generated names.

        The prefix of the names identifies the stack, so no condition on tags is required. The statement includes kinds
        that are not in the template any more.
        """
        if not self._prefix:
            return
        changing: list[str] = []
        for kind, declared in self._each():
            if declared.is_generated:
                changing += [*actions_of(kind, "Create", "Update", "Start", "Stop"), *tag_actions_of(kind)]
            elif declared.is_open(limit):
                changing += actions_of(kind, "Update", "Start", "Stop")
        # An ARN without a name does not contain the prefix.
        prefixed = (kind for kind in every_kind() if kind.arn_from_name or kind.path)
        ending = [action for kind in prefixed for action in delete_actions_of(kind)]
        yield _statement("Generated", [*changing, *ending], [f"{arns.personalize}*/{self._prefix}*"])

    def _by_name(self, arns: PolicyArns, limit: int) -> Iterator[dict[str, Any]]:
        """Yield the statements that list the names of resources.

        Solution versions have a separate statement. Its resources match solutions, too, and it must not allow the
        functions to delete these.
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
                    *tag_actions_of(kind),
                    *delete_actions_of(kind),
                )
            ]
            parts = [part for kind, names in listed for name in names for part in with_versions(kind, name)]
            if listed:
                yield _statement(sid, actions, [f"{arns.personalize}{part}" for part in parts])

    def _by_owner(self, arns: PolicyArns, limit: int) -> Iterator[dict[str, Any]]:
        """Yield the statement for resources with the ownership tag.

        It includes resources that were deleted from the template or renamed.
        """
        changing = [
            action
            for kind, declared in self._each()
            if declared.is_open(limit) and service_model.is_taggable(kind.name)
            for action in actions_of(kind, "Update", "Start", "Stop")
        ]
        ending = [action for kind in every_kind() for action in delete_actions_of(kind)]
        yield _statement("Owned", [*changing, *ending], [f"{arns.personalize}*"], _HAS_OWNER)

    def _creating(self, arns: PolicyArns, limit: int) -> Iterator[dict[str, Any]]:
        """Yield the statements that allow the functions to create resources.

        One is for names that the policy does not list. The others are for the ARNs of parents, which IAM also checks.
        """
        actions: list[str] = []
        parts: list[str] = []
        for kind, declared in self._each():
            if declared.is_open(limit):
                # The statement for owned resources allows updates, but not of kinds without tags.
                by_type = [TAG] if service_model.is_taggable(kind.name) else actions_of(kind, "Update")
                actions += [*actions_of(kind, "Create"), *by_type]
                wide = _exceeds([*declared.names, *declared.patterns], limit)
                parts += [all_resources_of(kind)] if wide else declared.patterns
        if actions:
            yield _statement("Create", actions, [f"{arns.personalize}{part}" for part in parts])
        for parent, (creating, sources) in sorted(self._parents().items()):
            parts = [f"{parent}/*"] if _exceeds(sources, limit) else sources
            sid = f"CreateFrom{parent.title().replace('-', '')}"
            yield _statement(sid, creating, [f"{arns.personalize}{part}" for part in parts])

    def _passing(self, arns: PolicyArns) -> Iterator[dict[str, Any]]:
        roles = [*([arns.roles] if self._creates_roles else []), *self._roles]
        if roles:
            yield pass_role_statement(roles)

    def _parents(self) -> dict[str, tuple[list[str], list[str]]]:
        """Return the create actions and the IAM resources, by type of parent."""
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


def untagged_deletion(arns: PolicyArns) -> dict[str, Any]:
    """Return the policy that allows the functions to delete kinds without tags.

    Only stacks with such a resource have it, because it cannot be restricted by ownership tag.
    """
    untagged = [kind for kind in every_kind() if is_deleted_by_type(kind)]
    actions = [action for kind in untagged for action in actions_of(kind, "Delete")]
    resources = [f"{arns.personalize}{all_resources_of(kind)}" for kind in untagged]
    return policy([_statement("Untagged", actions, resources)])


def pass_role_statement(roles: Sequence[str]) -> dict[str, Any]:
    """Return the statement that allows roles to be passed to Amazon Personalize."""
    return _grant("PassRole", ["iam:PassRole"], roles, _PASSED)


def _listing(kind: Kind) -> list[str]:
    """Return the list action of a kind. None is required if ARNs follow from parents."""
    return [] if kind.resource_id else [f"List{kind.name}s"]


def _workflow_statements(arns: PolicyArns) -> Iterator[dict[str, Any]]:
    """Yield the statements for the state machine, the stack and the logs."""
    yield _grant("Start", ["states:StartExecution", "states:ListExecutions"], [arns.state_machine])
    following = ["states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution"]
    yield _grant("Follow", following, [arns.executions])
    describing = ["DescribeStacks", "DescribeStackResource", "DescribeStackEvents"]
    yield _grant("Stack", [f"cloudformation:{action}" for action in describing], [arns.stack])
    yield _grant("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], [arns.logs])


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
    """Return whether an IAM resource has a name without a wildcard.

    It can end with `/*` for the versions of a solution.
    """
    _, _, name = part.removesuffix("/*").partition("/")
    return bool(name) and ALL not in name


def _exceeds(parts: Iterable[str], limit: int) -> bool:
    """Return whether there are more IAM resources than the limit.

    A solution and its versions count as one.
    """
    return len({part.removesuffix("/*") for part in parts}) > limit
