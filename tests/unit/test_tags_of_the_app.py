"""Tests that a tag on the whole app replaces no resource."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

import cdk_personalize as personalize


def template(*, tagged: bool) -> dict[str, Any]:
    app = cdk.App()
    stack = cdk.Stack(app, "Shop")
    data = s3.Bucket.from_bucket_name(stack, "Bucket", "films")
    group = personalize.DatasetGroup(stack, "Group")
    definition = personalize.SchemaDefinition.items(personalize.Field.string("TITLE"))
    schema = personalize.Schema(stack, "Schema", definition=definition)
    group.add_dataset("Items", schema=schema, import_from=personalize.S3Location(data, "items.csv"))
    personalize.EventTracker(stack, "Tracker", dataset_group=group)
    personalize.Filter(stack, "Filter", dataset_group=group, expression="INCLUDE ItemID WHERE Items.TITLE IN ($T)")
    solution = personalize.Solution(stack, "Solution", dataset_group=group, recipe=personalize.Recipe.SIMILAR_ITEMS)
    version = personalize.SolutionVersion(stack, "Version", solution=solution)
    personalize.Campaign(stack, "Campaign", solution_version=version)
    personalize.BatchInferenceJob(
        stack,
        "Job",
        solution_version=version,
        input=personalize.S3Location(data, "in/"),
        output=personalize.S3Location(data, "out/"),
    )
    if tagged:
        cdk.Tags.of(app).add("team", "search")
    found: dict[str, Any] = Template.from_stack(stack).to_json()["Resources"]
    return {name: each for name, each in found.items() if each["Type"].startswith("Custom::Personalize")}


def test_a_tag_on_the_app_changes_tags_alone() -> None:
    plain, tagged = template(tagged=False), template(tagged=True)
    kinds = {each["Type"] for each in tagged.values() if "Tags" in each["Properties"]}
    assert len(kinds) == 9
    for resource in tagged.values():
        tags = resource["Properties"].pop("Tags", [])
        assert tags in ([], [{"TagKey": "team", "TagValue": "search"}])
    assert tagged == plain
