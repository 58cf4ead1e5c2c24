"""Custom resources as AWS CloudFormation handles them, where ministack differs.

- AWS: The function is invoked asynchronously: throttled and failed events are retried, with the same RequestId.
  Ministack: One synchronous invocation.
- AWS: A response of more than 4,096 bytes, or without a status or a physical id, fails the resource. Ministack: Any
  response counts.
- AWS: The reason names the RequestId: `Received response status [FAILED] from custom resource. Message returned:
  ...`. Ministack: The message alone.
- AWS: The response URL has a signature with its date. Ministack: It has none. Local AWS: It has the date.
- AWS: `ServiceTimeout`, by default an hour. Ministack: The same, in real time. Local AWS: In service time; the resource
  fails earlier if every attempt of the function has failed.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import functions, seams
from cdk_personalize.local.seams import custom_resource, lambda_svc, new_uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Invocation = Callable[..., tuple[str, dict[str, Any]]]

_RESPONSE_LIMIT = 4096
_SERVICE_TIMEOUT_SECONDS = 3600
_SHORTEST_TIMEOUT_SECONDS = 120.0
"""In real seconds, because functions run in real time at every time scale."""
_NO_RESPONSE = (
    "CloudFormation did not receive a response from your custom resource. Please check your logs for requestId [{}]."
)

_scale = 1.0


class CustomResourceFailure(RuntimeError):
    """A custom resource failed.

    CloudFormation deletes a failed creation by its `physical_id`. If the function reported no physical ID (None),
    CloudFormation invents one. If the function was never invoked (empty string), there is nothing to delete.
    """

    def __init__(self, reason: str, physical_id: str | None = None) -> None:
        super().__init__(reason)
        self.physical_id = physical_id


def invoke_as_on_aws() -> None:
    """Replace the behavior of ministack that differs from AWS.

    Call it once, before the server starts.
    """
    seams.replace("invoke_custom_resource", lambda _invoke: _invoke_custom_resource, custom_resource)


def scale_waits(time_scale: float) -> None:
    """Set the speed of `ServiceTimeout`.

    :param time_scale: seconds of service time in one real second.
    """
    global _scale
    _scale = 1 / time_scale


def _invoke_custom_resource(
    request_type: str,
    logical_id: str,
    props: Mapping[str, Any],
    stack_name: str,  # noqa: ARG001  (ministack's signature)
    stack_id: str,
    resource_type: str,
    physical_id: str | None = None,
    old_props: Mapping[str, Any] | None = None,
) -> tuple[str, dict[str, Any]]:
    """Send a request to the function of a custom resource, and wait for the response.

    :return: physical ID and attributes.
    :raises CustomResourceFailure: if the function fails or does not respond.
    """
    function = _function(props.get("ServiceToken", ""))
    token, request_id = new_uuid(), new_uuid()
    event = {
        "RequestType": request_type,
        "RequestId": request_id,
        "StackId": stack_id,
        "ServiceToken": props.get("ServiceToken", ""),
        "ResponseURL": f"{custom_resource._response_url(token)}?X-Amz-Date={_now()}",
        "ResourceType": resource_type,
        "LogicalResourceId": logical_id,
        "ResourceProperties": custom_resource._normalise_resource_properties(props),
        **({} if physical_id is None else {"PhysicalResourceId": physical_id}),
        **(
            {}
            if old_props is None
            else {"OldResourceProperties": custom_resource._normalise_resource_properties(old_props)}
        ),
    }
    answered = custom_resource.register_token(token)
    result = functions.invoke_event(function, event)
    seconds = max(_timeout_seconds(props) * _scale, _SHORTEST_TIMEOUT_SECONDS)
    answered.wait(0 if result.get("error") else seconds)
    with custom_resource._lock:
        response = custom_resource._pending.pop(token)["result"]
    if response is None:
        raise CustomResourceFailure(_NO_RESPONSE.format(request_id))
    return _accepted(response, request_type, physical_id, request_id)


def _now() -> str:
    """Return the real time, as in signatures of AWS."""
    return f"{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}"


def _function(service_token: str) -> dict[str, Any]:
    record, configuration, _ = lambda_svc._get_func_record_for_ref(service_token)
    if record is None or configuration is None:
        raise CustomResourceFailure(f"Function not found: {service_token}", "")
    found: dict[str, Any] = lambda_svc._execution_record_for_config(record, configuration)
    return found


def _timeout_seconds(props: Mapping[str, Any]) -> int:
    try:
        return int(props.get("ServiceTimeout", _SERVICE_TIMEOUT_SECONDS))
    except ValueError:
        return _SERVICE_TIMEOUT_SECONDS


def _accepted(
    response: Mapping[str, Any], request_type: str, physical_id: str | None, request_id: str
) -> tuple[str, dict[str, Any]]:
    """Return physical ID and attributes of a response.

    :raises CustomResourceFailure: if the response is FAILED or not valid.
    """
    reported = response.get("PhysicalResourceId") or None
    if len(json.dumps(response, separators=(",", ":")).encode()) > _RESPONSE_LIMIT:
        raise CustomResourceFailure("Response object is too long.", reported)
    if response.get("Status") == "FAILED":
        words = f"Message returned: {response.get('Reason', '')} (RequestId: {request_id})"
        raise CustomResourceFailure(f"Received response status [FAILED] from custom resource. {words}", reported)
    if response.get("Status") != "SUCCESS":
        raise CustomResourceFailure("Invalid Status", reported)
    if reported is None and request_type != "Delete":
        raise CustomResourceFailure("Invalid PhysicalResourceId")
    return reported or physical_id or "", response.get("Data") or {}
