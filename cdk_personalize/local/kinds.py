"""The rules of each kind of resource that botocore's model cannot tell.

Written from the service's documentation and from recorded answers of it, and on purpose not from the handler's
catalogue: the two must be able to disagree. What no source settles is marked `unverified`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

from cdk_personalize.local import datasets, recipes
from cdk_personalize.local.errors import in_use, invalid, limit_exceeded, not_found
from cdk_personalize.local.objects import split_path
from cdk_personalize.local.resource import ACTIVE, CREATE_FAILED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.emulator import World
    from cdk_personalize.local.resource import Resource

    Request = dict[str, Any]

_LATEST = "/$LATEST"
_MINUTE = 60.0


class Kind:
    """What most kinds have in common."""

    name: str
    seconds = 30.0
    """How long a creation or an update takes."""
    delete_seconds = 30.0
    done = ACTIVE
    has_status = True
    update_verb = "CREATE"
    """The first word of the statuses of an update. With UPDATE, the resource's own status shows it."""

    @property
    def deletable(self) -> bool:
        """Tell whether there is a call that deletes it; the names of others are taken for good."""
        return service_model.operation("Delete", self.name) is not None

    def arn_path(self, world: World, request: Request) -> str:  # noqa: ARG002
        """Return the resource part of the ARN."""
        kebab = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in self.name).lstrip("-")
        return f"{kebab}/{request[service_model.name_member(self.name)]}"

    def parent(self, record: Mapping[str, Any], member: str) -> Any:
        """Return the value that a list of this kind is filtered by."""
        return record.get(member)

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a creation that the service refuses."""

    def complete(self, world: World, request: Request) -> dict[str, Any]:  # noqa: ARG002
        """Return what the service adds to a request."""
        return {}

    def created(self, world: World, resource: Resource, ended: float) -> str | None:  # noqa: ARG002
        """Do what the end of a creation does; return a reason if it fails."""
        return None

    def shown(self, world: World, resource: Resource) -> dict[str, Any]:  # noqa: ARG002
        """Return the record as Describe shows it."""
        return resource.record

    def check_update(self, world: World, resource: Resource, changes: Request) -> bool:  # noqa: ARG002
        """Refuse an update that the service refuses; return whether there is anything to do."""
        return True

    def update_entry(self, resource: Resource, changes: Request) -> dict[str, Any]:  # noqa: ARG002
        """Return what the entry of an update shows."""
        return dict(changes)

    def updated(self, world: World, resource: Resource, changes: Request) -> None:  # noqa: ARG002
        """Do what the end of an update does."""
        resource.record.update(changes)

    def check_delete(self, world: World, resource: Resource) -> None:
        """Refuse a deletion that the service refuses."""

    def deleted(self, world: World, resource: Resource) -> None:
        """Do what the end of a deletion does."""


class Schema(Kind):
    """No status: there at once, gone at once."""

    name = "Schema"
    has_status = False

    def check_create(self, world: World, request: Request) -> None:
        """Refuse what is not Avro, and the 501st."""
        datasets.parse_schema(request["schema"])
        _check_quota("schemas in this region", 500, world.all(self.name))

    def check_delete(self, world: World, resource: Resource) -> None:
        """Refuse while a dataset uses it."""
        _check_unused(resource, [each for each in world.all("Dataset") if each.record["schemaArn"] == resource.arn])


class DatasetGroup(Kind):
    """The container of everything else."""

    name = "DatasetGroup"

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a role without a key, and the sixth group."""
        if "roleArn" in request and "kmsKeyArn" not in request:
            raise invalid("roleArn is only valid together with kmsKeyArn")
        _check_quota("active dataset groups in this region", 5, world.all(self.name))

    def check_delete(self, world: World, resource: Resource) -> None:
        """Refuse while there is anything in it."""
        kinds = ("EventTracker", "Solution", "Dataset", "Recommender", "Filter", "MetricAttribution")
        _check_unused(resource, [each for kind in kinds for each in world.all(kind, datasetGroupArn=resource.arn)])


