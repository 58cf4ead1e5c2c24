"""Start and stop of the local AWS as a server process."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from importlib import metadata
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from cdk_personalize.local.folders import recorded_failure, temporary_folder
from cdk_personalize.local.settings import Settings, StartError

if TYPE_CHECKING:
    from collections.abc import Iterator

MINISTACK = "1.5"
"""Supported minor version. The local AWS replaces private functions of ministack, which `seam_contract` lists."""

_START_SECONDS = 60.0
_END_SECONDS = 2.0
_SAVE_SECONDS = 30.0


def run(settings: Settings, *, verbose: bool = False) -> int:
    """Run the local AWS until this process gets a signal. Return the exit code."""
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, _interrupt)
    try:
        with serving(settings, None if verbose else subprocess.DEVNULL) as server:
            print(_ready(settings), flush=True)
            server.wait()
            print("cdk-personalize: the local AWS ended unexpectedly", file=sys.stderr)
            return 1
    except StartError as error:
        print(f"cdk-personalize: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


@contextlib.contextmanager
def running(
    host: str,
    port: int,
    time_scale: float,
    *,
    authorization: bool = False,
    log: IO[bytes] | int | None = None,
    **more: Any,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start the local AWS, wait until it responds, and stop it afterwards.

    :param host: the address to listen on.
    :param port: the port of the one endpoint.
    :param time_scale: seconds of service time in one real second.
    :param authorization: whether Amazon Personalize rejects calls that the policies of the caller do not allow.
    :param log: the file for the output of the server, or a constant of `subprocess`. Default: the output of this
        process.
    :param more: the other members of `Settings`: `iam_delay`, `lambda_concurrency`, `seed`, `state`.
    :raises StartError: if the local AWS cannot start.
    """
    with serving(Settings(host, port, time_scale, authorization, **more), log) as server:
        yield server


@contextlib.contextmanager
def serving(settings: Settings, log: IO[bytes] | int | None) -> Iterator[subprocess.Popen[bytes]]:
    """Start the server process, wait until it responds, and stop it afterwards.

    :raises StartError: if it cannot start.
    """
    _check(settings)
    with temporary_folder() as folder:
        server = subprocess.Popen(  # noqa: S603  (the interpreter of this process and a module of this package)
            [sys.executable, "-m", "cdk_personalize.local.server", settings.to_json()],
            env=_environment(settings, folder),
            stdin=subprocess.PIPE,  # the server ends when this pipe is closed, even if this process is killed
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_until_ready(server, settings.endpoint, folder)
            yield server
        finally:
            _end(server, _SAVE_SECONDS if settings.state else _END_SECONDS)


def _check(settings: Settings) -> None:
    """Raise StartError if a package, the port or the state folder cannot be used."""
    try:
        version = metadata.version("ministack")
    except metadata.PackageNotFoundError:
        raise StartError('the local AWS is an extra: pip install "cdk-personalize[local]"') from None
    if not version.startswith(f"{MINISTACK}."):
        raise StartError(
            f'the local AWS needs ministack {MINISTACK}, found {version}: pip install "ministack~={MINISTACK}.33"'
        )
    if settings.state is not None:
        try:
            Path(settings.state).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StartError(f"cannot keep the state in {settings.state}: {error.strerror}") from error
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            where = f"{settings.host}:{settings.port}"
            raise StartError(f"cannot listen on {where}: {error.strerror}; choose another --port") from error


def _environment(settings: Settings, folder: Path) -> dict[str, str]:
    # Without the AWS settings of the user: they do not apply to the local AWS, and a missing profile would break
    # ministack.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    direct = ",".join(filter(None, [settings.host, "127.0.0.1", "localhost", os.environ.get("NO_PROXY", "")]))
    kept = folder if settings.state is None else Path(settings.state).absolute()
    persists = "0" if settings.state is None else "1"
    concurrency = settings.lambda_concurrency
    return {
        **inherited,
        "NO_PROXY": direct,
        "no_proxy": direct,
        "GATEWAY_PORT": str(settings.port),
        "MINISTACK_HOST": settings.host,
        "IOT_MTLS_PORT": "0",  # otherwise a fixed port, which two servers cannot share
        "TMPDIR": str(folder),
        "STATE_DIR": str(kept),
        "S3_DATA_DIR": str(kept / "s3"),
        "PERSIST_STATE": persists,
        "S3_PERSIST": persists,
        "PYTHONUNBUFFERED": "1",
        **({} if concurrency is None else {"LAMBDA_ACCOUNT_CONCURRENCY": str(concurrency)}),
        # Node.js functions run with the `node` in the folder of the Python interpreter, if there is one.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }


def _wait_until_ready(server: subprocess.Popen[bytes], endpoint: str, folder: Path) -> None:
    url = f"{endpoint}/_personalize/resources"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            reason = recorded_failure(folder) or f"it ended with exit code {server.returncode}"
            raise StartError(f"the local AWS did not start: {reason}; --verbose shows its log")
        with contextlib.suppress(OSError), opener.open(url, timeout=5):
            return
        time.sleep(0.1)
    raise StartError(f"the local AWS did not answer within {_START_SECONDS:g} seconds; --verbose shows its log")


def _end(server: subprocess.Popen[bytes], seconds: float) -> None:
    """End the server with all of its child processes, such as Lambda workers."""
    _signal(server, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(seconds)
    _signal(server, signal.SIGKILL)
    server.wait()
    if server.stdin:
        server.stdin.close()


def _signal(server: subprocess.Popen[bytes], name: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, name)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _ready(settings: Settings) -> str:
    kept = "" if settings.state is None else f"\n  state in {settings.state}, saved at the end"
    return (
        f"Ready: an AWS with Amazon Personalize on {settings.endpoint}\n"
        f"  export AWS_ENDPOINT_URL={settings.endpoint} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1\n"
        f"  export AWS_ACCESS_KEY_ID=111111111111 AWS_SECRET_ACCESS_KEY=local   # the key is the account\n"
        f"  --seed {settings.seed} repeats the order of independent resources{kept}"
    )
