"""Concurrent work on items that depend on each other, in random order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cdk_personalize.local.randomness import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Set

_TICK_SECONDS = 0.2


async def run(
    waits_for: Mapping[str, Set[str]],
    work: Callable[[str], Awaitable[bool]],
    must_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Run `work` for each item as soon as the items it waits for have succeeded.

    :param waits_for: for each item, the items that it waits for.
    :param work: returns whether the work on an item succeeded. If it failed, the items that wait for it are skipped.
    :param must_stop: returns whether no further work may start. Work in progress is completed.
    :raises ValueError: if items wait for each other.
    """
    waiting = {item: waits_for[item] & waits_for.keys() for item in sorted(waits_for)}
    succeeded: set[str] = set()
    complete = True
    running: dict[asyncio.Future[bool], str] = {}
    while True:
        ready = [item for item, others in waiting.items() if others <= succeeded]
        NUMBERS.shuffle(ready)
        stopped = must_stop()
        for item in [] if stopped else ready:
            del waiting[item]
            running[asyncio.ensure_future(work(item))] = item
        if not running:
            break
        finished, _ = await asyncio.wait(running, timeout=_TICK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for each in finished:
            item = running.pop(each)
            if each.result():
                succeeded.add(item)
            else:
                complete = False
    if waiting and complete and not stopped:
        raise ValueError(f"these wait for each other: {', '.join(waiting)}")


def reverse(waits_for: Mapping[str, Set[str]]) -> dict[str, set[str]]:
    """Return for each item the items that wait for it."""
    return {item: {other for other, others in waits_for.items() if item in others} for item in waits_for}


def deletion_order(waits_for: Mapping[str, set[str]], items: Collection[str]) -> dict[str, set[str]]:
    """Return for each item to delete the dependents that must be deleted first.

    Dependencies by way of items that are not deleted are included.
    """
    remaining = {item: set(waits_for.get(item, set())) for item in {*waits_for, *items}}
    order = reverse(remaining)
    for skipped in remaining.keys() - set(items):
        dependents = order.pop(skipped)
        for others in order.values():
            if skipped in others:
                others.remove(skipped)
                others |= dependents
    return order
