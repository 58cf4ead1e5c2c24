"""Filters and their expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdk_personalize.local import expressions
from cdk_personalize.local.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from support.world import World

ROWS: Mapping[str, Sequence[Mapping[str, str]]] = {
    "ITEMS": [{"ITEM_ID": "1", "GENRES": "Drama|Comedy", "PRICE": "7.5"}],
    "INTERACTIONS": [{"EVENT_TYPE": "Watch"}, {"EVENT_TYPE": "Click"}],
    "CURRENTUSER": [{"AGE": "17", "LIKES": "Comedy"}],
    "CURRENTITEM": [{"PRICE": "9"}],
}


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ('INCLUDE ItemID WHERE Items.GENRES IN ("Comedy", "Mystery")', True),
        ('INCLUDE ItemID WHERE Items.genres IN ("Mystery")', False),
        ('EXCLUDE ItemID WHERE Items.GENRES IN ("Comedy")', False),
        ('EXCLUDE ItemID WHERE Items.GENRES NOT IN ("Comedy")', True),
        ('include itemid where items.GENRES = "Drama"', True),
        ('INCLUDE ItemID WHERE Items.GENRES != "Drama"', False),
        ("INCLUDE ItemID WHERE Items.PRICE < 8", True),
        ("INCLUDE ItemID WHERE Items.PRICE >= 8", False),
        ("INCLUDE ItemID WHERE Items.PRICE = 7.50", True),
        ("INCLUDE ItemID WHERE Items.GENRES > 1", False),
        ("INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE", True),
        ("INCLUDE ItemID WHERE Items.GENRES IN CurrentUser.LIKES", True),
        ('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("watch")', False),
        ('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")', False),
        ('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Buy")', True),
        ('INCLUDE ItemID WHERE Interactions.EVENT_TYPE NOT IN ("watch")', False),
        ('EXCLUDE ItemID WHERE Items.GENRES IN ("Comedy") IF CurrentUser.AGE < 18', False),
        ('EXCLUDE ItemID WHERE Items.GENRES IN ("Comedy") IF CurrentUser.AGE >= 18', True),
        ('INCLUDE ItemID WHERE Items.GENRES IN ("Drama") AND Items.PRICE > 8', False),
        ('INCLUDE ItemID WHERE Items.GENRES IN ("Drama") OR Items.PRICE > 8', True),
        ('INCLUDE ItemID WHERE Items.PRICE > 8 OR Items.GENRES IN ("Drama") AND Items.PRICE > 7', True),
        ('INCLUDE ItemID WHERE Items.PRICE > 7 | EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Buy")', True),
        ('INCLUDE ItemID WHERE Items.PRICE > 7 | EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Click")', False),
        ("INCLUDE ItemID WHERE Items.GENRES IN ($GENRE)", True),
        ("EXCLUDE ItemID WHERE Items.GENRES IN ($OTHER)", True),
    ],
)
def test_an_expression_decides(expression: str, allowed: bool) -> None:
    given = expressions.given_values({"GENRE": '"Mystery","Comedy"'})
    assert expressions.parse(expression).allows(lambda source: ROWS.get(source, []), given) is allowed


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "INCLUDE",
        "INCLUDE ItemID",
        "KEEP ItemID WHERE Items.A IN (1)",
        "INCLUDE Item WHERE Items.A IN (1)",
        "INCLUDE ItemID WHERE Films.A IN (1)",
        "INCLUDE ItemID WHERE Items IN (1)",
        "INCLUDE ItemID WHERE Items.A IN (1",
        "INCLUDE ItemID WHERE Items.A NOT 1",
        "INCLUDE ItemID WHERE Items.A IN (word)",
        "INCLUDE ItemID WHERE Items.A IN (1) AND Interactions.EVENT_TYPE IN (1)",
        "INCLUDE ItemID WHERE Items.A IN (1) IF Items.B = 1",
        "INCLUDE ItemID WHERE Items.A IN (1) more",
        "INCLUDE ItemID WHERE Items.A IN (1) | EXCLUDE UserID WHERE Users.A IN (1)",
        "INCLUDE ItemID WHERE Items.A IN (1) & Items.B IN (1)",
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(ServiceError, match=r"Could not create filter\. Invalid (Expression|input symbol)"):
        expressions.parse(expression)


def create(world: World, group: str, expression: str, name: str = "unseen") -> str:
    arn: str = world.personalize.create_filter(name=name, datasetGroupArn=group, filterExpression=expression)[
        "filterArn"
    ]
    world.pass_time()
    return arn


def test_filters_are_listed_under_a_capital_letter(world: World) -> None:
    arn = create(world, world.group(), "EXCLUDE ItemID WHERE Items.A IN (1)")
    answer = world.personalize.list_filters()
    assert [each["filterArn"] for each in answer["Filters"]] == [arn]
    assert world.personalize.describe_filter(filterArn=arn)["filter"]["status"] == "ACTIVE"


def test_a_bad_expression_makes_no_filter(world: World) -> None:
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="Could not create filter"):
        create(world, world.group(), "nonsense")
    assert world.existing("Filter") == []


def test_a_filter_needs_a_group_that_is_ready(world: World) -> None:
    group = world.personalize.create_dataset_group(name="movies")["datasetGroupArn"]
    with pytest.raises(world.personalize.exceptions.InvalidInputException, match="CREATE PENDING"):
        create(world, group, "EXCLUDE ItemID WHERE Items.A IN (1)")


def test_filters_have_ten_fields_and_all_together_twenty(world: World) -> None:
    group = world.group()

    def fields(first: int, count: int) -> str:
        return "INCLUDE ItemID WHERE " + " AND ".join(f"Items.F{first + each} = 1" for each in range(count))

    limit = world.personalize.exceptions.LimitExceededException
    with pytest.raises(limit):
        create(world, group, fields(0, 11))
    create(world, group, fields(0, 10), "first")
    create(world, group, fields(10, 10), "second")
    with pytest.raises(limit):
        create(world, group, fields(20, 1), "third")
    create(world, group, fields(5, 10), "fourth")


def test_a_group_has_thirty_filters_at_most(world: World) -> None:
    group = world.group()
    for number in range(30):
        create(world, group, "EXCLUDE ItemID WHERE Items.A IN (1)", f"filter-{number}")
    with pytest.raises(world.personalize.exceptions.LimitExceededException):
        create(world, group, "EXCLUDE ItemID WHERE Items.A IN (1)", "filter-30")
