"""HTTP in and out: the control plane speaks JSON 1.1, the runtime and the events API REST-JSON."""

from __future__ import annotations

import json
import uuid
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

from cdk_personalize.local.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ministack.core.iam_evaluator import PrincipalInfo

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
    principal: PrincipalInfo | None = None,
) -> Response:
    """Answer one HTTP request. The Date header is the service's clock."""
    status, answer, extra = 200, {}, {}
    try:
        service, operation = _operation(method, path, headers)
        answer = emulator.call(service, operation, _request(body), account=account, region=region, principal=principal)
    except ServiceError as error:
        status, answer = error.status, {"__type": error.code, "message": error.message}
        extra = {"x-amzn-ErrorType": error.code}
    content = "application/x-amz-json-1.1" if path in ("", "/") else "application/json"
    head = {
        "Content-Type": content,
        "Date": formatdate(emulator.clock.now(), usegmt=True),
        "x-amzn-requestid": str(uuid.uuid4()),
        **extra,
    }
    return status, head, json.dumps(answer).encode()


def _operation(method: str, path: str, headers: Mapping[str, str]) -> tuple[str, str]:
    target = next((value for name, value in headers.items() if name.lower() == "x-amz-target"), "")
    if target.startswith(_TARGET):
        return "personalize", target.removeprefix(_TARGET)
    for service in _REST_SERVICES:
        model = service_model.model(service)
        for name in model.operation_names:
            http = model.operation_model(name).http
            if (http["method"], http["requestUri"]) == (method, path):
                return service, name
    raise ServiceError("UnknownOperationException", f"Amazon Personalize has no operation {target or path}")


def _request(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError as error:
        raise ServiceError("SerializationException", "The request is not JSON") from error
    if not isinstance(request, dict):
        raise ServiceError("SerializationException", "The request is not a JSON object")
    return request
