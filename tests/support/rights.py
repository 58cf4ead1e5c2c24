"""The rights of the functions, as the policies of a synthesized template have them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from cdk_personalize_handler import kinds
from constructs import Construct

import cdk_personalize as personalize
from support.catalogue import ALL
from support.samples import Samples
from support.world import ACCOUNT, REGION, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Request = Mapping[str, Any]

GENERATED, NAMED, ANOTHER = "generated", "named", "another"
"""Templates with a resource of each kind whose name is generated, one with a name, and one that has others instead."""
NAME = "chosen"


@dataclass(frozen=True)
class Statement:
    """Actions on resources."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: str
    document: Any

    @property
    def key(self) -> tuple[tuple[str, ...], str]:
        """What tells it from the other statements on a kind, in every template."""
        return self.actions, self.conditions


@dataclass(frozen=True)
class Removal:
    """What is taken out of a statement: an action or, by its position, a resource."""

    statement: Statement
    action: str | None = None
    position: int | None = None

    def __str__(self) -> str:
        what = self.action or self.statement.resources[self.position or 0]
        return f"{what}, of {', '.join(self.statement.actions)} on {', '.join(self.statement.resources)}"

    @property
    def actions(self) -> Sequence[str]:
        """What is not allowed any more, or not on all that it was on."""
        return [self.action] if self.action else self.statement.actions

    @property
    def of(self) -> str:
        """The type of the resources that the statement is on."""
        return self.statement.resources[0].rpartition(":")[2].partition("/")[0]

    def apply(self, statements: Iterable[Statement]) -> list[Mapping[str, Any]]:
        """Return statements without it, as a policy has them."""
        return [left for each in statements if (left := self._rest(each))]

    def _rest(self, statement: Statement) -> Mapping[str, Any] | None:
        if statement.key != self.statement.key:
            return _as_policy(statement, statement.actions, statement.resources)
        actions = [each for each in statement.actions if each != self.action]
        resources = [each for position, each in enumerate(statement.resources) if position != self.position]
        return _as_policy(statement, actions, resources) if actions and resources else None


def policy(statements: Iterable[Statement], removal: Removal | None = None) -> dict[str, Any]:
    """Return a policy of statements, of which something may be taken out."""
    whole = [_as_policy(each, each.actions, each.resources) for each in statements]
    return {"Statement": removal.apply(statements) if removal else whole}


def _as_policy(statement: Statement, actions: Sequence[str], resources: Sequence[str]) -> Mapping[str, Any]:
    return {**statement.document, "Action": list(actions), "Resource": list(resources)}


def removals(kind: str) -> Iterator[Removal]:
    """Yield every action of a statement on a kind, and every resource of one that has more of them."""
    for statement in statements(GENERATED, kind):
        yield from (Removal(statement, action=action) for action in statement.actions)
        if len(statement.resources) > 1:
            yield from (Removal(statement, position=each) for each in range(len(statement.resources)))


@cache
def statements(template: str, kind: str) -> list[Statement]:
    """Return the rights on a kind that the functions of a template have."""
    resources = _templates()[template]["Resources"]
    (resource,) = [each for each in resources.values() if each["Type"] == kinds.resource_type(kind)]
    needed = [resources[name] for name in resource["DependsOn"] if resources[name]["Type"] == "AWS::IAM::Policy"]
    documents = [each["Properties"]["PolicyDocument"]["Statement"] for each in needed if _of_functions(each)]
    return [
        Statement(
            actions=tuple(_listed(each["Action"])),
            resources=tuple(_text(resource) for resource in _listed(each["Resource"])),
            conditions=str(each.get("Condition", "")),
            document={name: each[name] for name in ("Effect", "Condition") if name in each},
        )
        for document in documents
        for each in document
    ]


def _of_functions(policy: Mapping[str, Any]) -> bool:
    return any("CdkPersonalizeProviderRole" in str(role) for role in policy["Properties"]["Roles"])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if "Ref" in value:
        return {"AWS::Partition": "aws"}[value["Ref"]]
    return "".join(_text(part) for part in value["Fn::Join"][1])


@cache
def _templates() -> Mapping[str, Any]:
    samples = Samples(World())
    requests = {kind: samples.request(kind, complete=True) for kind in ALL}
    others = {kind: {member: _another(value) for member, value in requests[kind].items()} for kind in ALL}
    app = cdk.App()
    for template, name, declared in (
        (GENERATED, None, requests),
        (NAMED, NAME, requests),
        (ANOTHER, "another", others),
    ):
        env = cdk.Environment(account=ACCOUNT, region=REGION)
        stack = cdk.Stack(app, template, stack_name="Shop", env=env)
        for kind, declare in _CONSTRUCTS.items():
            declare(Construct(stack, kind), name, declared[kind])
    return {each.id: each.template for each in app.synth().stacks}


def _another(value: Any) -> Any:
    """Return the ARN of something else where it is one of Personalize."""
    ours = isinstance(value, str) and value.startswith("arn:aws:personalize:us")
    return value.replace("/", "/another-", 1) if ours else value


