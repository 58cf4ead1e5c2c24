"""Failure reasons and log messages of the handler for which the checks search."""

from __future__ import annotations

import re

LOG_LEFT_TO_FINISH = ("not rolled back", "left to finish")
"""Log messages of a rollback whose wait budget ended before the operation in Personalize."""
LOG_CANNOT_BE_UNDONE = "not rolled back: Amazon Personalize rejects"
"""Log message of a rollback if the service cannot undo the update, such as a new column of a schema."""
TIMED_OUT = re.compile("timed out after")
"""Reason: the wait budget ended."""
REPLACEMENT_STILL_BUSY = re.compile("cancelled replacement")
"""Reason: the replacement of a cancelled update cannot be deleted yet."""
NAME_TAKEN = re.compile("did not create the existing resource")
"""Reason: a resource of another owner has the name."""
SCHEMA_REFUSED = re.compile("cannot be replaced|must keep all fields")
"""Reason: Amazon Personalize rejects the new schema of a dataset."""
NAME_KEPT = re.compile("still has the name")
"""Reason: a replacement has the same specified name as the resource that it replaces."""
ENDED_BADLY = re.compile("ended as|had no effect|failed")
"""Reason: Personalize reported a failed creation or update."""
INTERNAL_ERROR = re.compile("internal error")
"""Reason: the handler has a defect."""
ARN = re.compile(r"arn:aws:personalize\S+?(?=[),;.]?(?:\s|$)|[),;])")
"""The ARN in a reason."""
OPTIONAL_PROGRESS_KEYS = frozenset({"deferrals", "hold", "operation", "transient_since", "waited_for"})
"""Keys of the progress that other releases of the library may not write. A poll must work without them."""


def has_form(reason: str, logical_id: str) -> bool:
    """Return whether a reason begins with the kind and the logical ID."""
    return re.match(rf"(\w+) {re.escape(logical_id)}: \S", reason) is not None


def normal_form(reason: str) -> str:
    """Return a reason without ARNs, IDs and numbers, to group equal failures."""
    reason = re.sub(r"arn:aws:\S+", "ARN", reason)
    reason = re.sub(r"^\w+ \w+: ", "", reason)
    reason = re.sub(r"[0-9a-f]{8,}", "#", reason)
    return re.sub(r"\d+", "N", reason)[:170]
