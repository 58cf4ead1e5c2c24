"""HTTP protocols of the APIs: JSON 1.1 for the control plane, otherwise REST-JSON."""

from __future__ import annotations

import json
import uuid
from email.utils import formatdate
from functools import cache
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

from cdk_personalize.local import strict_json, validation
from cdk_personalize.local.errors import ServiceError, not_serializable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.authorization import Caller
    from cdk_personalize.local.emulator import Emulator

    Response = tuple[int, dict[str, str], bytes]

_TARGET = "AmazonPersonalize."
_REST_SERVICES = ("personalize-runtime", "personalize-events")


def respond(
    emulator: Emulator,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    account: str,
    region: str,
    caller: Caller | None = None,
) -> Response:
    """Handle one HTTP request. The Date header of the response has the service time."""
    error: ServiceError | None = None
    content = b""
    try:
        service, operation = _operation(method, path, headers)
        _require_signature(headers)
        answer = emulator.call(service, operation, _request(body), account=account, region=region, caller=caller)
        if validation.operation_model(service, operation).output_shape is not None:
            content = _json(answer)
    except ServiceError as raised:
        error = raised
        content = _json({"__type": error.code, "message": error.message})
    head = {
        "Content-Type": "application/x-amz-json-1.1" if path in ("", "/") else "application/json",
        "Date": formatdate(emulator.clock.now(), usegmt=True),
        "x-amzn-requestid": str(uuid.uuid4()),
        **({"x-amzn-ErrorType": error.code} if error else {}),
    }
    return error.status if error else 200, head, content


def is_personalize_request(method: str, path: str, headers: Mapping[str, str]) -> bool:
    """Whether a request is for Amazon Personalize, by its target or its path.

    Unsigned requests are recognized, too.
    """
    return _header(headers, "x-amz-target").startswith(_TARGET) or (method, path) in _rest_operations()


def _operation(method: str, path: str, headers: Mapping[str, str]) -> tuple[str, str]:
    target = _header(headers, "x-amz-target")
    if target.startswith(_TARGET):
        return "personalize", target.removeprefix(_TARGET)
    if (method, path) in _rest_operations():
        return _rest_operations()[method, path]
    raise ServiceError("UnknownOperationException", f"Amazon Personalize has no operation {target or path}")


@cache
def _rest_operations() -> Mapping[tuple[str, str], tuple[str, str]]:
    """Return service and operation by HTTP method and path."""
    found = {}
    for service in _REST_SERVICES:
        model = service_model.model(service)
        for name in model.operation_names:
            http = model.operation_model(name).http
            found[http["method"], http["requestUri"]] = service, name
    return found


def _require_signature(headers: Mapping[str, str]) -> None:
    """Raise ServiceError if a request is not signed."""
    if not _header(headers, "authorization"):
        raise ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token", status=403)


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _request(body: bytes) -> dict[str, Any]:
    try:
        request = strict_json.loads(body or b"{}")
    except ValueError as error:
        raise not_serializable("The request is not JSON") from error
    if not isinstance(request, dict):
        raise not_serializable("The request is not a JSON object")
    return request


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
