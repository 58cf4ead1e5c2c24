"""The kinds that train and serve: solutions, their versions, campaigns and recommenders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

from cdk_personalize.local import datasets, recipes
from cdk_personalize.local.errors import invalid, limit_exceeded
from cdk_personalize.local.kind import (
    LATEST,
    MINUTE,
    Kind,
    check_active,
    check_metadata,
    check_quota,
    check_quota_of_running,
    check_unused,
    rows_of,
)
from cdk_personalize.local.resource import ACTIVE, CREATE_FAILED
from cdk_personalize.local.serving import Model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.emulator import World
    from cdk_personalize.local.kind import Request
    from cdk_personalize.local.resource import Resource


_SEMANTIC_SIMILARITY = "/aws-semantic-similarity"


class Solution(Kind):
    """A recipe with its settings, on the data of a group."""

    name = "Solution"
    seconds = 1.0
    delete_seconds = 2 * MINUTE

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a group that is not ready, no recipe, a domain's recipe, the eleventh in a group."""
        check_active(world.get(request["datasetGroupArn"]))
        if "recipeArn" not in request and not request.get("performAutoML"):
            raise invalid("recipeArn is required unless performAutoML is true")
        if recipes.RECIPES[request["recipeArn"]].domain if "recipeArn" in request else False:
            raise invalid("A recipe of a domain use case is for recommenders, not for solutions")
        if request.get("performIncrementalUpdate") and not request.get("recipeArn", "").endswith(_SEMANTIC_SIMILARITY):
            raise invalid("performIncrementalUpdate is for the Semantic-Similarity recipe only")  # unverified: that
        in_group = world.all(self.name, datasetGroupArn=request["datasetGroupArn"])
        check_quota("active solutions in the dataset group", 10, in_group)

    def complete(self, world: World, request: Request) -> dict[str, Any]:
        """Add the defaults."""
        return {
            "performHPO": request.get("performHPO", False),
            "performAutoML": request.get("performAutoML", False),
            "performAutoTraining": request.get("performAutoTraining", True),
            "performIncrementalUpdate": request.get("performIncrementalUpdate", False),
            "solutionConfig": request.get("solutionConfig", {}),
        }

    def created(self, world: World, resource: Resource, ended: float) -> str | None:
        """Start the first automatic training."""
        if resource.record["performAutoTraining"]:
            # The service starts it within the hour, and again every seven days; here it is the first one only.
            request = {"solutionArn": resource.arn, "trainingMode": "FULL"}
            world.add(SolutionVersion(), request, now=ended, trainingType="AUTOMATIC")
        return None

    def shown(self, world: World, resource: Resource) -> dict[str, Any]:
        """Add the newest version."""
        versions = world.all("SolutionVersion", solutionArn=resource.arn)
        if not versions:
            return resource.record
        newest = max(versions, key=lambda each: each.record["creationDateTime"]).record
        shape = service_model.model().shape_for("SolutionVersionSummary")
        return resource.record | {"latestSolutionVersion": {k: newest[k] for k in shape.members if k in newest}}

    def updated(self, world: World, resource: Resource, changes: Request, ended: float) -> str | None:
        """Take over the new settings, those in solutionUpdateConfig as part of solutionConfig."""
        flags = {name: value for name, value in changes.items() if name != "solutionUpdateConfig"}
        resource.record.update(flags)
        resource.record["solutionConfig"] = resource.record["solutionConfig"] | changes.get("solutionUpdateConfig", {})
        return None

    def check_delete(self, world: World, resource: Resource) -> None:
        """Refuse while a campaign uses it or a version is being trained."""
        versions = [each for each in world.all("SolutionVersion", solutionArn=resource.arn) if each.operation]
        check_unused(resource, [*world.all("Campaign", solutionArn=resource.arn), *versions])

    def deleted(self, world: World, resource: Resource) -> None:
        """Delete its versions with it."""
        for version in world.all("SolutionVersion", solutionArn=resource.arn):
            del world.resources[version.arn]


_UPDATABLE = frozenset({"aws-user-personalization", "aws-hrnn-coldstart"})


