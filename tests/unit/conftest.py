from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.synth import new_stack

if TYPE_CHECKING:
    import aws_cdk as cdk


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack()
