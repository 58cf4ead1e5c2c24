"""Nested stacks as AWS CloudFormation runs them.

- AWS: A nested stack is deployed, rolled back, cleaned up and deleted with its parent, in the same way as other stacks.
  Ministack: Nested stacks have a simpler engine. It passes no attributes to an update ("Requested attribute Arn does
  not exist in schema"), ignores DeletionPolicy, and hides failed deletions.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import seams, stack_engine
from cdk_personalize.local.seams import (
    _stack_events,
    _stacks,
    engine,
    get_account_id,
    get_region,
    helpers,
    new_uuid,
    now_iso,
    provisioners,
)
from cdk_personalize.local.stack_operation import Operation
from cdk_personalize.local.stack_registry import OPERATIONS
from cdk_personalize.local.stack_resources import STACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    Stack = dict[str, Any]

_SUFFIX = 12


class NestedStackFailure(RuntimeError):
    """A nested stack has failed. Its parent deletes it by its stack ID."""

    def __init__(self, reason: str, physical_id: str) -> None:
        super().__init__(reason)
        self.physical_id = physical_id


def deploy_as_on_aws() -> None:
    """Replace the behavior of ministack that differs from AWS.

    Call it once, before the server starts.
    """
    known = provisioners._RESOURCE_HANDLERS.get(STACK, {})
    if not {"create", "update", "delete"} <= known.keys():
        raise seams.SeamError(f"ministack has no handlers of {STACK}")
    provisioners._RESOURCE_HANDLERS[STACK] = {**known, "create": _create, "update": _update, "delete": _delete}


def _create(logical_id: str, props: Mapping[str, Any], parent_name: str) -> tuple[str, dict[str, Any]]:
    name = f"{parent_name}-{logical_id}-{new_uuid().replace('-', '')[:_SUFFIX].upper()}"
    stack_id = f"arn:aws:cloudformation:{get_region()}:{get_account_id()}:stack/{name}/{new_uuid()}"
    parent = _stacks[parent_name]
    _stacks[name] = {
        "StackName": name,
        "StackId": stack_id,
        "CreationTime": now_iso(),
        "Outputs": [],
        "DisableRollback": True,
        "_resources": {},
        "_region": get_region(),
        "_parent_stack_name": parent_name,
        "RootId": parent.get("RootId", parent["StackId"]),
        "ParentId": parent["StackId"],
        "Capabilities": provisioners._inherited_capabilities(parent_name),
    }
    _stack_events[stack_id] = []
    return _deploy(name, props, None)


def _update(
    physical_id: str, _old_props: object, props: Mapping[str, Any], _parent_name: str
) -> tuple[str, dict[str, Any]]:
    name = provisioners._nested_stack_lookup_name(physical_id)
    return _deploy(name, props, copy.deepcopy(_stacks[name]))


def _delete(physical_id: str, _props: object) -> None:
    name = provisioners._nested_stack_lookup_name(physical_id)
    stack = _stacks.get(name)
    if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
        return
    stack_engine.call_from_thread(stack_engine.delete_stack(name, stack["StackId"]))
    if stack["StackStatus"] == "DELETE_FAILED":
        raise NestedStackFailure(stack["StackStatusReason"], physical_id)


def _deploy(name: str, props: Mapping[str, Any], previous: Stack | None) -> tuple[str, dict[str, Any]]:
    stack = _stacks[name]
    body = _template_body(props)
    template = engine._parse_template(body)
    provisioners._check_nested_stack_capabilities(stack["_parent_stack_name"], template)
    given = [{"Key": key, "Value": str(value)} for key, value in (props.get("Parameters") or {}).items()]
    parameters = engine._resolve_parameters(template, given)
    stack |= {
        "StackStatus": f"{'UPDATE' if previous else 'CREATE'}_IN_PROGRESS",
        "StackStatusReason": "",
        "LastUpdatedTime": now_iso(),
        "Description": template.get("Description", ""),
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value["Value"], "NoEcho": value["NoEcho"]}
            for key, value in parameters.items()
        ],
        "Tags": [
            {"Key": key, "Value": value}
            for key, value in provisioners._tag_map(props.get("Tags")).items()
            if not key.startswith("aws:")
        ],
        "_template_body": body,
        "_conditions": engine._evaluate_conditions(template, parameters),
    }
    operation: Operation = stack_engine.call_from_thread(_run(name, template, parameters, previous))
    if operation.failure:
        verb = "updated" if previous else "created"
        raise NestedStackFailure(
            f"Embedded stack {stack['StackId']} was not successfully {verb}: {operation.failure}", stack["StackId"]
        )
    return stack["StackId"], {f"Outputs.{each['OutputKey']}": each["OutputValue"] for each in stack["Outputs"]}


async def _run(
    name: str, template: Mapping[str, Any], parameters: Mapping[str, Any], previous: Stack | None
) -> Operation:
    operation = Operation.of(name, template, parameters, previous)
    operation.parent = OPERATIONS.get(operation.stack["ParentId"])
    operation.scope.stack_event(operation.stack["StackStatus"])
    await stack_engine.deploy(operation)
    if operation.failure:
        operation.scope.stack_event(f"{operation.verb}_FAILED", operation.failure)
    elif not operation.is_update:
        await stack_engine.clean_up(operation)
    return operation


def _template_body(props: Mapping[str, Any]) -> str:
    body, error = helpers._resolve_template({"TemplateURL": [props.get("TemplateURL", "")]})
    if error is not None or not body:
        raise ValueError(f"Failed to fetch the template of a nested stack: {props.get('TemplateURL')}")
    return str(body)
