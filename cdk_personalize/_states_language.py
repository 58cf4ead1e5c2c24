"""States of AWS Step Functions workflows with JSONata, as data.

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
    # Step Functions calls every error by this name that is not in the service model, such as throttling.
    "ErrorEquals": ["Personalize.PersonalizeException", "Personalize.SdkClientException"],
    "IntervalSeconds": 10,
    "BackoffRate": 2,
    "MaxDelaySeconds": 300,
    "MaxAttempts": 10,
    "JitterStrategy": "FULL",
}
_QUOTA = {
    # Resources that are PENDING or IN_PROGRESS, of this or another stack, count until they are done.
    "ErrorEquals": ["Personalize.LimitExceededException", "Personalize.ResourceInUseException"],
    "IntervalSeconds": 60,
    "BackoffRate": 1.5,
    "MaxDelaySeconds": 600,
    "MaxAttempts": 40,
    "JitterStrategy": "FULL",
}
_ANY = {"ErrorEquals": ALL, "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 3, "JitterStrategy": "FULL"}


def jsonata(expression: str) -> str:
    """Return an expression as a field of a state has it."""
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
    """Return a call of Amazon Personalize. It keeps its input as its output.

    :param creates: whether the call creates something, so that it waits for a quota that other resources use up.
    """
    retry = [_THROTTLED, _QUOTA] if creates else [_THROTTLED]
    return _call("personalize", operation, arguments, next, retry=retry, assign=assign, catch=catch)


def tolerated(service: str, operation: str, arguments: Mapping[str, Any], next: str, output: Any = INPUT) -> State:
    """Return a call after which the workflow goes on, also when it fails."""
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
    """Return a call of another service."""
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

    Keyword arguments are the branches, each with the name of its first state.
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

    The item is the input of the states.
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
