"""Dataset import jobs, which read CSV files from Amazon S3 into a dataset."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from cdk_personalize_handler import kinds

from cdk_personalize import _validation
from cdk_personalize._group_members import add_import
from cdk_personalize._metrics import ImportMetrics, ResourceMetrics, group_arn_of_dataset
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._service_role import READ, LaterRole, allow_location, check_trust, service_role
from cdk_personalize.dataset import group_of, iam_resource_of_dataset, problems_of_dataset
from cdk_personalize.s3_location import problems_of_location, url_of_location

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Duration
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_iam as iam
    from aws_cdk.interfaces.aws_personalize import IDatasetRef
    from constructs import Construct

    from cdk_personalize.dataset import IDataset
    from cdk_personalize.metric_options import JobMetricOptions
    from cdk_personalize.s3_location import S3Location


class ImportMode(Enum):
    """The effect of an import on existing data."""

    FULL = "FULL"
    """Replaces all data of earlier imports. Required for the first import into a dataset."""
    INCREMENTAL = "INCREMENTAL"
    """Adds records, and overwrites records with the same ID."""


class DatasetImport(ImportMetrics, ResourceMetrics, TaggableResource):
    """A job that imports CSV files from Amazon S3 into a dataset.

    It runs when it is first deployed, and again after each change of a property. Amazon Personalize cannot delete jobs:
    after deletion from the stack, the job and the imported data stay, at no cost.

    https://docs.aws.amazon.com/personalize/latest/dg/bulk-data-import-step.html
    """

    _props: Mapping[str, str] = {"dataSource.dataLocation": "source", "importMode": "mode"}

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset: IDataset | IDatasetRef,
        source: S3Location,
        mode: ImportMode | None = None,
        role: iam.IRole | None = None,
        job_name: str | None = None,
        rerun_on: Mapping[str, str] | None = None,
        publish_attribution_metrics_to_s3: bool | None = None,
        timeout: Duration | None = None,
    ) -> None:
        """Create a dataset import job.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param dataset: The dataset: a construct, an import, or a `CfnDataset`. A change replaces the job, which runs
            again.
        :param source: The S3 location of a CSV file or a folder of CSV files, a URI of at most 256 characters. A change
            replaces the job, which runs again. Changing the content of the files does not rerun the job; change
            `rerun_on`.
        :param mode: The effect on existing data. Default: FULL, which replaces it. A change replaces the job, which
            runs again.
        :param role: The role that Amazon Personalize assumes to read `source`; it receives the required permissions.
            Default: a role is created. A change replaces the job, which runs again.
        :param job_name: The name: 1 to 63 letters, digits, hyphens or underscores, starting with a letter or a digit.
            Job names cannot be reused: if you set a name, each later change requires a new one. Default: a unique name
            is generated. A change replaces the job, which runs again.
        :param rerun_on: Values that rerun the job when they change, such as a hash of the files or a version of the
            data. Default: none. A change replaces the job, which runs again.
        :param publish_attribution_metrics_to_s3: Whether the reports of the metric attribution include this import.
            Default: false. A change replaces the job, which runs again.
        :param timeout: The maximum time that a deployment waits for the import, from 1 minute to 48 hours. After that
            time, the deployment fails. Each 55 minutes beyond the first 55 add a custom resource to the stack, which
            continues the wait. Default: 55 minutes.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        later = LaterRole(scope)
        problems = [
            *problems_of_dataset(scope, dataset),
            *problems_of_location(scope, "source", source),
            *_validation.wrong_choice("mode", mode, ImportMode),
            *_validation.wrong_object("role", role, "role_arn", "a role"),
            *_validation.wrong_texts("rerun_on", rerun_on),
        ]
        super().__init__(
            scope,
            id,
            kind="DatasetImportJob",
            request={
                "datasetArn": arn_of("Dataset", dataset),
                "dataSource": {"dataLocation": url} if (url := url_of_location(source)) is not None else {},
                "roleArn": later.arn,
                "importMode": mode.value if isinstance(mode, ImportMode) else mode,
                "publishAttributionMetricsToS3": publish_attribution_metrics_to_s3,
            },
            name=job_name,
            timeout=timeout,
            problems=problems,
            parents=[iam_resource_of_dataset(dataset)],
            extra={kinds.RERUN_ON: rerun_on, kinds.NEW_ROLE: later.new_ids},
        )
        made = service_role(self, "Role", "Lets Amazon Personalize read the files to import") if role is None else role
        self.role: iam.IRole = made
        """The role that Amazon Personalize assumes to read the data, specified or created."""
        later.role = self.role
        check_trust(self, role)
        self._pass_role(self.role, allow_location(self, self.role, source, READ))
        add_import(group_of(dataset), self)
        self._dataset_arn: str = arn_of("Dataset", dataset)
        self.dataset_import_job_arn = self._arn_attribute("dataset-import-job")
        """The ARN of the import job. Resources that use the ARN are deployed after the data is written."""
        self.dataset_import_job_name = self._name_attribute()
        """The name of the import job, specified or generated."""

    def _dimensions(self) -> dict[str, str]:
        return {
            "DatasetGroupArn": group_arn_of_dataset(self._dataset_arn),
            "DatasetArn": self._dataset_arn,
            "DatasetImportJobArn": self.dataset_import_job_arn,
        }

    def _of_imports(self, metric_name: str, options: JobMetricOptions) -> cloudwatch.Metric:
        return self.metric(metric_name, **options)
