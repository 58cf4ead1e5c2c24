"""Emulated Amazon Personalize for unit tests, in the process of the test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdk_personalize.local.clock import ManualClock
from cdk_personalize.local.emulator import Emulator
from cdk_personalize.local.objects import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Sequence

_ACCOUNT = "111111111111"
_REGION = "us-east-1"
_BUCKET = "interactions"
_DAY = 24 * 60 * 60
_FIELDS = (("USER_ID", "string"), ("ITEM_ID", "string"), ("TIMESTAMP", "long"))
_USERS, _ITEMS, _ITEMS_OF_A_USER = 50, 40, 20
"""Numbers of the example data, which is sufficient for a training."""


class LocalPersonalize:
    """An emulated Amazon Personalize of one account and region."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        """The clock of the service. It stands still until a test advances it."""
        self.objects = MemoryStore()
        """The files that imports read and jobs write."""
        self.emulator = Emulator(clock=self.clock, objects=self.objects)
        """The emulator, with faults, durations, permissions and the log of calls."""

    def client(self, service: str = "personalize") -> Any:
        """Return a boto3 client of one of the Amazon Personalize APIs.

        These are `personalize`, `personalize-runtime` and `personalize-events`.
        """
        return self.emulator.client(service, account=_ACCOUNT, region=_REGION)

    def advance(self, seconds: float) -> None:
        """Advance the clock, so that creations, trainings and jobs end.

        :param seconds: in service time.
        """
        self.clock.advance(seconds)

    def create_campaign(self, name: str, recipe: str = "aws-user-personalization") -> str:
        """Create an ACTIVE campaign with example interactions, and return its ARN.

        The users are `user-0` to `user-49`, the items `item-0` to `item-39`.

        :param name: the name of the campaign, and of the dataset group and solution that it needs.
        :param recipe: the name of the recipe.
        """
        client = self.client()
        group = self._created(client.create_dataset_group(name=name))
        fields = [{"name": field, "type": type_} for field, type_ in _FIELDS]
        schema = json.dumps({"type": "record", "name": "Interactions", "fields": fields})
        dataset = self._created(
            client.create_dataset(
                name=name,
                datasetGroupArn=group,
                datasetType="INTERACTIONS",
                schemaArn=self._created(client.create_schema(name=name, schema=schema)),
            )
        )
        self.objects.write(_ACCOUNT, _REGION, _BUCKET, f"{name}.csv", _interactions().encode())
        self._created(
            client.create_dataset_import_job(
                jobName=name,
                datasetArn=dataset,
                dataSource={"dataLocation": f"s3://{_BUCKET}/{name}.csv"},
                roleArn=f"arn:aws:iam::{_ACCOUNT}:role/personalize",
            )
        )
        solution = self._created(
            client.create_solution(
                name=name,
                datasetGroupArn=group,
                recipeArn=f"arn:aws:personalize:::recipe/{recipe}",
                performAutoTraining=False,
            )
        )
        version = self._created(client.create_solution_version(solutionArn=solution))
        return self._created(client.create_campaign(name=name, solutionVersionArn=version))

    def answer(self, arn: str, items: Sequence[str], *, user_id: str | None = None, item_id: str | None = None) -> None:
        """Set the items that a campaign or recommender returns.

        :param arn: the ARN of the campaign or recommender.
        :param items: the IDs of the items.
        :param user_id: the user of the requests that get this answer. Default: all users.
        :param item_id: the item of the requests that get this answer. Default: all items.
        """
        chosen = {"userId": user_id, "itemId": item_id}
        given = {name: value for name, value in chosen.items() if value is not None}
        self.emulator.fixed_answers.add({"arn": arn, "items": list(items), **given})

    def _created(self, answer: dict[str, Any]) -> str:
        """Advance the clock to the end of a creation, and return the ARN."""
        self.advance(_DAY)
        return str(next(value for name, value in answer.items() if name.endswith("Arn")))


def _interactions() -> str:
    names = ",".join(name for name, _ in _FIELDS)
    rows = (
        f"user-{user},item-{(user + step * step) % _ITEMS},{1_700_000_000 + user * 1000 + step}"
        for user in range(_USERS)
        for step in range(_ITEMS_OF_A_USER)
    )
    return "\n".join((names, *rows, ""))
