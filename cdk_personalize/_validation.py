"""The one validator, and the only place that asks whether a value is a token.

Everything is checked in plain Python first; only a value that is about to be refused is asked about, because each
question crosses to Node.js. What is not known at synth is left to Amazon Personalize.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Duration, Token
from botocore import xform_name
from cdk_personalize_handler import service_model

from cdk_personalize.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import IConstruct

_LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a prop, named as the user named it."""

    prop: str
    rule: str
    value: Any
    remedy: str = ""


def is_known(value: Any) -> bool:
    """Tell whether all of `value` is known at synth."""
    if isinstance(value, Mapping):
        return all(is_known(key) and is_known(entry) for key, entry in value.items())
    if isinstance(value, (list, tuple)) and not Token.is_unresolved(value):
        return all(is_known(entry) for entry in value)
    return not Token.is_unresolved(value)


def violations(kind: str, request: Mapping[str, Any], props: Mapping[str, str]) -> list[Problem]:
    """Return what the service model refuses in a create request. `props` has the props that are called otherwise."""
    return [
        Problem(_prop(violation.path, props), violation.rule, violation.value)
        for violation in service_model.violations(service_model.create_shape(kind), request)
    ]


def wrong_type(prop: str, value: Any, expected: type | tuple[type, ...], called: str) -> list[Problem]:
    """Return a problem if a value that is given is not of the type that the prop takes."""
    return [] if value is None or isinstance(value, expected) else [Problem(prop, f"must be {called}", value)]


def out_of_range(prop: str, value: Any, low: float, high: float) -> list[Problem]:
    """Return a problem if a number that is given is not within bounds that the service model does not have."""
    if value is None:
        return []
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return [Problem(prop, "must be a number", value)]
    return [] if low <= value <= high else [Problem(prop, f"must be from {low:g} to {high:g}", value)]


def duration_out_of_range(prop: str, value: Any, shortest: Duration, longest: Duration) -> list[Problem]:
    """Return a problem if a duration that is given is not within bounds."""
    if value is None:
        return []
    if not isinstance(value, Duration):
        return [Problem(prop, "must be a Duration", value)]
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


def seconds_of(value: Duration) -> float | None:
    """Return the seconds of a duration, or None where it is a token."""
    return None if value.is_unresolved() else float(value.to_seconds())


def as_text(value: Any) -> str:
    """Return a number as the text that an API member of strings takes, tokens included."""
    return Token.as_string(value) if Token.is_unresolved(value) else f"{value:g}"


def refuse(construct: IConstruct, problems: Sequence[Problem]) -> None:
    """Raise one error for all problems whose values are known.

    :raises ValidationError: one line for each.
    """
    _refuse(lambda: construct.node.path, problems)


def refuse_arn(scope: IConstruct, id: str, prop: str, arn: Any) -> None:
    """Raise an error if what is imported as `id` has no ARN of Amazon Personalize.

    :raises ValidationError: when it is known and is not one.
    """
    shape = service_model.model().shape_for("Arn")
    problems = [Problem(prop, violation.rule, violation.value) for violation in service_model.violations(shape, arn)]
    _refuse(lambda: f"{scope.node.path}/{id}", problems)


def _refuse(path: Callable[[], str], problems: Sequence[Problem]) -> None:
    known = [problem for problem in problems if is_known(problem.value)]
    if known:
        where = path()
        raise ValidationError("\n".join(f"{where}: {_words(problem)}" for problem in known))


def _words(problem: Problem) -> str:
    got = "" if problem.value is None else f", got {_shown(problem.value)}"
    return f"{problem.prop} {problem.rule}{got}{f'; {problem.remedy}' if problem.remedy else ''}"


def _shown(value: Any) -> str:
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
