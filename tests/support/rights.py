"""The permissions of the functions, from the policies of a synthesized template."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from cdk_personalize_handler import kinds, service_model

from support import constructs
from support.catalogue import ALL
from support.samples import Samples
from support.world import ACCOUNT, REGION, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

GENERATED, NAMED, ANOTHER, OPEN = "generated", "named", "another", "open"
"""Variants of a template with one resource of a kind: with a generated name, with the name `NAME`, with another name,
and with a parent whose name is not known at synthesis.
"""
NAME = "chosen"
STACK = "Shop"


@dataclass(frozen=True)
class Statement:
    """A policy statement, with its actions and resources as tuples."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    document: Any


@dataclass(frozen=True)
class Removal:
    """One action or one resource to remove from a policy statement.

    The resource is identified by its position in the statement.
    """

    statement: Statement
    action: str | None = None
    position: int | None = None

    def __str__(self) -> str:
        what = self.action or self.statement.resources[self.position or 0]
        return f"{what}, of the statement {self.statement.sid} on {', '.join(self.statement.resources)}"

    @property
    def actions(self) -> Sequence[str]:
        """The actions that the removal affects."""
        return [self.action] if self.action else self.statement.actions

    @property
    def of(self) -> str:
        """Type of the resources of the statement, such as `campaign`."""
        return self.statement.resources[0].rpartition(":")[2].partition("/")[0]

    def apply(self, statements: Iterable[Statement]) -> list[Mapping[str, Any]]:
        """Return statements as JSON, without the removed action or resource."""
        return [left for each in statements if (left := self._rest(each))]

    def _rest(self, statement: Statement) -> Mapping[str, Any] | None:
        if statement.sid != self.statement.sid:
            return _as_policy(statement, statement.actions, statement.resources)
        actions = [each for each in statement.actions if each != self.action]
        resources = [each for position, each in enumerate(statement.resources) if position != self.position]
        return _as_policy(statement, actions, resources) if actions and resources else None


def policy(statements: Iterable[Statement], removal: Removal | None = None) -> dict[str, Any]:
    """Return a policy with these statements, optionally with a removal applied."""
    whole = [_as_policy(each, each.actions, each.resources) for each in statements]
    return {"Statement": removal.apply(statements) if removal else whole}


def _as_policy(statement: Statement, actions: Sequence[str], resources: Sequence[str]) -> Mapping[str, Any]:
    return {**statement.document, "Action": list(actions), "Resource": list(resources)}


def removals(kind: str, template: str) -> Iterator[Removal]:
    """Yield the removals that must each make an operation on a kind fail.

    These are all actions on the kind, and each resource of a statement with several resources.
    """
    whole = statements(template, kind)
    for statement in whole:
        matching = [position for position, each in enumerate(statement.resources) if _is_of(kind, statement, each)]
        actions = [each for each in statement.actions if matching and each in _actions(kind)]
        if statement.sid == "Owned" and not _is_changed_by_owner(kind, whole):
            actions = [each for each in actions if each != "personalize:UntagResource"]
        yield from (Removal(statement, action=action) for action in actions)
        if actions and len(statement.resources) > 1:
            yield from (Removal(statement, position=position) for position in matching)


@cache
def statements(template: str, kind: str) -> list[Statement]:
    """Return the statements with actions of Amazon Personalize or IAM in a template.

    They are from the policies of the functions on which the resource of the kind depends.

    :param template: the variant, such as `GENERATED`.
    """
    resources = _templates()[template, kind]["Resources"]
    (resource,) = [each for each in resources.values() if each["Type"] == kinds.resource_type(kind)]
    policies = [resources[name] for name in resource["DependsOn"] if resources[name]["Type"] == "AWS::IAM::Policy"]
    return [
        Statement(
            sid=each["Sid"],
            actions=tuple(_listed(each["Action"])),
            resources=tuple(_text(resource) for resource in _listed(each["Resource"])),
            document={name: each[name] for name in ("Effect", "Condition") if name in each},
        )
        for policy in policies
        if _is_of_functions(policy)
        for each in policy["Properties"]["PolicyDocument"]["Statement"]
        if _listed(each["Action"])[0].startswith(("personalize:", "iam:"))
    ]


