"""The local AWS: ministack and Amazon Personalize on the same endpoint.

Started by `process` as a module of its own, because ministack reads its environment when it is imported.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack
from ministack.core.iam_evaluator import AuthError, resolve_principal
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id

from cdk_personalize.local import (
    aws_sdk,
    control,
    custom_resources,
    functions,
    iam_delay,
    iam_limits,
    nested_stacks,
    resource_status,
    stack_engine,
    wire,
    workflows,
)
from cdk_personalize.local.clock import ScaledClock
from cdk_personalize.local.cloudformation import keep_alarms_on_expressions, keep_tags_of_buckets
from cdk_personalize.local.credentials import give_functions_their_roles
from cdk_personalize.local.emulator import Emulator
from cdk_personalize.local.folders import record_failure
from cdk_personalize.local.native import know_native_types
from cdk_personalize.local.randomness import NUMBERS
from cdk_personalize.local.regions import personalize_regions
from cdk_personalize.local.s3 import EndpointStore
from cdk_personalize.local.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    Scope = Mapping[str, Any]
    Receive = Callable[[], Awaitable[Mapping[str, Any]]]
    Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_SAVED = "personalize-emulator.json"
_UNREACHABLE = "x-unreachable-region"


def main(settings: Settings) -> None:
    """Serve until the session is ended."""
    emulator = Emulator(clock=ScaledClock(settings.time_scale), objects=EndpointStore(settings.endpoint))
    emulator.set_authorization(settings.authorization)
    emulator.role_age = lambda account, role_arn: _service_seconds(settings, iam_delay.role_age(account, role_arn))
    emulator.set_role_propagation(settings.iam_delay * settings.time_scale)
    NUMBERS.seed(settings.seed)
    _join(emulator, settings)
    _follow(settings.time_scale)
    config = Config()
    config.bind = [f"{settings.host}:{settings.port}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    config.graceful_timeout = 1
    threading.Thread(target=_end_with_parent, daemon=True).start()
    saved = Path(settings.state, _SAVED) if settings.state else None
    if saved and saved.exists():
        emulator.load(saved)
    asyncio.run(serve(_application(emulator, settings.endpoint), config))  # until SIGTERM
    if saved:
        emulator.save(saved)


def _join(emulator: Emulator, settings: Settings) -> None:
    """Change in ministack what differs from AWS, and add Amazon Personalize."""
    give_functions_their_roles()
    functions.invoke_as_on_aws()
    workflows.run_as_on_aws()
    custom_resources.invoke_as_on_aws()
    resource_status.describe_as_on_aws()
    stack_engine.run_as_on_aws()
    nested_stacks.deploy_as_on_aws()
    keep_alarms_on_expressions()
    keep_tags_of_buckets()
    know_native_types(emulator)
    iam_limits.refuse_too_much()
    iam_delay.count_after(settings.iam_delay)
    aws_sdk.provide()
    ministack.SERVICE_HANDLERS["personalize"] = _handler(emulator)


def _service_seconds(settings: Settings, seconds: float | None) -> float | None:
    return None if seconds is None else seconds * settings.time_scale


def _handler(emulator: Emulator) -> Any:
    regions = personalize_regions()

    async def handle(
        method: str, path: str, headers: Mapping[str, str], body: bytes, _query: object
    ) -> tuple[int, dict[str, str], bytes]:
        account, region = get_account_id(), get_region()
        if region not in regions:
            return 200, {_UNREACHABLE: region}, b""
        principal = resolve_principal(extract_access_key_id(headers), account)
        # In a thread: an import reads its CSV from this very server.
        return await asyncio.to_thread(
            wire.respond,
            emulator,
            method,
            path,
            headers,
            body,
            account=account,
            region=region,
            # A key that nobody issued is its account's own, as everywhere in ministack.
            principal=None if isinstance(principal, AuthError) else principal,
        )

    return handle


def _application(emulator: Emulator, endpoint: str) -> Any:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", []))
        if scope["type"] != "http":
            await ministack.app(scope, receive, send)
        elif scope["path"].startswith(control.PREFIX):
            body = await _read(receive)
            await _send_json(
                send, await asyncio.to_thread(control.respond, emulator, scope["method"], scope["path"], body, _follow)
            )
        elif aws_sdk.is_call(headers):
            body = await _read(receive)
            await _send_json(send, await asyncio.to_thread(aws_sdk.answer, endpoint, headers, body))
        else:
            await ministack.app(scope, receive, _breaking_off(send))

    return application


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


async def _send_json(send: Send, answer: tuple[int, Any]) -> None:
    content = json.dumps(answer[1]).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": answer[0], "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _breaking_off(send: Send) -> Send:
    """Return a `send` that announces a body and never sends it.

    For requests that have no response.
    """
    unreachable = False

    async def sending(message: Mapping[str, Any]) -> None:
        nonlocal unreachable
        if message["type"] == "http.response.start":
            unreachable = any(name.lower() == _UNREACHABLE.encode() for name, _ in message["headers"])
            if unreachable:
                await send({**message, "headers": [(b"content-length", b"1")]})
                await send({"type": "http.response.body", "body": b"", "more_body": True})
                return
        if not unreachable:
            await send(message)

    return sending


def _follow(time_scale: float) -> None:
    """Let the waits of the services around Personalize pass as fast as its own time."""
    workflows.scale_waits(time_scale)
    functions.scale_waits(time_scale)
    custom_resources.scale_waits(time_scale)


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)  # returns when the other end is closed
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    try:
        main(Settings.from_json(sys.argv[1]))
    except Exception as failure:
        record_failure(str(failure))
        raise
