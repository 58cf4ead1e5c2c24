from __future__ import annotations

import aws_cdk as cdk
from support.synth import GROUP, assert_reference, group, properties

import cdk_personalize as personalize

TYPE = "Custom::PersonalizeFilter"
ARN = "arn:aws:personalize:us-east-1:111111111111:filter/dramas"
EXPRESSION = 'INCLUDE ItemID WHERE Items.GENRES IN ("Drama")'


def test_with_defaults_the_group_and_the_expression_are_said(stack: cdk.Stack) -> None:
    personalize.Filter(stack, "Dramas", dataset_group=group(stack), expression=EXPRESSION)
    assert properties(stack, TYPE) == {"DatasetGroupArn": GROUP, "FilterExpression": EXPRESSION}


def test_with_all_values_the_template_reads_like_the_native_type(stack: cdk.Stack) -> None:
    personalize.Filter(stack, "Dramas", dataset_group=group(stack), expression=EXPRESSION, filter_name="dramas")
    assert properties(stack, TYPE)["Name"] == "dramas"


def test_owned_and_imported_filters_are_filters_to_cdk_as_well(stack: cdk.Stack) -> None:
    owned = personalize.Filter(stack, "Dramas", dataset_group=group(stack), expression=EXPRESSION)
    imported = personalize.Filter.from_filter_arn(stack, "There", ARN)
    assert isinstance(owned, personalize.IFilter)
    assert isinstance(imported, personalize.IFilter)
    assert_reference(owned, "Filter")
    assert (imported.filter_arn, imported.filter_name) == (ARN, "dramas")
    named = personalize.Filter.from_filter_name(stack, "Named", "dramas")
    assert ":filter/dramas" in str(stack.resolve(named.filter_arn))
    assert isinstance(imported, cdk.Resource)
