"""CloudFormation attributes of a resource, for Fn::GetAtt.

They are the scalar values of its description, named in PascalCase.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds, service_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_personalize_handler.kinds import Kind

_LONGEST_VALUE = 256
"""Maximum length of an attribute's value, in characters."""
_LARGEST = 3000
"""Maximum size of all attributes, in bytes. CloudFormation accepts 4096 bytes for the whole response."""
_SEPARATORS = 6
"""Size of the JSON punctuation around a name and its value, in bytes."""


def attributes(kind: Kind, arn: str, description: Mapping[str, Any], operation: str) -> dict[str, str]:
    """Return the ARN, the operation ID, and the values that fit into the response.

    A value is omitted if it is too long, or if the response would become too large.

    :param operation: The ID from `status.operation_id`, which a wait link needs.
    """
    data = {
        kinds.WAIT_ARN: arn,
        service_model.upper_first(service_model.arn_member(kind.name)): arn,
        kinds.WAIT_OPERATION: operation,
    }
    size = sum(len(key) + len(value) for key, value in data.items())
    for key, value in _scalars(description):
        size += len(key) + len(value.encode()) + _SEPARATORS
        if key not in data and len(value) <= _LONGEST_VALUE and size <= _LARGEST:
            data[key] = value
    return data


def _scalars(description: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in description.items():
        key = f"{prefix}{service_model.upper_first(name)}"
        if isinstance(value, Mapping):
            if not name.startswith("latest"):
                yield from _scalars(value, f"{key}.")
        elif isinstance(value, bool):
            yield key, str(value).lower()
        elif isinstance(value, datetime):
            yield key, value.isoformat()
        elif isinstance(value, (str, int, float)):
            yield key, str(value)
