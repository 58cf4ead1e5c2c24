"""What a step works with."""

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
    """One step of one request."""

    request: ResourceRequest
    progress: Progress
    """What the step before left."""
    api: PersonalizeClient
    stack: StackState
    ledger: Ledger
    execution_started: datetime
    log: Callable[..., None]

    @property
    def elapsed(self) -> timedelta:
        """How long ago the request began."""
        return deadline.elapsed(self.progress, self.api.now)

    @cached_property
    def create_request(self) -> dict[str, Any]:
        """The request of the create operation."""
        return ownership.create_request(self.request, self.request.ownership, self.request.desired)

    @cached_property
    def diff(self) -> ConfigurationDiff:
        """The desired configuration beside the previous one."""
        request = self.request
        return ConfigurationDiff(request.kind, request.desired, request.previous, request.ignored)

    def diff_with(self, description: Description) -> ConfigurationDiff:
        """Return the desired configuration.

        A creation that adopts leaves undeclared values as they are.
        """
        adopts = self.request.adopts and self.request.type == CREATE
        return self.diff.completed_by(description) if adopts else self.diff

    def replacing(self, description: Description) -> Context:
        """Return the context of a replacement, with ignored values of its predecessor."""
        kept = {name: value for name, value in description.items() if name in self.request.ignored}
        return replace(self, request=replace(self.request, desired={**self.request.desired, **kept}))

    def require_awaited(self) -> None:
        """Raise Superseded if CloudFormation does not wait for this request."""
        self.stack.require_awaited(self.request.type, self.request.logical_id)

    def after_call(self, **changes: Any) -> Progress:
        """Return the progress after a call that the service accepted."""
        return replace(
            self.progress,
            pending=False,
            calls=self.progress.calls + 1,
            sent=self.elapsed.total_seconds(),
            uncertain=False,
            **changes,
        )
