"""Dataset groups: what holds the data of one application, and everything that is made from it."""

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
    """A dataset group, owned by this app or not."""

    @property
    def dataset_group_arn(self) -> str:
        """The ARN."""

    @property
    def dataset_group_name(self) -> str:
        """The name."""

    @property
    def domain(self) -> Domain | None:
        """The domain; absent in custom groups, and in imports that do not tell."""


class _DatasetGroupBase(CloudTrailEvents, Resource):
    """What owned and imported dataset groups have in common: it follows from the ARN."""

    _kind = kinds.KINDS["DatasetGroup"]
    dataset_group_arn: str
    dataset_group_name: str
    domain: Domain | None
    _declared_datasets: dict[Any, Dataset]
    """The datasets that this app declares in the group, by type."""
    _is_created_here = False

    @property
    def dataset_group_ref(self) -> DatasetGroupReference:
        """The reference by which CDK's generated constructs take a dataset group."""
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
        """Add a dataset, and import data into it.

        :param id: the id of the dataset within this group.
        :param schema: The schema of the data.
        :param dataset_type: What the data tells of. Default: what the schema is for.
        :param dataset_name: The name. Default: a unique name is generated.
        :param import_from: Where the first data is: CSV files of Amazon S3. Default: nothing is imported.
        :param removal_policy: What happens to the dataset and its data when it leaves the stack. Default: it is kept.
        :param adopt: Whether it takes over a dataset of that name that was made by hand. Default: false.
        :raises ValidationError: when a value is one that Amazon Personalize would refuse.
        """
        # Here, because datasets need this module.
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
    """What holds the data of one application, and everything that is made from it.

    It costs nothing by itself. With a domain it is for recommenders, without for solutions of one's own. Everything in
    it has to be gone before it can be deleted. What is trained on it waits for its datasets and imports of the same
    stack, filters and trackers for its datasets.

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
        """Make a dataset group.

        :param scope: the scope of the construct.
        :param id: its id there.
        :param dataset_group_name: The name, 1 to 63 letters, digits, hyphens and underscores, the first a letter or a
            digit. Default: a unique name is generated. A change replaces the group, whose data stays behind.
        :param domain: The domain whose use cases the group is for. Default: none, for a custom group.
            A change replaces the group, whose data stays behind.
        :param kms_key: The key to encrypt the data with. Default: one of Amazon Personalize's.
            A change replaces the group, whose data stays behind.
        :param role: The role by which Amazon Personalize uses `kms_key`; it gets the rights that it needs.
            Default: a role is made where there is a key. A change replaces the group, whose data stays behind.
        :param removal_policy: What happens to the group and its data when it leaves the stack, or is replaced:
            RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY. Default: it is kept, except when its creation is rolled
            back. Changed in place.
        :param adopt: Whether the construct, when it is new in the stack, takes over a dataset group of that name that
            was made by hand: it is updated in place to what is declared, what is not declared stays, and what only a
            new one can have is refused. Afterwards it is the stack's as if made by it, and removed like that; a
            deployment that fails gives it back. Where there is none, one is made. Default: false. Changed in place,
            with no effect by itself.
        :raises ValidationError: when a value is one that Amazon Personalize would refuse.
        """
        later = LaterRole(scope)
        problems = [
            *_validation.wrong_choice("domain", domain, Domain),
            *_validation.wrong_choice("removal_policy", removal_policy, RemovalPolicy),
            *_validation.wrong_object("kms_key", kms_key, "key_arn", "a key"),
            *_validation.wrong_object("role", role, "role_arn", "a role"),
        ]
        if role is not None and kms_key is None:
            problems.append(Problem("role", "needs a kms_key, which it is for", role, certain=True))
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
        """The domain, or nothing for a custom group."""
        self._declared_datasets = {}
        self._datasets = DependencyGroup()
        self._imports = DependencyGroup()
        self.role = role
        """The role by which Amazon Personalize uses the key, made or given; nothing without a key."""
        if kms_key is not None:
            self.role = role or service_role(self, "Role", "Lets Amazon Personalize use the key of a dataset group")
            later.role = self.role
            check_trust(self, role)
            self._hand_over(self.role, allow_key(self, self.role, kms_key))
        self.apply_removal_policy(removal_policy)
        self.dataset_group_arn = self._arn_attribute("dataset-group")
        """The ARN; who uses it waits until the group is ACTIVE."""
        self.dataset_group_name = self._name_attribute()
        """The name, generated or given."""

    @staticmethod
    def from_dataset_group_arn(
        scope: Construct, id: str, dataset_group_arn: str, *, domain: Domain | None = None
    ) -> IDatasetGroup:
        """Import a dataset group.

        :param scope: the scope of the import.
        :param id: its id there.
        :param dataset_group_arn: the ARN of the group, which may be of another region or account.
        :param domain: its domain, so that what does not fit is told at synth. Default: not known.
        :raises ValidationError: when it is not the ARN of a dataset group.
        """
        problems = _validation.bad_arn("dataset_group_arn", dataset_group_arn, _ARN_PATH)
        _validation.refuse(scope, id, [*problems, *_validation.wrong_choice("domain", domain, Domain)])
        name = Stack.of(scope).split_arn(dataset_group_arn, ArnFormat.SLASH_RESOURCE_NAME).resource_name
        return _ImportedDatasetGroup(scope, id, dataset_group_arn, str(name), domain)

    @staticmethod
    def from_dataset_group_name(
        scope: Construct, id: str, dataset_group_name: str, *, domain: Domain | None = None
    ) -> IDatasetGroup:
        """Import a dataset group of the stack's own account and region.

        :param scope: the scope of the import.
        :param id: its id there.
        :param dataset_group_name: the name of the group.
        :param domain: its domain, so that what does not fit is told at synth. Default: not known.
        :raises ValidationError: when it cannot be a name.
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
    """Return what is wrong with the dataset group that a construct is given."""
    if arn_of("DatasetGroup", group) is None:
        remedy = "import it with DatasetGroup.from_dataset_group_arn(...)"
        return [Problem("dataset_group", "must be a dataset group", group, remedy, certain=True)]
    return _validation.other_environment(scope, "dataset_group", group)


