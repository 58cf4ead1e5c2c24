"""Usage of campaigns and recommenders, from the metrics in Amazon CloudWatch."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from cdk_personalize_handler import service_model, status
from cdk_personalize_handler.kinds import KINDS

from cdk_personalize.cli import billing, group_reader, progress
from cdk_personalize.cli.aws import AwsClients

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cdk_personalize_handler.kinds import Kind
    from cdk_personalize_handler.personalize import Description


WINDOW = timedelta(minutes=5)
"""Amazon Personalize bills the average of the requests per second in 5 minutes, if it is above the minimum."""
MOST_DAYS = 63
"""Days for which Amazon CloudWatch keeps sums of 5 minutes."""
DELETE, STOP, LOWER = "delete", "stop", "lower"
_TARGET = 0.8
"""Share of the provisioned requests per second that the peak uses after a suggested reduction."""
_SHORTEST = timedelta(days=1)
"""Minimum time of observation for a suggestion."""
_NAMESPACE = "AWS/Personalize"
_WITHOUT_METRICS = "/aws-next-best-action"
"""End of the ARNs of recipes whose requests have no metric."""
_KINDS = ("Campaign", "Recommender")
_NOT_ENABLED = frozenset({"UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure"})
"""Errors of a region that the account has not enabled."""
_QUERIES = 500
"""Maximum number of metrics in a GetMetricData request."""


@dataclass(frozen=True, kw_only=True)
class ProvisionedResource:
    """A campaign or a recommender, with its provisioned requests per second."""

    kind: Kind
    arn: str
    name: str
    status: str
    created: datetime
    provisioned: int
    is_billed: bool
    """Whether the minimum is billed now. False while a recommender is stopped."""
    has_metrics: bool
    """Whether its requests have a metric."""
    region: str
    stack: str | None
    """The name of the stack that has it."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The requests of a resource in the time of observation."""

    resource: ProvisionedResource
    observed: timedelta
    """The time from the start of the observation, or from the creation if it is later."""
    requests: int
    peak: float
    """The most requests per second, as the average of 5 minutes."""
    last: datetime | None
    """Start of the last 5 minutes with a request. None without a request in the time of observation."""

    @property
    def average(self) -> float:
        """The average number of requests per second."""
        return self.requests / self.observed.total_seconds() if self.observed else 0.0

    @property
    def utilization(self) -> float:
        """The average as a fraction of the provisioned requests per second."""
        return self.average / self.resource.provisioned

    @property
    def suggestion(self) -> str | None:
        """DELETE, STOP or LOWER, or None."""
        resource = self.resource
        if not (resource.is_billed and resource.has_metrics) or self.observed < _SHORTEST:
            return None
        if self.requests == 0:
            return DELETE if service_model.operation("Stop", resource.kind.name) is None else STOP
        return LOWER if self.sufficient < resource.provisioned else None

    @property
    def sufficient(self) -> int:
        """The lowest minimum of which the peak uses at most 80 percent, but at least 1."""
        return max(1, math.ceil(round(self.peak / _TARGET, 6)))


def of_account(profile: str | None, region: str | None, days: int, *, all_regions: bool) -> list[Usage]:
    """Return the usage of all campaigns and recommenders of an account.

    :param region: The region, if `all_regions` is False.
    :param days: Days of observation, until now.
    """
    if not all_regions:
        return of_region(AwsClients(profile, region), days)
    found: list[Usage] = []
    for each in AwsClients(profile, region).regions:
        try:
            found += of_region(AwsClients(profile, each), days)
        except ClientError as error:
            if error.response["Error"].get("Code") not in _NOT_ENABLED:
                raise
    return found


def of_region(aws: AwsClients, days: int) -> list[Usage]:
    """Return the usage of all campaigns and recommenders of an account in a region."""
    resources = _resources(aws)
    now = aws.now or datetime.now(timezone.utc)
    start = now - timedelta(days=days)
    with progress.timed(f"Reading the metrics of {aws.region}"):
        sums = _sums(aws, [each for each in resources if each.has_metrics], start, now)
    return [_usage(each, sums.get(each.arn, Counter()), start, now) for each in resources]


