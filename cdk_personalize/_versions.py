"""The solution versions of a stack, which campaigns on `$LATEST` depend on."""

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
    """Register the last wait link of a solution version."""
    if isinstance(solution_arn, str):
        _resources_by_solution(resource).setdefault(solution_arn, []).append(resource)


def depend_on_versions(solution_arn: Any, campaign: IConstruct, resource: CfnResource) -> None:
    """Make a campaign depend on the versions of a solution, including later ones.

    A version that itself depends on the campaign is left out.

    Return the config members that an update accepts in a separate member.
    :param campaign: The campaign.
    :param resource: The last wait link.
    """
    if isinstance(solution_arn, str):
        versions = _resources_by_solution(campaign).setdefault(solution_arn, [])
        Aspects.of(resource).add(cast("IAspect", _DependOnVersions(versions, campaign, resource)))


@jsii.implements(IAspect)
class _DependOnVersions:
    """A validation that adds the dependencies of a campaign on solution versions."""

    def __init__(self, versions: list[CfnResource], campaign: IConstruct, resource: CfnResource) -> None:
        self._versions = versions
        self._campaign = campaign
        self._resource = resource

    def visit(self, _node: IConstruct) -> None:
        """Add the dependencies. Return no errors."""
        for version in self._versions:
            if not _depends_on(version, self._campaign):
                self._resource.node.add_dependency(version)


def _depends_on(resource: IConstruct, campaign: IConstruct) -> bool:
    """Return whether a resource depends on a campaign explicitly."""
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
    """Yield the dependencies of a construct, of its scopes and of its children."""
    scopes = construct.node.scopes
    for each in [*scopes, *construct.node.find_all()[1:]]:
        yield from each.node.dependencies
        if isinstance(each, CfnResource):
            yield from (other for other in each.obtain_dependencies() if isinstance(other, CfnResource))


def _resources_by_solution(construct: IConstruct) -> dict[str, list[CfnResource]]:
    return _resources_by_solution_by_stack.setdefault(Stack.of(construct), {})
