"""The functions that carry out what the constructs declare: one set of them in each stack that has any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import custom_resources as cr
from cdk_personalize_handler import kinds, service_model
from constructs import Construct

from cdk_personalize import _asset, _conformity
from cdk_personalize._service_role import SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk_personalize_handler.kinds import Kind

_ID = "CdkPersonalizeProvider"
_QUERY_INTERVAL = Duration.seconds(30)
_FUNCTION_TIMEOUT = Duration.seconds(110)
"""More than all attempts of a call that is not answered take; less than a deletion looks for what has no id yet."""
_OURS = {"Null": {f"aws:ResourceTag/{kinds.OWNER_TAG}": "false"}}


class PersonalizeProvider(Construct):
    """The provider of a stack's custom resources: two functions, their role, and CDK's provider framework.

    The constructs make it when the first of them needs it. Its role has the actions of the kinds that the stack
    declares, on the resources that it declares, in one policy for each kind.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Lets cdk-personalize carry out what this stack declares in Amazon Personalize",
        )
        # Read by the functions to tell a rollback from an update.
        self.role.add_to_policy(
            iam.PolicyStatement(actions=["cloudformation:DescribeStackEvents"], resources=[stack.stack_id])
        )
        self._policies: dict[str, iam.Policy] = {}
        provider = cr.Provider(
            self,
            "Provider",
            on_event_handler=self._function("OnEvent", "on_event"),
            is_complete_handler=self._function("IsComplete", "is_complete"),
            query_interval=_QUERY_INTERVAL,
            total_timeout=Duration.hours(1),
        )
        _conformity.acknowledge(provider)
        _conformity.acknowledge_wildcards(provider)
        self.service_token = provider.service_token
        """What a custom resource names as its provider."""

    @staticmethod
    def get_or_create(scope: Construct) -> PersonalizeProvider:
        """Return the provider of the stack that `scope` is in."""
        stack = Stack.of(scope)
        existing = stack.node.try_find_child(_ID)
        return existing if isinstance(existing, PersonalizeProvider) else PersonalizeProvider(stack, _ID)

    def allow(self, kind: Kind, resources: Sequence[str], parents: Sequence[str], user: Construct) -> None:
        """Let the functions manage resources of a kind, and have `user` made after and deleted before the right.

        :param kind: the kind, from which the actions follow.
        :param resources: the resource parts of their ARNs, with wildcards where names are generated. They must not
            refer to other resources of the stack: the policy is shared, so that a circle could come of it.
        :param parents: the resource parts of the ARNs of what they are made from.
        :param user: the construct that needs it.
        """
        policy = self._policies.get(kind.name) or self._policy(kind)
        taggable, removing = service_model.taggable(kind.name), _removing(kind)
        tagging = ["TagResource", "UntagResource"] if taggable else []
        changing = [*_actions(kind, "Create", "Update", "Start", "Stop"), *tagging]
        self._allow(policy, [action for action in changing if action not in removing], resources)
        # What may have any name can be removed where it has our tag alone, as everything else of its kind.
        named = [part for part in resources if not part.startswith(_everything(kind))]
        if taggable and removing and named:
            self._allow(policy, removing, named)
        if parents:
            self._allow(policy, _actions(kind, "Create"), parents)
        user.node.add_dependency(policy)

    def allow_pass_role(self, role: iam.IRole, user: Construct) -> iam.Policy:
        """Let the functions hand a role to Amazon Personalize, and return the right, to have `user` made after it.

        It is a policy of the user's own: as the roles are of the stack, a shared one could close a circle.

        :param role: the role.
        :param user: the construct that hands it over.
        """
        statement = iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=[role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": SERVICE}},
        )
        return iam.Policy(user, "PassRolePolicy", roles=[self.role], statements=[statement])

    def _policy(self, kind: Kind) -> iam.Policy:
        """Return a new policy for a kind, with what does not depend on the names of the resources.

        CloudFormation deletes what a template has no more, or has under another name, after it has brought the policy
        up to date. Such a resource has to be read, and deleted or given back, by its kind and its owner's tag.
        """
        policy = iam.Policy(self, f"{kind.name}Policy", roles=[self.role], document=iam.PolicyDocument(minimize=True))
        self._policies[kind.name] = policy
        everything = [_everything(kind)]
        taggable = service_model.taggable(kind.name)
        reading = [*_actions(kind, "Describe"), *_measuring(kind), *(["ListTagsForResource"] if taggable else [])]
        self._allow(policy, reading, everything)
        if removing := _removing(kind):
            self._allow(policy, removing, everything, conditions=_OURS if taggable else None)
        listing = [f"personalize:{action}" for action in (f"List{kind.name}s", *kind.listed.values())]
        policy.add_statements(iam.PolicyStatement(actions=listing, resources=["*"]))
        _conformity.acknowledge_wildcards(policy)
        return policy

    def _allow(
        self,
        policy: iam.Policy,
        actions: Sequence[str],
        resources: Sequence[str],
        conditions: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        stack = Stack.of(self)
        policy.add_statements(
            iam.PolicyStatement(
                actions=[f"personalize:{action}" for action in actions],
                resources=[stack.format_arn(service="personalize", resource=part) for part in resources],
                conditions=conditions,
            )
        )

    def _function(self, id: str, handler: str) -> lambda_.Function:
        log_group = logs.LogGroup(
            self, f"{id}Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        log_group.grant_write(self.role)
        function = lambda_.Function(
            self,
            id,
            description=f"cdk-personalize: {handler}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            code=lambda_.Code.from_asset(str(_asset.stage())),
            handler=f"{_asset.HANDLER}.{handler}",
            role=self.role,
            timeout=_FUNCTION_TIMEOUT,
            memory_size=512,
            log_group=log_group,
            environment={"AWS_DATA_PATH": f"/var/task/{_asset.MODELS}"},
        )
        _conformity.acknowledge(function)
        return function


def _actions(kind: Kind, *verbs: str) -> list[str]:
    return [operation.name for verb in verbs if (operation := service_model.operation(verb, kind.name))]


def _measuring(kind: Kind) -> list[str]:
    return [kind.metrics_operation] if kind.metrics_operation else []


def _removing(kind: Kind) -> list[str]:
    """Return what it takes to delete resources, to give back adopted ones, or to end what cannot be deleted."""
    deleting = _actions(kind, "Delete")
    giving_back = ["UntagResource"] if deleting and service_model.taggable(kind.name) else []
    return [*deleting, *giving_back, *([kind.stop] if kind.stop else [])]


def _everything(kind: Kind) -> str:
    """Return the resource part of all ARNs of a kind."""
    return f"{kind.arn_path.partition('/')[0]}/*"
