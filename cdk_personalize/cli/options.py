"""Options that several commands share."""

from __future__ import annotations

import math
import os
from typing import Annotated

import typer


def _set_no_color(is_requested: bool) -> None:
    if is_requested:
        os.environ["NO_COLOR"] = "1"  # the variable that all libraries for terminals read


def require_finite(value: float | None) -> float | None:
    """Return a number that is neither infinite nor NaN, or None.

    Raise BadParameter otherwise: the bounds of an option do not exclude them.
    """
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number.")
    return value


Profile = Annotated[str | None, typer.Option(help="The AWS profile. Default: AWS_PROFILE.")]
Region = Annotated[str | None, typer.Option(envvar="AWS_REGION", help="The AWS region.")]
NoColor = Annotated[
    bool,
    typer.Option(
        "--no-color",
        help="Print without colors, as with the environment variable NO_COLOR.",
        callback=_set_no_color,
        is_eager=True,
    ),
]
