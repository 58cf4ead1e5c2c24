"""Random numbers that depend on a key only, and not on the order of the draws.

So a schedule without one of its parts has the same random numbers as the whole schedule.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def fraction(*key: object) -> float:
    """Return the random number in [0, 1) of a key."""
    text = "|".join(map(str, key)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") / 2**64


def pick(options: Sequence[Any], *key: object) -> Any:
    """Return a random option, by a key."""
    return options[int(fraction(*key) * len(options))]
