"""The control API of the local AWS under `/_personalize/`, for tests and tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize.local import strict_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cdk_personalize.local.emulator import Emulator

    Settings = Mapping[str, Any]

PREFIX = "/_personalize/"
_READING: Mapping[str, Callable[[Emulator], Any]] = {
    "GET resources": lambda emulator: emulator.resources(),
    "GET calls": lambda emulator: emulator.calls(),
}
_WRITING: Mapping[str, Callable[[Emulator, Settings], None]] = {
    "POST time-scale": lambda emulator, settings: emulator.set_time_scale(settings["scale"]),
    "POST faults": lambda emulator, settings: emulator.faults.add(settings),
    "DELETE faults": lambda emulator, _: emulator.faults.clear(),
    "POST durations": lambda emulator, settings: emulator.set_duration(settings["kind"], settings["seconds"]),
    "POST metrics": lambda emulator, settings: emulator.set_metrics(settings["kind"], settings["metrics"]),
    "POST authorization": lambda emulator, settings: emulator.set_authorization(settings["enabled"]),
    "POST answers": lambda emulator, settings: emulator.fixed_answers.add(settings),
    "DELETE answers": lambda emulator, _: emulator.fixed_answers.clear(),
    "POST rates": lambda emulator, settings: emulator.rate_limits.set(settings),
    "POST role-propagation": lambda emulator, settings: emulator.set_role_propagation(settings["seconds"]),
    "POST reset": lambda emulator, _: emulator.reset(),
}


def respond(
    emulator: Emulator, method: str, path: str, body: bytes, on_time_scale: Callable[[float], None]
) -> tuple[int, Any]:
    """Handle one request of the control API.

    :return: HTTP status and JSON body.
    :param on_time_scale: called with the new time scale after it was set.
    """
    route = f"{method} {path.removeprefix(PREFIX)}"
    try:
        settings = strict_json.loads(body or b"{}")
        if not isinstance(settings, dict):
            return 400, {"message": "the request must be a JSON object"}
        if route in _READING:
            return 200, _READING[route](emulator)
        if route not in _WRITING:
            return 404, {"message": f"there is no {route}"}
        _WRITING[route](emulator, settings)
    except KeyError as error:
        return 400, {"message": f"the request needs {error}"}
    except (ValueError, TypeError) as error:
        return 400, {"message": str(error)}
    if route == "POST time-scale":
        on_time_scale(settings["scale"])
    return 200, {}
