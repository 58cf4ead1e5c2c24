"""Export jobs: the data of a dataset, written to Amazon S3."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from cdk_personalize import _validation
from cdk_personalize._batch import Job
from cdk_personalize._resource import arn_of
from cdk_personalize.dataset import part_of_dataset, problems_of_dataset

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
    """Which data an export has, by how it came into the dataset."""

    BULK = "BULK"
    """What was imported from Amazon S3."""
    PUT = "PUT"
    """What was told one by one, as it happened."""
    ALL = "ALL"
    """Both."""


class DatasetExportJob(Job):
    """The data of a dataset, written to Amazon S3 as CSV.

    It runs once, when it is deployed, and again when something about it changes. Amazon Personalize keeps jobs for
    good: taken out of the stack it stays there, at no cost, and so does what it wrote.

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
        """Export data.

        :param scope: the scope of the construct.
        :param id: its id there.
        :param dataset: The dataset: a construct, an import, or a `CfnDataset`. A change replaces the job: it is run
            anew.
        :param output: The folder for the files, an address of at most 256 characters. A change replaces the job: it is
            run anew.
        :param ingestion_mode: Which data. Default: PUT, what was told one by one. A change replaces the job: it is run
            anew.
        :param role: The role by which Amazon Personalize writes; it gets the rights that it needs.
            Default: a role is made. A change replaces the job: it is run anew.
        :param job_name: The name, 1 to 63 letters, digits, hyphens and underscores, the first a letter or a digit. Jobs
            keep their names for good: with one given, each further change needs another. Default: a unique name is
            generated. A change replaces the job: it is run anew.
        :param output_key: The key that the files are encrypted with. Default: that of the bucket. A change replaces
            the job: it is run anew.
        :param rerun_on: Values of your own, such as a date. Default: none. A change replaces the job: it is run anew.
        :param timeout: How long a deployment may wait for the job, 1 minute to 48 hours. More than 55 minutes add
            a wait link to the stack for each 55. Default: 55 minutes.
        :raises ValidationError: when a value is one that Amazon Personalize would refuse.
        """
        super().__init__(
            scope,
            id,
            kind="DatasetExportJob",
            request={
                "datasetArn": arn_of("Dataset", dataset),
                "ingestionMode": ingestion_mode.value if isinstance(ingestion_mode, IngestionMode) else ingestion_mode,
            },
            props={"jobName": "job_name", "datasetArn": "dataset", "ingestionMode": "ingestion_mode"},
            problems=[
                *problems_of_dataset(scope, dataset),
                *_validation.wrong_choice("ingestion_mode", ingestion_mode, IngestionMode),
            ],
            parents=[part_of_dataset(dataset)],
            job_name=job_name,
            role=role,
            reads=None,
            writes=output,
            key=output_key,
            rerun_on=rerun_on,
            timeout=timeout,
        )
        self.dataset_export_job_arn = self._arn_attribute("dataset-export-job")
        """The ARN; who uses it waits until the data is there."""
        self.dataset_export_job_name = self._name_attribute()
        """The name, generated or given."""
        self.dataset_export_job_status = self._attribute("Status")
        """The status after the deployment, ACTIVE."""
