from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from support.synth import new_stack, resources, solution, version

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Mapping


def statements(stack: cdk.Stack) -> dict[str, list[str]]:
    """Return for each action on Personalize the resources that the functions may use it on."""
    allowed: dict[str, list[str]] = {}
    for policy in resources(stack, "AWS::IAM::Policy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            for action in actions:
                if action.startswith(("personalize:", "iam:", "cloudformation:")):
                    allowed.setdefault(action, []).extend(_resources(statement))
    return allowed


def _resources(statement: Mapping[str, Any]) -> list[str]:
    listed = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    return [_text(each) for each in listed]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if "Ref" in value:
        return f"<{value['Ref']}>"
    return "".join(_text(part) for part in value["Fn::Join"][1])


PREFIX = "arn:<AWS::Partition>:personalize:<AWS::Region>:<AWS::AccountId>:"


def test_a_named_campaign_gives_rights_on_that_name_alone(stack: cdk.Stack) -> None:
    personalize.Campaign(stack, "Related", solution_version=version(stack), campaign_name="related")
    own = [f"{PREFIX}campaign/related"]
    assert statements(stack) == {
        "personalize:CreateCampaign": [*own, f"{PREFIX}solution/*"],
        "personalize:DescribeCampaign": own,
        "personalize:UpdateCampaign": own,
        "personalize:DeleteCampaign": own,
        "personalize:ListCampaigns": ["*"],
        "personalize:TagResource": own,
        "personalize:UntagResource": own,
        "personalize:ListTagsForResource": own,
        "cloudformation:DescribeStackEvents": ["<AWS::StackId>"],
    }


def test_a_generated_name_gives_rights_on_the_names_of_the_stack() -> None:
    stack = new_stack("AStackWithANameThatIsRatherLong")
    personalize.Campaign(stack, "Related", solution_version=version(stack))
    assert statements(stack)["personalize:DeleteCampaign"] == [f"{PREFIX}campaign/AStackWithANameThatIsRat-*"]


def test_a_name_that_is_a_token_gives_rights_on_all_names(stack: cdk.Stack) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    personalize.Campaign(stack, "Related", solution_version=version(stack), campaign_name=name)
    assert statements(stack)["personalize:DeleteCampaign"] == [f"{PREFIX}campaign/*"]


def test_a_version_gives_rights_on_its_solution(stack: cdk.Stack) -> None:
    personalize.SolutionVersion(stack, "Version", solution=solution(stack))
    allowed = statements(stack)
    arn = "arn:aws:personalize:us-east-1:111111111111:solution/similar*"
    assert allowed["personalize:StopSolutionVersionCreation"] == [arn]
    assert "personalize:DeleteSolution" not in allowed


def test_the_rights_come_before_and_go_after_what_needs_them(stack: cdk.Stack) -> None:
    personalize.Campaign(stack, "Related", solution_version=version(stack))
    (campaign,) = resources(stack, "Custom::PersonalizeCampaign").values()
    policies = [name for name in resources(stack, "AWS::IAM::Policy") if name in campaign["DependsOn"]]
    assert len(policies) == 1


def test_each_stack_has_its_own_provider() -> None:
    app = cdk.App()
    first, second = cdk.Stack(app, "First"), cdk.Stack(app, "Second")
    assert personalize.PersonalizeProvider.get_or_create(first) is personalize.PersonalizeProvider.get_or_create(first)
    assert personalize.PersonalizeProvider.get_or_create(first) is not personalize.PersonalizeProvider.get_or_create(
        second
    )
