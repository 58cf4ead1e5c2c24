"""The calls of the getting-started tutorial of Amazon Personalize, made by boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import data
import pytest
from support.world import ACCOUNT, REGION, ROLE, SIMILAR_ITEMS

if TYPE_CHECKING:
    from support.world import World


def wait(world: World, describe: Any, seconds: float = 20.0, **request: Any) -> dict[str, Any]:
    """Poll as in the tutorial until the resource is ready, and return its description."""
    for _ in range(1000):
        answer = describe(**request)
        found: dict[str, Any] = next(value for key, value in answer.items() if key != "ResponseMetadata")
        if found["status"] == "ACTIVE":
            return found
        assert found["status"] in ("CREATE PENDING", "CREATE IN_PROGRESS"), found
        world.pass_time(seconds)
    raise AssertionError("it never became ACTIVE")


def gone(world: World, describe: Any, **request: Any) -> None:
    seen = []
    missing = world.personalize.exceptions.ResourceNotFoundException
    for _ in range(1000):
        try:
            answer = describe(**request)
        except missing:
            assert seen[-1] == "DELETE IN_PROGRESS"
            assert seen[0] == "DELETE PENDING"
            return
        seen.append(next(value for key, value in answer.items() if key != "ResponseMetadata")["status"])
        world.pass_time(1)
    raise AssertionError("it was never gone")


def test_the_tutorial_runs_from_the_schema_to_the_last_deletion(world: World) -> None:
    personalize = world.personalize
    world.objects.write(ACCOUNT, REGION, "movies", "ratings.csv", data.interactions_csv().encode())

    schema = personalize.create_schema(name="ratings", schema=data.INTERACTIONS_SCHEMA)["schemaArn"]
    assert schema == world.arn("schema/ratings")
    group = personalize.create_dataset_group(name="movies")["datasetGroupArn"]
    wait(world, personalize.describe_dataset_group, datasetGroupArn=group)
    dataset = personalize.create_dataset(
        name="ratings", schemaArn=schema, datasetGroupArn=group, datasetType="Interactions"
    )["datasetArn"]
    assert dataset == world.arn("dataset/movies/INTERACTIONS")
    wait(world, personalize.describe_dataset, datasetArn=dataset)
    job = personalize.create_dataset_import_job(
        jobName="ratings-1", datasetArn=dataset, dataSource={"dataLocation": "s3://movies/ratings.csv"}, roleArn=ROLE
    )["datasetImportJobArn"]
    wait(world, personalize.describe_dataset_import_job, datasetImportJobArn=job)

    solution = personalize.create_solution(
        name="similar", datasetGroupArn=group, recipeArn=SIMILAR_ITEMS, performAutoTraining=False
    )["solutionArn"]
    wait(world, personalize.describe_solution, solutionArn=solution)
    version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    described = wait(world, personalize.describe_solution_version, solutionVersionArn=version)
    assert described["name"] == version.split(":solution/")[1]
    metrics = personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
    assert 0 < metrics["coverage"] < 1

    campaign = personalize.create_campaign(name="related", solutionVersionArn=version)["campaignArn"]
    assert wait(world, personalize.describe_campaign, campaignArn=campaign)["minProvisionedTPS"] == 1
    (summary,) = personalize.list_campaigns(solutionArn=solution)["campaigns"]
    assert summary["campaignArn"] == campaign
    assert "solutionVersionArn" not in summary

    personalize.delete_campaign(campaignArn=campaign)
    gone(world, personalize.describe_campaign, campaignArn=campaign)
    personalize.delete_solution(solutionArn=solution)
    gone(world, personalize.describe_solution, solutionArn=solution)
    with pytest.raises(personalize.exceptions.ResourceNotFoundException):
        personalize.describe_solution_version(solutionVersionArn=version)
    personalize.delete_dataset(datasetArn=dataset)
    gone(world, personalize.describe_dataset, datasetArn=dataset)
    personalize.delete_schema(schemaArn=schema)
    personalize.delete_dataset_group(datasetGroupArn=group)
    gone(world, personalize.describe_dataset_group, datasetGroupArn=group)
    # Jobs cannot be deleted.
    assert [each["kind"] for each in world.emulator.resources()] == ["DatasetImportJob"]
