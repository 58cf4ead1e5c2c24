"""What Amazon EventBridge tells of resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from aws_cdk import aws_events as events
from botocore import xform_name
from cdk_personalize_handler import service_model

from cdk_personalize import _validation
from cdk_personalize._service_role import SERVICE
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk_personalize_handler.kinds import Kind
    from constructs import Construct

_SERVICES = ("personalize", "personalize-runtime", "personalize-events")


class ICloudTrailEvents(Protocol):
    """A resource whose calls Amazon EventBridge tells of."""

    def on_cloud_trail_event(
        self,
        id: str,
        *,
        event_names: Sequence[str] | None = None,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        event_pattern: events.EventPattern | None = None,
        rule_name: str | None = None,
        cross_stack_scope: Construct | None = None,
    ) -> events.Rule:
        """Return a rule for calls that name this resource."""


class CloudTrailEvents:
    """A resource whose calls Amazon EventBridge tells of."""

    _kind: Kind

    def on_cloud_trail_event(
        self,
        id: str,
        *,
        event_names: Sequence[str] | None = None,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        event_pattern: events.EventPattern | None = None,
        rule_name: str | None = None,
        cross_stack_scope: Construct | None = None,
    ) -> events.Rule:
        """Return a rule for calls to Amazon Personalize that name this resource, such as updates and deletions of it.

        Amazon Personalize has no events of its own: that something has begun is told by AWS CloudTrail, of which the
        account needs a trail; that it is done is not told at all. Calls name what they are about, so that the call
        that creates a resource is an event of what it is created from.

        :param id: the id of the rule within this resource.
        :param event_names: The operations, such as `UpdateCampaign`. Default: all that change something.
        :param target: What is started. Default: nothing; add targets to the rule.
        :param description: The description of the rule. Default: none.
        :param event_pattern: What else events have to match. Default: nothing.
        :param rule_name: The name of the rule. Default: a unique name is generated.
        :param cross_stack_scope: The scope of the rule, where it must not be in the stack of this resource.
            Default: this resource.
        :raises ValidationError: when an operation is none of Amazon Personalize.

        https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-personalize.html
        """
        scope = cast("Construct", self)
        known = {name for service in _SERVICES for name in service_model.model(service).operation_names}
        unknown = [name for name in event_names or () if name not in known]
        rule = "must be operations of Amazon Personalize"
        _validation.refuse(scope, id, [Problem("event_names", rule, name) for name in unknown])
        name = xform_name(self._kind.name)
        arn = getattr(self, f"{name}_arn")
        about = (service_model.arn_member(self._kind.name), "resourceArn")
        detail: dict[str, Any] = {
            "eventSource": [SERVICE],
            "$or": [{"requestParameters": {member: [arn]}} for member in about],
        }
        if event_names is not None:
            detail["eventName"] = list(event_names)
        made = events.Rule(
            scope,
            id,
            description=description,
            event_pattern=event_pattern,
            rule_name=rule_name,
            cross_stack_scope=cross_stack_scope,
        )
        made.add_target(target)
        made.add_event_pattern(source=["aws.personalize"], detail_type=["AWS API Call via CloudTrail"], detail=detail)
        return made
