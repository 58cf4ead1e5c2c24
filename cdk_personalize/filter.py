"""Filters: which items, users or actions may be recommended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aws_cdk import ArnFormat, Resource, Stack
from cdk_personalize_handler import kinds

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._known_data import unknown_columns_of_filter, wrong_expression
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._retention import warn_of_retention
from cdk_personalize._synthesis import check_at_synthesis
from cdk_personalize._validation import Problem
from cdk_personalize.dataset_group import comes_after_datasets, part_of_dataset_group, problems_of_dataset_group

if TYPE_CHECKING:
    from aws_cdk.interfaces.aws_personalize import FilterReference, IDatasetGroupRef
    from constructs import Construct

    from cdk_personalize.dataset_group import IDatasetGroup

_ARN_PATH = "filter/<name>"


@runtime_checkable
class IFilter(ICloudTrailEvents, Protocol):
    """A filter, owned by this app or not."""

    @property
    def filter_arn(self) -> str:
        """The ARN."""

    @property
    def filter_name(self) -> str:
        """The name."""


class _FilterBase(CloudTrailEvents, Resource):
    """What owned and imported filters have in common: it follows from the ARN."""

    _kind = kinds.KINDS["Filter"]
    filter_arn: str
    filter_name: str

    @property
    def filter_ref(self) -> FilterReference:
        """The reference by which CDK's generated constructs take a filter."""
        made: FilterReference = reference("Filter", filter_arn=self.filter_arn)
        return made


@implements_reference("Filter")
class Filter(TaggableResource, _FilterBase):
    """A rule that says which items, users or actions may be recommended; requests and jobs name it.

    It costs nothing by itself, and needs the datasets whose columns it names.

    https://docs.aws.amazon.com/personalize/latest/dg/filter.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset_group: IDatasetGroup | IDatasetGroupRef,
        expression: str,
        filter_name: str | None = None,
        adopt: bool | None = None,
    ) -> None:
        """Make a filter.

        :param scope: the scope of the construct.
        :param id: its id there.
        :param dataset_group: The group that the filter is of: a construct, an import, or a `CfnDatasetGroup`.
            A change replaces the filter, which needs another name if one is given.
        :param expression: The rule in the language of Amazon Personalize, 1 to 2500 characters, such as
            `EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Purchase")`. Its columns have to be those of the schemas
            that the app declares for the group. Filters cannot be changed: A change replaces
            the filter, which needs another name if one is given.
        :param filter_name: The name, 1 to 63 letters, digits, hyphens and underscores, the first a letter or a digit.
            Default: a unique name is generated. A change replaces the filter.
        :param adopt: Whether the construct, when it is new in the stack, takes over a filter of that name that was
            made by hand: it is updated in place to what is declared, what is not declared stays, and what only a new
            one can have is refused. Afterwards it is the stack's as if made by it, and removed like that; a deployment
            that fails gives it back. Where there is none, one is made. Default: false. Changed in place, with no
            effect by itself.
        :raises ValidationError: when a value is one that Amazon Personalize would refuse.
        """
        super().__init__(
            scope,
            id,
            kind="Filter",
            request={"datasetGroupArn": arn_of("DatasetGroup", dataset_group), "filterExpression": expression},
            name=filter_name,
            props={"name": "filter_name", "datasetGroupArn": "dataset_group", "filterExpression": "expression"},
            adopt=adopt,
            timeout=None,
            problems=[*problems_of_dataset_group(scope, dataset_group), *wrong_expression("expression", expression)],
            parents=[part_of_dataset_group(dataset_group)],
        )
        comes_after_datasets(dataset_group, self)
        warn_of_retention(self, dataset_group=dataset_group)
        check_at_synthesis(self, lambda: unknown_columns_of_filter(dataset_group, expression))
        self.filter_arn = self._arn_attribute("filter")
        """The ARN; who uses it waits until the filter is ACTIVE."""
        self.filter_name = self._name_attribute()
        """The name, generated or given."""

    @staticmethod
    def from_filter_arn(scope: Construct, id: str, filter_arn: str) -> IFilter:
        """Import a filter.

        :param scope: the scope of the import.
        :param id: its id there.
        :param filter_arn: the ARN of the filter, which may be of another region or account.
        :raises ValidationError: when it is not the ARN of a filter.
        """
        _validation.refuse(scope, id, _validation.bad_arn("filter_arn", filter_arn, _ARN_PATH))
        name = Stack.of(scope).split_arn(filter_arn, ArnFormat.SLASH_RESOURCE_NAME).resource_name
        return _ImportedFilter(scope, id, filter_arn, str(name))

    @staticmethod
    def from_filter_name(scope: Construct, id: str, filter_name: str) -> IFilter:
        """Import a filter of the stack's own account and region.

        :param scope: the scope of the import.
        :param id: its id there.
        :param filter_name: the name of the filter.
        :raises ValidationError: when it cannot be a name.
        """
        _validation.refuse(scope, id, _validation.bad_name("Filter", "filter_name", filter_name))
        arn = Stack.of(scope).format_arn(service="personalize", resource="filter", resource_name=filter_name)
        return _ImportedFilter(scope, id, arn, filter_name)


@implements_reference("Filter")
class _ImportedFilter(_FilterBase):
    def __init__(self, scope: Construct, id: str, arn: str, name: str) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self.filter_arn = arn
        self.filter_name = name


def problems_of_filter(scope: Construct, given: Any) -> list[Problem]:
    """Return what is wrong with the filter that a construct is given."""
    if arn_of("Filter", given) is None:
        remedy = "import it with Filter.from_filter_arn(...)"
        return [Problem("filter", "must be a filter", given, remedy, certain=True)]
    return _validation.other_environment(scope, "filter", given)
