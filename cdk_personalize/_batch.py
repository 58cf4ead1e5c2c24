"""What the jobs have in common that read from and write to Amazon S3 in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Annotations
from cdk_personalize_handler import kinds

from cdk_personalize import _validation
from cdk_personalize._resource import TaggableResource
from cdk_personalize._service_role import READ, WRITE, LaterRole, allow_key, allow_place, service_role
from cdk_personalize._validation import Problem
from cdk_personalize.s3_location import S3Location

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import Duration
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from constructs import Construct


class Job(TaggableResource):
    """A job: it runs when it is deployed, and anew under another name when anything about it changes."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        kind: str,
        request: Mapping[str, Any],
        props: Mapping[str, str],
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
        """Validate and synthesize.

        :param reads: where the job reads, if it does.
        :param writes: where it writes.
        :param key: the key that its output is encrypted with.
        """
        later = LaterRole()
        super().__init__(
            scope,
            id,
            kind=kind,
            request={
                **request,
                "roleArn": later.arn,
                "jobOutput": {"s3DataDestination": _destination(writes, key)},
            },
            name=job_name,
            props={
                "roleArn": "role",
                "jobInput": "input",
                "jobInput.s3DataSource.path": "input",
                "jobOutput": "output",
                "jobOutput.s3DataDestination.path": "output",
                "jobOutput.s3DataDestination.kmsKeyArn": "output_key",
                **props,
            },
            timeout=timeout,
            problems=[
                *problems,
                *_validation.wrong_type("output", writes, S3Location, "an S3Location"),
                *_validation.wrong_object("role", role, "role_arn", "a role"),
                *_validation.wrong_object("output_key", key, "key_arn", "a key"),
                *_validation.wrong_texts("rerun_on", rerun_on),
            ],
            parents=parents,
            extra={kinds.RERUN_ON: rerun_on},
        )
        made = (
            service_role(self, "Role", "Lets Amazon Personalize read and write what a job does")
            if role is None
            else role
        )
        self.role: iam.IRole = made
        """The role by which Amazon Personalize reads and writes, made or given."""
        later.role = made
        needed = [] if key is None else allow_key(self, made, key)
        if reads is not None:
            needed += allow_place(self, made, reads, READ)
        needed += allow_place(self, made, writes, WRITE)
        self._hand_over(made, needed)
        if job_name is not None:
            Annotations.of(self).add_warning_v2(
                "cdk-personalize:job.name",
                "a job keeps its name for good, so that each further change needs another job_name; leave it out",
            )


def problems_of_input(given: Any, output: Any) -> list[Problem]:
    """Return what is wrong with where a job reads, beside where it writes."""
    problems = _validation.wrong_type("input", given, S3Location, "an S3Location")
    if isinstance(given, S3Location) and isinstance(output, S3Location) and given.url == output.url:
        problems.append(Problem("output", "must not be the input", output.url, certain=True))
    return problems


def source(given: Any) -> dict[str, Any]:
    """Return where a job reads, as the API has it."""
    return {"s3DataSource": {"path": given.url}} if isinstance(given, S3Location) else {}


def _destination(writes: Any, key: Any) -> dict[str, Any]:
    path = {"path": writes.url} if isinstance(writes, S3Location) else {}
    return path | ({"kmsKeyArn": key.key_arn} if hasattr(key, "key_arn") else {})
