from __future__ import annotations

import os

import pytest
from support.world import World

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
# Each Node.js process needs two seconds to load CDK's validation. test_template_lint.py validates one of everything.
os.environ["CDK_VALIDATION"] = "false"


@pytest.fixture
def world() -> World:
    return World()
