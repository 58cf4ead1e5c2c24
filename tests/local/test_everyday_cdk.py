"""Other features of CDK apps in the local AWS.

`BucketDeployment`, `auto_delete_objects` and nested stacks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.deploy import LocalAws


def test_files_are_deployed_to_a_bucket_that_empties_itself(aws: LocalAws, tmp_path: Path) -> None:
    (tmp_path / "interactions.csv").write_text("USER_ID,ITEM_ID,TIMESTAMP\n")

    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, "Files")
        bucket = s3.Bucket(
            stack,
            "Bucket",
            bucket_name="deployed-files",
            auto_delete_objects=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        deployment.BucketDeployment(
            stack, "Deployment", sources=[deployment.Source.asset(str(tmp_path))], destination_bucket=bucket
        )

    aws.deploy(build).ok()
    client = aws.session().client("s3")
    assert client.get_object(Bucket="deployed-files", Key="interactions.csv")["Body"].read().startswith(b"USER_ID")
    aws.destroy(build).ok()
    assert "deployed-files" not in [each["Name"] for each in client.list_buckets()["Buckets"]]


def test_a_function_is_hotswapped(aws: LocalAws, name: str, tmp_path: Path) -> None:
    def app_with(text: str) -> Callable[[cdk.App], None]:
        def build(app: cdk.App) -> None:
            code = tmp_path / text
            code.mkdir()
            (code / "index.py").write_text(f"def handler(event, context):\n    return {text!r}\n")
            lambda_.Function(
                cdk.Stack(app, name),
                "Function",
                function_name=name,
                runtime=lambda_.Runtime.PYTHON_3_12,
                handler="index.handler",
                code=lambda_.Code.from_asset(str(code)),
            )

        return build

    aws.deploy(app_with("first")).ok()
    aws.deploy(app_with("second"), "--hotswap").ok()
    answer = aws.session().client("lambda").invoke(FunctionName=name)
    assert json.loads(answer["Payload"].read()) == "second"


def nested(name: str, text: str, *, fails: bool = False) -> Callable[[cdk.App], None]:
    """Return a function that adds a stack with a schema in a nested stack to an app.

    :param fails: whether another resource fails after the schema.
    """

    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, name)
        inner = cdk.NestedStack(stack, "Inner")
        gone = cdk.RemovalPolicy.DESTROY
        definition = personalize.SchemaDefinition.interactions(personalize.Field.string(text))
        schema = personalize.Schema(inner, "Schema", definition=definition, removal_policy=gone)
        cdk.CfnOutput(stack, "Arn", value=schema.schema_arn)
        if fails:
            empty = {"Version": "2012-10-17", "Statement": []}
            broken = iam.CfnPolicy(stack, "Broken", policy_name="broken", policy_document=empty, roles=["no_one"])
            broken.node.add_dependency(inner)

    return build


def test_nested_stacks_are_changed_rolled_back_and_destroyed(aws: LocalAws, name: str) -> None:
    def schemas() -> list[str]:
        return [each for each in aws.existing("Schema") if name in each]

    def fields() -> list[str]:
        (arn,) = schemas()
        declared: dict[str, Any] = json.loads(aws.personalize().describe_schema(schemaArn=arn)["schema"]["schema"])
        return [each["name"] for each in declared["fields"]]

    aws.deploy(nested(name, "FIRST")).ok()
    assert "FIRST" in fields()
    failed = aws.deploy(nested(name, "SECOND", fails=True))
    assert failed.code != 0, failed.output
    assert aws.stack_status(name) == "UPDATE_ROLLBACK_COMPLETE"
    assert "FIRST" in fields()
    aws.deploy(nested(name, "SECOND")).ok()
    assert aws.outputs(name)["Arn"] == schemas()[0]
    assert "SECOND" in fields()
    aws.destroy(nested(name, "SECOND")).ok()
    assert schemas() == []
