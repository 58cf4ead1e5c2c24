"""The functions that carry out what the constructs declare: one set of them in each stack that has any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import custom_resources as cr
from cdk_personalize_handler import service_model
from constructs import Construct

from cdk_personalize import _asset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk_personalize_handler.kinds import Kind

_ID = "CdkPersonalizeProvider"
_QUERY_INTERVAL = Duration.seconds(30)


class PersonalizeProvider(Construct):
    """The provider of a stack's custom resources: two functions, their role, and CDK's provider framework.

    The constructs make it when the first of them needs it. Its role has the actions of the kinds that the stack
    declares, on the resources that it declares.
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
        self._policy = iam.Policy(self, "Policy", roles=[self.role], document=iam.PolicyDocument(minimize=True))
        self._allow(["cloudformation:DescribeStackEvents"], [stack.stack_id])
        provider = cr.Provider(
            self,
            "Provider",
            on_event_handler=self._function("OnEvent", "on_event"),
            is_complete_handler=self._function("IsComplete", "is_complete"),
            query_interval=_QUERY_INTERVAL,
            total_timeout=Duration.hours(1),
        )
        self.service_token = provider.service_token
        """What a custom resource names as its provider."""

    @staticmethod
    def get_or_create(scope: Construct) -> PersonalizeProvider:
        """Return the provider of the stack that `scope` is in."""
        stack = Stack.of(scope)
        existing = stack.node.try_find_child(_ID)
        return existing if isinstance(existing, PersonalizeProvider) else PersonalizeProvider(stack, _ID)

    def allow(self, kind: Kind, arns: Sequence[str], parents: Sequence[str], user: Construct) -> None:
        """Let the functions manage resources of a kind, and have `user` made after and deleted before the right.

        :param kind: the kind, from which the actions follow.
        :param arns: the ARNs of the resources, with wildcards where names are generated.
        :param parents: the ARNs of what they are made from.
        :param user: the construct that needs it.
        """
        verbs = ("Create", "Describe", "Update", "Delete", "Start", "Stop")
        operations = [operation.name for verb in verbs if (operation := service_model.operation(verb, kind.name))]
        further = [kind.stop] if kind.stop else []
        self._allow([f"personalize:{name}" for name in (*operations, *further, *kind.read_only)], arns)
        if parents:
            self._allow([f"personalize:Create{kind.name}"], parents)
        self._allow([f"personalize:List{kind.name}s"], ["*"])
        if service_model.taggable(kind.name):
            tagging = ("ListTagsForResource", "TagResource", "UntagResource")
            self._allow([f"personalize:{name}" for name in tagging], arns)
        user.node.add_dependency(self._policy)

    def _allow(self, actions: Sequence[str], resources: Sequence[str]) -> None:
        self._policy.add_statements(iam.PolicyStatement(actions=list(actions), resources=list(resources)))

    def _function(self, id: str, handler: str) -> lambda_.Function:
        log_group = logs.LogGroup(
            self, f"{id}Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        log_group.grant_write(self.role)
        return lambda_.Function(
            self,
            id,
            description=f"cdk-personalize: {handler}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            code=lambda_.Code.from_asset(str(_asset.stage())),
            handler=f"{_asset.HANDLER}.{handler}",
            role=self.role,
            timeout=Duration.minutes(1),
            memory_size=512,
            log_group=log_group,
            environment={"AWS_DATA_PATH": f"/var/task/{_asset.MODELS}"},
        )
