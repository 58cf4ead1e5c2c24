"""All names of ministack that the local AWS uses, for import by other modules.

ministack has no public interface for extensions, so the local AWS replaces functions of ministack to change its
behavior. `seam_contract` lists the names with their parameters. They are checked before the server starts, because a
change of ministack must not silently disable a check of the local AWS.

Modules name such a replacement after its task: `_deploying(deploy)` gets the original function `deploy` and returns the
function that replaces it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack import app
from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.concurrency import run_reentrant
from ministack.core.iam_evaluator import AuthError, EvalContext, PrincipalInfo, evaluate, resolve_principal
from ministack.core.responses import (
    get_account_id,
    get_region,
    new_uuid,
    now_iso,
    set_request_account_id,
    set_request_region,
)
from ministack.core.router import extract_access_key_id, extract_region
from ministack.services import eventbridge, iam, lambda_svc, s3, scheduler, stepfunctions, sts
from ministack.services.cloudformation import (
    _exports,
    _stack_events,
    _stacks,
    changesets,
    custom_resource,
    engine,
    handlers,
    helpers,
    provisioners,
    stacks,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = [
    "AuthError",
    "EvalContext",
    "PrincipalInfo",
    "SeamError",
    "_exports",
    "_stack_events",
    "_stacks",
    "app",
    "changesets",
    "custom_resource",
    "engine",
    "evaluate",
    "eventbridge",
    "extract_access_key_id",
    "extract_region",
    "get_account_id",
    "get_region",
    "handlers",
    "helpers",
    "iam",
    "iam_evaluator",
    "lambda_runtime",
    "lambda_svc",
    "new_uuid",
    "now_iso",
    "provisioners",
    "replace",
    "resolve_principal",
    "run_reentrant",
    "s3",
    "scheduler",
    "set_request_account_id",
    "set_request_region",
    "stacks",
    "stepfunctions",
    "sts",
]


class SeamError(RuntimeError):
    """ministack lacks a function that the local AWS has to replace."""


def replace(name: str, make: Callable[[Any], Any], *modules: ModuleType) -> None:
    """Replace a function in its module and in modules that import it by name.

    :param name: the name of the function.
    :param make: gets the original function and returns its replacement.
    :param modules: the module that defines the function, and then the modules that import it by name.
    :raises SeamError: if one of the modules has no such name.
    """
    for module in modules:
        if not hasattr(module, name):
            raise SeamError(f"{module.__name__} has no {name}: this version of ministack is not supported")
    replacement = make(getattr(modules[0], name))
    for module in modules:
        setattr(module, name, replacement)