class SolutionVersion(Kind):
    """A trained model."""

    name = "SolutionVersion"
    trained = True
    seconds = 30 * MINUTE

    def arn_path(self, world: World, request: Request) -> str:
        """Return the resource part of the ARN: the solution's, and 8 hexadecimal digits."""
        return f"{request['solutionArn'].split(':', 5)[5]}/{world.mint()}"

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a solution that is not ready, an update of what cannot be updated, and the 21st training at a time."""
        solution = world.get(request["solutionArn"])
        check_active(solution)
        if request.get("trainingMode") == "UPDATE":
            self._check_updatable(world, solution)
        check_quota_of_running(world.all(self.name), 20)

    def _check_updatable(self, world: World, solution: Resource) -> None:
        # unverified: the words
        if solution.record.get("recipeArn", "").rsplit("/", 1)[-1] not in _UPDATABLE:
            raise invalid(f"trainingMode UPDATE is for the recipes {', '.join(sorted(_UPDATABLE))}")
        versions = world.all(self.name, solutionArn=solution.arn, trainingMode="FULL")
        if not any(each.status == ACTIVE for each in versions):
            raise invalid("trainingMode UPDATE needs an ACTIVE version that was trained with FULL")

    def complete(self, world: World, request: Request) -> dict[str, Any]:
        """Add what the solution says."""
        solution = world.get(request["solutionArn"]).record
        inherited = ("performHPO", "performAutoML", "performIncrementalUpdate", "recipeArn", "eventType")
        return {
            **{name: solution[name] for name in (*inherited, "datasetGroupArn", "solutionConfig") if name in solution},
            "trainingMode": request.get("trainingMode", "FULL"),
            "trainingType": "MANUAL",
        }

    def created(self, world: World, resource: Resource, ended: float) -> str | None:
        """Train: see whether there is enough data, and measure."""
        record = resource.record
        group = record["datasetGroupArn"]
        rows = datasets.of_event_type(rows_of(world, group, "INTERACTIONS"), record.get("eventType"))
        reason = datasets.check_enough(rows, record.get("eventType"))
        if reason:
            return reason
        recipe = recipes.RECIPES.get(record.get("recipeArn", ""))
        if recipe and recipe.recipe_type == recipes.PERSONALIZED_ACTIONS and not rows_of(world, group, "ACTIONS"):
            return "Create failed. Dataset group has no Actions dataset."  # unverified: the words
        record["trainingHours"] = round((ended - record["creationDateTime"]) / 3600, 3)
        record["_metrics"] = world.emulator.measured(self, metrics(len(rows), recipes.of(record), record))
        resource.model = Model(rows)
        record["status"] = ACTIVE
        for campaign in world.all("Campaign", solutionArn=record["solutionArn"]):
            follow_latest(world, campaign, ended)
        return None

    def shown(self, world: World, resource: Resource) -> dict[str, Any]:
        """Name it as the service does: after its solution."""
        return resource.record | {"name": resource.arn.split(":", 5)[5].removeprefix("solution/")}


class Campaign(Kind):
    """Serves a solution version."""

    name = "Campaign"
    seconds = 10 * MINUTE
    delete_seconds = 2 * MINUTE

    def parent(self, record: Mapping[str, Any], member: str) -> Any:
        """Return the solution behind the version."""
        if member == "solutionArn":
            return record["solutionVersionArn"].rsplit("/", 1)[0]
        return record.get(member)

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a version that is not ready, a configuration that does not hold, the sixth in a group."""
        version = self._version(world, request["solutionVersionArn"])
        self._check_config(world, request["solutionVersionArn"], request.get("campaignConfig", {}), version)
        solutions = {each.arn for each in world.all("Solution", datasetGroupArn=version.record["datasetGroupArn"])}
        in_group = [each for each in world.all(self.name) if self.parent(each.record, "solutionArn") in solutions]
        if len([each for each in in_group if each.status != CREATE_FAILED]) >= 5:
            raise limit_exceeded(
                "Cannot create a campaign. More than 5 resources in ACTIVE state. Please delete some and try again."
            )

    def complete(self, world: World, request: Request) -> dict[str, Any]:
        """Add the defaults. unverified: whether Describe shows the version behind $LATEST or the word."""
        return {
            "minProvisionedTPS": request.get("minProvisionedTPS", 1),
            "campaignConfig": _with_flags(request.get("campaignConfig", {})),
            "solutionVersionArn": self._version(world, request["solutionVersionArn"]).arn,
        }

    def check_update(self, world: World, resource: Resource, changes: Request) -> bool:
        """Refuse what a creation would refuse. unverified: whether unchanged values start an update; here they do."""
        arn = changes.get("solutionVersionArn", resource.record["solutionVersionArn"])
        version = self._version(world, arn)
        if "campaignConfig" in changes:
            self._check_config(world, arn, changes["campaignConfig"], version)
            changes["campaignConfig"] = _with_flags(changes["campaignConfig"])
        if "solutionVersionArn" in changes:
            changes["solutionVersionArn"] = version.arn
        return True

    def created(self, world: World, resource: Resource, ended: float) -> str | None:
        """Catch up with versions that became ACTIVE meanwhile."""
        resource.record["status"] = ACTIVE
        follow_latest(world, resource, ended)
        return None

    def updated(self, world: World, resource: Resource, changes: Request, ended: float) -> str | None:
        """Take over the new configuration; catch up with versions that became ACTIVE meanwhile."""
        resource.record.update(changes)
        follow_latest(world, resource, ended)
        return None

    def update_entry(self, resource: Resource, changes: Request) -> dict[str, Any]:
        """Show the whole configuration. unverified: whether campaignConfig is replaced or merged; here replaced."""
        members = ("solutionVersionArn", "minProvisionedTPS", "campaignConfig")
        return {name: changes.get(name, resource.record[name]) for name in members}

    @staticmethod
    def _version(world: World, arn: str) -> Resource:
        """Return the version that an ARN means: itself, or the newest of a solution."""
        if arn.endswith(LATEST):
            solution = world.get(arn.removesuffix(LATEST), "Solution")
            latest = world.latest_version(solution.arn)
            if latest is None:
                raise invalid(f"{solution.arn} has no ACTIVE version")  # unverified: the exception
            return latest
        version = world.get(arn, "SolutionVersion")  # a solution's ARN alone is not found
        if version.status != ACTIVE:
            raise invalid(f"{arn} is {version.status}, not ACTIVE")  # unverified: InvalidInput or ResourceInUse
        return version

    @staticmethod
    def _check_config(world: World, arn: str, config: Request, version: Resource) -> None:
        if config.get("syncWithLatestSolutionVersion") and not arn.endswith(LATEST):
            raise invalid("syncWithLatestSolutionVersion needs a solutionVersionArn of the form SOLUTION_ARN/$LATEST")
        if config.get("enableMetadataWithRecommendations"):
            check_metadata(world, version.record["datasetGroupArn"])


