"""Event trackers: what an application tells interactions to as they happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from aws_cdk import Resource
from aws_cdk import aws_iam as iam

from cdk_personalize import _validation
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize.dataset_group import comes_after_datasets, part_of_dataset_group, problems_of_dataset_group

if TYPE_CHECKING:
    from aws_cdk.interfaces.aws_personalize import EventTrackerReference, IDatasetGroupRef
    from constructs import Construct

    from cdk_personalize.dataset_group import IDatasetGroup

_ARN_PATH = "event-tracker/<id>"


@runtime_checkable
class IEventTracker(Protocol):
    """An event tracker, owned by this app or not."""

    @property
    def event_tracker_arn(self) -> str:
        """The ARN."""

    def grant_put_events(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let an identity tell interactions as they happen."""


class _EventTrackerBase(Resource):
    """What owned and imported event trackers have in common: it follows from the ARN."""

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
        operation = "PutEvents"
        return iam.Grant.add_to_principal(grantee=grantee, actions=[f"personalize:{operation}"], resource_arns=["*"])


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
    ) -> None:
        """Make an event tracker.

        :param scope: the scope of the construct.
        :param id: its id there.
        :param dataset_group: The group whose interactions are told, which needs a dataset for them: a construct, an
            import, or a `CfnDatasetGroup`. A change replaces the tracker, and with it `tracking_id`.
        :param event_tracker_name: The name, 1 to 63 letters, digits, hyphens and underscores, the first a letter or a
            digit. Default: a unique name is generated. A change replaces the tracker, which fails: the group has the
            old one still.
        :raises ValidationError: when a value is one that Amazon Personalize would refuse.
        """
        super().__init__(
            scope,
            id,
            kind="EventTracker",
            request={"datasetGroupArn": arn_of("DatasetGroup", dataset_group)},
            name=event_tracker_name,
            props={"name": "event_tracker_name", "datasetGroupArn": "dataset_group"},
            timeout=None,
            problems=problems_of_dataset_group(scope, dataset_group),
            parents=[part_of_dataset_group(dataset_group)],
        )
        comes_after_datasets(dataset_group, self)
        self.event_tracker_arn = self._attribute("EventTrackerArn")
        """The ARN; who uses it waits until the tracker is ACTIVE."""
        self.event_tracker_name = self._name_attribute()
        """The name, generated or given."""
        self.tracking_id = self._attribute("TrackingId")
        """The id by which an application tells interactions."""

    @staticmethod
    def from_event_tracker_arn(scope: Construct, id: str, event_tracker_arn: str) -> IEventTracker:
        """Import an event tracker.

        :param scope: the scope of the import.
        :param id: its id there.
        :param event_tracker_arn: the ARN of the tracker, which may be of another region or account.
        :raises ValidationError: when it is not the ARN of an event tracker.
        """
        _validation.refuse(scope, id, _validation.bad_arn("event_tracker_arn", event_tracker_arn, _ARN_PATH))
        return _ImportedEventTracker(scope, id, event_tracker_arn)


@implements_reference("EventTracker")
class _ImportedEventTracker(_EventTrackerBase):
    def __init__(self, scope: Construct, id: str, arn: str) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self.event_tracker_arn = arn
