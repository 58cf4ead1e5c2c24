"""Comparison of declared and current configuration, for each member of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cdk_personalize_handler import kinds, service_model
from cdk_personalize_handler.kinds import KINDS
from cdk_personalize_handler.personalize import PersonalizeClient
from support.cloudformation import Resource
from support.samples import Samples
from support.world import SIMILAR_ITEMS

from cdk_personalize.cli import drift, repairs
from cdk_personalize.cli.stacks import StackResource
from cdk_personalize.cli.template import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.world import World

ALL = sorted(KINDS)


class Deployed:
    """A resource that the handler created, with its declared properties."""

    def __init__(self, world: World, kind: str, request: Mapping[str, Any]) -> None:
        self.kind = KINDS[kind]
        self.properties = service_model.to_template(service_model.create_shape(kind), request)
        self.resource = Resource(world, kind, polls=400)
        self.resource.create(**self.properties, WaitSeconds=36000)

    def compare(self, **changed: Any) -> dict[str, drift.PropertyDrift]:
        """Compare the resource with its declared properties.

        :param changed: declared properties with other values.
        """
        service = PersonalizeClient(self.kind, self.resource.clients, lambda: 60.0)
        assert self.resource.physical_id is not None
        description = service.describe(self.resource.physical_id)
        assert description is not None
        tags = service.tags(self.resource.physical_id) if service_model.is_taggable(self.kind.name) else {}
        found = drift.compare(self.kind, {**self.properties, **changed}, description, tags)
        return {each.path: each for each in found}

    def drifted(self, **changed: Any) -> dict[str, tuple[Any, Any]]:
        """Return declared and current value of each property with drift."""
        found = self.compare(**changed).values()
        return {each.path: (each.declared, each.live) for each in found if each.status == drift.MODIFIED}


@pytest.fixture
def samples(world: World) -> Samples:
    return Samples(world)


@pytest.mark.parametrize("kind", ALL)
def test_what_was_just_deployed_has_not_drifted(world: World, samples: Samples, kind: str) -> None:
    found = Deployed(world, kind, samples.request(kind, complete=True)).compare()
    unseen = {service_model.upper_first(member) for member in KINDS[kind].unseen}
    assert {path for path, each in found.items() if each.status == drift.IN_SYNC} == found.keys() - unseen
    assert {path for path, each in found.items() if each.status == drift.NOT_CHECKED} <= unseen


@pytest.mark.parametrize("kind", ALL)
def test_another_value_of_any_member_is_drift(world: World, samples: Samples, kind: str) -> None:
    deployed = Deployed(world, kind, samples.request(kind, complete=True))
    for member in service_model.create_members(kind) - {service_model.TAGS, *KINDS[kind].unseen}:
        name = service_model.upper_first(member)
        if name not in deployed.properties:
            continue
        shape = service_model.create_shape(kind).members[member]
        drifted = deployed.drifted(**{name: service_model.to_template(shape, samples.values(kind, member)[1])})
        assert drifted, name
        assert all(path.split(".")[0] == name for path in drifted)


@pytest.fixture
def campaign(world: World) -> Deployed:
    version = world.version(world.solution())
    return Deployed(
        world,
        "Campaign",
        {
            "solutionVersionArn": version,
            "campaignConfig": {"enableMetadataWithRecommendations": True},
            "tags": [{"tagKey": "team", "tagValue": "search"}],
        },
    )


def change(world: World, deployed: Deployed, **update: Any) -> None:
    world.personalize.update_campaign(campaignArn=deployed.resource.physical_id, **update)
    world.pass_time()


def test_a_change_outside_of_the_stack_is_found(world: World, campaign: Deployed) -> None:
    change(world, campaign, campaignConfig={"enableMetadataWithRecommendations": False})
    assert campaign.drifted() == {"CampaignConfig.EnableMetadataWithRecommendations": (True, False)}


def test_what_is_not_declared_has_the_default_of_the_service(world: World, campaign: Deployed) -> None:
    assert campaign.compare()["MinProvisionedTPS"].note == "default"
    change(world, campaign, minProvisionedTPS=5)
    assert campaign.drifted() == {"MinProvisionedTPS": (1, 5)}


def test_tags_that_differ_are_missing_or_foreign_are_found(world: World, campaign: Deployed) -> None:
    arn = campaign.resource.physical_id
    assert kinds.OWNER_TAG in PersonalizeClient(campaign.kind, campaign.resource.clients, lambda: 60.0).tags(str(arn))
    world.personalize.tag_resource(resourceArn=arn, tags=[{"tagKey": "cost", "tagValue": "42"}])
    assert campaign.drifted() == {"Tags.cost": (None, "42")}
    assert campaign.drifted(Tags=[{"TagKey": "team", "TagValue": "shop"}, {"TagKey": "stage", "TagValue": "test"}]) == {
        "Tags.cost": (None, "42"),
        "Tags.stage": ("test", None),
        "Tags.team": ("shop", "search"),
    }


def test_tags_of_aws_are_not_drift(campaign: Deployed) -> None:
    tags = {"aws:cloudformation:stack-name": "Shop", kinds.OWNER_TAG: "x"}
    assert [each.path for each in drift.compare(campaign.kind, {}, {"status": "ACTIVE"}, tags)] == []


def test_what_cannot_be_told_is_not_compared(campaign: Deployed) -> None:
    found = campaign.compare(
        MinProvisionedTPS=Unknown("Tps"), CampaignConfig=Unknown("Config"), Tags=Unknown("Tags"), SolutionVersionArn="x"
    )
    told = {path: (each.status, each.note) for path, each in found.items()}
    assert told == {
        "SolutionVersionArn": (drift.MODIFIED, ""),
        "MinProvisionedTPS": (drift.NOT_CHECKED, "the value is unknown: Tps"),
        "CampaignConfig": (drift.NOT_CHECKED, "the value is unknown: Config"),
        "Tags": (drift.NOT_CHECKED, "the value is unknown: Tags"),
    }


def test_the_latest_version_is_any_version_of_its_solution(campaign: Deployed) -> None:
    solution = str(campaign.properties["SolutionVersionArn"]).rsplit("/", 1)[0]
    assert campaign.drifted(SolutionVersionArn=f"{solution}/$LATEST") == {}
    assert campaign.drifted(SolutionVersionArn=f"{solution}s/$LATEST").keys() == {"SolutionVersionArn"}


def test_values_are_compared_as_cloudformation_hands_them_over(campaign: Deployed) -> None:
    as_text = {"MinProvisionedTPS": "1", "CampaignConfig": {"EnableMetadataWithRecommendations": "true"}}
    assert campaign.drifted(**as_text) == {}


@pytest.mark.parametrize(("declared", "runs"), [({}, True), ({"Active": "true"}, True), ({"Active": False}, False)])
def test_a_recommender_runs_unless_it_is_declared_otherwise(declared: Mapping[str, Any], runs: bool) -> None:
    for status, live in (("ACTIVE", True), ("INACTIVE", False)):
        (found,) = drift.compare(KINDS["Recommender"], declared, {"status": status}, {})
        assert (found.path, found.declared, found.live) == ("Active", runs, live)
        assert found.status == (drift.IN_SYNC if runs == live else drift.MODIFIED)


def test_the_activity_that_schedules_change_does_not_drift() -> None:
    declared = {"IgnoreChanges": ["Active"]}
    (found,) = drift.compare(KINDS["Recommender"], declared, {"status": "INACTIVE"}, {})
    assert (found.status, found.declared, found.live, found.note) == (drift.IN_SYNC, True, False, "ignored")


def test_a_solution_keeps_the_names_of_the_template(world: World) -> None:
    world.solution()
    request = {
        "datasetGroupArn": world.arn("dataset-group/movies"),
        "recipeArn": SIMILAR_ITEMS,
        "performAutoTraining": True,
        "solutionConfig": {"autoTrainingConfig": {"schedulingExpression": "rate(3 days)"}},
    }
    deployed = Deployed(world, "Solution", request)
    other = {"AutoTrainingConfig": {"SchedulingExpression": "rate(5 days)"}}
    assert deployed.drifted(SolutionConfig=other) == {
        "SolutionConfig.AutoTrainingConfig.SchedulingExpression": ("rate(5 days)", "rate(3 days)")
    }


def test_an_ignored_property_does_not_drift(world: World) -> None:
    solution = world.solution()
    declared, served = world.version(solution), world.version(solution)
    deployed = Deployed(world, "Campaign", {"solutionVersionArn": declared, "minProvisionedTPS": 1})
    world.personalize.update_campaign(campaignArn=deployed.resource.physical_id, solutionVersionArn=served)
    world.pass_time()
    assert deployed.drifted() == {"SolutionVersionArn": (declared, served)}
    found = deployed.compare(IgnoreChanges=["SolutionVersionArn"])["SolutionVersionArn"]
    assert (found.status, found.declared, found.live, found.note) == (drift.IN_SYNC, declared, served, "ignored")


CHANGEABLE = [kind for kind in ALL if service_model.operation("Update", kind)]


@pytest.mark.parametrize("kind", CHANGEABLE)
def test_a_repair_updates_each_member_in_place(world: World, samples: Samples, kind: str) -> None:
    deployed = Deployed(world, kind, samples.request(kind, complete=True))
    arn = str(deployed.resource.physical_id)
    changed = set()
    for member, shape in service_model.create_shape(kind).members.items():
        name = service_model.upper_first(member)
        if member in (service_model.TAGS, service_model.name_member(kind)) or name not in deployed.properties:
            continue
        declared = {**deployed.properties, name: service_model.to_template(shape, samples.values(kind, member)[1])}
        properties = deployed.compare(**declared).values()
        drifted = [each for each in properties if each.status == drift.MODIFIED]
        if repaired(deployed, **declared).obstacles:
            continue
        service = PersonalizeClient(deployed.kind, deployed.resource.clients, lambda: 60.0)
        service.update(arn, repairs.update_request(deployed.kind, declared, service.describe(arn) or {}, drifted))
        world.pass_time()
        assert deployed.drifted(**declared) == {}
        deployed.properties = declared
        changed.add(member)
    mutable = service_model.mutable_members(kind)
    assert changed >= mutable & service_model.create_members(kind) - {service_model.TAGS}
    assert changed


def repaired(deployed: Deployed, **changed: Any) -> repairs.Repair:
    resource = StackResource(
        logical_id="Related",
        type=kinds.resource_type(deployed.kind.name),
        properties={},
        path="Shop/Related",
        physical_id=str(deployed.resource.physical_id),
    )
    found = drift.ResourceDrift(resource, drift.MODIFIED, list(deployed.compare(**changed).values()))
    stack: Any = None
    return repairs.of_drift(stack, found)


def test_a_repair_never_replaces(campaign: Deployed) -> None:
    repair = repaired(campaign, Name="other", MinProvisionedTPS=3, Tags=[{"TagKey": "team", "TagValue": "shop"}])
    assert [each.path for each in repair.properties] == ["MinProvisionedTPS", "Tags.team"]
    assert list(repair.obstacles) == [
        "Name cannot be updated: deploy its live value, or another one, which replaces the resource"
    ]


def test_a_recommender_is_started_or_updated_but_not_both(world: World, samples: Samples) -> None:
    recommender = Deployed(world, "Recommender", samples.request("Recommender", complete=True))
    world.personalize.stop_recommender(recommenderArn=recommender.resource.physical_id)
    world.pass_time()
    repair = repaired(recommender)
    assert (repair.updates, repair.activity and repair.activity.declared) == ([], True)
    config = recommender.properties["RecommenderConfig"]
    number = config["MinRecommendationRequestsPerSecond"] + 1
    repair = repaired(recommender, RecommenderConfig={**config, "MinRecommendationRequestsPerSecond": number})
    assert (len(repair.updates), repair.activity) == (1, None)
    assert "repeat drift --fix" in repair.obstacles[0]


def test_a_repair_does_not_create_what_was_deleted(campaign: Deployed) -> None:
    resource = StackResource(logical_id="Related", type="Custom::PersonalizeCampaign", properties={}, path="Related")
    stack: Any = None
    repair = repairs.of_drift(stack, drift.ResourceDrift(resource, drift.DELETED))
    assert (repair.properties, len(repair.obstacles)) == ([], 1)
    assert campaign.drifted() == {}
