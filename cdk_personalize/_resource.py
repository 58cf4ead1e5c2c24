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

from cdk_personalize import _conformity, _regions, _uniqueness, _validation
from cdk_personalize._events import CloudTrailEvents
from cdk_personalize.provider import PersonalizeProvider

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_iam as iam
    from constructs import IDependable

    from cdk_personalize._uniqueness import Claim
    from cdk_personalize._validation import Problem
    from cdk_personalize.quality_gate import Metric

_SERVICE_TIMEOUT = "3600"
_SHORTEST_TIMEOUT = Duration.minutes(1)
_LONGEST_TIMEOUT = Duration.hours(48)


class PersonalizeResource(CloudTrailEvents, Resource):
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
        resources: Sequence[str] | None = None,
        parents: Sequence[str] | None = None,
        extra: Mapping[str, Any] | None = None,
        adopt: bool | None = None,
        claims: Sequence[Claim] = (),
    ) -> None:
        """Validate and synthesize.

        :param kind: the kind in the catalogue.
        :param request: the members of the create request; those that are None are left out.
        :param name: the name that the user gave.
        :param props: the props that are not called like their API member, by the member's path.
        :param timeout: how long a deployment may wait.
        :param problems: what the construct itself found wrong.
        :param resources: resource parts of the ARNs that the functions may change; by default what the name tells.
        :param parents: resource parts of the ARNs of what it is made from; by default those of the catalogue.
        :param extra: properties for the functions that are not members of the API; those that are None are left out.
        :param adopt: whether the creation takes over what has the name already.
        :param claims: what the resource claims for itself, beside its name.
        """
        self._kind = kinds.KINDS[kind]
        self._adopts = adopt is True
        self._is_retained = False
        self._ignored: dict[str, None] = {}
        given = {member: value for member, value in request.items() if value is not None}
        name_member = service_model.name_member(kind)
        if name is not None:
            given[name_member] = name
        # A name that is not given is made by the functions; for the model's eyes it is a good one.
        named = name_member in service_model.create_shape(kind).required_members
        checked = {name_member: "generated", **given} if named else given
        if self._kind.arn_from_name and self._kind.resource_id is None:
            claims = [*claims, *_uniqueness.claim_of_name(kind, _validation.prop_of([name_member], props), name)]
        told = {problem.prop for problem in problems}
        problems = [
            *problems,
            *(each for each in _validation.violations(kind, checked, props) if each.prop not in told),
            *_validation.duration_out_of_range("timeout", timeout, _SHORTEST_TIMEOUT, _LONGEST_TIMEOUT),
            *_validation.not_known("timeout", timeout, "the number of wait links follows from it"),
            *_validation.wrong_flag("adopt", adopt),
            *self._problems_of_adoption(scope, adopt, name, props[name_member] if adopt else ""),
            *_regions.unsupported_region(scope),
            *_uniqueness.collisions(scope, claims),
        ]
        _validation.refuse(scope, id, problems)
        super().__init__(scope, id, physical_name=name)
        _uniqueness.register(self, claims)
        if name is not None:
            given[name_member] = self._physical_name
        self._provider = PersonalizeProvider.get_or_create(self)
        properties = service_model.to_template(service_model.create_shape(kind), given)
        extra = {**(extra or {}), kinds.ADOPT: adopt or None}
        extra = {name: value for name, value in extra.items() if value is not None}
        self._chain = self._synthesize({**properties, **extra}, self._waits(timeout))
        self.node.default_child = self._chain[0]
        own = [self._own_part(name)] if resources is None else resources
        self._after(*self._provider._allow(self._kind, own, self._kind.parents if parents is None else parents))

    def apply_removal_policy(self, policy: RemovalPolicy) -> None:
        """Say what happens to the resource when it leaves the stack. Default: it is deleted.

        :param policy: RETAIN leaves it in Amazon Personalize, where it continues to run and to be billed. A creation
            that is rolled back deletes it all the same: RETAIN has the effect of RETAIN_ON_UPDATE_OR_DELETE.
        """
        if policy is RemovalPolicy.RETAIN:
            # Plain `Retain` keeps what a failed first deployment created, and each further attempt creates another.
            policy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        self._is_retained = policy is RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        for resource in self._chain:
            resource.apply_removal_policy(policy)

    def ignore_changes(self, *properties: str) -> None:
        """Leave properties to something outside of the stack, such as a `TrainingPipeline`.

        A creation uses the declared value. An update keeps the value that the resource has, whatever is declared, and
        so does a replacement. `cdk-personalize drift` reports no drift of the property.

        :param properties: Names as in the template, such as `SolutionVersionArn`.
        :raises ValidationError: if the kind of resource has no such property that can be updated.
        """
        mutable = service_model.mutable_members(self._kind.name) | self._kind.also_mutable
        names = sorted(map(service_model.upper_first, mutable - {service_model.TAGS}))
        rule = f"must be names of properties that can be updated: {', '.join(names) or 'there are none'}"
        problems = [_validation.Problem("properties", rule, each) for each in properties if each not in names]
        _validation.refuse(self, "IgnoreChanges", problems)
        self._ignored = {**self._ignored, **dict.fromkeys(properties)}
        self._chain[0].add_property_override(kinds.IGNORE_CHANGES, list(self._ignored))

    def _hand_over(self, role: iam.IRole, needed: Sequence[IDependable]) -> None:
        """Let the functions hand a role to Amazon Personalize, and have the resource made after what the role needs.

        Only the resource comes after it: the role may be a part of this construct, which as a whole would wait for
        itself.
        """
        if role in self.node.children:
            self._provider._allow_created_role()
            self._after(*needed)
            _conformity.acknowledge_wildcards(role)
        else:
            self._after(*self._provider._allow_role(role, self._kind), *needed)

    def _after(self, *needed: IDependable) -> None:
        """Have the resource, and nothing else of this construct, made after and deleted before others."""
        self._chain[0].node.add_dependency(*needed)

    def _waits(self, timeout: Duration | None) -> list[tuple[int, bool]]:
        """Return for the resource and each wait link its seconds, and whether another follows."""
        seconds = self._kind.usual.total_seconds() if timeout is None else float(timeout.to_seconds(integral=False))
        link = kinds.ONE_LINK.total_seconds()
        links = math.ceil(seconds / link)
        return [(math.ceil(min(link, seconds - link * position)), position < links - 1) for position in range(links)]

    def _synthesize(self, properties: Mapping[str, Any], waits: Sequence[tuple[int, bool]]) -> list[CfnResource]:
        """Return the resource and its wait links, each of which looks after the resource and follows the one before."""
        resource = self._custom_resource(
            "Resource", kinds.resource_type(self._kind.name), waits[0], {**properties, **self._tag_property()}
        )
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
        made = CfnResource(
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
        made.apply_removal_policy(RemovalPolicy.DESTROY)
        self._provider._count_custom_resource()
        return made

    @staticmethod
    def _problems_of_adoption(scope: Construct, adopt: bool | None, name: str | None, prop: str) -> list[Problem]:
        """Return what keeps a resource from being taken over."""
        if adopt is None or adopt is False:
            return []
        problems = []
        if name is None:
            problems.append(_validation.Problem("adopt", f"needs {prop}, by which it finds the resource", None))
        if Stack.of(scope).nested:
            # Its own events do not tell the rollback of its parent, which has to give the resource back, from a
            # destroy, which has to delete it.
            rule = "is not supported in nested stacks, whose rollback cannot be told from their deletion"
            problems.append(_validation.Problem("adopt", rule, None))
        return problems

    def _own_part(self, name: str | None) -> str:
        """Return the resource part of the ARN, with a wildcard for what is not known at synth."""
        named = self._kind.arn_from_name and self._kind.resource_id is None
        if named and name is None:
            return self._provider._generated_part(self._kind)
        known = named and _validation.is_known(name)
        return f"{self._kind.segment}/{name if known else '*'}"

    def _tag_property(self) -> dict[str, Any]:
        """Return the property for the tags; classes without tags have none."""
        return {}

    def _attribute(self, name: str) -> str:
        """Return an attribute of the last link, so that who uses it waits until the resource is ready."""
        return self._chain[-1].get_att(name).to_string()

    def _metric_attribute(self, metric: Metric) -> str:
        """Return the attribute with an offline metric, for kinds whose quality is measured."""
        member = str(self._kind.metrics_member)
        return self._attribute(f"{service_model.upper_first(member)}.{service_model.upper_first(metric.name)}")

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
        """Return what Amazon Personalize would refuse; CDK puts the construct's path before it."""
        tags = self._tags()
        ours = f"{kinds.OWNER_TAG.partition(':')[0]}:"
        reserved = [tag["tagKey"] for tag in tags if tag["tagKey"].lower().startswith(("aws:", ours))]
        return [
            *(
                f"tags must not have keys that begin with aws: or {ours}, got {_validation.shown(key)}"
                for key in reserved
            ),
            *_validation.bad_tags(self._shape, tags),
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
