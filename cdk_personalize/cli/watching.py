"""Repeated statuses of stacks until their operations have ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cdk_personalize.cli import stacks, status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from cdk_personalize.cli.aws import AwsClients
    from cdk_personalize.cli.status import StackStatus


def statuses(aws: AwsClients, name: str | None) -> Sequence[StackStatus]:
    """Return the current statuses of a stack and its nested stacks, or of all stacks."""
    aws.forget()
    found = stacks.with_personalize(aws) if name is None else stacks.named(aws, name)
    return [status.of_stack(aws, each) for each in found]


class Watch:
    """Polls of the stacks, from before an operation to its outcome."""

    def __init__(self, aws: AwsClients, name: str | None, interval: float, *, next_operation: bool = False) -> None:
        """Create a watch.

        :param name: The stack. None: all stacks with resources of this library.
        :param interval: The seconds between two polls.
        :param next_operation: Whether to wait for an operation that starts later than the watch.
        """
        self._aws = aws
        self._name = name
        self._interval = interval
        self._next = next_operation
        self._busy_arns: set[str] = set()
        self._last: Sequence[StackStatus] = ()

    @property
    def failed(self) -> bool:
        """Whether an operation failed, after the watch has ended.

        A stack is named: its latest operation. All stacks: the operations that were in progress during the watch.
        """
        return any(
            each.stack.failed and (self._name is not None or each.stack.id in self._busy_arns) for each in self._last
        ) or any(
            resource.reason is not None and resource.arn in self._busy_arns
            for each in self._last
            for resource in each.resources
        )

    def polls(self) -> Iterator[Sequence[StackStatus]]:
        """Yield the statuses until no operation is in progress.

        They are empty before the stack exists.
        """
        found = self._statuses()
        earlier: datetime | None = found[0].stack.began if self._next and found else None
        while True:
            self._note(found)
            yield found
            started = self._name is None or (bool(found) and found[0].stack.began != earlier)
            if started and not any(each.under_way for each in found):
                return
            time.sleep(self._interval)
            found = self._statuses()
            if started and not found:
                return  # the stack was deleted

    def _statuses(self) -> Sequence[StackStatus]:
        try:
            return statuses(self._aws, self._name)
        except stacks.StackNotFound:
            return ()

    def _note(self, found: Sequence[StackStatus]) -> None:
        self._last = found
        self._busy_arns.update(each.stack.id for each in found if each.stack.under_way)
        self._busy_arns.update(
            resource.arn
            for each in found
            for resource in each.resources
            if resource.arn and resource.operation and resource.operation.under_way
        )
