"""Short forms of requests, responses and IDs for the trace of a schedule."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ARN_START = re.compile(r"arn:aws:(?:personalize|states):[^:]*:[^:]*:")
_HIDDEN = frozenset({"schema", "StackName", "NextToken", "nextToken", "input", "stateMachineArn", "ResponseMetadata"})


def short(text: object) -> str:
    """Return the end of an ARN or ID, which identifies the resource."""
    return "-" if text is None else _ARN_START.sub("", str(text))[-60:]


def words(request: Mapping[str, Any]) -> str:
    """Return the members of a request in one line."""
    members = [
        f"{name}={_ARN_START.sub('', json.dumps(value, default=str))[:90]}"
        for name, value in request.items()
        if name not in _HIDDEN
    ]
    return f"({', '.join(members)})"


def summary(answer: Mapping[str, Any] | None, error: Exception | None) -> str:
    """Return the result of a call: error, status, number of entries or ID."""
    if isinstance(error, ClientError):
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message'][:90]}"
    if answer is None:
        return type(error).__name__
    values = [value for name, value in answer.items() if name not in _HIDDEN]
    for value in values:
        if isinstance(value, dict):
            latest = [each for name, each in value.items() if name.startswith("latest") and name.endswith("Update")]
            tail = f" latest={latest[0].get('status')}" if latest else ""
            return f"{value.get('status', 'found')}{tail}"
        if isinstance(value, list):
            return f"{len(value)} entries"
    return " ".join(short(value) for value in values) or "ok"
