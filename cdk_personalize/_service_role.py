"""Service roles of Amazon Personalize, and their access to buckets and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import jsii
from aws_cdk import Annotations, CfnElement, IStableAnyProducer, IStableStringProducer, Lazy, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_personalize._synthesis import check_at_synthesis
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms
    from constructs import IConstruct, IDependable

    from cdk_personalize.s3_location import S3Location

SERVICE = "personalize.amazonaws.com"
ROLE_PATH = "cdk-personalize"

READ = ("s3:GetObject", "s3:ListBucket")
"""Actions that reading files requires."""
WRITE = ("s3:PutObject", "s3:ListBucket")
"""Actions that writing files requires."""

# Exports from encrypted dataset groups require a data key without its plaintext.
_KEY_BY_ROLE = (
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:DescribeKey",
    "kms:ListGrants",
)
_ROLE_PARTS = (iam.CfnRole, iam.CfnPolicy, iam.CfnManagedPolicy)
_KEY_BY_SERVICE = (*_KEY_BY_ROLE, "kms:CreateGrant")


@jsii.implements(IStableStringProducer)
class LaterRole:
    """A reference to a role that a construct creates after its custom resource."""

    def __init__(self, scope: Construct) -> None:
        self._stack = Stack.of(scope)
        self.role: iam.IRole

    @property
    def new_ids(self) -> Any:
        """A token of the logical IDs of the role and its policies.

        The property is omitted if another stack creates the role.
        """
        return Lazy.any(cast("IStableAnyProducer", _NewIds(self)), omit_empty_array=True)

    def logical_ids(self) -> list[str]:
        """Return the logical IDs of the role and its policies.

        Empty if this stack does not create the role.
        """
        if not isinstance(self.role, Construct) or Stack.of(self.role) is not self._stack:
            return []
        parts = [each for each in self.role.node.find_all() if isinstance(each, CfnElement)]
        if not any(isinstance(each, iam.CfnRole) for each in parts):
            return []  # The role is imported.
        return [each.logical_id for each in parts if isinstance(each, _ROLE_PARTS)]

    @property
    def arn(self) -> str:
        """A token of the ARN of the role."""
        return Lazy.string(cast("IStableStringProducer", self))

    def produce(self) -> str:
        """Return the ARN of the role."""
        return self.role.role_arn


@jsii.implements(IStableAnyProducer)
class _NewIds:
    """A producer of the logical IDs of a role, resolved when its policies are known."""

    def __init__(self, later: LaterRole) -> None:
        self._later = later

    def produce(self) -> Any:
        """Return the logical IDs in the form of the template."""
        return self._later.logical_ids()


def service_role(scope: Construct, id: str, description: str) -> iam.Role:
    """Create a role for Amazon Personalize, limited to this account and region.

    https://docs.aws.amazon.com/personalize/latest/dg/cross-service-confused-deputy-prevention.html
    """
    stack = Stack.of(scope)
    own_resources = {
        "StringEquals": {"aws:SourceAccount": stack.account},
        "ArnLike": {"aws:SourceArn": stack.format_arn(service="personalize", resource="*")},
    }
    principal = iam.ServicePrincipal(SERVICE, conditions=own_resources)
    path = path_of_service_roles(stack)
    return iam.Role(scope, id, assumed_by=principal, description=description, path=path)


def path_of_service_roles(stack: Stack) -> str:
    """Return the IAM path of the roles that the constructs of a stack create.

    The functions may pass these roles.
    """
    return f"/{ROLE_PATH}/{stack.stack_name}/"


def check_trust(construct: Construct, role: Any) -> None:
    """Report an error at synthesis if a role does not trust Amazon Personalize."""
    if isinstance(role, iam.Role):
        check_at_synthesis(construct, lambda: _problems_of_trust(role))


def _problems_of_trust(role: iam.Role) -> list[Problem]:
    policy = role.assume_role_policy
    document = None if policy is None else Stack.of(role).resolve(policy.to_json())
    if document is None or any(_trusts(each) for each in document["Statement"]):
        return []
    remedy = f'create it with assumed_by=iam.ServicePrincipal("{SERVICE}")'
    return [Problem("role", f"must trust {SERVICE}", role, remedy, certain=True)]


def _trusts(statement: Any) -> bool:
    """Return whether a statement may allow Amazon Personalize to assume a role.

    Parts of the statement can be unknown at synthesis.
    """
    if statement["Effect"] != "Allow" or "Principal" not in statement:
        return False
    principal = statement["Principal"]
    if not isinstance(principal, dict) or principal.get("AWS") == "*":
        return True
    services = principal.get("Service", [])
    return any(each == SERVICE or not isinstance(each, str) for each in _listed(services))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allow_location(
    scope: Construct, role: iam.IRole, location: S3Location, actions: Sequence[str]
) -> list[IDependable]:
    """Grant Amazon Personalize access to an S3 location.

    The location includes every object whose key starts with its key. The policy of the role and the policy of the
    bucket must both allow the access. `scope` gets a warning if the bucket policy cannot be changed. Return the
    constructs on which the custom resource must depend.
    https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-s3-access.html
    """
    bucket = location.bucket
    arns = [bucket.bucket_arn, bucket.arn_for_objects(f"{location.key}*")]
    by_role = iam.Grant.add_to_principal(grantee=role, actions=list(actions), resource_arns=arns)
    by_service = bucket.add_to_resource_policy(
        iam.PolicyStatement(actions=list(actions), resources=arns, principals=[iam.ServicePrincipal(SERVICE)])
    )
    first: list[IDependable] = [by_role]
    if not by_service.statement_added:
        _warn(scope, "bucket", bucket, actions)
    elif by_service.policy_dependable is not None:
        first.append(by_service.policy_dependable)
    if bucket.encryption_key is not None:
        first += allow_key(scope, role, bucket.encryption_key)
    return first


def allow_key(scope: Construct, role: iam.IRole, key: kms.IKey) -> list[IDependable]:
    """Grant Amazon Personalize access to a KMS key.

    The policy of the role and the policy of the key must both allow the access. `scope` gets a warning if the key
    policy cannot be changed. Return the constructs on which the custom resource must depend.
    https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-key-access.html
    """
    grant = key.grant(role, *_KEY_BY_ROLE)
    # For a key, CDK returns the policy document as the dependency, which no resource can depend on.
    by_role: IDependable = grant if grant.resource_statement is None else role
    by_service = key.add_to_resource_policy(
        iam.PolicyStatement(actions=list(_KEY_BY_SERVICE), resources=["*"], principals=[iam.ServicePrincipal(SERVICE)])
    )
    if not by_service.statement_added:
        _warn(scope, "key", key, _KEY_BY_SERVICE)
        return [by_role]
    return [by_role, key]  # The policy of a key is a part of the key.


def _warn(scope: Construct, what: str, owner: IConstruct, actions: Sequence[str]) -> None:
    Annotations.of(scope).add_warning_v2(
        f"cdk-personalize:{what}.policy",
        f"the {what} {owner.node.path} is imported, so that its policy is not changed. "
        f"The policy must allow {SERVICE} to call {', '.join(actions)}",
    )
