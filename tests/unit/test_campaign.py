from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_personalize as l1
from aws_cdk.assertions import Template
from support.synth import SOLUTION, VERSION, assert_reference, new_stack, properties, resources, solution, version

import cdk_personalize as personalize

TYPE = "Custom::PersonalizeCampaign"


def test_with_defaults_only_the_version_is_said(stack: cdk.Stack) -> None:
    personalize.Campaign(stack, "Related", solution_version=version(stack))
    assert properties(stack, TYPE) == {"SolutionVersionArn": VERSION}


def test_with_all_values_the_template_reads_like_the_native_type(stack: cdk.Stack) -> None:
    personalize.Campaign(
        stack,
        "Related",
        solution=solution(stack),
        campaign_name="related-movies",
        min_provisioned_tps=2,
        enable_metadata_with_recommendations=True,
        sync_with_latest_solution_version=True,
        item_exploration=personalize.ItemExploration(weight=0.3, age_cut_off=cdk.Duration.days(14)),
        ranking_influence=personalize.RankingInfluence(popularity=0.5, freshness=0),
        timeout=cdk.Duration.minutes(20),
    )
    assert properties(stack, TYPE) == {
        "Name": "related-movies",
        "SolutionVersionArn": f"{SOLUTION}/$LATEST",
        "MinProvisionedTPS": 2,
        "CampaignConfig": {
            "EnableMetadataWithRecommendations": True,
            "SyncWithLatestSolutionVersion": True,
            "ItemExplorationConfig": {"explorationWeight": "0.3", "explorationItemAgeCutOff": "14"},
            "RankingInfluence": {"POPULARITY": 0.5, "FRESHNESS": 0},
        },
    }
    (resource,) = resources(stack, TYPE).values()
    assert resource["Properties"]["WaitSeconds"] == 1200
    assert resource["Properties"]["ServiceTimeout"] == "3600"


def test_false_and_zero_are_values(stack: cdk.Stack) -> None:
    personalize.Campaign(
        stack,
        "Related",
        solution_version=version(stack),
        enable_metadata_with_recommendations=False,
        item_exploration=personalize.ItemExploration(weight=0),
    )
    assert properties(stack, TYPE)["CampaignConfig"] == {
        "EnableMetadataWithRecommendations": False,
        "ItemExplorationConfig": {"explorationWeight": "0"},
    }


def test_a_solution_is_followed_unless_told_otherwise(stack: cdk.Stack) -> None:
    personalize.Campaign(stack, "A", solution=solution(stack))
    personalize.Campaign(
        stack,
        "B",
        solution=personalize.Solution.from_solution_arn(stack, "Again", SOLUTION),
        sync_with_latest_solution_version=False,
    )
    configs = [each["Properties"]["CampaignConfig"] for each in resources(stack, TYPE).values()]
    assert configs == [{"SyncWithLatestSolutionVersion": True}, {"SyncWithLatestSolutionVersion": False}]


def test_an_l1_solution_is_taken_too(stack: cdk.Stack) -> None:
    native = l1.CfnSolution(stack, "Native", name="native", dataset_group_arn="arn:aws:personalize:::dataset-group/g")
    personalize.Campaign(stack, "Related", solution=native)
    assert properties(stack, TYPE)["SolutionVersionArn"] == {
        "Fn::Join": ["", [{"Fn::GetAtt": ["Native", "SolutionArn"]}, "/$LATEST"]]
    }


def test_what_uses_the_arn_waits_for_the_last_link(stack: cdk.Stack) -> None:
    campaign = personalize.Campaign(stack, "Related", solution_version=version(stack), timeout=cdk.Duration.hours(2))
    cdk.CfnOutput(stack, "Arn", value=campaign.campaign_arn)
    template = Template.from_stack(stack).to_json()
    links = {name: each for name, each in template["Resources"].items() if each["Type"] == f"{TYPE}Wait"}
    first, last = links
    (main,) = resources(stack, TYPE)
    assert template["Outputs"]["Arn"]["Value"] == {"Fn::GetAtt": [last, "CampaignArn"]}
    assert links[first]["Properties"]["Operation"] == {"Fn::GetAtt": [main, "Operation"]}
    assert links[last]["Properties"]["Operation"] == {"Fn::GetAtt": [first, "Operation"]}
    assert links[last]["Properties"]["Arn"] == {"Ref": main}
    budgets = [each["Properties"]["WaitSeconds"] for each in template["Resources"].values() if TYPE in each["Type"]]
    assert sorted(budgets) == [600, 3300, 3300]
    assert links[first]["Properties"]["Continued"] is True
    assert "Continued" not in links[last]["Properties"]


