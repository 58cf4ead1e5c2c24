"""What every construct stands on: the custom resource, its wait links, its tags, its rights and its attributes."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import jsii
from aws_cdk import (
    CfnResource,
    Duration,
    IStableAnyProducer,
    ITaggable,
    Lazy,
    RemovalPolicy,
    Resource,
    Stack,
    TagManager,
    TagType,
)
from botocore import xform_name
from cdk_personalize_handler import kinds, service_model
from constructs import Construct, IValidation

from cdk_personalize import _validation
from cdk_personalize._validation import Problem
from cdk_personalize.provider import PersonalizeProvider

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SERVICE_TIMEOUT = "3600"
_SHORTEST_TIMEOUT = Duration.minutes(1)
_LONGEST_TIMEOUT = Duration.hours(48)


class PersonalizeResource(Resource):
    """A resource of Amazon Personalize, as a custom resource with as many wait links as its timeout needs."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        kind: str,
        request: Mapping[str, Any],
        name: str | None,
        props: Mapping[str, str],
        timeout: Duration | None,
        problems: Sequence[Problem] = (),
        arns: Sequence[str] | None = None,
    ) -> None:
        """Validate and synthesize.

        :param kind: the kind in the catalogue.
        :param request: the members of the create request; those that are None are left out.
        :param name: the name that the user gave.
        :param props: the props that are not called like their API member, by the member's path.
        :param timeout: how long a deployment may wait.
        :param problems: what the construct itself found wrong.
        :param arns: the ARNs that the functions may touch; by default those that the name tells.
        """
        super().__init__(scope, id, physical_name=name if isinstance(name, str) else None)
        self._kind = kinds.KINDS[kind]
        given = {member: value for member, value in request.items() if value is not None}
        name_member = service_model.name_member(kind)
        named = given if name is None else {name_member: name, **given}
        # A name that is not given is made by the functions; for the model's eyes it is a good one.
        checked = named if self._kind.arn_from_name is False else {name_member: "generated", **named}
        problems = [
            *problems,
            *_validation.duration_out_of_range("timeout", timeout, _SHORTEST_TIMEOUT, _LONGEST_TIMEOUT),
            *_validation.violations(kind, checked, props),
        ]
        _validation.refuse(self, problems)
        if name is not None:
            given[name_member] = self._physical_name
        properties = service_model.to_template(service_model.create_shape(kind), given)
        provider = PersonalizeProvider.get_or_create(self)
        waits = self._waits(timeout)
        self._resource = self._custom_resource(
            "Resource", kinds.resource_type(kind), provider, waits[0], {**properties, **self._tag_property()}
        )
        self._last = self._resource
        for position, wait in enumerate(waits[1:], start=1):
            self._last = self._custom_resource(
                f"Wait{position}",
                kinds.wait_type(kind),
                provider,
                wait,
                {
                    kinds.WAIT_ARN: self._resource.ref,
                    kinds.WAIT_OPERATION: self._last.get_att(kinds.WAIT_OPERATION),
                },
            )
        self.node.default_child = self._resource
        provider.allow(self._kind, arns or [self._own_arn(name)], self._parent_arns(), self)

    def apply_removal_policy(self, policy: RemovalPolicy) -> None:
        """Say what happens to the resource when it leaves the stack. Default: it is deleted."""
        self._resource.apply_removal_policy(policy)

    def _waits(self, timeout: Duration | None) -> list[tuple[int, bool]]:
        """Return for the resource and each wait link its seconds, and whether another follows."""
        seconds = self._kind.usual.total_seconds()
        if timeout is not None:
            given = _validation.seconds_of(timeout)
            if given is None:
                self._refuse_token("timeout", "must be known at synth: the number of wait links follows from it")
            else:
                seconds = given
        link = kinds.ONE_LINK.total_seconds()
        links = math.ceil(seconds / link)
        return [(math.ceil(min(link, seconds - link * position)), position < links - 1) for position in range(links)]

    def _refuse_token(self, prop: str, rule: str) -> None:
        _validation.refuse(self, [Problem(prop, rule, "a token")])

    def _custom_resource(
        self,
        id: str,
        type: str,
        provider: PersonalizeProvider,
        wait: tuple[int, bool],
        properties: Mapping[str, Any],
    ) -> CfnResource:
        seconds, continued = wait
        made = CfnResource(
            self,
            id,
            type=type,
            properties={
                kinds.SERVICE_TOKEN: provider.service_token,
                kinds.SERVICE_TIMEOUT: _SERVICE_TIMEOUT,
                kinds.WAIT_SECONDS: seconds,
                **({kinds.CONTINUED: True} if continued else {}),
                **properties,
            },
        )
        made.apply_removal_policy(RemovalPolicy.DESTROY)
        return made

    def _own_arn(self, name: str | None) -> str:
        if name is not None:
            resource = name if _validation.is_known(name) else "*"
        else:
            stack_name = Stack.of(self).stack_name
            resource = f"{kinds.name_prefix(stack_name)}*" if _validation.is_known(stack_name) else "*"
        return self._arn(f"{kinds.kebab_case(self._kind.name)}/{resource}")

    def _parent_arns(self) -> list[str]:
        return [self._arn(parent) for parent in self._kind.parents]

    def _arn(self, resource: str) -> str:
        return Stack.of(self).format_arn(service="personalize", resource=resource)

    def _tag_property(self) -> dict[str, Any]:
        """Return the property for the tags; classes without tags have none."""
        return {}

    def _attribute(self, name: str) -> str:
        """Return an attribute of the last link, so that who uses it waits until the resource is ready."""
        return self._last.get_att(name).to_string()

    def _arn_attribute(self, resource: str) -> str:
        """Return the ARN; across environments it follows from the name."""
        attribute = self._attribute(service_model.upper_first(service_model.arn_member(self._kind.name)))
        return self._get_resource_arn_attribute(
            attribute, service="personalize", resource=resource, resource_name=self._physical_name
        )

    def _name_attribute(self) -> str:
        attribute = self._attribute(service_model.upper_first(service_model.name_member(self._kind.name)))
        return self._get_resource_name_attribute(attribute)


