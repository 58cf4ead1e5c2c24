from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.synth import new_stack

if TYPE_CHECKING:
    import aws_cdk as cdk
    from support.world import World


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack()


@pytest.fixture
def versions(world: World) -> list[str]:
    """The ARNs of two versions of a solution."""
    solution = world.solution()
    return [world.version(solution), world.version(solution)]
