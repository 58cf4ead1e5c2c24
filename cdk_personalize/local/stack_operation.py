"""A creation or update of a stack, with its resolved template and its results."""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdk_personalize.local.seams import _stacks, stacks
from cdk_personalize.local.stack_resources import Change, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    Stack = dict[str, Any]

_DEFAULT_TYPE = "AWS::CloudFormation::CustomResource"
_RESTORED = ("_template", "_resolved_params", "_template_body", "_conditions", "Parameters", "Tags", "Outputs")


@dataclass
class Operation:
    """A creation or an update of a stack."""

    scope: Scope
    stack: Stack
    template: Mapping[str, Any]
    parameters: Mapping[str, Any]
    previous: Stack | None
    conditions: Mapping[str, bool]
    waits_for: dict[str, set[str]]
    is_acyclic: bool
    changes: dict[str, Change] = field(default_factory=dict)
    exports: dict[str, Any] = field(default_factory=dict)
    outputs: list[Any] = field(default_factory=list)
    failure: str = ""
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    is_superseded: bool = False
    parent: Operation | None = None
    """For a nested stack, the operation on its parent of which this one is a part."""
    retains_nothing_new: bool = False
    """Whether a rollback deletes all new resources: the parameter RetainExceptOnCreate of the request."""

    @classmethod
    def of(
        cls, stack_name: str, template: Mapping[str, Any], parameters: Mapping[str, Any], previous: Stack | None
    ) -> Operation:
        """Return the operation that creates a stack, or updates it to a template."""
        stack = _stacks[stack_name]
        conditions = stacks._evaluate_conditions(template, parameters)
        waits_for, is_acyclic = _dependencies(template, conditions)
        scope = Scope(stack_name, stack["StackId"])
        return cls(scope, stack, template, parameters, previous, conditions, waits_for, is_acyclic)

    @property
    def is_update(self) -> bool:
        """Whether the stack existed before the operation."""
        return self.previous is not None

    @property
    def verb(self) -> str:
        """First word of the stack's statuses: CREATE or UPDATE."""
        return "UPDATE" if self.is_update else "CREATE"

    @property
    def definitions(self) -> Mapping[str, Any]:
        """Resources of the template, by logical ID."""
        found: Mapping[str, Any] = self.template.get("Resources", {})
        return found

    @property
    def previous_definitions(self) -> Mapping[str, Any]:
        """Resources of the previous template, by logical ID."""
        found: Mapping[str, Any] = ((self.previous or {}).get("_template") or {}).get("Resources", {})
        return found

    @property
    def previous_waits_for(self) -> dict[str, set[str]]:
        """For each resource of both templates, the resources it waits for.

        If a resource is in both, the previous template applies.
        """
        previous = self.previous or {}
        return self.waits_for | _dependencies(previous.get("_template") or {}, previous.get("_conditions", {}))[0]

    def is_valid(self, disable_rollback: bool) -> bool:
        """Return whether the template passes ministack's checks of properties.

        If it does not, ministack sets the stack status to a failure.
        """
        if self.stack.get("_disable_validation"):
            return True
        scope, stack = self.scope, self.stack
        return not stacks._fail_property_validation(
            stack,
            scope.stack_id,
            scope.name,
            self.definitions,
            list(self.waits_for),
            self.parameters,
            self.conditions,
            self.template.get("Mappings", {}),
            disable_rollback,
            previous_stack=self.previous,
        )

    # In progress

    def accept_cancellation(self) -> bool:
        """Cancel the operation if CancelUpdateStack was called.

        :return: whether the operation is cancelled, for any reason.
        """
        if self.stack.pop("_cancel_requested", False):
            stacks.CLIENT_REQUEST_TOKEN.set(self.stack.pop("_cancel_token", ""))
            self.failure = "User Initiated"
            self.cancelled.set()
        return self.cancelled.is_set()

    def prepared(self, logical_id: str) -> Change:
        """Return the change of a resource, with resolved properties or a failure."""
        definition = self.definitions[logical_id]
        resource_type = definition.get("Type", _DEFAULT_TYPE)
        before = copy.deepcopy((self.previous or {}).get("_resources", {}).get(logical_id))
        if before is not None and before["ResourceStatus"] == "CREATE_FAILED":
            before = None
        change = Change(logical_id, resource_type, before, "UPDATE" if before else "CREATE")
        try:
            change.properties, change.dynamic = self._resolved(definition, before)
        except Exception as error:  # ministack's resolution of a template raises errors of any class
            change.failure = str(error)
            change.physical_id = (before or {}).get("PhysicalResourceId", "")
            self.scope.event(logical_id, resource_type, f"{change.verb}_FAILED", change.failure)
            return change
        names = (self.scope.name, self.scope.stack_id, logical_id)
        change.applied = stacks._with_stack_tags(resource_type, change.properties, self.stack.get("Tags") or [], *names)
        if before:
            tags = (self.previous or {}).get("Tags") or []
            change.applied_before = stacks._with_stack_tags(resource_type, before["Properties"], tags, *names)
        return change

    def _resolved(self, definition: Mapping[str, Any], before: Stack | None) -> tuple[dict[str, Any], dict[str, Any]]:
        resolved = self._resolve(definition.get("Properties", {}))
        properties = {name: value for name, value in resolved.items() if value is not stacks._NO_VALUE}
        previous = self.previous or {}
        same_template = self.template == previous.get("_template")
        found: tuple[dict[str, Any], dict[str, Any]] = stacks._resolve_dynamic_references(
            properties,
            (before or {}).get("_dynamic"),
            reuse_ssm=same_template and self.parameters == previous.get("_resolved_params"),
            reuse_secrets=before is not None
            and self.previous_definitions.get(before["LogicalResourceId"]) == definition,
        )
        return found

    def _resolve(self, value: Any) -> Any:
        mappings = self.template.get("Mappings", {})
        names = (self.scope.name, self.scope.stack_id)
        resources = self.stack["_resources"]
        return stacks._resolve_refs(copy.deepcopy(value), resources, self.parameters, self.conditions, mappings, *names)

    def record_change(self, change: Change) -> None:
        """Record the completed change of a resource in the operation and the stack."""
        self.changes[change.logical_id] = change
        resources = self.stack["_resources"]
        if change.failure:
            if change.before is None and change.physical_id:
                resources[change.logical_id] = change.record()
            return
        if change.is_changed:
            resources[change.logical_id] = change.record()
        if len(self.changes) == (len(self.waits_for) + 1) // 2:
            # AWS sends it when the configurations of all resources are complete. Here it is sent after half of the
            # resources.
            self.scope.stack_event(f"{self.verb}_IN_PROGRESS", detailed_status="CONFIGURATION_COMPLETE")

    def has_failed(self) -> bool:
        """Return whether a resource failed or the operation was cancelled."""
        return self.cancelled.is_set() or any(change.failure for change in self.changes.values())

    def resolve_outputs(self) -> None:
        """Resolve the outputs of the template. The operation fails if this fails."""
        resources = {item: self.stack["_resources"][item] for item in self.waits_for}
        mappings = self.template.get("Mappings", {})
        names = (self.scope.name, self.scope.stack_id)
        definitions = self.template.get("Outputs", {})
        try:
            self.outputs, self.exports = stacks._resolve_stack_outputs(
                definitions, self.conditions, resources, self.parameters, mappings, *names
            )
        except Exception as error:  # as in `prepared`: any error fails the operation
            self.failure = str(error)

    def conclude(self) -> None:
        """Set the failure reason of the operation, and write the result into the stack."""
        stack = self.stack
        failed = {
            verb: sorted(name for name, each in self.changes.items() if each.failure and each.verb == verb)
            for verb in ("CREATE", "UPDATE")
        }
        self.failure = self.failure or " ".join(
            f"The following resource(s) failed to {verb.lower()}: [{', '.join(names)}]."
            for verb, names in failed.items()
            if names
        )
        if self.cancelled.is_set() and not self.failure:
            self.failure = "Resource creation cancelled"
        if self.is_superseded:
            return
        if not self.failure:
            stack["_template"], stack["_resolved_params"] = self.template, self.parameters
            stack["Outputs"] = self.outputs
            return
        stack["StackStatus"], stack["StackStatusReason"] = f"{self.verb}_FAILED", self.failure
        stack["_failed_operation"] = {"is_update": self.is_update}
        if not self.is_update:
            stack["_template"], stack["_resolved_params"] = self.template, self.parameters

    def restore(self) -> None:
        """Restore template, parameters, outputs and resources from before the update."""
        previous = self.previous or {}
        kept = {
            name: record
            for name, record in self.stack["_resources"].items()
            if record["ResourceStatus"] == "DELETE_FAILED" and name not in previous["_resources"]
        }
        for name in _RESTORED:
            if name in previous:
                self.stack[name] = previous[name]
        reverted = {
            name: change.before
            for name, change in self.changes.items()
            if change.before is not None and name in previous["_resources"]
        }
        self.stack["_resources"] = previous["_resources"] | reverted | kept

    # Policies

    def policy(self, logical_id: str, attribute: str) -> str:
        """Return a policy of a resource in the template of the operation.

        :param attribute: `DeletionPolicy` or `UpdateReplacePolicy`.
        """
        return self._policy(self.template, self.parameters, self.conditions, logical_id, attribute)

    def previous_policy(self, logical_id: str) -> str:
        """Return the DeletionPolicy of a resource in the previous template."""
        previous = self.previous or {}
        parameters, conditions = previous.get("_resolved_params", {}), previous.get("_conditions", {})
        return self._policy(previous.get("_template") or {}, parameters, conditions, logical_id, "DeletionPolicy")

    def either_policy(self, logical_id: str) -> str:
        """Return the DeletionPolicy in the previous template, if it has the resource.

        Otherwise the DeletionPolicy in the template of the operation.
        """
        known = logical_id in self.previous_definitions
        return self.previous_policy(logical_id) if known else self.policy(logical_id, "DeletionPolicy")

    def _policy(
        self,
        template: Mapping[str, Any],
        parameters: Mapping[str, Any],
        conditions: Mapping[str, bool],
        logical_id: str,
        attribute: str,
    ) -> str:
        found: str = stacks._resource_policy(
            template.get("Resources", {}).get(logical_id),
            attribute,
            self.stack["_resources"],
            parameters,
            conditions,
            template.get("Mappings", {}),
            self.scope.name,
            self.scope.stack_id,
        )
        return found


def _dependencies(template: Mapping[str, Any], conditions: Mapping[str, bool]) -> tuple[dict[str, set[str]], bool]:
    """Return for each resource the resources it waits for.

    The second value is whether the dependencies are free of cycles.
    """
    definitions = template.get("Resources", {})
    active = {
        name for name, each in definitions.items() if "Condition" not in each or conditions.get(each["Condition"], True)
    }
    try:
        stacks._topological_sort(definitions, conditions)
    except ValueError:
        return {}, False
    return {name: stacks._extract_deps(definitions[name], active) - {name} for name in active}, True