class Recommender(Kind):
    """Trains and serves a use case of a domain."""

    name = "Recommender"
    trained = True
    seconds = 20 * MINUTE  # unverified: no recorded time; it trains, which takes from minutes to more than an hour
    delete_seconds = 2 * MINUTE

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a group without the domain of the use case, a recipe that is none, the sixth in a group."""
        group = world.get(request["datasetGroupArn"])
        check_active(group)
        recipe = recipes.RECIPES[request["recipeArn"]]
        # unverified: the exceptions
        if not group.record.get("domain"):
            raise invalid(f"{group.arn} is a custom dataset group; a recommender needs a Domain dataset group")
        if recipe.domain != group.record["domain"]:
            raise invalid(f"{recipe.arn} is no use case of the domain {group.record['domain']}")
        self._check_config(world, group.arn, request.get("recommenderConfig", {}))
        check_quota("recommenders in the dataset group", 5, world.all(self.name, datasetGroupArn=group.arn))

    def complete(self, world: World, request: Request) -> dict[str, Any]:
        """Add the defaults."""
        return {"recommenderConfig": self._with_defaults(request.get("recommenderConfig", {}))}

    def created(self, world: World, resource: Resource, ended: float) -> str | None:
        """Train."""
        return self._train(world, resource)

    def shown(self, world: World, resource: Resource) -> dict[str, Any]:
        """Add the metrics, which are not there while it is created or deleted."""
        if resource.model is None or resource.status.startswith(("CREATE", "DELETE")):
            return resource.record
        return resource.record | {"modelMetrics": resource.record["_metrics"]}

    def check_update(self, world: World, resource: Resource, changes: Request) -> bool:
        """Refuse what a creation would refuse. The same configuration again starts nothing."""
        self._check_config(world, resource.record["datasetGroupArn"], changes["recommenderConfig"])
        # unverified: that the configuration is replaced, not merged
        changes["recommenderConfig"] = self._with_defaults(changes["recommenderConfig"])
        return bool(changes["recommenderConfig"] != resource.record["recommenderConfig"])

    def updated(self, world: World, resource: Resource, changes: Request, ended: float) -> str | None:
        """Take over the configuration; other columns need another training."""
        old, new = (each["recommenderConfig"].get("trainingDataConfig") for each in (resource.record, changes))
        reason = self._train(world, resource) if new != old else None
        if reason is None:
            resource.record.update(changes)
        return reason

    @staticmethod
    def _train(world: World, resource: Resource) -> str | None:
        group = resource.record["datasetGroupArn"]
        recipe = recipes.RECIPES[resource.record["recipeArn"]]
        rows = datasets.of_event_type(rows_of(world, group, "INTERACTIONS"), recipe.event_type)
        reason = datasets.check_enough(rows, recipe.event_type)
        if reason is None and recipe.needs_items and not rows_of(world, group, "ITEMS"):
            reason = "Create failed. Dataset group has no Items dataset."  # unverified: the words
        if reason is None:
            resource.model = Model(rows)
            measured = metrics(len(rows), recipe, resource.record)
            resource.record["_metrics"] = world.emulator.measured(resource.kind, measured)
        return reason

    @staticmethod
    def _check_config(world: World, group_arn: str, config: Request) -> None:
        if config.get("enableMetadataWithRecommendations"):
            check_metadata(world, group_arn)

    @staticmethod
    def _with_defaults(config: Request) -> dict[str, Any]:
        return {"minRecommendationRequestsPerSecond": 1, "enableMetadataWithRecommendations": False} | config


def follow_latest(world: World, campaign: Resource, now: float) -> None:
    """Move a synchronized campaign on to the newest ACTIVE version, as the service does by itself."""
    if not campaign.record["campaignConfig"].get("syncWithLatestSolutionVersion") or campaign.operation:
        return
    current = campaign.record["solutionVersionArn"]
    latest = world.latest_version(current.rsplit("/", 1)[0])
    if latest and latest.arn != current and campaign.status == ACTIVE:
        world.start_update(campaign, {"solutionVersionArn": latest.arn}, now=now)


def metrics(interactions: int, recipe: recipes.Recipe, record: Mapping[str, Any]) -> dict[str, float]:
    """Return offline metrics: the same for the same data, better with more of it; which ones, the recipe says."""
    quality = 1 - 1 / (1 + interactions / 1000)
    shares = {"coverage": 1.0, **_SHARES.get(recipe.recipe_type, _SHARES_OF_ITEMS)}
    if "optimizationObjective" in record.get("solutionConfig", {}):
        shares["average_rewards_at_k"] = 0.6
    return {name: round(quality * share, 4) for name, share in shares.items()}


_RANKING = {f"normalized_discounted_cumulative_gain_at_{count}": 0.28 + count / 200 for count in (5, 10, 25)}
_SHARES_OF_ITEMS: Mapping[str, float] = {
    "mean_reciprocal_rank_at_25": 0.4,
    **_RANKING,
    **{f"precision_at_{count}": 0.22 - count / 200 for count in (5, 10, 25)},
}
_SHARES: Mapping[str, Mapping[str, float]] = {
    # unverified: the names, of which the guide has those of items only as the API reports them
    recipes.USER_SEGMENTATION: {"hit": 20.0, "recall": 0.3},
    recipes.PERSONALIZED_ACTIONS: {**_RANKING, "precision": 0.3, "recall": 0.3, "area_under_the_curve": 0.7},
}
"""How the metrics of a recipe type compare, beside those that are for items."""


def _with_flags(config: Request) -> dict[str, Any]:
    return {"enableMetadataWithRecommendations": False, "syncWithLatestSolutionVersion": False} | config
