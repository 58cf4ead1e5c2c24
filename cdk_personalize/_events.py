"""Amazon EventBridge rules for API calls that name a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from aws_cdk import aws_events as events
from botocore import xform_name
from cdk_personalize_handler import service_model
from typing_extensions import Protocol

from cdk_personalize import _validation
from cdk_personalize._service_role import SERVICE
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk_personalize_handler.kinds import Kind
    from constructs import Construct

_SERVICES = ("personalize", "personalize-runtime", "personalize-events")


class ICloudTrailEvents(Protocol):
    """A resource for whose API calls EventBridge rules can be created."""

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
        """Create a rule for API calls that name this resource."""


class CloudTrailEvents:
    """A resource for whose API calls EventBridge rules can be created."""

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
        """Create a rule for API calls that name this resource, such as its updates.

        Amazon Personalize publishes no events of its own. AWS CloudTrail records the API calls, so that the account
        requires a trail. A call is an event at the start of an operation; there is no event at its end. The call that
        creates a resource names its parents, and is therefore an event of the parents.

        :param id: The construct ID of the rule, unique within this resource.
        :param event_names: The API operations, such as `UpdateCampaign`. Default: all operations that change something.
        :param target: The target that the rule invokes. Default: none; use `add_target` on the rule.
        :param description: The description of the rule. Default: none.
        :param event_pattern: Further conditions on the events. Default: none.
        :param rule_name: The name of the rule. Default: a unique name is generated.
        :param cross_stack_scope: The scope of the rule, to create it in another stack. Default: this resource.
        :raises ValidationError: If an event name is not an operation of Amazon Personalize.

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
        created_rule = events.Rule(
            scope,
            id,
            description=description,
            event_pattern=event_pattern,
            rule_name=rule_name,
            cross_stack_scope=cross_stack_scope,
        )
        created_rule.add_target(target)
        created_rule.add_event_pattern(
            source=["aws.personalize"], detail_type=["AWS API Call via CloudTrail"], detail=detail
        )
        return created_rule
