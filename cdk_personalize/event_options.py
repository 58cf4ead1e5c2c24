"""Keyword arguments of the methods that create Amazon EventBridge rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from aws_cdk import aws_events as events
    from constructs import Construct


class EventRuleOptions(TypedDict, total=False):
    """Options of an EventBridge rule that an `on_…` method creates.

    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_events.OnEventOptions.html
    """

    description: str
    """The description of the rule. Default: none."""
    event_pattern: events.EventPattern
    """Further conditions on the events. Default: none."""
    rule_name: str
    """The name of the rule. Default: a unique name is generated."""
    cross_stack_scope: Construct
    """The scope of the rule, to create it in another stack. Default: the resource."""
