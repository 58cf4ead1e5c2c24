"""Base class of jobs that write their results to Amazon S3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Annotations
from cdk_personalize_handler import kinds

from cdk_personalize import _validation
from cdk_personalize._resource import TaggableResource
from cdk_personalize._service_role import READ, WRITE, LaterRole, allow_key, allow_location, check_trust, service_role
from cdk_personalize._validation import Problem
from cdk_personalize.s3_location import problems_of_location, url_of_location

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import Duration
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from constructs import Construct

    from cdk_personalize.s3_location import S3Location


class BatchJob(TaggableResource):
    """A batch job, which runs when it is deployed and again after each change."""

    _props: Mapping[str, str] = {
        "jobInput.s3DataSource": "input",
        "jobInput.s3DataSource.path": "input",
        "jobOutput.s3DataDestination": "output",
        "jobOutput.s3DataDestination.path": "output",
        "jobOutput.s3DataDestination.kmsKeyArn": "output_key",
    }

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        kind: str,
        request: Mapping[str, Any],
        problems: Sequence[Problem],
        parents: Sequence[str],
        job_name: str | None,
        role: iam.IRole | None,
        reads: S3Location | None,
        writes: S3Location,
        key: kms.IKey | None,
        rerun_on: Mapping[str, str] | None,
        timeout: Duration | None,
    ) -> None:
        """Validate the job and add it to the template.

        :param reads: The S3 location of the input, or None for a job without input.
        :param writes: The S3 location of the output.
        :param key: The KMS key that encrypts the output.
        """
        later = LaterRole(scope)
        super().__init__(
            scope,
            id,
            kind=kind,
            request={
                **request,
                "roleArn": later.arn,
                "jobOutput": {"s3DataDestination": destination(writes, key)},
            },
            name=job_name,
            timeout=timeout,
            problems=[
                *problems,
                *problems_of_location(scope, "output", writes),
                *_validation.wrong_object("role", role, "role_arn", "a role"),
                *_validation.wrong_object("output_key", key, "key_arn", "a key"),
                *_validation.wrong_texts("rerun_on", rerun_on),
            ],
            parents=parents,
            extra={kinds.RERUN_ON: rerun_on, kinds.NEW_ROLE: later.new_ids},
        )
        made = (
            service_role(self, "Role", "Lets Amazon Personalize read the input and write the output of a job")
            if role is None
            else role
        )
        self.role: iam.IRole = made
        """The role that Amazon Personalize assumes to read and write, specified or created."""
        later.role = made
        check_trust(self, role)
        needed = [] if key is None else allow_key(self, made, key)
        if reads is not None:
            needed += allow_location(self, made, reads, READ)
        needed += allow_location(self, made, writes, WRITE)
        self._pass_role(made, needed)
        self.output = writes
        """The S3 location of the output."""
        if reads is not None and writes.url.startswith(reads.url):
            Annotations.of(self).add_warning_v2(
                "cdk-personalize:job.output",
                "the output is in the input folder, so that a rerun would read the previous output; use another folder",
            )
        if job_name is not None:
            Annotations.of(self).add_warning_v2(
                "cdk-personalize:job.name",
                "job names cannot be reused, so that each later change requires a new job_name; "
                "omit it to have one generated",
            )


def problems_of_input(scope: Construct, given: Any, output: Any) -> list[Problem]:
    """Return the problems of the S3 locations for the input and the output of a job."""
    problems = problems_of_location(scope, "input", given)
    url = url_of_location(output)
    if url is not None and url.rstrip("/") == str(url_of_location(given)).rstrip("/"):
        problems.append(Problem("output", "must not be the input", url, certain=True))
    return problems


def source(given: Any) -> dict[str, Any]:
    """Convert the S3 location of the input to members of the API."""
    url = url_of_location(given)
    return {} if url is None else {"s3DataSource": {"path": url}}


def destination(writes: Any, key: Any) -> dict[str, Any]:
    """Convert the S3 location of the output to members of the API."""
    members = {"path": url_of_location(writes), "kmsKeyArn": getattr(key, "key_arn", None)}
    return {name: value for name, value in members.items() if value is not None}
