"""IAM policies of a template, with resolved ARNs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aws_cdk as cdk

ACCOUNT, REGION = "111111111111", "ap-southeast-1"
IAM_LIMIT = 10_240


def statements(template: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the policy statements of the functions' role, by their IDs.

    Intrinsic functions are replaced with text.
    """
    return {
        statement["Sid"]: {
            **statement,
            "Action": _listed(statement["Action"]),
            "Resource": _listed(statement["Resource"]),
        }
        for document in _documents(template, "Stack")
        for statement in document["Statement"]
    }


def largest_sum(app: cdk.App) -> int:
    """Return the maximum number of characters of the inline policies of a role.

    The roles are those of the functions in the stacks of an app.
    """
    return max(
        sum(len(re.sub(r"\s", "", json.dumps(document))) for document in _documents(each.template, each.stack_name))
        for each in app.synth().stacks_recursively
    )


def _documents(template: Mapping[str, Any], stack: str) -> list[Any]:
    return [
        _deployed(resource["Properties"]["PolicyDocument"], stack)
        for resource in template.get("Resources", {}).values()
        if resource["Type"] == "AWS::IAM::Policy"
        and any("CdkPersonalizeProviderRole" in str(role) for role in resource["Properties"].get("Roles", []))
    ]


def _deployed(value: Any, stack: str) -> Any:
    if isinstance(value, list):
        return [_deployed(each, stack) for each in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": name}:
            known = {"AWS::Partition": "aws", "AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::StackName": stack}
            stack_id = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack}/00000000-0000-0000-0000-000000000000"
            return {**known, "AWS::StackId": stack_id}.get(name, f"{stack}-{name[:40]}-ABCDEFGHIJKL")
        case {"Fn::Join": [separator, parts]}:
            return separator.join(_deployed(each, stack) for each in parts)
        case {"Fn::GetAtt": [name, _]}:
            return f"arn:aws:iam::{ACCOUNT}:role/{stack}-{name[:40]}-ABCDEFGHIJKL"
        case {"Fn::ImportValue": name}:
            return str(name)
    return {name: _deployed(each, stack) for name, each in value.items()}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