@jsii.implements(ITaggable)
class TaggableResource(PersonalizeResource):
    """A resource of a kind that Amazon Personalize keeps tags for."""

    @property  # jsii sees properties only, not cached ones
    def tags(self) -> TagManager:
        """The tags; set them with `aws_cdk.Tags.of(...)`."""
        return self._tag_manager

    @cached_property
    def _tag_manager(self) -> TagManager:
        return TagManager(TagType.STANDARD, kinds.resource_type(self._kind.name))

    def _tag_property(self) -> dict[str, Any]:
        tags = _Tags(self._kind.name, self.tags)
        self.node.add_validation(cast("IValidation", tags))
        return {"Tags": Lazy.any(cast("IStableAnyProducer", tags), omit_empty_array=True)}


@jsii.implements(IStableAnyProducer, IValidation)
class _Tags:
    """A resource's tags, once all of them are known."""

    def __init__(self, kind: str, manager: TagManager) -> None:
        self._shape = service_model.create_shape(kind).members[service_model.TAGS]
        self._manager = manager

    def produce(self) -> Any:
        """Return the tags as the template has them."""
        return service_model.to_template(self._shape, self._tags())

    def validate(self) -> list[str]:
        """Return what Amazon Personalize would refuse."""
        tags = self._tags()
        reserved = [tag["tagKey"] for tag in tags if str(tag["tagKey"]).lower().startswith("aws:")]
        return [
            *(f"tags must not have keys that begin with aws:, got {key}" for key in reserved),
            *(
                f"tags {violation.rule}, got {violation.value}"
                for violation in service_model.violations(self._shape, tags)
                if _validation.is_known(violation.value)
            ),
        ]

    def _tags(self) -> list[dict[str, Any]]:
        return [{"tagKey": key, "tagValue": value} for key, value in sorted(self._manager.tag_values().items())]


def arn_of(kind: str, resource: Any) -> Any:
    """Return the ARN of a construct, an import, one of CDK's L1s or a reference to one; None for anything else."""
    name = xform_name(kind)
    # An L1's attribute, because what its Ref returns is documented in two ways.
    for attribute in (f"{name}_arn", f"attr_{name}_arn"):
        if (arn := getattr(resource, attribute, None)) is not None:
            return arn
    return getattr(getattr(resource, f"{name}_ref", None), f"{name}_arn", None)
