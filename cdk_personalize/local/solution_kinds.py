"""Solutions and solution versions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

from cdk_personalize.local import datasets, recipes
from cdk_personalize.local.errors import invalid
from cdk_personalize.local.kind import MINUTE, ResourceKind
from cdk_personalize.local.offline_metrics import offline_metrics
from cdk_personalize.local.preconditions import require_active, require_quota, require_running_quota, require_unused
from cdk_personalize.local.resource import ACTIVE
from cdk_personalize.local.serving_kinds import follow_latest
from cdk_personalize.local.trained_model import TrainedModel

if TYPE_CHECKING:
    from cdk_personalize.local.kind import Request
    from cdk_personalize.local.registry import ResourceRegistry
    from cdk_personalize.local.resource import EmulatedResource

_SEMANTIC_SIMILARITY = "/aws-semantic-similarity"
_DAY = 24 * 60 * MINUTE
_DEFAULT_SCHEDULE = "rate(7 days)"
_FIRST_TRAINING_DELAY = 10 * MINUTE
"""Time from the status ACTIVE of a solution to its first automatic training.

The documentation says "within one hour". unverified: the exact time.
"""
_NEXT_TRAINING = "_next_automatic_training"
_FIRST_TRAINING = "_first_automatic_training_from"
"""Start of the wait for the first automatic training. A version created manually since then replaces it."""
_UPDATABLE = frozenset({"aws-user-personalization", "aws-hrnn-coldstart"})


class SolutionKind(ResourceKind):
    """A solution: a recipe with its configuration, in a dataset group."""

    name = "Solution"
    seconds = 1.0
    delete_seconds = 2 * MINUTE

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if the recipe does not fit the group, or at the quota.

        The quota is ten solutions in a dataset group.
        """
        require_active(registry.get(request["datasetGroupArn"]))
        if "recipeArn" not in request and not request.get("performAutoML"):
            raise invalid("recipeArn is required unless performAutoML is true")
        if "recipeArn" in request and recipes.RECIPES[request["recipeArn"]].domain:
            raise invalid("A solution cannot have the recipe of a domain use case; only recommenders can")
        if request.get("performIncrementalUpdate") and not request.get("recipeArn", "").endswith(_SEMANTIC_SIMILARITY):
            raise invalid(
                "performIncrementalUpdate is only supported by the Semantic-Similarity recipe"
            )  # unverified: the rule
        in_group = registry.all(self.name, datasetGroupArn=request["datasetGroupArn"])
        require_quota("active solutions in the dataset group", 10, in_group)

    def complete(self, registry: ResourceRegistry, request: Request) -> dict[str, Any]:
        """Add the flags for which the service model documents a default.

        unverified: that DescribeSolution returns each of them.
        """
        return {
            "performHPO": request.get("performHPO", False),
            "performAutoML": request.get("performAutoML", False),
            "performAutoTraining": request.get("performAutoTraining", True),
            "performIncrementalUpdate": request.get("performIncrementalUpdate", False),
        }

    def finish_creation(self, registry: ResourceRegistry, resource: EmulatedResource, ended: float) -> str | None:
        """Schedule the first automatic training."""
        if resource.record["performAutoTraining"]:
            _await_first_training(resource, ended)
        return None

    def shown(self, registry: ResourceRegistry, resource: EmulatedResource) -> dict[str, Any]:
        """Add a summary of the newest version."""
        versions = registry.all("SolutionVersion", solutionArn=resource.arn)
        if not versions:
            return resource.record
        newest = max(versions, key=lambda each: float(each.record["creationDateTime"])).record
        shape = service_model.model().shape_for("SolutionVersionSummary")
        return resource.record | {"latestSolutionVersion": {k: newest[k] for k in shape.members if k in newest}}

    def finish_update(
        self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request, ended: float
    ) -> str | None:
        """Set the new values. Those in solutionUpdateConfig are set in solutionConfig."""
        record, was_automatic = resource.record, resource.record["performAutoTraining"]
        record.update({name: value for name, value in changes.items() if name != "solutionUpdateConfig"})
        if "solutionUpdateConfig" in changes:
            record["solutionConfig"] = record.get("solutionConfig", {}) | changes["solutionUpdateConfig"]
        if not record["performAutoTraining"]:
            record.pop(_NEXT_TRAINING, None)
        elif not was_automatic:
            _await_first_training(resource, ended)
        return None

    def require_deletable(self, registry: ResourceRegistry, resource: EmulatedResource) -> None:
        """Raise ResourceInUseException if a campaign or a training uses the solution."""
        versions = [each for each in registry.all("SolutionVersion", solutionArn=resource.arn) if each.operation]
        require_unused(resource, [*registry.all("Campaign", solutionArn=resource.arn), *versions])

    def finish_deletion(self, registry: ResourceRegistry, resource: EmulatedResource) -> None:
        """Delete the versions of the solution."""
        for version in registry.all("SolutionVersion", solutionArn=resource.arn):
            del registry.resources[version.arn]

    def next_scheduled(self, resource: EmulatedResource) -> float | None:
        """Return the time of the next automatic training, or None if it is turned off."""
        at: float | None = resource.record.get(_NEXT_TRAINING)
        return at

    def run_scheduled(self, registry: ResourceRegistry, resource: EmulatedResource, now: float) -> None:
        """Start an automatic training.

        The first one is skipped if a version was created manually.
        """
        record = resource.record
        record[_NEXT_TRAINING] = now + _interval(record)
        awaited_since = record.pop(_FIRST_TRAINING, None)
        versions = registry.all("SolutionVersion", solutionArn=resource.arn)
        is_replaced = awaited_since is not None and any(
            each.record["trainingType"] == "MANUAL" and each.record["creationDateTime"] >= awaited_since
            for each in versions
        )
        # unverified: the behavior if the previous training is in progress, or if the solution is being deleted
        is_busy = any(each.operation for each in versions) or resource.status.startswith("DELETE")
        if not is_replaced and not is_busy:
            request = {"solutionArn": resource.arn, "trainingMode": "FULL"}
            registry.add(SolutionVersionKind(), request, now=now, trainingType="AUTOMATIC")


