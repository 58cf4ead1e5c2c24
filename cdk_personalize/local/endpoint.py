"""Requests to Amazon Personalize on the endpoint of the local AWS.

They bypass the routing of ministack, because it takes longer than most calls of the emulator.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import wire
from cdk_personalize.local.credentials import key_of_caller
from cdk_personalize.local.policy_evaluation import caller_of
from cdk_personalize.local.regions import personalize_regions
from cdk_personalize.local.seams import (
    extract_access_key_id,
    extract_region,
    get_account_id,
    get_region,
    set_request_account_id,
    set_request_region,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cdk_personalize.local.emulator import Emulator

    Scope = Mapping[str, Any]
    Receive = Callable[[], Awaitable[Mapping[str, Any]]]
    Send = Callable[[Mapping[str, Any]], Awaitable[None]]
    Response = tuple[int, dict[str, str], bytes]

_UNREACHABLE = "x-unreachable-region"
_SIGNED = "/personalize/"


class PersonalizeEndpoint:
    """Handler of HTTP requests to Amazon Personalize.

    The signature of a request determines its account and region.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._regions = personalize_regions()

    def can_serve(self, scope: Scope) -> bool:
        """Whether an HTTP request is for Amazon Personalize."""
        headers = _headers(scope)
        signature = headers.get("authorization", "")
        if _SIGNED in signature:
            return True
        return not signature and wire.is_personalize_request(scope["method"], scope["path"], headers)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle an HTTP request with the emulator."""
        headers = _headers(scope)
        body = await read_body(receive)
        set_request_account_id(extract_access_key_id(headers))
        set_request_region(extract_region(headers))
        status, head, content = await self.respond(scope["method"], scope["path"], headers, body)
        if _UNREACHABLE in head:
            # A response with a declared but missing body ends the connection without a response for the client.
            await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"1")]})
            await send({"type": "http.response.body", "body": b"", "more_body": True})
            return
        lines = [(name.lower().encode(), value.encode()) for name, value in head.items()]
        lines.append((b"content-length", str(len(content)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": content})

    async def respond(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, _query: object = None
    ) -> Response:
        """Handle a request that ministack routed, in its current account and region."""
        account, region = get_account_id(), get_region()
        key = key_of_caller() or extract_access_key_id(headers)
        if region not in self._regions:
            return 200, {_UNREACHABLE: region}, b""
        # In a thread, because an import job reads its CSV file from this server.
        return await asyncio.to_thread(
            wire.respond,
            self._emulator,
            method,
            path,
            headers,
            body,
            account=account,
            region=region,
            caller=caller_of(key, account) if self._emulator.authorization else None,
        )


async def read_body(receive: Receive) -> bytes:
    """Return the whole body of a request."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
