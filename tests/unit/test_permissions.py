"""Permissions of the functions of a stack, and the size of their policy."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_personalize as l1
from aws_cdk.assertions import Template
from cdk_personalize_handler import kinds, service_model
from support import policies
from support.everything import everything, new_app
from support.synth import group, location, new_stack, resources, schema, solution, version

import cdk_personalize as personalize

BOUND = 8_000
OWNED = {"Null": {"aws:ResourceTag/cdk-personalize:owner": "false"}}
PREFIX = f"arn:aws:personalize:{policies.REGION}:{policies.ACCOUNT}:"
LONG_NAME = "A-Stack-With-A-Long-Name-In-Production"
ENV = cdk.Environment(account=policies.ACCOUNT, region=policies.REGION)
ITEMS = personalize.DatasetType.ITEMS


def allowed(stack: cdk.Stack, action: str) -> dict[str, list[str]]:
    """Return the resources on which an action is allowed, by statement ID."""
    found = policies.statements(Template.from_stack(stack).to_json())
    return {
        sid: [resource.removeprefix(PREFIX) for resource in statement["Resource"]]
        for sid, statement in found.items()
        if action in statement["Action"]
    }


def test_a_name_of_the_users_is_listed(stack: cdk.Stack) -> None:
    personalize.Campaign(stack, "Related", solution_version=version(stack), campaign_name="related")
    for action in ("Create", "Update"):
        assert allowed(stack, f"personalize:{action}Campaign")["Named"] == ["campaign/related"]
    assert "Generated" not in allowed(stack, "personalize:UpdateCampaign")
    assert allowed(stack, "personalize:TagResource") == {"Named": ["campaign/related"]}


def test_a_generated_name_is_allowed_by_its_prefix() -> None:
    stack = new_stack("AStackWithANameThatIsRatherLong")
    personalize.Campaign(stack, "Related", solution_version=version(stack))
    prefixed = ["*/AStackWithANameThatIsRat-*"]
    for action in ("CreateCampaign", "UpdateCampaign", "DeleteCampaign", "TagResource", "UntagResource"):
        assert allowed(stack, f"personalize:{action}")["Generated"] == prefixed
    assert allowed(stack, "personalize:CreateCampaign") == {
        "Generated": prefixed,
        "CreateFromSolution": ["solution/similar", "solution/similar/*"],
    }


def test_a_generated_name_in_a_nested_stack_begins_with_the_name_of_the_outermost_stack(stack: cdk.Stack) -> None:
    inner = cdk.NestedStack(cdk.NestedStack(stack, "Outer"), "Inner")
    personalize.Campaign(inner, "Related", solution_version=version(inner))
    assert allowed(inner, "personalize:CreateCampaign")["Generated"] == ["*/Shop-*"]


def test_names_that_are_not_known_are_created_by_kind_and_changed_by_owner(stack: cdk.Stack) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    personalize.Campaign(stack, "Related", solution_version=version(stack), campaign_name=name)
    assert allowed(stack, "personalize:CreateCampaign")["Create"] == ["campaign/*"]
    assert allowed(stack, "personalize:UpdateCampaign") == {"Generated": ["*/Shop-*"], "Owned": ["*"]}
    assert allowed(stack, "personalize:TagResource") == {"Create": ["campaign/*"]}
    owned = policies.statements(Template.from_stack(stack).to_json())["Owned"]
    assert owned["Condition"] == OWNED


def test_names_are_listed_while_they_are_few(stack: cdk.Stack) -> None:
    deployed = version(stack)
    for number in range(5):
        personalize.Campaign(stack, f"C{number}", solution_version=deployed, campaign_name=f"c-{number}")
    assert allowed(stack, "personalize:UpdateCampaign") == {"Named": [f"campaign/c-{number}" for number in range(5)]}


def test_more_names_are_created_by_kind_and_changed_by_owner(stack: cdk.Stack) -> None:
    deployed = version(stack)
    for number in range(6):
        personalize.Campaign(stack, f"C{number}", solution_version=deployed, campaign_name=f"c-{number}")
    assert allowed(stack, "personalize:UpdateCampaign") == {"Generated": ["*/Shop-*"], "Owned": ["*"]}
    assert allowed(stack, "personalize:CreateCampaign")["Create"] == ["campaign/*"]


def test_a_version_does_not_allow_to_delete_or_update_its_solution(stack: cdk.Stack) -> None:
    personalize.SolutionVersion(stack, "Trained", solution=solution(stack))
    of_solution = ["solution/similar", "solution/similar/*"]
    assert allowed(stack, "personalize:CreateSolutionVersion") == {"NamedVersions": of_solution}
    assert allowed(stack, "personalize:StopSolutionVersionCreation")["NamedVersions"] == of_solution
    for action in ("DeleteSolution", "UpdateSolution"):
        assert allowed(stack, f"personalize:{action}") == {"Generated": ["*/Shop-*"], "Owned": ["*"]}
    assert allowed(stack, "personalize:CreateSolution") == {}


def test_the_trainings_of_a_named_solution_can_be_stopped(stack: cdk.Stack) -> None:
    similar = personalize.Recipe.SIMILAR_ITEMS
    personalize.Solution(stack, "Similar", dataset_group=group(stack), recipe=similar, solution_name="films")
    assert allowed(stack, "personalize:StopSolutionVersionCreation")["Named"] == ["solution/films", "solution/films/*"]
    assert allowed(stack, "personalize:UpdateSolution")["Named"] == ["solution/films", "solution/films/*"]


def test_datasets_of_a_group_that_is_not_known_are_allowed_by_type(stack: cdk.Stack) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    films = personalize.DatasetGroup.from_dataset_group_name(stack, "Films", name)
    personalize.Dataset(stack, "Items", dataset_group=films, schema=schema(stack), dataset_type=ITEMS)
    assert allowed(stack, "personalize:CreateDataset") == {
        "Create": ["dataset/*/ITEMS"],
        "CreateFromDatasetGroup": ["dataset-group/*"],
    }
    assert allowed(stack, "personalize:DeleteDataset") == {"Generated": ["*/Shop-*"], "Owned": ["*"]}


@pytest.mark.parametrize("kind", kinds.KINDS.values(), ids=kinds.KINDS)
def test_a_kind_that_left_the_stack_can_still_be_read_and_deleted(stack: cdk.Stack, kind: kinds.Kind) -> None:
    personalize.EventTracker(stack, "Views", dataset_group=group(stack))
    assert allowed(stack, f"personalize:Describe{kind.name}") == {"Read": ["*"]}
    lists = {} if kind.resource_id else {"List": ["*"]}  # the ARN consists of group name and type
    assert allowed(stack, f"personalize:List{kind.name}s") == lists
    deleting = f"Delete{kind.name}" if service_model.operation("Delete", kind.name) else kind.stop
    if deleting and service_model.is_taggable(kind.name):
        assert allowed(stack, f"personalize:{deleting}")["Owned"] == ["*"]
    assert allowed(stack, f"personalize:Create{kind.name}") == {} or kind.name == "EventTracker"


def test_what_has_no_tag_is_deleted_by_a_policy_that_leaves_the_stack_after_it(stack: cdk.Stack) -> None:
    definition = personalize.SchemaDefinition.items(personalize.Field.string("TITLE"))
    made = personalize.Schema(stack, "Schema", definition=definition)
    personalize.Dataset(stack, "Items", dataset_group=group(stack), schema=made)
    assert allowed(stack, "personalize:DeleteSchema") == {"Untagged": ["schema/*", "metric-attribution/*"]}
    (of_schema,) = resources(stack, "Custom::PersonalizeSchema").values()
    (of_dataset,) = resources(stack, "Custom::PersonalizeDataset").values()
    made_after = [resources(stack, "AWS::IAM::Policy")[name] for name in of_schema["DependsOn"]]
    assert [each["Properties"]["PolicyName"] for each in made_after] == ["Policy", "UntaggedPolicy"]
    assert not any("Untagged" in name for name in of_dataset["DependsOn"])


def test_a_stack_without_such_a_kind_may_delete_none(stack: cdk.Stack) -> None:
    personalize.EventTracker(stack, "Views", dataset_group=group(stack))
    assert allowed(stack, "personalize:DeleteSchema") == allowed(stack, "personalize:DeleteMetricAttribution") == {}


def test_every_right_is_an_operation_of_the_service() -> None:
    operations = set(service_model.model().operation_names)
    shop = everything(new_app())
    for sid, statement in policies.statements(Template.from_stack(shop).to_json()).items():
        own = [action.partition(":")[2] for action in statement["Action"] if action.startswith("personalize:")]
        assert set(own) <= operations, sid


def test_the_workflow_and_the_stack_are_allowed_alone(stack: cdk.Stack) -> None:
    personalize.EventTracker(stack, "Views", dataset_group=group(stack))
    found = policies.statements(Template.from_stack(stack).to_json())
    others = {sid: each for sid, each in found.items() if not each["Action"][0].startswith("personalize:")}
    assert {sid: sorted(each["Action"]) for sid, each in others.items()} == {
        "Start": ["states:ListExecutions", "states:StartExecution"],
        "Follow": ["states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution"],
        "Stack": [
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStackResource",
            "cloudformation:DescribeStacks",
        ],
        "Log": ["logs:CreateLogStream", "logs:PutLogEvents"],
    }
    assert not any("*" in each["Resource"] for each in others.values())


def imports(stack: cdk.Stack, number: int, *roles: iam.IRole) -> None:
    films, csv = films_items(stack), location(stack)
    for position in range(number):
        role = roles[position] if roles else None
        personalize.DatasetImport(stack, f"Import{position}", dataset=films, source=csv, role=role)


def test_roles_of_the_constructs_are_handed_over_by_their_path(stack: cdk.Stack) -> None:
    imports(stack, 2)
    made = [each for each in resources(stack, "AWS::IAM::Role").values() if "Path" in each["Properties"]]
    assert [each["Properties"]["Path"] for each in made] == ["/cdk-personalize/Shop/"] * 2
    passing = policies.statements(Template.from_stack(stack).to_json())["PassRole"]
    assert passing["Resource"] == [f"arn:aws:iam::{policies.ACCOUNT}:role/cdk-personalize/Shop/*"]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "personalize.amazonaws.com"}}


def test_roles_in_a_nested_stack_have_its_name_in_their_path(stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    imports(nested, 1)
    (path,) = [
        each["Properties"]["Path"]
        for each in resources(nested, "AWS::IAM::Role").values()
        if "Path" in each["Properties"]
    ]
    assert path == {"Fn::Join": ["", ["/cdk-personalize/", {"Ref": "AWS::StackName"}, "/"]]}


def test_a_role_that_depends_on_another_resource_of_the_stack_closes_no_circle(stack: cdk.Stack) -> None:
    films = personalize.DatasetGroup(stack, "Films")
    trust = iam.ServicePrincipal(
        "personalize.amazonaws.com", conditions={"ArnLike": {"aws:SourceArn": films.dataset_group_arn}}
    )
    reader = iam.Role(stack, "Reader", assumed_by=trust)
    items = films.add_dataset("Items", schema=schema(stack), dataset_type=ITEMS)
    personalize.DatasetImport(stack, "Import", dataset=items, source=location(stack), role=reader)
    Template.from_stack(stack)  # refuses circles
    (made,) = resources(stack, "Custom::PersonalizeDatasetImportJob").values()
    assert [name for name in made["DependsOn"] if "PassRolePolicy" in name]


def test_imported_roles_are_listed(stack: cdk.Stack) -> None:
    arn = "arn:aws:iam::111111111111:role/reader"
    imports(stack, 1, iam.Role.from_role_arn(stack, "Reader", arn))
    assert allowed(stack, "iam:PassRole") == {"PassRole": [arn]}
    assert len(resources(stack, "AWS::IAM::Policy")) == 3, "the policies of the functions, the workflow and the role"


def test_trainings_one_after_the_other_close_no_circle(stack: cdk.Stack) -> None:
    first = personalize.SolutionVersion(stack, "First", solution=solution(stack))
    native = l1.CfnSolution(stack, "Native", name="native", dataset_group_arn="arn:aws:personalize:::dataset-group/g")
    native.node.add_dependency(first)
    personalize.SolutionVersion(stack, "Second", solution=native)
    assert "solution/native" in allowed(stack, "personalize:CreateSolutionVersion")["NamedVersions"]


def films_items(stack: cdk.Stack) -> personalize.IDataset:
    arn = stack.format_arn(service="personalize", resource="dataset", resource_name="films/ITEMS")
    return personalize.Dataset.from_dataset_arn(stack, "Dataset", arn)


def trained(stack: cdk.Stack) -> personalize.ISolutionVersion:
    arn = stack.format_arn(service="personalize", resource="solution", resource_name="similar/0a1b2c3d")
    return personalize.SolutionVersion.from_solution_version_arn(stack, "Trained", arn)


def long_stack() -> tuple[cdk.App, cdk.Stack]:
    app = cdk.App()
    return app, cdk.Stack(app, LONG_NAME, env=ENV)


@pytest.mark.parametrize("length", [20, 63])
def test_480_named_campaigns_fit(length: int) -> None:
    app, stack = long_stack()
    deployed = trained(stack)
    for number in range(480):
        name = f"{'c' * (length - 4)}{number:04}"
        personalize.Campaign(stack, f"C{number}", solution_version=deployed, campaign_name=name)
    assert policies.largest_sum(app) <= BOUND


def test_one_of_everything_fits() -> None:
    app = new_app()
    everything(app, ENV)
    assert policies.largest_sum(app) <= BOUND


def test_40_imports_fit_with_roles_that_they_create() -> None:
    app, stack = long_stack()
    imports(stack, 40)
    assert policies.largest_sum(app) <= BOUND


@pytest.mark.parametrize("of_stack", [True, False])
def test_40_imports_fit_with_roles_of_the_users(*, of_stack: bool) -> None:
    app, stack = long_stack()
    service = iam.ServicePrincipal("personalize.amazonaws.com")
    arn = f"arn:aws:iam::{policies.ACCOUNT}:role/reader-of-films"
    roles = [
        iam.Role(stack, f"Role{each}", assumed_by=service)
        if of_stack
        else iam.Role.from_role_arn(stack, f"Role{each}", f"{arn}-{each}", mutable=False)
        for each in range(40)
    ]
    imports(stack, 40, *roles)
    assert policies.largest_sum(app) <= BOUND


def test_policies_that_do_not_fit_fail_at_synth_with_a_remedy() -> None:
    app, stack = long_stack()
    arn = f"arn:aws:iam::{policies.ACCOUNT}:role/"
    roles = [
        iam.Role.from_role_arn(stack, f"Role{each}", f"{arn}{'r' * 60}{each}", mutable=False) for each in range(99)
    ]
    imports(stack, 99, *roles)
    with pytest.raises(RuntimeError) as failure:
        app.synth()
    words = str(failure.value)
    assert f"[{LONG_NAME}/CdkPersonalizeProvider] the inline policies of the functions' role must have at most" in words
    assert "10,240 characters, which is IAM's limit for a role, got 1" in words
    assert "Omit `role` so that the constructs create it" in words


def test_statements_that_the_user_adds_count() -> None:
    app, stack = long_stack()
    provider = personalize.PersonalizeProvider(stack, "Provider")
    buckets = [f"arn:aws:s3:::{'b' * 60}{each:03}" for each in range(120)]
    provider.role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=buckets))
    with pytest.raises(RuntimeError, match="IAM's limit"):
        app.synth()


def test_many_names_of_every_kind_stay_within_the_bound() -> None:
    app, stack = long_stack()
    films = personalize.DatasetGroup.from_dataset_group_name(stack, "Films", "films")
    films_schema = personalize.SchemaDefinition.items(personalize.Field.string("TITLE"))
    items, deployed, csv = films_items(stack), trained(stack), location(stack)
    similar, top = personalize.Recipe.SIMILAR_ITEMS, personalize.UseCase.VIDEO_ON_DEMAND_TOP_PICKS
    for number in range(5):
        name = f"{'n' * 62}{number}"
        personalize.Schema(stack, f"S{number}", definition=films_schema, schema_name=name)
        personalize.DatasetGroup(stack, f"G{number}", dataset_group_name=name)
        personalize.Solution(stack, f"M{number}", dataset_group=films, recipe=similar, solution_name=name)
        personalize.Campaign(stack, f"C{number}", solution_version=deployed, campaign_name=name)
        personalize.Recommender(stack, f"R{number}", dataset_group=films, use_case=top, recommender_name=name)
        personalize.DatasetImport(stack, f"I{number}", dataset=items, source=csv, job_name=name)
        expression = "INCLUDE ItemID WHERE Items.TITLE IN ($T)"
        personalize.Filter(stack, f"F{number}", dataset_group=films, expression=expression, filter_name=name)
    assert policies.largest_sum(app) <= BOUND
