"""Dataset groups: containers for the datasets and models of one application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import IResource, RemovalPolicy, Resource
from aws_cdk import aws_iam as iam
from cdk_personalize_handler import kinds
from typing_extensions import Protocol, runtime_checkable

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._group_members import GroupMembers
from cdk_personalize._imports import ImportedResource
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import TaggableResource
from cdk_personalize._service_role import LaterRole, allow_key, check_trust, service_role
from cdk_personalize._validation import Problem
from cdk_personalize.dataset import Dataset
from cdk_personalize.dataset_import import DatasetImport
from cdk_personalize.recipe import Domain

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk.interfaces.aws_personalize import DatasetGroupReference, ISchemaRef
    from constructs import Construct

    from cdk_personalize.dataset_type import DatasetType
    from cdk_personalize.s3_location import S3Location
    from cdk_personalize.schema import ISchema


@runtime_checkable
class IDatasetGroup(IResource, ICloudTrailEvents, Protocol):
    """A dataset group, defined in this app or imported."""

    @property
    def dataset_group_arn(self) -> str:
        """The ARN of the dataset group."""

    @property
    def dataset_group_name(self) -> str:
        """The name of the dataset group."""

    @property
    def domain(self) -> Domain | None:
        """The domain of the dataset group.

        None for custom dataset groups, and for imports without a declared domain.
        """


class _DatasetGroupBase(CloudTrailEvents, Resource):
    """Base class of defined and imported dataset groups."""

    _kind = kinds.KINDS["DatasetGroup"]
    dataset_group_arn: str
    dataset_group_name: str
    domain: Domain | None
    _members: GroupMembers

    @property
    def dataset_group_ref(self) -> DatasetGroupReference:
        """The CDK reference of a dataset group, accepted by generated (L1) constructs."""
        ref: DatasetGroupReference = reference("DatasetGroup", dataset_group_arn=self.dataset_group_arn)
        return ref

    def add_dataset(
        self,
        id: str,
        *,
        schema: ISchema | ISchemaRef,
        dataset_type: DatasetType | None = None,
        dataset_name: str | None = None,
        import_from: S3Location | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        adopt: bool | None = None,
    ) -> Dataset:
        """Add a dataset, and optionally import data into it.

        :param id: The construct ID of the dataset, unique within this group.
        :param schema: The schema of the data.
        :param dataset_type: The type of data. Default: the type of the schema.
        :param dataset_name: The name. Default: a unique name is generated.
        :param import_from: The S3 location of CSV files for a first import. Default: no import.
        :param removal_policy: The removal policy of the dataset and its data. Default: RETAIN.
        :param adopt: Whether to adopt an existing dataset of that name. Default: false.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        dataset = Dataset(
            self,
            id,
            dataset_group=self,
            schema=schema,
            dataset_type=dataset_type,
            dataset_name=dataset_name,
            removal_policy=removal_policy,
            adopt=adopt,
        )
        if import_from is not None:
            DatasetImport(dataset, "Import", dataset=dataset, source=import_from)
        return dataset