def _resources(aws: AwsClients) -> list[ProvisionedResource]:
    with progress.timed(f"Listing the campaigns and recommenders of {aws.region}"):
        listed = [(kind, arn) for kind in map(KINDS.__getitem__, _KINDS) for arn in _arns(aws, kind)]
        stack_by_arn = group_reader.stack_by_arn(aws, [arn for _, arn in listed]) if listed else {}
    tracked = progress.counted(listed, f"Describing the campaigns and recommenders of {aws.region}")
    described = [(kind, arn, aws.describe(kind, arn)) for kind, arn in tracked]
    return [
        _resource(aws, kind, arn, description, stack_by_arn.get(arn))
        for kind, arn, description in described
        if description is not None
    ]


def _arns(aws: AwsClients, kind: Kind) -> Iterator[str]:
    for summary in aws.personalize(kind).entries(f"List{kind.name}s"):
        yield summary[service_model.arn_member(kind.name)]


def _resource(
    aws: AwsClients, kind: Kind, arn: str, description: Description, stack: str | None
) -> ProvisionedResource:
    found = status.own_status(description)
    return ProvisionedResource(
        kind=kind,
        arn=arn,
        name=str(description["name"]),
        status=found,
        created=datetime.fromtimestamp(status.began(description), timezone.utc),
        provisioned=billing.provisioned(kind.name, description),
        is_billed=found == "ACTIVE",
        has_metrics=not _recipe(aws, description).endswith(_WITHOUT_METRICS),
        region=aws.region,
        stack=stack,
    )


def _recipe(aws: AwsClients, description: Description) -> str:
    """Return the ARN of the recipe of a resource. Empty if it is unknown."""
    if "solutionVersionArn" not in description:
        return str(description.get("recipeArn", ""))
    solution = str(description["solutionVersionArn"]).rpartition("/")[0]
    return str((aws.describe(KINDS["Solution"], solution) or {}).get("recipeArn", ""))


def _sums(
    aws: AwsClients, resources: Sequence[ProvisionedResource], start: datetime, end: datetime
) -> Mapping[str, Counter[datetime]]:
    """Return the number of requests by ARN and by the start of their 5 minutes."""
    metrics = [(each.arn, query) for each in resources for query in _queries(each)]
    sums: dict[str, Counter[datetime]] = {}
    for first in range(0, len(metrics), _QUERIES):
        batch = {f"m{number}": each for number, each in enumerate(metrics[first : first + _QUERIES])}
        pages = aws.cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[{"Id": name, "MetricStat": query} for name, (_, query) in batch.items()],
            StartTime=start,
            EndTime=end,
        )
        for result in (each for page in pages for each in page["MetricDataResults"]):
            counted = sums.setdefault(batch[result["Id"]][0], Counter())
            counted.update(dict(zip(result["Timestamps"], map(round, result["Values"]), strict=True)))
    return sums


def _queries(resource: ProvisionedResource) -> Iterator[dict[str, Any]]:
    """Yield the metric of each runtime operation on a resource.

    Its name is that of the operation, and the dimension is the ARN.
    """
    runtime = service_model.model("personalize-runtime")
    member = service_model.arn_member(resource.kind.name)
    for operation in runtime.operation_names:
        if member in runtime.operation_model(operation).input_shape.members:
            dimension = {"Name": service_model.upper_first(member), "Value": resource.arn}
            metric = {"Namespace": _NAMESPACE, "MetricName": operation, "Dimensions": [dimension]}
            yield {"Metric": metric, "Period": round(WINDOW.total_seconds()), "Stat": "Sum"}


def _usage(resource: ProvisionedResource, sums: Counter[datetime], start: datetime, now: datetime) -> Usage:
    requested = [at for at, number in sums.items() if number]
    return Usage(
        resource=resource,
        observed=max(timedelta(), now - max(start, resource.created)),
        requests=sum(sums.values()),
        peak=max(sums.values(), default=0) / WINDOW.total_seconds(),
        last=max(requested, default=None),
    )
