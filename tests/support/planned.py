"""The plan before a deployment, compared with what the deployment did."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds, service_model
from cdk_personalize_handler.personalize import PersonalizeClient

from cdk_personalize.cli import plan, planner, stacks
from cdk_personalize.cli.assembly import synthesized
from cdk_personalize.cli.aws import AwsClients
from cdk_personalize.cli.plan import PlannedAction
from cdk_personalize.cli.stacks import DeployedStack, StackResource
from support.cloudformation import STACK_ID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cdk_personalize_handler.kinds import Kind

    from cdk_personalize.cli.plan import PlannedResource
    from cdk_personalize.cli.planner import StackPlan
    from support.cloudformation import Resource
    from support.deploy import LocalAws


class LocalClients(AwsClients):
    """The clients of the command line tool, in one account of the local AWS."""

    def __init__(self, aws: LocalAws, account: str) -> None:
        super().__init__(region="us-east-1")
        self._local = aws.session(account)
        self.__dict__["account"] = account

    def _client(self, service: str) -> Any:
        return self._local.client(service)


class WorldClients(AwsClients):
    """The clients of the command line tool, in this process."""

    def __init__(self, resource: Resource) -> None:
        super().__init__(region="us-east-1")
        self._resource = resource
        self.__dict__["cloudformation"] = resource.clients.cloudformation

    def personalize(self, kind: Kind) -> PersonalizeClient:
        return PersonalizeClient(kind, self._resource.clients, lambda: math.inf)


def planned_for(resource: Resource, properties: Mapping[str, Any] | None) -> PlannedResource:
    """Return the plan for a resource.

    :param properties: Its properties in the new template. None if the stack no longer has it.
    """
    clients = WorldClients(resource)
    now = datetime.now(timezone.utc)
    description = {"StackId": STACK_ID, "StackName": "Shop", "StackStatus": "CREATE_COMPLETE", "CreationTime": now}
    stack = DeployedStack(clients, description)
    declared = StackResource(
        logical_id=resource.logical_id,
        type=kinds.resource_type(resource.kind),
        properties=properties or {},
        path=resource.logical_id,
        physical_id=resource.physical_id or "",
    )
    if properties is None:
        return plan.of_deletion(clients, stack, declared, resource.properties, retained=False)
    if resource.physical_id is None:
        return plan.of_creation(clients, stack, declared, properties)
    return plan.of_update(clients, stack, declared, properties, resource.properties, retains_predecessor=False)


def action_on(resource: Resource, properties: Mapping[str, Any] | None) -> PlannedAction:
    """Return the planned action."""
    return planned_for(resource, properties).action


@dataclass
class Deployment:
    """A deployment that was planned."""

    aws: LocalAws
    clients: LocalClients
    plans: list[StackPlan]
    calls: int
    """The number of calls before the deployment."""
    existing: set[str]
    """The ARNs before the deployment."""
    problems: list[str] = field(default_factory=list)

    def require_agreement(self, *, succeeded: bool) -> None:
        """Assert that a deployment did what was planned. A failed one was rolled back."""
        self.clients.forget()
        if succeeded:
            for each in self.plans:
                self._compare(each)
        assert self.problems == []

    def _compare(self, stack_plan: StackPlan) -> None:
        arns: dict[str, set[str]] = {}
        for stack in stacks.named(self.clients, stack_plan.stack.name):
            for resource in stack.personalize:
                arns.setdefault(resource.logical_id, set()).add(resource.physical_id)
        calls, existing = self.aws.calls(self.calls), _existing(self.aws)
        for planned in stack_plan.resources:
            found = [*self._problems(planned, arns.get(planned.resource.logical_id, set()), calls, existing)]
            self.problems += [f"{planned.resource.path}: planned {planned.action}, but {each}" for each in found]

    def _problems(
        self, planned: PlannedResource, after: set[str], calls: list[dict[str, Any]], existing: set[str]
    ) -> Iterator[str]:
        before, touched = planned.resource.physical_id, _calls_on(planned, calls)
        match planned.action:
            case PlannedAction.KEEP | PlannedAction.UPDATE:
                if before not in after:
                    yield f"its ARN changed from {before} to {after}"
                if bool(touched) is not (planned.action is PlannedAction.UPDATE):
                    yield f"these calls were made: {touched}"
            case PlannedAction.DELETE | PlannedAction.RETAIN:
                if (before in existing) is not (planned.action is PlannedAction.RETAIN):
                    yield f"{before} {'exists' if before in existing else 'does not exist'}"
            case PlannedAction.FAIL:
                yield "the deployment succeeded"
            case _:
                yield from self._problems_of_new(planned, after, existing)

    def _problems_of_new(self, planned: PlannedResource, after: set[str], existing: set[str]) -> Iterator[str]:
        before, new = planned.resource.physical_id, after - {planned.resource.physical_id}
        if planned.new_arn and planned.new_arn not in after:
            yield f"{planned.new_arn} was planned, and the stack has {after}"
        elif not planned.new_arn and not new:
            yield f"its ARN is still {before}"
        if bool(after & self.existing) is not (planned.action is PlannedAction.ADOPT):
            yield f"{after & self.existing} existed before"
        if planned.predecessor and (before in existing) is ("deleted" in planned.predecessor):
            yield f"its predecessor {'exists' if before in existing else 'does not exist'}"


def of_assembly(aws: LocalAws, clients: LocalClients, assembly: Path, names: tuple[str, ...]) -> Deployment:
    """Plan the deployment of an assembly into one account."""
    clients.forget()
    chosen = [
        each
        for each in synthesized(assembly)
        if each.account in (None, clients.account) and (not names or each.name in names or each.id in names)
    ]
    plans = [planner.of_stack(clients, each) for each in chosen]
    return Deployment(aws, clients, plans, len(aws.calls()), _existing(aws))


def _calls_on(planned: PlannedResource, calls: list[dict[str, Any]]) -> list[str]:
    """Return the operations that change the resource which the stack had before."""
    kind, arn = planned.kind.name, planned.resource.physical_id
    names = {f"{verb}{kind}": service_model.arn_member(kind) for verb in ("Update", "Start", "Stop", "Delete")}
    names |= dict.fromkeys(("TagResource", "UntagResource"), "resourceArn")
    return [
        each["operation"]
        for each in calls
        if each["operation"] in names and each["request"].get(names[each["operation"]]) == arn
    ]


def _existing(aws: LocalAws) -> set[str]:
    return {each["arn"] for each in aws.control("GET", "resources")}
