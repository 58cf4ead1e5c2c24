"""Dependencies of campaigns on the solution versions of their stack.

A campaign that deploys `$LATEST` of a solution must be created after a version of the solution has been trained.
"""

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
    """Register a solution version.

    :param resource: The last wait link of the solution version.
    """
    if isinstance(solution_arn, str):
        _resources_by_solution(resource).setdefault(solution_arn, []).append(resource)


def depend_on_versions(solution_arn: Any, campaign: IConstruct, resource: CfnResource) -> None:
    """Make a campaign depend on the versions of its solution in the same stack.

    Versions that are added later are included. A version that depends on the campaign is not.

    :param campaign: The campaign.
    :param resource: The custom resource of the campaign.
    """
    if isinstance(solution_arn, str):
        versions = _resources_by_solution(campaign).setdefault(solution_arn, [])
        Aspects.of(resource).add(cast("IAspect", _DependOnVersions(versions, campaign, resource)))


@jsii.implements(IAspect)
class _DependOnVersions:
    """An aspect that makes a campaign depend on solution versions."""

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
    """Return whether a resource depends on a campaign, directly or indirectly."""
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
