from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from support.synth import GROUP, KEY, ROLE, assert_reference, group, location, new_role, properties, resources

import cdk_personalize as personalize

TYPE = "Custom::PersonalizeMetricAttribution"
ARN = "arn:aws:personalize:us-east-1:111111111111:metric-attribution/sales"
SALES = personalize.AttributedMetric(event_type="Purchase", metric_name="sales", expression="SUM(Items.PRICE)")


def test_with_defaults_metrics_go_to_cloudwatch_alone(stack: cdk.Stack) -> None:
    personalize.MetricAttribution(stack, "Sales", dataset_group=group(stack), metrics=[SALES])
    (role,) = [name for name in resources(stack, "AWS::IAM::Role") if name.startswith("Sales")]
    assert properties(stack, TYPE) == {
        "DatasetGroupArn": GROUP,
        "Metrics": [{"EventType": "Purchase", "MetricName": "sales", "Expression": "SUM(Items.PRICE)"}],
        "MetricsOutputConfig": {"RoleArn": {"Fn::GetAtt": [role, "Arn"]}},
        "NewRole": new_role(stack, "Sales"),
    }
    policies = str(resources(stack, "AWS::IAM::Policy"))
    assert "cloudwatch:PutMetricData" in policies
    assert "s3:PutObject" not in policies


def test_with_all_values_the_template_reads_like_the_native_type(stack: cdk.Stack) -> None:
    personalize.MetricAttribution(
        stack,
        "Sales",
        dataset_group=group(stack),
        metrics=(SALES,),
        metric_attribution_name="sales",
        output=location(stack, "reports/"),
        output_key=kms.Key.from_key_arn(stack, "Key", KEY),
        role=iam.Role.from_role_arn(stack, "Role", ROLE),
    )
    made = properties(stack, TYPE)
    assert made["Name"] == "sales"
    assert made["MetricsOutputConfig"] == {
        "RoleArn": ROLE,
        "S3DataDestination": {"Path": "s3://films/reports/", "KmsKeyArn": KEY},
    }
    assert "s3:PutObject" in str(resources(stack, "AWS::IAM::Policy"))


def test_owned_and_imported_attributions_are_attributions_to_cdk_as_well(stack: cdk.Stack) -> None:
    owned = personalize.MetricAttribution(stack, "Sales", dataset_group=group(stack), metrics=[SALES])
    imported = personalize.MetricAttribution.from_metric_attribution_arn(stack, "There", ARN)
    assert isinstance(imported, personalize.IMetricAttribution)
    assert (imported.metric_attribution_arn, imported.metric_attribution_name) == (ARN, "sales")
    assert_reference(owned, "MetricAttribution")
    named = personalize.MetricAttribution.from_metric_attribution_name(stack, "Named", "sales")
    assert ":metric-attribution/sales" in str(stack.resolve(named.metric_attribution_arn))


def test_refuses_a_key_without_output(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    with pytest.raises(personalize.ValidationError, match="Shop/Sales: output_key requires output"):
        personalize.MetricAttribution(stack, "Sales", dataset_group=group(stack), metrics=[SALES], output_key=key)
