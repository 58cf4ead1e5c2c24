"""Resources outside the stacks: files, dataset groups, solutions and a campaign."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from conformance.simulation.catalogue import ACCOUNT, RECIPES, REGION
from conformance.simulation.invariants import foreign_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.simulation.account import SimulatedAccount

ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
CINEMA = "cinema"
"""The dataset group for recommenders. All others are for campaigns."""
_FIELDS = {
    "Interactions": ["USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE"],
    "Items": ["ITEM_ID", "TITLE", "GENRES", "CREATION_TIMESTAMP"],
}
_FILES = {"Interactions": "views", "Items": "items"}


def schema_text(dataset_type: str, *, wide: bool = False) -> str:
    """Return the Avro schema of a dataset type.

    :param wide: whether the schema has an additional field.
    """
    types = {
        "TIMESTAMP": "long",
        "CREATION_TIMESTAMP": "long",
        "GENRES": ["null", "string"],
        "EXTRA": ["null", "string"],
    }
    names = [*_FIELDS[dataset_type], *(["EXTRA"] if wide else [])]
    fields = [{"name": name, "type": types.get(name, "string")} for name in names]
    namespace = "com.amazonaws.personalize.schema"
    return json.dumps(
        {"type": "record", "name": dataset_type, "namespace": namespace, "fields": fields, "version": "1.0"}
    )


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def _write_files(account: SimulatedAccount) -> None:
    items = _csv(_FIELDS["Items"], ([f"i{n}", f"T{n}", "abc"[n % 3], 1_600_000_000] for n in range(30)))
    rows = ([f"u{n % 30}", f"i{(n * 7) % 30}", 1_700_000_000 + n, "Watch"] for n in range(1020))
    files = {
        "items.csv": items,
        "views.csv": _csv(_FIELDS["Interactions"], rows),
        "questions.json": b'{"itemId": "i1"}\n',
    }
    for folder in ("one", "two"):
        for name, body in files.items():
            account.objects.write(ACCOUNT, REGION, "bucket", f"{folder}/{name}", body)


def _advance(account: SimulatedAccount, seconds: float) -> None:
    account.kernel.now += seconds
    account.emulator.resources()


def prepare(account: SimulatedAccount, shapes: Sequence[str]) -> None:
    """Create the resources to which the apps of these shapes refer."""
    _write_files(account)
    names = {f"movies{number}" for number, shape in enumerate(shapes) if shape == "campaigns"}
    if "names" in shapes:
        names.add("movies0")
    if "recommenders" in shapes:
        names.add(CINEMA)
    for name in sorted(names):
        _create_group(account, name)
        if name != CINEMA:
            _create_solution(account, name)
    account.foreign = set(account.existing())
    account.foreign_state = {arn: foreign_state(account, arn) for arn in account.foreign}


def _create_group(account: SimulatedAccount, name: str) -> None:
    domain = {"domain": "VIDEO_ON_DEMAND"} if name == CINEMA else {}
    group = account.direct("create_dataset_group", name=name, **domain)["datasetGroupArn"]
    _advance(account, 600)
    for kind, file in _FILES.items():
        schema = account.direct("create_schema", name=f"{name}-{kind}", schema=schema_text(kind))["schemaArn"]
        dataset = account.direct(
            "create_dataset", name=f"{name}-{kind}", schemaArn=schema, datasetGroupArn=group, datasetType=kind
        )["datasetArn"]
        _advance(account, 600)
        account.direct(
            "create_dataset_import_job",
            jobName=f"{name}-{kind}",
            datasetArn=dataset,
            dataSource={"dataLocation": f"s3://bucket/one/{file}.csv"},
            roleArn=ROLE,
        )
        _advance(account, 3600)
    account.groups[name] = group


def _create_solution(account: SimulatedAccount, name: str) -> None:
    solution = account.direct(
        "create_solution",
        name=f"similar-{name}",
        datasetGroupArn=account.groups[name],
        recipeArn=f"{RECIPES}aws-similar-items",
        performAutoTraining=False,
    )["solutionArn"]
    _advance(account, 600)
    versions = account.versions[name] = []
    for _ in range(2):
        versions.append(account.direct("create_solution_version", solutionArn=solution)["solutionVersionArn"])
        _advance(account, 7200)
    account.solutions[name] = solution
    if name == "movies0":
        account.direct("create_campaign", name="existing", solutionVersionArn=versions[0])
        _advance(account, 7200)
