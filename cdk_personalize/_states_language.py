"""Build states of AWS Step Functions state machines that use JSONata.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Aws
from cdk_personalize_handler import service_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    State = dict[str, Any]
    States = dict[str, State]

ALL = ["States.ALL"]
INPUT = "{% $states.input %}"

_THROTTLED = {
    # Step Functions uses this name for errors that are not in the service model, such as throttling.
    "ErrorEquals": ["Personalize.PersonalizeException", "Personalize.SdkClientException"],
    "IntervalSeconds": 10,
    "BackoffRate": 2,
    "MaxDelaySeconds": 300,
    "MaxAttempts": 10,
    "JitterStrategy": "FULL",
}
_QUOTA = {
    # Operations in progress, also those of other stacks, count towards the quota until they end.
    "ErrorEquals": ["Personalize.LimitExceededException", "Personalize.ResourceInUseException"],
    "IntervalSeconds": 60,
    "BackoffRate": 1.5,
    "MaxDelaySeconds": 600,
    "MaxAttempts": 40,
    "JitterStrategy": "FULL",
}
_ANY = {"ErrorEquals": ALL, "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 3, "JitterStrategy": "FULL"}


def jsonata(expression: str) -> str:
    """Convert a JSONata expression to the value of a field of a state."""
    return f"{{% {expression} %}}"


def personalize(
    operation: str,
    arguments: Mapping[str, Any],
    next: str,
    *,
    creates: bool = False,
    assign: Mapping[str, Any] | None = None,
    catch: Sequence[Mapping[str, Any]] = (),
) -> State:
    """Return a state that calls Amazon Personalize. Its output is its input.

    :param creates: Whether the call creates a resource. It is then retried while a quota is used up.
    """
    retry = [_THROTTLED, _QUOTA] if creates else [_THROTTLED]
    return _call("personalize", operation, arguments, next, retry=retry, assign=assign, catch=catch)


def tolerated(service: str, operation: str, arguments: Mapping[str, Any], next: str, output: Any = INPUT) -> State:
    """Return a state with a call whose failure does not fail the workflow."""
    catch = [{"ErrorEquals": ALL, "Output": output, "Next": next}]
    return _call(service, operation, arguments, next, retry=[_ANY], catch=catch, output=output)


def other(
    service: str,
    operation: str,
    arguments: Mapping[str, Any],
    next: str,
    *,
    assign: Mapping[str, Any],
    catch: Sequence[Mapping[str, Any]],
) -> State:
    """Return a state that calls another service than Amazon Personalize."""
    return _call(service, operation, arguments, next, retry=[_ANY], assign=assign, catch=catch)


def _call(
    service: str,
    operation: str,
    arguments: Mapping[str, Any],
    next: str,
    *,
    retry: Sequence[Mapping[str, Any]],
    assign: Mapping[str, Any] | None = None,
    catch: Sequence[Mapping[str, Any]] = (),
    output: Any = INPUT,
) -> State:
    state = {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::aws-sdk:{service}:{service_model.lower_first(operation)}",
        "Arguments": arguments,
        "Assign": assign,
        "Output": output,
        "Retry": list(retry),
        "Catch": list(catch),
        "Next": next,
    }
    return {name: value for name, value in state.items() if value not in (None, [], {})}


def wait(seconds: int | str, next: str) -> State:
    """Return a state that waits."""
    return {"Type": "Wait", "Seconds": seconds, "Next": next}


def choice(default: str, **next_by_condition: str) -> State:
    """Return a state that chooses the next state by the first true condition.

    Keyword arguments are the next states and their conditions.
    """
    choices = [{"Condition": jsonata(condition), "Next": name} for name, condition in next_by_condition.items()]
    return {"Type": "Choice", "Choices": choices, "Default": default}


def assign(values: Mapping[str, Any], next: str) -> State:
    """Return a state that assigns variables."""
    return {"Type": "Pass", "Assign": dict(values), "Next": next}


def fail(error: str, cause: str) -> State:
    """Return a state that fails the workflow or its branch."""
    return {"Type": "Fail", "Error": error, "Cause": cause}


def parallel(branches: Sequence[tuple[str, States]], next: str, catch: Sequence[Mapping[str, Any]]) -> State:
    """Return a state that runs branches in parallel.

    :param branches: The name of the first state and the states of each branch.
    """
    found = [{"StartAt": start, "States": states} for start, states in branches]
    return {"Type": "Parallel", "Branches": found, "Output": INPUT, "Catch": list(catch), "Next": next}


def one_by_one(
    items: Any,
    start: str,
    states: States,
    next: str,
    catch: Sequence[Mapping[str, Any]],
    assign: Mapping[str, Any] | None = None,
) -> State:
    """Return a state that runs states for each item, one after the other.

    The input of the states is the item.

    :param start: The name of the first state.
    """
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": start, "States": states}
    state = {
        "Type": "Map",
        "Items": items,
        "MaxConcurrency": 1,
        "ItemProcessor": processor,
        "Output": INPUT,
        "Catch": list(catch),
        "Next": next,
    }
    return {**state, "Assign": dict(assign)} if assign else state
