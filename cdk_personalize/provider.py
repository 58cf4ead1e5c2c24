"""The provider of a stack's custom resources: two functions and a workflow."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from weakref import ReferenceType, WeakKeyDictionary

import jsii
from aws_cdk import IAnyProducer, IStringProducer, Lazy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct, IValidation

from cdk_personalize import _conformity, _permissions, _policy_size, _stacks, _validation, _workflow
from cdk_personalize._actions import is_deleted_by_type
from cdk_personalize._functions import TIMEOUT_SECONDS, Functions
from cdk_personalize._permissions import Permissions
from cdk_personalize._policy_arns import PolicyArns, longest_policy_arns, prefix_of_generated_names
from cdk_personalize._policy_size import PoliciesWithinLimit
from cdk_personalize._provider_options import log_group, network, problems_of_options
from cdk_personalize._service_role import path_of_service_roles
from cdk_personalize._signature import HasSignature
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from cdk_personalize_handler.kinds import Kind
    from constructs import IDependable

_ID = "CdkPersonalizeProvider"
_MEMORY_MB = 512
_FEWEST_RESOURCES = 16
"""Lower bound of the rounded number of resources. A small change of a stack then does not update the functions."""
_VPC_POLICY = "service-role/AWSLambdaVPCAccessExecutionRole"

_provider_by_stack: WeakKeyDictionary[Stack, ReferenceType[PersonalizeProvider]] = WeakKeyDictionary()


class PersonalizeProvider(HasSignature, Construct):
    """The provider of a stack's custom resources.

    It consists of two Lambda functions, their role, policy and log group, and a Step Functions state machine. Each
    stack has one. The first construct of the stack creates it; to set its options, create it before that.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        log_retention: logs.RetentionDays | None = None,
        log_encryption_key: kms.IKey | None = None,
        memory_size: int | None = None,
        state_machine_logging: sfn.LogOptions | None = None,
    ) -> None:
        """Create the provider of a stack.

        :param scope: A construct in the stack.
        :param id: A construct ID. It is not part of the provider's path, which is the same in every stack, so that
            options can be set in a stack that is already deployed.
        :param vpc: The VPC of the functions. From it, they must reach AWS CloudFormation, AWS Step Functions, Amazon
            Personalize and the Amazon S3 buckets for CloudFormation responses. Default: no VPC. Updated in place.
        :param vpc_subnets: The subnets in `vpc`. Default: the private subnets. Updated in place.
        :param security_groups: The security groups of the functions in `vpc`. Default: a security group is created that
            allows all outbound traffic. Updated in place.
        :param log_retention: The retention of the logs of the functions. Default: one month. Updated in place.
        :param log_encryption_key: The AWS KMS key that the logs are encrypted with. If this app defines the key, its
            policy gets the permissions of CloudWatch Logs. Default: a key of CloudWatch Logs. Updated in place.
        :param memory_size: The memory of each function, 128 to 10,240 MB. Default: 512 MB. Updated in place.
        :param state_machine_logging: The log destination and level of the state machine. Execution data is not logged,
            because the input has the presigned URL of CloudFormation's response. Default: no logging. Updated in place.
        :raises ValidationError: If an option is not valid, or the stack already has a provider.
        """
        stack = Stack.of(scope)
        problems = [
            *_problems_of_order(stack),
            *problems_of_options(
                vpc=vpc,
                vpc_subnets=vpc_subnets,
                security_groups=security_groups,
                log_retention=log_retention,
                log_encryption_key=log_encryption_key,
                memory_size=memory_size,
                state_machine_logging=state_machine_logging,
            ),
        ]
        _validation.refuse(scope, id, problems)
        super().__init__(stack, _ID)
        _provider_by_stack[stack] = ReferenceType(self)
        self._stack = stack
        self._permissions = Permissions(prefix_of_generated_names(stack))
        self._custom_resources = 0
        self._passing: dict[str, tuple[iam.CfnPolicy, dict[str, None]]] = {}
        self._untagged: iam.CfnPolicy | None = None
        self.log_group = log_group(self, log_retention, log_encryption_key)
        """The log group of both functions."""
        self.role = self._role(in_vpc=vpc is not None)
        """The execution role of both functions."""
        functions = Functions(
            provider=self,
            role=self.role,
            log_group=self.log_group,
            memory_mb=_MEMORY_MB if memory_size is None else memory_size,
            network=network(self, vpc, vpc_subnets, security_groups),
        )
        concurrent = Lazy.uncached_string(cast("IStringProducer", _Produced(self._concurrent_resources)))
        worker = functions.create("Worker", "worker", {"CONCURRENT_RESOURCES": concurrent})
        self.state_machine = self._state_machine(worker, state_machine_logging)
        """The workflow, with one execution for each CloudFormation request."""
        machine = {"STATE_MACHINE_ARN": self.state_machine.state_machine_arn}
        self.service_token = functions.create("OnEvent", "on_event", machine).attr_arn
        """The ARN of the function that receives CloudFormation requests."""
        self._policy = self._inline_policy("Policy", self._document)
        self.node.add_validation(cast("IValidation", PoliciesWithinLimit(self._policies)))

    @staticmethod
    def get_or_create(scope: Construct) -> PersonalizeProvider:
        """Return the provider of the stack of `scope`.

        Create it with default options if necessary.
        """
        stack = _stacks.stack_of(scope)
        existing = _provider_by_stack.get(stack)
        if existing is not None and (provider := existing()) is not None:
            return provider
        found = stack.node.try_find_child(_ID)
        return found if isinstance(found, PersonalizeProvider) else PersonalizeProvider(stack, _ID)

    def _count_custom_resource(self) -> None:
        """Count a custom resource. The polling intervals depend on their number."""
        self._custom_resources += 1

    def _generated_iam_resource(self, kind: Kind) -> str:
        """Return the IAM resource that matches all generated names of a kind."""
        return self._permissions.generated_iam_resource(kind)

    def _allow(self, kind: Kind, resources: Sequence[str], parents: Sequence[str]) -> list[IDependable]:
        """Allow the functions to manage resources of a kind.

        Return the policies that must exist first.

        :param kind: The kind; it determines the actions.
        :param resources: The ends of the ARNs, such as `campaign/name`, with wildcards for names that are not known at
            synthesis. They must not refer to resources of the stack, because these depend on the policy.
        :param parents: The ends of the ARNs of the parents.
        """
        self._permissions.allow(kind, resources, parents)
        if not is_deleted_by_type(kind):
            return [self._policy]
        if self._untagged is None:
            # It is a separate policy, because it must leave the stack after the last resource that needs it.
            self._untagged = self._inline_policy("UntaggedPolicy", self._untagged_document)
        return [self._policy, self._untagged]

    def _allow_created_role(self) -> None:
        """Allow the functions to pass the roles that the constructs of the stack create."""
        self._permissions.allow_created_roles()

    def _allow_role(self, role: iam.IRole, kind: Kind) -> list[IDependable]:
        """Allow the functions to pass a role that the user specifies.

        Return the policy that must exist first, in addition to those of `allow`. A role of this stack can depend on
        other resources that the functions manage. In the shared policy that would be a circular dependency, so the role
        gets a separate policy for each kind.

        :param role: The role.
        :param kind: The kind of the resource that receives the role.
        """
        if _policy_size.is_independent(self._stack.resolve(role.role_arn)):
            self._permissions.allow_role(role.role_arn)
            return []
        if kind.name not in self._passing:
            roles: dict[str, None] = {}
            policy = self._inline_policy(
                f"{kind.name}PassRolePolicy",
                lambda: _permissions.policy([_permissions.pass_role_statement(list(roles))]),
            )
            self._passing[kind.name] = policy, roles
        policy, roles = self._passing[kind.name]
        roles[role.role_arn] = None
        return [policy]

    def _role(self, *, in_vpc: bool) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Execution role of the cdk-personalize functions of this stack",
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_VPC_POLICY)] if in_vpc else None,
        )
        if in_vpc:
            _conformity.acknowledge_managed_policy(role, _VPC_POLICY)
        return role

    def _state_machine(self, worker: lambda_.CfnFunction, logging: sfn.LogOptions | None) -> sfn.StateMachine:
        if logging is not None:
            destination, level = logging.destination, logging.level
            logging = sfn.LogOptions(destination=destination, level=level, include_execution_data=False)
        states = _workflow.definition(worker.attr_arn, TIMEOUT_SECONDS)
        machine = sfn.StateMachine(
            self,
            "Lifecycle",
            definition_body=sfn.DefinitionBody.from_string(self._stack.to_json_string(states)),
            state_machine_type=sfn.StateMachineType.STANDARD,
            logs=logging,
        )
        invoked = [worker.attr_arn, f"{worker.attr_arn}:*"]
        machine.add_to_role_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=invoked))
        _conformity.acknowledge_rules(machine, _conformity.STATE_MACHINE_RULES)
        _conformity.acknowledge_wildcards(machine)
        return machine

    def _inline_policy(self, id: str, document: Callable[[], Any]) -> iam.CfnPolicy:
        policy = iam.CfnPolicy(
            self,
            id,
            policy_name=id,
            policy_document=Lazy.uncached_any(cast("IAnyProducer", _Produced(document))),
            roles=[self.role.role_name],
        )
        _conformity.acknowledge_wildcards(policy)
        return policy

    def _policies(self) -> list[iam.CfnPolicy]:
        """Return the inline policies of the role, including those that the user added."""
        added = [each for each in self.role.node.find_all() if isinstance(each, iam.CfnPolicy)]
        own_policies = [self._policy, *([] if self._untagged is None else [self._untagged])]
        return [*own_policies, *(policy for policy, _ in self._passing.values()), *added]

    def _document(self) -> dict[str, Any]:
        return self._permissions.document(self._policy_arns, self._longest_policy_arns)

    def _untagged_document(self) -> dict[str, Any]:
        return _permissions.untagged_deletion(self._policy_arns)

    @cached_property
    def _policy_arns(self) -> PolicyArns:
        stack, name = self._stack, self.state_machine.state_machine_name
        return PolicyArns(
            personalize=stack.format_arn(service="personalize", resource=_permissions.ALL).removesuffix("*"),
            stack=stack.stack_id,
            state_machine=self.state_machine.state_machine_arn,
            executions=stack.format_arn(service="states", resource=f"execution:{name}:*"),
            logs=self.log_group.log_group_arn,
            roles=stack.format_arn(service="iam", region="", resource=f"role{path_of_service_roles(stack)}*"),
        )

    @cached_property
    def _longest_policy_arns(self) -> PolicyArns:
        return longest_policy_arns(self._stack)

    def _concurrent_resources(self) -> str:
        return str(max(_FEWEST_RESOURCES, 1 << max(0, self._custom_resources - 1).bit_length()))


@jsii.implements(IAnyProducer, IStringProducer)
class _Produced:
    """A value that a function returns at synthesis."""

    def __init__(self, produced: Callable[[], Any]) -> None:
        self._produced = produced

    def produce(self, _context: Any) -> Any:
        """Call the function and return its result."""
        return self._produced()


def _problems_of_order(stack: Stack) -> list[Problem]:
    if stack.node.try_find_child(_ID) is None:
        return []
    rule = "must be created only once in a stack, before the first construct that needs it"
    remedy = "create it first, or omit it: the first construct creates one with default options"
    return [Problem("PersonalizeProvider", rule, None, remedy)]
