"""Validation of props. Only this module checks whether a value is a token.

A value is first checked in Python. Only if it would be rejected, the module checks whether it is a token, because each
such check is a call to the Node.js process of CDK. Tokens are accepted: Amazon Personalize checks their values during
the deployment.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_cdk import Duration, Token
from botocore import xform_name
from cdk_personalize_handler import service_model
from constructs import Construct

from cdk_personalize import _stacks
from cdk_personalize.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botocore.model import Shape
    from cdk_personalize_handler.service_model import Violation

_LONGEST_VALUE = 80
_TOKEN = "<token>"  # noqa: S105  (the text for a token in a message)
_TOKEN_MARKERS = ("${Token[", "#{Token[", "-1.88815458970")
"""Each string token contains one of these. The last one is the start of a number token in a string."""
_LEAST_NUMBER_TOKEN = 1e280
"""The absolute value of each number token is greater."""

# Rules in plain English for the regular expressions of the service model.
PATTERN_RULES: Mapping[str, str] = {
    r"^[a-zA-Z0-9][a-zA-Z0-9\-_]*": (
        "must consist of letters (A-Z, a-z), digits, hyphens and underscores, and start with a letter or a digit"
    ),
    r"arn:([a-z\d-]+):iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+": "must be the ARN of an IAM role",
    r"arn:aws.*:kms:.*:[0-9]{12}:key/.*": "must be the ARN of an AWS KMS key",
    r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$": "must consist of letters, digits, spaces and the characters _ . : / = + - @",
    r"arn:([a-z\d-]+):personalize:.*:.*:.+": (
        "must be an ARN of Amazon Personalize, such as arn:aws:personalize:us-east-1:111122223333:solution/name"
    ),
    r"^[A-Za-z_]+$": "must consist of letters (A-Z, a-z) and underscores",
    r"(s3|http|https)://.+": "must be a URL that starts with s3://, http:// or https://",
    r"[A-Za-z_][A-Za-z\d_]*": (
        "must consist of letters (A-Z, a-z), digits and underscores, and start with a letter or an underscore"
    ),
    r"rate\(\d+ days?\)": "must be a rate in whole days, such as rate(7 days)",
}


_REMEDY_BY_ATTRIBUTE = {
    "role_arn": "import it with iam.Role.from_role_arn(...)",
    "key_arn": "import it with kms.Key.from_key_arn(...)",
}


class Verbatim(str):
    """A value that messages show without quotes, such as a duration."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A value of a prop that is not valid."""

    prop: str
    rule: str
    """The rule as the end of a sentence, such as `must be at least 1`."""
    value: Any
    """The value for the message. None if the message does not show one."""
    remedy: str = ""
    """How to fix the problem."""
    certain: bool = False
    """Whether the problem is reported even if the value is a token."""


def is_known(value: Any) -> bool:
    """Return whether a value, with all its entries, is known at synthesis."""
    if isinstance(value, Mapping):
        return all(is_known(key) and is_known(entry) for key, entry in value.items())
    if isinstance(value, (list, tuple)):
        return not _is_token(value) and all(is_known(entry) for entry in value)
    return not _is_token(value)


def _is_token(value: Any) -> bool:
    if _is_plain(value):
        return False
    return _is_string_token(value) if type(value) is str else _is_unresolved(value)


@cache
def _is_string_token(value: str) -> bool:
    return _is_unresolved(value)


def _is_unresolved(value: Any) -> bool:
    try:
        return bool(Token.is_unresolved(value))
    except (AttributeError, RuntimeError, TypeError):
        return False  # An object that jsii cannot serialize is not a token.


def _is_plain(value: Any) -> bool:
    """Return whether a value certainly contains no token, without a call to CDK."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, str):
        return not any(marker in value for marker in _TOKEN_MARKERS)
    if isinstance(value, (int, float)):
        return abs(value) < _LEAST_NUMBER_TOKEN
    return isinstance(value, (list, tuple)) and all(map(_is_plain, value))


def violations(kind: str, request: Mapping[str, Any], props: Mapping[str, str]) -> list[Problem]:
    """Return a problem for each rule that a create request breaks.

    The rules are those of the service model.

    :param props: The names of props that differ from the one that `prop_of` derives, by the path of the API member.
    """
    return [
        Problem(prop_of(kind, violation.path, props), _rule(violation), violation.value)
        for violation in service_model.violations(service_model.create_shape(kind), request)
    ]


def bad_name(kind: str, prop: str, name: Any) -> list[Problem]:
    """Return a problem if the name of a resource is not valid."""
    shape = service_model.create_shape(kind).members[service_model.name_member(kind)]
    return [Problem(prop, _rule(violation), name) for violation in service_model.violations(shape, name)]


def bad_arn(prop: str, arn: Any, path: str) -> list[Problem]:
    """Return a problem if the ARN of a resource is not valid.

    :param path: The end of the ARN, with names in angle brackets, such as `campaign/<name>`.
    """
    shape = service_model.model().shape_for("Arn")
    problems = [Problem(prop, _rule(violation), arn) for violation in service_model.violations(shape, arn)]
    pattern = re.sub(r"<[^>]*>", "[^/]+", path)
    if problems or re.fullmatch(rf"(?:[^:]+:){{5}}{pattern}", arn):
        return problems
    return [Problem(prop, f"must end with :{path}", arn)]


def bad_tags(shape: Shape, tags: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return an error message for each tag that is not valid."""
    return [
        _words(Problem(_tag_part(tags, violation.path), _rule(violation), violation.value))
        for violation in service_model.violations(shape, list(tags))
        if is_known(violation.value)
    ]


