"""Differences between the environments, in the order of a release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy

from cdk_personalize import DatasetType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseEnvironment:
    """An account and a region, and the settings of the recommendations there."""

    name: str
    account: str
    region: str
    min_provisioned_tps: int
    """Provisioned requests per second of the campaign, billed even without requests."""
    training_timeout: Duration
    """The wait budget of the training."""
    campaign_timeout: Duration
    """The wait budget of the campaign."""
    removal_policy: RemovalPolicy
    """The removal policy of the data and the solution."""
    excluded_columns: Mapping[DatasetType, Sequence[str]] | None = None
    """The columns to exclude from training. Default: none."""
    least_ndcg_at_10: float
    """The minimum values of the quality gate."""
    needs_approval: bool = False
    """Whether a release requires manual approval."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tooling:
    """The environment of the pipeline, and its repository."""

    account: str
    region: str
    repository: str
    branch: str
    connection_arn: str
    """The connection to the repository, created and authorized once in the AWS CodeConnections console."""


MODEL = "films-1"
"""The name of the model. Another name trains a new model in each environment."""

TOOLING = Tooling(
    account="444444444444",
    region="us-east-1",
    repository="example/films",
    branch="main",
    connection_arn=("arn:aws:codeconnections:us-east-1:444444444444:connection/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"),
)

ENVIRONMENTS = (
    ReleaseEnvironment(
        name="Dev",
        account="111111111111",
        region="us-east-1",
        min_provisioned_tps=1,
        training_timeout=Duration.hours(3),
        campaign_timeout=Duration.minutes(40),
        removal_policy=RemovalPolicy.DESTROY,
        excluded_columns={DatasetType.ITEMS: ["DESCRIPTION"]},
        least_ndcg_at_10=0.02,
    ),
    ReleaseEnvironment(
        name="Staging",
        account="222222222222",
        region="us-east-1",
        min_provisioned_tps=2,
        training_timeout=Duration.hours(6),
        campaign_timeout=Duration.minutes(50),
        removal_policy=RemovalPolicy.DESTROY,
        least_ndcg_at_10=0.1,
    ),
    ReleaseEnvironment(
        name="Prod",
        account="333333333333",
        region="us-east-1",
        min_provisioned_tps=10,
        training_timeout=Duration.hours(6),
        campaign_timeout=Duration.minutes(50),
        removal_policy=RemovalPolicy.RETAIN,
        least_ndcg_at_10=0.1,
        needs_approval=True,
    ),
)
