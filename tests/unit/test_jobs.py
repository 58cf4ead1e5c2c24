"""Batch inference jobs, batch segment jobs and dataset export jobs."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template
from support.synth import VERSION, location, new_role, new_stack, properties, resources, version, warnings

import cdk_personalize as personalize

INFERENCE = "Custom::PersonalizeBatchInferenceJob"
THEMES = personalize.ThemeGeneration(item_name="TITLE")
Place = personalize.S3Location


def bucket(stack: cdk.Stack) -> s3.IBucket:
    return s3.Bucket(stack, "Bucket")


def inference(stack: cdk.Stack, **props: Any) -> personalize.BatchInferenceJob:
    given = {**props}
    if "solution_version" not in given:
        given["solution_version"] = version(stack)
    if "input" not in given:
        data = bucket(stack)
        given |= {"input": Place(data, "in/items.json"), "output": Place(data, "out/")}
    return personalize.BatchInferenceJob(stack, "Job", **given)


def of_recipe(stack: cdk.Stack, recipe: personalize.Recipe) -> personalize.SolutionVersion:
    group = personalize.DatasetGroup.from_dataset_group_name(stack, "Group", "films")
    solution = personalize.Solution(stack, "Solution", dataset_group=group, recipe=recipe)
    return personalize.SolutionVersion(stack, "Trained", solution=solution)


def test_with_defaults_a_role_is_made(stack: cdk.Stack) -> None:
    inference(stack)
    (role,) = [name for name in resources(stack, "AWS::IAM::Role") if name.startswith("JobRole")]
    (data,) = resources(stack, "AWS::S3::Bucket")

    def place(key: str) -> dict[str, Any]:
        return {"Fn::Join": ["", ["s3://", {"Ref": data}, f"/{key}"]]}

    found = properties(stack, INFERENCE)
    assert found == {
        "SolutionVersionArn": VERSION,
        "JobInput": {"S3DataSource": {"Path": place("in/items.json")}},
        "JobOutput": {"S3DataDestination": {"Path": place("out/")}},
        "RoleArn": {"Fn::GetAtt": [role, "Arn"]},
        "NewRole": new_role(stack, "Job"),
        "Continued": True,
    }


def test_with_all_values(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    filtered = personalize.Filter.from_filter_arn(
        stack, "Filter", "arn:aws:personalize:us-east-1:111111111111:filter/dramas"
    )
    inference(
        stack,
        job_name="nightly",
        filter=filtered,
        num_results=10,
        item_exploration=personalize.ItemExploration(weight=0),
        ranking_influence=personalize.RankingInfluence(popularity=1),
        theme_generation=THEMES,
        output_key=key,
        rerun_on={"data": "monday"},
        timeout=cdk.Duration.minutes(30),
    )
    found = properties(stack, INFERENCE)
    assert found["JobName"] == "nightly"
    assert found["FilterArn"].endswith(":filter/dramas")
    assert found["NumResults"] == 10
    assert found["BatchInferenceJobConfig"] == {
        "ItemExplorationConfig": {"explorationWeight": "0"},
        "RankingInfluence": {"POPULARITY": 1},
    }
    assert found["BatchInferenceJobMode"] == "THEME_GENERATION"
    assert found["ThemeGenerationConfig"] == {"FieldsForThemeGeneration": {"ItemName": "TITLE"}}
    assert found["JobOutput"]["S3DataDestination"]["KmsKeyArn"]
    assert found["RerunOn"] == {"data": "monday"}


def test_the_made_role_is_for_this_account_and_region_alone(stack: cdk.Stack) -> None:
    inference(stack)
    roles = resources(stack, "AWS::IAM::Role")
    (role,) = [each for name, each in roles.items() if name.startswith("JobRole")]
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "personalize.amazonaws.com"}
    assert set(statement["Condition"]) == {"StringEquals", "ArnLike"}


def test_the_buckets_policy_and_the_role_allow_what_the_job_does_where_it_does_it(stack: cdk.Stack) -> None:
    inference(stack)
    (data,) = resources(stack, "AWS::S3::Bucket")
    arn = {"Fn::GetAtt": [data, "Arn"]}
    (of_bucket,) = resources(stack, "AWS::S3::BucketPolicy").values()
    (of_role,) = [
        each for name, each in resources(stack, "AWS::IAM::Policy").items() if name.startswith("JobRoleDefaultPolicy")
    ]
    for policy in (of_bucket, of_role):
        assert [(each["Action"], each["Resource"]) for each in policy["Properties"]["PolicyDocument"]["Statement"]] == [
            (["s3:GetObject", "s3:ListBucket"], [arn, {"Fn::Join": ["", [arn, "/in/items.json*"]]}]),
            (["s3:PutObject", "s3:ListBucket"], [arn, {"Fn::Join": ["", [arn, "/out/*"]]}]),
        ]


def test_the_job_is_made_after_its_rights(stack: cdk.Stack) -> None:
    inference(stack)
    (job,) = resources(stack, INFERENCE).values()
    for needed in ("JobRoleDefaultPolicy", "CdkPersonalizeProviderPolicy", "BucketPolicy"):
        assert any(name.startswith(needed) for name in job["DependsOn"]), needed


def test_keys_of_the_bucket_and_of_the_output_are_allowed(stack: cdk.Stack) -> None:
    data = s3.Bucket(stack, "Bucket", encryption=s3.BucketEncryption.KMS)
    inference(stack, input=Place(data, "in/"), output=Place(data, "out/"), output_key=kms.Key(stack, "Key"))
    keys = resources(stack, "AWS::KMS::Key").values()
    assert len(keys) == 2
    for key in keys:
        statements = key["Properties"]["KeyPolicy"]["Statement"]
        (by_service,) = [each for each in statements if each["Principal"] == {"Service": "personalize.amazonaws.com"}]
        assert {"kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext"} <= set(by_service["Action"])


def test_a_role_of_ones_own_gets_the_rights(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"))
    job = inference(stack, role=role)
    assert job.role is role
    assert any(name.startswith("MineDefaultPolicy") for name in resources(stack, "AWS::IAM::Policy"))
    assert not any(name.startswith("JobRole") for name in resources(stack, "AWS::IAM::Role"))


def test_the_functions_may_pass_that_role_to_personalize_alone(stack: cdk.Stack) -> None:
    inference(stack)
    statements = [
        statement
        for policy in resources(stack, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "iam:PassRole"
    ]
    (statement,) = statements
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "personalize.amazonaws.com"}}
    assert statement["Resource"]["Fn::Join"][1][-1] == ":role/cdk-personalize/Shop/*"


def test_its_attributes_are_those_of_the_last_link(stack: cdk.Stack) -> None:
    job = inference(stack)
    last = list(resources(stack, f"{INFERENCE}Wait"))[-1]
    assert stack.resolve(
        [job.batch_inference_job_arn, job.batch_inference_job_name, job.batch_inference_job_status]
    ) == [{"Fn::GetAtt": [last, name]} for name in ("BatchInferenceJobArn", "JobName", "Status")]
    assert job.output.key == "out/"


def test_a_name_of_ones_own_comes_with_a_warning(stack: cdk.Stack) -> None:
    inference(stack, job_name="nightly")
    Annotations.from_stack(stack).has_warning("/Shop/Job", Match.string_like_regexp("job names cannot be reused"))


@pytest.mark.parametrize(
    ("recipe", "props", "words"),
    [
        (
            personalize.Recipe.TRENDING_NOW,
            {},
            "solution_version must be of a recipe that supports batch inference jobs",
        ),
        (
            personalize.Recipe.NEXT_BEST_ACTION,
            {},
            "solution_version must be of a recipe that supports batch inference jobs",
        ),
        (
            personalize.Recipe.SIMS,
            {"theme_generation": THEMES},
            'theme_generation requires the Similar-Items recipe, got "aws-s',
        ),
        (
            personalize.Recipe.SIMILAR_ITEMS,
            {"item_exploration": personalize.ItemExploration(weight=0.1)},
            'item_exploration is not supported by the recipe, got "aws-similar-items"',
        ),
    ],
)
def test_refuses_what_the_recipe_cannot_do(
    stack: cdk.Stack, recipe: personalize.Recipe, props: dict[str, Any], words: str
) -> None:
    with pytest.raises(personalize.ValidationError) as caught:
        inference(stack, solution_version=of_recipe(stack, recipe), **props)
    assert str(caught.value).startswith(f"Shop/Job: {words}")


def test_themes_fit_similar_items(stack: cdk.Stack) -> None:
    inference(stack, solution_version=of_recipe(stack, personalize.Recipe.SIMILAR_ITEMS), theme_generation=THEMES)
    Template.from_stack(stack)


def test_refuses_themes_where_the_region_has_none() -> None:
    stack = new_stack(env=cdk.Environment(account="111111111111", region="eu-west-1"))
    arn = VERSION.replace("us-east-1", "eu-west-1")
    trained = personalize.SolutionVersion.from_solution_version_arn(stack, "Version", arn)
    with pytest.raises(
        personalize.ValidationError,
        match="theme_generation requires a region that supports themes: ap-northeast-1, us-east-1",
    ):
        inference(stack, solution_version=trained, theme_generation=THEMES)


@pytest.mark.parametrize("key", ["x/", "x"])
def test_refuses_to_write_where_it_reads(stack: cdk.Stack, key: str) -> None:
    data = s3.Bucket.from_bucket_name(stack, "Bucket", "films")
    with pytest.raises(personalize.ValidationError, match='Shop/Job: output must not be the input, got "s3://films/x'):
        personalize.BatchInferenceJob(
            stack, "Job", solution_version=version(stack), input=Place(data, "x/"), output=Place(data, key)
        )


def test_refuses_to_write_where_it_reads_in_a_bucket_of_its_own(stack: cdk.Stack) -> None:
    data = bucket(stack)
    with pytest.raises(personalize.ValidationError, match="Shop/Job: output must not be the input, got <token>"):
        inference(stack, input=Place(data, "x/"), output=Place(data, "x/"))


def test_output_within_the_input_comes_with_a_warning(stack: cdk.Stack) -> None:
    data = bucket(stack)
    inference(stack, input=Place(data, "all/"), output=Place(data, "all/out/"))
    assert any("a rerun would read the previous output" in each for each in warnings(stack))


def test_jobs_in_places_of_their_own_are_made_without_a_warning(stack: cdk.Stack) -> None:
    inference(stack)
    assert warnings(stack) == []


def test_the_policies_of_imported_buckets_are_told(stack: cdk.Stack) -> None:
    inference(stack, input=location(stack, "in/"), output=location(new_stack("Other"), "out/"))
    assert {each.split("The policy must allow ")[1].split(" [")[0] for each in warnings(stack)} == {
        "personalize.amazonaws.com to call s3:GetObject, s3:ListBucket",
        "personalize.amazonaws.com to call s3:PutObject, s3:ListBucket",
    }


def test_segments_are_made_by_recipes_for_segments(stack: cdk.Stack) -> None:
    data = bucket(stack)
    trained = of_recipe(stack, personalize.Recipe.ITEM_AFFINITY)
    job = personalize.BatchSegmentJob(
        stack, "Job", solution_version=trained, input=Place(data, "in/"), output=Place(data, "out/"), num_results=5
    )
    assert properties(stack, "Custom::PersonalizeBatchSegmentJob")["NumResults"] == 5
    (last,) = [name for name in resources(stack, "Custom::PersonalizeBatchSegmentJobWait") if "Wait2" in name]
    assert stack.resolve(job.batch_segment_job_status) == {"Fn::GetAtt": [last, "Status"]}
    assert job.output.key == "out/"


def test_refuses_segments_of_a_recipe_for_items(stack: cdk.Stack) -> None:
    data = bucket(stack)
    words = (
        'Shop/Job: solution_version must be of a user segmentation recipe, Recipe.ITEM_AFFINITY or .*, got "aws-sims"'
    )
    with pytest.raises(personalize.ValidationError, match=words):
        personalize.BatchSegmentJob(
            stack,
            "Job",
            solution_version=of_recipe(stack, personalize.Recipe.SIMS),
            input=Place(data, "in/"),
            output=Place(data, "out/"),
        )


def test_an_export_writes_what_was_asked_for(stack: cdk.Stack) -> None:
    dataset = personalize.Dataset.from_dataset_arn(
        stack, "Items", "arn:aws:personalize:us-east-1:111111111111:dataset/films/ITEMS"
    )
    personalize.DatasetExportJob(
        stack,
        "Job",
        dataset=dataset,
        output=Place(bucket(stack), "out/"),
        ingestion_mode=personalize.IngestionMode.ALL,
    )
    found = properties(stack, "Custom::PersonalizeDatasetExportJob")
    assert (found["DatasetArn"], found["IngestionMode"]) == (dataset.dataset_arn, "ALL")
    (policy,) = resources(stack, "AWS::S3::BucketPolicy").values()
    actions = {action for each in policy["Properties"]["PolicyDocument"]["Statement"] for action in each["Action"]}
    assert actions == {"s3:ListBucket", "s3:PutObject"}


def test_an_address_is_a_place(stack: cdk.Stack) -> None:
    place = Place.from_uri(stack, "Data", "s3://films/in/items.json")
    assert (place.bucket.bucket_name, place.key) == ("films", "in/items.json")
    with pytest.raises(personalize.ValidationError, match=r"Shop/Other: uri must have the form s3://bucket/key"):
        Place.from_uri(stack, "Other", "films/in")


@pytest.mark.parametrize(
    ("recipe", "props", "words"),
    [
        (personalize.Recipe.ITEM_AFFINITY, {}, "solution_version must be of a recipe that campaigns support"),
        (
            personalize.Recipe.NEXT_BEST_ACTION,
            {"enable_metadata_with_recommendations": True},
            "enable_metadata_with_recommendations is not supported by the recipe",
        ),
        (
            personalize.Recipe.SIMS,
            {"item_exploration": personalize.ItemExploration(weight=0.1)},
            "item_exploration is not supported by the recipe",
        ),
    ],
)
def test_a_campaign_refuses_what_its_recipe_cannot_do(
    stack: cdk.Stack, recipe: personalize.Recipe, props: dict[str, Any], words: str
) -> None:
    with pytest.raises(personalize.ValidationError) as caught:
        personalize.Campaign(stack, "Job", solution_version=of_recipe(stack, recipe), **props)
    assert str(caught.value).startswith(f"Shop/Job: {words}")


def test_a_flag_that_the_recipe_does_not_need_is_told(stack: cdk.Stack) -> None:
    trained = of_recipe(stack, personalize.Recipe.USER_PERSONALIZATION_V2)
    personalize.Campaign(stack, "Related", solution_version=trained, enable_metadata_with_recommendations=True)
    Annotations.from_stack(stack).has_warning("/Shop/Related", Match.string_like_regexp("has no effect"))
