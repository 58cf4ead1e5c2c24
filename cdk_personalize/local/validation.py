"""Checks of requests, responses and errors against botocore's service model."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

from cdk_personalize.local.errors import ServiceError, not_serializable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import OperationModel, Shape

_NOT_MODELLED = frozenset({"AccessDeniedException", "InvalidInputException", "NotImplementedException"})
"""Errors that an operation can return although its model does not list them."""


@cache  # botocore rebuilds the shapes for each model of an operation
def operation_model(service: str, operation: str) -> OperationModel:
    """Return the model of an operation.

    :raises ServiceError: UnknownOperationException, if the service has no such operation.
    """
    model = service_model.model(service)
    if operation not in model.operation_names:
        raise ServiceError("UnknownOperationException", f"{service} has no operation {operation}")
    return model.operation_model(operation)


def require_valid_request(operation: OperationModel, request: Mapping[str, Any]) -> None:
    """Raise ServiceError if the model does not allow a request.

    The code is InvalidInputException. ListDatasetGroups and ListSchemas do not have it in their models.
    unverified: that these two return ValidationException, which is common to all AWS services.
    """
    if operation.input_shape is None:
        return
    if _has_unreadable_time(operation.input_shape, request):
        raise not_serializable("A timestamp must be a number of seconds since 1970")
    found = list(service_model.violations(operation.input_shape, request))
    if found:
        words = "; ".join(f"Value at '{'.'.join(each.path)}' {each.rule}" for each in found)
        modelled = {shape.name for shape in operation.error_shapes}
        only_page_tokens = operation.name.startswith("List") and "InvalidInputException" not in modelled
        code = "ValidationException" if only_page_tokens else "InvalidInputException"
        raise ServiceError(code, f"{len(found)} validation error{'s' * (len(found) > 1)} detected: {words}")


def modelled_error(operation: OperationModel, error: ServiceError) -> ServiceError:
    """Return an error with the HTTP status that the model defines for it.

    :raises AssertionError: if the model of the operation does not list the error. This is a defect of the emulator.
    """
    modelled = {shape.name: shape.metadata for shape in operation.error_shapes}
    if error.code not in modelled and error.code not in _NOT_MODELLED:
        raise AssertionError(f"{operation.name} returns {error.code}, which its model does not have") from error
    error.status = modelled.get(error.code, {}).get("error", {}).get("httpStatusCode", error.status)
    return error


def require_valid_answer(operation: OperationModel, answer: Mapping[str, Any]) -> None:
    """Raise AssertionError if the model does not allow a response.

    This is a defect of the emulator, not of the caller. Two rules of the model are not checked: patterns, because the
    pattern of roles in responses is wrong; and the length of the name of a solution version, because it contains the
    name of the solution and is longer than the model allows.
    """
    found = list(_answer_violations(operation, answer))
    if found:
        raise AssertionError(f"{operation.name} returns a response that its model does not allow: {'; '.join(found)}")


def _answer_violations(operation: OperationModel, answer: Mapping[str, Any]) -> Iterator[str]:
    if operation.output_shape is None:
        yield from (f"{name} in an empty answer" for name in answer)
        return
    for each in service_model.violations(operation.output_shape, answer):
        if "must match" not in each.rule and tuple(each.path) != ("solutionVersion", "name"):
            yield f"{each.path} {each.rule}: {each.value!r}"


def _has_unreadable_time(shape: Shape, value: Any) -> bool:
    """Whether a value contains a timestamp that is not a number."""
    if shape.type_name == "timestamp":
        return isinstance(value, bool) or not isinstance(value, (int, float))
    if shape.type_name == "structure" and isinstance(value, dict):
        return any(_has_unreadable_time(shape.members[name], value[name]) for name in shape.members if name in value)
    if shape.type_name == "list" and isinstance(value, list):
        return any(_has_unreadable_time(shape.member, each) for each in value)
    return False