class Dataset(Kind):
    """One of a type in each group; its ARN follows from these two, not from its name."""

    name = "Dataset"
    update_verb = "UPDATE"

    def arn_path(self, world: World, request: Request) -> str:  # noqa: ARG002
        """Return the resource part of the ARN."""
        return f"dataset/{request['datasetGroupArn'].rsplit('/', 1)[1]}/{request['datasetType'].upper()}"

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a group that is not ready, an unknown type, a schema that does not fit, actions in a domain."""
        group = world.get(request["datasetGroupArn"])
        _check_active(group)
        dataset_type = request["datasetType"].upper()
        if dataset_type not in datasets.REQUIRED_FIELDS:
            raise invalid(f"datasetType must be one of {', '.join(datasets.REQUIRED_FIELDS)}")
        if "ACTION" in dataset_type and group.record.get("domain"):
            # unverified: the exception
            raise invalid("Actions and Action_Interactions datasets are for custom dataset groups only")
        datasets.check_schema(self._fields(world, request["schemaArn"]), dataset_type)

    def complete(self, world: World, request: Request) -> dict[str, Any]:
        """Add the tracker that comes with action interactions."""
        dataset_type = request["datasetType"].upper()
        tracking = {"trackingId": f"{world.mint()}-action"} if dataset_type == "ACTION_INTERACTIONS" else {}
        return {"datasetType": dataset_type, **tracking}

    def check_update(self, world: World, resource: Resource, changes: Request) -> bool:
        """Refuse a schema that does not fit."""
        world.get(changes["schemaArn"], "Schema")
        datasets.check_schema(self._fields(world, changes["schemaArn"]), resource.record["datasetType"])
        return True

    def check_delete(self, world: World, resource: Resource) -> None:
        """Refuse while it is imported into or trained on."""
        jobs = world.all("DatasetImportJob", datasetArn=resource.arn)
        versions = world.all("SolutionVersion", datasetGroupArn=resource.record["datasetGroupArn"])
        _check_unused(resource, [each for each in (*jobs, *versions) if each.operation])

    @staticmethod
    def _fields(world: World, schema_arn: str) -> dict[str, list[str]]:
        return datasets.parse_schema(world.get(schema_arn, "Schema").record["schema"])


class DatasetImportJob(Kind):
    """Reads a CSV from Amazon S3 into a dataset."""

    name = "DatasetImportJob"
    seconds = 5 * _MINUTE

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a dataset that is not ready, a first import that is not full, and the sixth at a time."""
        dataset = world.get(request["datasetArn"])
        _check_active(dataset)
        if "dataLocation" not in request["dataSource"]:
            raise invalid("dataSource needs a dataLocation")
        if request.get("importMode") == "INCREMENTAL" and "_imported" not in dataset.record:
            raise invalid("The first import into a dataset must be FULL")
        running = [each for each in world.all(self.name) if each.operation]
        _check_quota_of_running(running, 5)

    def complete(self, world: World, request: Request) -> dict[str, Any]:  # noqa: ARG002
        """Add the default mode."""
        return {"importMode": request.get("importMode", "FULL")}

    def created(self, world: World, resource: Resource, ended: float) -> str | None:  # noqa: ARG002
        """Read the files."""
        dataset = world.resources.get(resource.record["datasetArn"])
        if dataset is None:
            return "The dataset was deleted."
        words = (
            f"Failed to create a data import job for {dataset.record['datasetType']} dataset {dataset.record['name']}."
        )
        bucket, prefix = split_path(resource.record["dataSource"]["dataLocation"])
        objects = world.emulator.objects
        keys = [key for key in objects.keys(world.account, world.region, bucket, prefix) if not key.endswith("/")]
        if not keys:
            return f"{words} Insufficient privileges for accessing data in Amazon S3."
        schema = datasets.parse_schema(world.get(dataset.record["schemaArn"]).record["schema"])
        rows: list[dict[str, str]] = []
        try:
            for key in keys:
                rows += datasets.read_csv(objects.read(world.account, world.region, bucket, key), schema)
        except ValueError as error:
            return f"{words} {error}"
        dataset.rows = [*(dataset.rows if resource.record["importMode"] == "INCREMENTAL" else []), *rows]
        dataset.record["_imported"] = True
        return None


