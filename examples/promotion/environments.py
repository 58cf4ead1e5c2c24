"""What differs between the environments, in the order in which a release reaches them; all else is the same code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy

from cdk_personalize import DatasetType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """An account and a region, and how the recommendations are set up there."""

    name: str
    account: str
    region: str
    min_provisioned_tps: int
    """Requests per second that the campaign keeps ready, billed whether used or not."""
    training_timeout: Duration
    """How long a deployment may wait for the training."""
    campaign_timeout: Duration
    """How long a deployment may wait for the campaign."""
    removal_policy: RemovalPolicy
    """What happens to the data and the solution when they leave the stack."""
    excluded_columns: Mapping[DatasetType, Sequence[str]] | None = None
    """Columns that are not trained on; all are by default."""
    least_ndcg_at_10: float
    """What the quality gate asks of the model."""
    needs_approval: bool = False
    """Whether somebody has to agree before a release comes here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tooling:
    """Where the pipeline itself is, and the repository that it follows."""

    account: str
    region: str
    repository: str
    branch: str
    connection_arn: str
    """The connection to the repository, made and authorized once in the console of AWS CodeConnections."""


MODEL = "films-1"
"""The name of the model; another name trains another one, in each environment."""

TOOLING = Tooling(
    account="444444444444",
    region="us-east-1",
    repository="example/films",
    branch="main",
    connection_arn=("arn:aws:codeconnections:us-east-1:444444444444:connection/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"),
)

ENVIRONMENTS = (
    Environment(
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
    Environment(
        name="Staging",
        account="222222222222",
        region="us-east-1",
        min_provisioned_tps=2,
        training_timeout=Duration.hours(6),
        campaign_timeout=Duration.minutes(50),
        removal_policy=RemovalPolicy.DESTROY,
        least_ndcg_at_10=0.1,
    ),
    Environment(
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
