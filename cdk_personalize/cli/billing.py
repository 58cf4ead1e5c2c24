"""Amazon Personalize charges of resources, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds

from cdk_personalize.cli.template import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    Configuration = Mapping[str, Any]

NOTHING = "nothing"
_METADATA = "enableMetadataWithRecommendations"
_PROVISIONED: Mapping[str, tuple[str, ...]] = {
    "Campaign": ("minProvisionedTPS",),
    "Recommender": ("recommenderConfig", "minRecommendationRequestsPerSecond"),
}


def continuous(kind: str, configuration: Configuration, *, active: bool = True) -> str:
    """Return what is billed for as long as the resource exists.

    :param configuration: Members of the create request.
    :param active: Whether the resource runs, for kinds that can be stopped.
    """
    charges = _CONTINUOUS.get(kind)
    if charges is None:
        return NOTHING
    return charges(configuration) if active else "nothing while it is stopped"


def of_creation(kind: str, configuration: Configuration, *, active: bool = True) -> str:
    """Return what is billed once for the creation, and from then on."""
    once = _ONCE.get(kind)
    if once is None:
        return continuous(kind, configuration, active=active)
    return once(configuration)


def provisioned(kind: str, configuration: Configuration) -> Any:
    """Return the provisioned requests per second of a campaign or recommender."""
    path = _PROVISIONED[kind]
    return _at(configuration, *path) or _at(kinds.KINDS[kind].defaults, *path)


def _campaign(configuration: Configuration) -> str:
    tps = provisioned("Campaign", configuration)
    metadata = _at(configuration, "campaignConfig", _METADATA)
    return f"{_number(tps)} provisioned TPS, every hour{_extra(metadata)}"


def _recommender(configuration: Configuration) -> str:
    requests = provisioned("Recommender", configuration)
    metadata = _at(configuration, "recommenderConfig", _METADATA)
    return f"{_number(requests)} recommendation requests per second, every hour{_extra(metadata)}"


def _solution(configuration: Configuration) -> str:
    if configuration.get("performAutoTraining", True) is False:
        return NOTHING
    schedule = _at(configuration, "solutionConfig", "autoTrainingConfig", "schedulingExpression") or "rate(7 days)"
    return f"automatic trainings, {schedule}"


def _batch_inference(configuration: Configuration) -> str:
    themes = configuration.get("batchInferenceJobMode") == "THEME_GENERATION"
    return f"the job, by its size{', and its themes' if themes else ''}, once"


_CONTINUOUS: Mapping[str, Callable[[Configuration], str]] = {
    "Campaign": _campaign,
    "EventTracker": lambda _: "streamed events, by their size",
    "Recommender": _recommender,
    "Solution": _solution,
}
_ONCE: Mapping[str, Callable[[Configuration], str]] = {
    "BatchInferenceJob": _batch_inference,
    "BatchSegmentJob": lambda _: "the job, by its size, once",
    "DatasetImportJob": lambda _: "the imported data, by its size, once",
    "SolutionVersion": lambda _: "the training hours, once",
}


def _at(configuration: Any, *path: str) -> Any:
    for name in path:
        configuration = configuration.get(name) if isinstance(configuration, Mapping) else None
    return configuration


def _number(value: Any) -> str:
    return "the" if isinstance(value, Unknown) else str(value)


def _extra(metadata: Any) -> str:
    return ", extra for metadata" if metadata is True else ""
