"""Commands in a pseudo terminal, with the times of their output."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import shlex
import struct
import termios
import time
from typing import TYPE_CHECKING

from cdk_personalize.cli import NEGATIVE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    Event = tuple[float, str]

COLUMNS, LINES = 116, 20
PROMPT = "\x1b[1;32m$\x1b[0m "

_ANSWERS = {"[y/N]: ": "y\n", "repeats the order of independent resources": "\x03"}
"""Keys that the recording types, by the end of the output before them: `y`, or Ctrl+C."""
_ANSWER_AFTER_SECONDS = 1.5
_PAUSE_SECONDS = 0.05
"""Time without output after which a screen is complete."""


def session(folder: Path, *commands: str) -> Sequence[Event]:
    """Run commands in a folder, and return the output with its times.

    The times are in seconds from the start.
    """
    return [*_events(folder, commands)]


def _events(folder: Path, commands: Sequence[str]) -> Iterator[Event]:
    began = time.monotonic()
    for command in commands:
        yield time.monotonic() - began, f"{PROMPT}{command}\r\n"
        for output in _in_terminal(folder, command):
            yield time.monotonic() - began, output
    yield time.monotonic() - began, PROMPT


def _in_terminal(folder: Path, command: str) -> Iterator[str]:
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execvp("sh", ["sh", "-c", f"exec {command}"])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    rest = b""
    while read := _read(terminal):
        text, rest = _whole_characters(rest + read)
        yield text
        for answer in (typed for words, typed in _ANSWERS.items() if text.rstrip("\r\n").endswith(words)):
            time.sleep(_ANSWER_AFTER_SECONDS)
            os.write(terminal, answer.encode())
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, NEGATIVE):
        raise SystemExit(f"{shlex.quote(command)} ended with exit code {code}")


def _read(terminal: int) -> bytes:
    """Return the output until the next pause. Empty after the end of the program."""
    read = b""
    with contextlib.suppress(OSError):  # a terminal raises it after the end of its program
        while more := os.read(terminal, 65536):
            read += more
            if not select.select([terminal], [], [], _PAUSE_SECONDS)[0]:
                break
    return read


def _whole_characters(output: bytes) -> tuple[str, bytes]:
    try:
        return output.decode(), b""
    except UnicodeDecodeError as error:
        return output[: error.start].decode(), output[error.start :]
