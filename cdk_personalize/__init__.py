"""Amazon Personalize as AWS CDK constructs."""

from cdk_personalize.campaign import Campaign, ICampaign, ItemExploration, RankingInfluence
from cdk_personalize.errors import ValidationError
from cdk_personalize.provider import PersonalizeProvider
from cdk_personalize.solution import ISolution, Solution
from cdk_personalize.solution_version import ISolutionVersion, SolutionVersion, TrainingMode

__all__ = [
    "Campaign",
    "ICampaign",
    "ISolution",
    "ISolutionVersion",
    "ItemExploration",
    "PersonalizeProvider",
    "RankingInfluence",
    "Solution",
    "SolutionVersion",
    "TrainingMode",
    "ValidationError",
]
