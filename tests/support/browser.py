"""A headless Chromium, controlled with the DevTools protocol over a pipe."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TIMEOUT_SECONDS = 180.0
_ERRORS = ("error", "assert")


def chromium() -> str | None:
    """Return the path of Debian's Chromium. None if it is not installed."""
    return shutil.which("chromium")


class Browser:
    """One tab of Chromium."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._ids = itertools.count(1)
        self._buffer = b""
        self._session: dict[str, str] = {}
        self._loaded = False
        self.errors: list[str] = []
        """Console errors, exceptions and failed requests since the last call of `open`."""
        # A tab in the background is laid out, but not painted.
        target = self._call("Target.createTarget", url="about:blank", background=True)["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def open(self, url: str) -> None:
        """Open a page and wait until it is loaded."""
        self.errors, self._loaded = [], False
        self._call("Page.navigate", url=url)
        while not self._loaded:
            self._receive()

    def resize(self, width: int, height: int = 900) -> None:
        """Set the size of the window, in CSS pixels."""
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression. A promise is awaited."""
        result = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def wait_until(self, expression: str) -> None:
        """Wait until a JavaScript expression is true."""
        end = time.monotonic() + _TIMEOUT_SECONDS
        while not self.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.05)

    def _call(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params, **self._session}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer)
                return answer["result"]

    def _receive(self) -> Any:
        while b"\0" not in self._buffer:
            assert select.select([self._from], [], [], _TIMEOUT_SECONDS)[0], "Chromium does not answer"
            read = os.read(self._from, 1 << 20)
            assert read, "Chromium has ended"
            self._buffer += read
        message, _, self._buffer = self._buffer.partition(b"\0")
        received = json.loads(message)
        self._note(received.get("method", ""), received.get("params", {}))
        return received

    def _note(self, event: str, params: Any) -> None:
        match event:
            case "Page.loadEventFired":
                self._loaded = True
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}".strip())
            case "Runtime.exceptionThrown":
                self.errors.append(params["exceptionDetails"]["text"])
            case "Runtime.consoleAPICalled" if params["type"] in _ERRORS:
                self.errors.append(" ".join(str(each.get("value")) for each in params["args"]))


@contextlib.contextmanager
def browser(program: str, profile: Path) -> Iterator[Browser]:
    """Start Chromium with an empty profile and end it afterwards."""
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    # Chromium reads from file descriptor 3 and writes to 4.
    script = 'exec "$@" 3<&"$TO" 4>&"$FROM"'
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--no-first-run",
        "--disable-background-networking",
        "--remote-debugging-pipe",
        f"--user-data-dir={profile}",
    ]
    process = subprocess.Popen(
        ["bash", "-c", script, "bash", program, *flags],
        env={**os.environ, "TO": str(to_read), "FROM": str(from_write)},
        pass_fds=(to_read, from_write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_read)
    os.close(from_write)
    try:
        yield Browser(to_write, from_read)
    finally:
        os.close(to_write)
        os.close(from_read)
        process.terminate()
        process.wait()