def test_a_default_campaign_has_no_link(stack: cdk.Stack) -> None:
    personalize.Campaign(stack, "Related", solution_version=version(stack))
    assert resources(stack, f"{TYPE}Wait") == {}


def test_tags_of_the_app_reach_it_in_the_form_of_personalize(stack: cdk.Stack) -> None:
    personalize.Campaign(stack, "Related", solution_version=version(stack))
    cdk.Tags.of(stack.node.root).add("team", "search")
    assert properties(stack, TYPE)["Tags"] == [{"TagKey": "team", "TagValue": "search"}]


def test_the_removal_policy_can_be_chosen(stack: cdk.Stack) -> None:
    campaign = personalize.Campaign(stack, "Related", solution_version=version(stack))
    campaign.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    (resource,) = resources(stack, TYPE).values()
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_wait_links_follow_the_removal_policy_of_their_resource(stack: cdk.Stack) -> None:
    campaign = personalize.Campaign(stack, "Related", solution_version=version(stack), timeout=cdk.Duration.hours(1))
    campaign.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    (link,) = resources(stack, f"{TYPE}Wait").values()
    assert link["DeletionPolicy"] == "RetainExceptOnCreate"


def test_numbers_keep_their_digits(stack: cdk.Stack) -> None:
    exploration = personalize.ItemExploration(weight=0.123456789)
    personalize.Campaign(stack, "Related", solution_version=version(stack), item_exploration=exploration)
    config = properties(stack, TYPE)["CampaignConfig"]["ItemExplorationConfig"]
    assert config == {"explorationWeight": "0.123456789"}


def test_a_timeout_need_not_be_whole_seconds(stack: cdk.Stack) -> None:
    personalize.Campaign(stack, "Related", solution_version=version(stack), timeout=cdk.Duration.millis(90_500))
    (resource,) = resources(stack, TYPE).values()
    assert resource["Properties"]["WaitSeconds"] == 91


def test_the_default_child_is_the_custom_resource(stack: cdk.Stack) -> None:
    campaign = personalize.Campaign(stack, "Related", solution_version=version(stack))
    child = campaign.node.default_child
    assert isinstance(child, cdk.CfnResource)
    assert child.cfn_resource_type == TYPE


def test_campaigns_of_a_stack_share_one_provider(stack: cdk.Stack) -> None:
    for name in ("A", "B"):
        arn = personalize.SolutionVersion.from_solution_version_arn(stack, f"V{name}", VERSION)
        personalize.Campaign(stack, name, solution_version=arn)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::StepFunctions::StateMachine", 1)
    template.resource_count_is("AWS::Lambda::Function", 2)


@pytest.mark.parametrize("operation", ["GetRecommendations", "GetPersonalizedRanking", "GetActionRecommendations"])
@pytest.mark.parametrize("imported", [False, True])
def test_grants_are_for_this_campaign_alone(stack: cdk.Stack, operation: str, imported: bool) -> None:
    arn = "arn:aws:personalize:us-east-1:111111111111:campaign/related"
    campaign: personalize.ICampaign = (
        personalize.Campaign.from_campaign_arn(stack, "Related", arn)
        if imported
        else personalize.Campaign(stack, "Related", solution_version=version(stack))
    )
    user = iam.User(stack, "User")
    grants = {
        "GetRecommendations": campaign.grant_get_recommendations,
        "GetPersonalizedRanking": campaign.grant_get_personalized_ranking,
        "GetActionRecommendations": campaign.grant_get_action_recommendations,
    }
    grants[operation](user).assert_success()
    policies = resources(stack, "AWS::IAM::Policy").values()
    (policy,) = [each for each in policies if each["Properties"].get("Users")]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    expected = arn if imported else {"Fn::GetAtt": [next(iter(resources(stack, TYPE))), "CampaignArn"]}
    assert statement == {"Action": f"personalize:{operation}", "Effect": "Allow", "Resource": expected}


def test_an_import_knows_its_environment_and_name(stack: cdk.Stack) -> None:
    arn = "arn:aws:personalize:eu-west-1:222222222222:campaign/related"
    campaign = personalize.Campaign.from_campaign_arn(stack, "Related", arn)
    assert isinstance(campaign, cdk.Resource)
    assert (campaign.env.account, campaign.env.region) == ("222222222222", "eu-west-1")
    assert campaign.campaign_name == "related"
    assert isinstance(campaign, personalize.ICampaign)


