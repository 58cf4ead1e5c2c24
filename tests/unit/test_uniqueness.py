"""Errors for a second resource of which Amazon Personalize allows only one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as l1
from cdk_personalize_handler.kinds import KINDS
from constructs import Construct
from support.synth import GROUP, VERSION, dataset, group, location, new_stack, solution
from support.tokens import string

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable

ITEMS = personalize.SchemaDefinition.items(personalize.Field.category("GENRES"))
SALES = personalize.AttributedMetric(event_type="Purchase", metric_name="sales", expression="SUM(Items.PRICE)")


def imported(scope: Construct, make: Callable[[cdk.Stack], Any]) -> Any:
    """Return an imported resource in a new scope."""
    stack = cdk.Stack.of(scope)
    inner = Construct(stack, f"Imports{len(stack.node.children)}")
    return make(inner)  # type: ignore[arg-type]


def version(scope: Construct) -> Any:
    return personalize.SolutionVersion.from_solution_version_arn(scope, "Version", VERSION)


def job(scope: Construct) -> dict[str, Any]:
    return {
        "solution_version": imported(scope, version),
        "input": imported(scope, location),
        "output": imported(scope, lambda inner: location(inner, "out/")),
    }


NAMED: dict[str, tuple[str, Callable[[Any, str, str], Any]]] = {
    "Schema": (
        "schema_name",
        lambda scope, id_, name: personalize.Schema(scope, id_, definition=ITEMS, schema_name=name),
    ),
    "DatasetGroup": (
        "dataset_group_name",
        lambda scope, id_, name: personalize.DatasetGroup(scope, id_, dataset_group_name=name),
    ),
    "DatasetImportJob": (
        "job_name",
        lambda scope, id_, name: personalize.DatasetImport(
            scope, id_, dataset=imported(scope, dataset), source=imported(scope, location), job_name=name
        ),
    ),
    "DatasetExportJob": (
        "job_name",
        lambda scope, id_, name: personalize.DatasetExportJob(
            scope, id_, dataset=imported(scope, dataset), output=imported(scope, location), job_name=name
        ),
    ),
    "DataDeletionJob": (
        "job_name",
        lambda scope, id_, name: personalize.DataDeletionJob(
            scope, id_, dataset_group=imported(scope, group), source=imported(scope, location), job_name=name
        ),
    ),
    "Filter": (
        "filter_name",
        lambda scope, id_, name: personalize.Filter(
            scope,
            id_,
            dataset_group=imported(scope, group),
            expression='EXCLUDE ItemID WHERE Items.GENRES IN ("a")',
            filter_name=name,
        ),
    ),
    "MetricAttribution": (
        "metric_attribution_name",
        lambda scope, id_, name: personalize.MetricAttribution(
            scope,
            id_,
            dataset_group=personalize.DatasetGroup(scope, f"{id_}Group"),
            metrics=[SALES],
            metric_attribution_name=name,
        ),
    ),
    "Solution": (
        "solution_name",
        lambda scope, id_, name: personalize.Solution(
            scope, id_, dataset_group=imported(scope, group), recipe=personalize.Recipe.SIMS, solution_name=name
        ),
    ),
    "Campaign": (
        "campaign_name",
        lambda scope, id_, name: personalize.Campaign(
            scope, id_, solution=imported(scope, solution), campaign_name=name
        ),
    ),
    "Recommender": (
        "recommender_name",
        lambda scope, id_, name: personalize.Recommender(
            scope,
            id_,
            dataset_group=imported(scope, group),
            use_case=personalize.UseCase.ECOMMERCE_BEST_SELLERS,
            recommender_name=name,
        ),
    ),
    "BatchInferenceJob": (
        "job_name",
        lambda scope, id_, name: personalize.BatchInferenceJob(scope, id_, **job(scope), job_name=name),
    ),
    "BatchSegmentJob": (
        "job_name",
        lambda scope, id_, name: personalize.BatchSegmentJob(scope, id_, **job(scope), job_name=name),
    ),
}


def test_every_kind_whose_arn_follows_from_its_name_is_here() -> None:
    by_name = {name for name, kind in KINDS.items() if kind.arn_from_name and kind.resource_id is None}
    assert set(NAMED) == by_name


@pytest.mark.parametrize("kind", NAMED)
def test_refuses_a_name_that_another_construct_of_the_stack_has(stack: cdk.Stack, kind: str) -> None:
    prop, make = NAMED[kind]
    make(stack, "First", "same")
    with pytest.raises(personalize.ValidationError) as caught:
        make(stack, "Second", "same")
    rule = f"must be unique among the resources of the kind {kind} in an account and region: Shop/First already has it"
    assert str(caught.value) == (
        f'Shop/Second: {prop} {rule}, got "same"; choose another name, or omit it to have a unique one generated'
    )
    make(stack, "Third", "another")


@pytest.mark.parametrize("kind", NAMED)
def test_names_that_are_not_known_are_left_to_personalize(stack: cdk.Stack, kind: str) -> None:
    name = string(stack)
    for id_ in ("First", "Second"):
        NAMED[kind][1](stack, id_, name)


def test_a_name_may_be_that_of_another_kind_or_of_another_stack(stack: cdk.Stack) -> None:
    NAMED["Campaign"][1](stack, "First", "same")
    NAMED["Solution"][1](stack, "Second", "same")
    NAMED["Campaign"][1](new_stack("Other"), "First", "same")


def test_names_are_compared_across_the_scopes_of_a_stack(stack: cdk.Stack) -> None:
    NAMED["Campaign"][1](Construct(stack, "One"), "Related", "same")
    with pytest.raises(personalize.ValidationError, match=r"Shop/Two/Related: .*: Shop/One/Related already has it"):
        NAMED["Campaign"][1](Construct(stack, "Two"), "Related", "same")


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
