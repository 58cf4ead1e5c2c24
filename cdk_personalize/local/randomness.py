"""The only source of random numbers, so that one seed repeats all of them."""

from __future__ import annotations

import random

NUMBERS = random.Random()  # noqa: S311
"""Generator that the server seeds at its start."""
