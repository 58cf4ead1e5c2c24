"""One request of CloudFormation for one resource, from the event to the response."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from conformance.simulation.catalogue import LINK_SECONDS
from conformance.simulation.judgement import judge
from conformance.simulation.kernel import Signal
from conformance.simulation.trace import short

if TYPE_CHECKING:
    from conformance.simulation.stack import SimulatedStack
    from conformance.simulation.template import Declaration

RESPONSE_LIMIT = 4096
"""CloudFormation's limit for a response document, in bytes."""
_HOUR = 3600


class ResourceOperation:
    """A request of CloudFormation, with its result and the data to check it."""

    def __init__(
        self,
        stack: SimulatedStack,
        declaration: Declaration,
        request_type: str,
        props: dict[str, Any],
        request: dict[str, Any] | None = None,
        *,
        physical: str | None = None,
        old_props: dict[str, Any] | None = None,
        phase: str = "forward",
    ) -> None:
        self.stack, self.account, self.kernel = stack, stack.account, stack.kernel
        self.logical, self.kind, self.link = declaration.logical, declaration.kind, declaration.link
        self.resource_type, self.type = declaration.type, request_type
        self.props, self.request, self.physical, self.old_props = props, request or {}, physical, old_props
        self.phase = phase
        self.key, number = stack.next_operation(f"{phase}.{self.logical}.{request_type}")
        self.request_id = f"req-{stack.id[-8:]}-{number:04d}"
        self.url = ""
        self.adopts = str(props.get("Adopt", "")).lower() == "true"
        self.wait = float(props.get("WaitSeconds", LINK_SECONDS))
        self.sent = 0.0
        self.done = Signal(self.kernel)
        self.ended = self.timed_out = False
        self.told: str | None = None
        """Status in the first response to CloudFormation."""
        self.excuses: set[str] = set()
        """Injected faults that justify a failure."""
        self.created: list[str] = []
        self.announced: set[str] = set()
        """ARNs that the results of workflow steps contained."""
        self.invalid: str | None = None
        """Message of Personalize about an invalid request."""
        self.account.operations[self.request_id] = self

    def excuse_kill(self, reach: str) -> None:
        """Record a killed run as a justification of a failure.

        :param reach: "any" for one killed run, "given-up" if all attempts of a step were killed.
        """
        if reach == "given-up" or self.account.cfg["excuse_kill"] == "any":
            self.excuses.add("kill")

    def event(self) -> dict[str, Any]:
        """Return the event that CloudFormation sends."""
        event = {
            "RequestType": self.type,
            "ServiceToken": self.props["ServiceToken"],
            "ResponseURL": self.url,
            "StackId": self.stack.id,
            "RequestId": self.request_id,
            "ResourceType": self.resource_type,
            "LogicalResourceId": self.logical,
            "ResourceProperties": self.props,
        }
        if self.physical is not None:
            event["PhysicalResourceId"] = self.physical
        if self.old_props is not None:
            event["OldResourceProperties"] = self.old_props
        return event

    def send(self) -> Signal:
        """Send the event.

        :return: a signal with the response, or None if the operation was cancelled.
        """
        self.sent = self.kernel.now
        date = f"{datetime.fromtimestamp(self.sent, timezone.utc):%Y%m%dT%H%M%SZ}"
        signature = f"X-Amz-Date={date}&X-Amz-Signature=x" if self.account.cfg["dated_urls"] else "Signature=x"
        self.url = f"https://response.example/{self.request_id}?{signature}"
        self.kernel.after(_HOUR, self._time_out)
        self.stack.functions.receive(self.event(), self)
        return self.done

    def receive_response(self, url: str, body: dict[str, Any], size: int, key: str) -> None:
        """Receive the response that a function uploaded to the response URL."""
        status, physical = body.get("Status"), body.get("PhysicalResourceId")
        self.account.say(f"  {key}: {status} id={short(physical)} {body.get('Reason') or ''}".rstrip())
        expected = {"StackId": self.stack.id, "RequestId": self.request_id, "LogicalResourceId": self.logical}
        wrong = sorted(name for name, value in expected.items() if body.get(name) != value)
        if url != self.url or wrong or status not in ("SUCCESS", "FAILED"):
            self.account.violate("response-form", f"{url} {wrong} {status}", self)
        if not isinstance(physical, str) or not 0 < len(physical.encode()) <= 1024:
            self.account.violate("response-form", f"physical id {physical}", self)
        if status == "FAILED" and not body.get("Reason"):
            self.account.violate("response-form", "no reason", self)
        if size > RESPONSE_LIMIT:
            self.account.violate("answer-too-long", f"{size} bytes", self)
        if self.type == "Delete" and physical != self.physical:
            self.account.violate("delete-changes-id", f"{self.physical} to {physical}", self)
        self.told = self.told or status
        self.kernel.after(0.2 + self.account.draw("put", key) * 2, lambda: self._respond(body))

    def _respond(self, body: dict[str, Any]) -> None:
        judge(self, body)
        if self.ended:
            self.account.say(f"  (answer of {self.key} ignored)")
            return
        self.ended = True
        self.done.fire(body)

    def cancel(self) -> None:
        """Stop waiting for the response. CloudFormation does not inform the function."""
        if not self.ended:
            self.ended = True
            self.done.fire(None)

    def _time_out(self) -> None:
        if self.ended:
            return
        if "kill" not in self.excuses:
            self.account.violate("no-answer-in-an-hour", f"{self.type} {self.logical}", self)
        self.timed_out = True
        self._respond(
            {
                "Status": "FAILED",
                "Reason": "CloudFormation did not receive a response from your Custom Resource",
                "PhysicalResourceId": self.physical or self.stack.invent(self.logical),
                "Data": None,
            }
        )

    def has_updated(self) -> bool:
        """Return whether the request changed a resource, or waits for another's change."""
        return bool(self.account.updates_of[self.request_id] or self.created or self.link)
