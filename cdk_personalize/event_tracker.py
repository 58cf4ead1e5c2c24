"""Event trackers, which record interactions in real time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import IResource, Resource
from aws_cdk import aws_iam as iam
from cdk_personalize_handler import kinds
from typing_extensions import Protocol, runtime_checkable

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._grants import grant
from cdk_personalize._group_members import (
    depend_on_datasets,
    iam_resource_of_dataset_group,
    only_one_of_group,
    problems_of_dataset_group,
)
from cdk_personalize._imports import ImportedResource
from cdk_personalize._metrics import (
    PUT_EVENTS,
    IResourceMetrics,
    RealTimeMetrics,
    ResourceMetrics,
    dataset_arn_of_group,
)
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._retention import warn_of_retention
from cdk_personalize._validation import Problem
from cdk_personalize.dataset_type import DatasetType

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk.interfaces.aws_personalize import EventTrackerReference, IDatasetGroupRef
    from constructs import Construct
    from typing_extensions import Unpack

    from cdk_personalize.dataset_group import IDatasetGroup
    from cdk_personalize.metric_options import ResourceMetricOptions


@runtime_checkable
class IEventTracker(IResource, ICloudTrailEvents, IResourceMetrics, Protocol):
    """An event tracker, defined in this app or imported."""

    @property
    def event_tracker_arn(self) -> str:
        """The ARN of the event tracker."""

    def grant_put_events(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to record interactions."""

    def metric_put_events_requests(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of PutEvents requests."""

    def metric_put_events_4xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of rejected PutEvents requests (4xx)."""

    def metric_put_events_5xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of PutEvents requests with a server error (5xx)."""

    def metric_put_event_latency(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the latency of PutEvents requests, in milliseconds."""


class _EventTrackerBase(CloudTrailEvents, ResourceMetrics, Resource):
    """Base class of defined and imported event trackers."""

    _kind = kinds.KINDS["EventTracker"]
    _group_arn: str | None
    event_tracker_arn: str

    @property
    def event_tracker_ref(self) -> EventTrackerReference:
        """The CDK reference of an event tracker, accepted by generated (L1) constructs."""
        ref: EventTrackerReference = reference("EventTracker", event_tracker_arn=self.event_tracker_arn)
        return ref

    def grant_put_events(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to record interactions.

        IAM does not support resource-level permissions for PutEvents, so that the grant covers all trackers of the
        account. A request must contain the tracking ID.

        :param grantee: The identity that receives the permission.
        """
        return grant(self, grantee, "PutEvents", "*")

    def metric_put_events_requests(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of successful PutEvents requests.

        :param options: The options of the metric. Default: the sum over 5 minutes.
        :raises ValidationError: If the tracker is imported without its dataset group.
        """
        return self._sum(PUT_EVENTS.requests, options)

    def metric_put_events_4xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of rejected PutEvents requests (4xx).

        :param options: The options of the metric. Default: the sum over 5 minutes.
        :raises ValidationError: If the tracker is imported without its dataset group.
        """
        return self._sum(PUT_EVENTS.client_errors, options)

    def metric_put_events_5xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of PutEvents requests with a server error (5xx).

        :param options: The options of the metric. Default: the sum over 5 minutes.
        :raises ValidationError: If the tracker is imported without its dataset group.
        """
        return self._sum(PUT_EVENTS.server_errors, options)

    def metric_put_event_latency(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the latency of PutEvents requests, in milliseconds.

        It covers successful requests. In CloudWatch, its name is PutEventLatency, without an `s`.

        :param options: The options of the metric. Default: the average over 5 minutes.
        :raises ValidationError: If the tracker is imported without its dataset group.
        """
        return self.metric(PUT_EVENTS.latency, **options)

    def _dimensions(self) -> dict[str, str]:
        if self._group_arn is None:
            rule = "is required for metrics, because it is one of their dimensions"
            remedy = "specify it in from_event_tracker_arn(...)"
            _validation.refuse(self, "", [Problem("dataset_group", rule, None, remedy, certain=True)])
        group = str(self._group_arn)
        return {
            "DatasetGroupArn": group,
            "DatasetArn": dataset_arn_of_group(group, DatasetType.INTERACTIONS.name),
            "EventTrackerArn": self.event_tracker_arn,
        }

    def _operations(self) -> tuple[RealTimeMetrics, ...]:
        return (PUT_EVENTS,)


@implements_reference("EventTracker")
class EventTracker(TaggableResource, _EventTrackerBase):
    """An event tracker, which records interactions in real time under a tracking ID.

    A dataset group can have one event tracker. Recorded interactions stay when the tracker is deleted.

    https://docs.aws.amazon.com/personalize/latest/dg/event-get-tracker.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset_group: IDatasetGroup | IDatasetGroupRef,
        event_tracker_name: str | None = None,
        adopt: bool | None = None,
    ) -> None:
        """Create an event tracker.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param dataset_group: The dataset group, which requires an Interactions dataset: a construct, an import, or a
            `CfnDatasetGroup`. A change replaces the tracker and its `tracking_id`.
        :param event_tracker_name: The name: 1 to 63 letters, digits, hyphens or underscores, starting with a letter or
            a digit. Default: a unique name is generated. A change replaces the tracker; that fails, because the dataset
            group still has the previous one.
        :param adopt: Whether to adopt an existing event tracker of that name when the construct is first deployed. The
            event tracker is updated in place to the declared configuration; properties that are not declared keep their
            values, and a different create-only property fails the deployment. The stack then owns the event tracker and
            deletes it like one that it created; a rollback of the adoption releases it. If there is no such event
            tracker, it is created. Default: false. Updated in place; a later change has no effect.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        super().__init__(
            scope,
            id,
            kind="EventTracker",
            request={"datasetGroupArn": arn_of("DatasetGroup", dataset_group)},
            name=event_tracker_name,
            adopt=adopt,
            timeout=None,
            problems=problems_of_dataset_group(scope, dataset_group),
            parents=[iam_resource_of_dataset_group(dataset_group)],
            claims=only_one_of_group("EventTracker", "event tracker", dataset_group),
        )
        depend_on_datasets(dataset_group, self)
        warn_of_retention(self, dataset_group=dataset_group)
        self._group_arn = arn_of("DatasetGroup", dataset_group)
        self.event_tracker_arn = self._attribute("EventTrackerArn")
        """The ARN of the event tracker. Resources that use the ARN are deployed after the tracker is ACTIVE."""
        self.event_tracker_name = self._name_attribute()
        """The name of the event tracker, specified or generated."""
        self.tracking_id = self._attribute("TrackingId")
        """The tracking ID, which PutEvents requires."""

    @staticmethod
    def from_event_tracker_arn(
        scope: Construct,
        id: str,
        event_tracker_arn: str,
        *,
        dataset_group: IDatasetGroup | IDatasetGroupRef | None = None,
    ) -> IEventTracker:
        """Import an event tracker.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param event_tracker_arn: The ARN of the tracker. It may be in another region or account.
        :param dataset_group: The dataset group of the tracker, required for metrics. Default: unknown.
        :raises ValidationError: If the value is not the ARN of an event tracker.
        """
        imported = _ImportedEventTracker.from_arn(scope, id, event_tracker_arn)
        imported._group_arn = arn_of("DatasetGroup", dataset_group)
        return imported


@implements_reference("EventTracker")
class _ImportedEventTracker(ImportedResource, _EventTrackerBase):
    """An imported event tracker."""

    _arn_path = "event-tracker/<id>"
    _group_arn = None