def part_of_dataset_group(group: Any) -> str:
    """Return the resource part of a group's ARN, with a wildcard for a name that is not known at synth."""
    name = getattr(group, "dataset_group_name", getattr(group, "name", None))
    return f"dataset-group/{name}" if isinstance(name, str) and _validation.is_known(name) else "dataset-group/*"


def domain_of(group: Any) -> Domain | None:
    """Return the domain of a group, where it has one and it is known at synth."""
    domain = getattr(group, "domain", None)
    if isinstance(group, l1.CfnDatasetGroup):
        return next((each for each in Domain if each.value == domain), None)
    return domain if isinstance(domain, Domain) else None


def is_custom(group: Any) -> bool:
    """Tell whether a group is known at synth to have no domain."""
    return isinstance(group, (DatasetGroup, l1.CfnDatasetGroup)) and group.domain is None


def only_one_of_group(kind: str, called: str, group: Any) -> list[Claim]:
    """Return the claim of a resource of which a dataset group takes at most one."""
    return claim_of_group(
        kind,
        arn_of("DatasetGroup", group),
        prop="dataset_group",
        value=path_of_group(group),
        rule=f"can have at most one {called}: {{first}} is it",
        remedy=f"use that {called}, or another dataset group",
    )


def path_of_group(group: Any) -> str | None:
    """Return the construct path of a group, by which messages name it."""
    return group.node.path if isinstance(group, Construct) else None


def declare_dataset(group: Any, dataset: Dataset) -> None:
    """Record a dataset that this app declares in a group."""
    if isinstance(group, _DatasetGroupBase):
        group._declared_datasets.setdefault(dataset.dataset_type, dataset)


def holds(group: Any, made: PersonalizeResource, *, is_import: bool = False) -> None:
    """Have what is made from a group of the same stack come after a dataset or an import of it."""
    if isinstance(group, DatasetGroup) and Stack.of(group) == Stack.of(made):
        (group._imports if is_import else group._datasets).add(made._chain[-1])


def comes_after_datasets(group: Any, made: PersonalizeResource) -> None:
    """Have what is made from a group come after its datasets, also those that are added later."""
    if isinstance(group, DatasetGroup):
        made._after(group._datasets)


def comes_after_data(group: Any, made: PersonalizeResource) -> None:
    """Have what is made from a group come after its datasets and imports, also those that are added later."""
    if isinstance(group, DatasetGroup):
        made._after(group._datasets, group._imports)
