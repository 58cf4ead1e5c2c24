"""Features of the Lambda runtimes that ministack's local functions lack.

- AWS: Layers are mounted at `/opt` and can contain programs, such as the AWS CLI of `BucketDeployment`. Ministack:
  Layers are in temporary folders, where only imports find them. Local AWS: A program under `/opt` is run from the
  folder of its layer.
- AWS: The Node.js runtime contains the AWS SDK for JavaScript. Ministack: It has substitutes for the clients of some
  services, but not for Amazon S3, which the function of `auto_delete_objects` calls. Local AWS: Each service has a
  substitute client. It sends each call to this server, which makes the call by boto3, with the credentials of the
  function.

A call whose response is a stream, such as GetObject, fails with an error that names the operation.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cdk_personalize.local import seams
from cdk_personalize.local.seams import lambda_runtime

if TYPE_CHECKING:
    from collections.abc import Mapping

_TARGET = "CdkPersonalizeSdk"
_KNOWN_CLIENTS = "if (prefix) return _makeGenericJsonServiceModule(prefix, id);"
_ANY_CLIENT = f'return _makeGenericJsonServiceModule(prefix || "{_TARGET}", id);'
_CREDENTIAL_PARTS = 5

_RUN_FROM_LAYERS = """
import os, subprocess, sys

class _ProgramOfLayer(subprocess.Popen):
    def __init__(self, args, *more, **options):
        if not isinstance(args, (str, bytes)) and str(args[0]).startswith("/opt/"):
            args = [*self._found(str(args[0])), *args[1:]]
        super().__init__(args, *more, **options)

    @staticmethod
    def _found(program):
        for layer in os.environ.get("_LAMBDA_LAYERS_DIRS", "").split(os.pathsep):
            path = os.path.join(layer, program[len("/opt/"):])
            if layer and os.path.isfile(path):
                with open(path, "rb") as opened:
                    is_python = b"python" in opened.readline()
                return [sys.executable, path] if is_python else [path]
        return [program]

subprocess.Popen = _ProgramOfLayer
"""


def add_to_functions() -> None:
    """Add the missing runtime features to ministack's functions.

    Call it once, before the server starts.
    """
    seams.replace("_PYTHON_WORKER_SCRIPT", lambda script: _RUN_FROM_LAYERS + script, lambda_runtime)
    seams.replace("_NODEJS_WORKER_SCRIPT", _with_any_client, lambda_runtime)


def _with_any_client(script: str) -> str:
    if script.count(_KNOWN_CLIENTS) != 1:
        raise seams.SeamError("ministack's Node.js functions load clients of the AWS SDK differently")
    return script.replace(_KNOWN_CLIENTS, _ANY_CLIENT)


def is_sdk_call(headers: Mapping[bytes, bytes]) -> bool:
    """Return whether a request comes from a substitute for an SDK client."""
    return headers.get(b"x-amz-target", b"").startswith(_TARGET.encode())


def answer(endpoint: str, headers: Mapping[bytes, bytes], body: bytes) -> tuple[int, Any]:
    """Make the call of a substitute client by boto3, with its own credentials.

    :return: HTTP status and JSON body.
    """
    operation = headers[b"x-amz-target"].decode().rpartition(".")[2]
    _, _, credential = headers.get(b"authorization", b"").decode().partition("Credential=")
    parts = credential.partition(",")[0].split("/")
    if len(parts) != _CREDENTIAL_PARTS:
        return 403, {"__type": "MissingAuthenticationToken", "message": "the call is not signed"}
    key, _, region, service, _ = parts
    try:
        client = boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key="local",  # noqa: S106  (there is nothing to keep secret)
            aws_session_token=headers.get(b"x-amz-security-token", b"").decode() or None,
        )
        output = client.meta.service_model.operation_model(operation).output_shape
        if output is not None and output.serialization.get("payload") in _streaming_members(output):
            return 501, _error_body(
                "NotImplemented", f"the local AWS has no {service} {operation} for Node.js functions"
            )
        found = client._make_api_call(operation, json.loads(body or b"{}"))
    except ClientError as error:
        details = error.response["Error"]
        return 400, _error_body(details["Code"], details.get("Message", ""))
    except BotoCoreError as error:
        return 400, _error_body(type(error).__name__, str(error))
    return 200, json.loads(json.dumps(found, default=str))


def _streaming_members(output: Any) -> set[str]:
    return {name for name, shape in output.members.items() if shape.serialization.get("streaming")}


def _error_body(code: str, message: str) -> dict[str, str]:
    return {"__type": code, "message": message}
