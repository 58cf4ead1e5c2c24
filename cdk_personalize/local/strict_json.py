"""JSON parser as strict as the service: no NaN, Infinity or numbers out of range."""

from __future__ import annotations

import json
import math
from typing import Any


def loads(text: str | bytes) -> Any:
    """Parse a JSON text.

    :raises ValueError: if the text is not JSON, or is nested too deeply for the parser.
    """
    try:
        return json.loads(text, parse_constant=_reject, parse_float=_finite)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _reject(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is beyond the range of a double")
    return value
