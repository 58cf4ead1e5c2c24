"""Locks: runtime calls run concurrently, changes run alone."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from cdk_personalize.local import runtime
from cdk_personalize.local.locks import ReadWriteLock

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.world import World

SECONDS = 10.0


def start(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_readers_share_the_lock() -> None:
    lock, together = ReadWriteLock(), threading.Barrier(3, timeout=SECONDS)

    def read() -> None:
        with lock.reading():
            together.wait()

    threads = [start(read) for _ in range(3)]
    for thread in threads:
        thread.join(SECONDS)
    assert not together.broken


def test_a_writer_is_alone_and_goes_before_later_readers() -> None:
    lock, order, reading = ReadWriteLock(), [], threading.Event()

    def write() -> None:
        with lock.writing():
            order.append("write")

    def read() -> None:
        with lock.reading():
            order.append("read")

    with lock.reading():
        writer = start(write)
        while not lock._writers_waiting:
            time.sleep(0.001)
        later = start(read)
        assert not reading.wait(0.05)
        assert order == []
    for thread in (writer, later):
        thread.join(SECONDS)
    assert order == ["write", "read"]


def test_a_lock_is_free_again_after_an_error() -> None:
    lock = ReadWriteLock()
    for held in (lock.reading, lock.writing):
        with pytest.raises(ValueError, match="stop"), held():
            raise ValueError("stop")
    with lock.writing():
        pass


def test_recommendations_do_not_wait_for_one_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    version = world.version(world.solution())
    arn = world.personalize.create_campaign(name="related", solutionVersionArn=version)["campaignArn"]
    world.pass_time()
    together = threading.Barrier(2, timeout=SECONDS)
    answer = runtime.get_recommendations

    def wait(*request: object) -> object:
        together.wait()
        return answer(*request)  # type: ignore[arg-type]

    monkeypatch.setitem(runtime.OPERATIONS, "GetRecommendations", wait)
    client = world.client("personalize-runtime")
    threads = [
        start(lambda item=item: client.get_recommendations(campaignArn=arn, itemId=item))
        for item in ("film-1", "film-2")
    ]
    for thread in threads:
        thread.join(SECONDS)
    assert not together.broken
