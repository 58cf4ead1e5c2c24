"""Data deletion jobs: deletion of users and their data from a dataset group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds

from cdk_personalize import _validation
from cdk_personalize._group_members import depend_on_data, iam_resource_of_dataset_group, problems_of_dataset_group
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._service_role import READ, LaterRole, allow_location, check_trust, service_role
from cdk_personalize._validation import Problem
from cdk_personalize.s3_location import problems_of_location, url_of_location

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Duration
    from aws_cdk import aws_iam as iam
    from aws_cdk.interfaces.aws_personalize import IDatasetGroupRef
    from constructs import Construct

    from cdk_personalize.dataset_group import IDatasetGroup
    from cdk_personalize.s3_location import S3Location


class DataDeletionJob(TaggableResource):
    """A job that deletes users and their data from a dataset group.

    It deletes them from all datasets and from all models of the dataset group. It runs after the imports of the dataset
    group when it is first deployed, and again after each change of a property. No other job should use the datasets at
    the same time: make trainings and batch jobs of the stack depend on this job with `node.add_dependency`. Retrain
    existing models afterwards. Deleting the job from the stack does not restore the data. Amazon Personalize cannot
    delete jobs; they cost nothing.

    https://docs.aws.amazon.com/personalize/latest/dg/delete-records.html
    """

    _props: Mapping[str, str] = {"dataSource.dataLocation": "source"}

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset_group: IDatasetGroup | IDatasetGroupRef,
        source: S3Location,
        role: iam.IRole | None = None,
        job_name: str | None = None,
        rerun_on: Mapping[str, str] | None = None,
        timeout: Duration | None = None,
    ) -> None:
        """Create a data deletion job.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param dataset_group: The dataset group to delete the users from: a construct, an import, or a
            `CfnDatasetGroup`. A change replaces the job, which runs again.
        :param source: The S3 location of the list of users, a URI of at most 256 characters: a CSV file with a column
            USER_ID, or a folder of such files. The bucket must not use a customer managed KMS key. A change replaces
            the job, which runs again. Changing the content of the files does not rerun the job; change `rerun_on`.
        :param role: The role that Amazon Personalize assumes to read `source`; it receives the required permissions.
            Default: a role is created. A change replaces the job, which runs again.
        :param job_name: The name: 1 to 63 letters, digits, hyphens or underscores, starting with a letter or a digit.
            Job names cannot be reused: if you set a name, each later change requires a new one. Default: a unique name
            is generated. A change replaces the job, which runs again.
        :param rerun_on: Values that rerun the job when they change, such as a hash of the files. Default: none. A
            change replaces the job, which runs again.
        :param timeout: The maximum time that a deployment waits for the job, from 1 minute to 48 hours. After that
            time, the deployment fails. Each 55 minutes beyond the first 55 add a custom resource to the stack, which
            continues the wait. Default: 24 hours, because a job can take up to a day.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        later = LaterRole(scope)
        super().__init__(
            scope,
            id,
            kind="DataDeletionJob",
            request={
                "datasetGroupArn": arn_of("DatasetGroup", dataset_group),
                "dataSource": {"dataLocation": url} if (url := url_of_location(source)) is not None else {},
                "roleArn": later.arn,
            },
            name=job_name,
            timeout=timeout,
            problems=[
                *problems_of_dataset_group(scope, dataset_group),
                *problems_of_location(scope, "source", source),
                *_problems_of_encryption(source),
                *_validation.wrong_object("role", role, "role_arn", "a role"),
                *_validation.wrong_texts("rerun_on", rerun_on),
            ],
            parents=[iam_resource_of_dataset_group(dataset_group)],
            extra={kinds.RERUN_ON: rerun_on, kinds.NEW_ROLE: later.new_ids},
        )
        made = (
            service_role(self, "Role", "Lets Amazon Personalize read the list of users to delete")
            if role is None
            else role
        )
        self.role: iam.IRole = made
        """The role that Amazon Personalize assumes to read the files, specified or created."""
        later.role = self.role
        check_trust(self, role)
        self._pass_role(self.role, allow_location(self, self.role, source, READ))
        depend_on_data(dataset_group, self)
        self.data_deletion_job_arn = self._arn_attribute("data-deletion-job")
        """The ARN of the job. Resources that use the ARN are deployed after the users are deleted."""
        self.data_deletion_job_name = self._name_attribute()
        """The name of the job, specified or generated."""
        self.data_deletion_job_status = self._attribute("Status")
        """The status of the job after the deployment: COMPLETED."""
        self.num_deleted = self._attribute("NumDeleted")
        """The number of deleted records."""


def _problems_of_encryption(source: Any) -> list[Problem]:
    key = getattr(getattr(source, "bucket", None), "encryption_key", None)
    rule = "must be in a bucket without a customer managed KMS key"
    return [] if key is None else [Problem("source", rule, key.node.path, certain=True)]
