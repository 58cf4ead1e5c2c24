from __future__ import annotations

import os

import pytest
from support.world import World

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def world() -> World:
    return World()
