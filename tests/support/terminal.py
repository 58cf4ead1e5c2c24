"""A command in a pseudo-terminal of a given width."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import struct
import subprocess
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_LINES = 50
_STYLES = re.compile(r"\x1b\[[0-9;]*m")


def in_terminal(command: list[str], environment: Mapping[str, str], columns: int) -> tuple[int, str]:
    """Return the exit code of a command and its output, with its styles."""
    reader, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, columns, 0, 0))
    variables = {name: value for name, value in environment.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    with subprocess.Popen(
        command, env={**variables, "TERM": "xterm-256color"}, stdin=terminal, stdout=terminal, stderr=terminal
    ) as process:
        os.close(terminal)
        output = b""
        with contextlib.suppress(OSError):  # the end of the output of a terminal
            while read := os.read(reader, 65536):
                output += read
        os.close(reader)
    return process.returncode, output.decode().replace("\r\n", "\n")


def without_styles(output: str) -> str:
    return _STYLES.sub("", output)
