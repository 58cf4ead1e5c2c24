"""The kinds that hold data: schemas, dataset groups, datasets and what moves data in and out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize.local import datasets, expressions
from cdk_personalize.local.errors import already_exists, invalid, limit_exceeded
from cdk_personalize.local.kind import MINUTE, Kind, check_active, check_quota, check_quota_of_running, check_unused
from cdk_personalize.local.objects import INVALID_INPUT, INVALID_OUTPUT
from cdk_personalize.local.resource import ACTIVE

if TYPE_CHECKING:
    from cdk_personalize.local.emulator import World
    from cdk_personalize.local.kind import Request
    from cdk_personalize.local.resource import Resource


_MOST_FIELDS = 10
_MOST_FIELDS_OF_GROUP = 20
_MOST_METRICS = 10


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

    def arn_path(self, world: World, request: Request) -> str:
        """Return the resource part of the ARN."""
        return f"dataset/{request['datasetGroupArn'].rsplit('/', 1)[1]}/{request['datasetType'].upper()}"

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a group that is not ready, an unknown type, a schema that does not fit, actions in a domain."""
        group = world.get(request["datasetGroupArn"])
        check_active(group)
        dataset_type = request["datasetType"].upper()
        if dataset_type not in datasets.REQUIRED_FIELDS:
            raise invalid(f"datasetType must be one of {', '.join(datasets.REQUIRED_FIELDS)}")
        if dataset_type.startswith("ACTION") and group.record.get("domain"):
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

    def complete(self, world: World, request: Request) -> dict[str, Any]:
        """Add the default mode."""
        return {"importMode": request.get("importMode", "FULL")}

    def created(self, world: World, resource: Resource, ended: float) -> str | None:
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


class DatasetExportJob(Kind):
    """Writes the rows of a dataset to Amazon S3."""

    name = "DatasetExportJob"
    seconds = 5 * MINUTE

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a dataset that is not ready."""
        check_active(world.get(request["datasetArn"]))

    def complete(self, world: World, request: Request) -> dict[str, Any]:
        """Add the default mode."""
        return {"ingestionMode": request.get("ingestionMode", "PUT")}

    def created(self, world: World, resource: Resource, ended: float) -> str | None:
        """Write the file."""
        dataset = world.resources.get(resource.record["datasetArn"])
        if dataset is None:
            return "The dataset was deleted."
        sources = {"BULK": [dataset.rows], "PUT": [dataset.put_rows], "ALL": [dataset.rows, dataset.put_rows]}
        rows = [row for source in sources[resource.record["ingestionMode"]] for row in source]
        columns = list(datasets.parse_schema(world.get(dataset.record["schemaArn"]).record["schema"]))
        path = resource.record["jobOutput"]["s3DataDestination"]["path"]
        # unverified: the name of the file
        name = f"{resource.record['jobName']}/{dataset.record['datasetType'].lower()}.csv"
        return None if world.save(path, name, datasets.write_csv(columns, rows)) else INVALID_OUTPUT


class DataDeletionJob(Kind):
    """Deletes the data of the users that files in Amazon S3 name."""

    name = "DataDeletionJob"
    seconds = 5 * MINUTE
    verb = ""
    done = "COMPLETED"
    failed = "FAILED"

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a group that is not ready, and the sixth that waits."""
        check_active(world.get(request["datasetGroupArn"]))
        if "dataLocation" not in request["dataSource"]:
            raise invalid("dataSource needs a dataLocation")
        waiting = world.all(self.name, datasetGroupArn=request["datasetGroupArn"], status="PENDING")
        check_quota_of_running(waiting, 5)

    def created(self, world: World, resource: Resource, ended: float) -> str | None:
        """Delete the rows of the users."""
        files = world.files(resource.record["dataSource"]["dataLocation"])
        if not files:
            return INVALID_INPUT
        try:
            named = [row for body in files.values() for row in datasets.read_csv(body, {"USER_ID": ["string"]})]
        except ValueError as error:
            return str(error)
        users = {row["USER_ID"] for row in named}
        deleted = 0
        for dataset in world.all("Dataset", datasetGroupArn=resource.record["datasetGroupArn"]):
            for rows in (dataset.rows, dataset.put_rows):
                kept = [row for row in rows if row.get("USER_ID") not in users]
                deleted += len(rows) - len(kept)
                rows[:] = kept
        resource.record["numDeleted"] = deleted
        return None


