"""The request, the progress and the clients that a step uses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import deadline, ownership
from cdk_personalize_handler.diff import ConfigurationDiff
from cdk_personalize_handler.events import CREATE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from cdk_personalize_handler.events import Progress, ResourceRequest
    from cdk_personalize_handler.ledger import Ledger
    from cdk_personalize_handler.personalize import Description, PersonalizeClient
    from cdk_personalize_handler.stack_events import StackState


@dataclass(frozen=True, kw_only=True)
class Context:
    """The request, the progress and the clients of one step."""

    request: ResourceRequest
    progress: Progress
    """The progress after the previous step."""
    api: PersonalizeClient
    stack: StackState
    ledger: Ledger
    execution_started: datetime
    log: Callable[..., None]
    """Logs a message with fields."""

    @property
    def elapsed(self) -> timedelta:
        """The time since the request began."""
        return deadline.elapsed(self.progress, self.api.now)

    @cached_property
    def create_request(self) -> dict[str, Any]:
        """The complete request for the create operation of the API."""
        return ownership.create_request(self.request, self.request.ownership, self.request.desired)

    @cached_property
    def diff(self) -> ConfigurationDiff:
        """The difference between the desired and the previous configuration."""
        request = self.request
        return ConfigurationDiff(request.kind, request.desired, request.previous, request.ignored)

    def diff_with(self, description: Description) -> ConfigurationDiff:
        """Return the difference to compare with a description.

        In an adoption, undeclared members take their values from the description, so that they do not change.
        """
        adopts = self.request.adopts and self.request.type == CREATE
        return self.diff.completed_by(description) if adopts else self.diff

    def for_replacement(self, description: Description) -> Context:
        """Return the context to create a replacement.

        Its ignored members have the values of the resource that is replaced.
        """
        kept = {name: value for name, value in description.items() if name in self.request.ignored}
        return replace(self, request=replace(self.request, desired={**self.request.desired, **kept}))

    def require_awaited(self) -> None:
        """Raise Superseded if CloudFormation does not wait for this request any more."""
        self.stack.require_awaited(self.request.type, self.request.logical_id)

    def after_call(self, **changes: Any) -> Progress:
        """Return the progress after Amazon Personalize accepted a call."""
        return replace(
            self.progress,
            pending=False,
            calls=self.progress.calls + 1,
            sent=self.elapsed.total_seconds(),
            uncertain=False,
            **changes,
        )
