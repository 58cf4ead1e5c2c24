"""An emulated Amazon Personalize in the process of the test, with data."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import data
from botocore.config import Config
from ministack.core.iam_evaluator import PrincipalInfo, parse_policy_document

from cdk_personalize.local.client import client
from cdk_personalize.local.clock import ManualClock
from cdk_personalize.local.emulator import Emulator
from cdk_personalize.local.kinds import KINDS
from cdk_personalize.local.objects import MemoryStore
from cdk_personalize.local.policy_evaluation import IamCaller

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACCOUNT = "111111111111"
REGION = "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/functions/on-event"
SIMILAR_ITEMS = "arn:aws:personalize:::recipe/aws-similar-items"
HOURS = 3600.0
VIDEO_ITEMS_SCHEMA = data.schema(
    "Items",
    ITEM_ID="string",
    TITLE="string",
    GENRES=["null", "string"],
    DESCRIPTION=data.TEXT,
    CREATION_TIMESTAMP="long",
)
"""A schema of items with the fields that the domain VIDEO_ON_DEMAND requires."""


def video_items_csv() -> str:
    """Return a CSV file of films with the column for the creation time."""
    head, *rows = data.items_csv().splitlines()
    return "\n".join([f"{head},CREATION_TIMESTAMP", *(f"{row},1700000000" for row in rows)]) + "\n"


class World:
    """An emulator with a clock that the test advances, and resources on request."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.objects = MemoryStore()
        self.emulator = Emulator(clock=self.clock, objects=self.objects)
        self.personalize = self.client()

    def client(self, service: str = "personalize", **options: Any) -> Any:
        config = Config(retries={"mode": "standard", "total_max_attempts": 1})
        return client(self.emulator, service, config=config, **options)

    def client_of_role(self, *policies: Mapping[str, Any], service: str = "personalize") -> Any:
        """Return a client of a role with these policies. Policies are enforced afterwards."""
        self.emulator.set_authorization(True)
        documents = [parse_policy_document(policy) for policy in policies]
        return self.client(service, caller=IamCaller(PrincipalInfo(CALLER, "AssumedRole", ACCOUNT, documents)))

    def arn(self, resource: str) -> str:
        return f"arn:aws:personalize:{REGION}:{ACCOUNT}:{resource}"

    def status(self, arn: str) -> str | None:
        return next((each["status"] for each in self.emulator.resources() if each["arn"] == arn), None)

    def existing(self, kind: str) -> list[str]:
        return [each["arn"] for each in self.emulator.resources() if each["kind"] == kind]

    def called(self, *prefixes: str) -> list[str]:
        """Return the successful operations whose names begin with one of the prefixes."""
        calls = [each["operation"] for each in self.emulator.calls() if each["error"] is None]
        return [each for each in calls if each.startswith(prefixes or ("",))]

    def keep(self) -> Callable[[], None]:
        """Return a function that restores the current state of the emulator.

        Restoring a state is faster than creating its resources again.
        """
        emulator, now = self.emulator, self.clock.now()
        resources = [each for registry in emulator.registries.values() for each in registry.resources.values()]
        rows = [row for each in resources for row in (*each.rows, *each.put_rows)]
        # Nothing changes a row, or a model after its training.
        same = [emulator, *KINDS.values(), *rows, *(each.model for each in resources if each.model)]

        def copied(worlds: Any) -> Any:
            return copy.deepcopy(worlds, {id(each): each for each in same})

        kept = copied(emulator.registries)

        def go_back() -> None:
            emulator.reset()
            emulator.registries.update(copied(kept))
            self.clock.advance(now - self.clock.now())

        return go_back

    def pass_time(self, seconds: float = HOURS) -> None:
        self.clock.advance(seconds)

    def group(self, name: str = "movies", **options: Any) -> str:
        arn: str = self.personalize.create_dataset_group(name=name, **options)["datasetGroupArn"]
        self.pass_time()
        return arn

    def dataset(self, group: str, dataset_type: str, avro: str) -> str:
        name = f"{group.rsplit('/', 1)[1]}-{dataset_type.lower()}"
        schema = self.personalize.create_schema(name=name, schema=avro)["schemaArn"]
        arn: str = self.personalize.create_dataset(
            name=name, schemaArn=schema, datasetGroupArn=group, datasetType=dataset_type
        )["datasetArn"]
        self.pass_time()
        return arn

    def load(self, dataset: str, csv: str, job: str) -> str:
        self.objects.write(ACCOUNT, REGION, "bucket", f"{job}.csv", csv.encode())
        arn: str = self.personalize.create_dataset_import_job(
            jobName=job, datasetArn=dataset, dataSource={"dataLocation": f"s3://bucket/{job}.csv"}, roleArn=ROLE
        )["datasetImportJobArn"]
        self.pass_time()
        return arn

    def solution(self, name: str = "similar", **options: Any) -> str:
        """Create a solution with imported data about films, and return its ARN."""
        group = self.group()
        self.load(self.dataset(group, "Interactions", data.INTERACTIONS_SCHEMA), data.interactions_csv(), "views")
        self.load(self.dataset(group, "Items", data.ITEMS_SCHEMA), data.items_csv(), "films")
        request = {"recipeArn": SIMILAR_ITEMS, "performAutoTraining": False, **options}
        arn: str = self.personalize.create_solution(name=name, datasetGroupArn=group, **request)["solutionArn"]
        self.pass_time()
        return arn

    def version(self, solution: str) -> str:
        """Train a version of a solution, and return its ARN."""
        arn: str = self.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        self.pass_time()
        return arn
