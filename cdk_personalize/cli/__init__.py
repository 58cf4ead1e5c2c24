"""The command line tool `cdk-personalize`."""

from __future__ import annotations

import sys

ERROR = 2
"""Exit code of errors."""
NEGATIVE = 1
"""Exit code of a negative outcome, such as drift, changes or a failed operation."""


def main() -> int:
    """Run the command and return its exit code."""
    try:
        from cdk_personalize.cli import commands
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in ("rich", "typer"):
            raise
        return complain('the command line tool requires the extra "cli": pip install "cdk-personalize[cli]"')
    return commands.run()


def complain(reason: str) -> int:
    """Print the error in one line and return its exit code."""
    print(f"cdk-personalize: {' '.join(reason.split())}", file=sys.stderr)
    return ERROR
