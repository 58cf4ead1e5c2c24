"""Dataset import jobs, dataset export jobs and data deletion jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize.local import datasets
from cdk_personalize.local.errors import invalid
from cdk_personalize.local.kind import MINUTE, ResourceKind
from cdk_personalize.local.objects import INSUFFICIENT_PRIVILEGES, INVALID_INPUT, INVALID_OUTPUT
from cdk_personalize.local.preconditions import require_active, require_running_quota

if TYPE_CHECKING:
    from cdk_personalize.local.kind import Request
    from cdk_personalize.local.registry import ResourceRegistry
    from cdk_personalize.local.resource import EmulatedResource


class DatasetJobKind(ResourceKind):
    """Rules that apply to all jobs that assume a role."""

    seconds = 5 * MINUTE

    def complete(self, registry: ResourceRegistry, request: Request) -> dict[str, Any]:
        """Record whether the role is too new for Amazon Personalize to use it."""
        return {"_role_too_new": registry.is_role_too_new(request.get("roleArn"))}


class DatasetImportJobKind(DatasetJobKind):
    """A job that imports CSV files from Amazon S3 into a dataset."""

    name = "DatasetImportJob"

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if the dataset or the import mode does not allow an import.

        The quota is five running imports.
        """
        dataset = registry.get(request["datasetArn"])
        require_active(dataset)
        if "dataLocation" not in request["dataSource"]:
            raise invalid("dataSource requires a dataLocation")
        if request.get("importMode") == "INCREMENTAL" and "_imported" not in dataset.record:
            raise invalid("The first import into a dataset must be FULL")
        require_running_quota(registry.all(self.name), 5)

    def complete(self, registry: ResourceRegistry, request: Request) -> dict[str, Any]:
        """Add the default import mode."""
        return super().complete(registry, request) | {"importMode": request.get("importMode", "FULL")}

    def finish_creation(self, registry: ResourceRegistry, resource: EmulatedResource, ended: float) -> str | None:
        """Read the files into the dataset. Return a reason if the job fails."""
        dataset = registry.resources.get(resource.record["datasetArn"])
        if dataset is None:
            return "The dataset was deleted."
        words = (
            f"Failed to create a data import job for {dataset.record['datasetType']} dataset {dataset.record['name']}."
        )
        files = registry.read_objects(resource.record["dataSource"]["dataLocation"])
        if resource.record["_role_too_new"] or not files:
            return f"{words} {INSUFFICIENT_PRIVILEGES}"
        schema = registry.schema_of(dataset)
        try:
            rows = [row for body in files.values() for row in datasets.read_csv(body, schema)]
        except ValueError as error:
            return f"{words} {error}"
        dataset.rows = [*(dataset.rows if resource.record["importMode"] == "INCREMENTAL" else []), *rows]
        dataset.record["_imported"] = True
        return None


class DatasetExportJobKind(DatasetJobKind):
    """A job that exports the rows of a dataset to Amazon S3."""

    name = "DatasetExportJob"

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if the dataset is not ACTIVE."""
        require_active(registry.get(request["datasetArn"]))

    def complete(self, registry: ResourceRegistry, request: Request) -> dict[str, Any]:
        """Add the default ingestion mode."""
        return super().complete(registry, request) | {"ingestionMode": request.get("ingestionMode", "PUT")}

    def finish_creation(self, registry: ResourceRegistry, resource: EmulatedResource, ended: float) -> str | None:
        """Write the rows into one file. Return a reason if the job fails."""
        dataset = registry.resources.get(resource.record["datasetArn"])
        if dataset is None:
            return "The dataset was deleted."
        if resource.record["_role_too_new"]:
            return INSUFFICIENT_PRIVILEGES
        sources = {"BULK": [dataset.rows], "PUT": [dataset.put_rows], "ALL": [dataset.rows, dataset.put_rows]}
        rows = [row for source in sources[resource.record["ingestionMode"]] for row in source]
        path = resource.record["jobOutput"]["s3DataDestination"]["path"]
        # unverified: the name of the file
        name = f"{resource.record['jobName']}/{dataset.record['datasetType'].lower()}.csv"
        body = datasets.write_csv(list(registry.schema_of(dataset)), rows)
        return None if registry.write_object(path, name, body) else INVALID_OUTPUT


class DataDeletionJobKind(DatasetJobKind):
    """A job that deletes the data of the users whose IDs are in files in Amazon S3."""

    name = "DataDeletionJob"
    verb = ""
    done = "COMPLETED"
    failed = "FAILED"

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if the group is not ACTIVE, or has five pending jobs."""
        require_active(registry.get(request["datasetGroupArn"]))
        if "dataLocation" not in request["dataSource"]:
            raise invalid("dataSource requires a dataLocation")
        pending = registry.all(self.name, datasetGroupArn=request["datasetGroupArn"], status="PENDING")
        require_running_quota(pending, 5)

    def finish_creation(self, registry: ResourceRegistry, resource: EmulatedResource, ended: float) -> str | None:
        """Delete the rows of the users from all datasets of the group.

        Return a reason if the job fails.
        """
        files = registry.read_objects(resource.record["dataSource"]["dataLocation"])
        if resource.record["_role_too_new"]:
            return INSUFFICIENT_PRIVILEGES
        if not files:
            return INVALID_INPUT
        try:
            named = [row for body in files.values() for row in datasets.read_csv(body, {"USER_ID": ["string"]})]
        except ValueError as error:
            return str(error)
        users = {row["USER_ID"] for row in named}
        deleted = 0
        for dataset in registry.all("Dataset", datasetGroupArn=resource.record["datasetGroupArn"]):
            for rows in (dataset.rows, dataset.put_rows):
                kept = [row for row in rows if row.get("USER_ID") not in users]
                deleted += len(rows) - len(kept)
                rows[:] = kept
        resource.record["numDeleted"] = deleted
        return None
