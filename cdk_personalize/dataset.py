"""Datasets of interactions, items, users or actions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aws_cdk import IResource, RemovalPolicy, Resource
from aws_cdk import aws_iam as iam
from cdk_personalize_handler import kinds
from typing_extensions import Protocol, runtime_checkable

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._grants import grant
from cdk_personalize._group_members import (
    add_dataset,
    domain_of,
    iam_resource_of_dataset_group,
    is_custom,
    path_of_group,
    problems_of_dataset_group,
)
from cdk_personalize._imports import ImportedResource
from cdk_personalize._metrics import (
    IMPORT,
    PUT_ITEMS,
    PUT_USERS,
    IImportMetrics,
    ImportMetrics,
    IResourceMetrics,
    RealTimeMetrics,
    ResourceMetrics,
    group_arn_of_dataset,
)
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._retention import warn_of_retention
from cdk_personalize._uniqueness import claim_of_group
from cdk_personalize._validation import Problem
from cdk_personalize.dataset_type import DatasetType, of_actions
from cdk_personalize.schema import Schema, problems_of_schema

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk.interfaces.aws_personalize import DatasetReference, IDatasetGroupRef, ISchemaRef
    from constructs import Construct
    from typing_extensions import Unpack

    from cdk_personalize._uniqueness import Claim
    from cdk_personalize.dataset_group import IDatasetGroup
    from cdk_personalize.metric_options import JobMetricOptions, ResourceMetricOptions
    from cdk_personalize.schema import ISchema


@runtime_checkable
class IDataset(IResource, ICloudTrailEvents, IImportMetrics, IResourceMetrics, Protocol):
    """A dataset, defined in this app or imported."""

    @property
    def dataset_arn(self) -> str:
        """The ARN of the dataset."""

    def grant_put_items(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to add items."""

    def grant_put_users(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to add users."""

    def grant_put_actions(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to add actions."""

    def grant_put_action_interactions(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to record interactions of users with actions."""

    def metric_put_items_requests(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of successful requests to add items."""

    def metric_put_items_4xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of rejected requests to add items (4xx)."""

    def metric_put_items_5xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of requests to add items with a server error (5xx)."""

    def metric_put_items_latency(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the latency of requests to add items, in milliseconds."""

    def metric_put_users_requests(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of successful requests to add users."""

    def metric_put_users_4xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of rejected requests to add users (4xx)."""

    def metric_put_users_5xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of requests to add users with a server error (5xx)."""

    def metric_put_users_latency(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the latency of requests to add users, in milliseconds."""


class _DatasetBase(CloudTrailEvents, ImportMetrics, ResourceMetrics, Resource):
    """Base class of defined and imported datasets."""

    _kind = kinds.KINDS["Dataset"]

    dataset_arn: str

    @property
    def dataset_ref(self) -> DatasetReference:
        """The CDK reference of a dataset, accepted by generated (L1) constructs."""
        ref: DatasetReference = reference("Dataset", dataset_arn=self.dataset_arn)
        return ref

    def grant_put_items(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to add items to this dataset, of type ITEMS.

        :param grantee: The identity that receives the permission.
        """
        return self._grant(grantee, "PutItems")

    def grant_put_users(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to add users to this dataset, of type USERS.

        :param grantee: The identity that receives the permission.
        """
        return self._grant(grantee, "PutUsers")

    def grant_put_actions(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to add actions to this dataset, of type ACTIONS.

        :param grantee: The identity that receives the permission.
        """
        return self._grant(grantee, "PutActions")

    def grant_put_action_interactions(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to record interactions of users with actions.

        Only for a dataset of type ACTION_INTERACTIONS. IAM does not support resource-level permissions for
        PutActionInteractions, so that the grant covers all datasets of the account.

        :param grantee: The identity that receives the permission.
        """
        return self._grant(grantee, "PutActionInteractions", on="*")

    def metric_put_items_requests(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of successful requests to add items.

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._sum(PUT_ITEMS.requests, options)

    def metric_put_items_4xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of rejected requests to add items (4xx).

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._sum(PUT_ITEMS.client_errors, options)

    def metric_put_items_5xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of requests to add items with a server error (5xx).

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._sum(PUT_ITEMS.server_errors, options)

    def metric_put_items_latency(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the latency of requests to add items, in milliseconds.

        :param options: The options of the metric. Default: the average over 5 minutes.
        """
        return self.metric(PUT_ITEMS.latency, **options)

    def metric_put_users_requests(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of successful requests to add users.

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._sum(PUT_USERS.requests, options)

    def metric_put_users_4xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of rejected requests to add users (4xx).

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._sum(PUT_USERS.client_errors, options)

    def metric_put_users_5xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of requests to add users with a server error (5xx).

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._sum(PUT_USERS.server_errors, options)

    def metric_put_users_latency(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the latency of requests to add users, in milliseconds.

        :param options: The options of the metric. Default: the average over 5 minutes.
        """
        return self.metric(PUT_USERS.latency, **options)

    def _dimensions(self) -> dict[str, str]:
        return {"DatasetGroupArn": group_arn_of_dataset(self.dataset_arn), "DatasetArn": self.dataset_arn}

    def _of_imports(self, metric_name: str, options: JobMetricOptions) -> cloudwatch.MathExpression:
        return IMPORT.over_all(metric_name, {"DatasetArn": self.dataset_arn}, **options)

    def _operations(self) -> tuple[RealTimeMetrics, ...]:
        by_type = {DatasetType.ITEMS.name: (PUT_ITEMS,), DatasetType.USERS.name: (PUT_USERS,)}
        declared = getattr(self, "dataset_type", None)
        known = self.dataset_arn.rpartition("/")[2] if _validation.is_known(self.dataset_arn) else None
        name = declared.name if isinstance(declared, DatasetType) else known
        return (PUT_ITEMS, PUT_USERS) if name is None else by_type.get(name, ())

    def _grant(self, grantee: iam.IGrantable, operation: str, *, on: str | None = None) -> iam.Grant:
        return grant(self, grantee, operation, self.dataset_arn if on is None else on)


@implements_reference("Dataset")
class Dataset(TaggableResource, _DatasetBase):
    """A dataset of interactions, items, users or actions.

    It is empty until data is imported or recorded. A dataset group can have one dataset of each type.

    https://docs.aws.amazon.com/personalize/latest/dg/data-prep-creating-datasets.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset_group: IDatasetGroup | IDatasetGroupRef,
        schema: ISchema | ISchemaRef,
        dataset_type: DatasetType | None = None,
        dataset_name: str | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        adopt: bool | None = None,
    ) -> None:
        """Create a dataset.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param dataset_group: The dataset group: a construct, an import, or a `CfnDatasetGroup`. A change replaces the
            dataset, whose data stays in the previous one.
        :param schema: The schema of the data: a construct, an import, or a `CfnSchema`. Amazon Personalize accepts a
            new schema that only adds nullable columns. Updated in place.
        :param dataset_type: The type of data. Default: the type of the schema; required if the schema is imported or
            its JSON has no known record name. A change replaces the dataset, whose data stays in the previous one.
        :param dataset_name: The name: 1 to 63 letters, digits, hyphens or underscores, starting with a letter or a
            digit. Default: a unique name is generated. A change replaces the dataset; that fails, because the dataset
            group still has the previous one.
        :param removal_policy: The removal policy of the dataset and its data when it is deleted from the stack or
            replaced: RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY. Default: RETAIN, except that a rolled-back creation
            is deleted. Updated in place.
        :param adopt: Whether to adopt an existing dataset of that name when the construct is first deployed. The
            dataset is updated in place to the declared configuration; properties that are not declared keep their
            values, and a different create-only property fails the deployment. The stack then owns the dataset and
            deletes it like one that it created; a rollback of the adoption releases it. If there is no such dataset, it
            is created. Default: false. Updated in place; a later change has no effect.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        told = dataset_type if dataset_type is not None else getattr(schema, "dataset_type", None)
        problems = [
            *problems_of_dataset_group(scope, dataset_group),
            *problems_of_schema(scope, schema),
            *_validation.wrong_choice("dataset_type", dataset_type, DatasetType),
            *_validation.wrong_choice("removal_policy", removal_policy, RemovalPolicy),
            *_problems_of_type(dataset_group, schema, told),
        ]
        part = iam_resource_of_dataset_group(dataset_group)
        segment = told.name if isinstance(told, DatasetType) else "*"
        super().__init__(
            scope,
            id,
            kind="Dataset",
            request={
                "datasetGroupArn": arn_of("DatasetGroup", dataset_group),
                "schemaArn": arn_of("Schema", schema),
                "datasetType": told.value if isinstance(told, DatasetType) else told,
            },
            name=dataset_name,
            adopt=adopt,
            timeout=None,
            problems=problems,
            resources=[f"{part.replace('dataset-group/', 'dataset/', 1)}/{segment}"],
            parents=[part],
            claims=_claims(dataset_group, told),
        )
        self.dataset_type = told
        """The type of data in the dataset."""
        self._group = dataset_group
        self._schema = schema
        add_dataset(dataset_group, self, told)
        warn_of_retention(self, dataset_group=dataset_group, schema=schema)
        self.apply_removal_policy(removal_policy)
        self.dataset_arn = self._attribute("DatasetArn")
        """The ARN of the dataset. Resources that use the ARN are deployed after the dataset is ACTIVE."""
        self.dataset_name = self._name_attribute()
        """The name of the dataset, specified or generated."""

    @property
    def tracking_id(self) -> str:
        """The tracking ID, which PutActionInteractions requires.

        Only for datasets of type ACTION_INTERACTIONS.

        :raises ValidationError: If the dataset is of another type.
        """
        if isinstance(self.dataset_type, DatasetType) and self.dataset_type is not DatasetType.ACTION_INTERACTIONS:
            rule = "is only available for datasets of type ACTION_INTERACTIONS"
            remedy = "use an EventTracker for item interactions"
            _validation.refuse(self, "", [Problem("tracking_id", rule, self.dataset_type, remedy, certain=True)])
        return self._attribute("TrackingId")

    @staticmethod
    def from_dataset_arn(scope: Construct, id: str, dataset_arn: str) -> IDataset:
        """Import a dataset.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param dataset_arn: The ARN of the dataset. It may be in another region or account.
        :raises ValidationError: If the value is not the ARN of a dataset.
        """
        return _ImportedDataset.from_arn(scope, id, dataset_arn)


@implements_reference("Dataset")
class _ImportedDataset(ImportedResource, _DatasetBase):
    """An imported dataset."""

    _arn_path = "dataset/<group>/<type>"


def problems_of_dataset(scope: Construct, dataset: Any) -> list[Problem]:
    """Return the problems of the prop `dataset`: its type, account and region."""
    if arn_of("Dataset", dataset) is None:
        remedy = "import it with Dataset.from_dataset_arn(...)"
        return [Problem("dataset", "must be a dataset", dataset, remedy, certain=True)]
    return _validation.other_environment(scope, "dataset", dataset)


def group_of(dataset: Any) -> Any:
    """Return the dataset group of a dataset. None if another app defines it."""
    return dataset._group if isinstance(dataset, Dataset) else None


def iam_resource_of_dataset(dataset: Any) -> str:
    """Return the IAM resource of a dataset, such as `dataset/my-group/ITEMS`.

    It is `dataset/*` if the ARN is not known at synthesis.
    """
    arn = arn_of("Dataset", dataset)
    match = re.fullmatch(r"(?:[^:]+:){5}(dataset/[^/]+/[^/]+)", arn) if isinstance(arn, str) else None
    return match[1] if match and _validation.is_known(arn) else "dataset/*"


def _claims(group: Any, dataset_type: Any) -> list[Claim]:
    """Return the claim that the dataset is the only one of its type in the group."""
    if not isinstance(dataset_type, DatasetType):
        return []
    where = path_of_group(group)
    return claim_of_group(
        dataset_type.value,
        arn_of("DatasetGroup", group),
        prop="dataset_type",
        value=dataset_type,
        rule=f"must be unique in the dataset group{f' {where}' if where else ''}: {{first}} already has it",
        remedy="use that dataset, or another dataset group",
    )


def _problems_of_type(group: Any, schema: Any, dataset_type: Any) -> list[Problem]:
    """Return conflicts between the type, group and schema of a dataset."""
    problems = []
    if dataset_type is None:
        problems.append(Problem("dataset_type", "is required if the schema does not have a known type", None))
    domain = domain_of(group)
    if domain is not None and of_actions(dataset_type):
        rule = "must be INTERACTIONS, ITEMS or USERS in a dataset group with a domain"
        problems.append(Problem("dataset_type", rule, dataset_type, certain=True))
    if isinstance(schema, Schema):
        schema_type = schema.dataset_type
        problems += schema._problems_as("schema", dataset_type)
        if isinstance(dataset_type, DatasetType) and schema_type not in (None, dataset_type):
            rule = f"must be the type of the schema, {_validation.shown(schema_type)}"
            problems.append(Problem("dataset_type", rule, dataset_type))
        schema_domain, known = domain_of(schema), schema.domain is None or domain_of(schema) is not None
        if known and schema_domain is not domain and (domain is not None or is_custom(group)):
            same_domain = f"of {_validation.shown(domain)}, the domain of the dataset group"
            expected = "without a domain" if domain is None else same_domain
            got = _validation.Verbatim("one without a domain") if schema_domain is None else schema_domain
            problems.append(Problem("schema", f"must be {expected}", got, certain=True))
    return problems
