"""The plan of a deployment: each Amazon Personalize resource of the stacks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds, service_model
from cdk_personalize_handler.errors import HandlerError

from cdk_personalize.cli import plan, stacks
from cdk_personalize.cli.assembly import synthesized
from cdk_personalize.cli.aws import AwsClients
from cdk_personalize.cli.plan import KnownLater, PlannedAction, as_sent
from cdk_personalize.cli.stacks import CUSTOM, STACK_TYPE, WAITS, DeployedStack, StackResource
from cdk_personalize.cli.template import Intrinsics, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cdk_personalize.cli.assembly import SynthesizedStack
    from cdk_personalize.cli.plan import PlannedResource

    Template = Mapping[str, Any]

_RETAINING = frozenset({"Retain", "RetainExceptOnCreate"})
_NAMING: Mapping[str, Sequence[str]] = {
    "AWS::IAM::Role": ("Path", "RoleName"),
    "AWS::S3::Bucket": ("BucketName",),
}
"""Properties of other resources whose change replaces them, so that references to them change."""


class WrongAccount(HandlerError):
    """The credentials do not belong to the account of the stack."""


@dataclass(frozen=True)
class StackPlan:
    """The planned resources of a stack and its nested stacks."""

    stack: DeployedStack
    resources: Sequence[PlannedResource]
    native: Sequence[str]
    """Construct paths of resources with a native type, which are not planned."""

    @property
    def changes(self) -> bool:
        """Whether a resource is created, changed or deleted, or leaves the stack."""
        return any(each.action is not PlannedAction.KEEP for each in self.resources)

    @property
    def fails(self) -> bool:
        """Whether the deployment is going to fail."""
        return any(each.action is PlannedAction.FAIL for each in self.resources)

    def dependents(self, planned: PlannedResource) -> list[str]:
        """Return the construct paths of resources that change with a resource."""
        return [
            each.resource.path
            for each in self.resources
            if any(change.later and change.later.source == planned.resource.path for change in each.changes)
        ]


def of_assembly(folder: Path, name: str | None, profile: str | None, region: str | None) -> list[StackPlan]:
    """Plan the deployment of the stacks of a cloud assembly, or of one of them.

    :param region: The region of stacks that can be deployed to any region.
    """
    plans = []
    clients: dict[str | None, AwsClients] = {}
    for each in synthesized(folder, name):
        where = each.region or region
        plans.append(of_stack(clients.setdefault(where, AwsClients(profile, where)), each))
    return plans


def of_stack(aws: AwsClients, stack: SynthesizedStack) -> StackPlan:
    """Plan the deployment of a stack.

    :raises WrongAccount: If the credentials are not of the stack's account.
    """
    if stack.account not in (None, aws.account):
        raise WrongAccount(
            f"stack {stack.id} belongs to account {stack.account}, but the credentials are of account "
            f"{aws.account}. Use --profile."
        )
    deployed = stacks.before_deployment(aws, stack.name)
    planner = _StackPlanner(aws, stack, stack.template, deployed)
    return StackPlan(deployed, planner.resources(), planner.native())


class _StackPlanner:
    """The plan of one stack.

    A resource is planned on demand, because the properties of other resources can depend on its plan.
    """

    def __init__(
        self,
        aws: AwsClients,
        synthesized: SynthesizedStack,
        template: Template,
        deployed: DeployedStack,
        *,
        parameters: Mapping[str, Any] | None = None,
        is_retained: bool = False,
    ) -> None:
        self._aws = aws
        self._synthesized = synthesized
        self._template = template
        self._deployed = deployed
        self._given = parameters
        self._is_retained = is_retained
        self._planned: dict[str, PlannedResource] = {}
        self._children: dict[str, _StackPlanner | None] = {}
        self._intrinsics = Intrinsics(
            template, reference=self._reference, attribute=self._value, export=deployed.exported
        )

    def resources(self) -> list[PlannedResource]:
        """Return the plan of each declared resource and each resource to delete.

        Resources of nested stacks are included.
        """
        before = self._deployed.template.get("Resources", {})
        removed = [each for name, each in self._deployed.resources.items() if name in before]
        removed = [each for each in removed if each.logical_id not in self._declared and each.physical_id]
        return [
            *(self._plan(name) for name, each in self._declared.items() if each["Type"] in CUSTOM),
            *(each for child in self._nested() for each in child.resources()),
            *(self._removed(each) for each in removed if each.is_custom_resource),
            *(found for each in removed if each.type == STACK_TYPE for found in self._removed_stack(each)),
        ]

    def native(self) -> list[str]:
        """Return the construct paths of resources with a native type."""
        own = [name for name in self._declared if self._resource(name).kind and not self._is_custom(name)]
        return [
            *(self._resource(name).path for name in own),
            *(each for child in self._nested() for each in child.native()),
        ]

    def output(self, name: str) -> Any:
        """Return the value of an output."""
        outputs = self._template.get("Outputs", {})
        return self._intrinsics.resolve(outputs[name]["Value"]) if name in outputs else Unknown(name)

    @cached_property
    def _declared(self) -> Mapping[str, Any]:
        """The resources of the new template whose condition is not false."""
        declared: Mapping[str, Any] = self._template.get("Resources", {})
        return {
            name: each
            for name, each in declared.items()
            if "Condition" not in each or self._intrinsics.resolve({"Condition": each["Condition"]})
        }

    def _is_custom(self, logical_id: str) -> bool:
        return self._declared[logical_id]["Type"] in CUSTOM

    def _resource(self, logical_id: str) -> StackResource:
        declared, before = self._declared[logical_id], self._deployed.resources.get(logical_id)
        return StackResource(
            logical_id=logical_id,
            type=declared["Type"],
            properties=declared.get("Properties", {}),
            path=stacks.path_of(logical_id, declared),
            physical_id=before.physical_id if before else "",
        )

    def _plan(self, logical_id: str) -> PlannedResource:
        if logical_id not in self._planned:
            self._planned[logical_id] = self._decide(logical_id)
        return self._planned[logical_id]

    def _decide(self, logical_id: str) -> PlannedResource:
        resource, before = self._resource(logical_id), self._deployed.resources.get(logical_id)
        properties = self._intrinsics.resolve(resource.properties)
        if before is None or not before.physical_id:
            return plan.of_creation(self._aws, self._deployed, resource, properties)
        if before.type != resource.type:
            return plan.of_another_type(resource, before.type)
        return plan.of_update(
            self._aws,
            self._deployed,
            resource,
            properties,
            self._deployed.properties(before),
            retains_predecessor=self._declared[logical_id].get("UpdateReplacePolicy") in _RETAINING,
        )

    def _removed(self, resource: StackResource) -> PlannedResource:
        return plan.of_deletion(
            self._aws,
            self._deployed,
            resource,
            self._deployed.properties(resource),
            retained=self._retains(resource),
        )

    def _retains(self, resource: StackResource) -> bool:
        """Return whether a resource that leaves the stack is retained.

        The policy in the deployed template decides.
        """
        policy = self._deployed.template["Resources"][resource.logical_id].get("DeletionPolicy")
        return self._is_retained or policy in _RETAINING

    def _removed_stack(self, resource: StackResource) -> list[PlannedResource]:
        nested, is_retained = stacks.nested(self._aws, resource.physical_id), self._retains(resource)
        return _StackPlanner(self._aws, self._synthesized, {}, nested, is_retained=is_retained).resources()

    def _nested(self) -> list[_StackPlanner]:
        names = [name for name, each in self._declared.items() if each["Type"] == STACK_TYPE]
        return [child for name in names if (child := self._child(name)) is not None]

    def _child(self, logical_id: str) -> _StackPlanner | None:
        if logical_id not in self._children:
            self._children[logical_id] = self._planner_of(logical_id)
        return self._children[logical_id]

    def _planner_of(self, logical_id: str) -> _StackPlanner | None:
        """Return the planner of a nested stack.

        None if the assembly does not have its template.
        """
        resource, before = self._resource(logical_id), self._deployed.resources.get(logical_id)
        template = self._synthesized.nested_template(resource.properties.get("TemplateURL"))
        if template is None:
            return None
        if before is None or not before.physical_id:
            deployed = stacks.new_stack(self._aws, f"{self._deployed.name}-{logical_id}")
            old: Mapping[str, Any] = {}
        else:
            deployed = stacks.nested(self._aws, before.physical_id)
            old = before.properties.get("Parameters", {})
        parameters = {
            name: self._given_value(deployed, name, value, old.get(name))
            for name, value in resource.properties.get("Parameters", {}).items()
        }
        return _StackPlanner(self._aws, self._synthesized, template, deployed, parameters=parameters)

    def _given_value(self, nested: DeployedStack, name: str, new: Any, old: Any) -> Any:
        """Return the value of a parameter of a nested stack.

        If the expression in the parent's template has the same value as before, the deployed value is returned. This
        also works for values that cannot be resolved here.
        """
        value = self._intrinsics.resolve(new)
        if as_sent(value) != as_sent(self._deployed.resolve(old)):
            return value
        return nested.parameters.get(name, value)

    def _reference(self, name: str) -> Any:
        if name in self._deployed.pseudo_parameters:
            return self._deployed.pseudo_parameters[name]
        if name in self._template.get("Parameters", {}):
            return self._parameter(name)
        return self._value(name, "")

    def _parameter(self, name: str) -> Any:
        """Return the value of a parameter.

        A deployment keeps the values of the deployed stack.
        """
        if self._given is not None and name in self._given:
            return self._given[name]
        if self._given is None and name in self._deployed.parameters:
            return self._deployed.parameters[name]
        declared = self._template["Parameters"][name]
        if "Default" not in declared or declared["Type"].startswith("AWS::SSM::"):
            return Unknown(name)
        return declared["Default"].split(",") if "List" in declared["Type"] else declared["Default"]

    def _value(self, logical_id: str, attribute: str) -> Any:
        """Return an attribute of a resource after the deployment.

        Without an attribute, return its reference.
        """
        if logical_id not in self._declared:
            return Unknown(logical_id)
        resource = self._resource(logical_id)
        if resource.type in WAITS:
            # A wait link has the attributes of the resource that it waits for.
            return self._value(resource.properties[kinds.WAIT_ARN]["Ref"], attribute)
        if resource.type == STACK_TYPE and attribute and (child := self._child(logical_id)):
            return child.output(attribute.removeprefix("Outputs."))
        if resource.is_custom_resource and (planned := self._plan(logical_id)) and not planned.keeps(attribute):
            if planned.new_arn and planned.is_arn(attribute):
                return planned.new_arn
            return _later(resource, planned.action.done)
        if not resource.physical_id:
            return _later(resource, "created")
        if not resource.is_custom_resource and self._is_replaced(resource):
            return _later(resource, "replaced")
        if attribute:
            return self._deployed.attribute(logical_id, attribute)
        return self._deployed.reference(logical_id)

    def _is_replaced(self, resource: StackResource) -> bool:
        """Return whether CloudFormation replaces a resource of another type.

        This is known for native types, and for the types that are listed here.
        """
        before = self._deployed.resources[resource.logical_id]
        kind = resource.kind
        members = service_model.create_only_members(kind.name) if kind else ()
        names = [*map(service_model.upper_first, members), *_NAMING.get(resource.type, ())]
        new = {
            name: self._intrinsics.resolve(resource.properties[name]) for name in names if name in resource.properties
        }
        old = {name: self._deployed.resolve(before.properties[name]) for name in names if name in before.properties}
        return bool(as_sent(new) != as_sent(old))


def _later(resource: StackResource, done: str) -> KnownLater:
    return KnownLater(f"{resource.path} is {done}", source=resource.path)
