"""The local AWS: ministack and Amazon Personalize on the same endpoint.

`process` runs this module in a separate process, because ministack reads its environment variables when it is imported.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from cdk_personalize.local import (
    aws_sdk,
    control,
    custom_resources,
    functions,
    iam_delay,
    iam_limits,
    nested_stacks,
    resource_status,
    schedules,
    stack_engine,
    workflows,
)
from cdk_personalize.local.clock import ScaledClock
from cdk_personalize.local.cloudformation import accept_math_alarms, set_bucket_tags
from cdk_personalize.local.credentials import give_functions_their_roles, give_workflows_their_roles
from cdk_personalize.local.emulator import Emulator
from cdk_personalize.local.endpoint import PersonalizeEndpoint, read_body
from cdk_personalize.local.folders import record_failure
from cdk_personalize.local.native import add_native_types
from cdk_personalize.local.randomness import NUMBERS
from cdk_personalize.local.s3 import EndpointStore
from cdk_personalize.local.seam_contract import require_contract
from cdk_personalize.local.seams import app as ministack
from cdk_personalize.local.settings import Settings

if TYPE_CHECKING:
    from cdk_personalize.local.endpoint import Receive, Scope, Send

_SAVED = "personalize-emulator.json"


def main(settings: Settings) -> None:
    """Run the server until the process gets SIGTERM."""
    emulator = Emulator(clock=ScaledClock(settings.time_scale), objects=EndpointStore(settings.endpoint))
    emulator.set_authorization(settings.authorization)
    emulator.role_age = lambda account, role_arn: _service_seconds(settings, iam_delay.role_age(account, role_arn))
    emulator.set_role_propagation(settings.iam_delay * settings.time_scale)
    NUMBERS.seed(settings.seed)
    _adapt_ministack(emulator, settings)
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
    gc.freeze()  # garbage collections would search the loaded modules, and stop all threads for a second
    asyncio.run(serve(_application(emulator, settings.endpoint), config))  # until SIGTERM
    if saved:
        emulator.save(saved)


def _adapt_ministack(emulator: Emulator, settings: Settings) -> None:
    """Replace the behavior of ministack that differs from AWS, and add Personalize."""
    require_contract()
    give_functions_their_roles()
    give_workflows_their_roles()
    functions.invoke_as_on_aws()
    workflows.run_as_on_aws()
    schedules.run_as_on_aws(emulator.clock)
    custom_resources.invoke_as_on_aws()
    resource_status.describe_as_on_aws()
    stack_engine.run_as_on_aws()
    nested_stacks.deploy_as_on_aws()
    accept_math_alarms()
    set_bucket_tags()
    add_native_types(emulator)
    iam_limits.reject_large_policies()
    iam_delay.set_delay(settings.iam_delay)
    aws_sdk.add_to_functions()
    ministack.SERVICE_HANDLERS["personalize"] = PersonalizeEndpoint(emulator).respond


def _service_seconds(settings: Settings, seconds: float | None) -> float | None:
    return None if seconds is None else seconds * settings.time_scale


def _application(emulator: Emulator, endpoint: str) -> Any:
    personalize = PersonalizeEndpoint(emulator)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", []))
        if scope["type"] != "http":
            await ministack.app(scope, receive, send)
        elif scope["path"].startswith(control.PREFIX):
            body = await read_body(receive)
            await _send_json(
                send, await asyncio.to_thread(control.respond, emulator, scope["method"], scope["path"], body, _follow)
            )
        elif aws_sdk.is_sdk_call(headers):
            body = await read_body(receive)
            await _send_json(send, await asyncio.to_thread(aws_sdk.answer, endpoint, headers, body))
        elif personalize.can_serve(scope):
            await personalize.serve(scope, receive, send)
        else:
            await ministack.app(scope, receive, send)

    return application


async def _send_json(send: Send, answer: tuple[int, Any]) -> None:
    content = json.dumps(answer[1]).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": answer[0], "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _follow(time_scale: float) -> None:
    """Set the speed of waits and retries in the services of ministack.

    :param time_scale: seconds of service time in one real second.
    """
    workflows.scale_waits(time_scale)
    schedules.scale_ticks(time_scale)
    functions.scale_waits(time_scale)
    custom_resources.scale_waits(time_scale)


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)  # returns when the parent process closes the pipe or ends
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    try:
        main(Settings.from_json(sys.argv[1]))
    except Exception as failure:  # whatever ends the server, the process that started it reports the reason
        record_failure(str(failure))
        raise
