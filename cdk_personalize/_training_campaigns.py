"""The step of a training pipeline that updates campaigns, and rolls them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize import _states_language as asl
from cdk_personalize._states_language import jsonata
from cdk_personalize._training_blocks import catch_failure, put_event
from cdk_personalize._training_events import TrainingEvent

if TYPE_CHECKING:
    from cdk_personalize._states_language import States
    from cdk_personalize._training_plan import Plan

_CAMPAIGN_POLL_SECONDS = 60


def campaigns(plan: Plan) -> Any:
    """Return the step that updates the campaigns, and rolls them back on failure.

    It records the version that each campaign serves, and then updates one campaign after the other. None without
    campaigns.
    """

    def build(following: str) -> States:
        items = [{"CampaignArn": arn} for arn in plan.campaign_arns]
        return {
            "RecordServing": asl.one_by_one(
                items,
                "DescribeServed",
                _served(),
                "MoveCampaigns",
                [catch_failure("UpdateCampaigns")],
                assign={"moves": jsonata("$states.result")},
            ),
            "MoveCampaigns": asl.one_by_one(
                jsonata("$moves"),
                "DescribeToMove",
                _move("Move", "$version", rolls_back=False),
                following,
                [catch_failure("UpdateCampaigns", "RollBackCampaigns")],
            ),
            "RollBackCampaigns": asl.one_by_one(
                jsonata("$moves"),
                "DescribeToRollBack",
                _move("RollBack", "$states.input.SolutionVersionArn", rolls_back=True),
                "MeasureFailure",
                [{"ErrorEquals": asl.ALL, "Output": asl.INPUT, "Next": "MeasureFailure"}],
            ),
        }

    return ("RecordServing", build) if plan.campaign_arns else None


def _served() -> States:
    """Return the states that read the solution version that a campaign serves."""
    state = asl.personalize(
        "DescribeCampaign", {"CampaignArn": jsonata("$states.input.CampaignArn")}, "Recorded", catch=[]
    )
    output = {
        "CampaignArn": jsonata("$states.input.CampaignArn"),
        "SolutionVersionArn": jsonata("$states.result.Campaign.SolutionVersionArn"),
    }
    return {"DescribeServed": {**state, "Output": output}, "Recorded": {"Type": "Succeed"}}


def _move(verb: str, target: str, *, rolls_back: bool) -> States:
    """Return the states that update a campaign to another solution version.

    The other settings of the campaign are read before each attempt, because a deployment may change them at any time.

    :param verb: Part of the names of the states.
    :param target: JSONata expression for the ARN of the version.
    :param rolls_back: Whether errors are ignored and no event is sent.
    """
    campaign = {"CampaignArn": jsonata("$states.input.CampaignArn")}
    found, update = "$states.result.Campaign", "$states.result.Campaign.LatestCampaignUpdate"
    busy = "$contains({0}, 'PENDING') or $contains({0}, 'PROGRESS')"
    before = {
        "serves": jsonata(f"{found}.SolutionVersionArn"),
        "throughput": jsonata(f"{found}.MinProvisionedTPS"),
        "config": jsonata(f"$exists({found}.CampaignConfig) ? {found}.CampaignConfig : {{}}"),
        "seen": jsonata(f"$exists({update}) ? {update}.CreationDateTime : ''"),
        "busy": jsonata(
            f"{busy.format(found + '.Status')} or ($exists({update}) ? {busy.format(update + '.Status')} : false)"
        ),
    }
    newer = f"$exists({update}) ? {update}.CreationDateTime != $seen : false"
    after = {
        "status": jsonata(f"({newer}) ? {update}.Status : 'PENDING'"),
        "reason": jsonata(f"$exists({update}.FailureReason) ? {update}.FailureReason : 'unknown'"),
    }
    desired = {
        **campaign,
        "SolutionVersionArn": jsonata(target),
        "MinProvisionedTPS": jsonata("$throughput"),
        "CampaignConfig": jsonata("$config"),
    }
    # If one campaign cannot be rolled back, the others still are.
    skip = [{"ErrorEquals": asl.ALL, "Output": asl.INPUT, "Next": f"End{verb}"}] if rolls_back else []
    in_use = {"ErrorEquals": ["Personalize.ResourceInUseException"], "Output": asl.INPUT, "Next": f"PauseTo{verb}"}
    moved = "{'campaignArn': $states.input.CampaignArn, 'solutionVersionArn': $version, "
    moved += "'previousSolutionVersionArn': $states.input.SolutionVersionArn}"
    ended = f"End{verb}" if rolls_back else f"Tell{verb}"
    return {
        f"DescribeTo{verb}": asl.personalize("DescribeCampaign", campaign, f"CheckTo{verb}", assign=before, catch=skip),
        f"CheckTo{verb}": asl.choice(f"Update{verb}", **{f"PauseTo{verb}": "$busy", ended: f"$serves = {target}"}),
        f"PauseTo{verb}": asl.wait(_CAMPAIGN_POLL_SECONDS, f"DescribeTo{verb}"),
        f"Update{verb}": asl.personalize("UpdateCampaign", desired, f"WaitFor{verb}", catch=[in_use, *skip]),
        f"WaitFor{verb}": asl.wait(_CAMPAIGN_POLL_SECONDS, f"Describe{verb}"),
        f"Describe{verb}": asl.personalize("DescribeCampaign", campaign, f"Check{verb}", assign=after, catch=skip),
        f"Check{verb}": asl.choice(
            f"WaitFor{verb}",
            **{
                # The version is read again, because a deployment may have updated the campaign in the meantime.
                f"DescribeTo{verb}": "$status = 'ACTIVE'",
                f"End{verb}" if rolls_back else f"Fail{verb}": "$contains($status, 'FAILED')",
            },
        ),
        f"End{verb}": {"Type": "Succeed"},
        **(
            {}
            if rolls_back
            else {
                f"Tell{verb}": put_event(TrainingEvent.CAMPAIGN_UPDATED, f"End{verb}", moved),
                f"Fail{verb}": asl.fail("CampaignUpdateFailed", jsonata("$states.input.CampaignArn & ': ' & $reason")),
            }
        ),
    }
