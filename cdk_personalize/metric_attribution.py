"""Metric attributions: reports on the effect of recommendations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import IResource, Resource
from aws_cdk import aws_iam as iam
from cdk_personalize_handler import kinds
from typing_extensions import Protocol, runtime_checkable

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._group_members import (
    depend_on_datasets,
    iam_resource_of_dataset_group,
    only_one_of_group,
    problems_of_dataset_group,
)
from cdk_personalize._imports import ImportedResource
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import PersonalizeResource, arn_of
from cdk_personalize._retention import warn_of_retention
from cdk_personalize._service_role import WRITE, LaterRole, allow_key, allow_location, check_trust, service_role
from cdk_personalize._validation import Problem
from cdk_personalize.s3_location import problems_of_location, url_of_location

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_kms as kms
    from aws_cdk.interfaces.aws_personalize import IDatasetGroupRef, MetricAttributionReference
    from constructs import Construct

    from cdk_personalize.dataset_group import IDatasetGroup
    from cdk_personalize.s3_location import S3Location


@runtime_checkable
class IMetricAttribution(IResource, ICloudTrailEvents, Protocol):
    """A metric attribution, defined in this app or imported."""

    @property
    def metric_attribution_arn(self) -> str:
        """The ARN of the metric attribution."""

    @property
    def metric_attribution_name(self) -> str:
        """The name of the metric attribution."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AttributedMetric:
    """A metric of a metric attribution report.

    :param event_type: The event type to count, such as `Purchase`, at most 256 characters.
    :param metric_name: The name of the metric in the report, at most 256 characters.
    :param expression: `SAMPLECOUNT()`, or `SUM(…)` of a column, such as `SUM(Items.PRICE)`; at most 256 characters.
    """

    event_type: str
    metric_name: str
    expression: str

    def _render(self) -> dict[str, str]:
        """Convert this object to members of the API."""
        return {"eventType": self.event_type, "metricName": self.metric_name, "expression": self.expression}


class _MetricAttributionBase(CloudTrailEvents, Resource):
    """Base class of defined and imported metric attributions."""

    _kind = kinds.KINDS["MetricAttribution"]
    metric_attribution_arn: str
    metric_attribution_name: str

    @property
    def metric_attribution_ref(self) -> MetricAttributionReference:
        """The CDK reference of a metric attribution, accepted by generated constructs."""
        arn = self.metric_attribution_arn
        ref: MetricAttributionReference = reference("MetricAttribution", metric_attribution_arn=arn)
        return ref


