from __future__ import annotations

import os

import pytest
from support.world import World

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
# The CDK's validation takes two seconds to load in each Node.js process. Only test_template_lint.py runs it.
os.environ["CDK_VALIDATION"] = "false"


@pytest.fixture
def world() -> World:
    return World()
