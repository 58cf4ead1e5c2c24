"""Stacks that several deployment tests use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.deploy import LocalAws

    Build = Callable[[cdk.App], object]


def served(stack: str, version: str, **props: Any) -> Build:
    """Return a function that adds a stack with a campaign to an app.

    The campaign serves an imported solution version. `props` are its other props, and `tags`.
    """

    def build(app: cdk.App) -> None:
        scope = cdk.Stack(app, stack)
        imported = personalize.SolutionVersion.from_solution_version_arn(scope, "Version", version)
        tags = props.pop("tags", {})
        campaign = personalize.Campaign(scope, "Related", solution_version=imported, **props)
        for key, value in tags.items():
            cdk.Tags.of(campaign).add(key, value)
        cdk.CfnOutput(scope, "Arn", value=campaign.campaign_arn)

    return build


def campaign(aws: LocalAws, stack: str) -> dict[str, Any]:
    arn = aws.outputs(stack)["Arn"]
    found: dict[str, Any] = aws.personalize().describe_campaign(campaignArn=arn)["campaign"]
    return found