def _await_first_training(resource: EmulatedResource, now: float) -> None:
    resource.record[_FIRST_TRAINING] = now
    resource.record[_NEXT_TRAINING] = now + _FIRST_TRAINING_DELAY


def _interval(record: Request) -> float:
    """Return the interval of a schedule such as `rate(3 days)`, in seconds."""
    schedule = record.get("solutionConfig", {}).get("autoTrainingConfig", {})
    days = re.search(r"\d+", schedule.get("schedulingExpression", _DEFAULT_SCHEDULE))
    return int(days[0] if days else 7) * _DAY


class SolutionVersionKind(ResourceKind):
    """A solution version: a trained model of a solution."""

    name = "SolutionVersion"
    trained = True
    seconds = 30 * MINUTE

    def arn_path(self, registry: ResourceRegistry, request: Request) -> str:
        """Return the resource part of the ARN: solution name and 8 hexadecimal digits.

        unverified: that the ARN of a version with a custom name ends in that name.
        """
        return f"{request['solutionArn'].split(':', 5)[5]}/{request.get('name') or registry.new_id()}"

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if the solution cannot be trained, or the quota is reached.

        The solution must be ACTIVE and support the training mode. The quota is 20 running trainings.
        """
        solution = registry.get(request["solutionArn"])
        require_active(solution)
        if request.get("trainingMode") == "UPDATE":
            self._require_update_training(registry, solution)
        require_running_quota(registry.all(self.name), 20)

    def _require_update_training(self, registry: ResourceRegistry, solution: EmulatedResource) -> None:
        # unverified: the wording
        if solution.record.get("recipeArn", "").rsplit("/", 1)[-1] not in _UPDATABLE:
            raise invalid(f"trainingMode UPDATE is only supported by the recipes {', '.join(sorted(_UPDATABLE))}")
        versions = registry.all(self.name, solutionArn=solution.arn, trainingMode="FULL")
        if not any(each.status == ACTIVE for each in versions):
            raise invalid("trainingMode UPDATE requires an ACTIVE version that was trained with FULL")

    def complete(self, registry: ResourceRegistry, request: Request) -> dict[str, Any]:
        """Add the configuration of the solution at this time."""
        solution = registry.get(request["solutionArn"]).record
        inherited = ("performHPO", "performAutoML", "performIncrementalUpdate", "recipeArn", "eventType")
        return {
            **{name: solution[name] for name in (*inherited, "datasetGroupArn", "solutionConfig") if name in solution},
            "trainingMode": request.get("trainingMode", "FULL"),
            "trainingType": "MANUAL",
        }

    def finish_creation(self, registry: ResourceRegistry, resource: EmulatedResource, ended: float) -> str | None:
        """Train the model and compute its offline metrics.

        Return a reason if there is too little data.
        """
        record = resource.record
        data = registry.data(record["datasetGroupArn"])
        rows = datasets.of_event_type(data.rows("INTERACTIONS"), record.get("eventType"))
        reason = datasets.training_failure(rows, record.get("eventType"))
        if reason:
            return reason
        recipe = recipes.of(record)
        if recipe.recipe_type == recipes.PERSONALIZED_ACTIONS and not data.rows("ACTIONS"):
            return "Create failed. Dataset group has no Actions dataset."  # unverified: the wording
        record["trainingHours"] = round((ended - record["creationDateTime"]) / 3600, 3)
        record["_metrics"] = registry.emulator.overrides.apply_metrics(self, offline_metrics(len(rows), recipe, record))
        resource.model = TrainedModel.of(rows)
        record["status"] = ACTIVE
        for campaign in registry.all("Campaign", solutionArn=record["solutionArn"]):
            follow_latest(registry, campaign, ended)
        return None

    def shown(self, registry: ResourceRegistry, resource: EmulatedResource) -> dict[str, Any]:
        """Set the name to the ARN without its last part, as the service returns it."""
        return resource.record | {"name": resource.arn.split(":", 5)[5].removeprefix("solution/")}
