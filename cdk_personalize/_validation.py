"""The one validator, and the only place that asks whether a value is a token.

Everything is checked in plain Python first; only a value that is about to be refused is asked about, because each
question crosses to Node.js. What is not known at synth is left to Amazon Personalize.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Duration, Stack, Token
from botocore import xform_name
from cdk_personalize_handler import service_model

from cdk_personalize.errors import ValidationError

if TYPE_CHECKING:
    from botocore.model import Shape
    from constructs import Construct

_LONGEST_VALUE = 80
_TOKEN = "<token>"  # noqa: S105  (how a message shows one)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a prop, named as the user named it."""

    prop: str
    rule: str
    value: Any
    remedy: str = ""
    certain: bool = False
    """Whether it is wrong whatever the value turns out to be, so that a token does not excuse it."""


def is_known(value: Any) -> bool:
    """Tell whether all of `value` is known at synth."""
    if isinstance(value, Mapping):
        return all(is_known(key) and is_known(entry) for key, entry in value.items())
    if isinstance(value, (list, tuple)):
        return not _is_token(value) and all(is_known(entry) for entry in value)
    return not _is_token(value)


def _is_token(value: Any) -> bool:
    try:
        return bool(Token.is_unresolved(value))
    except (AttributeError, RuntimeError, TypeError):
        return False  # an object that cannot cross to Node.js is not one of CDK's


def violations(kind: str, request: Mapping[str, Any], props: Mapping[str, str]) -> list[Problem]:
    """Return what the service model refuses in a create request. `props` has the props that are called otherwise."""
    return [
        Problem(_prop(violation.path, props), violation.rule, violation.value)
        for violation in service_model.violations(service_model.create_shape(kind), request)
    ]


def bad_name(kind: str, prop: str, name: Any) -> list[Problem]:
    """Return what the service model refuses in the name of a resource."""
    shape = service_model.create_shape(kind).members[service_model.name_member(kind)]
    return [Problem(prop, violation.rule, name) for violation in service_model.violations(shape, name)]


def bad_arn(prop: str, arn: Any, path: str) -> list[Problem]:
    """Return what is wrong with the ARN of a resource. `path` is its resource part, names in angle brackets."""
    shape = service_model.model().shape_for("Arn")
    problems = [Problem(prop, violation.rule, arn) for violation in service_model.violations(shape, arn)]
    pattern = re.sub(r"<[^>]*>", "[^/]+", path)
    if problems or re.fullmatch(rf"(?:[^:]+:){{5}}{pattern}", arn):
        return problems
    return [Problem(prop, f"must end with :{path}", arn)]


