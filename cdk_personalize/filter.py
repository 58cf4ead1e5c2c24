"""Filters for recommended items, users or actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import IResource, Resource
from cdk_personalize_handler import kinds
from typing_extensions import Protocol, runtime_checkable

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._group_members import depend_on_datasets, iam_resource_of_dataset_group, problems_of_dataset_group
from cdk_personalize._imports import ImportedResource
from cdk_personalize._known_data import unknown_columns_of_filter, wrong_expression
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._retention import warn_of_retention
from cdk_personalize._synthesis import check_at_synthesis
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk.interfaces.aws_personalize import FilterReference, IDatasetGroupRef
    from constructs import Construct

    from cdk_personalize.dataset_group import IDatasetGroup


@runtime_checkable
class IFilter(IResource, ICloudTrailEvents, Protocol):
    """A filter, defined in this app or imported."""

    @property
    def filter_arn(self) -> str:
        """The ARN of the filter."""

    @property
    def filter_name(self) -> str:
        """The name of the filter."""


class _FilterBase(CloudTrailEvents, Resource):
    """Base class of defined and imported filters."""

    _kind = kinds.KINDS["Filter"]
    filter_arn: str
    filter_name: str

    @property
    def filter_ref(self) -> FilterReference:
        """The CDK reference of a filter, accepted by generated (L1) constructs."""
        ref: FilterReference = reference("Filter", filter_arn=self.filter_arn)
        return ref


@implements_reference("Filter")
class Filter(TaggableResource, _FilterBase):
    """A filter for recommended items, users or actions, used by requests and jobs.

    A filter costs nothing. It requires the datasets whose columns it uses.

    https://docs.aws.amazon.com/personalize/latest/dg/filter.html
    """

    _props: Mapping[str, str] = {"filterExpression": "expression"}

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
        """Create a filter.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param dataset_group: The dataset group: a construct, an import, or a `CfnDatasetGroup`. A change replaces the
            filter, which requires a new name if a name is set.
        :param expression: The filter expression, 1 to 2500 characters, such as `EXCLUDE ItemID WHERE
            Interactions.EVENT_TYPE IN ("Purchase")`. Its columns must be in the schemas that the app defines for the
            dataset group. A change replaces the filter, which requires a new name if a name is set.
        :param filter_name: The name: 1 to 63 letters, digits, hyphens or underscores, starting with a letter or a
            digit. Default: a unique name is generated. A change replaces the filter.
        :param adopt: Whether to adopt an existing filter of that name when the construct is first deployed. The filter
            is updated in place to the declared configuration; properties that are not declared keep their values, and a
            different create-only property fails the deployment. The stack then owns the filter and deletes it like one
            that it created; a rollback of the adoption releases it. If there is no such filter, it is created. Default:
            false. Updated in place; a later change has no effect.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        super().__init__(
            scope,
            id,
            kind="Filter",
            request={"datasetGroupArn": arn_of("DatasetGroup", dataset_group), "filterExpression": expression},
            name=filter_name,
            adopt=adopt,
            timeout=None,
            problems=[*problems_of_dataset_group(scope, dataset_group), *wrong_expression("expression", expression)],
            parents=[iam_resource_of_dataset_group(dataset_group)],
        )
        depend_on_datasets(dataset_group, self)
        warn_of_retention(self, dataset_group=dataset_group)
        check_at_synthesis(self, lambda: unknown_columns_of_filter(dataset_group, expression))
        self.filter_arn = self._arn_attribute("filter")
        """The ARN of the filter. Resources that use the ARN are deployed after the filter is ACTIVE."""
        self.filter_name = self._name_attribute()
        """The name of the filter, specified or generated."""

    @staticmethod
    def from_filter_arn(scope: Construct, id: str, filter_arn: str) -> IFilter:
        """Import a filter.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param filter_arn: The ARN of the filter. It may be in another region or account.
        :raises ValidationError: If the value is not the ARN of a filter.
        """
        return _ImportedFilter.from_arn(scope, id, filter_arn)

    @staticmethod
    def from_filter_name(scope: Construct, id: str, filter_name: str) -> IFilter:
        """Import a filter in the account and region of the stack.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param filter_name: The name of the filter.
        :raises ValidationError: If the value is not a valid name.
        """
        return _ImportedFilter.from_name(scope, id, filter_name)


@implements_reference("Filter")
class _ImportedFilter(ImportedResource, _FilterBase):
    """An imported filter."""


def problems_of_filter(scope: Construct, given: Any) -> list[Problem]:
    """Return the problems of the prop `filter`: its type, account and region."""
    if arn_of("Filter", given) is None:
        remedy = "import it with Filter.from_filter_arn(...)"
        return [Problem("filter", "must be a filter", given, remedy, certain=True)]
    return _validation.other_environment(scope, "filter", given)
