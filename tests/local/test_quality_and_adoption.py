"""Quality gates and adoption, deployed by the CDK CLI into the local AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
import prepare

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.deploy import LocalAws

NAME = "GateAndAdoption"
NDCG = "normalized_discounted_cumulative_gain_at_10"
SHORT = f"its quality is below a gate: {NDCG} is 0.0312, the gate asks for at least 0.05"


def shop(solution: str, version: str, trained: str) -> Callable[[cdk.App], None]:
    """Return a function that adds a stack to an app.

    The stack adopts a campaign, and serves a version with a quality gate.
    """

    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, NAME)
        adopted = personalize.Campaign(
            stack,
            "Adopted",
            solution_version=personalize.SolutionVersion.from_solution_version_arn(stack, "Existing", version),
            campaign_name="by-hand",
            min_provisioned_tps=2,
            adopt=True,
        )
        gated = personalize.SolutionVersion(
            stack,
            "Gated",
            solution=personalize.Solution.from_solution_arn(stack, "Solution", solution),
            solution_version_name=trained,
            quality_gate=personalize.QualityGate(metric=personalize.OfflineMetric.NDCG_AT_10, at_least=0.05),
        )
        gated.node.add_dependency(adopted)
        related = personalize.Campaign(stack, "Related", solution_version=gated)
        cdk.CfnOutput(stack, "Adopts", value=adopted.campaign_arn)
        cdk.CfnOutput(stack, "Serves", value=related.campaign_arn)
        cdk.CfnOutput(stack, "Ndcg", value=gated.offline_metric(personalize.OfflineMetric.NDCG_AT_10))

    return build


def test_a_gate_keeps_the_old_version_and_an_adopted_campaign_is_updated_in_place(aws: LocalAws) -> None:
    solution = aws.prepare("gated-films")
    version = aws.version(solution)
    service = aws.personalize()
    outside_the_stack = service.create_campaign(name="by-hand", solutionVersionArn=version, minProvisionedTPS=5)[
        "campaignArn"
    ]
    prepare.wait_until_active(service, "campaign", outside_the_stack, 0.05)

    def set_metrics(**metrics: float) -> None:
        aws.control("POST", "metrics", {"kind": "SolutionVersion", "metrics": metrics})

    def described(arn: str) -> dict[str, object]:
        found: dict[str, object] = service.describe_campaign(campaignArn=arn)["campaign"]
        return found

    try:
        set_metrics(**{NDCG: 0.0312})
        failed = aws.deploy(shop(solution, version, "first"))
        assert failed.code != 0
        assert SHORT in failed.output
        # After the rollback, the campaign exists, without an ownership tag.
        assert aws.existing("Campaign") == [outside_the_stack]
        assert described(outside_the_stack)["status"] == "ACTIVE"
        assert service.list_tags_for_resource(resourceArn=outside_the_stack)["tags"] == []

        set_metrics(**{NDCG: 0.0601})
        # The failed version and its name stay in use, because the API cannot delete it.
        aws.deploy(shop(solution, version, "retried")).ok()
        outputs = aws.outputs(NAME)
        assert (outputs["Adopts"], outputs["Ndcg"]) == (outside_the_stack, "0.0601")
        assert described(outside_the_stack)["minProvisionedTPS"] == 2
        served = described(outputs["Serves"])["solutionVersionArn"]

        set_metrics(**{NDCG: 0.0312})
        position = len(aws.calls())
        assert aws.deploy(shop(solution, version, "second")).code != 0
        assert aws.stack_status(NAME) == "UPDATE_ROLLBACK_COMPLETE"
        assert any(SHORT in reason for reason in aws.failures(NAME))
        assert described(outputs["Serves"])["solutionVersionArn"] == served
        assert aws.mutating(position) == ["CreateSolutionVersion"]
    finally:
        set_metrics()
        aws.destroy(shop(solution, version, "retried")).ok()
    assert aws.existing("Campaign") == []
