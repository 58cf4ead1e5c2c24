"""The kinds that hold data: schemas, dataset groups, datasets and what moves data in and out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize.local import datasets
from cdk_personalize.local.errors import invalid
from cdk_personalize.local.kind import MINUTE, Kind, check_active, check_quota, check_quota_of_running, check_unused

if TYPE_CHECKING:
    from cdk_personalize.local.emulator import World
    from cdk_personalize.local.kind import Request
    from cdk_personalize.local.resource import Resource


class Schema(Kind):
    """No status: there at once, gone at once."""

    name = "Schema"
    has_status = False

    def check_create(self, world: World, request: Request) -> None:
        """Refuse what is not Avro, and the 501st."""
        datasets.parse_schema(request["schema"])
        check_quota("schemas in this region", 500, world.all(self.name))

    def check_delete(self, world: World, resource: Resource) -> None:
        """Refuse while a dataset uses it."""
        check_unused(resource, [each for each in world.all("Dataset") if each.record["schemaArn"] == resource.arn])


class DatasetGroup(Kind):
    """The container of everything else."""

    name = "DatasetGroup"

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a role without a key, and the sixth group."""
        if "roleArn" in request and "kmsKeyArn" not in request:
            raise invalid("roleArn is only valid together with kmsKeyArn")
        check_quota("active dataset groups in this region", 5, world.all(self.name))

    def check_delete(self, world: World, resource: Resource) -> None:
        """Refuse while there is anything in it."""
        kinds = ("EventTracker", "Solution", "Dataset", "Recommender", "Filter", "MetricAttribution")
        check_unused(resource, [each for kind in kinds for each in world.all(kind, datasetGroupArn=resource.arn)])


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
        check_active(group)
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
        check_unused(resource, [each for each in (*jobs, *versions) if each.operation])

    @staticmethod
    def _fields(world: World, schema_arn: str) -> dict[str, list[str]]:
        return datasets.parse_schema(world.get(schema_arn, "Schema").record["schema"])


class DatasetImportJob(Kind):
    """Reads a CSV from Amazon S3 into a dataset."""

    name = "DatasetImportJob"
    seconds = 5 * MINUTE

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a dataset that is not ready, a first import that is not full, and the sixth at a time."""
        dataset = world.get(request["datasetArn"])
        check_active(dataset)
        if "dataLocation" not in request["dataSource"]:
            raise invalid("dataSource needs a dataLocation")
        if request.get("importMode") == "INCREMENTAL" and "_imported" not in dataset.record:
            raise invalid("The first import into a dataset must be FULL")
        check_quota_of_running(world.all(self.name), 5)

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
        files = world.files(resource.record["dataSource"]["dataLocation"])
        if not files:
            return f"{words} Insufficient privileges for accessing data in Amazon S3."
        schema = datasets.parse_schema(world.get(dataset.record["schemaArn"]).record["schema"])
        rows: list[dict[str, str]] = []
        try:
            for body in files.values():
                rows += datasets.read_csv(body, schema)
        except ValueError as error:
            return f"{words} {error}"
        dataset.rows = [*(dataset.rows if resource.record["importMode"] == "INCREMENTAL" else []), *rows]
        dataset.record["_imported"] = True
        return None
