from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from support.world import World

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ.setdefault("JSII_NODE", str(Path(sys.executable).with_name("node")))


@pytest.fixture
def world() -> World:
    return World()
