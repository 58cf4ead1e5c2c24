"""CloudFormation stacks with Amazon Personalize resources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from cdk_personalize_handler import kinds
from cdk_personalize_handler.attributes import attributes
from cdk_personalize_handler.errors import HandlerError

from cdk_personalize.cli.template import Intrinsics, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_personalize_handler.kinds import Kind

    from cdk_personalize.cli.aws import AwsClients

STACK_TYPE = "AWS::CloudFormation::Stack"
_NATIVE_PREFIX = "AWS::Personalize::"
_WITHOUT_TEMPLATE = "REVIEW_IN_PROGRESS"
_ROLLED_BACK = "ROLLBACK_COMPLETE"
_HIDDEN = "****"
_DELETED = "DELETE_COMPLETE"
_BEGINNINGS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS", "DELETE_IN_PROGRESS"})
_CANCELLED = re.compile(r"Resource (creation|update|deletion) cancelled", re.IGNORECASE)
_SUBSTITUTED = re.compile(r"\$\{([^!}.]+)[^}]*\}")

CUSTOM: Mapping[str, Kind] = {kinds.resource_type(name): kind for name, kind in kinds.KINDS.items()}
"""Kinds by the type of their custom resource."""
WAITS: Mapping[str, Kind] = {kinds.wait_type(name): kind for name, kind in kinds.KINDS.items()}
"""Kinds by the type of their wait links."""
_NATIVE: Mapping[str, Kind] = {f"{_NATIVE_PREFIX}{name}": kind for name, kind in kinds.KINDS.items()}

_ARNS: Mapping[str, str] = {
    "AWS::IAM::Role": "arn:{partition}:iam::{account}:role{path}{id}",
    "AWS::KMS::Key": "arn:{partition}:kms:{region}:{account}:key/{id}",
    "AWS::S3::Bucket": "arn:{partition}:s3:::{id}",
}
"""The attribute `Arn` of resources that an Amazon Personalize resource can refer to."""


class StackNotFound(HandlerError):
    """The CloudFormation stack does not exist."""


@dataclass(frozen=True, kw_only=True)
class StackResource:
    """A resource of a stack."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    """The properties in the template, with unresolved intrinsic functions."""
    path: str
    """The construct path, or the logical ID if the template has no path."""
    physical_id: str = ""
    status: str = ""
    """The CloudFormation status. Empty before the resource's operation starts."""
    depends_on: frozenset[str] = frozenset()
    """The logical IDs that the template names in `DependsOn` and in the properties."""

    @property
    def is_deleted(self) -> bool:
        """Whether CloudFormation deleted it."""
        return self.status == _DELETED

    @property
    def is_custom_resource(self) -> bool:
        """Whether a construct of this library defines it."""
        return self.type in CUSTOM

    @property
    def kind(self) -> Kind | None:
        """The kind of a custom resource or of a native type. None for other types."""
        return CUSTOM.get(self.type) or _NATIVE.get(self.type)

    @property
    def arn(self) -> str | None:
        """The ARN, if CloudFormation knows it."""
        return self.physical_id if self.kind and self.kind.is_arn(self.physical_id) else None


