"""Recordings of the command line for the documentation, by `make recording`.

Starts the local AWS, deploys the example movies with the CDK CLI, and runs the commands in a pseudo terminal. Writes
`status.cast` (asciicast v2, for asciinema and its player), `status.svg` (the same recording as an animation, for any
page) and `status-still.svg` (the screen with the most lines). Then plans a changed version of the
example, and writes `plan.svg`.
"""

from __future__ import annotations

import contextlib
import fcntl
import html
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MOVIES = ROOT / "examples" / "movies"
sys.path.insert(0, str(MOVIES))
import prepare

from cdk_personalize.cli import NEGATIVE
from cdk_personalize.local.clock import DEFAULT_SCALE
from cdk_personalize.local.process import running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Event = tuple[float, str]

HOST, ACCOUNT, REGION, STACK = "127.0.0.1", "111111111111", "us-east-1", "Movies"
COLUMNS, LINES, PLAN_LINES = 116, 20, 40
TITLE = "cdk-personalize status --watch, while cdk deploy runs"
PLAN_TITLE = "cdk-personalize plan, for a new solution version and a larger campaign"
IDLE_LIMIT = 2.0
LAST_SECONDS = 6.0
CELL, LINE, MARGIN = 8.4, 19, 16
COLOURS = {None: "#d5d9e0", 1: "#f47067", 2: "#7ec699", 3: "#e6c07b"}
"""By the number of the terminal's colour."""

_PAUSE_SECONDS = 0.05
"""Time without output after which a screen is complete."""
_CONTROLS = re.compile(r"(\x1b\[1A|\x1b\[2K|\x1b\[\?25[lh]|\r|\n)")