def _group(scope: Construct, request: Request) -> personalize.IDatasetGroup:
    return personalize.DatasetGroup.from_dataset_group_arn(scope, "Group", request["datasetGroupArn"])


def _version(scope: Construct, request: Request) -> personalize.ISolutionVersion:
    return personalize.SolutionVersion.from_solution_version_arn(scope, "Version", request["solutionVersionArn"])


def _data(scope: Construct, request: Request) -> personalize.IDataset:
    return personalize.Dataset.from_dataset_arn(scope, "Data", request["datasetArn"])


def _place(scope: Construct, key: str) -> personalize.S3Location:
    return personalize.S3Location(s3.Bucket.from_bucket_name(scope, f"Bucket{key[:-1]}", "bucket"), key)


def _role(scope: Construct, arn: str) -> iam.IRole:
    return iam.Role.from_role_arn(scope, "Role", arn)


def _batch(scope: Construct, name: str | None, request: Request) -> dict[str, Any]:
    return {
        "solution_version": _version(scope, request),
        "input": _place(scope, "in/"),
        "output": _place(scope, "out/"),
        "role": _role(scope, request["roleArn"]),
        "job_name": name,
    }


_CONSTRUCTS: Mapping[str, Callable[[Construct, str | None, Request], Construct]] = {
    "Schema": lambda scope, name, request: personalize.Schema(
        scope, "Thing", definition=request["schema"], schema_name=name
    ),
    "DatasetGroup": lambda scope, name, request: personalize.DatasetGroup(
        scope,
        "Thing",
        kms_key=kms.Key.from_key_arn(scope, "Key", request["kmsKeyArn"]),
        role=_role(scope, request["roleArn"]),
        dataset_group_name=name,
    ),
    "Dataset": lambda scope, name, request: personalize.Dataset(
        scope,
        "Thing",
        dataset_group=_group(scope, request),
        schema=personalize.Schema.from_schema_arn(scope, "Schema", request["schemaArn"]),
        dataset_type=personalize.DatasetType.ITEMS,
        dataset_name=name,
    ),
    "DatasetImportJob": lambda scope, name, request: personalize.DatasetImport(
        scope,
        "Thing",
        dataset=_data(scope, request),
        source=_place(scope, "in/"),
        role=_role(scope, request["roleArn"]),
        job_name=name,
    ),
    "DatasetExportJob": lambda scope, name, request: personalize.DatasetExportJob(
        scope,
        "Thing",
        dataset=_data(scope, request),
        output=_place(scope, "out/"),
        role=_role(scope, request["roleArn"]),
        job_name=name,
    ),
    "DataDeletionJob": lambda scope, name, request: personalize.DataDeletionJob(
        scope,
        "Thing",
        dataset_group=_group(scope, request),
        source=_place(scope, "in/"),
        role=_role(scope, request["roleArn"]),
        job_name=name,
    ),
    "EventTracker": lambda scope, name, request: personalize.EventTracker(
        scope, "Thing", dataset_group=_group(scope, request), event_tracker_name=name
    ),
    "Filter": lambda scope, name, request: personalize.Filter(
        scope, "Thing", dataset_group=_group(scope, request), expression=request["filterExpression"], filter_name=name
    ),
    "MetricAttribution": lambda scope, name, request: personalize.MetricAttribution(
        scope,
        "Thing",
        dataset_group=_group(scope, request),
        metrics=[personalize.AttributedMetric(event_type="Watch", metric_name="seen", expression="SUM(Items.PRICE)")],
        output=_place(scope, "out/"),
        role=_role(scope, request["metricsOutputConfig"]["roleArn"]),
        metric_attribution_name=name,
    ),
    "Solution": lambda scope, name, request: personalize.Solution(
        scope,
        "Thing",
        dataset_group=_group(scope, request),
        recipe=personalize.Recipe.SIMILAR_ITEMS,
        solution_name=name,
    ),
    "SolutionVersion": lambda scope, name, request: personalize.SolutionVersion(
        scope,
        "Thing",
        solution=personalize.Solution.from_solution_arn(scope, "Solution", request["solutionArn"]),
        solution_version_name=name,
    ),
    "Campaign": lambda scope, name, request: personalize.Campaign(
        scope, "Thing", solution_version=_version(scope, request), campaign_name=name
    ),
    "Recommender": lambda scope, name, request: personalize.Recommender(
        scope,
        "Thing",
        dataset_group=_group(scope, request),
        use_case=personalize.UseCase.VIDEO_ON_DEMAND_TOP_PICKS,
        recommender_name=name,
    ),
    "BatchInferenceJob": lambda scope, name, request: personalize.BatchInferenceJob(
        scope, "Thing", **_batch(scope, name, request)
    ),
    "BatchSegmentJob": lambda scope, name, request: personalize.BatchSegmentJob(
        scope, "Thing", **_batch(scope, name, request)
    ),
}