class EventTracker(Kind):
    """Takes the events of a group; there is one at most."""

    name = "EventTracker"

    def arn_path(self, world: World, request: Request) -> str:
        """Return the resource part of the ARN, which does not follow from the name."""
        return f"event-tracker/{world.mint()}"

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a group that is not ready or has a tracker."""
        group = world.get(request["datasetGroupArn"])
        check_active(group)
        for tracker in world.all(self.name, datasetGroupArn=group.arn):
            raise already_exists(tracker.arn)  # unverified: the exception

    def complete(self, world: World, request: Request) -> dict[str, Any]:
        """Add the id that events are sent with."""
        return {"trackingId": f"{world.mint()}-{world.mint()}", "accountId": world.account}


class Filter(Kind):
    """Keeps items, actions or users out of answers."""

    name = "Filter"

    def check_create(self, world: World, request: Request) -> None:
        """Refuse what is no expression, too many fields, and the 31st."""
        group = world.get(request["datasetGroupArn"])
        if group.status != ACTIVE:  # the model has no ResourceInUseException here
            raise invalid(f"{group.arn} is {group.status}, not ACTIVE")
        fields = expressions.parse(request["filterExpression"]).fields()
        others = world.all(self.name, datasetGroupArn=group.arn)
        check_quota("filters in the dataset group", 30, others)
        all_fields = fields.union(*(expressions.parse(each.record["filterExpression"]).fields() for each in others))
        if len(fields) > _MOST_FIELDS or len(all_fields) > _MOST_FIELDS_OF_GROUP:
            raise limit_exceeded(
                f"A filter has at most {_MOST_FIELDS} distinct fields, "
                f"all filters of a dataset group together {_MOST_FIELDS_OF_GROUP}."
            )

    def check_delete(self, world: World, resource: Resource) -> None:
        """Refuse while a batch inference job uses it. unverified: the exception."""
        jobs = world.all("BatchInferenceJob", filterArn=resource.arn)
        check_unused(resource, [each for each in jobs if each.operation])


class MetricAttribution(Kind):
    """Reports what recommendations bring; there is one at most in a group."""

    name = "MetricAttribution"
    update_verb = "UPDATE"  # unverified: the words, and that the status shows an update at all

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a group that is not ready or has one, and two metrics of a name."""
        group = world.get(request["datasetGroupArn"])
        check_active(group)
        for attribution in world.all(self.name, datasetGroupArn=group.arn):
            raise already_exists(attribution.arn)  # unverified: the exception
        self._check_metrics(request["metrics"])

    def check_update(self, world: World, resource: Resource, changes: Request) -> bool:
        """Refuse to remove what is not there, and to add what is."""
        metrics = resource.record["metrics"]
        unknown = set(changes.get("removeMetrics", [])) - {each["metricName"] for each in metrics}
        if unknown:
            raise invalid(f"There is no metric {', '.join(sorted(unknown))}")  # unverified: the exception
        self._check_metrics(self._changed(metrics, changes))
        return True

    def updated(self, world: World, resource: Resource, changes: Request, ended: float) -> str | None:
        """Take over the metrics and where they go."""
        resource.record["metrics"] = self._changed(resource.record["metrics"], changes)
        if "metricsOutputConfig" in changes:
            resource.record["metricsOutputConfig"] = changes["metricsOutputConfig"]
        return None

    @staticmethod
    def _changed(metrics: list[dict[str, str]], changes: Request) -> list[dict[str, str]]:
        kept = [each for each in metrics if each["metricName"] not in changes.get("removeMetrics", [])]
        return [*kept, *changes.get("addMetrics", [])]

    @staticmethod
    def _check_metrics(metrics: list[dict[str, str]]) -> None:
        names = [each["metricName"] for each in metrics]
        if len(set(names)) != len(names):
            raise invalid("Two metrics have the same metricName")  # unverified: the exception
        if len(names) > _MOST_METRICS:
            raise invalid(f"A metric attribution has at most {_MOST_METRICS} metrics")  # unverified: the exception
