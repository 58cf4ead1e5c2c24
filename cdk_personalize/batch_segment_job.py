"""Batch segment jobs: user segments for many items or attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize._batch import BatchJob, problems_of_input, source
from cdk_personalize._resource import arn_of
from cdk_personalize._validation import Problem
from cdk_personalize.filter import problems_of_filter
from cdk_personalize.recipe import capabilities_of, recipe_name
from cdk_personalize.solution_version import iam_resources_of_trained_solution, problems_of_solution_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Duration
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk.interfaces.aws_personalize import IFilterRef
    from constructs import Construct

    from cdk_personalize.filter import IFilter
    from cdk_personalize.s3_location import S3Location
    from cdk_personalize.solution_version import ISolutionVersion


class BatchSegmentJob(BatchJob):
    """A job that writes segments of users for items or item attributes to Amazon S3.

    It runs when it is first deployed, and again after each change of a property. Amazon Personalize cannot delete jobs:
    after deletion from the stack, the job and its output stay, at no cost.

    https://docs.aws.amazon.com/personalize/latest/dg/getting-user-segments.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        solution_version: ISolutionVersion,
        input: S3Location,
        output: S3Location,
        role: iam.IRole | None = None,
        job_name: str | None = None,
        filter: IFilter | IFilterRef | None = None,
        num_results: int | None = None,
        output_key: kms.IKey | None = None,
        rerun_on: Mapping[str, str] | None = None,
        timeout: Duration | None = None,
    ) -> None:
        """Create a batch segment job.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param solution_version: The solution version, of a user segmentation recipe. A change replaces the job, which
            runs again.
        :param input: The S3 file in JSON Lines format, or a folder of such files, with one item or attribute per line;
            a URI of at most 256 characters. A change replaces the job, which runs again. Changing the content of the
            files does not rerun the job; change `rerun_on`.
        :param output: The S3 folder for the results, a URI of at most 256 characters. It must differ from `input`. A
            change replaces the job, which runs again.
        :param role: The role that Amazon Personalize assumes to read and write; it receives the required permissions.
            Default: a role is created. A change replaces the job, which runs again.
        :param job_name: The name: 1 to 63 letters, digits, hyphens or underscores, starting with a letter or a digit.
            Job names cannot be reused: if you set a name, each later change requires a new one. Default: a unique name
            is generated. A change replaces the job, which runs again.
        :param filter: The filter for the users in a segment. Default: none. A change replaces the job, which runs
            again.
        :param num_results: The maximum number of users in a segment. Default: the default of Amazon Personalize, 25. A
            change replaces the job, which runs again.
        :param output_key: The KMS key that encrypts the results. Default: the encryption of the bucket. A change
            replaces the job, which runs again.
        :param rerun_on: Values that rerun the job when they change, such as a hash of the files or a date. Default:
            none. A change replaces the job, which runs again.
        :param timeout: The maximum time that a deployment waits for the job, from 1 minute to 48 hours. After that
            time, the deployment fails. Each 55 minutes beyond the first 55 add a custom resource to the stack, which
            continues the wait. Default: 2 hours.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        super().__init__(
            scope,
            id,
            kind="BatchSegmentJob",
            request={
                "solutionVersionArn": arn_of("SolutionVersion", solution_version),
                "filterArn": arn_of("Filter", filter),
                "numResults": num_results,
                "jobInput": source(input),
            },
            problems=[
                *problems_of_solution_version(scope, solution_version),
                *problems_of_input(scope, input, output),
                *([] if filter is None else problems_of_filter(scope, filter)),
                *problems_of_segments(solution_version),
            ],
            parents=iam_resources_of_trained_solution(solution_version),
            job_name=job_name,
            role=role,
            reads=input,
            writes=output,
            key=output_key,
            rerun_on=rerun_on,
            timeout=timeout,
        )
        self.batch_segment_job_arn = self._arn_attribute("batch-segment-job")
        """The ARN of the job. Resources that use the ARN are deployed after the results are written."""
        self.batch_segment_job_name = self._name_attribute()
        """The name of the job, specified or generated."""
        self.batch_segment_job_status = self._attribute("Status")
        """The status of the job after the deployment: ACTIVE."""


def problems_of_segments(version: Any) -> list[Problem]:
    """Return a problem if the recipe is known not to support batch segment jobs."""
    capabilities = capabilities_of(version)
    if capabilities is None or capabilities.batch_segments:
        return []
    rule = "must be of a user segmentation recipe, Recipe.ITEM_AFFINITY or Recipe.ITEM_ATTRIBUTE_AFFINITY"
    return [Problem("solution_version", rule, recipe_name(version.recipe.arn), certain=True)]
