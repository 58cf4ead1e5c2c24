"""The solution versions of a stack, so that campaigns on the newest version of a solution are created after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import Aspects, CfnResource, IAspect, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs import IConstruct

_resources_by_solution_by_stack: WeakKeyDictionary[Stack, dict[str, list[CfnResource]]] = WeakKeyDictionary()


def register_version(solution_arn: Any, resource: CfnResource) -> None:
    """Record the last resource of a solution version of a stack."""
    if isinstance(solution_arn, str):
        _resources_by_solution(resource).setdefault(solution_arn, []).append(resource)


def depend_on_versions(solution_arn: Any, campaign: IConstruct, resource: CfnResource) -> None:
    """Have a campaign depend on the versions of a solution in its stack, also on those that are declared later.

    A version that itself depends on the campaign is left out.

    :param solution_arn: the ARN of the solution. A token is compared too: that of a construct is always the same.
    :param campaign: the campaign.
    :param resource: its resource.
    """
    if isinstance(solution_arn, str):
        versions = _resources_by_solution(campaign).setdefault(solution_arn, [])
        Aspects.of(resource).add(cast("IAspect", _DependOnVersions(versions, campaign, resource)))


@jsii.implements(IAspect)
class _DependOnVersions:
    """The dependencies of a campaign on versions, decided at synthesis, when all versions are known."""

    def __init__(self, versions: list[CfnResource], campaign: IConstruct, resource: CfnResource) -> None:
        self._versions = versions
        self._campaign = campaign
        self._resource = resource

    def visit(self, _node: IConstruct) -> None:
        """Add the dependencies."""
        for version in self._versions:
            if not _depends_on(version, self._campaign):
                self._resource.node.add_dependency(version)


def _depends_on(resource: IConstruct, campaign: IConstruct) -> bool:
    """Tell whether a resource is created after a campaign, as far as explicit dependencies say."""
    target = campaign.node.path
    seen: set[str] = set()
    pending = [resource]
    while pending:
        for needed in _dependencies(pending.pop()):
            path = needed.node.path
            if f"{path}/".startswith(f"{target}/") or f"{target}/".startswith(f"{path}/"):
                return True
            if path not in seen:
                seen.add(path)
                pending.append(needed)
    return False


def _dependencies(construct: IConstruct) -> Iterator[IConstruct]:
    """Yield what a construct depends on, by itself, by what it is in and by what is in it."""
    scopes = construct.node.scopes
    for each in [*scopes, *construct.node.find_all()[1:]]:
        yield from each.node.dependencies
        if isinstance(each, CfnResource):
            yield from (other for other in each.obtain_dependencies() if isinstance(other, CfnResource))


def _resources_by_solution(construct: IConstruct) -> dict[str, list[CfnResource]]:
    return _resources_by_solution_by_stack.setdefault(Stack.of(construct), {})
