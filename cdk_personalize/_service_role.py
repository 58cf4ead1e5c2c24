"""What Amazon Personalize itself is allowed: the role that it takes, and buckets and keys that it reaches with it."""

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
"""What reading input takes."""
WRITE = ("s3:PutObject", "s3:ListBucket")
"""What writing output takes."""

# Without its plaintext, a data key is what exports from encrypted dataset groups take.
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
    """A role that a construct makes within itself, and names in its own request before that."""

    def __init__(self, scope: Construct) -> None:
        self._stack = Stack.of(scope)
        self.role: iam.IRole

    @property
    def new_ids(self) -> Any:
        """The logical ids of the role and its policies in this stack, known at synth; absent for other roles."""
        return Lazy.any(cast("IStableAnyProducer", _NewIds(self)), omit_empty_array=True)

    def logical_ids(self) -> list[str]:
        """Return the logical ids of the role and its policies, if the role is created by this stack."""
        if not isinstance(self.role, Construct) or Stack.of(self.role) is not self._stack:
            return []
        parts = [each for each in self.role.node.find_all() if isinstance(each, CfnElement)]
        if not any(isinstance(each, iam.CfnRole) for each in parts):
            return []  # imported
        return [each.logical_id for each in parts if isinstance(each, _ROLE_PARTS)]

    @property
    def arn(self) -> str:
        """The ARN, known once the role is there."""
        return Lazy.string(cast("IStableStringProducer", self))

    def produce(self) -> str:
        """Return the ARN as the template has it."""
        return self.role.role_arn


@jsii.implements(IStableAnyProducer)
class _NewIds:
    """The property with the logical ids of a role, resolved when all of its policies are known."""

    def __init__(self, later: LaterRole) -> None:
        self._later = later

    def produce(self) -> Any:
        """Return the logical ids as the template has them."""
        return self._later.logical_ids()


def service_role(scope: Construct, id: str, description: str) -> iam.Role:
    """Return a new role that Amazon Personalize may take, for resources of this account and region alone.

    https://docs.aws.amazon.com/personalize/latest/dg/cross-service-confused-deputy-prevention.html
    """
    stack = Stack.of(scope)
    ours = {
        "StringEquals": {"aws:SourceAccount": stack.account},
        "ArnLike": {"aws:SourceArn": stack.format_arn(service="personalize", resource="*")},
    }
    principal = iam.ServicePrincipal(SERVICE, conditions=ours)
    path = path_of_service_roles(stack)
    return iam.Role(scope, id, assumed_by=principal, description=description, path=path)


def path_of_service_roles(stack: Stack) -> str:
    """Return the IAM path of the roles that the constructs of a stack create, by which the functions hand them over."""
    return f"/{ROLE_PATH}/{stack.stack_name}/"


def check_trust(construct: Construct, role: Any) -> None:
    """Have a construct refused at synthesis if a role of this app does not trust Amazon Personalize."""
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
    """Tell whether a statement lets Amazon Personalize assume a role, or may: parts of it may not be known."""
    if statement["Effect"] != "Allow" or "Principal" not in statement:
        return False
    principal = statement["Principal"]
    if not isinstance(principal, dict) or principal.get("AWS") == "*":
        return True
    services = principal.get("Service", [])
    return any(each == SERVICE or not isinstance(each, str) for each in _listed(services))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allow_place(scope: Construct, role: iam.IRole, place: S3Location, actions: Sequence[str]) -> list[IDependable]:
    """Let Amazon Personalize use a place: by its role, and by the policy of the bucket where this app owns it.

    The place is everything whose key begins with its key. Both policies are needed: `scope` gets a warning where that
    of the bucket cannot be added to. Returns what has to be there first.
    https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-s3-access.html
    """
    bucket = place.bucket
    arns = [bucket.bucket_arn, bucket.arn_for_objects(f"{place.key}*")]
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
    """Let Amazon Personalize use a key: by its role, and by the policy of the key where this app owns it.

    Both are needed: `scope` gets a warning where the policy cannot be added to. Returns what has to be there first.
    https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-key-access.html
    """
    grant = key.grant(role, *_KEY_BY_ROLE)
    # The CDK hands out the document of the key's policy to depend on, which nothing can, where it adds to that, too.
    by_role: IDependable = grant if grant.resource_statement is None else role
    by_service = key.add_to_resource_policy(
        iam.PolicyStatement(actions=list(_KEY_BY_SERVICE), resources=["*"], principals=[iam.ServicePrincipal(SERVICE)])
    )
    if not by_service.statement_added:
        _warn(scope, "key", key, _KEY_BY_SERVICE)
        return [by_role]
    return [by_role, key]  # a key has its policy within itself


def _warn(scope: Construct, what: str, owner: IConstruct, actions: Sequence[str]) -> None:
    Annotations.of(scope).add_warning_v2(
        f"cdk-personalize:{what}.policy",
        f"the {what} {owner.node.path} is imported, so that its policy is not changed here: "
        f"it has to allow {SERVICE} {', '.join(actions)}",
    )