class DeployedStack:
    """A deployed stack."""

    def __init__(self, aws: AwsClients, description: Mapping[str, Any]) -> None:
        self._aws = aws
        self._description = description
        self.id: str = description["StackId"]
        self.name: str = description["StackName"]
        self.status: str = description["StackStatus"]
        self.began: datetime = description.get("LastUpdatedTime") or description["CreationTime"]
        """When the latest operation on the stack started."""
        self.is_nested: bool = "ParentId" in description

    @property
    def region(self) -> str:
        """The region of the stack."""
        return self.id.split(":")[3]

    @property
    def account(self) -> str:
        """The ID of the account of the stack."""
        return self.id.split(":")[4]

    @property
    def failed(self) -> bool:
        """Whether the latest operation failed, or is being rolled back."""
        return "FAILED" in self.status or "ROLLBACK" in self.status

    @cached_property
    def path(self) -> str:
        """The construct path, such as `Dev/Serving`.

        It is the name, if the template does not have the path.
        """
        paths = (resource.path.split("/") for resource in self._declared.values())
        prefixes = ("/".join(parts[:length]) for parts in paths for length in range(1, len(parts)))
        return next((each for each in prefixes if each.replace("/", "-") == self.name), self.name)

    @property
    def exists(self) -> bool:
        """Whether the stack has been deployed."""
        return self.status != _WITHOUT_TEMPLATE

    @property
    def under_way(self) -> bool:
        """Whether a CloudFormation operation is in progress."""
        return self.status.endswith("_IN_PROGRESS")

    @property
    def has_custom_resources(self) -> bool:
        """Whether the stack has resources of this library."""
        return any(summary["ResourceType"] in CUSTOM for summary in self._summaries.values())

    @property
    def physical_ids(self) -> frozenset[str]:
        """The physical IDs of all resources of any type."""
        return frozenset(summary.get("PhysicalResourceId", "") for summary in self._summaries.values())

    @property
    def personalize(self) -> list[StackResource]:
        """The Amazon Personalize resources without wait links, in template order."""
        return [resource for resource in self.resources.values() if resource.kind]

    @cached_property
    def resources(self) -> Mapping[str, StackResource]:
        """All resources by logical ID: those in the template, and those being deleted."""
        return {name: resource for name, resource in self._declared.items() if not resource.is_deleted}

    @property
    def deleted(self) -> list[StackResource]:
        """The Amazon Personalize resources that the latest operation deleted."""
        return [
            resource
            for name, resource in self._declared.items()
            if resource.is_deleted and resource.kind and self._summaries[name]["LastUpdatedTimestamp"] >= self.began
        ]

    @cached_property
    def reasons(self) -> Mapping[str, str]:
        """The reasons of the failures in the latest operation, by logical ID.

        They are in the order of time. Resources that CloudFormation only cancelled are not included.
        """
        if not self.failed:
            return {}
        failures = [
            (each["LogicalResourceId"], each["ResourceStatusReason"])
            for each in self._latest_events()
            if each["ResourceStatus"].endswith("_FAILED")
            and each.get("PhysicalResourceId") != self.id
            and each.get("ResourceStatusReason")
            and not _CANCELLED.match(each["ResourceStatusReason"])
        ]
        return dict(reversed(failures))

    def waits_for(self, resource: StackResource) -> list[str]:
        """Return the construct paths of the resources that a resource waits for."""
        needed = (self.resources[name] for name in self.resources if name in resource.depends_on)
        return [each.path for each in needed if not each.status.endswith("_COMPLETE")]

    def _latest_events(self) -> Iterator[Mapping[str, Any]]:
        """Yield the events of the latest operation, newest first."""
        pages = self._aws.cloudformation.get_paginator("describe_stack_events").paginate(StackName=self.id)
        for event in (each for page in pages for each in page["StackEvents"]):
            yield event
            if event.get("PhysicalResourceId") == self.id and event["ResourceStatus"] in _BEGINNINGS:
                return

    @cached_property
    def _declared(self) -> Mapping[str, StackResource]:
        declared: Mapping[str, Any] = self.template.get("Resources", {})
        known = self._summaries
        return {
            logical_id: StackResource(
                logical_id=logical_id,
                type=known[logical_id]["ResourceType"] if logical_id in known else declared[logical_id]["Type"],
                properties=declared.get(logical_id, {}).get("Properties", {}),
                path=path_of(logical_id, declared.get(logical_id, {})),
                physical_id=known.get(logical_id, {}).get("PhysicalResourceId", ""),
                status=known.get(logical_id, {}).get("ResourceStatus", ""),
                depends_on=frozenset(_dependencies(declared.get(logical_id, {}))),
            )
            for logical_id in [*declared, *(each for each in known if each not in declared)]
        }

    def properties(self, resource: StackResource) -> Any:
        """Return the resolved properties of a resource.

        A value that cannot be resolved is an Unknown.
        """
        return self.resolve(resource.properties)

    def resolve(self, value: Any) -> Any:
        """Return a value of the template. A part that cannot be resolved is an Unknown."""
        return self._intrinsics.resolve(value)

    @cached_property
    def template(self) -> Mapping[str, Any]:
        """The deployed template. Empty before the first deployment."""
        if not self.exists:
            return {}
        answer = self._aws.cloudformation.get_template(StackName=self.id, TemplateStage="Processed")
        body = answer["TemplateBody"]
        # The resources of CloudFormation are sufficient for a YAML template, which CDK does not write.
        return body if isinstance(body, Mapping) else {}

    @cached_property
    def _summaries(self) -> Mapping[str, Mapping[str, Any]]:
        if not self.exists:
            return {}
        pages = self._aws.cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.id)
        return {each["LogicalResourceId"]: each for page in pages for each in page["StackResourceSummaries"]}

    @cached_property
    def _intrinsics(self) -> Intrinsics:
        return Intrinsics(self.template, reference=self.reference, attribute=self.attribute, export=self.exported)

    def reference(self, name: str) -> Any:
        """Return the value of a parameter or a resource, or an Unknown."""
        if name in self.pseudo_parameters:
            return self.pseudo_parameters[name]
        if name in self.parameters:
            return self.parameters[name]
        resource = self.resources.get(name)
        return resource.physical_id if resource and resource.physical_id else Unknown(name)

    def attribute(self, logical_id: str, name: str) -> Any:
        """Return an attribute of a resource, or an Unknown."""
        resource = self.resources.get(logical_id)
        unknown = Unknown(f"{logical_id}.{name}")
        if resource is None or not resource.physical_id:
            return unknown
        if resource.type == STACK_TYPE:
            outputs = _described(self._aws, resource.physical_id).get("Outputs", [])
            return {f"Outputs.{each['OutputKey']}": each["OutputValue"] for each in outputs}.get(name, unknown)
        if resource.type in _ARNS and name == "Arn":
            return self._arn(resource)
        kind, arn = resource.kind, resource.arn
        if resource.type in WAITS:
            kind, arn = WAITS[resource.type], self._intrinsics.resolve(resource.properties.get(kinds.WAIT_ARN))
        if kind is None or not isinstance(arn, str):
            return unknown
        known = attributes(kind, arn, {}, operation="")
        # The other attributes are current values.
        return known.get(name) or attributes(kind, arn, self._aws.describe(kind, arn) or {}, operation="").get(
            name, unknown
        )

    def _arn(self, resource: StackResource) -> Any:
        path = self._intrinsics.resolve(resource.properties.get("Path", "/"))
        if isinstance(path, Unknown):
            return path
        _, partition, _, region, account, _ = self.id.split(":", 5)
        return _ARNS[resource.type].format(
            partition=partition, region=region, account=account, path=path, id=resource.physical_id
        )

    def exported(self, name: str) -> Any:
        """Return the value of an export of another stack, or an Unknown."""
        return self._exports.get(name, Unknown(name))

    @cached_property
    def _exports(self) -> Mapping[str, Any]:
        pages = self._aws.cloudformation.get_paginator("list_exports").paginate()
        return {each["Name"]: each["Value"] for page in pages for each in page["Exports"]}

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The values of the template's parameters."""
        types = {name: entry["Type"] for name, entry in self.template.get("Parameters", {}).items()}
        parameters: dict[str, Any] = {}
        for each in self._description.get("Parameters", []):
            name, value = each["ParameterKey"], each.get("ResolvedValue", each["ParameterValue"])
            listed = "List" in types.get(name, "")
            parameters[name] = Unknown(name) if value == _HIDDEN else value.split(",") if listed else value
        return parameters

    @cached_property
    def pseudo_parameters(self) -> Mapping[str, Any]:
        """The values of the pseudo parameters."""
        _, partition, _, region, account, _ = self.id.split(":", 5)
        return {
            "AWS::AccountId": account,
            "AWS::NotificationARNs": self._description.get("NotificationARNs", []),
            "AWS::Partition": partition,
            "AWS::Region": region,
            "AWS::StackId": self.id,
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
        }


