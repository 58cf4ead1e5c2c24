"""Python source code of an app that adopts a dataset group."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from cdk_personalize_handler import kinds

from cdk_personalize.cli import construct_props
from cdk_personalize.cli.group_app import pascal_case
from cdk_personalize.cli.python_source import INDENT, WIDTH, Expression, call, variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cdk_personalize.cli.group_app import Declaration
    from cdk_personalize.cli.group_reader import LiveGroup

_BODY = 2 * len(INDENT)
_RETAINED = frozenset({"DatasetGroup", "Dataset"})
"""The kinds that their constructs retain by default."""


def source(group: LiveGroup, declarations: Sequence[Declaration]) -> str:
    """Return the source code of the app."""
    name = pascal_case(group.group.name)
    stack = name if name[0].isalpha() else f"Group{name}"
    _, _, _, region, account, _ = group.group.arn.split(":", 5)
    environment = call("cdk.Environment", account=account, region=region)
    used = {id(value) for each in declarations for value in each.props.values()}
    body = [
        line
        for each in declarations
        for line in ("", *_statements(each, is_used=id(each.construct) in used or bool(each.tags)))
    ]
    lines = [
        *_docstring(group, declarations),
        "",
        *_imports(declarations),
        "",
        "",
        f"class {stack}Stack(cdk.Stack):",
        f'{INDENT}"""The dataset group {group.group.name}."""',
        "",
        f"{INDENT}def __init__(self, scope: Construct, id: str) -> None:",
        *call("super().__init__", Expression("scope"), Expression("id"), env=environment).lines(_BODY),
        *body,
        "",
        "",
        "app = cdk.App()",
        f'{stack}Stack(app, "{stack}")',
        "app.synth()",
    ]
    return "\n".join([*lines, ""])


def _docstring(group: LiveGroup, declarations: Sequence[Declaration]) -> Iterator[str]:
    adopted = Counter(each.resource.kind.name for each in declarations if each.is_adopted and each.resource)
    deleted = _enumerated({kind: number for kind, number in adopted.items() if kind not in _RETAINED})
    retained = _enumerated({kind: number for kind, number in adopted.items() if kind in _RETAINED})
    yield f'"""The dataset group {group.group.name}, adopted by a stack.'
    yield ""
    yield f"Written by `cdk-personalize import-group {group.group.name}`."
    yield ""
    yield from _wrapped(
        "The first deployment adopts the existing resources: it adds the ownership tag "
        f"{kinds.OWNER_TAG} and changes nothing else. From then on, the stack owns them.",
        WIDTH,
    )
    yield ""
    told = f"The deletion of the stack deletes {deleted}" if deleted else "The deletion of the stack deletes nothing"
    told += f", and retains {retained} with the data." if retained else "."
    remedy = "To retain a resource, call apply_removal_policy(cdk.RemovalPolicy.RETAIN) on it."
    yield from _wrapped(f"{told} {remedy}" if deleted else told, WIDTH)
    yield '"""'


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False, break_long_words=False)


def _enumerated(number_by_kind: dict[str, int]) -> str:
    words = [_counted(kind, number) for kind, number in number_by_kind.items()]
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _counted(kind: str, number: int) -> str:
    word = xform_name(kind).replace("_", " ")
    return f"1 {word}" if number == 1 else f"{number} {word}s"


def _imports(declarations: Iterable[Declaration]) -> Iterator[str]:
    modules = {each.function.partition(".")[0] for each in declarations}
    yield "import aws_cdk as cdk"
    yield "import cdk_personalize as personalize"
    yield from (f"from aws_cdk import aws_{module} as {module}" for module in ("iam", "kms") if module in modules)
    yield "from constructs import Construct"


def _statements(declaration: Declaration, *, is_used: bool) -> Iterator[str]:
    """Yield the lines of a declaration: its comments, its construct and its tags."""
    yield from _comments(declaration)
    name = variable(declaration.construct)
    made = call(
        declaration.function,
        Expression("self"),
        declaration.construct.node.id,
        *declaration.positional,
        **declaration.props,
    )
    yield from made.lines(_BODY, f"{name} = " if is_used else "")
    for key, value in declaration.tags.items():
        yield from call(f"cdk.Tags.of({name}).add", key, value).lines(_BODY)


def _comments(declaration: Declaration) -> Iterator[str]:
    margin = " " * _BODY
    if declaration.obstacle:
        reason = f"Imported, not adopted: {declaration.obstacle}."
        yield from (f"{margin}# {line}" for line in _wrapped(reason, WIDTH - len(margin) - len("# ")))
    resource = declaration.resource
    if resource and resource.kind.name == "Schema":
        yield f"{margin}# The definition, to create it in another account or region:"
        props: dict[str, Any] = {"definition": construct_props.schema_definition(resource.description["schema"])}
        if domain := resource.description.get("domain"):
            props["domain"] = Expression(f"personalize.Domain.{domain}")
        made = call("personalize.Schema", Expression("self"), declaration.construct.node.id, **props)
        yield from (f"{margin}# {line}" for line in made.lines(0))
