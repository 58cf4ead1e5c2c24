"""Responses to requests of CloudFormation."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SUCCESS, FAILED = "SUCCESS", "FAILED"
_LONGEST_REASON = 1000
"""Maximum length of a reason, in characters."""
_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Response:
    """The response to a CloudFormation request."""

    status: str
    """`SUCCESS` or `FAILED`."""
    physical_id: str
    reason: str = ""
    """The message of a failure."""
    data: Mapping[str, str] = field(default_factory=dict)
    """The attributes of the resource, for Fn::GetAtt."""

    def to_state(self) -> dict[str, Any]:
        """Convert the response to workflow state, with CloudFormation's member names."""
        return {
            "Status": self.status,
            "PhysicalResourceId": self.physical_id,
            "Reason": self.reason,
            "Data": dict(self.data),
        }

    @staticmethod
    def from_state(state: Mapping[str, Any]) -> Response:
        """Parse a response from workflow state."""
        return Response(
            status=state["Status"],
            physical_id=state["PhysicalResourceId"],
            reason=state["Reason"],
            data=state["Data"],
        )


def send(event: Mapping[str, Any], response: Response) -> None:
    """Send the response to the presigned URL in the event of CloudFormation."""
    body = {
        **response.to_state(),
        "Reason": response.reason or response.status,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": False,
    }
    put(event["ResponseURL"], json.dumps(body, separators=(",", ":")).encode())


def put(url: str, body: bytes) -> None:
    """Upload a response to Amazon S3. Raise URLError if the upload is rejected."""
    # The URL is presigned without a content type, so the header must be empty.
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310  (CloudFormation's own URL)
        pass


def one_line(reason: str) -> str:
    """Convert a message to one line of the length that CloudFormation accepts."""
    words = " ".join(reason.split())
    return words if len(words) <= _LONGEST_REASON else f"{words[:_LONGEST_REASON]}…"
