"""Dataset export jobs, which write the data of a dataset to Amazon S3."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from cdk_personalize import _validation
from cdk_personalize._batch import BatchJob
from cdk_personalize._resource import arn_of
from cdk_personalize.dataset import iam_resource_of_dataset, problems_of_dataset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Duration
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk.interfaces.aws_personalize import IDatasetRef
    from constructs import Construct

    from cdk_personalize.dataset import IDataset
    from cdk_personalize.s3_location import S3Location


class IngestionMode(Enum):
    """The origin of the data to export."""

    BULK = "BULK"
    """Data imported from Amazon S3 in bulk."""
    PUT = "PUT"
    """Data recorded individually, with the Put operations."""
    ALL = "ALL"
    """Data imported in bulk and data recorded individually."""


class DatasetExportJob(BatchJob):
    """A job that exports the data of a dataset to Amazon S3 as CSV.

    It runs when it is first deployed, and again after each change of a property. Amazon Personalize cannot delete jobs:
    after deletion from the stack, the job and its output stay, at no cost.

    https://docs.aws.amazon.com/personalize/latest/dg/export-data.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset: IDataset | IDatasetRef,
        output: S3Location,
        ingestion_mode: IngestionMode | None = None,
        role: iam.IRole | None = None,
        job_name: str | None = None,
        output_key: kms.IKey | None = None,
        rerun_on: Mapping[str, str] | None = None,
        timeout: Duration | None = None,
    ) -> None:
        """Create a dataset export job.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param dataset: The dataset: a construct, an import, or a `CfnDataset`. A change replaces the job, which runs
            again.
        :param output: The S3 folder for the files, a URI of at most 256 characters. A change replaces the job, which
            runs again.
        :param ingestion_mode: The origin of the data to export. Default: PUT, data recorded individually. A change
            replaces the job, which runs again.
        :param role: The role that Amazon Personalize assumes to write; it receives the required permissions. Default: a
            role is created. A change replaces the job, which runs again.
        :param job_name: The name: 1 to 63 letters, digits, hyphens or underscores, starting with a letter or a digit.
            Job names cannot be reused: if you set a name, each later change requires a new one. Default: a unique name
            is generated. A change replaces the job, which runs again.
        :param output_key: The KMS key that encrypts the files. Default: the encryption of the bucket. A change replaces
            the job, which runs again.
        :param rerun_on: Values that rerun the job when they change, such as a date. Default: none. A change replaces
            the job, which runs again.
        :param timeout: The maximum time that a deployment waits for the job, from 1 minute to 48 hours. After that
            time, the deployment fails. Each 55 minutes beyond the first 55 add a custom resource to the stack, which
            continues the wait. Default: 55 minutes.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        super().__init__(
            scope,
            id,
            kind="DatasetExportJob",
            request={
                "datasetArn": arn_of("Dataset", dataset),
                "ingestionMode": ingestion_mode.value if isinstance(ingestion_mode, IngestionMode) else ingestion_mode,
            },
            problems=[
                *problems_of_dataset(scope, dataset),
                *_validation.wrong_choice("ingestion_mode", ingestion_mode, IngestionMode),
            ],
            parents=[iam_resource_of_dataset(dataset)],
            job_name=job_name,
            role=role,
            reads=None,
            writes=output,
            key=output_key,
            rerun_on=rerun_on,
            timeout=timeout,
        )
        self.dataset_export_job_arn = self._arn_attribute("dataset-export-job")
        """The ARN of the export job. Resources that use the ARN are deployed after the data is written."""
        self.dataset_export_job_name = self._name_attribute()
        """The name of the export job, specified or generated."""
        self.dataset_export_job_status = self._attribute("Status")
        """The status of the export job after the deployment: ACTIVE."""