def bad_tags(shape: Shape, tags: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return in words what the service model refuses in tags, which are named by their keys."""
    return [
        _words(Problem(_tag_part(tags, violation.path), violation.rule, violation.value))
        for violation in service_model.violations(shape, list(tags))
        if is_known(violation.value)
    ]


def _tag_part(tags: Sequence[Mapping[str, Any]], path: Sequence[str]) -> str:
    if len(path) < len(("index", "member")):
        return "tags"
    return f"tags[{_shown(tags[int(path[0])]['tagKey'])}] {path[1].removeprefix('tag').lower()}"


def wrong_type(prop: str, value: Any, expected: type, called: str) -> list[Problem]:
    """Return a problem if a value that is given is no object of the type that the prop takes; a token is none."""
    if value is None or isinstance(value, expected):
        return []
    return [Problem(prop, f"must be {called}", value, certain=True)]


def wrong_object(prop: str, value: Any, attribute: str, called: str) -> list[Problem]:
    """Return a problem if a value that is given is no construct or import with the attribute; a token is none."""
    if value is None or hasattr(value, attribute):
        return []
    return [Problem(prop, f"must be {called}", value, certain=True)]


def wrong_texts(prop: str, value: Any) -> list[Problem]:
    """Return a problem if a value that is given is no dict of strings."""
    if isinstance(value, dict) and not all(isinstance(entry, str) for entry in value.values()):
        return [Problem(prop, "must be a dict of strings", value)]
    return wrong_type(prop, value, dict, "a dict of strings")


def wrong_flag(prop: str, value: Any) -> list[Problem]:
    """Return a problem if a value that is given is neither true nor false."""
    return [] if value is None or isinstance(value, bool) else [Problem(prop, "must be true or false", value)]


def wrong_choice(prop: str, value: Any, expected: type) -> list[Problem]:
    """Return a problem if a value that is given is not of the enumeration that the prop takes; a token may be."""
    if value is None or isinstance(value, expected):
        return []
    article = "an" if expected.__name__.startswith(tuple("AEIO")) else "a"
    return [Problem(prop, f"must be {article} {expected.__name__}", value)]


def other_environment(scope: Construct, prop: str, referenced: Any) -> list[Problem]:
    """Return a problem if a construct is of another account or region, where Amazon Personalize does not reach."""
    environment = getattr(referenced, "env", None)
    if environment is None:
        return []
    stack = Stack.of(scope)
    places = (("account", stack.account, environment.account), ("region", stack.region, environment.region))
    return [
        Problem(prop, f"must be of the stack's {place}, {ours}", theirs)
        for place, ours, theirs in places
        if ours != theirs and is_known(ours)
    ]


def not_a_number(prop: str, value: Any) -> list[Problem]:
    """Return a problem if a value that is given is no number."""
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return []
    return [Problem(prop, "must be a number", value)]


def out_of_range(prop: str, value: Any, low: float, high: float) -> list[Problem]:
    """Return a problem if a number that is given is not within bounds that the service model does not have."""
    if value is None:
        return []
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return [Problem(prop, "must be a number", value)]
    return [] if low <= value <= high else [Problem(prop, f"must be from {low:g} to {high:g}", value)]


def duration_out_of_range(prop: str, value: Any, shortest: Duration, longest: Duration) -> list[Problem]:
    """Return a problem if a duration that is given is not within bounds."""
    if value is None or not isinstance(value, Duration):
        return wrong_type(prop, value, Duration, "a Duration")
    if value.is_unresolved() or shortest.to_milliseconds() <= value.to_milliseconds() <= longest.to_milliseconds():
        return []
    rule = f"must be from {shortest.to_human_string()} to {longest.to_human_string()}"
    return [Problem(prop, rule, value.to_human_string())]


def not_whole_days(prop: str, value: Any) -> list[Problem]:
    """Return a problem if a duration cannot be said in whole days."""
    if not isinstance(value, Duration):
        return []
    if value.is_unresolved():
        return [] if value.unit_label() == "days" else [Problem(prop, "must be given in days", value.unit_label())]
    whole = value.to_milliseconds() % Duration.days(1).to_milliseconds() == 0
    return [] if whole else [Problem(prop, "must be whole days", value.to_human_string())]


def not_known(prop: str, value: Any, why: str) -> list[Problem]:
    """Return a problem if a duration or a number is a token."""
    if not (value.is_unresolved() if isinstance(value, Duration) else _is_token(value)):
        return []
    return [Problem(prop, f"must be known at synth: {why}", _TOKEN)]


def given(**members: Any) -> dict[str, Any]:
    """Return the members that have a value; false and 0 are values."""
    return {name: value for name, value in members.items() if value is not None}


def as_text(value: float) -> str:
    """Return a number as the text that an API member of strings takes, tokens included."""
    return Token.as_string(value) if _is_token(value) else f"{value:.15g}"


def refuse(scope: Construct, id: str, problems: Sequence[Problem]) -> None:
    """Raise one error for all problems of what is about to be made in `scope`, as far as their values are known.

    :raises ValidationError: one line for each.
    """
    sure = [problem for problem in problems if problem.certain or is_known(problem.value)]
    if sure:
        path = "/".join(part for part in (scope.node.path, id) if part)
        raise ValidationError("\n".join(f"{path}: {_words(problem)}" for problem in sure))


def _words(problem: Problem) -> str:
    got = "" if problem.value is None else f", got {_shown(problem.value)}"
    return f"{problem.prop} {problem.rule}{got}{f'; {problem.remedy}' if problem.remedy else ''}"


def _shown(value: Any) -> str:
    if not is_known(value):
        return _TOKEN
    words = value if isinstance(value, str) and value else repr(value)
    return words if len(words) <= _LONGEST_VALUE else f"{words[:_LONGEST_VALUE]}…"


def _prop(path: Sequence[str], props: Mapping[str, str]) -> str:
    """Turn the path of an API member into the prop that it came from: the longest alias wins."""
    for length in range(len(path), 0, -1):
        alias = props.get(".".join(path[:length]))
        if alias is not None:
            return ".".join([alias, *map(_snake_case, path[length:])])
    return ".".join(map(_snake_case, path))


def _snake_case(member: str) -> str:
    return str(xform_name(member))
