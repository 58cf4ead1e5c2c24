"""The command `cdk-personalize`."""

from __future__ import annotations

import sys

ERROR = 2
"""The exit code of whatever went wrong; 1 says that `drift` found some."""


def main() -> int:
    """Run the command and return its exit code."""
    try:
        from cdk_personalize.cli import commands
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in ("rich", "typer"):
            raise
        return complain('the command is an extra: pip install "cdk-personalize[cli]"')
    return commands.run()


def complain(reason: str) -> int:
    """Say in one line what went wrong, and return the exit code for it."""
    print(f"cdk-personalize: {' '.join(reason.split())}", file=sys.stderr)
    return ERROR
