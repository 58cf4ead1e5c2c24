"""Campaigns and recommenders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize.local import datasets, recipes
from cdk_personalize.local.errors import invalid, limit_exceeded
from cdk_personalize.local.kind import LATEST, MINUTE, ResourceKind
from cdk_personalize.local.offline_metrics import offline_metrics
from cdk_personalize.local.preconditions import require_active, require_metadata_columns, require_quota
from cdk_personalize.local.resource import ACTIVE, CREATE_FAILED
from cdk_personalize.local.trained_model import TrainedModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.kind import Request
    from cdk_personalize.local.registry import ResourceRegistry
    from cdk_personalize.local.resource import EmulatedResource

_MAX_CAMPAIGNS = 5
_MAX_RECOMMENDERS = 5


class CampaignKind(ResourceKind):
    """A campaign, which serves a solution version."""

    name = "Campaign"
    seconds = 10 * MINUTE
    delete_seconds = 2 * MINUTE

    def parent(self, record: Mapping[str, Any], member: str) -> Any:
        """Return the ARN in a record by which ListCampaigns filters.

        This is the ARN of the solution, which is part of the ARN of the served version.
        """
        if member == "solutionArn":
            return record["solutionVersionArn"].rsplit("/", 1)[0]
        return record.get(member)

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if version or config is not valid, or at the quota.

        The version must be ACTIVE. The quota is five campaigns in a dataset group.
        """
        version = _served_version(registry, request["solutionVersionArn"])
        _require_campaign_config(registry, request["solutionVersionArn"], request.get("campaignConfig", {}), version)
        group = version.record["datasetGroupArn"]
        solutions = {each.arn for each in registry.all("Solution", datasetGroupArn=group)}
        campaigns = [each for each in registry.all(self.name) if self.parent(each.record, "solutionArn") in solutions]
        if sum(each.status != CREATE_FAILED for each in campaigns) >= _MAX_CAMPAIGNS:
            raise limit_exceeded(
                f"Cannot create a campaign. More than {_MAX_CAMPAIGNS} resources in ACTIVE state. "
                "Please delete some and try again."
            )

    def complete(self, registry: ResourceRegistry, request: Request) -> dict[str, Any]:
        """Add the default throughput, and the version that $LATEST refers to.

        unverified: that DescribeCampaign returns this version instead of $LATEST.
        """
        return {
            "minProvisionedTPS": request.get("minProvisionedTPS", 1),
            "solutionVersionArn": _served_version(registry, request["solutionVersionArn"]).arn,
        }

    def require_updatable(self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request) -> None:
        """Raise ServiceError if a creation with the changed values would be rejected."""
        arn = {**resource.record, **changes}["solutionVersionArn"]
        version = _served_version(registry, arn)
        _require_campaign_config(registry, arn, changes.get("campaignConfig", {}), version)

    def normalized(self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request) -> Request | None:
        """Return the changes with the resolved $LATEST, or None if nothing changes.

        Recorded from AWS: a call without a change succeeds and starts no update.
        """
        if "solutionVersionArn" in changes:
            changes = changes | {"solutionVersionArn": _served_version(registry, changes["solutionVersionArn"]).arn}
        return None if _without_defaults(resource.record | changes) == _without_defaults(resource.record) else changes

    def finish_creation(self, registry: ResourceRegistry, resource: EmulatedResource, ended: float) -> str | None:
        """Start an update if a newer version became ACTIVE during the creation."""
        resource.record["status"] = ACTIVE
        follow_latest(registry, resource, ended)
        return None

    def finish_update(
        self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request, ended: float
    ) -> str | None:
        """Set the new configuration.

        Start another update if a newer version became ACTIVE during this one.
        """
        resource.record.update(changes)
        follow_latest(registry, resource, ended)
        return None

    def update_entry(self, resource: EmulatedResource, changes: Request) -> dict[str, Any]:
        """Return the complete configuration of the campaign after the update.

        unverified: whether campaignConfig is replaced or merged; here it is replaced.
        """
        members = ("solutionVersionArn", "minProvisionedTPS", "campaignConfig")
        configuration = resource.record | changes
        return {name: configuration[name] for name in members if name in configuration}


def follow_latest(registry: ResourceRegistry, campaign: EmulatedResource, now: float) -> None:
    """Update a campaign with automatic sync to the newest ACTIVE version."""
    if not campaign.record.get("campaignConfig", {}).get("syncWithLatestSolutionVersion") or campaign.operation:
        return
    current = campaign.record["solutionVersionArn"]
    latest = registry.latest_version(current.rsplit("/", 1)[0])
    if latest and latest.arn != current and campaign.status == ACTIVE:
        registry.start_update(campaign, {"solutionVersionArn": latest.arn}, now=now)


def _served_version(registry: ResourceRegistry, arn: str) -> EmulatedResource:
    """Return the solution version of an ARN, or of SOLUTION_ARN/$LATEST."""
    if arn.endswith(LATEST):
        solution = registry.get(arn.removesuffix(LATEST), "Solution")
        latest = registry.latest_version(solution.arn)
        if latest is None:
            raise invalid(f"{solution.arn} has no ACTIVE version")  # unverified: the exception type
        return latest
    version = registry.get(arn, "SolutionVersion")  # raises ResourceNotFoundException for the ARN of a solution
    if version.status != ACTIVE:
        raise invalid(f"{arn} is {version.status}, not ACTIVE")  # unverified: InvalidInput or ResourceInUse
    return version