class Solution(Kind):
    """A recipe with its settings, on the data of a group."""

    name = "Solution"
    seconds = 1.0
    delete_seconds = 2 * _MINUTE

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a group that is not ready, no recipe, a domain's recipe, the eleventh in a group."""
        _check_active(world.get(request["datasetGroupArn"]))
        if "recipeArn" not in request and not request.get("performAutoML"):
            raise invalid("recipeArn is required unless performAutoML is true")
        if recipes.RECIPES[request["recipeArn"]].domain if "recipeArn" in request else False:
            raise invalid("A recipe of a domain use case is for recommenders, not for solutions")
        in_group = world.all(self.name, datasetGroupArn=request["datasetGroupArn"])
        _check_quota("active solutions in the dataset group", 10, in_group)

    def complete(self, world: World, request: Request) -> dict[str, Any]:  # noqa: ARG002
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
            world.add(KINDS["SolutionVersion"], request, now=ended, trainingType="AUTOMATIC")
        return None

    def shown(self, world: World, resource: Resource) -> dict[str, Any]:
        """Add the newest version."""
        versions = world.all("SolutionVersion", solutionArn=resource.arn)
        if not versions:
            return resource.record
        newest = max(versions, key=lambda each: each.record["creationDateTime"]).record
        shape = service_model.model().shape_for("SolutionVersionSummary")
        return resource.record | {"latestSolutionVersion": {k: newest[k] for k in shape.members if k in newest}}

    def updated(self, world: World, resource: Resource, changes: Request) -> None:  # noqa: ARG002
        """Take over the new settings, those in solutionUpdateConfig as part of solutionConfig."""
        config = changes.pop("solutionUpdateConfig", {})
        resource.record.update(changes)
        resource.record["solutionConfig"] = resource.record["solutionConfig"] | config

    def check_delete(self, world: World, resource: Resource) -> None:
        """Refuse while a campaign uses it or a version is being trained."""
        versions = [each for each in world.all("SolutionVersion", solutionArn=resource.arn) if each.operation]
        _check_unused(resource, [*world.all("Campaign", solutionArn=resource.arn), *versions])

    def deleted(self, world: World, resource: Resource) -> None:
        """Delete its versions with it."""
        for version in world.all("SolutionVersion", solutionArn=resource.arn):
            del world.resources[version.arn]


