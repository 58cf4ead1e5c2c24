"""Schemas, dataset groups and datasets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import schemas
from cdk_personalize.local.errors import invalid
from cdk_personalize.local.kind import ResourceKind
from cdk_personalize.local.preconditions import require_active, require_quota, require_unused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_personalize.local.kind import Request
    from cdk_personalize.local.registry import ResourceRegistry
    from cdk_personalize.local.resource import EmulatedResource

_UNFINISHED = ("CREATE PENDING", "CREATE IN_PROGRESS")


class SchemaKind(ResourceKind):
    """A schema. It has no status: it is created and deleted at once."""

    name = "Schema"
    has_status = False

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if the schema is not valid, or if 500 exist."""
        schemas.require_valid_schema(request["schema"])
        require_quota("schemas in this region", 500, registry.all(self.name))

    def require_deletable(self, registry: ResourceRegistry, resource: EmulatedResource) -> None:
        """Raise ResourceInUseException if a dataset uses it."""
        require_unused(resource, registry.all("Dataset", schemaArn=resource.arn))


class DatasetGroupKind(ResourceKind):
    """A dataset group, which contains all other resources."""

    name = "DatasetGroup"

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if only one of role and key is set, or at the quota.

        The quota is five groups.
        """
        if "roleArn" in request and "kmsKeyArn" not in request:
            raise invalid("roleArn is only valid together with kmsKeyArn")
        if "kmsKeyArn" in request and "roleArn" not in request:
            raise invalid("kmsKeyArn requires roleArn, a role that has access to the key")
        require_quota("active dataset groups in this region", 5, registry.all(self.name))

    def require_deletable(self, registry: ResourceRegistry, resource: EmulatedResource) -> None:
        """Raise ResourceInUseException if the group is not empty."""
        kinds = ("EventTracker", "Solution", "Dataset", "Recommender", "Filter", "MetricAttribution")
        require_unused(resource, [each for kind in kinds for each in registry.all(kind, datasetGroupArn=resource.arn)])


class DatasetKind(ResourceKind):
    """A dataset. A dataset group has at most one dataset of each type.

    Its ARN follows from the group and the type, not from its name.
    """

    name = "Dataset"
    update_verb = "UPDATE"
    update_seconds = 110.0

    def arn_path(self, registry: ResourceRegistry, request: Request) -> str:
        """Return the resource part of a dataset's ARN."""
        return f"dataset/{request['datasetGroupArn'].rsplit('/', 1)[1]}/{request['datasetType'].upper()}"

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if the type or the schema does not fit an ACTIVE group."""
        group = registry.get(request["datasetGroupArn"])
        require_active(group)
        dataset_type = request["datasetType"].upper()
        if dataset_type not in schemas.REQUIRED_FIELDS:
            raise invalid(f"datasetType must be one of {', '.join(schemas.REQUIRED_FIELDS)}")
        if dataset_type.startswith("ACTION") and group.record.get("domain"):
            # unverified: the exception type
            raise invalid("Actions and Action_Interactions datasets are for custom dataset groups only")
        self._require_schema(registry, request["schemaArn"], dataset_type, group)

    def complete(self, registry: ResourceRegistry, request: Request) -> dict[str, Any]:
        """Add the tracking ID of an Action_Interactions dataset."""
        dataset_type = request["datasetType"].upper()
        tracking = {"trackingId": registry.new_uuid()} if dataset_type == "ACTION_INTERACTIONS" else {}
        return {"datasetType": dataset_type, **tracking}

    def require_updatable(self, registry: ResourceRegistry, resource: EmulatedResource, changes: Request) -> None:
        """Raise ServiceError if the schema does not fit or cannot replace the previous."""
        group = registry.get(resource.record["datasetGroupArn"])
        previous, schema = (registry.get(each["schemaArn"], "Schema").record for each in (resource.record, changes))
        schemas.require_replaceable_schema(previous["schema"], schema["schema"], resource.record["datasetType"])
        self._require_schema(registry, changes["schemaArn"], resource.record["datasetType"], group)

    def require_deletable(self, registry: ResourceRegistry, resource: EmulatedResource) -> None:
        """Raise ResourceInUseException if a documented precondition is not met.

        https://docs.aws.amazon.com/personalize/latest/dg/delete-dataset.html
        """
        require_unused(resource, self._dependents(registry, resource))

    @staticmethod
    def _dependents(registry: ResourceRegistry, dataset: EmulatedResource) -> Iterator[EmulatedResource]:
        group, dataset_type = dataset.record["datasetGroupArn"], dataset.record["datasetType"]
        yield from registry.all("Filter", datasetGroupArn=group)
        if dataset_type == "INTERACTIONS":
            yield from registry.all("EventTracker", datasetGroupArn=group)
        for attribution in registry.all("MetricAttribution", datasetGroupArn=group):
            if dataset_type in _referenced_types(attribution):
                yield attribution
        for job in registry.all("DatasetImportJob", datasetArn=dataset.arn):
            if job.status in _UNFINISHED:
                yield job
        solutions = {each.arn for each in registry.all("Solution", datasetGroupArn=group)}
        for kind in ("BatchInferenceJob", "BatchSegmentJob", "Recommender", "SolutionVersion", "Campaign"):
            statuses = (*_UNFINISHED, "ACTIVE") if kind == "Campaign" else _UNFINISHED
            for each in registry.all(kind):
                version = each.record.get("solutionVersionArn", "")
                if each.status in statuses and (
                    each.record.get("datasetGroupArn") == group or version.rpartition("/")[0] in solutions
                ):
                    yield each

    @staticmethod
    def _require_schema(
        registry: ResourceRegistry, schema_arn: str, dataset_type: str, group: EmulatedResource
    ) -> None:
        schema, domain = registry.get(schema_arn, "Schema").record, group.record.get("domain")
        if schema.get("domain", domain) != domain:
            # unverified: the exception type; and that a schema without a domain passes in a Domain dataset group
            raise invalid(f"{schema_arn} is of the domain {schema['domain']}, {group.arn} of {domain or 'none'}")
        schemas.require_fitting_schema(schema["schema"], dataset_type, domain)


def _referenced_types(attribution: EmulatedResource) -> set[str]:
    """Return the dataset types that a metric attribution refers to.

    An expression such as `SUM(Items.PRICE)` names a dataset type. Inferred, not documented: every metric also refers to
    interactions.
    """
    expressions = " ".join(metric["expression"] for metric in attribution.record["metrics"])
    return {"INTERACTIONS", *(name.upper() for name in re.findall(r"(\w+)\.", expressions))}
