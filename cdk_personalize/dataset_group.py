"""Dataset groups: containers for the datasets and models of one application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aws_cdk import ArnFormat, RemovalPolicy, Resource, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_personalize as l1
from cdk_personalize_handler import kinds
from constructs import Construct, DependencyGroup

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._service_role import LaterRole, allow_key, check_trust, service_role
from cdk_personalize._uniqueness import claim_of_group
from cdk_personalize._validation import Problem
from cdk_personalize.recipe import Domain

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk.interfaces.aws_personalize import DatasetGroupReference, ISchemaRef

    from cdk_personalize._resource import PersonalizeResource
    from cdk_personalize._uniqueness import Claim
    from cdk_personalize.dataset import Dataset
    from cdk_personalize.dataset_type import DatasetType
    from cdk_personalize.s3_location import S3Location
    from cdk_personalize.schema import ISchema

_ARN_PATH = "dataset-group/<name>"


@runtime_checkable
class IDatasetGroup(ICloudTrailEvents, Protocol):
    """A dataset group, defined in this app or imported."""

    @property
    def dataset_group_arn(self) -> str:
        """The ARN."""

    @property
    def dataset_group_name(self) -> str:
        """The name."""

    @property
    def domain(self) -> Domain | None:
        """The domain.

        None for custom dataset groups, and for imports without a declared domain.
        """


class _DatasetGroupBase(CloudTrailEvents, Resource):
    """Base class of defined and imported dataset groups."""

    _kind = kinds.KINDS["DatasetGroup"]
    dataset_group_arn: str
    dataset_group_name: str
    domain: Domain | None
    _declared_datasets: dict[Any, Dataset]
    """The datasets that this app defines in the group, by type."""
    _is_created_here = False

    @property
    def dataset_group_ref(self) -> DatasetGroupReference:
        """The CDK reference of a dataset group, accepted by generated (L1) constructs."""
        made: DatasetGroupReference = reference("DatasetGroup", dataset_group_arn=self.dataset_group_arn)
        return made

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
        from cdk_personalize.dataset import Dataset
        from cdk_personalize.dataset_import import DatasetImport

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

    _is_created_here = True

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
            props={"name": "dataset_group_name", "kmsKeyArn": "kms_key", "roleArn": "role"},
            adopt=adopt,
            timeout=None,
            problems=problems,
            extra={kinds.NEW_ROLE: None if kms_key is None else later.new_ids},
        )
        self.domain = domain
        """The domain. None for a custom dataset group."""
        self._declared_datasets = {}
        self._datasets = DependencyGroup()
        self._imports = DependencyGroup()
        self.role = role
        """The role that Amazon Personalize assumes to use the key, specified or created. None without a key."""
        if kms_key is not None:
            self.role = role or service_role(self, "Role", "Lets Amazon Personalize use the key of a dataset group")
            later.role = self.role
            check_trust(self, role)
            self._hand_over(self.role, allow_key(self, self.role, kms_key))
        self.apply_removal_policy(removal_policy)
        self.dataset_group_arn = self._arn_attribute("dataset-group")
        """The ARN. Resources that use it are deployed after the group is ACTIVE."""
        self.dataset_group_name = self._name_attribute()
        """The name, specified or generated."""

    @staticmethod
    def from_dataset_group_arn(
        scope: Construct, id: str, dataset_group_arn: str, *, domain: Domain | None = None
    ) -> IDatasetGroup:
        """Import a dataset group.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param dataset_group_arn: the ARN of the group. It may be in another region or account.
        :param domain: The domain, so that conflicts are reported at synthesis. Default: unknown.
        :raises ValidationError: If the value is not the ARN of a dataset group.
        """
        problems = _validation.bad_arn("dataset_group_arn", dataset_group_arn, _ARN_PATH)
        _validation.refuse(scope, id, [*problems, *_validation.wrong_choice("domain", domain, Domain)])
        name = Stack.of(scope).split_arn(dataset_group_arn, ArnFormat.SLASH_RESOURCE_NAME).resource_name
        return _ImportedDatasetGroup(scope, id, dataset_group_arn, str(name), domain)

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
        problems = _validation.bad_name("DatasetGroup", "dataset_group_name", dataset_group_name)
        _validation.refuse(scope, id, [*problems, *_validation.wrong_choice("domain", domain, Domain)])
        stack = Stack.of(scope)
        arn = stack.format_arn(service="personalize", resource="dataset-group", resource_name=dataset_group_name)
        return _ImportedDatasetGroup(scope, id, arn, dataset_group_name, domain)


@implements_reference("DatasetGroup")
class _ImportedDatasetGroup(_DatasetGroupBase):
    def __init__(self, scope: Construct, id: str, arn: str, name: str, domain: Domain | None) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self.dataset_group_arn = arn
        self.dataset_group_name = name
        self.domain = domain
        self._declared_datasets = {}


def problems_of_dataset_group(scope: Construct, group: Any) -> list[Problem]:
    """Return the problems of the dataset group that a construct refers to."""
    if arn_of("DatasetGroup", group) is None:
        remedy = "import it with DatasetGroup.from_dataset_group_arn(...)"
        return [Problem("dataset_group", "must be a dataset group", group, remedy, certain=True)]
    return _validation.other_environment(scope, "dataset_group", group)


def part_of_dataset_group(group: Any) -> str:
    """Return the ARN resource part of a group, with a wildcard for an unknown name."""
    name = getattr(group, "dataset_group_name", getattr(group, "name", None))
    return f"dataset-group/{name}" if isinstance(name, str) and _validation.is_known(name) else "dataset-group/*"


def domain_of(group: Any) -> Domain | None:
    """Return the domain of a dataset group, or None if it is unknown or custom."""
    domain = getattr(group, "domain", None)
    if isinstance(group, l1.CfnDatasetGroup):
        return next((each for each in Domain if each.value == domain), None)
    return domain if isinstance(domain, Domain) else None


def is_custom(group: Any) -> bool:
    """Return whether a dataset group is known at synthesis to have no domain."""
    return isinstance(group, (DatasetGroup, l1.CfnDatasetGroup)) and group.domain is None


def only_one_of_group(kind: str, called: str, group: Any) -> list[Claim]:
    """Return the uniqueness claim of a resource that a group can have only once."""
    return claim_of_group(
        kind,
        arn_of("DatasetGroup", group),
        prop="dataset_group",
        value=path_of_group(group),
        rule=f"can have only one {called}, which {{first}} defines",
        remedy=f"use that {called}, or another dataset group",
    )


def path_of_group(group: Any) -> str | None:
    """Return the construct path of a dataset group, for messages."""
    return group.node.path if isinstance(group, Construct) else None


def declare_dataset(group: Any, dataset: Dataset) -> None:
    """Register a dataset that this app defines in a dataset group."""
    if isinstance(group, _DatasetGroupBase):
        group._declared_datasets.setdefault(dataset.dataset_type, dataset)


def holds(group: Any, made: PersonalizeResource, *, is_import: bool = False) -> None:
    """Make dependents of a dataset group depend on a dataset or an import of it."""
    if isinstance(group, DatasetGroup) and Stack.of(group) == Stack.of(made):
        (group._imports if is_import else group._datasets).add(made._chain[-1])


def comes_after_datasets(group: Any, made: PersonalizeResource) -> None:
    """Make a resource depend on the datasets of its group, including later ones."""
    if isinstance(group, DatasetGroup):
        made._after(group._datasets)


def comes_after_data(group: Any, made: PersonalizeResource) -> None:
    """Make a resource depend on the datasets and imports of its group.

    Datasets and imports that are added later are included.
    """
    if isinstance(group, DatasetGroup):
        made._after(group._datasets, group._imports)
