"""Random numbers that depend on their key alone, so that a schedule stays the same when a part of it is left out."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def fraction(*key: object) -> float:
    """Return the number in [0, 1) that belongs to a key."""
    text = "|".join(map(str, key)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") / 2**64


def pick(options: Sequence[Any], *key: object) -> Any:
    """Return the option that belongs to a key."""
    return options[int(fraction(*key) * len(options))]
