from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from cdk_personalize_handler import service_model
from support.deploy import LocalAws, free_port

from cdk_personalize.local.process import running

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCALE = 400


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """The local AWS that all tests of the session share."""
    port = free_port()
    with running("127.0.0.1", port, _SCALE, authorization=True, log=subprocess.DEVNULL) as started:
        yield LocalAws(f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("deployments"), started.pid)


@pytest.fixture
def aws(server: LocalAws) -> Iterator[LocalAws]:
    """The local AWS, without faults. A test must delete all resources that it deploys."""
    before = _deployable(server)
    server.control("DELETE", "faults")
    server.control("POST", "time-scale", {"scale": _SCALE})
    yield server
    server.control("DELETE", "faults")
    assert _deployable(server) == before


@pytest.fixture(scope="session")
def solution(server: LocalAws) -> str:
    return server.prepare("films")


@pytest.fixture(scope="session")
def versions(server: LocalAws, solution: str) -> list[str]:
    return [server.version(solution), server.version(solution)]


@pytest.fixture
def name(aws: LocalAws, request: pytest.FixtureRequest) -> Iterator[str]:
    """Stack name of the test. The stack is deleted at the end of the test."""
    stack = f"T{abs(hash(request.node.name)) % 10**8}"
    yield stack
    aws.control("DELETE", "faults")
    aws.delete_stack(stack)


def _deployable(server: LocalAws) -> set[str]:
    """Return the ARNs of the deployed resources that the API can delete."""
    return {
        each["arn"]
        for each in server.control("GET", "resources")
        if service_model.operation("Delete", each["kind"])
        and not any(f"/{name}" in each["arn"] for name in server.prepared)
    }