def test_an_import_by_name_is_of_the_stack(stack: cdk.Stack) -> None:
    campaign = personalize.Campaign.from_campaign_name(stack, "Related", "related")
    resolved = str(stack.resolve(campaign.campaign_arn))
    assert "AWS::AccountId" in resolved
    assert ":campaign/related" in resolved


def test_owned_and_imported_campaigns_are_campaigns_to_cdk_as_well(stack: cdk.Stack) -> None:
    owned = personalize.Campaign(stack, "Related", solution_version=version(stack))
    arn = "arn:aws:personalize:us-east-1:111111111111:campaign/there"
    imported = personalize.Campaign.from_campaign_arn(stack, "There", arn)
    assert isinstance(owned, personalize.ICampaign)
    assert_reference(owned, "Campaign")
    assert isinstance(imported, cdk.Resource)
    assert imported.campaign_arn == arn
    assert_reference(imported, "Campaign")


def test_a_campaign_of_another_account_is_named_not_referred_to() -> None:
    app = cdk.App()
    there = cdk.Stack(app, "There", env=cdk.Environment(account="111111111111", region="us-east-1"))
    here = cdk.Stack(app, "Here", env=cdk.Environment(account="222222222222", region="us-east-1"))
    campaign = personalize.Campaign(there, "Related", solution_version=version(there), campaign_name="related")
    cdk.CfnOutput(here, "Arn", value=campaign.campaign_arn)
    value = str(Template.from_stack(here).to_json()["Outputs"]["Arn"]["Value"])
    assert ":personalize:us-east-1:111111111111:campaign/related" in value


def test_the_same_app_gives_the_same_template_twice() -> None:
    def template() -> object:
        stack = new_stack()
        personalize.Campaign(stack, "Related", solution=solution(stack), timeout=cdk.Duration.hours(3))
        return Template.from_stack(stack).to_json()

    assert template() == template()


def sleeping(stack: cdk.Stack, *, active: bool | None = False, name: str | None = "related") -> personalize.Campaign:
    return personalize.Campaign(
        stack,
        "Related",
        solution_version=version(stack),
        campaign_name=name,
        active=active,
        timeout=cdk.Duration.hours(2),
    )


def test_an_inactive_campaign_is_not_in_the_template_and_keeps_its_arn() -> None:
    environment = cdk.Environment(account="111111111111", region="us-east-1")
    arns, policies = [], []
    for active in (True, False):
        app = cdk.App()
        stack, other = (cdk.Stack(app, name, env=environment) for name in ("Shop", "Search"))
        campaign = sleeping(stack, active=active)
        cdk.Tags.of(stack).add("team", "search")
        campaign.grant_get_recommendations(iam.Role(other, "Role", assumed_by=iam.AccountRootPrincipal()))
        cdk.CfnOutput(other, "Arn", value=campaign.campaign_arn)
        assert len(resources(stack, TYPE)) == len(resources(stack, f"{TYPE}Wait")) / 2 == active
        assert (campaign.campaign_status == "INACTIVE") is not active
        assert campaign.campaign_name == "related"
        arns.append(Template.from_stack(other).to_json()["Outputs"]["Arn"]["Value"])
        (policy,) = [each for each in resources(stack, "AWS::IAM::Policy").values() if "DeleteCampaign" in str(each)]
        policies.append(policy)
    # Another stack needs no export, which could not be deleted while it is in use.
    assert arns[0] == arns[1]
    assert "campaign/related" in str(arns[0])
    # CloudFormation updates the policy before it deletes the campaign.
    assert policies[0] == policies[1]


def test_the_name_of_a_campaign_that_can_be_inactive_is_known(stack: cdk.Stack) -> None:
    with pytest.raises(personalize.ValidationError, match="active requires campaign_name, got False; specify a"):
        sleeping(stack, name=None)


def test_a_campaign_that_can_be_inactive_is_not_retained(stack: cdk.Stack) -> None:
    sleeping(stack, active=True).apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    with pytest.raises(RuntimeError, match=r"Shop/Related.* removal policy must not be RETAIN together with active"):
        Template.from_stack(stack)


def test_a_pipeline_does_not_update_an_inactive_campaign(stack: cdk.Stack) -> None:
    with pytest.raises(
        personalize.ValidationError, match=r"campaigns\[0\] must be active, because each run updates it"
    ):
        personalize.TrainingPipeline(stack, "Nightly", solution=solution(stack), campaigns=[sleeping(stack)])
