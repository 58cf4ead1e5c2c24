"""CDK's reference interfaces, by which generated constructs take each other: `ICampaignRef` and its like.

CDK marks them experimental, and not every version of it has all of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import jsii

if TYPE_CHECKING:
    from collections.abc import Callable

_Class = TypeVar("_Class", bound=type)


def implements_reference(kind: str) -> Callable[[_Class], _Class]:
    """Have a class implement the reference interface of a kind, where this version of CDK has it."""
    interface = getattr(_references(), f"I{kind}Ref", None)
    return (lambda cls: cls) if interface is None else jsii.implements(interface)


def reference(kind: str, **arns: str) -> Any:
    """Return the reference to a resource.

    :raises NotImplementedError: when this version of CDK has none for the kind.
    """
    made = getattr(_references(), f"{kind}Reference", None)
    if made is None:
        raise NotImplementedError(f"this version of aws-cdk-lib has no {kind}Reference; a later one has")
    return made(**arns)


def _references() -> Any:
    try:
        return import_module("aws_cdk.interfaces.aws_personalize")
    except ModuleNotFoundError:
        return None
