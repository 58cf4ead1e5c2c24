"""A campaign for a solution that exists outside the stack."""

import aws_cdk as cdk
from constructs import Construct

import cdk_personalize as personalize


class Quickstart(cdk.Stack):
    """A trained solution version, and a campaign that recommends films with titles."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        solution = personalize.Solution.from_solution_name(self, "Solution", "quickstart-movies")
        version = personalize.SolutionVersion(self, "Version", solution=solution)
        campaign = personalize.Campaign(
            self,
            "Movies",
            solution_version=version,
            min_provisioned_tps=int(self.node.try_get_context("min_provisioned_tps") or 1),
            enable_metadata_with_recommendations=True,
        )
        cdk.CfnOutput(self, "CampaignArn", value=campaign.campaign_arn)


app = cdk.App()
Quickstart(app, "Quickstart")
app.synth()
