"""The settings of each environment, in the order of a release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy

from cdk_personalize import DatasetType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseEnvironment:
    """An AWS account and region, and the settings of the app in it."""

    name: str
    account: str
    region: str
    min_provisioned_tps: int
    """Provisioned requests per second of the campaign, billed even without requests."""
    training_timeout: Duration
    """Maximum time that a deployment waits for the training of the model. After that time, it fails."""
    campaign_timeout: Duration
    """Maximum time that a deployment waits for the campaign. After that time, it fails."""
    removal_policy: RemovalPolicy
    """The removal policy of the dataset group, its data and the solution."""
    excluded_columns: Mapping[DatasetType, Sequence[str]] | None = None
    """The columns to exclude from training. Default: none."""
    least_ndcg_at_10: float
    """Minimum NDCG at 10 of the model, an offline metric from 0 to 1. Below it, the release fails."""
    needs_approval: bool = False
    """Whether a person must approve each release to this environment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tooling:
    """The AWS account and region of the pipeline, and its source repository."""

    account: str
    region: str
    repository: str
    branch: str
    connection_arn: str
    """The connection to the repository, created and authorized once in the AWS CodeConnections console."""


MODEL = "films-1"
"""The name of the solution version. A change of the name trains a new model in each environment."""

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
