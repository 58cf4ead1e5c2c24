"""The handler's words that the checks depend on: reasons of failed operations and messages in its log."""

from __future__ import annotations

import re

LOG_LEFT_TO_FINISH = ("not rolled back", "left to finish")
"""Messages of a rollback whose wait budget ended: Personalize finishes the rollback later."""
LOG_CANNOT_BE_UNDONE = "not rolled back: Amazon Personalize rejects"
"""Message of a rollback of an update that the service does not undo, such as a new column of a schema."""
TIMED_OUT = re.compile("timed out after")
"""The wait budget ended."""
REPLACEMENT_STILL_BUSY = re.compile("cancelled replacement")
"""A replacement that was made by a cancelled update cannot be deleted yet."""
NAME_TAKEN = re.compile("did not create the existing resource")
"""Another owner's resource has the name."""
SCHEMA_REFUSED = re.compile("cannot be replaced|must keep all fields")
"""The template asks for another schema of a dataset, which Amazon Personalize does not accept."""
NAME_KEPT = re.compile("still has the name")
"""The predecessor has the name that its replacement is given."""
ENDED_BADLY = re.compile("ended as|had no effect|failed")
"""Personalize reported a failed creation or update."""
INTERNAL_ERROR = re.compile("internal error")
"""A defect of the handler."""
ARN = re.compile(r"arn:aws:personalize\S+?(?=[),;.]?(?:\s|$)|[),;])")
"""The ARN in a reason."""
OPTIONAL_PROGRESS_KEYS = frozenset({"deferrals", "hold", "operation", "transient_since", "waited_for"})
"""Keys of the progress that code of another release may not write, and without which a poll must work."""


def has_form(reason: str, logical_id: str) -> bool:
    """Tell whether a reason begins with the kind and the logical id."""
    return re.match(rf"(\w+) {re.escape(logical_id)}: \S", reason) is not None


def normal_form(reason: str) -> str:
    """Return a reason without ARNs, ids and numbers, to group equal failures."""
    reason = re.sub(r"arn:aws:\S+", "ARN", reason)
    reason = re.sub(r"^\w+ \w+: ", "", reason)
    reason = re.sub(r"[0-9a-f]{8,}", "#", reason)
    return re.sub(r"\d+", "N", reason)[:170]
