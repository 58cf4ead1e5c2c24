"""Event trackers: what an application tells interactions to as they happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aws_cdk import Resource
from aws_cdk import aws_iam as iam
from cdk_personalize_handler import kinds

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._grants import grant
from cdk_personalize._metrics import PUT_EVENTS, Metered, Operation, dataset_arn_of_group
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._retention import warn_of_retention
from cdk_personalize._validation import Problem
from cdk_personalize.dataset_group import (
    comes_after_datasets,
    only_one_of_group,
    part_of_dataset_group,
    problems_of_dataset_group,
)
from cdk_personalize.dataset_type import DatasetType

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk.interfaces.aws_personalize import EventTrackerReference, IDatasetGroupRef
    from constructs import Construct

    from cdk_personalize.dataset_group import IDatasetGroup

_ARN_PATH = "event-tracker/<id>"


@runtime_checkable
class IEventTracker(ICloudTrailEvents, Protocol):
    """An event tracker, owned by this app or not."""

    @property
    def event_tracker_arn(self) -> str:
        """The ARN."""

    def grant_put_events(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let an identity tell interactions as they happen."""

    def metric(self, metric_name: str, **options: Any) -> cloudwatch.Metric:
        """Return a metric of this tracker."""

    def metric_put_events_requests(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of calls that told interactions."""

    def metric_put_events_4xx_errors(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of calls that were refused."""

    def metric_put_events_5xx_errors(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of calls that failed in Amazon Personalize."""

    def metric_put_event_latency(self, **options: Any) -> cloudwatch.Metric:
        """Return how long calls take."""


class _EventTrackerBase(CloudTrailEvents, Metered, Resource):
    """What owned and imported event trackers have in common: it follows from the ARNs of it and its group."""

    _kind = kinds.KINDS["EventTracker"]
    _group_arn: str | None
    event_tracker_arn: str

    @property
    def event_tracker_ref(self) -> EventTrackerReference:
        """The reference by which CDK's generated constructs take an event tracker."""
        made: EventTrackerReference = reference("EventTracker", event_tracker_arn=self.event_tracker_arn)
        return made

    def grant_put_events(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let an identity tell interactions as they happen.

        IAM knows no resource for it: the right is on all trackers of the account, of which a caller has to know the id.

        :param grantee: who may.
        """
        return grant(self, grantee, "PutEvents", "*")

    def metric_put_events_requests(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of calls that told interactions, and succeeded.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the sum over 5 minutes.
        :raises ValidationError: when the tracker is imported without its dataset group.
        """
        return self._sum(PUT_EVENTS.requests, options)

    def metric_put_events_4xx_errors(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of calls that were refused.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the sum over 5 minutes.
        :raises ValidationError: when the tracker is imported without its dataset group.
        """
        return self._sum(PUT_EVENTS.client_errors, options)

    def metric_put_events_5xx_errors(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of calls that failed in Amazon Personalize.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the sum over 5 minutes.
        :raises ValidationError: when the tracker is imported without its dataset group.
        """
        return self._sum(PUT_EVENTS.server_errors, options)

    def metric_put_event_latency(self, **options: Any) -> cloudwatch.Metric:
        """Return how long calls take, in milliseconds, errors aside. Its name has one event, not many.

        :param options: those of `aws_cdk.aws_cloudwatch.Metric`. Default: the average over 5 minutes.
        :raises ValidationError: when the tracker is imported without its dataset group.
        """
        return self.metric(PUT_EVENTS.latency, **options)

    def _dimensions(self) -> dict[str, str]:
        if self._group_arn is None:
            rule = "is required for metrics, which are by group too"
            remedy = "give it to from_event_tracker_arn(...)"
            _validation.refuse(self, "", [Problem("dataset_group", rule, None, remedy, certain=True)])
        group = str(self._group_arn)
        return {
            "DatasetGroupArn": group,
            "DatasetArn": dataset_arn_of_group(group, DatasetType.INTERACTIONS.name),
            "EventTrackerArn": self.event_tracker_arn,
        }

    def _operations(self) -> tuple[Operation, ...]:
        return (PUT_EVENTS,)


@implements_reference("EventTracker")
class EventTracker(TaggableResource, _EventTrackerBase):
    """What an application tells interactions to as they happen, by `tracking_id`.

    A dataset group has at most one. What was told stays when it is deleted.

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
        """Make an event tracker.

        :param scope: the scope of the construct.
        :param id: its id there.
        :param dataset_group: The group whose interactions are told, which needs a dataset for them: a construct, an
            import, or a `CfnDatasetGroup`. A change replaces the tracker, and with it `tracking_id`.
        :param event_tracker_name: The name, 1 to 63 letters, digits, hyphens and underscores, the first a letter or a
            digit. Default: a unique name is generated. A change replaces the tracker, which fails: the group has the
            old one still.
        :param adopt: Whether the construct, when it is new in the stack, takes over an event tracker of that name that
            was made by hand: it is updated in place to what is declared, what is not declared stays, and what only a
            new one can have is refused. Afterwards it is the stack's as if made by it, and removed like that; a
            deployment that fails gives it back. Where there is none, one is made. Default: false. Changed in place,
            with no effect by itself.
        :raises ValidationError: when a value is one that Amazon Personalize would refuse.
        """
        super().__init__(
            scope,
            id,
            kind="EventTracker",
            request={"datasetGroupArn": arn_of("DatasetGroup", dataset_group)},
            name=event_tracker_name,
            props={"name": "event_tracker_name", "datasetGroupArn": "dataset_group"},
            adopt=adopt,
            timeout=None,
            problems=problems_of_dataset_group(scope, dataset_group),
            parents=[part_of_dataset_group(dataset_group)],
            claims=only_one_of_group("EventTracker", "event tracker", dataset_group),
        )
        comes_after_datasets(dataset_group, self)
        warn_of_retention(self, dataset_group=dataset_group)
        self._group_arn = arn_of("DatasetGroup", dataset_group)
        self.event_tracker_arn = self._attribute("EventTrackerArn")
        """The ARN; who uses it waits until the tracker is ACTIVE."""
        self.event_tracker_name = self._name_attribute()
        """The name, generated or given."""
        self.tracking_id = self._attribute("TrackingId")
        """The id by which an application tells interactions."""

    @staticmethod
    def from_event_tracker_arn(
        scope: Construct,
        id: str,
        event_tracker_arn: str,
        *,
        dataset_group: IDatasetGroup | IDatasetGroupRef | None = None,
    ) -> IEventTracker:
        """Import an event tracker.

        :param scope: the scope of the import.
        :param id: its id there.
        :param event_tracker_arn: the ARN of the tracker, which may be of another region or account.
        :param dataset_group: the group that it is of, which its metrics need. Default: not told.
        :raises ValidationError: when it is not the ARN of an event tracker.
        """
        _validation.refuse(scope, id, _validation.bad_arn("event_tracker_arn", event_tracker_arn, _ARN_PATH))
        return _ImportedEventTracker(scope, id, event_tracker_arn, arn_of("DatasetGroup", dataset_group))


@implements_reference("EventTracker")
class _ImportedEventTracker(_EventTrackerBase):
    def __init__(self, scope: Construct, id: str, arn: str, group_arn: str | None) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self.event_tracker_arn = arn
        self._group_arn = group_arn
