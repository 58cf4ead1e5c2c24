"""Resolution of references in deployed templates, for the command `drift`."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_personalize.cli.template import Intrinsics, Unknown

TEMPLATE = {
    "Mappings": {"Sizes": {"eu-west-1": {"small": 1}}},
    "Conditions": {
        "IsProduction": {"Fn::Equals": [{"Ref": "Stage"}, "production"]},
        "IsTest": {"Fn::Not": [{"Condition": "IsProduction"}]},
        "IsOneOfThem": {"Fn::Or": [{"Condition": "IsProduction"}, {"Condition": "IsTest"}]},
        "IsBoth": {"Fn::And": [{"Condition": "IsProduction"}, {"Condition": "IsTest"}]},
        "IsHidden": {"Fn::Equals": [{"Ref": "Secret"}, "x"]},
    },
}
REFERENCES = {
    "Stage": "test",
    "AWS::Region": "eu-west-1",
    "Group": "arn:aws:personalize:eu-west-1:1:dataset-group/films",
}
ATTRIBUTES = {("Group", "Name"): "films"}
EXPORTS = {"Shared": "arn:of:it"}


@pytest.fixture
def intrinsics() -> Intrinsics:
    return Intrinsics(
        TEMPLATE,
        reference=lambda name: REFERENCES.get(name, Unknown(name)),
        attribute=lambda logical_id, name: ATTRIBUTES.get((logical_id, name), Unknown(f"{logical_id}.{name}")),
        export=lambda name: EXPORTS.get(name, Unknown(name)),
    )


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ("text", "text"),
        ({"Ref": "Stage"}, "test"),
        ({"Fn::GetAtt": ["Group", "Name"]}, "films"),
        ({"Fn::GetAtt": "Group.Name"}, "films"),
        ({"Fn::Join": ["/", ["a", {"Ref": "Stage"}, 1]]}, "a/test/1"),
        ({"Fn::Split": [":", {"Ref": "Group"}]}, REFERENCES["Group"].split(":")),
        ({"Fn::Select": ["5", {"Fn::Split": [":", {"Ref": "Group"}]}]}, "dataset-group/films"),
        ({"Fn::Select": [0, [{"Ref": "Stage"}]]}, "test"),
        ({"Fn::Sub": "${Stage}-${Group.Name}-${!Stage}"}, "test-films-${Stage}"),
        ({"Fn::Sub": ["${Mine}-${Stage}", {"Mine": {"Ref": "AWS::Region"}}]}, "eu-west-1-test"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "small"]}, 1),
        ({"Fn::Base64": "films"}, "ZmlsbXM="),
        ({"Fn::ImportValue": "Shared"}, "arn:of:it"),
        ({"Fn::If": ["IsProduction", 8, 1]}, 1),
        ({"Fn::If": ["IsTest", {"Tps": {"Ref": "Stage"}}, 1]}, {"Tps": "test"}),
        ({"Fn::If": ["IsOneOfThem", 8, 1]}, 8),
        ({"Fn::If": ["IsBoth", 8, 1]}, 1),
        (
            {"Tps": {"Ref": "AWS::NoValue"}, "Tags": [{"Fn::If": ["IsBoth", 1, {"Ref": "AWS::NoValue"}]}, 2]},
            {"Tags": [2]},
        ),
        ({"Tps": {"Ref": "Secret"}, "Name": "films"}, {"Tps": Unknown("Secret"), "Name": "films"}),
        ({"Fn::Join": ["", ["a", {"Fn::GetAtt": ["Role", "RoleId"]}]]}, Unknown("Role.RoleId")),
        ({"Fn::Sub": "${Secret}/x"}, Unknown("Secret")),
        ({"Fn::If": ["IsHidden", 8, 1]}, Unknown("Secret")),
        ({"Fn::ImportValue": "Elsewhere"}, Unknown("Elsewhere")),
        ({"Fn::FindInMap": ["Sizes", "us-east-1", "small"]}, Unknown("Fn::FindInMap")),
        ({"Fn::Select": [7, ["a"]]}, Unknown("Fn::Select")),
        ({"Fn::GetAZs": ""}, Unknown("Fn::GetAZs")),
        ("{{resolve:ssm:/films/tps}}", Unknown("a dynamic reference")),
        ({"Fn::Join": ["", ["{{resolve:ssm:", {"Ref": "Stage"}, "}}"]]}, Unknown("a dynamic reference")),
        ({"Fn::Sub": "{{resolve:ssm:${Stage}}}"}, Unknown("a dynamic reference")),
    ],
    ids=str,
)
def test_a_value_is_told_or_known_to_be_unknown(intrinsics: Intrinsics, value: Any, resolved: Any) -> None:
    assert intrinsics.resolve(value) == resolved
