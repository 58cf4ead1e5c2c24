"""What the runtimes of Lambda have and ministack's local functions do not.

- AWS: Layers are at `/opt`, with programs to run, such as the AWS CLI of `BucketDeployment`. Ministack: Layers are in
  temporary folders, where only imports find them. Here a program under `/opt` is run from its layer.
- AWS: Node.js functions have the AWS SDK for JavaScript. Ministack: Stands in for the clients of some services, but not
  for that of S3, which the function behind `auto_delete_objects` needs. Here the client of any service is stood in for:
  it sends each call to this server, which makes it by boto3, as the function.

A call whose answer is a stream, such as GetObject, raises an error with its name.
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


def provide() -> None:
    """Complete the functions; call it once, before the server serves."""
    seams.replace("_PYTHON_WORKER_SCRIPT", lambda script: _RUN_FROM_LAYERS + script, lambda_runtime)
    seams.replace("_NODEJS_WORKER_SCRIPT", _with_any_client, lambda_runtime)


def _with_any_client(script: str) -> str:
    if script.count(_KNOWN_CLIENTS) != 1:
        raise seams.SeamError("ministack's Node.js functions load clients of the AWS SDK differently")
    return script.replace(_KNOWN_CLIENTS, _ANY_CLIENT)


def is_call(headers: Mapping[bytes, bytes]) -> bool:
    """Return whether a request is a call of a client that stands in."""
    return headers.get(b"x-amz-target", b"").startswith(_TARGET.encode())


def answer(endpoint: str, headers: Mapping[bytes, bytes], body: bytes) -> tuple[int, Any]:
    """Make a call by boto3 with the credentials that it was signed with."""
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
        if output is not None and output.serialization.get("payload") in _streams(output):
            return 501, _refusal("NotImplemented", f"the local AWS has no {service} {operation} for Node.js functions")
        found = client._make_api_call(operation, json.loads(body or b"{}"))
    except ClientError as error:
        details = error.response["Error"]
        return 400, _refusal(details["Code"], details.get("Message", ""))
    except BotoCoreError as error:
        return 400, _refusal(type(error).__name__, str(error))
    return 200, json.loads(json.dumps(found, default=str))


def _streams(output: Any) -> set[str]:
    return {name for name, shape in output.members.items() if shape.serialization.get("streaming")}


def _refusal(code: str, message: str) -> dict[str, str]:
    return {"__type": code, "message": message}
