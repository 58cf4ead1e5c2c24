"""Errors for a second resource of which Amazon Personalize allows only one."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as l1
from cdk_personalize_handler.kinds import KINDS
from constructs import Construct
from support import constructs
from support.synth import GROUP, new_stack, solution
from support.tokens import string

import cdk_personalize as personalize

ITEMS = personalize.SchemaDefinition.items(personalize.Field.category("GENRES"))
SALES = personalize.AttributedMetric(event_type="Purchase", metric_name="sales", expression="SUM(Items.PRICE)")


NAMED = [name for name, kind in KINDS.items() if kind.arn_from_name and kind.resource_id is None]


def make_named(scope: Construct, kind: str, id_: str, name: str) -> None:
    """Make a construct with a name, in a dataset group of its own."""
    request = {**constructs.REQUEST, "datasetGroupArn": f"{GROUP}-{id_}"}
    constructs.make(scope, kind, id_, request, **{constructs.name_prop(kind): name})


@pytest.mark.parametrize("kind", NAMED)
def test_refuses_a_name_that_another_construct_of_the_stack_has(stack: cdk.Stack, kind: str) -> None:
    prop = constructs.name_prop(kind)
    make_named(stack, kind, "First", "same")
    with pytest.raises(personalize.ValidationError) as caught:
        make_named(stack, kind, "Second", "same")
    rule = f"must be unique among the resources of the kind {kind} in an account and region: Shop/First already has it"
    assert str(caught.value) == (
        f'Shop/Second: {prop} {rule}, got "same"; choose another name, or omit it to have a unique one generated'
    )
    make_named(stack, kind, "Third", "another")


@pytest.mark.parametrize("kind", NAMED)
def test_names_that_are_not_known_are_left_to_personalize(stack: cdk.Stack, kind: str) -> None:
    name = string(stack)
    for id_ in ("First", "Second"):
        make_named(stack, kind, id_, name)


def test_a_name_may_be_that_of_another_kind_or_of_another_stack(stack: cdk.Stack) -> None:
    make_named(stack, "Campaign", "First", "same")
    make_named(stack, "Solution", "Second", "same")
    make_named(new_stack("Other"), "Campaign", "First", "same")


def test_names_are_compared_across_the_scopes_of_a_stack(stack: cdk.Stack) -> None:
    make_named(Construct(stack, "One"), "Campaign", "Related", "same")
    with pytest.raises(personalize.ValidationError, match=r"Shop/Two/Related: .*: Shop/One/Related already has it"):
        make_named(Construct(stack, "Two"), "Campaign", "Related", "same")


def test_a_refused_construct_claims_nothing(stack: cdk.Stack) -> None:
    make: Any = personalize.Campaign
    source = solution(stack)
    with pytest.raises(personalize.ValidationError, match="min_provisioned_tps"):
        make(stack, "First", solution=source, campaign_name="same", min_provisioned_tps=0)
    make(stack, "Second", solution=source, campaign_name="same")


def of_arn(stack: cdk.Stack, id: str) -> Any:
    return personalize.DatasetGroup.from_dataset_group_arn(stack, id, GROUP)


def of_name(stack: cdk.Stack, id: str) -> Any:
    return personalize.DatasetGroup.from_dataset_group_name(stack, id, "films")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda stack, id_, films: personalize.EventTracker(stack, id_, dataset_group=films),
            "dataset_group can have only one event tracker, which Shop/First defines",
        ),
        (
            lambda stack, id_, films: personalize.MetricAttribution(stack, id_, dataset_group=films, metrics=[SALES]),
            "dataset_group can have only one metric attribution, which Shop/First defines",
        ),
        (
            lambda stack, id_, films: personalize.Dataset(
                stack,
                id_,
                dataset_group=films,
                schema=personalize.Schema(stack, f"{id_}Schema", definition=ITEMS),
            ),
            "dataset_type must be unique in the dataset group",
        ),
    ],
    ids=["EventTracker", "MetricAttribution", "Dataset"],
)
class TestOneOfAGroup:
    def test_refuses_a_second_of_a_group(self, stack: cdk.Stack, make: Any, words: str) -> None:
        films = personalize.DatasetGroup(stack, "Films")
        make(stack, "First", films)
        with pytest.raises(personalize.ValidationError, match=f"Shop/Second: {words}"):
            make(stack, "Second", films)
        make(stack, "Third", personalize.DatasetGroup(stack, "Goods"))

    @pytest.mark.parametrize("import_group", [of_arn, of_name])
    def test_imports_of_the_same_arn_are_the_same_group(
        self, stack: cdk.Stack, make: Any, words: str, import_group: Any
    ) -> None:
        make(stack, "First", import_group(stack, "One"))
        with pytest.raises(personalize.ValidationError, match=f"Shop/Second: {words}"):
            make(stack, "Second", import_group(stack, "Two"))

    def test_groups_that_are_not_known_are_left_to_personalize(self, stack: cdk.Stack, make: Any, words: str) -> None:
        for id_ in ("First", "Second"):
            arn = cdk.CfnParameter(stack, f"{id_}Arn").value_as_string
            make(stack, id_, personalize.DatasetGroup.from_dataset_group_arn(stack, f"{id_}Group", arn))
        assert words

    def test_a_generated_construct_is_one_group(self, stack: cdk.Stack, make: Any, words: str) -> None:
        films = l1.CfnDatasetGroup(stack, "Films", name="films")
        make(stack, "First", films)
        with pytest.raises(personalize.ValidationError, match=f"Shop/Second: {words}"):
            make(stack, "Second", films)


def test_a_group_takes_datasets_of_different_types(stack: cdk.Stack) -> None:
    films = personalize.DatasetGroup(stack, "Films")
    films.add_dataset("Items", schema=personalize.Schema(stack, "ItemSchema", definition=ITEMS))
    users = personalize.SchemaDefinition.users(personalize.Field.category("AGE"))
    films.add_dataset("Users", schema=personalize.Schema(stack, "UserSchema", definition=users))
    words = "dataset_type must be unique in the dataset group Shop/Films: Shop/Films/Items already has it"
    with pytest.raises(personalize.ValidationError, match=f"{words}, got DatasetType.ITEMS; use that dataset"):
        films.add_dataset("More", schema=personalize.Schema(stack, "MoreSchema", definition=ITEMS))
