"""Reference interfaces of CDK, such as `ICampaignRef`, which L1 constructs accept.

CDK generates them. They are experimental, and not every CDK version has all of them.
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

    If this version of CDK does not have the interface, the class is not changed.
    """
    interface = getattr(_references(), f"I{kind}Ref", None)
    return (lambda cls: cls) if interface is None else jsii.implements(interface)


def reference(kind: str, **arns: str) -> Any:
    """Return the CDK reference of a resource.

    :raises NotImplementedError: If this version of CDK has no reference type for the kind.
    """
    reference_type = getattr(_references(), f"{kind}Reference", None)
    if reference_type is None:
        raise NotImplementedError(f"this version of aws-cdk-lib has no {kind}Reference. Upgrade aws-cdk-lib.")
    return reference_type(**arns)


def _references() -> Any:
    try:
        return import_module("aws_cdk.interfaces.aws_personalize")
    except ModuleNotFoundError:
        return None
