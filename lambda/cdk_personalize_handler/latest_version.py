"""Requests with an ARN ending in `$LATEST`: the latest version of a solution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds, status
from cdk_personalize_handler.errors import Deferred

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize_handler.personalize import PersonalizeClient

_LATEST = "/$LATEST"


def raise_if_missing(api: PersonalizeClient, request: Mapping[str, Any], error: Exception) -> None:
    """Raise Deferred if a rejected request needs a version that is still in training.

    It is also raised if automatic training has not created the first version yet.

    :param error: The error that rejected the request.
    """
    arn = str(request.get("solutionVersionArn", ""))
    if not arn.endswith(_LATEST):
        return
    solution = arn.removesuffix(_LATEST)
    states = [str(each.get("status")) for each in api.entries("ListSolutionVersions", solutionArn=solution)]
    if "ACTIVE" in states:
        return
    if any(status.is_in_progress(each) for each in states) or _trains_automatically(api, solution):
        raise Deferred(f"the solution {solution} has no ACTIVE version yet") from error


def _trains_automatically(api: PersonalizeClient, solution: str) -> bool:
    description = api.of_kind(kinds.KINDS["Solution"]).describe(solution)
    return description is not None and bool(description.get("performAutoTraining"))
