"""Concurrent work on items that depend on each other."""

from __future__ import annotations

import asyncio

import pytest

from cdk_personalize.local import parallel
from cdk_personalize.local.randomness import NUMBERS


def order_of(waits_for: dict[str, set[str]], *, failing: str = "") -> list[str]:
    worked: list[str] = []

    async def work(item: str) -> bool:
        worked.append(item)
        await asyncio.sleep(0)
        return item != failing

    asyncio.run(parallel.run(waits_for, work))
    return worked


def test_items_wait_for_others_and_run_together_otherwise() -> None:
    order = order_of({"c": {"a", "b"}, "a": set(), "b": set(), "d": {"c"}})
    assert sorted(order[:2]) == ["a", "b"]
    assert order[2:] == ["c", "d"]


def test_what_waits_for_a_failure_is_left_out() -> None:
    assert sorted(order_of({"a": set(), "b": {"a"}, "c": set(), "d": {"c"}}, failing="a")) == ["a", "c", "d"]


def test_a_seed_repeats_the_order() -> None:
    independent: dict[str, set[str]] = {letter: set() for letter in "abcdefgh"}

    def seeded(seed: int) -> list[str]:
        NUMBERS.seed(seed)
        return order_of(independent)

    assert seeded(7) == seeded(7)
    assert seeded(7) != seeded(8)


def test_items_that_wait_for_each_other_are_named() -> None:
    with pytest.raises(ValueError, match="a, b"):
        order_of({"a": {"b"}, "b": {"a"}})


def test_an_order_is_turned_around() -> None:
    assert parallel.reverse({"a": set(), "b": {"a"}, "c": {"a", "b"}}) == {"a": {"b", "c"}, "b": {"c"}, "c": set()}