def main() -> None:
    """Deploy and record. The stack is lost when the local AWS ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    port = _free_port()
    with running(HOST, port, DEFAULT_SCALE, log=subprocess.DEVNULL), tempfile.TemporaryDirectory() as folder:
        _use(port)
        _cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", cwd=folder).wait()
        prepare.prepare()
        out = ("--output", str(Path(folder, "out")))
        deployment = _cdk("deploy", "--all", "--require-approval", "never", *out, cwd=MOVIES)
        try:
            _wait_for_stack(deployment)
            events = [
                *_session(f"cdk-personalize status {STACK} --watch --interval 1", f"cdk-personalize drift {STACK}")
            ]
            if deployment.wait() != 0:
                raise SystemExit("the deployment failed")
            plan = [*_session(f"cdk-personalize plan --app {_changed(folder)}")]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(deployment.pid, signal.SIGTERM)
    _write(events)
    (HERE / "plan.svg").write_text(_still_picture(plan, PLAN_TITLE, PLAN_LINES), encoding="utf-8")


def _changed(folder: str) -> str:
    """Return the cloud assembly of the example, changed."""
    app = Path(folder, "movies")
    shutil.copytree(MOVIES, app)
    source = (app / "app.py").read_text(encoding="utf-8")
    (app / "app.py").write_text(source.replace('"SimilarV1"', '"SimilarV2"'), encoding="utf-8")
    if _cdk("synth", "--quiet", "-c", "min_provisioned_tps=2", cwd=app).wait() != 0:
        raise SystemExit("the changed example cannot be synthesized")
    return str(app / "cdk.out")


def _use(port: int) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AWS_ENDPOINT_URL=f"http://{HOST}:{port}",
        AWS_ACCESS_KEY_ID=ACCOUNT,
        AWS_SECRET_ACCESS_KEY="local",
        AWS_REGION=REGION,
        AWS_DEFAULT_REGION=REGION,
        NO_PROXY=HOST,
        CDK_DISABLE_CLI_TELEMETRY="true",
        TERM="xterm-256color",
    )


def _cdk(*arguments: str, cwd: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["cdk", *arguments], cwd=cwd, start_new_session=True)


def _wait_for_stack(deployment: subprocess.Popen[bytes]) -> None:
    """Wait until CloudFormation works on the stack."""
    cloudformation = boto3.client("cloudformation")
    while deployment.poll() is None:
        stacks = cloudformation.describe_stacks()["Stacks"]
        if any(each["StackName"] == STACK and each["StackStatus"] == "CREATE_IN_PROGRESS" for each in stacks):
            return
        time.sleep(0.1)
    raise SystemExit("the deployment ended before it could be watched")


def _session(*commands: str) -> Iterator[Event]:
    """Run commands in a terminal, and yield its output with timestamps."""
    began = time.monotonic()
    for command in commands:
        shown = " ".join(Path(word).name for word in command.split())
        yield time.monotonic() - began, f"\x1b[1;32m$\x1b[0m {shown}\r\n"
        for output in _in_terminal(command.split()):
            yield time.monotonic() - began, output
    yield time.monotonic() - began, "\x1b[1;32m$\x1b[0m "


def _in_terminal(command: Sequence[str]) -> Iterator[str]:
    process, terminal = pty.fork()
    if process == 0:
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    rest = b""
    while read := _read(terminal):
        text, rest = _whole_characters(rest + read)
        yield text
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, NEGATIVE):
        raise SystemExit(f"{' '.join(command)} ended with exit code {code}")


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


def _write(events: Sequence[Event]) -> None:
    header: dict[str, Any] = {
        "version": 2,
        "width": COLUMNS,
        "height": LINES,
        "idle_time_limit": IDLE_LIMIT,
        "title": TITLE,
        "env": {"TERM": "xterm-256color"},
    }
    lines = [json.dumps(header), *(json.dumps([round(at, 3), "o", text]) for at, text in events)]
    (HERE / "status.cast").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (HERE / "status.svg").write_text(_moving_picture(events), encoding="utf-8")
    (HERE / "status-still.svg").write_text(_still_picture(events, TITLE), encoding="utf-8")


def _screens(events: Sequence[Event], height: int = LINES) -> list[tuple[float, list[str]]]:
    """Return the screens of a terminal, each with its duration in seconds."""
    screens: list[tuple[float, list[str]]] = []
    lines = [""]
    for (at, text), (next_at, _) in zip(events, [*events[1:], (events[-1][0] + LAST_SECONDS, "")], strict=True):
        for part in _CONTROLS.split(text):
            match part:
                case "\n":
                    lines.append("")
                case "\x1b[1A":
                    lines.pop()
                case "\x1b[2K":
                    lines[-1] = ""
                case _ if not _CONTROLS.match(part):
                    lines[-1] += part
        wait = next_at - at if next_at - at == LAST_SECONDS else min(next_at - at, IDLE_LIMIT)
        screens.append((wait, lines[-height:]))
    return screens


def _moving_picture(events: Sequence[Event]) -> str:
    """Return the recording as an animated SVG, which shows each screen in turn."""
    screens = _screens(events)
    whole = sum(seconds for seconds, _ in screens)
    width, height = round(COLUMNS * CELL + 2 * MARGIN), LINES * LINE + 2 * MARGIN
    groups, rules, at = [], [], 0.0
    for number, (seconds, lines) in enumerate(screens):
        begin, end = (f"{100 * moment / whole:.3f}%" for moment in (at, at + seconds))
        rules.append(f"@keyframes s{number}{{0%,100%{{opacity:0}}{begin}{{opacity:1}}{end}{{opacity:0}}}}")
        groups.append(f'<g style="animation-name:s{number}">{_text(lines)}</g>')
        at += seconds
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{TITLE}">\n'
        f"<title>{TITLE}</title>\n"
        f"<style>text{{font:14px ui-monospace,Menlo,Consolas,monospace;white-space:pre}}"
        f"g{{opacity:0;animation:{whole:.2f}s step-end infinite}}g:last-of-type{{opacity:1}}{''.join(rules)}</style>\n"
        f'<rect width="{width}" height="{height}" rx="8" fill="#1f232b"/>\n' + "\n".join(groups) + "\n</svg>\n"
    )


def _still_picture(events: Sequence[Event], title: str, most: int = LINES) -> str:
    """Return the screen with the most lines as SVG."""
    lines = max((lines for _, lines in _screens(events, most)), key=lambda shown: sum(map(bool, map(str.strip, shown))))
    width, height = round(COLUMNS * CELL + 2 * MARGIN), (len(lines) + 1) * LINE + MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">\n'
        f"<title>{title}</title>\n"
        f"<style>text{{font:14px ui-monospace,Menlo,Consolas,monospace;white-space:pre}}</style>\n"
        f'<rect width="{width}" height="{height}" rx="8" fill="#1f232b"/>\n<g>{_text(lines)}</g>\n</svg>\n'
    )


def _text(lines: Sequence[str]) -> str:
    console = Console(width=COLUMNS)
    return "".join(
        f'<text x="{MARGIN}" y="{MARGIN + LINE * number}" fill="{COLOURS[None]}">{_spans(line, console)}</text>'
        for number, line in enumerate(lines, start=1)
        if line.strip()
    )


def _spans(line: str, console: Console) -> str:
    spans, column = [], 0
    for segment in Text.from_ansi(line).render(console):
        text, style = segment.text.rstrip("\n"), segment.style
        if text.strip():
            colour = COLOURS[style.color.number if style and style.color else None]
            look = f' fill="{colour}"' if colour != COLOURS[None] else ""
            look += ' font-weight="bold"' if style and style.bold else ""
            look += ' opacity=".55"' if style and style.dim else ""
            place = f'x="{MARGIN + column * CELL:g}" textLength="{len(text) * CELL:g}"'
            spans.append(f"<tspan {place}{look}>{html.escape(text)}</tspan>")
        column += len(text)
    return "".join(spans)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
