"""The module `service_model`, which reads the API from botocore's model."""

from typing import Any

import pytest
from cdk_personalize_handler import kinds
from cdk_personalize_handler import service_model as sm

from cdk_personalize._validation import PATTERN_RULES


def test_members_that_update_campaign_takes_change_in_place():
    assert sm.mutable_members("Campaign") == {"solutionVersionArn", "minProvisionedTPS", "campaignConfig"}
    assert sm.create_only_members("Campaign") == {"name"}


def test_a_kind_without_an_update_replaces_on_every_change():
    assert sm.mutable_members("SolutionVersion") == frozenset()
    assert sm.create_only_members("SolutionVersion") == {"name", "solutionArn", "trainingMode"}


def test_refuses_a_kind_that_the_api_does_not_have():
    with pytest.raises(ValueError, match="no operation CreateTheatre"):
        sm.create_shape("Theatre")


def test_cloudformations_strings_become_the_apis_types_and_map_keys_stay():
    properties = {
        "Name": "related",
        "MinProvisionedTPS": "3",
        "CampaignConfig": {
            "EnableMetadataWithRecommendations": "false",
            "ItemExplorationConfig": {"explorationWeight": "0.3", "ExplorationItemAgeCutOff": 30},
            "RankingInfluence": {"POPULARITY": "0.5"},
        },
        "UnknownToThisRelease": "x",
    }
    assert sm.from_template(sm.create_shape("Campaign"), properties) == {
        "name": "related",
        "minProvisionedTPS": 3,
        "campaignConfig": {
            "enableMetadataWithRecommendations": False,
            "itemExplorationConfig": {"explorationWeight": "0.3", "ExplorationItemAgeCutOff": "30"},
            "rankingInfluence": {"POPULARITY": 0.5},
        },
    }


def test_a_scalar_that_does_not_convert_is_left_for_the_api_to_refuse():
    shape = sm.create_shape("Campaign")
    assert sm.from_template(shape, {"MinProvisionedTPS": "many"}) == {"minProvisionedTPS": "many"}


@pytest.mark.parametrize(
    ("request_", "path", "rule"),
    [
        ({"name": "a"}, ("solutionVersionArn",), "is required"),
        ({"name": "a" * 64}, ("name",), "must have at most 63 characters"),
        ({"name": "a b"}, ("name",), r"must match ^[a-zA-Z0-9][a-zA-Z0-9\-_]*"),
        ({"minProvisionedTPS": 0}, ("minProvisionedTPS",), "must be at least 1"),
        ({"minProvisionedTPS": True}, ("minProvisionedTPS",), "must be a whole number"),
        (
            {"campaignConfig": {"rankingInfluence": {"POPULARITY": 2}}},
            ("campaignConfig", "rankingInfluence", "POPULARITY"),
            "must be at most 1",
        ),
        (
            {"campaignConfig": {"rankingInfluence": {"LUCK": 1}}},
            ("campaignConfig", "rankingInfluence"),
            "key must be one of POPULARITY, FRESHNESS",
        ),
        ({"tags": [{"tagKey": "a|b", "tagValue": "c"}]}, ("tags", "0", "tagKey"), "must match"),
    ],
)
def test_violations_name_the_path_and_the_rule(request_, path, rule):
    found = list(sm.violations(sm.create_shape("Campaign"), request_))
    assert any(v.path == path and v.rule.startswith(rule) for v in found), found


def test_a_tag_may_use_letters_of_any_script_and_spaces():
    request = {
        "name": "a",
        "solutionVersionArn": "arn:aws:personalize:us-east-1:111111111111:solution/s/0123abcd",
        "tags": [{"tagKey": "équipe 名", "tagValue": "a/b:c=d"}],
    }
    assert list(sm.violations(sm.create_shape("Campaign"), request)) == []


@pytest.mark.parametrize("service", ["personalize", "personalize-runtime", "personalize-events"])
def test_every_pattern_of_the_model_is_understood(service: str) -> None:
    model = sm.model(service)
    patterns = {model.shape_for(name).metadata.get("pattern") for name in model.shape_names} - {None}
    assert patterns or service != "personalize"
    for pattern in patterns:
        sm._pattern(pattern)


def test_every_pattern_that_a_prop_can_break_is_said_in_words() -> None:
    seen: set[str] = set()
    patterns: set[str] = set()

    def walk(shape: Any) -> None:
        if shape.name in seen:
            return
        seen.add(shape.name)
        if "pattern" in shape.metadata:
            patterns.add(shape.metadata["pattern"])
        members = getattr(shape, "members", {}) if shape.type_name == "structure" else {}
        inner = {"list": ["member"], "map": ["key", "value"]}.get(shape.type_name, [])
        for each in [*members.values(), *(getattr(shape, name) for name in inner)]:
            walk(each)

    for kind in kinds.KINDS:
        walk(sm.create_shape(kind))
    assert patterns == set(PATTERN_RULES)
