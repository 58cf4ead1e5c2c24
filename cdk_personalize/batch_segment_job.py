"""Batch segment jobs: the users for items or attributes, many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize._batch import Job, problems_of_input, source
from cdk_personalize._resource import arn_of
from cdk_personalize._validation import Problem
from cdk_personalize.filter import problems_of_filter
from cdk_personalize.recipe import capabilities_of, recipe_name
from cdk_personalize.solution_version import parts_of_trained_solution, problems_of_solution_version

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


class BatchSegmentJob(Job):
    """The users who will like items, or what has an attribute: read from Amazon S3, and written there.

    It runs once, when it is deployed, and again when something about it changes. Amazon Personalize keeps jobs for
    good: taken out of the stack it stays there, at no cost, and so does what it wrote.

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
        """Make segments.

        :param scope: the scope of the construct.
        :param id: its id there.
        :param solution_version: The solution version to ask, of a recipe for segments. A change replaces the job: it is
            run anew.
        :param input: The file of JSON lines that says for what, or a folder of them, an address of at most 256
            characters. A change replaces the job: it is run anew. A change of the files is none: see `rerun_on`.
        :param output: The folder for the results, which must not be `input`, an address of at most 256 characters.
            A change replaces the job: it is run anew.
        :param role: The role by which Amazon Personalize reads and writes; it gets the rights that it needs.
            Default: a role is made. A change replaces the job: it is run anew.
        :param job_name: The name, 1 to 63 letters, digits, hyphens and underscores, the first a letter or a digit. Jobs
            keep their names for good: with one given, each further change needs another. Default: a unique name is
            generated. A change replaces the job: it is run anew.
        :param filter: Which users may be in a segment. Default: all. A change replaces the job: it is run anew.
        :param num_results: How many users a segment has at most. Default: Amazon Personalize's, 25. A change replaces
            the job: it is run anew.
        :param output_key: The key that the results are encrypted with. Default: that of the bucket. A change replaces
            the job: it is run anew.
        :param rerun_on: Values of your own, such as a hash of the files or a date. Default: none. A change replaces
            the job: it is run anew.
        :param timeout: How long a deployment may wait for the job, 1 minute to 48 hours. More than 55 minutes add
            a wait link to the stack for each 55. Default: 2 hours.
        :raises ValidationError: when a value is one that Amazon Personalize would refuse.
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
            props={"jobName": "job_name", "solutionVersionArn": "solution_version", "filterArn": "filter"},
            problems=[
                *problems_of_solution_version(scope, solution_version),
                *problems_of_input(scope, input, output),
                *([] if filter is None else problems_of_filter(scope, filter)),
                *problems_of_segments(solution_version),
            ],
            parents=parts_of_trained_solution(solution_version),
            job_name=job_name,
            role=role,
            reads=input,
            writes=output,
            key=output_key,
            rerun_on=rerun_on,
            timeout=timeout,
        )
        self.batch_segment_job_arn = self._arn_attribute("batch-segment-job")
        """The ARN; who uses it waits until the results are there."""
        self.batch_segment_job_name = self._name_attribute()
        """The name, generated or given."""
        self.batch_segment_job_status = self._attribute("Status")
        """The status after the deployment, ACTIVE."""


def problems_of_segments(version: Any) -> list[Problem]:
    """Return what the recipe cannot do, where it is known."""
    capabilities = capabilities_of(version)
    if capabilities is None or capabilities.batch_segments:
        return []
    rule = "must be of a recipe for segments, Recipe.ITEM_AFFINITY or Recipe.ITEM_ATTRIBUTE_AFFINITY"
    return [Problem("solution_version", rule, recipe_name(version.recipe.arn), certain=True)]
