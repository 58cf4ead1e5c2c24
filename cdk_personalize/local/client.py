"""boto3 clients that call the emulator in the same process, without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from cdk_personalize.local import wire

if TYPE_CHECKING:
    from cdk_personalize.local.authorization import Caller
    from cdk_personalize.local.emulator import Emulator

_PLAIN = Config(user_agent="in-process", signature_version=UNSIGNED)
"""Nothing reads the signature and the user agent, which take a quarter of the time of a call without a network."""


class _Body:
    """Body of a raw HTTP response, in the form that botocore reads."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_options: Any) -> Any:
        yield self._body


def client(
    emulator: Emulator,
    service: str = "personalize",
    *,
    account: str = "111111111111",
    region: str = "us-east-1",
    config: Config | None = None,
    caller: Caller | None = None,
) -> Any:
    """Return a boto3 client of `service` for an account and a region.

    :param caller: the identity that calls. Default: the root of the account.
    """
    made = boto3.client(
        service,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="local",  # noqa: S106  (there is nothing to keep secret)
        config=_PLAIN if config is None else _PLAIN.merge(config),
    )

    def answer(request: Any, **_context: Any) -> AWSResponse:
        headers = {
            "Authorization": "in-process",
            **{name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()},
        }
        body = request.body or b""
        status, head, content = wire.respond(
            emulator,
            request.method,
            urlsplit(request.url).path,
            headers,
            body.encode() if isinstance(body, str) else bytes(body),
            account=account,
            region=region,
            caller=caller,
        )
        return AWSResponse(request.url, status, head, _Body(content))

    made.meta.events.register("before-send", answer)
    return made