def _rule(violation: Violation) -> str:
    """Return the text of a broken rule, with a description instead of a pattern."""
    if violation.pattern is None:
        return violation.rule
    return violation.rule.replace(f"must match {violation.pattern}", PATTERN_RULES.get(violation.pattern, "is invalid"))


def _tag_part(tags: Sequence[Mapping[str, Any]], path: Sequence[str]) -> str:
    if len(path) < len(("index", "member")):
        return "tags"
    return f"tags[{shown(tags[int(path[0])]['tagKey'])}] {path[1].removeprefix('tag').lower()}"


def wrong_type(prop: str, value: Any, expected: type, called: str) -> list[Problem]:
    """Return a problem if a value is specified and does not have the required type.

    A token is not accepted.

    :param called: The required type in the message, with its article.
    """
    if value is None or isinstance(value, expected):
        return []
    return [Problem(prop, f"must be {called}", value, certain=True)]


def wrong_object(prop: str, value: Any, attribute: str, called: str) -> list[Problem]:
    """Return a problem if a value is specified and is not a construct of a type.

    A token is not accepted.

    :param attribute: The attribute that identifies the type.
    :param called: The type in the message, with its article.
    """
    if value is None or hasattr(value, attribute):
        return []
    remedy = _REMEDY_BY_ATTRIBUTE.get(attribute, "") if isinstance(value, str) else ""
    return [Problem(prop, f"must be {called}", value, remedy, certain=True)]


def wrong_texts(prop: str, value: Any) -> list[Problem]:
    """Return a problem if a value is specified and is not a dict of strings."""
    if isinstance(value, dict) and not all(isinstance(entry, str) for entry in value.values()):
        return [Problem(prop, "must be a dict of strings", value)]
    return wrong_type(prop, value, dict, "a dict of strings")


def wrong_flag(prop: str, value: Any) -> list[Problem]:
    """Return a problem if a value is specified and is not a boolean."""
    return [] if value is None or isinstance(value, bool) else [Problem(prop, "must be true or false", value)]


def wrong_choice(prop: str, value: Any, expected: type[Enum]) -> list[Problem]:
    """Return a problem if a value is specified and is not of the enumeration.

    A token is accepted.
    """
    if value is None or isinstance(value, expected):
        return []
    name = expected.__name__
    article = "an" if name.startswith(tuple("AEIO")) else "a"
    return [Problem(prop, f"must be {article} {name} such as {name}.{_likely_member(value, expected).name}", value)]


def _likely_member(value: Any, expected: type[Enum]) -> Enum:
    """Return the enumeration member that was probably meant, for an error message."""
    words = str(value).upper()
    members: list[Enum] = list(expected)
    return next((each for each in members if words in (each.name, str(each.value).upper())), members[0])


def other_environment(scope: Construct, prop: str, referenced: Any) -> list[Problem]:
    """Return a problem if a construct is in another account or region.

    Amazon Personalize does not support references across environments.
    """
    referenced_environment = _stacks.environment_of_resource(referenced)
    if referenced_environment is None:
        return []
    environment = _stacks.environment_of_stack(scope)
    members = (
        ("account", environment.account, referenced_environment.account),
        ("region", environment.region, referenced_environment.region),
    )
    return [
        Problem(prop, f"must be of the stack's {member}, {expected}", actual)
        for member, expected, actual in members
        if expected != actual and is_known(expected)
    ]


def not_a_number(prop: str, value: Any) -> list[Problem]:
    """Return a problem if a value is specified and is not a number."""
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return []
    return [Problem(prop, "must be a number", value)]