def named(aws: AwsClients, name: str) -> list[DeployedStack]:
    """Return a stack and its nested stacks.

    :param name: The name, the ID or the construct path of the stack.
    :raises StackNotFound: If there is no such stack.
    """
    stack = _found(aws, name)
    inner = [each.physical_id for each in stack.resources.values() if each.type == STACK_TYPE and each.physical_id]
    return [stack, *(found for each in inner for found in _existing(aws, each))]


def _existing(aws: AwsClients, name: str) -> list[DeployedStack]:
    """Return a nested stack with its own nested stacks, unless it was just deleted."""
    try:
        return named(aws, name)
    except StackNotFound:
        return []


def _found(aws: AwsClients, name: str) -> DeployedStack:
    if "/" not in name or name.startswith("arn:"):
        return DeployedStack(aws, _described(aws, name))
    try:
        return DeployedStack(aws, _described(aws, name.replace("/", "-")))  # as the CDK names the stacks of a stage
    except StackNotFound:
        # A stack with another name has the path in its template.
        for stack in with_personalize(aws):
            if any(each.path.startswith(f"{name}/") for each in stack.resources.values()):
                return stack
        raise


def before_deployment(aws: AwsClients, name: str) -> DeployedStack:
    """Return a stack in its state before the next deployment.

    If it does not exist, the stack that is returned has no resources. The same applies after the rollback of a
    creation, because the CDK CLI deletes such a stack first.
    """
    try:
        description = _described(aws, name)
    except StackNotFound:
        description = {}
    if description.get("StackStatus", _ROLLED_BACK) != _ROLLED_BACK:
        return DeployedStack(aws, description)
    return new_stack(aws, name)


