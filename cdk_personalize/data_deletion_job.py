"""Deletions of data: users, and all that is known of them, taken out of a dataset group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds

from cdk_personalize import _validation
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._service_role import READ, LaterRole, allow_place, check_trust, service_role
from cdk_personalize._validation import Problem
from cdk_personalize.dataset_group import comes_after_data, part_of_dataset_group, problems_of_dataset_group
from cdk_personalize.s3_location import problems_of_place, url_of_place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Duration
    from aws_cdk import aws_iam as iam
    from aws_cdk.interfaces.aws_personalize import IDatasetGroupRef
    from constructs import Construct

    from cdk_personalize.dataset_group import IDatasetGroup
    from cdk_personalize.s3_location import S3Location


class DataDeletionJob(TaggableResource):
    """The deletion of users and their data from the datasets and models of a dataset group.

    It runs once, when it is deployed, after the imports of the group, and again when something about it changes.
    Nothing else should use the datasets meanwhile: have trainings and batch jobs of the stack follow it with
    `node.add_dependency`, and train anew what was trained before. What it deleted does not come back when it is taken
    out of the stack; Amazon Personalize keeps jobs for good, at no cost.

    https://docs.aws.amazon.com/personalize/latest/dg/delete-records.html
    """

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
        """Delete users.

        :param scope: the scope of the construct.
        :param id: its id there.
        :param dataset_group: The group that the users are deleted from: a construct, an import, or a
            `CfnDatasetGroup`. A change replaces the job: it is run anew.
        :param source: Where the list is, an address of at most 256 characters: a CSV file with a column USER_ID, or a
            folder of them, in a bucket that is not encrypted with a key of yours. A change replaces the job: it is run
            anew. A change of the files is none: see `rerun_on`.
        :param role: The role by which Amazon Personalize reads `source`; it gets the rights that it needs.
            Default: a role is made. A change replaces the job: it is run anew.
        :param job_name: The name, 1 to 63 letters, digits, hyphens and underscores, the first a letter or a digit. Jobs
            keep their names for good: with one given, each further change needs another. Default: a unique name is
            generated. A change replaces the job: it is run anew.
        :param rerun_on: Values of your own, such as a hash of the files. Default: none. A change replaces the job: it
            is run anew.
        :param timeout: How long a deployment may wait for the job, 1 minute to 48 hours. More than 55 minutes add
            a wait link to the stack for each 55. Default: 24 hours, as Amazon Personalize may take up to a day.
        :raises ValidationError: when a value is one that Amazon Personalize would refuse.
        """
        later = LaterRole(scope)
        super().__init__(
            scope,
            id,
            kind="DataDeletionJob",
            request={
                "datasetGroupArn": arn_of("DatasetGroup", dataset_group),
                "dataSource": {"dataLocation": url} if (url := url_of_place(source)) is not None else {},
                "roleArn": later.arn,
            },
            name=job_name,
            props={"datasetGroupArn": "dataset_group", "dataSource.dataLocation": "source", "roleArn": "role"},
            timeout=timeout,
            problems=[
                *problems_of_dataset_group(scope, dataset_group),
                *problems_of_place(scope, "source", source),
                *_encrypted(source),
                *_validation.wrong_object("role", role, "role_arn", "a role"),
                *_validation.wrong_texts("rerun_on", rerun_on),
            ],
            parents=[part_of_dataset_group(dataset_group)],
            extra={kinds.RERUN_ON: rerun_on, kinds.NEW_ROLE: later.new_ids},
        )
        made = service_role(self, "Role", "Lets Amazon Personalize read who is deleted") if role is None else role
        self.role: iam.IRole = made
        """The role by which Amazon Personalize reads the files, made or given."""
        later.role = self.role
        check_trust(self, role)
        self._hand_over(self.role, allow_place(self, self.role, source, READ))
        comes_after_data(dataset_group, self)
        self.data_deletion_job_arn = self._arn_attribute("data-deletion-job")
        """The ARN; who uses it waits until the users are deleted."""
        self.data_deletion_job_name = self._name_attribute()
        """The name, generated or given."""
        self.data_deletion_job_status = self._attribute("Status")
        """The status after the deployment, COMPLETED."""
        self.num_deleted = self._attribute("NumDeleted")
        """How many records were deleted."""


def _encrypted(place: Any) -> list[Problem]:
    key = getattr(getattr(place, "bucket", None), "encryption_key", None)
    rule = "must be in a bucket that is not encrypted with a key of yours"
    return [] if key is None else [Problem("source", rule, key.node.path, certain=True)]
