"""The one source of random numbers of a run, so that its seed repeats them."""

from __future__ import annotations

import random

NUMBERS = random.Random()  # noqa: S311
"""Seeded at the start of the server."""
