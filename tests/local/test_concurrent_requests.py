"""Many simultaneous requests to the local AWS, all with the right response."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import prepare
import pytest
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.deploy import LocalAws

THREADS = 16
ROUNDS = 334
"""Number of rounds with six requests each, which are 2,000 requests together."""
FIELDS = [{"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": "int"}]
SCHEMA = json.dumps({"type": "record", "name": "Users", "fields": FIELDS})


@pytest.fixture
def campaign(aws: LocalAws, versions: list[str]) -> Iterator[str]:
    personalize = aws.personalize()
    arn = personalize.create_campaign(name="many", solutionVersionArn=versions[0])["campaignArn"]
    prepare.wait_until_active(personalize, "campaign", arn, 0.05)
    yield arn
    personalize.delete_campaign(campaignArn=arn)
    while arn in aws.existing("Campaign"):
        time.sleep(0.05)


def test_requests_of_many_threads_do_not_disturb_one_another(aws: LocalAws, campaign: str) -> None:
    config = Config(max_pool_connections=THREADS, retries={"total_max_attempts": 1})
    personalize = aws.session().client("personalize", config)
    runtime = aws.session().client("personalize-runtime", config)
    alone = {item: recommended(runtime, campaign, item) for item in (f"film-{n}" for n in range(60))}

    def recommend(number: int) -> None:
        item = f"film-{number % len(alone)}"
        assert recommended(runtime, campaign, item) == alone[item]

    def describe(_number: int) -> None:
        assert personalize.describe_campaign(campaignArn=campaign)["campaign"]["status"] == "ACTIVE"

    def listed(_number: int) -> None:
        assert campaign in [each["campaignArn"] for each in personalize.list_campaigns()["campaigns"]]

    def change(number: int) -> None:
        arn = personalize.create_schema(name=f"many-{number}", schema=SCHEMA)["schemaArn"]
        assert personalize.describe_schema(schemaArn=arn)["schema"]["name"] == f"many-{number}"
        personalize.delete_schema(schemaArn=arn)

    calls: list[Callable[[int], None]] = [recommend, describe, listed, change]
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(lambda number: calls[number % len(calls)](number), range(ROUNDS * len(calls))):
            pass


def recommended(runtime: Any, campaign: str, item: str) -> list[str]:
    answer = runtime.get_recommendations(campaignArn=campaign, itemId=item)
    return [each["itemId"] for each in answer["itemList"]]