class SolutionVersion(Kind):
    """A trained model."""

    name = "SolutionVersion"
    seconds = 30 * _MINUTE

    def arn_path(self, world: World, request: Request) -> str:
        """Return the resource part of the ARN: the solution's, and 8 hexadecimal digits."""
        return f"{request['solutionArn'].split(':', 5)[5]}/{world.mint()}"

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a solution that is not ready, and the 21st training at a time."""
        _check_active(world.get(request["solutionArn"]))
        _check_quota_of_running([each for each in world.all(self.name) if each.operation], 20)

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
        rows = rows_of(world, group, "INTERACTIONS")
        if "eventType" in record:
            rows = [row for row in rows if row.get("EVENT_TYPE") == record["eventType"]]
        reason = datasets.check_enough(rows)
        if reason:
            return f"{reason} after filtering by event type: {record['eventType']}" if "eventType" in record else reason
        recipe = recipes.RECIPES.get(record.get("recipeArn", ""))
        if recipe and recipe.recipe_type == recipes.PERSONALIZED_ACTIONS and not rows_of(world, group, "ACTIONS"):
            return "Create failed. Dataset group has no Actions dataset."  # unverified: the words
        record["trainingHours"] = round((ended - record["creationDateTime"]) / 3600, 3)
        record["_metrics"] = metrics(rows)
        for campaign in world.all("Campaign", solutionArn=record["solutionArn"]):
            if campaign.record["campaignConfig"].get("syncWithLatestSolutionVersion") and not campaign.operation:
                # Personalize itself moves a synchronized campaign on.
                world.start_update(campaign, {"solutionVersionArn": resource.arn}, now=ended)
        return None

    def shown(self, world: World, resource: Resource) -> dict[str, Any]:  # noqa: ARG002
        """Name it as the service does: after its solution."""
        return resource.record | {"name": resource.arn.split(":", 5)[5].removeprefix("solution/")}


class Campaign(Kind):
    """Serves a solution version."""

    name = "Campaign"
    seconds = 10 * _MINUTE
    delete_seconds = 2 * _MINUTE

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
        active = [each for each in world.all(self.name) if self.parent(each.record, "solutionArn") in solutions]
        if len(active) >= 5:
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

    def update_entry(self, resource: Resource, changes: Request) -> dict[str, Any]:
        """Show the whole configuration. unverified: whether campaignConfig is replaced or merged; here replaced."""
        members = ("solutionVersionArn", "minProvisionedTPS", "campaignConfig")
        return {name: changes.get(name, resource.record[name]) for name in members}

    @staticmethod
    def _version(world: World, arn: str) -> Resource:
        """Return the version that an ARN means: itself, or the newest of a solution."""
        if arn.endswith(_LATEST):
            solution = world.get(arn.removesuffix(_LATEST), "Solution")
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
        if config.get("syncWithLatestSolutionVersion") and not arn.endswith(_LATEST):
            raise invalid("syncWithLatestSolutionVersion needs a solutionVersionArn of the form SOLUTION_ARN/$LATEST")
        if config.get("enableMetadataWithRecommendations"):
            _check_metadata(world, version.record["datasetGroupArn"])


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Schema(),
        DatasetGroup(),
        Dataset(),
        DatasetImportJob(),
        Solution(),
        SolutionVersion(),
        Campaign(),
    )
}


def rows_of(world: World, group_arn: str, dataset_type: str) -> list[dict[str, str]]:
    """Return the imported rows of one type of data in a group."""
    return [
        row
        for dataset in world.all("Dataset", datasetGroupArn=group_arn, datasetType=dataset_type)
        for row in dataset.rows
    ]


def metrics(rows: list[dict[str, str]]) -> dict[str, float]:
    """Return offline metrics: the same for the same data, better with more of it."""
    quality = round(1 - 1 / (1 + len(rows) / 1000), 4)
    return {
        "coverage": quality,
        "mean_reciprocal_rank_at_25": round(quality * 0.4, 4),
        "normalized_discounted_cumulative_gain_at_5": round(quality * 0.3, 4),
        "normalized_discounted_cumulative_gain_at_10": round(quality * 0.35, 4),
        "normalized_discounted_cumulative_gain_at_25": round(quality * 0.4, 4),
        "precision_at_5": round(quality * 0.2, 4),
        "precision_at_10": round(quality * 0.15, 4),
        "precision_at_25": round(quality * 0.1, 4),
    }


def _with_flags(config: Request) -> dict[str, Any]:
    return {"enableMetadataWithRecommendations": False, "syncWithLatestSolutionVersion": False} | config


def _check_metadata(world: World, group_arn: str) -> None:
    for dataset in world.all("Dataset", datasetGroupArn=group_arn, datasetType="ITEMS"):
        schema = json.loads(world.get(dataset.record["schemaArn"]).record["schema"])
        if any(field["name"] != "ITEM_ID" for field in schema["fields"]):
            return
    # unverified: the words
    raise invalid("enableMetadataWithRecommendations needs an Items dataset with a metadata column")


def _check_active(resource: Resource) -> None:
    if resource.status == CREATE_FAILED or resource.status.startswith("DELETE"):
        raise not_found(resource.arn)
    if resource.status != ACTIVE:
        # unverified: whether it is this exception or InvalidInputException
        raise in_use(f"{resource.arn} is {resource.status}, not ACTIVE")


def _check_unused(resource: Resource, users: list[Resource]) -> None:
    if users:
        raise in_use(f"{resource.arn} is in use by {', '.join(each.arn for each in users)}")


def _check_quota(what: str, most: int, existing: list[Resource]) -> None:
    if len(existing) >= most:
        raise limit_exceeded(f"More than {most} {what}. Please delete some and try again.")


def _check_quota_of_running(running: list[Resource], most: int) -> None:
    if len(running) >= most:
        raise limit_exceeded(f"More than {most} resources with PENDING or IN_PROGRESS status.")
