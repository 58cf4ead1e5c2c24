"""The prop `adopt` at synthesis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from cdk_personalize_handler import service_model
from cdk_personalize_handler.kinds import KINDS, OWNER_TAG
from support.synth import dataset, group, properties, resources, schema, version

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable

FOR_YOU = personalize.UseCase.ECOMMERCE_RECOMMENDED_FOR_YOU
MAKES: dict[str, Callable[..., Any]] = {
    "Campaign": lambda stack, name, **more: personalize.Campaign(
        stack, "Thing", solution_version=version(stack), campaign_name=name, **more
    ),
    "Dataset": lambda stack, name, **more: personalize.Dataset(
        stack,
        "Thing",
        dataset_group=group(stack),
        schema=schema(stack),
        dataset_type=personalize.DatasetType.ITEMS,
        dataset_name=name,
        **more,
    ),
    "DatasetGroup": lambda stack, name, **more: personalize.DatasetGroup(
        stack, "Thing", dataset_group_name=name, **more
    ),
    "EventTracker": lambda stack, name, **more: personalize.EventTracker(
        stack, "Thing", dataset_group=group(stack), event_tracker_name=name, **more
    ),
    "Filter": lambda stack, name, **more: personalize.Filter(
        stack,
        "Thing",
        dataset_group=group(stack),
        expression="INCLUDE ItemID WHERE Items.TITLE IN ($T)",
        filter_name=name,
        **more,
    ),
    "Recommender": lambda stack, name, **more: personalize.Recommender(
        stack,
        "Thing",
        dataset_group=group(stack, personalize.Domain.ECOMMERCE),
        use_case=FOR_YOU,
        recommender_name=name,
        **more,
    ),
    "Solution": lambda stack, name, **more: personalize.Solution(
        stack,
        "Thing",
        dataset_group=group(stack),
        recipe=personalize.Recipe.SIMILAR_ITEMS,
        solution_name=name,
        **more,
    ),
}
ADOPTABLE = sorted(MAKES)


def test_what_can_be_deleted_named_and_tagged_can_be_adopted() -> None:
    fitting = [kind for kind in KINDS if service_model.operation("Delete", kind) and service_model.is_taggable(kind)]
    assert sorted(fitting) == ADOPTABLE


@pytest.mark.parametrize("kind", ADOPTABLE)
def test_the_template_says_that_it_adopts(stack: cdk.Stack, kind: str) -> None:
    MAKES[kind](stack, "existing", adopt=True)
    assert properties(stack, f"Custom::Personalize{kind}")["Adopt"] is True


@pytest.mark.parametrize("adopt", [None, False])
def test_it_does_not_otherwise(stack: cdk.Stack, adopt: bool | None) -> None:
    MAKES["Campaign"](stack, "existing", adopt=adopt)
    assert "Adopt" not in properties(stack, "Custom::PersonalizeCampaign")


@pytest.mark.parametrize("kind", ADOPTABLE)
def test_what_is_adopted_needs_a_name(stack: cdk.Stack, kind: str) -> None:
    with pytest.raises(
        personalize.ValidationError, match=r"^Shop/Thing: adopt requires \w+_name, which identifies the"
    ):
        MAKES[kind](stack, None, adopt=True)


def test_a_dataset_that_is_added_to_a_group_can_be_adopted(stack: cdk.Stack) -> None:
    items = schema(stack)
    of_items = personalize.DatasetType.ITEMS
    personalize.DatasetGroup(stack, "Films").add_dataset(
        "Items", schema=items, dataset_type=of_items, dataset_name="items", adopt=True
    )
    assert properties(stack, "Custom::PersonalizeDataset")["Adopt"] is True


def test_it_is_true_or_false(stack: cdk.Stack) -> None:
    with pytest.raises(personalize.ValidationError, match='adopt must be true or false, got "yes"'):
        MAKES["Campaign"](stack, "existing", adopt="yes")


def test_it_is_not_for_nested_stacks(stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    with pytest.raises(personalize.ValidationError, match="Shop/Nested/Thing: adopt is not supported in nested stacks"):
        MAKES["DatasetGroup"](nested, "existing", adopt=True)


@pytest.mark.parametrize("adopt", [True, False])
def test_a_failed_creation_deletes_or_releases_what_is_retained_otherwise(stack: cdk.Stack, adopt: bool) -> None:
    MAKES["DatasetGroup"](stack, "existing", adopt=adopt)
    (made,) = resources(stack, "Custom::PersonalizeDatasetGroup").values()
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


@pytest.mark.parametrize("kind", ADOPTABLE)
def test_the_functions_may_change_and_tag_what_they_adopt(stack: cdk.Stack, kind: str) -> None:
    MAKES[kind](stack, "existing", adopt=True)
    statements = [
        statement
        for policy in resources(stack, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "Condition" not in statement
    ]
    needed = [f"personalize:{each}" for each in ("TagResource", "ListTagsForResource")]
    needed += [f"personalize:{verb}{kind}" for verb in ("Describe", "Update") if service_model.operation(verb, kind)]
    reached = {action: str(each["Resource"]) for each in statements for action in _list(each["Action"])}
    assert set(needed) <= set(reached)
    if KINDS[kind].arn_from_name and kind != "Dataset":
        assert f":{KINDS[kind].segment}/existing" in reached["personalize:TagResource"]


@pytest.mark.parametrize("kind", ADOPTABLE)
def test_what_is_not_declared_any_more_can_be_given_back(stack: cdk.Stack, kind: str) -> None:
    MAKES[kind](stack, "another")
    (statement,) = (
        statement
        for policy in resources(stack, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement.get("Condition") == {"Null": {f"aws:ResourceTag/{OWNER_TAG}": "false"}}
    )
    assert {f"personalize:Delete{kind}", "personalize:UntagResource"} <= set(statement["Action"])
    assert statement["Resource"]["Fn::Join"][1][-1] == ":*"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_what_cannot_be_deleted_cannot_be_adopted(stack: cdk.Stack) -> None:
    make: Any = personalize.DatasetExportJob
    with pytest.raises(TypeError, match="adopt"):
        make(stack, "Job", dataset=dataset(stack), adopt=True)