def out_of_range(prop: str, value: Any, low: float, high: float) -> list[Problem]:
    """Return a problem if a number is out of a range.

    It is for ranges that the service model does not define.
    """
    if value is None:
        return []
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return [Problem(prop, "must be a number", value)]
    return [] if low <= value <= high else [Problem(prop, f"must be from {low:g} to {high:g}", value)]


def duration_out_of_range(prop: str, value: Any, shortest: Duration, longest: Duration) -> list[Problem]:
    """Return a problem if a duration is out of range."""
    if value is None or not isinstance(value, Duration):
        return wrong_type(prop, value, Duration, "a Duration")
    if value.is_unresolved() or shortest.to_milliseconds() <= value.to_milliseconds() <= longest.to_milliseconds():
        return []
    rule = f"must be from {shortest.to_human_string()} to {longest.to_human_string()}"
    return [Problem(prop, rule, Verbatim(value.to_human_string()))]


def days_out_of_range(prop: str, value: Any, shortest: Duration, longest: Duration) -> list[Problem]:
    """Return a problem if a duration is out of range or not in whole days."""
    problems = duration_out_of_range(prop, value, shortest, longest)
    if problems or not isinstance(value, Duration):
        return problems
    if value.is_unresolved():
        days = value.unit_label() == "days"
        return [] if days else [Problem(prop, "must be in days", Verbatim(value.unit_label()))]
    whole = value.to_milliseconds() % Duration.days(1).to_milliseconds() == 0
    return [] if whole else [Problem(prop, "must be whole days", Verbatim(value.to_human_string()))]


def not_known(prop: str, value: Any, why: str) -> list[Problem]:
    """Return a problem if a duration or a number is a token.

    :param why: The reason in the message.
    """
    if not (value.is_unresolved() if isinstance(value, Duration) else _is_token(value)):
        return []
    return [Problem(prop, f"must be known at synth: {why}", Verbatim(_TOKEN))]


def given(**members: Any) -> dict[str, Any]:
    """Return the members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def as_text(value: float) -> str:
    """Return a number or token as text, for API members of type string."""
    return Token.as_string(value) if _is_token(value) else f"{value:.15g}"


def refuse(scope: Construct, id: str, problems: Sequence[Problem]) -> None:
    """Raise ValidationError for all problems whose values are known at synthesis.

    :raises ValidationError: If there are such problems; the message has one line for each.
    """
    messages = as_messages(problems)
    if messages:
        path = "/".join(part for part in (_stacks.path_of(scope), id) if part)
        raise ValidationError("\n".join(f"{path}: {each}" for each in messages))


def as_messages(problems: Iterable[Problem]) -> list[str]:
    """Return the messages of problems. Problems whose values are tokens are omitted."""
    return [_words(problem) for problem in problems if problem.certain or is_known(problem.value)]


def close_match(word: str, words: Iterable[str]) -> str | None:
    """Return the known word that is similar to a misspelt one. None if none is."""
    matches = difflib.get_close_matches(word, list(words), n=1, cutoff=0.8)
    return matches[0] if matches and matches[0] != word else None


def _words(problem: Problem) -> str:
    got = "" if problem.value is None else f", got {shown(problem.value)}"
    return f"{problem.prop} {problem.rule}{got}{f'; {problem.remedy}' if problem.remedy else ''}"


def shown(value: Any) -> str:
    """Return the text of a value in an error message."""
    if not is_known(value):
        return _TOKEN
    if isinstance(value, Verbatim):
        return value
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, Construct):
        return f"the {type(value).__name__.removeprefix('_Imported')} {value.node.path}"
    if isinstance(value, str):
        return json.dumps(_shortened(value), ensure_ascii=False)
    return _shortened(repr(value))


def _shortened(words: str) -> str:
    return words if len(words) <= _LONGEST_VALUE else f"{words[:_LONGEST_VALUE]}…"


def prop_of(kind: str, path: Sequence[str], props: Mapping[str, str]) -> str:
    """Return the name of the prop for an API member.

    `datasetGroupArn` is `dataset_group`, `name` of a campaign is `campaign_name`, and members of its `campaignConfig`
    are props of their own.

    :param path: The member, and the members that contain it.
    :param props: The props with other names, by the path of the member. The longest path applies.
    """
    for length in range(len(path), 0, -1):
        prop = props.get(".".join(path[:length]))
        if prop is not None:
            return ".".join([prop, *map(_snake_case, path[length:])])
    if len(path) > 1 and path[0] == f"{service_model.lower_first(kind)}Config":
        path = path[1:]
    first = f"{_snake_case(kind)}_name" if path[0] == "name" else _snake_case(path[0].removesuffix("Arn"))
    return ".".join([first, *map(_snake_case, path[1:])])


def _snake_case(member: str) -> str:
    return str(xform_name(member))