@implements_reference("DatasetGroup")
class DatasetGroup(TaggableResource, _DatasetGroupBase):
    """A dataset group: the container for the datasets and models of one application.

    A dataset group costs nothing. With a domain it supports recommenders, without a domain (custom) it supports
    solutions. All resources in it must be deleted before it can be deleted. In the same stack, solutions and
    recommenders depend on its datasets and imports, filters and event trackers on its datasets.

    https://docs.aws.amazon.com/personalize/latest/dg/data-prep-ds-group.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset_group_name: str | None = None,
        domain: Domain | None = None,
        kms_key: kms.IKey | None = None,
        role: iam.IRole | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        adopt: bool | None = None,
    ) -> None:
        """Create a dataset group.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param dataset_group_name: The name: 1 to 63 letters, digits, hyphens or underscores, starting with a letter or
            a digit. Default: a unique name is generated. A change replaces the group, whose data stays in the previous
            one.
        :param domain: The domain of the use cases. Default: none, for a custom dataset group. A change replaces the
            group, whose data stays in the previous one.
        :param kms_key: The KMS key that encrypts the data. Default: a key of Amazon Personalize. A change replaces the
            group, whose data stays in the previous one.
        :param role: The role that Amazon Personalize assumes to use `kms_key`; it receives the required permissions.
            Default: a role is created if `kms_key` is set. A change replaces the group, whose data stays in the
            previous one.
        :param removal_policy: The removal policy of the group and its data when it is deleted from the stack or
            replaced: RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY. Default: RETAIN, except that a rolled-back creation
            is deleted. Updated in place.
        :param adopt: Whether to adopt an existing dataset group of that name when the construct is first deployed. The
            dataset group is updated in place to the declared configuration; properties that are not declared keep their
            values, and a different create-only property fails the deployment. The stack then owns the dataset group and
            deletes it like one that it created; a rollback of the adoption releases it. If there is no such dataset
            group, it is created. Default: false. Updated in place; a later change has no effect.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        later = LaterRole(scope)
        problems = [
            *_validation.wrong_choice("domain", domain, Domain),
            *_validation.wrong_choice("removal_policy", removal_policy, RemovalPolicy),
            *_validation.wrong_object("kms_key", kms_key, "key_arn", "a key"),
            *_validation.wrong_object("role", role, "role_arn", "a role"),
        ]
        if role is not None and kms_key is None:
            problems.append(Problem("role", "requires kms_key", role, certain=True))
        key_arn = getattr(kms_key, "key_arn", None)
        super().__init__(
            scope,
            id,
            kind="DatasetGroup",
            request={
                "domain": domain.value if isinstance(domain, Domain) else domain,
                "kmsKeyArn": key_arn,
                "roleArn": None if key_arn is None else later.arn,
            },
            name=dataset_group_name,
            adopt=adopt,
            timeout=None,
            problems=problems,
            extra={kinds.NEW_ROLE: None if kms_key is None else later.new_ids},
        )
        self.domain = domain
        """The domain of the dataset group. None for a custom dataset group."""
        self._members = GroupMembers(is_defined_here=True)
        self.role = role
        """The role that Amazon Personalize assumes to use the key, specified or created. None without a key."""
        if kms_key is not None:
            self.role = role or service_role(self, "Role", "Lets Amazon Personalize use the key of a dataset group")
            later.role = self.role
            check_trust(self, role)
            self._pass_role(self.role, allow_key(self, self.role, kms_key))
        self.apply_removal_policy(removal_policy)
        self.dataset_group_arn = self._arn_attribute("dataset-group")
        """The ARN of the dataset group. Resources that use the ARN are deployed after the group is ACTIVE."""
        self.dataset_group_name = self._name_attribute()
        """The name of the dataset group, specified or generated."""

    @staticmethod
    def from_dataset_group_arn(
        scope: Construct, id: str, dataset_group_arn: str, *, domain: Domain | None = None
    ) -> IDatasetGroup:
        """Import a dataset group.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param dataset_group_arn: The ARN of the group. It may be in another region or account.
        :param domain: The domain, so that conflicts are reported at synthesis. Default: unknown.
        :raises ValidationError: If the value is not the ARN of a dataset group.
        """
        problems = _validation.wrong_choice("domain", domain, Domain)
        imported = _ImportedDatasetGroup.from_arn(scope, id, dataset_group_arn, problems)
        imported.domain = domain
        return imported

    @staticmethod
    def from_dataset_group_name(
        scope: Construct, id: str, dataset_group_name: str, *, domain: Domain | None = None
    ) -> IDatasetGroup:
        """Import a dataset group in the account and region of the stack.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param dataset_group_name: The name of the group.
        :param domain: The domain, so that conflicts are reported at synthesis. Default: unknown.
        :raises ValidationError: If the value is not a valid name.
        """
        problems = _validation.wrong_choice("domain", domain, Domain)
        imported = _ImportedDatasetGroup.from_name(scope, id, dataset_group_name, problems)
        imported.domain = domain
        return imported


@implements_reference("DatasetGroup")
class _ImportedDatasetGroup(ImportedResource, _DatasetGroupBase):
    """An imported dataset group."""

    def __init__(self, scope: Construct, id: str, arn: str, name: str | None) -> None:
        super().__init__(scope, id, arn, name)
        self.domain = None
        self._members = GroupMembers(is_defined_here=False)
