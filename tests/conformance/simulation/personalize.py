"""Eventually consistent Amazon Personalize.

New resources, tags and updates become visible late.
"""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from conformance.simulation.answers import client_error
from conformance.simulation.catalogue import KIND_OF_SNAKE, arn_member
from conformance.simulation.personalize_changes import PersonalizeChanges

from cdk_personalize.local.kinds import KINDS as EMULATED_KINDS

if TYPE_CHECKING:
    from conformance.simulation.account import SimulatedAccount
    from conformance.simulation.runtime import FunctionRun

_CONSISTENT_VERBS = frozenset({"describe", "update", "delete", "start", "stop"})


class FaultyPersonalize:
    """The emulator with eventual consistency, different clocks and failing operations."""

    def __init__(self, account: SimulatedAccount) -> None:
        self.account, self.kernel = account, account.kernel
        self.changes = PersonalizeChanges(account)

    def perform(self, run: FunctionRun, method: str, operation: str, request: dict[str, Any], key: str) -> Any:
        """Run one API call and return its response."""
        self.account.emulator.resources()  # Applies the operations that have ended.
        verb, _, snake = method.partition("_")
        kind = KIND_OF_SNAKE.get(snake)
        if kind and verb in _CONSISTENT_VERBS:
            self._require_visible(request.get(arn_member(kind)), operation, key)
        if method in ("tag_resource", "untag_resource", "list_tags_for_resource"):
            self._require_visible(request.get("resourceArn"), operation, key)
        action = getattr(self, f"_{method}" if method.endswith("_resource") else f"_{verb}", self._forward)
        return self._dated(action(run, kind, method, request, key), key)

    def _forward(self, run: FunctionRun, kind: str | None, method: str, request: Any, key: str) -> Any:  # noqa: ARG002
        return self.account.direct(method, **request)

    def _describe(self, run: FunctionRun, kind: str | None, method: str, request: Any, key: str) -> Any:  # noqa: ARG002
        arn = request.get(arn_member(kind)) if kind else None
        until, before = self.account.stale.get(arn, (0, None))
        if self.kernel.now < until:
            return {**before, "ResponseMetadata": self.account.direct("list_schemas", maxResults=1)["ResponseMetadata"]}
        return self.account.direct(method, **request)

    def _list_tags_for_resource(self, run: FunctionRun, kind: Any, method: str, request: Any, key: str) -> Any:  # noqa: ARG002
        answer = self.account.direct(method, **request)
        answer["tags"] = self._visible_tags(request["resourceArn"], answer["tags"], key)
        return answer

    def _list(self, run: FunctionRun, kind: str | None, method: str, request: Any, key: str) -> Any:  # noqa: ARG002
        answer = self.account.direct(method, **request)
        for name, value in answer.items():
            if isinstance(value, list) and value and isinstance(value[0], dict):
                answer[name] = [summary for summary in value if self._is_listed(summary, key)]
        return answer

    def _create(self, run: FunctionRun, kind: str | None, method: str, request: Any, key: str) -> Any:
        return self.changes.create(run.operation, kind, method, request, key)

    def _update(self, run: FunctionRun, kind: str | None, method: str, request: Any, key: str) -> Any:
        return self.changes.update(run.operation, kind, method, request, key)

    def _delete(self, run: FunctionRun, kind: str | None, method: str, request: Any, key: str) -> Any:
        self.changes.check_deletion(run.operation, kind, request[arn_member(kind)])
        if kind is None:
            return self.account.direct(method, **request)
        emulated = EMULATED_KINDS[kind]
        seconds = emulated.delete_seconds * (0.4 + 1.2 * self.account.draw("gone", key))
        # Only for this call: other tests of the process use the same kinds.
        with patch.object(emulated, "delete_seconds", seconds):
            return self.account.direct(method, **request)

    def _tag_resource(self, run: FunctionRun, kind: Any, method: str, request: Any, key: str) -> Any:  # noqa: ARG002
        arn = request["resourceArn"]
        self.changes.check_foreign(run.operation, arn, method)
        before = self._tags(arn)
        answer = self.account.direct(method, **request)
        self.account.tag_history.setdefault(arn, [(0, before)]).append((self.kernel.now, self._tags(arn)))
        return answer

    _untag_resource = _tag_resource

    def _tags(self, arn: str) -> list[dict[str, str]]:
        return self.account.direct("list_tags_for_resource", resourceArn=arn)["tags"]

    def _dated(self, answer: Any, key: str) -> Any:
        """Set the Date header of a response. The clocks of hosts differ."""
        skew = self.account.cfg["date_skew"]
        if skew:
            at = self.kernel.now + skew * (2 * self.account.draw("host", key) - 1)
            answer["ResponseMetadata"]["HTTPHeaders"]["date"] = formatdate(at, usegmt=True)
        return answer

    def _is_visible(self, what: str, arn: str | None, key: str) -> bool:
        account, longest = self.account, self.account.cfg["ec"]
        if account.calm or not longest or arn not in account.made or f"ec-{what}" in account.suppressed:
            return True
        age = self.kernel.now - account.made[arn]["at"]
        if age >= longest:
            return True
        if account.cfg["ec_nonmono"]:
            return account.draw("vis", what, key) < age / longest
        return age >= longest * account.draw("vis", what, arn)

    def _require_visible(self, arn: str | None, operation: str, key: str) -> None:
        if arn and not self._is_visible("describe", arn, key):
            self.account.injected.append(f"ec-describe@{key}")
            message = f"Could not find the specified resource: {arn} (not yet)"
            raise client_error("ResourceNotFoundException", message, operation, self.kernel.now)

    def _is_listed(self, summary: dict[str, Any], key: str) -> bool:
        made = self.account.made
        arns = [value for name, value in summary.items() if name.endswith("Arn") and value in made]
        arn = next((each for each in arns if summary.get(arn_member(made[each]["kind"])) == each), None)
        return arn is None or self._is_visible("list", arn, key)

    def _visible_tags(self, arn: str, tags: list[Any], key: str) -> list[Any]:
        account, longest = self.account, self.account.cfg["ec"]
        if account.calm or not longest or "ec-tags" in account.suppressed:
            return tags
        history = account.tag_history.get(arn)
        if not history:
            return tags if self._is_visible("tags", arn, key) else []
        seen = history[0][1]
        for at, value in history[1:]:
            if self.kernel.now - at >= longest * account.draw("tags", arn, at):
                seen = value
        return seen
