"""The operations of the CloudFormation API that the handler calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.simulation.answers import client_error, metadata

if TYPE_CHECKING:
    from conformance.simulation.account import SimulatedAccount
    from conformance.simulation.runtime import FunctionRun
    from conformance.simulation.stack import SimulatedStack


class CloudFormationApi:
    """The CloudFormation API of an account, with a different clock than Personalize."""

    def __init__(self, account: SimulatedAccount) -> None:
        self.account, self.kernel = account, account.kernel

    def perform(self, run: FunctionRun, method: str, operation: str, request: dict[str, Any], key: str) -> Any:  # noqa: ARG002
        """Run one API call and return its response."""
        account, name = self.account, request.get("StackName")
        stack = account.stacks.get(name) or account.stack_by_name.get(name)
        if stack is None:
            raise client_error("ValidationError", f"Stack [{name}] does not exist", operation, self.kernel.now)
        action = getattr(self, f"_{method}", None)
        if action is None:
            message = f"not authorized to perform: cloudformation:{operation}"
            raise client_error("AccessDenied", message, operation, self.kernel.now, 403)
        answer = action(stack, request)
        return {**answer, "ResponseMetadata": metadata(self.kernel.now + account.cfg["skew_cfn"])}

    def _describe_stack_events(self, stack: SimulatedStack, request: dict[str, Any]) -> dict[str, Any]:
        horizon, _, offset = request.get("NextToken", f"{self.kernel.now}:0").partition(":")
        seen = [event for event in reversed(stack.events) if event["_visible"] <= float(horizon)]
        begin, page = int(offset), self.account.cfg["ev_page"]
        events = [
            {name: value for name, value in event.items() if name != "_visible"} for event in seen[begin : begin + page]
        ]
        following = {"NextToken": f"{horizon}:{begin + page}"} if begin + page < len(seen) else {}
        return {"StackEvents": events, **following}

    def _describe_stacks(self, stack: SimulatedStack, request: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        description = {
            "StackId": stack.id,
            "StackName": stack.name,
            "StackStatus": stack.status,
            "CreationTime": stack.events[0]["Timestamp"],
        }
        if stack.updated_at is not None:
            description["LastUpdatedTime"] = stack.updated_at
        return {"Stacks": [description]}

    def _describe_stack_resource(self, stack: SimulatedStack, request: dict[str, Any]) -> dict[str, Any]:
        logical = request["LogicalResourceId"]
        newest = next((event for event in reversed(stack.events) if event["LogicalResourceId"] == logical), None)
        if newest is None:
            message = f"Resource {logical} does not exist for stack {stack.name}"
            raise client_error("ValidationError", message, "DescribeStackResource", self.kernel.now)
        detail = {
            "LogicalResourceId": logical,
            "PhysicalResourceId": newest["PhysicalResourceId"],
            "ResourceType": newest["ResourceType"],
            "ResourceStatus": newest["ResourceStatus"],
            "StackId": stack.id,
            "StackName": stack.name,
            "LastUpdatedTimestamp": newest["Timestamp"],
        }
        return {"StackResourceDetail": detail}
