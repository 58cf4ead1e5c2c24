"""Examples in the help of the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EXAMPLES: Mapping[str, Sequence[str]] = {
    "local": ("cdk-personalize local", "cdk-personalize local --port 4567 --time-scale 600 --state .local"),
    "status": (
        "cdk-personalize status",
        "cdk-personalize status Shop --watch",
        "cdk-personalize status Dev/Serving --watch --next",
        "cdk-personalize status Shop --watch --logs",
        "cdk-personalize status Shop --json",
    ),
    "drift": (
        "cdk-personalize drift Shop",
        "cdk-personalize drift Dev/Serving --json",
        "cdk-personalize drift Shop --fix",
    ),
    "plan": (
        "cdk-personalize plan",
        "cdk-personalize plan Shop --markdown",
        "cdk-personalize plan --app build/cdk.out --profile staging",
    ),
    "usage": (
        "cdk-personalize usage",
        "cdk-personalize usage --all-regions --days 30",
        "cdk-personalize usage --tps-hour-price 0.2 --json",
    ),
    "run": ("cdk-personalize run Shop/Nightly", "cdk-personalize run Dev/Shop/Nightly --wait"),
    "import-group": ("cdk-personalize import-group movies > app.py",),
    "delete-group": ("cdk-personalize delete-group movies", "cdk-personalize delete-group movies --yes"),
}
"""Command lines by command."""


def epilog(command: str) -> str:
    """Return the examples as the last paragraph of a command's help."""
    return "\n\n".join(["Examples:", *(f"  {each}" for each in EXAMPLES[command])])
