"""Commands in a terminal of a given width, as a person sees them."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
from typing import TYPE_CHECKING

from support.deploy import Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LINES = 60
_POLL_SECONDS = 0.1
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
_START_OF_REDRAWING = re.compile(r"\r(?!\n)")


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    columns: int,
    *,
    prompt: str = "",
    answer: str = "",
    last_words: str = "",
) -> Result:
    """Run a command to its end, and answer its prompt.

    The output has everything that was ever shown, without colors and cursor movements.

    :param last_words: output after which the command is interrupted, as by Ctrl+C.
    """
    terminal, other_end = pty.openpty()
    fcntl.ioctl(other_end, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, columns, 0, 0))
    settings = {name: value for name, value in environment.items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        list(command),
        env={**settings, "TERM": "xterm-256color"},
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        start_new_session=True,
    )
    output = b""
    while read := _read(terminal, process):
        output += read
        if prompt and prompt.encode() in output:
            os.write(terminal, f"{answer}\n".encode())
            prompt = ""
        if last_words and last_words.encode() in output:
            process.send_signal(signal.SIGINT)
            last_words = ""
    os.close(terminal)
    os.close(other_end)
    lines = _CONTROLS.sub("", _START_OF_REDRAWING.sub("\n", output.decode())).split("\n")
    return Result(process.wait(), "\n".join(line.rstrip() for line in lines))


def _read(terminal: int, process: subprocess.Popen[bytes]) -> bytes:
    """Return the next output. Return nothing when the process and its output end."""
    while True:
        ended = process.poll() is not None
        if select.select([terminal], [], [], _POLL_SECONDS)[0]:
            return os.read(terminal, 65536)
        if ended:
            return b""
