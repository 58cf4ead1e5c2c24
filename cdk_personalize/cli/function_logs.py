"""Logs of the functions of stacks: what they decided on each resource."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from cdk_personalize_handler.errors import HandlerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cdk_personalize.cli.aws import AwsClients
    from cdk_personalize.cli.stacks import DeployedStack

_LOG_GROUP_TYPE = "AWS::Logs::LogGroup"
_LOGICAL_ID = "CdkPersonalizeProviderLogs"
"""Start of the logical ID of the log group."""
_NOT_FOUND = "ResourceNotFoundException"
_KEYS = ("status", "because", "reason")
"""Keys of a log entry that explain a decision."""


class LogsNotFound(HandlerError):
    """The stacks have no log group of the functions."""


@dataclass(frozen=True)
class LogEntry:
    """A log entry of a function on a resource."""

    at: datetime
    path: str
    """The construct path of the resource, or its logical ID if the template has no path."""
    message: str
    details: tuple[str, ...]
    """The status in Amazon Personalize and the reason, if the entry has them."""

    @property
    def text(self) -> str:
        """The entry as a line, without its time."""
        return f"{self.path}: {self.message}" + (f" ({'; '.join(self.details)})" if self.details else "")


class FunctionLogs:
    """The logs of the functions of stacks, from the beginning of the latest operation."""

    def __init__(self, aws: AwsClients) -> None:
        self._aws = aws
        self._seen: set[tuple[str, int, str]] = set()
        self._newest: dict[str, int] = {}
        self._last: dict[str, str] = {}

    def new_entries(self, stacks: Iterable[DeployedStack]) -> list[LogEntry]:
        """Return the entries since the previous call, by time, without repetitions."""
        read = sorted((each for stack in stacks for each in self._of_stack(stack)), key=lambda entry: entry.at)
        return [each for each in read if self._is_news(each)]

    def _is_news(self, entry: LogEntry) -> bool:
        """Return whether an entry differs from the previous one on the resource."""
        repeats = self._last.get(entry.path) == entry.text
        self._last[entry.path] = entry.text
        return not repeats

    def _of_stack(self, stack: DeployedStack) -> Iterator[LogEntry]:
        paths = {name: resource.path for name, resource in stack.resources.items()}
        for group in _groups(stack):
            start = self._newest.setdefault(group, _milliseconds(stack.began))
            for event in self._events(group, start):
                self._newest[group] = max(self._newest[group], event["timestamp"])
                key = (event["logStreamName"], event["timestamp"], event["message"])
                if key in self._seen:
                    continue
                self._seen.add(key)
                content = _parsed(event["message"])
                if content is not None:
                    yield _entry(content, event["timestamp"], paths)

    def _events(self, group: str, start: int) -> Iterator[Any]:
        pages = self._aws.logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start)
        try:
            for page in pages:
                yield from page["events"]
        except ClientError as error:
            if error.response["Error"].get("Code") != _NOT_FOUND:
                raise


def require_groups(stacks: Iterable[DeployedStack]) -> None:
    """Raise LogsNotFound if no stack has a log group of the functions."""
    named = list(stacks)
    if not any(_groups(each) for each in named):
        names = ", ".join(each.name for each in named)
        raise LogsNotFound(f"there is no log group of the functions of cdk-personalize in {names}")


def _groups(stack: DeployedStack) -> list[str]:
    """Return the names of the log groups of the functions of a stack."""
    return [
        each.physical_id
        for each in stack.resources.values()
        if each.type == _LOG_GROUP_TYPE and each.physical_id and each.logical_id.startswith(_LOGICAL_ID)
    ]


def _parsed(message: str) -> Mapping[str, Any] | None:
    """Return an entry of the functions. None for the lines that AWS Lambda adds."""
    try:
        content = json.loads(message)
    except ValueError:
        return None
    return content if isinstance(content, dict) and "logical_id" in content and "message" in content else None


def _entry(content: Mapping[str, Any], timestamp: int, paths: Mapping[str, str]) -> LogEntry:
    logical_id = str(content["logical_id"])
    details = tuple(str(content[key]) for key in _KEYS if content.get(key))
    at = datetime.fromtimestamp(timestamp / 1000, timezone.utc)
    return LogEntry(at, paths.get(logical_id, logical_id), str(content["message"]), details)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
