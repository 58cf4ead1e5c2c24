"""The control surface: what tests and tools ask and tell the local Personalize, as JSON under `/_personalize/`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_personalize.local.emulator import Emulator

PREFIX = "/_personalize/"


def respond(
    emulator: Emulator, method: str, path: str, body: bytes, on_time_scale: Callable[[float], None]
) -> tuple[int, Any]:
    """Answer one request with a status and something that becomes JSON."""
    try:
        request = json.loads(body or b"{}")
        if not isinstance(request, dict):
            return 400, {"message": "the request must be a JSON object"}
        return _answer(emulator, f"{method} {path.removeprefix(PREFIX)}", request, on_time_scale)
    except KeyError as error:
        return 400, {"message": f"the request needs {error}"}
    except (ValueError, TypeError) as error:
        return 400, {"message": str(error)}


def _answer(emulator: Emulator, route: str, request: Any, on_time_scale: Callable[[float], None]) -> tuple[int, Any]:
    match route:
        case "GET resources":
            return 200, emulator.resources()
        case "GET calls":
            return 200, emulator.calls()
        case "POST time-scale":
            emulator.set_time_scale(request["scale"])
            on_time_scale(request["scale"])
        case "POST faults":
            emulator.faults.add(request)
        case "DELETE faults":
            emulator.faults.clear()
        case "POST durations":
            emulator.set_duration(request["kind"], request["seconds"])
        case "POST metrics":
            emulator.set_metrics(request["kind"], request["metrics"])
        case "POST authorization":
            emulator.set_authorization(request["enabled"])
        case "POST reset":
            emulator.reset()
        case _:
            return 404, {"message": f"there is no {route}"}
    return 200, {}