@implements_reference("MetricAttribution")
class MetricAttribution(PersonalizeResource, _MetricAttributionBase):
    """A metric attribution, which reports on the effect of recommendations.

    Reports on real-time events go to Amazon CloudWatch, reports on imported data to Amazon S3. A dataset group can have
    one metric attribution. Amazon Personalize does not support tags for metric attributions.

    https://docs.aws.amazon.com/personalize/latest/dg/measuring-recommendation-impact.html
    """

    _props: Mapping[str, str] = {
        "metricsOutputConfig.s3DataDestination": "output",
        "metricsOutputConfig.s3DataDestination.path": "output",
        "metricsOutputConfig.s3DataDestination.kmsKeyArn": "output_key",
        "metricsOutputConfig.roleArn": "role",
    }

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset_group: IDatasetGroup | IDatasetGroupRef,
        metrics: Sequence[AttributedMetric],
        metric_attribution_name: str | None = None,
        output: S3Location | None = None,
        output_key: kms.IKey | None = None,
        role: iam.IRole | None = None,
    ) -> None:
        """Create a metric attribution.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param dataset_group: The dataset group: a construct, an import, or a `CfnDatasetGroup`. A change replaces the
            attribution.
        :param metrics: The metrics to report, at most 10. Updated in place.
        :param metric_attribution_name: The name: 1 to 63 letters, digits, hyphens or underscores, starting with a
            letter or a digit. Default: a unique name is generated. A change replaces the attribution; that fails,
            because the dataset group still has the previous one.
        :param output: The S3 folder for reports on imported data. Default: no reports; only Amazon CloudWatch metrics.
            Updated in place.
        :param output_key: The KMS key that encrypts the reports. Default: the encryption of the bucket. Updated in
            place.
        :param role: The role that Amazon Personalize assumes to report metrics; it receives the required permissions.
            Default: a role is created. Updated in place.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        later = LaterRole(scope)
        problems = [
            *problems_of_dataset_group(scope, dataset_group),
            *_problems_of_metrics(metrics),
            *([] if output is None else problems_of_location(scope, "output", output)),
            *_validation.wrong_object("output_key", output_key, "key_arn", "a key"),
            *_validation.wrong_object("role", role, "role_arn", "a role"),
        ]
        if output_key is not None and output is None:
            problems.append(Problem("output_key", "requires output", output_key, certain=True))
        config: dict[str, Any] = {"roleArn": later.arn}
        if (url := url_of_location(output)) is not None:
            key = {} if output_key is None else {"kmsKeyArn": getattr(output_key, "key_arn", None)}
            config["s3DataDestination"] = {"path": url, **key}
        super().__init__(
            scope,
            id,
            kind="MetricAttribution",
            request={
                "datasetGroupArn": arn_of("DatasetGroup", dataset_group),
                "metrics": [each._render() for each in metrics if isinstance(each, AttributedMetric)]
                if isinstance(metrics, (list, tuple))
                else [],
                "metricsOutputConfig": config,
            },
            name=metric_attribution_name,
            timeout=None,
            problems=problems,
            parents=[iam_resource_of_dataset_group(dataset_group)],
            extra={kinds.NEW_ROLE: later.new_ids},
            claims=only_one_of_group("MetricAttribution", "metric attribution", dataset_group),
        )
        made = service_role(self, "Role", "Lets Amazon Personalize publish metrics") if role is None else role
        self.role: iam.IRole = made
        """The role that Amazon Personalize assumes to report metrics, specified or created."""
        later.role = self.role
        check_trust(self, role)
        to_cloudwatch = iam.Grant.add_to_principal(
            grantee=self.role, actions=["cloudwatch:PutMetricData"], resource_arns=["*"]
        )
        needed = [
            to_cloudwatch,
            *([] if output is None else allow_location(self, self.role, output, WRITE)),
            *([] if output_key is None else allow_key(self, self.role, output_key)),
        ]
        self._pass_role(self.role, needed)
        depend_on_datasets(dataset_group, self)
        warn_of_retention(self, dataset_group=dataset_group)
        self.metric_attribution_arn = self._arn_attribute("metric-attribution")
        """The ARN of the metric attribution. Resources that use the ARN are deployed after the attribution is ACTIVE.
        """
        self.metric_attribution_name = self._name_attribute()
        """The name of the metric attribution, specified or generated."""

    @staticmethod
    def from_metric_attribution_arn(scope: Construct, id: str, metric_attribution_arn: str) -> IMetricAttribution:
        """Import a metric attribution.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param metric_attribution_arn: The ARN of the attribution. It may be in another region or account.
        :raises ValidationError: If the value is not the ARN of a metric attribution.
        """
        return _ImportedMetricAttribution.from_arn(scope, id, metric_attribution_arn)

    @staticmethod
    def from_metric_attribution_name(scope: Construct, id: str, metric_attribution_name: str) -> IMetricAttribution:
        """Import a metric attribution in the account and region of the stack.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param metric_attribution_name: The name of the attribution.
        :raises ValidationError: If the value is not a valid name.
        """
        return _ImportedMetricAttribution.from_name(scope, id, metric_attribution_name)


@implements_reference("MetricAttribution")
class _ImportedMetricAttribution(ImportedResource, _MetricAttributionBase):
    """An imported metric attribution."""


def _problems_of_metrics(metrics: Any) -> list[Problem]:
    if not isinstance(metrics, (list, tuple)):
        return [Problem("metrics", "must be a list of AttributedMetric objects", metrics, certain=True)]
    wrong = [each for each in metrics if not isinstance(each, AttributedMetric)]
    problems = [Problem("metrics", "must be AttributedMetric objects", each, certain=True) for each in wrong]
    if len(metrics) == 0:
        problems.append(Problem("metrics", "must not be empty", None, certain=True))
    names = [each.metric_name for each in metrics if isinstance(each, AttributedMetric)]
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    return [*problems, *(Problem("metrics", "must have different names", name) for name in twice)]
