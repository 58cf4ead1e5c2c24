"""CDK's reference interfaces, such as `ICampaignRef`, for generated constructs.

They are experimental in CDK, and some CDK versions lack some of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import jsii

if TYPE_CHECKING:
    from collections.abc import Callable

_Class = TypeVar("_Class", bound=type)


def implements_reference(kind: str) -> Callable[[_Class], _Class]:
    """Declare that a class implements the CDK reference interface of a kind.

    Some versions of CDK do not have it.
    """
    interface = getattr(_references(), f"I{kind}Ref", None)
    return (lambda cls: cls) if interface is None else jsii.implements(interface)


def reference(kind: str, **arns: str) -> Any:
    """Return the CDK reference of a resource.

    :raises NotImplementedError: If this version of CDK has no reference type for the kind.
    """
    made = getattr(_references(), f"{kind}Reference", None)
    if made is None:
        raise NotImplementedError(f"this version of aws-cdk-lib has no {kind}Reference. Upgrade aws-cdk-lib.")
    return made(**arns)


def _references() -> Any:
    try:
        return import_module("aws_cdk.interfaces.aws_personalize")
    except ModuleNotFoundError:
        return None
