"""Imports: data from Amazon S3 into a dataset."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds

from cdk_personalize import _validation
from cdk_personalize._metrics import ImportMetrics, Metered, group_arn_of_dataset
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._service_role import READ, LaterRole, allow_place, check_trust, service_role
from cdk_personalize.dataset import group_of, part_of_dataset, problems_of_dataset
from cdk_personalize.dataset_group import holds
from cdk_personalize.s3_location import problems_of_place, url_of_place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Duration
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_iam as iam
    from aws_cdk.interfaces.aws_personalize import IDatasetRef
    from constructs import Construct

    from cdk_personalize.dataset import IDataset
    from cdk_personalize.s3_location import S3Location


class ImportMode(Enum):
    """What an import does with the data that a dataset has."""

    FULL = "FULL"
    """It takes the place of all data that was imported before. The first import has to be of this mode."""
    INCREMENTAL = "INCREMENTAL"
    """It adds rows, and overwrites those of the same id."""


class DatasetImport(ImportMetrics, Metered, TaggableResource):
    """An import of CSV files from Amazon S3 into a dataset.

    It runs once, when it is deployed, and again when something about it changes. Amazon Personalize keeps jobs for
    good: taken out of the stack it stays there, at no cost, and so does the data.

    https://docs.aws.amazon.com/personalize/latest/dg/bulk-data-import-step.html
    """

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
        """Import data.

        :param scope: the scope of the construct.
        :param id: its id there.
        :param dataset: The dataset: a construct, an import, or a `CfnDataset`. A change replaces the job: it is run
            anew.
        :param source: Where the CSV files are: one, or a folder of them, an address of at most 256 characters.
            A change replaces the job: it is run anew. A change of the files is none: see `rerun_on`.
        :param mode: What happens to the data that the dataset has. Default: FULL, it is replaced. A change replaces the
            job: it is run anew.
        :param role: The role by which Amazon Personalize reads `source`; it gets the rights that it needs.
            Default: a role is made. A change replaces the job: it is run anew.
        :param job_name: The name, 1 to 63 letters, digits, hyphens and underscores, the first a letter or a digit. Jobs
            keep their names for good: with one given, each further change needs another. Default: a unique name is
            generated. A change replaces the job: it is run anew.
        :param rerun_on: Values of your own, such as a hash of the files or a version of the data. Default: none.
            A change replaces the job: it is run anew.
        :param publish_attribution_metrics_to_s3: Whether the report of the metric attribution of the group tells of
            this import too. Default: false. A change replaces the job: it is run anew.
        :param timeout: How long a deployment may wait for the import, 1 minute to 48 hours. More than 55 minutes add
            a wait link to the stack for each 55. Default: 55 minutes.
        :raises ValidationError: when a value is one that Amazon Personalize would refuse.
        """
        later = LaterRole(scope)
        problems = [
            *problems_of_dataset(scope, dataset),
            *problems_of_place(scope, "source", source),
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
                "dataSource": {"dataLocation": url} if (url := url_of_place(source)) is not None else {},
                "roleArn": later.arn,
                "importMode": mode.value if isinstance(mode, ImportMode) else mode,
                "publishAttributionMetricsToS3": publish_attribution_metrics_to_s3,
            },
            name=job_name,
            props={
                "datasetArn": "dataset",
                "dataSource.dataLocation": "source",
                "roleArn": "role",
                "importMode": "mode",
                "publishAttributionMetricsToS3": "publish_attribution_metrics_to_s3",
            },
            timeout=timeout,
            problems=problems,
            parents=[part_of_dataset(dataset)],
            extra={kinds.RERUN_ON: rerun_on, kinds.NEW_ROLE: later.new_ids},
        )
        made = service_role(self, "Role", "Lets Amazon Personalize read what is imported") if role is None else role
        self.role: iam.IRole = made
        """The role by which Amazon Personalize reads the data, made or given."""
        later.role = self.role
        check_trust(self, role)
        self._hand_over(self.role, allow_place(self, self.role, source, READ))
        holds(group_of(dataset), self, is_import=True)
        self._dataset_arn: str = arn_of("Dataset", dataset)
        self.dataset_import_job_arn = self._arn_attribute("dataset-import-job")
        """The ARN; who uses it waits until the data is there."""
        self.dataset_import_job_name = self._name_attribute()
        """The name, generated or given."""

    def _dimensions(self) -> dict[str, str]:
        return {
            "DatasetGroupArn": group_arn_of_dataset(self._dataset_arn),
            "DatasetArn": self._dataset_arn,
            "DatasetImportJobArn": self.dataset_import_job_arn,
        }

    def _of_imports(self, metric_name: str, options: dict[str, Any]) -> cloudwatch.Metric:
        return self.metric(metric_name, **options)