@cache
def _actions(kind: str) -> set[str]:
    """Return the IAM actions for the operations on a kind."""
    entry = kinds.KINDS[kind]
    operations = {
        *(f"{verb}{kind}" for verb in ("Create", "Describe", "Update", "Delete", "Start", "Stop")),
        *(f"List{kind}s", *entry.listed.values()),
        *(each for each in (entry.metrics_operation, entry.stop) if each),
        *(("TagResource", "UntagResource", "ListTagsForResource") if service_model.is_taggable(kind) else ()),
    }
    return {"iam:PassRole", *(f"personalize:{operation}" for operation in operations)}


def _is_of(kind: str, statement: Statement, resource: str) -> bool:
    """Whether a resource ARN of a statement can be the ARN of a kind."""
    entry = kinds.KINDS[kind]
    if statement.sid == "Generated":
        return entry.arn_from_name or bool(entry.path)  # ARNs with an ID of the service have no generated prefix.
    return statement.sid != "Untagged" or f":{entry.segment}/" in resource


def _is_changed_by_owner(kind: str, whole: Iterable[Statement]) -> bool:
    """Whether a kind is permitted by ownership tag.

    This is so for kinds that can be deleted, and for names that are not known at synthesis.
    """
    return service_model.operation("Delete", kind) is not None or any(each.sid == "Create" for each in whole)


def _is_of_functions(policy: Mapping[str, Any]) -> bool:
    return any("CdkPersonalizeProviderRole" in str(role) for role in policy["Properties"]["Roles"])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if "Ref" in value:
        return {"AWS::Partition": "aws"}[value["Ref"]]
    if "Fn::GetAtt" in value:
        return f"<{'.'.join(value['Fn::GetAtt'])}>"
    return "".join(_text(part) for part in value["Fn::Join"][1])


@cache
def _templates() -> Mapping[tuple[str, str], Any]:
    samples = Samples(World())
    env = cdk.Environment(account=ACCOUNT, region=REGION)
    app = cdk.App()
    for kind in ALL:
        request = samples.request(kind, complete=True)
        others = {member: _another(value) for member, value in request.items()}
        unknown = {member: _unknown(value) for member, value in request.items()}
        for template, name, declared in (
            (GENERATED, None, request),
            (NAMED, NAME, request),
            (ANOTHER, "another", others),
            (OPEN, None, unknown),
        ):
            stack = cdk.Stack(app, f"{template}-{kind}", stack_name=STACK, env=env)
            given: dict[str, Any] = {constructs.name_prop(kind): name}
            if "role" in constructs.props(kind):
                given["role"] = iam.Role.from_role_arn(stack, "Role", _role_arn(declared))
            constructs.make(stack, kind, "Thing", declared, **given)
    names = {f"{template}-{kind}": (template, kind) for template in (GENERATED, NAMED, ANOTHER, OPEN) for kind in ALL}
    return {names[each.id]: each.template for each in app.synth().stacks}


def _another(value: Any) -> Any:
    """Return another ARN for a Personalize ARN."""
    matching = isinstance(value, str) and value.startswith("arn:aws:personalize:us")
    return value.replace("/", "/another-", 1) if matching else value


def _unknown(value: Any) -> Any:
    """Return a token for the ARN of a dataset group or a solution."""
    parent = isinstance(value, str) and value.startswith("arn:aws:personalize:us") and value.count("/") == 1
    return cdk.Token.as_string({"Fn::ImportValue": value.rpartition(":")[2].replace("/", ":")}) if parent else value


def _role_arn(request: Mapping[str, Any]) -> str:
    return str(request.get("roleArn") or request["metricsOutputConfig"]["roleArn"])
