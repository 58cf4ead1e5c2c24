from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as l1
from cdk_personalize_handler import kinds, service_model
from support.synth import new_stack, resources, schema, solution, version

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Mapping


def statements(stack: cdk.Stack) -> dict[str, list[str]]:
    """Return for each action the resources that the functions may use it on without a condition."""
    allowed: dict[str, list[str]] = {}
    for policy in resources(stack, "AWS::IAM::Policy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            if "Condition" in statement:
                continue
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


def conditional(stack: cdk.Stack) -> dict[str, Any]:
    """Return the statements with a condition, as actions and resources."""
    return {
        str(statement["Action"]): (_resources(statement), statement["Condition"])
        for policy in resources(stack, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "Condition" in statement
    }


ITEMS = personalize.DatasetType.ITEMS
OWNED = {"Null": {"aws:ResourceTag/cdk-personalize:owner": "false"}}
PREFIX = "arn:<AWS::Partition>:personalize:<AWS::Region>:<AWS::AccountId>:"


def test_a_named_campaign_gives_rights_to_change_that_name_alone(stack: cdk.Stack) -> None:
    personalize.Campaign(stack, "Related", solution_version=version(stack), campaign_name="related")
    own, all_of_them = [f"{PREFIX}campaign/related"], [f"{PREFIX}campaign/*"]
    assert statements(stack) == {
        "personalize:CreateCampaign": [*own, f"{PREFIX}solution/similar", f"{PREFIX}solution/similar/*"],
        "personalize:DescribeCampaign": all_of_them,
        "personalize:UpdateCampaign": own,
        "personalize:DeleteCampaign": own,
        "personalize:ListCampaigns": ["*"],
        "personalize:TagResource": own,
        "personalize:UntagResource": own,
        "personalize:ListTagsForResource": all_of_them,
        "cloudformation:DescribeStackEvents": ["<AWS::StackId>"],
    }


def test_a_generated_name_gives_rights_on_the_names_of_the_stack() -> None:
    stack = new_stack("AStackWithANameThatIsRatherLong")
    personalize.Campaign(stack, "Related", solution_version=version(stack))
    assert statements(stack)["personalize:DeleteCampaign"] == [f"{PREFIX}campaign/AStackWithANameThatIsRat-*"]


def test_a_name_that_is_a_token_gives_rights_on_all_names(stack: cdk.Stack) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    personalize.Campaign(stack, "Related", solution_version=version(stack), campaign_name=name)
    assert statements(stack)["personalize:UpdateCampaign"] == [f"{PREFIX}campaign/*"]


def test_what_may_have_any_name_is_deleted_only_where_this_library_made_it(stack: cdk.Stack) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    personalize.Campaign(stack, "Related", solution_version=version(stack), campaign_name=name)
    named = personalize.DatasetGroup.from_dataset_group_name(stack, "Named", name)
    personalize.Dataset(stack, "Films", dataset_group=named, schema=schema(stack), dataset_type=ITEMS)
    personalize.EventTracker(stack, "Views", dataset_group=named)
    allowed = statements(stack)
    assert {f"personalize:Delete{kind}" for kind in ("Campaign", "Dataset", "EventTracker")} & set(allowed) == set()
    assert "personalize:UntagResource" not in allowed
    assert sorted(resources for resources, condition in conditional(stack).values() if condition == OWNED) == [
        [f"{PREFIX}campaign/*"],
        [f"{PREFIX}dataset/*"],
        [f"{PREFIX}event-tracker/*"],
    ]


def test_a_version_gives_rights_on_its_solution(stack: cdk.Stack) -> None:
    personalize.SolutionVersion(stack, "Version", solution=solution(stack))
    allowed = statements(stack)
    assert allowed["personalize:StopSolutionVersionCreation"] == [
        f"{PREFIX}solution/similar",
        f"{PREFIX}solution/similar/*",
    ]
    assert "personalize:DeleteSolution" not in allowed


def test_what_was_renamed_or_taken_out_can_still_be_deleted_if_this_library_made_it(stack: cdk.Stack) -> None:
    personalize.Campaign(stack, "Related", solution_version=version(stack), campaign_name="related")
    allowed = ([f"{PREFIX}campaign/*"], OWNED)
    # Untagged is what was to be adopted, and is given back.
    assert conditional(stack) == {"['personalize:DeleteCampaign', 'personalize:UntagResource']": allowed}


def test_a_kind_that_leaves_the_stack_takes_its_rights_along_only_after_its_resources(stack: cdk.Stack) -> None:
    trained = personalize.SolutionVersion(stack, "Trained", solution=solution(stack))
    personalize.Campaign(stack, "Related", solution_version=trained)
    policies = resources(stack, "AWS::IAM::Policy")
    for kind in ("Campaign", "SolutionVersion"):
        (resource,) = resources(stack, f"Custom::Personalize{kind}").values()
        (policy,) = [name for name in resource["DependsOn"] if name in policies]
        assert f"personalize:Describe{kind}" in str(policies[policy])


def test_a_solution_that_is_not_known_at_synth_may_be_any(stack: cdk.Stack) -> None:
    arn = cdk.CfnParameter(stack, "Arn").value_as_string
    personalize.SolutionVersion(stack, "Trained", solution=personalize.Solution.from_solution_arn(stack, "Any", arn))
    imported = personalize.SolutionVersion.from_solution_version_arn(stack, "Version", arn)
    personalize.Campaign(stack, "Related", solution_version=imported, campaign_name="related")
    allowed = statements(stack)
    assert allowed["personalize:CreateSolutionVersion"] == [f"{PREFIX}solution/*"]
    assert allowed["personalize:CreateCampaign"] == [f"{PREFIX}campaign/related", f"{PREFIX}solution/*"]


def test_many_campaigns_share_the_statements_of_their_policy(stack: cdk.Stack) -> None:
    deployed = version(stack)
    for number in range(12):
        personalize.Campaign(stack, f"Related{number}", solution_version=deployed, campaign_name=f"related-{number}")
        personalize.Campaign(stack, f"Other{number}", solution_version=deployed)
    (campaign, *_) = resources(stack, "Custom::PersonalizeCampaign").values()
    policies = resources(stack, "AWS::IAM::Policy")
    (policy,) = [policies[name] for name in campaign["DependsOn"] if name in policies]
    assert len(policy["Properties"]["PolicyDocument"]["Statement"]) <= 5
    assert statements(stack)["personalize:UpdateCampaign"].count(f"{PREFIX}campaign/Shop-*") == 1


def test_trainings_one_after_the_other_make_no_circle_of_rights(stack: cdk.Stack) -> None:
    first = personalize.SolutionVersion(stack, "First", solution=solution(stack))
    native = l1.CfnSolution(stack, "Native", name="native", dataset_group_arn="arn:aws:personalize:::dataset-group/g")
    native.node.add_dependency(first)
    personalize.SolutionVersion(stack, "Second", solution=native)
    assert f"{PREFIX}solution/native" in statements(stack)["personalize:CreateSolutionVersion"]


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


@pytest.mark.parametrize("kind", kinds.KINDS.values(), ids=kinds.KINDS)
def test_every_right_is_an_operation_of_the_service(stack: cdk.Stack, kind: kinds.Kind) -> None:
    user = cdk.CfnResource(stack, "User", type="Custom::User")
    personalize.PersonalizeProvider.get_or_create(stack).allow(kind, [f"{kind.segment}/x"], kind.parents, user)
    actions = {action.removeprefix("personalize:") for action in statements(stack) if action.startswith("personalize:")}
    assert actions <= set(service_model.model().operation_names)
    assert {f"Create{kind.name}", f"Describe{kind.name}"} <= actions
