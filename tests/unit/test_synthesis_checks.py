"""Checks against the rest of the app, which run during synthesis."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template
from support.synth import VERSION, dataset, group, location, new_stack, version, warnings
from support.tokens import string

import cdk_personalize as personalize
from cdk_personalize import DatasetType, Field, Recipe, SchemaDefinition

ITEMS = SchemaDefinition.items(Field.string("TITLE"), Field.text("TEXT"), Field.number("PRICE"))
DRAMAS = 'EXCLUDE ItemID WHERE Items.GENRES IN ("Drama")'


def films(stack: cdk.Stack, definition: SchemaDefinition | str = ITEMS, **props: Any) -> personalize.DatasetGroup:
    made = personalize.DatasetGroup(stack, "Films", **props)
    add_items(made, definition)
    return made


def add_items(films: Any, definition: SchemaDefinition | str = ITEMS) -> None:
    schema = personalize.Schema(films, "ItemSchema", definition=definition)
    films.add_dataset("Items", schema=schema, dataset_type=DatasetType.ITEMS)


def refusal(stack: cdk.Stack) -> str:
    """Return the message of the error that the CDK raises at synthesis."""
    with pytest.raises(RuntimeError) as caught:
        Template.from_stack(stack)
    return str(caught.value)


def solution(stack: cdk.Stack, data: Any, **props: Any) -> personalize.Solution:
    return personalize.Solution(stack, "Similar", dataset_group=data, **{"recipe": Recipe.SIMILAR_ITEMS, **props})


class TestColumns:
    def test_refuses_an_unknown_column_of_a_filter(self, stack: cdk.Stack) -> None:
        personalize.Filter(stack, "Dramas", dataset_group=films(stack), expression=DRAMAS)
        assert (
            "[Shop/Dramas] expression must name columns of the dataset Items, "
            'got "GENRES"; the columns are ITEM_ID, TITLE, TEXT, PRICE'
        ) in refusal(stack)

    @pytest.mark.parametrize(
        "expression",
        [
            "INCLUDE ItemID WHERE Items.title IN ($T)",
            "INCLUDE ItemID WHERE Items.CREATION_TIMESTAMP < 5",
            'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Watch")',
            "INCLUDE ItemID WHERE Items.PRICE < CurrentUser.BUDGET",
        ],
    )
    def test_takes_columns_that_are_there_or_not_known(self, stack: cdk.Stack, expression: str) -> None:
        personalize.Filter(stack, "Dramas", dataset_group=films(stack), expression=expression)
        Template.from_stack(stack)

    def test_a_column_is_close_to_one_that_is_there(self, stack: cdk.Stack) -> None:
        expression = "INCLUDE ItemID WHERE Items.PRIZE < 5"
        personalize.Filter(stack, "Cheap", dataset_group=films(stack), expression=expression)
        assert 'got "PRIZE"; did you mean PRICE?' in refusal(stack)

    def test_datasets_that_are_declared_later_count(self, stack: cdk.Stack) -> None:
        data = personalize.DatasetGroup(stack, "Films")
        personalize.Filter(stack, "Dramas", dataset_group=data, expression=DRAMAS)
        add_items(data)
        assert "[Shop/Dramas] expression" in refusal(stack)

    def test_an_expression_that_is_not_known_is_left_to_personalize(self, stack: cdk.Stack) -> None:
        personalize.Filter(stack, "Dramas", dataset_group=films(stack), expression=string(stack))
        Template.from_stack(stack)

    @pytest.mark.parametrize("prop", ["excluded_columns", "included_columns"])
    def test_refuses_unknown_columns_to_train_on(self, stack: cdk.Stack, prop: str) -> None:
        solution(stack, films(stack), **{prop: {DatasetType.ITEMS: ["TITLE", "PRIZE"], DatasetType.USERS: ["AGE"]}})
        words = refusal(stack)
        assert f'[Shop/Similar] {prop}[DatasetType.ITEMS] must name columns of the dataset Items, got "PRIZE"' in words
        assert "AGE" not in words

    @pytest.mark.parametrize("prop", ["excluded_columns", "included_columns"])
    def test_refuses_unknown_columns_of_a_recommender(self, stack: cdk.Stack, prop: str) -> None:
        data = personalize.DatasetGroup(stack, "Shop", domain=personalize.Domain.ECOMMERCE)
        columns = SchemaDefinition.items(Field.number("PRICE"), Field.category("CATEGORY_L1"))
        schema = personalize.Schema(stack, "Columns", definition=columns, domain=personalize.Domain.ECOMMERCE)
        data.add_dataset("Items", schema=schema)
        use_case = personalize.UseCase.ECOMMERCE_BEST_SELLERS
        given: Any = {prop: {DatasetType.ITEMS: ["COST"]}}
        personalize.Recommender(stack, "Best", dataset_group=data, use_case=use_case, **given)
        assert f"[Shop/Best] {prop}[DatasetType.ITEMS] must name columns" in refusal(stack)

    def test_refuses_an_objective_that_is_no_column(self, stack: cdk.Stack) -> None:
        objective = personalize.OptimizationObjective(item_attribute="REVENUE")
        solution(stack, films(stack), optimization_objective=objective)
        assert "[Shop/Similar] optimization_objective.item_attribute must name columns" in refusal(stack)

    @pytest.mark.parametrize(("name", "refused"), [("NAME", True), ("TITLE", False)])
    def test_refuses_a_theme_of_a_column_that_is_not_there(self, stack: cdk.Stack, name: str, refused: bool) -> None:
        trained = personalize.SolutionVersion(stack, "Trained", solution=solution(stack, films(stack)))
        personalize.BatchInferenceJob(
            stack,
            "Themes",
            solution_version=trained,
            input=location(stack, "in/"),
            output=personalize.S3Location(location(new_stack()).bucket, "out/"),
            theme_generation=personalize.ThemeGeneration(item_name=name),
        )
        if refused:
            assert "[Shop/Themes] theme_generation.item_name must name columns" in refusal(stack)
        else:
            Template.from_stack(stack)


def avro(*fields: Any, name: str = "Items") -> str:
    given = [{"name": each, "type": "string"} if isinstance(each, str) else each for each in fields]
    return json.dumps({"type": "record", "name": name, "fields": given})


class TestSchemasInJson:
    @pytest.mark.parametrize(
        ("definition", "words"),
        [
            (avro("TITLE"), "definition.ITEM_ID is required"),
            (avro("ITEM_ID"), "definition.fields must have at least 1 custom field, got 0"),
            (avro("ITEM_ID", "A", "A"), "definition.A must be unique"),
            (
                avro("ITEM_ID", {"name": "A", "type": "strng"}),
                "definition.A must be of one of the types string, int, long, float, double, boolean, alone or",
            ),
            (
                avro("ITEM_ID", {"name": "A", "type": {"type": "array", "items": "string"}}),
                "definition.A must be of one",
            ),
            (avro("ITEM_ID", {"name": "A", "type": ["string", "long"]}), "definition.A must be of one of the types"),
            (avro("ITEM_ID", {"type": "string"}), "definition.fields must be objects with a name and a type"),
            (
                avro("USER_ID", "ITEM_ID", "TIMESTAMP", name="Interactions"),
                "definition.TIMESTAMP must be of type long, got string",
            ),
            (
                avro({"name": "USER_ID", "type": ["null", "string"]}, "A", name="Users"),
                "definition.USER_ID is required and must not be nullable",
            ),
        ],
    )
    def test_refuses_what_is_refused_of_fields(self, stack: cdk.Stack, definition: str, words: str) -> None:
        with pytest.raises(personalize.ValidationError) as caught:
            personalize.Schema(stack, "Schema", definition=definition)
        assert str(caught.value).startswith(f"Shop/Schema: {words}")

    def test_refuses_what_a_domain_would(self, stack: cdk.Stack) -> None:
        with pytest.raises(personalize.ValidationError, match=r"definition\.PRICE is required in the domain"):
            personalize.Schema(
                stack, "Schema", definition=avro("ITEM_ID", "CATEGORY_L1"), domain=personalize.Domain.ECOMMERCE
            )

    def test_a_record_of_another_name_is_checked_as_the_type_of_its_dataset(self, stack: cdk.Stack) -> None:
        schema = personalize.Schema(stack, "Schema", definition=avro("TITLE", name="Films"))
        with pytest.raises(personalize.ValidationError, match=r"Shop/Items: schema\.ITEM_ID is required"):
            personalize.Dataset(
                stack, "Items", dataset_group=group(stack), schema=schema, dataset_type=DatasetType.ITEMS
            )

    def test_columns_are_known_as_those_of_fields_are(self, stack: cdk.Stack) -> None:
        data = films(stack, avro("ITEM_ID", {"name": "YEAR", "type": ["null", "long"]}))
        personalize.Filter(stack, "Dramas", dataset_group=data, expression=DRAMAS)
        assert "[Shop/Dramas] expression must name columns of the dataset Items" in refusal(stack)


class TestDatasets:
    @pytest.mark.parametrize(("declared", "count"), [(False, 1), (True, 0)])
    def test_warns_of_metadata_without_items(self, stack: cdk.Stack, declared: bool, count: int) -> None:
        data = personalize.DatasetGroup(stack, "Films")
        source = solution(stack, data)
        trained = personalize.SolutionVersion(stack, "Trained", solution=source)
        flag: Any = {"enable_metadata_with_recommendations": True}
        personalize.Campaign(stack, "OnSolution", solution=source, **flag)
        personalize.Campaign(stack, "OnVersion", solution_version=trained, **flag)
        if declared:
            add_items(data)
        found = [
            each for each in warnings(stack) if "requires an Items dataset in the dataset group Shop/Films" in each
        ]
        assert len(found) == 2 * count

    def test_warns_of_metadata_of_a_recommender_without_items(self, stack: cdk.Stack) -> None:
        data = personalize.DatasetGroup(stack, "Goods", domain=personalize.Domain.ECOMMERCE)
        personalize.Recommender(
            stack,
            "Best",
            dataset_group=data,
            use_case=personalize.UseCase.ECOMMERCE_BEST_SELLERS,
            enable_metadata_with_recommendations=True,
        )
        (words,) = warnings(stack)
        assert words.startswith("enable_metadata_with_recommendations requires an Items dataset")

    def test_an_imported_group_may_have_any_dataset(self, stack: cdk.Stack) -> None:
        source = solution(stack, group(stack), recipe=Recipe.SEMANTIC_SIMILARITY)
        personalize.Campaign(
            stack, "Related", solution=source, campaign_name="a", enable_metadata_with_recommendations=True
        )
        assert not [each for each in warnings(stack) if "dataset" in each]

    @pytest.mark.parametrize(("declared", "count"), [(False, 1), (True, 0)])
    def test_warns_of_data_that_a_recipe_needs(self, stack: cdk.Stack, declared: bool, count: int) -> None:
        data = personalize.DatasetGroup(stack, "Films")
        solution(stack, data, recipe=Recipe.SEMANTIC_SIMILARITY)
        if declared:
            add_items(data)
        words = "dataset_group Shop/Films requires a dataset of the type DatasetType.ITEMS"
        assert len([each for each in warnings(stack) if each.startswith(words)]) == count


class TestRetention:
    @pytest.mark.parametrize(
        ("child", "parent", "count"),
        [("RETAIN", "DESTROY", 1), ("RETAIN", "RETAIN", 0), ("DESTROY", "DESTROY", 0), ("DESTROY", "RETAIN", 0)],
    )
    def test_warns_of_a_retained_campaign_on_a_solution(
        self, stack: cdk.Stack, child: str, parent: str, count: int
    ) -> None:
        source = solution(stack, group(stack), removal_policy=getattr(cdk.RemovalPolicy, parent))
        campaign = personalize.Campaign(stack, "Related", solution=source)
        campaign.apply_removal_policy(getattr(cdk.RemovalPolicy, child))
        words = "solution is deleted with the stack, got the Solution Shop/Similar: Amazon Personalize rejects"
        assert len([each for each in warnings(stack) if each.startswith(words)]) == count

    def test_warns_of_retained_data_in_a_group_that_is_deleted(self, stack: cdk.Stack) -> None:
        films(stack, removal_policy=cdk.RemovalPolicy.DESTROY)
        (words,) = warnings(stack)
        assert words.startswith("dataset_group is deleted with the stack, got the DatasetGroup Shop/Films")

    def test_a_policy_that_is_set_on_the_resource_counts(self, stack: cdk.Stack) -> None:
        data = films(stack, removal_policy=cdk.RemovalPolicy.DESTROY)
        resource: Any = data.node.default_child
        resource.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        assert warnings(stack) == []


class TestSpelling:
    @pytest.mark.parametrize(
        ("make", "words"),
        [
            (
                lambda stack: solution(stack, group(stack), recipe=Recipe.of("aws-similar-item")),
                'recipe is unknown to this version, got "aws-similar-item"; did you mean aws-similar-items?',
            ),
            (
                lambda stack: personalize.Recommender(
                    stack, "Made", dataset_group=group(stack), use_case=personalize.UseCase.of("aws-vod-top-pick")
                ),
                'use_case is unknown to this version, got "aws-vod-top-pick"; did you mean aws-vod-top-picks?',
            ),
            (
                lambda stack: solution(stack, group(stack), algorithm_hyper_parameters={"hiden_dimension": 10}),
                'algorithm_hyper_parameters key is unknown to this version, got "hiden_dimension"; did',
            ),
            (
                lambda stack: solution(
                    stack, group(stack), feature_transformation_parameters={"action_optimisation_period": 7}
                ),
                'feature_transformation_parameters key is unknown to this version, got "action_optimisation_period"',
            ),
            (
                lambda stack: personalize.SolutionVersion(
                    stack,
                    "Made",
                    solution=personalize.Solution.from_solution_name(stack, "Source", "films"),
                    quality_gate=personalize.QualityGate(metric=personalize.OfflineMetric.of("coverge"), at_least=0.1),
                ),
                'quality_gate.metric is unknown to this version, got "coverge"; did you mean coverage?',
            ),
        ],
    )
    def test_warns_of_a_name_that_is_close_to_a_known_one(self, stack: cdk.Stack, make: Any, words: str) -> None:
        make(stack)
        assert [each for each in warnings(stack) if each.startswith(words)] != []

    def test_a_name_that_is_close_to_none_is_taken(self, stack: cdk.Stack) -> None:
        solution(stack, group(stack), recipe=Recipe.of("aws-tomorrow"), algorithm_hyper_parameters={"novel": "1"})
        assert warnings(stack) == []


class TestTrust:
    @staticmethod
    def imported(stack: cdk.Stack, role: iam.IRole) -> None:
        personalize.DatasetImport(stack, "Import", dataset=dataset(stack), source=location(stack), role=role)

    def test_refuses_a_role_that_does_not_trust_personalize(self, stack: cdk.Stack) -> None:
        self.imported(stack, iam.Role(stack, "Own", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
        assert (
            "[Shop/Import] role must trust personalize.amazonaws.com, got the Role Shop/Own; "
            'create it with assumed_by=iam.ServicePrincipal("personalize.amazonaws.com")'
        ) in refusal(stack)

    @pytest.mark.parametrize(
        "principal",
        [
            iam.ServicePrincipal("personalize.amazonaws.com"),
            iam.CompositePrincipal(
                iam.ServicePrincipal("lambda.amazonaws.com"), iam.ServicePrincipal("personalize.amazonaws.com")
            ),
            iam.AnyPrincipal(),
        ],
    )
    def test_takes_a_role_that_does(self, stack: cdk.Stack, principal: iam.IPrincipal) -> None:
        self.imported(stack, iam.Role(stack, "Own", assumed_by=principal))
        Template.from_stack(stack)

    def test_trust_may_be_added_later(self, stack: cdk.Stack) -> None:
        role = iam.Role(stack, "Own", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.imported(stack, role)
        assert role.assume_role_policy is not None
        role.assume_role_policy.add_statements(
            iam.PolicyStatement(
                actions=["sts:AssumeRole"], principals=[iam.ServicePrincipal("personalize.amazonaws.com")]
            )
        )
        Template.from_stack(stack)


@pytest.mark.parametrize(
    "grant",
    [
        lambda stack, arn: personalize.Campaign.from_campaign_name(stack, "Made", "a").grant_get_recommendations(arn),
        lambda stack, arn: personalize.Recommender.from_recommender_name(stack, "Made", "a").grant_get_recommendations(
            arn
        ),
        lambda stack, arn: dataset(stack).grant_put_items(arn),
        lambda stack, arn: personalize.EventTracker(stack, "Made", dataset_group=group(stack)).grant_put_events(arn),
    ],
)
def test_a_grant_to_an_arn_is_refused_in_words(stack: cdk.Stack, grant: Any) -> None:
    words = 'grantee must be an identity such as a role, a user or a Lambda function, got "arn:aws:iam::1:role/r"; '
    with pytest.raises(personalize.ValidationError, match=words):
        grant(stack, "arn:aws:iam::1:role/r")


def test_a_construct_as_a_value_is_shown_by_its_path(stack: cdk.Stack) -> None:
    wrong: Any = version(stack)
    with pytest.raises(personalize.ValidationError, match="must be a solution, got the SolutionVersion Shop/Version"):
        personalize.Campaign(stack, "Related", solution=wrong)
    assert VERSION not in str(wrong)
