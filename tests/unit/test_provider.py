"""The provider of a stack: its resources, its options and its workflow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template
from support import examples
from support.synth import KEY, group, new_stack, resources, version, warnings

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "CdkPersonalizeProvider"


def campaign(stack: cdk.Stack, id: str = "Related", **options: Any) -> personalize.Campaign:
    """Return a campaign with an imported solution version."""
    imported = stack.node.try_find_child("Version")
    deployed = imported if isinstance(imported, personalize.ISolutionVersion) else version(stack)
    return personalize.Campaign(stack, id, solution_version=deployed, **options)


def functions(stack: cdk.Stack) -> dict[str, dict[str, Any]]:
    """Return the properties of the functions of a stack, by the name of the handler."""
    found = [each["Properties"] for each in resources(stack, "AWS::Lambda::Function").values()]
    return {each["Handler"].rpartition(".")[2]: each for each in found}


def workflow(stack: cdk.Stack) -> dict[str, Any]:
    """Return the definition of the state machine of a stack."""
    (machine,) = resources(stack, "AWS::StepFunctions::StateMachine").values()
    parts = machine["Properties"]["DefinitionString"]["Fn::Join"][1]
    definition: dict[str, Any] = json.loads("".join(part if isinstance(part, str) else "ARN" for part in parts))
    return definition


def test_it_adds_eight_resources_to_a_stack(stack: cdk.Stack) -> None:
    campaign(stack)
    found = Template.from_stack(stack).to_json()["Resources"]
    assert sorted(each["Type"] for each in found.values() if "Personalize" not in each["Type"]) == [
        "AWS::IAM::Policy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::StepFunctions::StateMachine",
    ]


def test_the_stack_of_the_movies_example_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    app = examples.synthesized("movies", monkeypatch)
    counts = [len(json.loads(path.read_text(encoding="utf-8"))["Resources"]) for path in examples.templates(app)]
    assert max(counts) <= 36


def test_its_ids_are_the_same_in_every_stack(stack: cdk.Stack) -> None:
    personalize.PersonalizeProvider(cdk.Stack(cdk.App(), "Other"), "Mine")
    provider = personalize.PersonalizeProvider(stack, "Mine")
    campaign(stack)
    automatic = new_stack()
    campaign(automatic)
    assert provider.node.path == f"Shop/{PATH}"
    assert Template.from_stack(stack).to_json() == Template.from_stack(automatic).to_json()
    (made,) = resources(stack, "Custom::PersonalizeCampaign").values()
    assert made["Properties"]["ServiceToken"] == {"Fn::GetAtt": [f"{PATH}OnEventB1A4FB46", "Arn"]}


def test_each_stack_has_its_own() -> None:
    app = cdk.App()
    first, second = cdk.Stack(app, "First"), cdk.Stack(app, "Second")
    get = personalize.PersonalizeProvider.get_or_create
    assert get(first) is get(first)
    assert get(first) is not get(second)


def test_the_functions_share_a_role_and_a_log_group(stack: cdk.Stack) -> None:
    campaign(stack)
    by_handler = functions(stack)
    assert set(by_handler) == {"on_event", "worker"}
    for function in by_handler.values():
        assert function["Handler"].startswith("cdk_personalize_handler.handler.")
        assert (function["Timeout"], function["MemorySize"], function["Runtime"]) == (60, 512, "python3.13")
        assert function["Role"] == by_handler["worker"]["Role"]
        assert function["LoggingConfig"] == by_handler["worker"]["LoggingConfig"]
    (log_group,) = resources(stack, "AWS::Logs::LogGroup").values()
    assert log_group["Properties"] == {"RetentionInDays": 30}
    assert log_group["DeletionPolicy"] == "Delete"


def test_only_on_event_knows_the_state_machine(stack: cdk.Stack) -> None:
    campaign(stack)
    (machine,) = resources(stack, "AWS::StepFunctions::StateMachine")
    models = {"AWS_DATA_PATH": "/var/task/models"}
    by_handler = functions(stack)
    assert by_handler["on_event"]["Environment"]["Variables"] == {
        **models,
        "STATE_MACHINE_ARN": {"Ref": machine},
    }
    assert by_handler["worker"]["Environment"]["Variables"] == {**models, "CONCURRENT_RESOURCES": "16"}


@pytest.mark.parametrize(("campaigns", "expected"), [(1, "16"), (16, "16"), (17, "32"), (32, "32"), (33, "64")])
def test_the_worker_knows_how_many_resources_may_poll_at_once(stack: cdk.Stack, campaigns: int, expected: str) -> None:
    for number in range(campaigns):
        campaign(stack, f"C{number}")
    assert functions(stack)["worker"]["Environment"]["Variables"]["CONCURRENT_RESOURCES"] == expected


def test_wait_links_poll_too(stack: cdk.Stack) -> None:
    for number in range(9):
        campaign(stack, f"C{number}", timeout=cdk.Duration.hours(1))
    assert functions(stack)["worker"]["Environment"]["Variables"]["CONCURRENT_RESOURCES"] == "32"


def test_a_resource_is_created_after_its_rights_and_deleted_before_them(stack: cdk.Stack) -> None:
    campaign(stack)
    (made,) = resources(stack, "Custom::PersonalizeCampaign").values()
    (policy,) = made["DependsOn"]
    assert resources(stack, "AWS::IAM::Policy")[policy]["Properties"]["PolicyName"] == "Policy"


def test_the_workflow_goes_from_begin_to_an_answer(stack: cdk.Stack) -> None:
    campaign(stack)
    states = workflow(stack)["States"]
    assert {name: (state["Type"], state.get("Next"), state.get("Default")) for name, state in states.items()} == {
        "Begin": ("Task", "Done", None),
        "Done": ("Choice", None, "Wait"),
        "Wait": ("Wait", "Poll", None),
        "Poll": ("Task", "Done", None),
        "Respond": ("Task", "Told", None),
        "RespondFailure": ("Task", "Told", None),
        "Told": ("Choice", None, "Failed"),
        "Succeeded": ("Succeed", None, None),
        "Failed": ("Fail", None, None),
    }
    assert states["Done"]["Choices"] == [{"Variable": "$.Progress.Done", "BooleanEquals": True, "Next": "Respond"}]
    assert states["Told"]["Choices"] == [
        {"Variable": "$.Answer.Status", "StringEquals": "SUCCESS", "Next": "Succeeded"}
    ]
    assert (states["Failed"]["ErrorPath"], states["Failed"]["CausePath"]) == ("$.Answer.Error", "$.Answer.Reason")
    assert states["Wait"]["SecondsPath"] == "$.Progress.WaitSeconds"
    (machine,) = resources(stack, "AWS::StepFunctions::StateMachine").values()
    assert machine["Properties"]["StateMachineType"] == "STANDARD"


def test_each_step_gets_the_request_and_its_execution(stack: cdk.Stack) -> None:
    campaign(stack)
    states = workflow(stack)["States"]
    same = {
        "Request.$": "$.Request",
        "Execution.$": "$$.Execution.Id",
        "StateMachine.$": "$$.StateMachine.Id",
        "Started.$": "$$.Execution.StartTime",
        "RetryCount.$": "$$.State.RetryCount",
    }
    progress, state = {"Progress.$": "$.Progress"}, {"State.$": "$"}
    tasks = {name: (each["Parameters"], each["ResultPath"]) for name, each in states.items() if each["Type"] == "Task"}
    assert tasks == {
        "Begin": ({"Step": "begin", **same}, "$.Progress"),
        "Poll": ({"Step": "poll", **same, **progress}, "$.Progress"),
        "Respond": ({"Step": "respond", **same, **progress}, "$.Answer"),
        "RespondFailure": ({"Step": "respond", **same, **state}, "$.Answer"),
    }


@pytest.mark.parametrize("step", ["Begin", "Poll"])
def test_a_step_that_fails_is_retried_and_then_answered(stack: cdk.Stack, step: str) -> None:
    campaign(stack)
    state = workflow(stack)["States"][step]
    assert state["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.Failure", "Next": "RespondFailure"}]
    throttled, crashed = state["Retry"]
    assert throttled == {
        "ErrorEquals": ["Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.AWSLambdaException"],
        "IntervalSeconds": 2,
        "BackoffRate": 2,
        "MaxDelaySeconds": 60,
        "MaxAttempts": 30,
        "JitterStrategy": "FULL",
    }
    assert crashed == {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "BackoffRate": 1, "MaxAttempts": 5}
    assert crashed["IntervalSeconds"] == functions(stack)["worker"]["Timeout"]


@pytest.mark.parametrize("step", ["Respond", "RespondFailure"])
def test_an_answer_is_retried_for_an_hour(stack: cdk.Stack, step: str) -> None:
    campaign(stack)
    state = workflow(stack)["States"][step]
    (retry,) = state["Retry"]
    assert retry["ErrorEquals"] == ["States.ALL"]
    # With full jitter, the mean delay is half of the maximum delay.
    assert retry["MaxAttempts"] * retry["MaxDelaySeconds"] / 2 >= 3600
    assert "Catch" not in state


def test_a_permissions_boundary_and_an_aspect_reach_the_roles(stack: cdk.Stack) -> None:
    campaign(stack)
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    iam.PermissionsBoundary.of(stack).apply(boundary)
    roles = resources(stack, "AWS::IAM::Role").values()
    assert len(roles) == 2
    assert all("PermissionsBoundary" in role["Properties"] for role in roles)


def test_tags_and_aspects_reach_the_functions(stack: cdk.Stack) -> None:
    campaign(stack)
    cdk.Tags.of(stack).add("team", "search")
    made = [each for each in stack.node.find_all() if isinstance(each, lambda_.CfnFunction)]
    assert [each.node.path for each in made] == [f"Shop/{PATH}/{name}/Resource" for name in ("Worker", "OnEvent")]
    assert {str(each["Tags"]) for each in functions(stack).values()} == {"[{'Key': 'team', 'Value': 'search'}]"}


def created(stack: cdk.Stack, **options: Any) -> cdk.Stack:
    """Return the stack after creating a provider with options in it."""
    personalize.PersonalizeProvider(stack, "Provider", **options)
    return stack


def test_functions_in_a_vpc_share_a_security_group(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=1)
    created(stack, vpc=vpc)
    (security_group,) = resources(stack, "AWS::EC2::SecurityGroup")
    for function in functions(stack).values():
        assert function["VpcConfig"]["SecurityGroupIds"] == [{"Fn::GetAtt": [security_group, "GroupId"]}]
        assert len(function["VpcConfig"]["SubnetIds"]) == 2
    roles = resources(stack, "AWS::IAM::Role")
    (role,) = [each for name, each in roles.items() if name.startswith(f"{PATH}Role")]
    assert "AWSLambdaVPCAccessExecutionRole" in str(role["Properties"]["ManagedPolicyArns"])


def test_functions_are_in_the_given_subnets_and_security_groups(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["a", "b"], private_subnet_ids=["subnet-1", "subnet-2"]
    )
    only = ec2.SubnetSelection(subnets=[ec2.Subnet.from_subnet_id(stack, "Only", "subnet-3")])
    given = ec2.SecurityGroup.from_security_group_id(stack, "Given", "sg-1")
    created(stack, vpc=vpc, vpc_subnets=only, security_groups=[given])
    for function in functions(stack).values():
        assert function["VpcConfig"] == {"SecurityGroupIds": ["sg-1"], "SubnetIds": ["subnet-3"]}


def test_logs_are_kept_and_encrypted_as_told(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    created(stack, log_retention=logs.RetentionDays.ONE_YEAR, log_encryption_key=key)
    (log_group,) = resources(stack, "AWS::Logs::LogGroup").values()
    assert log_group["Properties"]["RetentionInDays"] == 365
    assert "KmsKeyId" in log_group["Properties"]
    (made,) = resources(stack, "AWS::KMS::Key").values()
    of_logs = [each for each in made["Properties"]["KeyPolicy"]["Statement"] if "logs." in str(each["Principal"])]
    assert [each["Condition"]["ArnLike"].keys() for each in of_logs] == [{"kms:EncryptionContext:aws:logs:arn"}]


def test_an_imported_key_is_warned_of(stack: cdk.Stack) -> None:
    created(stack, log_encryption_key=kms.Key.from_key_arn(stack, "Key", KEY))
    (warning,) = warnings(stack)
    assert "the key Shop/Key is imported" in warning
    assert "The policy must allow logs." in warning


def test_functions_have_the_given_memory(stack: cdk.Stack) -> None:
    created(stack, memory_size=1024)
    assert {each["MemorySize"] for each in functions(stack).values()} == {1024}


def test_the_state_machine_logs_no_execution_data(stack: cdk.Stack) -> None:
    target = logs.LogGroup(stack, "Executions")
    created(stack, state_machine_logging=sfn.LogOptions(destination=target, level=sfn.LogLevel.ALL))
    (machine,) = resources(stack, "AWS::StepFunctions::StateMachine").values()
    configured = machine["Properties"]["LoggingConfiguration"]
    assert (configured["Level"], configured.get("IncludeExecutionData", False)) == ("ALL", False)


_SECRET = "the input of an execution has the presigned URL of the response"
REFUSED: Mapping[str, tuple[dict[str, Any], str]] = {
    "vpc": ({"vpc": "vpc-1"}, 'vpc must be a VPC, got "vpc-1"'),
    "subnets": ({"vpc_subnets": "subnet-1"}, 'vpc_subnets must be an ec2.SubnetSelection, got "subnet-1"'),
    "subnets alone": ({"vpc_subnets": ec2.SubnetSelection()}, "vpc_subnets requires vpc"),
    "groups": (
        {"security_groups": "sg-1"},
        'security_groups must be a list with at least 1 security group, got "sg-1"',
    ),
    "no groups": ({"security_groups": []}, "security_groups must be a list with at least 1 security group, got []"),
    "group": ({"security_groups": ["sg-1"]}, 'security_groups[0] must be a security group, got "sg-1"'),
    "retention": ({"log_retention": 30}, "log_retention must be a RetentionDays such as RetentionDays.ONE_DAY, got 30"),
    "key": (
        {"log_encryption_key": "key"},
        'log_encryption_key must be a key, got "key"; import it with kms.Key.from_key_arn(...)',
    ),
    "little memory": ({"memory_size": 127}, "memory_size must be from 128 to 10240, got 127"),
    "much memory": ({"memory_size": 10_241}, "memory_size must be from 128 to 10240, got 10241"),
    "memory in words": ({"memory_size": "512"}, 'memory_size must be a number, got "512"'),
    "half memory": ({"memory_size": 512.5}, "memory_size must be a whole number, got 512.5"),
    "logging": ({"state_machine_logging": True}, "state_machine_logging must be a stepfunctions.LogOptions, got True"),
    "data": (
        {"state_machine_logging": sfn.LogOptions(include_execution_data=True)},
        f"state_machine_logging.include_execution_data is not supported, because {_SECRET}, got True; omit it",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_option_that_is_not_valid_is_refused(stack: cdk.Stack, case: str) -> None:
    options, words = REFUSED[case]
    with pytest.raises(personalize.ValidationError) as refused:
        created(stack, **options)
    assert f"Shop/Provider: {words}" in str(refused.value).splitlines()


def test_a_second_one_is_refused(stack: cdk.Stack) -> None:
    created(stack)
    with pytest.raises(
        personalize.ValidationError, match="Shop/Provider: PersonalizeProvider must be created only once"
    ):
        created(stack)


def test_one_after_the_first_construct_is_refused(stack: cdk.Stack) -> None:
    personalize.EventTracker(stack, "Views", dataset_group=group(stack))
    with pytest.raises(personalize.ValidationError, match="before the first construct that needs it") as refused:
        created(stack, memory_size=1024)
    assert "the first construct creates one with default options" in str(refused.value)
