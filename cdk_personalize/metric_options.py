"""Keyword arguments of the methods that return CloudWatch metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Duration
    from aws_cdk import aws_cloudwatch as cloudwatch


class JobMetricOptions(TypedDict, total=False):
    """Options of a metric of jobs, such as imports and trainings.

    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_cloudwatch.MathExpressionOptions.html
    """

    statistic: str
    """The statistic, such as `Sum`."""
    period: Duration
    """The length of a data point. Default: 5 minutes."""
    label: str
    """The label in graphs. Default: the name of the metric."""
    color: str
    """The color in graphs, as a hexadecimal code. Default: chosen by CloudWatch."""


class ResourceMetricOptions(JobMetricOptions, total=False):
    """Options of a metric whose dimensions identify one resource.

    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_cloudwatch.MetricOptions.html
    """

    account: str
    """The account of the metric. Default: the account of the resource."""
    region: str
    """The region of the metric. Default: the region of the resource."""
    dimensions_map: Mapping[str, str]
    """The dimensions. Default: the dimensions of the resource."""
    id: str
    """The ID in metric math expressions."""
    unit: cloudwatch.Unit
    """The unit to filter by. Default: all units."""
    visible: bool
    """Whether a graph shows the metric. Default: true."""
    stack_account: str
    """The account of the stack with the graph or alarm."""
    stack_region: str
    """The region of the stack with the graph or alarm."""
