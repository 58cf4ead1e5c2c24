"""Warnings for retained resources whose parents are not retained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import Annotations, CfnDeletionPolicy, Stack
from constructs import IValidation

from cdk_personalize import _validation
from cdk_personalize._resource import PersonalizeResource

if TYPE_CHECKING:
    from collections.abc import Mapping

_RETAINED = (CfnDeletionPolicy.RETAIN, CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE)

_check_by_stack: WeakKeyDictionary[Stack, _RetentionCheck] = WeakKeyDictionary()


def warn_of_retention(child: PersonalizeResource, **parents: Any) -> None:
    """Warn at synthesis if a resource is retained and one of its parents is not.

    :param parents: The resources that cannot be deleted before the child, by prop.
    """
    custom_parents = {prop: parent for prop, parent in parents.items() if isinstance(parent, PersonalizeResource)}
    if not custom_parents:
        return
    stack = Stack.of(child)
    if stack not in _check_by_stack:
        _check_by_stack[stack] = _RetentionCheck()
        child._provider.node.add_validation(cast("IValidation", _check_by_stack[stack]))
    _check_by_stack[stack].parents_by_child.append((child, custom_parents))


@jsii.implements(IValidation)
class _RetentionCheck:
    """The check of all retained resources of a stack.

    A stack has only one check, because each validation is a call to the Node.js process of CDK.
    """

    def __init__(self) -> None:
        self.parents_by_child: list[tuple[PersonalizeResource, Mapping[str, PersonalizeResource]]] = []

    def validate(self) -> list[str]:
        """Add the warnings. Return no errors."""
        for child, parents in self.parents_by_child:
            for prop, parent in parents.items() if child._is_retained else ():
                # Removal policies can also be set on the CloudFormation resources, or by an aspect.
                if not parent._is_retained and is_retained(child) and not is_retained(parent):
                    _warn(child, prop, parent)
        return []


def _warn(child: PersonalizeResource, prop: str, parent: PersonalizeResource) -> None:
    Annotations.of(child).add_warning_v2(
        "cdk-personalize:parent.retention",
        f"{prop} is deleted with the stack, got {_validation.shown(parent)}: Amazon Personalize rejects the deletion "
        "because this resource is retained. Retain both or neither.",
    )


def is_retained(resource: PersonalizeResource) -> bool:
    """Return whether the template retains a resource."""
    return resource._chain[0].cfn_options.deletion_policy in _RETAINED
