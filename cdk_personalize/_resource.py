"""Base classes of the constructs: custom resources, tags and permissions.

A resource is a custom resource and, if its timeout is longer than CloudFormation's hour, a chain of wait links: custom
resources that continue the wait one after the other.
"""

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

from cdk_personalize import _conformity, _regions, _uniqueness, _validation
from cdk_personalize._events import CloudTrailEvents
from cdk_personalize._signature import HasSignature
from cdk_personalize.provider import PersonalizeProvider

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_iam as iam
    from constructs import IDependable

    from cdk_personalize._uniqueness import Claim
    from cdk_personalize._validation import Problem
    from cdk_personalize.quality_gate import OfflineMetric

_SERVICE_TIMEOUT = "3600"
_SHORTEST_TIMEOUT = Duration.minutes(1)
_LONGEST_TIMEOUT = Duration.hours(48)


class PersonalizeResource(HasSignature, CloudTrailEvents, Resource):
    """An Amazon Personalize resource: a custom resource and its wait links."""

    _props: Mapping[str, str] = {}
    """The props with other names than those derived from the API member, by the path of the member."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        kind: str,
        request: Mapping[str, Any],
        name: str | None,
        timeout: Duration | None,
        problems: Sequence[Problem] = (),
        resources: Sequence[str] | None = None,
        parents: Sequence[str] | None = None,
        extra: Mapping[str, Any] | None = None,
        adopt: bool | None = None,
        claims: Sequence[Claim] = (),
    ) -> None:
        """Validate the resource and add it to the template.

        :param kind: The name of the kind, such as `Campaign`.
        :param request: The members of the create request. None values are omitted.
        :param name: The name that the user specified.
        :param timeout: The maximum time that a deployment waits for the resource. Default: usual duration of the kind.
        :param problems: The problems that the subclass has found.
        :param resources: The ends of the ARNs that the functions may change, such as `campaign/name`. Default: derived
            from the name.
        :param parents: The ends of the ARNs of the parents. Default: all resources of the parent kinds.
        :param extra: Properties for the functions that are not API members. None values are omitted.
        :param adopt: Whether the creation adopts an existing resource of the same name.
        :param claims: Values that the resource claims as unique, in addition to its name.
        """
        self._kind = kinds.KINDS[kind]
        self._adopts = adopt is True
        self._is_retained = False
        self._ignored: dict[str, None] = {}
        given = {member: value for member, value in request.items() if value is not None}
        name_member = service_model.name_member(kind)
        name_prop = _validation.prop_of(kind, [name_member], self._props)
        if name is not None:
            given[name_member] = name
        # The functions generate a name that is not specified. Validation needs a valid placeholder.
        named = name_member in service_model.create_shape(kind).required_members
        checked = {name_member: "generated", **given} if named else given
        if self._kind.arn_from_name and self._kind.resource_id is None:
            claims = [*claims, *_uniqueness.claim_of_name(kind, name_prop, name)]
        told = {problem.prop for problem in problems}
        problems = [
            *problems,
            *(each for each in _validation.violations(kind, checked, self._props) if each.prop not in told),
            *_validation.duration_out_of_range("timeout", timeout, _SHORTEST_TIMEOUT, _LONGEST_TIMEOUT),
            *_validation.not_known("timeout", timeout, "the number of wait links depends on it"),
            *_validation.wrong_flag("adopt", adopt),
            *self._problems_of_adoption(scope, adopt, name, name_prop),
            *_regions.unsupported_region(scope),
            *_uniqueness.collisions(scope, claims),
        ]
        _validation.refuse(scope, id, problems)
        super().__init__(scope, id, physical_name=name)
        _uniqueness.register(scope, id, claims)
        if name is not None and not _validation.is_known(name):
            given[name_member] = self._physical_name
        self._provider = PersonalizeProvider.get_or_create(scope)
        properties = service_model.to_template(service_model.create_shape(kind), given)
        extra = {**(extra or {}), kinds.ADOPT: adopt or None}
        extra = {name: value for name, value in extra.items() if value is not None}
        self._chain = self._synthesize({**properties, **extra}, self._waits(timeout))
        own = [self._own_iam_resource(name)] if resources is None else resources
        self._create_after(*self._provider._allow(self._kind, own, self._kind.parents if parents is None else parents))

    def apply_removal_policy(self, policy: RemovalPolicy) -> None:
        """Set the removal policy of the resource. Default: DESTROY.

        :param policy: RETAIN keeps the resource in Amazon Personalize, where it is still billed. A rolled-back creation
            is deleted in any case: RETAIN has the effect of RETAIN_ON_UPDATE_OR_DELETE.
        """
        if policy is RemovalPolicy.RETAIN:
            # Plain `Retain` would keep the resource of a failed first deployment, and each retry would create another.
            policy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        self._is_retained = policy is RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        for resource in self._chain:
            resource.apply_removal_policy(policy)

    def ignore_changes(self, *properties: str) -> None:
        """Ignore properties that are changed outside the stack.

        For example, a `TrainingPipeline` changes the solution version of its campaigns. A creation uses the declared
        value. An update or a replacement keeps the current value of the resource. `cdk-personalize drift` reports no
        drift of the property. With `Active`, a deployment neither starts nor stops the resource, and a new resource is
        started.

        :param properties: The names of the properties in the template, such as `SolutionVersionArn`.
        :raises ValidationError: If the kind of resource has no such property that can be updated.
        """
        mutable = service_model.mutable_members(self._kind.name) | self._kind.also_mutable
        activity = [kinds.ACTIVE] if service_model.operation("Stop", self._kind.name) else []
        names = sorted([*activity, *map(service_model.upper_first, mutable - {service_model.TAGS})])
        rule = f"must be names of properties that can be updated: {', '.join(names) or 'there are none'}"
        problems = [_validation.Problem("properties", rule, each) for each in properties if each not in names]
        _validation.refuse(self, "IgnoreChanges", problems)
        self._ignored = {**self._ignored, **dict.fromkeys(properties)}
        # A wait link starts and stops the resource as well.
        for resource in self._chain if kinds.ACTIVE in self._ignored else self._chain[:1]:
            resource.add_property_override(kinds.IGNORE_CHANGES, list(self._ignored))

    def _leave_out(self) -> None:
        """Leave the resource out of the template.

        The functions keep the permission to delete it.
        """
        for resource in self._chain:
            self.node.try_remove_child(resource.node.id)

    def _pass_role(self, role: iam.IRole, needed: Sequence[IDependable]) -> None:
        """Allow the functions to pass a role to Amazon Personalize.

        The custom resource is created after the policies of the role. The construct itself does not depend on them,
        because the role can be one of its children.

        :param needed: The policies of the role.
        """
        if role in self.node.children:
            self._provider._allow_created_role()
            self._create_after(*needed)
            _conformity.acknowledge_wildcards(role)
        else:
            self._create_after(*self._provider._allow_role(role, self._kind), *needed)

    def _create_after(self, *needed: IDependable) -> None:
        """Make the custom resource, but not the whole construct, depend on constructs."""
        self._chain[0].node.add_dependency(*needed)

    def _waits(self, timeout: Duration | None) -> list[tuple[int, bool]]:
        """Return the maximum wait of the resource and of each wait link.

        Each entry has the seconds, and whether another wait link follows.
        """
        usual = self._kind.usual_duration.total_seconds()
        seconds = usual if timeout is None else float(timeout.to_seconds(integral=False))
        link = kinds.ONE_LINK.total_seconds()
        links = math.ceil(seconds / link)
        return [(math.ceil(min(link, seconds - link * position)), position < links - 1) for position in range(links)]

    def _synthesize(self, properties: Mapping[str, Any], waits: Sequence[tuple[int, bool]]) -> list[CfnResource]:
        """Create the custom resource and its chain of wait links."""
        resource = self._custom_resource("Resource", kinds.resource_type(self._kind.name), waits[0], properties)
        chain = [resource]
        for position, wait in enumerate(waits[1:], start=1):
            watched = {
                kinds.WAIT_ARN: resource.ref,
                kinds.WAIT_OPERATION: chain[-1].get_att(kinds.WAIT_OPERATION),
                **{name: value for name, value in properties.items() if name in (kinds.ACTIVE, kinds.QUALITY_GATE)},
            }
            chain.append(self._custom_resource(f"Wait{position}", kinds.wait_type(self._kind.name), wait, watched))
        return chain

    def _custom_resource(
        self, id: str, type: str, wait: tuple[int, bool], properties: Mapping[str, Any]
    ) -> CfnResource:
        seconds, continued = wait
        custom_resource = CfnResource(
            self,
            id,
            type=type,
            properties={
                kinds.SERVICE_TOKEN: self._provider.service_token,
                kinds.SERVICE_TIMEOUT: _SERVICE_TIMEOUT,
                kinds.WAIT_SECONDS: seconds,
                **({kinds.CONTINUED: True} if continued else {}),
                **properties,
            },
        )
        self._provider._count_custom_resource()
        return custom_resource

    @staticmethod
    def _problems_of_adoption(scope: Construct, adopt: bool | None, name: str | None, prop: str) -> list[Problem]:
        """Return the problems that prevent adoption."""
        if adopt is None or adopt is False:
            return []
        problems = []
        if name is None:
            problems.append(
                _validation.Problem("adopt", f"requires {prop}, which identifies the resource to adopt", None)
            )
        if Stack.of(scope).nested:
            # The events of a nested stack do not show whether its parent is rolled back, which must release the
            # resource, or whether the stack is deleted, which must delete it.
            rule = (
                "is not supported in nested stacks, because their rollback cannot be distinguished from their deletion"
            )
            problems.append(_validation.Problem("adopt", rule, None))
        return problems

    def _own_iam_resource(self, name: str | None) -> str:
        """Return the IAM resource, with a wildcard if the name is not known at synthesis."""
        named = self._kind.arn_from_name and self._kind.resource_id is None
        if named and name is None:
            return self._provider._generated_iam_resource(self._kind)
        known = named and _validation.is_known(name)
        return f"{self._kind.segment}/{name if known else '*'}"

    def _attribute(self, name: str) -> str:
        """Return an attribute of the last wait link, or of the resource if it has none.

        Resources that use the attribute therefore wait until this resource is ready.
        """
        return self._chain[-1].get_att(name).to_string()

    def _metric_attribute(self, metric: OfflineMetric) -> str:
        """Return the attribute that contains an offline metric."""
        member = str(self._kind.metrics_member)
        return self._attribute(f"{service_model.upper_first(member)}.{service_model.upper_first(metric.name)}")

    def _arn_attribute(self, resource: str) -> str:
        """Return the ARN. A reference from another account or region uses the name."""
        attribute = self._attribute(service_model.upper_first(service_model.arn_member(self._kind.name)))
        return self._get_resource_arn_attribute(
            attribute, service="personalize", resource=resource, resource_name=self._physical_name
        )

    def _name_attribute(self) -> str:
        attribute = self._attribute(service_model.upper_first(service_model.name_member(self._kind.name)))
        return self._get_resource_name_attribute(attribute)


@jsii.implements(ITaggable)
class TaggableResource(PersonalizeResource):
    """An Amazon Personalize resource of a kind that supports tags."""

    @property  # jsii only finds properties, not cached ones.
    def tags(self) -> TagManager:
        """The tags. Set them with `aws_cdk.Tags.of(...)`."""
        return self._tag_manager

    @cached_property
    def _tag_manager(self) -> TagManager:
        """The tag manager. On first use, the property `Tags` and its validation are added."""
        manager = TagManager(TagType.STANDARD, kinds.resource_type(self._kind.name))
        tags = _Tags(self._kind.name, manager)
        self.node.add_validation(cast("IValidation", tags))
        produced = Lazy.any(cast("IStableAnyProducer", tags), omit_empty_array=True)
        self._chain[0].add_property_override("Tags", produced)
        return manager


@jsii.implements(IStableAnyProducer, IValidation)
class _Tags:
    """A producer of the tags of a resource, resolved at synthesis."""

    def __init__(self, kind: str, manager: TagManager) -> None:
        self._shape = service_model.create_shape(kind).members[service_model.TAGS]
        self._manager = manager

    def produce(self) -> Any:
        """Convert the tags to the property of the custom resource."""
        return service_model.to_template(self._shape, self._tags())

    def validate(self) -> list[str]:
        """Return the tags that Amazon Personalize would reject.

        CDK adds the construct path.
        """
        tags = self._tags()
        own_prefix = f"{kinds.OWNER_TAG.partition(':')[0]}:"
        reserved = [tag["tagKey"] for tag in tags if tag["tagKey"].lower().startswith(("aws:", own_prefix))]
        return [
            *(
                f"tags must not have keys that start with aws: or {own_prefix}, got {_validation.shown(key)}"
                for key in reserved
            ),
            *_validation.bad_tags(self._shape, tags),
        ]

    def _tags(self) -> list[dict[str, Any]]:
        return [{"tagKey": key, "tagValue": value} for key, value in sorted(self._manager.tag_values().items())]


def arn_of(kind: str, resource: Any) -> Any:
    """Return the ARN of a construct, an import, an L1 construct or a CDK reference.

    None for any other value.
    """
    name = xform_name(kind)
    # Use the attribute of an L1, because the documentation of its Ref is contradictory.
    for attribute in (f"{name}_arn", f"attr_{name}_arn"):
        if (arn := getattr(resource, attribute, None)) is not None:
            return arn
    return getattr(getattr(resource, f"{name}_ref", None), f"{name}_arn", None)