def new_stack(aws: AwsClients, name: str) -> DeployedStack:
    """Return a stack that is not deployed yet."""
    client = aws.cloudformation.meta
    stack_id = f"arn:{client.partition}:cloudformation:{client.region_name}:{aws.account}:stack/{name}/new"
    created = datetime.now(timezone.utc)
    description = {
        "StackId": stack_id, "StackName": name, "StackStatus": _WITHOUT_TEMPLATE, "CreationTime": created
    }  # fmt: skip
    return DeployedStack(aws, description)


def nested(aws: AwsClients, stack_id: str) -> DeployedStack:
    """Return a nested stack."""
    return DeployedStack(aws, _described(aws, stack_id))


def with_personalize(aws: AwsClients) -> list[DeployedStack]:
    """Return all stacks with resources of this library, by name."""
    return [stack for stack in every(aws) if stack.has_custom_resources]


def every(aws: AwsClients) -> list[DeployedStack]:
    """Return all stacks of the account and region, by name."""
    pages = aws.cloudformation.get_paginator("describe_stacks").paginate()
    found = [DeployedStack(aws, each) for page in pages for each in page["Stacks"]]
    return sorted(found, key=lambda stack: stack.name)


def _described(aws: AwsClients, name: str) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = aws.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in error.response["Error"].get("Message", ""):
            raise StackNotFound(f"stack {name} does not exist in {aws.cloudformation.meta.region_name}") from None
        raise
    return found


def path_of(logical_id: str, declared: Mapping[str, Any]) -> str:
    """Return the construct path of a resource of a template, or the logical ID."""
    path: str = declared.get("Metadata", {}).get("aws:cdk:path", logical_id)
    return path.removesuffix("/Resource")


def _dependencies(value: Any) -> Iterator[str]:
    """Yield the logical IDs that a part of a template refers to."""
    if isinstance(value, list):
        for each in value:
            yield from _dependencies(each)
    if not isinstance(value, Mapping):
        return
    for name, argument in value.items():
        match name, argument:
            case ("DependsOn" | "Ref", str()):
                yield argument
            case ("DependsOn", list()):
                yield from argument
            case ("Fn::GetAtt", [str(logical_id), _]):
                yield logical_id
            case ("Fn::GetAtt", str()):
                yield argument.partition(".")[0]
            case ("Fn::Sub", str() | [str(), _]):
                yield from _SUBSTITUTED.findall(argument if isinstance(argument, str) else argument[0])
                yield from _dependencies(argument)
            case _:
                yield from _dependencies(argument)
