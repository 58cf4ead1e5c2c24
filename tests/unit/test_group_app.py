"""Apps of `cdk-personalize import-group`, over every member of every kind."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import data
import pytest
from cdk_personalize_handler import kinds, service_model
from cdk_personalize_handler.kinds import KINDS
from cdk_personalize_handler.ownership import Ownership
from support.catalogue import DELETABLE, TAGGABLE

import cdk_personalize as personalize
from cdk_personalize.cli import app_writer, group_app, group_reader
from cdk_personalize.cli.group_app import GroupIsBusy
from cdk_personalize.cli.group_reader import LiveGroup, LiveResource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import Shape

PREFIX = "arn:aws:personalize:us-east-1:111111111111:"
RECIPES = "arn:aws:personalize:::recipe/aws-"
GROUP = f"{PREFIX}dataset-group/films"
ADOPTABLE = sorted(set(DELETABLE) & set(TAGGABLE))
TAG = {"team": "search"}

GROUPS = [
    {"name": "films", "domain": "VIDEO_ON_DEMAND"},
    {
        "name": "films",
        "kmsKeyArn": "arn:aws:kms:us-east-1:111111111111:key/one",
        "roleArn": "arn:aws:iam::111111111111:role/path/reader",
    },
]
SOLUTIONS = [
    {
        "name": "films-best",
        "performHPO": True,
        "performAutoML": False,
        "performAutoTraining": True,
        "recipeArn": f"{RECIPES}user-personalization",
        "solutionConfig": {
            "eventValueThreshold": "10",
            "algorithmHyperParameters": {"hidden_dimension": "55", "mask": "true", "word": "1.0"},
            "featureTransformationParameters": {"max_user_history_length_percentile": "0.99"},
            "hpoConfig": {
                "hpoObjective": {"type": "Maximize", "metricName": "precision_at_25", "metricRegex": 'p="(\\d+)"'},
                "hpoResourceConfig": {"maxNumberOfTrainingJobs": "8", "maxParallelTrainingJobs": "4"},
                "algorithmHyperParameterRanges": {
                    "integerHyperParameterRanges": [{"name": "bptt", "minValue": 1, "maxValue": 32}],
                    "continuousHyperParameterRanges": [{"name": "rate", "minValue": 0.1, "maxValue": 0.5}],
                    "categoricalHyperParameterRanges": [{"name": "mask", "values": ["true", "false"]}],
                },
            },
            "eventsConfig": {
                "eventParametersList": [
                    {"eventType": "Watch", "eventValueThreshold": 0.5, "weight": 0.9},
                    {"eventType": "Like"},
                ]
            },
            "optimizationObjective": {"itemAttribute": "PRICE", "objectiveSensitivity": "LOW"},
            "trainingDataConfig": {
                "excludedDatasetColumns": {"ITEMS": ["GENRES", "TITLE"]},
                "includedDatasetColumns": {"INTERACTIONS": ["EVENT_TYPE"]},
            },
            "autoTrainingConfig": {"schedulingExpression": "rate(1 day)"},
        },
    },
    {
        "name": "automatic",
        "performAutoML": True,
        "performAutoTraining": False,
        "eventType": "Watch",
        "solutionConfig": {"autoMLConfig": {"metricName": "coverage", "recipeList": [f"{RECIPES}sims"]}},
    },
    {
        "name": "semantic_similarity",
        "performIncrementalUpdate": True,
        "performAutoTraining": False,
        "recipeArn": f"{RECIPES}semantic-similarity",
    },
    {"name": "2024", "performAutoTraining": False, "recipeArn": f"{RECIPES}of-tomorrow"},
]
CAMPAIGNS = [
    {
        "name": "films",
        "solutionVersionArn": f"{PREFIX}solution/films-best/0a1b2c3d",
        "minProvisionedTPS": 3,
        "campaignConfig": {
            "itemExplorationConfig": {"explorationWeight": "0.25", "explorationItemAgeCutOff": "7"},
            "enableMetadataWithRecommendations": True,
        },
    },
    {
        "name": "following",
        "solutionVersionArn": f"{PREFIX}solution/2024/0a1b2c3d",
        "minProvisionedTPS": 1,
        "campaignConfig": {"syncWithLatestSolutionVersion": True},
    },
    {
        "name": "latest",
        "solutionVersionArn": f"{PREFIX}solution/semantic_similarity/$LATEST",
        "minProvisionedTPS": 1,
        "campaignConfig": {
            "rankingInfluence": {"POPULARITY": 0.5, "FRESHNESS": 1.0},
            "syncWithLatestSolutionVersion": False,
        },
    },
]
RECOMMENDERS = [
    {
        "name": "films-picks",
        "recipeArn": f"{RECIPES}vod-top-picks",
        "recommenderConfig": {
            "minRecommendationRequestsPerSecond": 2,
            "enableMetadataWithRecommendations": True,
            "itemExplorationConfig": {"explorationWeight": "0.1", "explorationItemAgeCutOff": "30"},
            "trainingDataConfig": {
                "excludedDatasetColumns": {"ITEMS": ["GENRES"]},
                "includedDatasetColumns": {"USERS": ["AGE"]},
            },
        },
    },
    {"name": "stopped", "status": "INACTIVE", "recipeArn": f"{RECIPES}vod-most-popular"},
]
EVERYTHING = {
    "Filter": [{"name": "films-dramas", "filterExpression": 'INCLUDE ItemID WHERE Items.GENRES IN ("Drama", "It\'s")'}],
    "EventTracker": [{"name": "clicks"}],
    "MetricAttribution": [{"name": "sales"}],
    "Solution": SOLUTIONS,
    "Campaign": CAMPAIGNS,
}
OF_A_DOMAIN = {"Recommender": RECOMMENDERS, "Dataset": [], "Schema": []}


def resource(kind: str, description: Mapping[str, Any], number: int = 0, **more: Any) -> LiveResource:
    """Return a live resource, complete with what each description has."""
    ids = {"Dataset": f"films/{description.get('datasetType')}", "EventTracker": f"{number:08x}"}
    arn = f"{PREFIX}{KINDS[kind].segment}/{ids.get(kind, description.get('name'))}"
    in_group = {} if kind in ("DatasetGroup", "Schema", "Campaign") else {"datasetGroupArn": GROUP}
    complete = {"status": "ACTIVE", service_model.arn_member(kind): arn, **in_group, **description}
    given = {"arn": arn, "description": complete, "tags": {**TAG, "aws:tag": "x"}, "owner": None, "stack": None, **more}
    return LiveResource(kind=KINDS[kind], **given)


def version(arn: str, status: str = "ACTIVE") -> LiveResource:
    return resource("SolutionVersion", {"solutionVersionArn": arn, "status": status}, arn=arn, tags={})


def schemas() -> list[LiveResource]:
    """Return schemas: by columns, and one that only JSON expresses."""
    reversed_union = data.schema("Users", USER_ID="string", AGE=["int", "null"])
    named = {"interactions": data.INTERACTIONS_SCHEMA, "films_items": data.ITEMS_SCHEMA, "users": reversed_union}
    return [resource("Schema", {"name": name, "schema": avro}) for name, avro in named.items()]


def datasets() -> list[LiveResource]:
    types = {"INTERACTIONS": "interactions", "ITEMS": "films_items", "USERS": "users"}
    return [
        resource(
            "Dataset",
            {"name": f"films-{name}", "datasetType": word, "schemaArn": f"{PREFIX}schema/{name}"},
        )
        for word, name in types.items()
    ]


def live(group: Mapping[str, Any], by_kind: Mapping[str, Any]) -> LiveGroup:
    """Return a group with data, and resources of some kinds."""
    versions = [version(f"{PREFIX}solution/{each['name']}/0a1b2c3d") for each in by_kind.get("Solution", [])]
    made = [resource(kind, each, number) for kind, group_of in by_kind.items() for number, each in enumerate(group_of)]
    order = group_reader.IN_ORDER_OF_CREATION.index
    members = sorted([*schemas(), *datasets(), *versions, *made], key=lambda each: order(each.kind.name))
    return LiveGroup([resource("DatasetGroup", group), *members])


LIVE = {"custom": live(GROUPS[1], EVERYTHING), "domain": live(GROUPS[0], OF_A_DOMAIN)}


@cache
def written(name: str) -> str:
    """Return the app of a group."""
    group = LIVE[name]
    return app_writer.source(group, group_app.declarations(group))


@cache
def resources_of(name: str) -> dict[str, Any]:
    """Return the resources in the template of the app of a group."""
    return synthesized(written(name))


def synthesized(source: str) -> dict[str, Any]:
    """Run an app and return the resources in its template."""
    with tempfile.TemporaryDirectory() as folder:
        exec(source.replace("cdk.App()", f"cdk.App(outdir={folder!r})"), {"__name__": "app"})
        (template,) = Path(folder).glob("*.template.json")
        found: dict[str, Any] = json.loads(template.read_text(encoding="utf-8"))["Resources"]
    return found


def leaves(shape: Shape, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the members without members of their own, with their path."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from leaves(member, (*path, name))
    else:
        yield ".".join(path)


def given_leaves(shape: Shape, value: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    if shape.type_name == "structure":
        for name in shape.members.keys() & value.keys():
            yield from given_leaves(shape.members[name], value[name], (*path, name))
    else:
        yield ".".join(path)


@pytest.mark.parametrize("kind", ADOPTABLE)
def test_the_groups_have_every_member_of_every_kind(kind: str) -> None:
    shape = service_model.create_shape(kind)
    given = {
        leaf
        for group in LIVE.values()
        for each in group.of_kind(kind)
        for leaf in given_leaves(shape, each.description)
    }
    assert given | {service_model.TAGS} == set(leaves(shape))


@pytest.mark.parametrize("name", LIVE)
def test_every_member_comes_back(name: str) -> None:
    resources = resources_of(name)
    adopted = [each for each in LIVE[name].resources if each.kind.name in ADOPTABLE]
    properties = {
        (each["Type"], each["Properties"]["Name"]): each["Properties"]
        for each in resources.values()
        if "Name" in each.get("Properties", {})
    }
    assert properties.keys() == {(kinds.resource_type(each.kind.name), each.name) for each in adopted}
    for each in adopted:
        shape = service_model.create_shape(each.kind.name)
        found = properties[kinds.resource_type(each.kind.name), each.name]
        assert found["Adopt"] is True
        assert found["Tags"] == [{"TagKey": "team", "TagValue": "search"}]
        assert (found.get("Active") is False) == (each.status == "INACTIVE")
        for member in shape.members.keys() & each.description.keys():
            expected = each.description[member]
            declared = found.get(service_model.upper_first(member), False)
            if "Fn::" in str(declared):
                continue  # a reference, which the next test follows
            declared = service_model.from_template(shape.members[member], declared)
            if member in each.kind.case_insensitive_members:
                declared = declared.upper()
            assert declared == expected, f"{each.kind.name} {each.name} {member}"


def test_references_lead_to_the_resources() -> None:
    resources = resources_of("custom")
    by_name = {each["Properties"].get("Name"): each["Properties"] for each in resources.values()}
    (group_id,) = (key for key, each in resources.items() if each["Type"] == "Custom::PersonalizeDatasetGroup")
    reference = {"Fn::GetAtt": [group_id, "DatasetGroupArn"]}
    for name in ("films-interactions", "films-dramas", "clicks", "films-best"):
        assert by_name[name]["DatasetGroupArn"] == reference
    assert by_name["films-interactions"]["SchemaArn"] == f"{PREFIX}schema/interactions"
    assert by_name["following"]["SolutionVersionArn"]["Fn::Join"][1][1] == "/$LATEST"
    assert by_name["latest"]["CampaignConfig"]["SyncWithLatestSolutionVersion"] is False
    # Neither key nor role are changed.
    assert {each["Type"] for each in resources.values() if "KMS" in each["Type"]} == set()
    policies = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::IAM::Policy"]
    assert "reader" not in str([each["Roles"] for each in policies])


@pytest.mark.parametrize("name", LIVE)
def test_the_source_is_formatted_and_typed(name: str, tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text(written(name), encoding="utf-8")
    # test_type_checkers.py checks the types of such an app: docs/command.md shows one.
    checks = [
        ["ruff", "format", "--isolated", "--check"],
        ["ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I,N"],
    ]
    for program, *options in checks:
        done = subprocess.run(
            [str(Path(sys.executable).with_name(program)), *options, str(file)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_commented_definition_is_that_of_the_schema() -> None:
    lines = [line.strip().removeprefix("# ") for line in written("custom").splitlines()]
    app = cdk.App()
    names: dict[str, Any] = {"self": cdk.Stack(app, "Elsewhere"), "personalize": personalize}
    for start in [number for number, line in enumerate(lines) if line == "personalize.Schema("]:
        exec("\n".join(lines[start : lines.index(")", start) + 1]), names)
    template = app.synth().get_stack_by_name("Elsewhere").template
    found = [
        json.loads(each["Properties"]["Schema"])
        for each in template["Resources"].values()
        if each["Type"] == "Custom::PersonalizeSchema"
    ]
    assert found == [json.loads(each.description["schema"]) for each in LIVE["custom"].of_kind("Schema")]


def test_what_cannot_be_adopted_is_imported_with_the_reason() -> None:
    owner = Ownership.of("arn:aws:cloudformation:us-east-1:111111111111:stack/Shop/1", "Films", "1")
    failed = {"name": "failed", "recipeArn": f"{RECIPES}sims", "status": "CREATE FAILED", "performAutoTraining": False}
    exploring = {
        "name": "exploring",
        "recipeArn": f"{RECIPES}vod-most-popular",
        "recommenderConfig": {"itemExplorationConfig": {"explorationWeight": "0.3"}},
    }
    spelled = {"name": "spelled", "recipeArn": f"{RECIPES}sims", "performAutoTraining": True}
    spelled["solutionConfig"] = {
        "eventValueThreshold": "0.50",
        "autoTrainingConfig": {"schedulingExpression": "cron(1)"},
    }
    group = LiveGroup(
        [
            resource("DatasetGroup", {"name": "films", "domain": "VIDEO_ON_DEMAND"}, stack="Shop"),
            resource(
                "Filter", {"name": "mine", "filterExpression": "EXCLUDE ItemID WHERE Items.A IN ($A)"}, owner=owner
            ),
            resource("Solution", {"name": "films", "recipeArn": f"{RECIPES}sims", "performAutoTraining": True}),
            resource("Solution", failed),
            resource("Solution", spelled),
            version(f"{PREFIX}solution/films/0a1b2c3d"),
            version(f"{PREFIX}solution/films/11111111", "CREATE FAILED"),
            resource("Recommender", exploring),
        ]
    )
    declared = group_app.declarations(group)
    assert {each.resource.name: each.obstacle for each in declared if each.resource and each.obstacle} == {
        "films": "the stack Shop owns it",
        "mine": "a stack has owned it. To adopt it, delete its tag cdk-personalize:owner",
        "failed": "its status is CREATE FAILED",
        "spelled": "its construct does not support it: schedulingExpression is cron(1), which is not a rate in days",
        "0a1b2c3d": "a solution version cannot be changed or deleted",
        "exploring": "its construct does not support it: item_exploration is not supported by the use case, "
        'got "aws-vod-most-popular"',
    }
    source = app_writer.source(group, declared)
    assert "# Imported, not adopted: the stack Shop owns it.\n" in source
    resources = synthesized(source)
    assert [each["Properties"]["Name"] for each in resources.values() if "Adopt" in each["Properties"]] == ["films"]


def test_what_a_construct_would_change_is_imported() -> None:
    config = {"campaignConfig": {"itemExplorationConfig": {"explorationWeight": "0.30"}}}
    changed = {"name": "changed", "solutionVersionArn": f"{PREFIX}solution/films-best/0a1b2c3d", **config}
    group = live(GROUPS[1], {"Solution": SOLUTIONS[:1], "Campaign": [changed]})
    (found,) = (each for each in group_app.declarations(group) if each.resource and each.resource.name == "changed")
    assert found.obstacle == (
        "its construct cannot declare it; CampaignConfig.ItemExplorationConfig.explorationWeight is 0.30, "
        "the construct declares 0.3"
    )


def test_names_that_are_alike_have_different_variables() -> None:
    solutions = [{**SOLUTIONS[3], "name": name} for name in ("a-b", "a_b", "films", "films-", "solution", "films-1")]
    declared = group_app.declarations(live(GROUPS[1], {"Solution": solutions}))
    found = [each.construct.node.id for each in declared if each.function == "personalize.Solution"]
    assert found == ["ABSolution", "ABSolution2", "Solution", "Solution2", "Solution3", "Solution1"]


def test_a_group_with_an_operation_in_progress_is_rejected() -> None:
    update = {"status": "CREATE IN_PROGRESS", "solutionVersionArn": "x", "minProvisionedTPS": 1}
    busy = {**CAMPAIGNS[0], "latestCampaignUpdate": update}
    group = live(GROUPS[1], {"Solution": SOLUTIONS[:1], "Campaign": [busy]})
    with pytest.raises(GroupIsBusy, match=r"in progress: Campaign films is CREATE IN_PROGRESS\. Run the command again"):
        group_app.declarations(group)


def test_the_header_says_what_a_deletion_of_the_stack_deletes() -> None:
    header = " ".join(written("domain").split('"""')[1].split())
    assert (
        "The deletion of the stack deletes 2 recommenders, and retains 1 dataset group and 3 datasets with the"
        in header
    )
    alone = LiveGroup([resource("DatasetGroup", GROUPS[0])])
    header = " ".join(app_writer.source(alone, group_app.declarations(alone)).split('"""')[1].split())
    assert header.endswith("deletes nothing, and retains 1 dataset group with the data.")