def _require_campaign_config(registry: ResourceRegistry, arn: str, config: Request, version: EmulatedResource) -> None:
    """Raise InvalidInputException if a campaign's config does not fit its version."""
    if config.get("syncWithLatestSolutionVersion") and not arn.endswith(LATEST):
        raise invalid("syncWithLatestSolutionVersion requires a solutionVersionArn of the form SOLUTION_ARN/$LATEST")
    if config.get("enableMetadataWithRecommendations"):
        require_metadata_columns(registry, version.record["datasetGroupArn"])


class RecommenderKind(ResourceKind):
    """A recommender, which is trained for a use case of a domain and serves it."""

    name = "Recommender"
    trained = True
    seconds = (
        20 * MINUTE
    )  # unverified: there is no recorded duration; with its training, from minutes to more than an hour
    delete_seconds = 2 * MINUTE

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if the domain of the group is wrong, or the quota is reached.

        The quota is five recommenders.
        """
        group = registry.get(request["datasetGroupArn"])
        require_active(group)
        recipe = recipes.RECIPES[request["recipeArn"]]
        # unverified: the exception type
        if not group.record.get("domain"):
            raise invalid(f"{group.arn} is a custom dataset group; a recommender requires a Domain dataset group")
        if recipe.domain != group.record["domain"]:
            raise invalid(f"{recipe.arn} is no use case of the domain {group.record['domain']}")
        self._require_config(registry, group.arn, request.get("recommenderConfig", {}))
        in_group = registry.all(self.name, datasetGroupArn=group.arn)
        require_quota("recommenders in the dataset group", _MAX_RECOMMENDERS, in_group)

    def complete(self, registry: ResourceRegistry, request: Request) -> dict[str, Any]:
        """Add the default throughput."""
        return {"recommenderConfig": _with_throughput(request.get("recommenderConfig", {}))}

    def finish_creation(self, registry: ResourceRegistry, resource: EmulatedResource, ended: float) -> str | None:
        """Train the model. Return a reason if the training fails."""
        return self._train(registry, resource)

    def shown(self, registry: ResourceRegistry, resource: EmulatedResource) -> dict[str, Any]:
        """Add the metrics, which are absent during a creation or deletion."""
        if resource.model is None or resource.status.startswith(("CREATE", "DELETE")):
            return resource.record
        return resource.record | {"modelMetrics": resource.record["_metrics"]}

    def require_updatable(self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request) -> None:
        """Raise InvalidInputException if the config is rejected or changes nothing.

        The exception for an unchanged config is recorded from AWS, its wording is not.
        """
        self._require_config(registry, resource.record["datasetGroupArn"], changes["recommenderConfig"])
        config = _with_throughput(changes["recommenderConfig"])
        if _without_defaults(config) == _without_defaults(resource.record["recommenderConfig"]):
            raise invalid(f"{resource.arn} has this recommenderConfig already")

    def normalized(self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request) -> Request | None:
        """Return the changes with the default throughput.

        unverified: that the configuration is replaced, not merged.
        """
        return {"recommenderConfig": _with_throughput(changes["recommenderConfig"])}

    def finish_update(
        self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request, ended: float
    ) -> str | None:
        """Set the configuration. Changed columns cause another training.

        Return a reason if this training fails.
        """
        old, new = (each["recommenderConfig"].get("trainingDataConfig") for each in (resource.record, changes))
        reason = self._train(registry, resource) if new != old else None
        if reason is None:
            resource.record.update(changes)
        return reason

    @staticmethod
    def _train(registry: ResourceRegistry, resource: EmulatedResource) -> str | None:
        data = registry.data(resource.record["datasetGroupArn"])
        recipe = recipes.of(resource.record)
        rows = datasets.of_event_type(data.rows("INTERACTIONS"), recipe.event_type)
        reason = datasets.training_failure(rows, recipe.event_type)
        if reason is None and recipe.needs_items and not data.rows("ITEMS"):
            reason = "Create failed. Dataset group has no Items dataset."  # unverified: the wording
        if reason is None:
            resource.model = TrainedModel.of(rows)
            metrics = offline_metrics(len(rows), recipe, resource.record)
            resource.record["_metrics"] = registry.emulator.overrides.apply_metrics(resource.kind, metrics)
        return reason

    @staticmethod
    def _require_config(registry: ResourceRegistry, group_arn: str, config: Request) -> None:
        if config.get("enableMetadataWithRecommendations"):
            require_metadata_columns(registry, group_arn)


def _with_throughput(config: Request) -> dict[str, Any]:
    return {"minRecommendationRequestsPerSecond": 1} | config


def _without_defaults(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration without false flags and empty objects.

    unverified: that AWS treats an absent flag and a false flag as equal.
    """
    pruned = {
        name: _without_defaults(value) if isinstance(value, dict) else value for name, value in configuration.items()
    }
    return {name: value for name, value in pruned.items() if value is not False and value != {}}
