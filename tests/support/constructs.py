"""The construct of each kind, with the props that it requires."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from botocore import xform_name
from cdk_personalize_handler import kinds, service_model
from constructs import Construct

import cdk_personalize as personalize
from support import synth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk_personalize._resource import PersonalizeResource

CONSTRUCTS: Mapping[str, type[PersonalizeResource]] = {
    kind: getattr(personalize, {"DatasetImportJob": "DatasetImport"}.get(kind, kind)) for kind in kinds.KINDS
}

REQUEST: Mapping[str, Any] = {
    "datasetGroupArn": synth.GROUP,
    "datasetArn": synth.DATASET,
    "schemaArn": synth.SCHEMA,
    "solutionArn": synth.SOLUTION,
    "solutionVersionArn": synth.VERSION,
    "kmsKeyArn": synth.KEY,
    "filterExpression": 'EXCLUDE ItemID WHERE Items.GENRES IN ("a")',
    "schema": personalize.SchemaDefinition.items(personalize.Field.category("GENRES")),
}

_ALSO_REQUIRED = {
    "Campaign": {"solution_version"},
    "Dataset": {"dataset_type"},
    "DatasetGroup": {"kms_key"},
    "Solution": {"recipe"},
}


def props(kind: str) -> dict[str, inspect.Parameter]:
    """Return the props of the construct of a kind."""
    return dict(list(inspect.signature(CONSTRUCTS[kind].__init__).parameters.items())[3:])


def name_prop(kind: str) -> str:
    """Return the prop for the name of a resource."""
    member = service_model.name_member(kind)
    return xform_name(member if member != "name" else f"{kind}Name")


def make(scope: Construct, kind: str, id: str = "Made", request: Mapping[str, Any] = REQUEST, **given: Any) -> Any:
    """Make a construct.

    Required props that are not given are imported resources.

    :param request: a create request, with the values of these props.
    """
    required = {name for name, each in props(kind).items() if each.default is each.empty} | _ALSO_REQUIRED.get(
        kind, set()
    )
    parts = _Parts(Construct(scope, f"{id}Parts"), request)
    made: Any = CONSTRUCTS[kind]
    return made(scope, id, **{name: getattr(parts, name) for name in required - given.keys()}, **given)


class _Parts:
    """Values of props, by name."""

    recipe = personalize.Recipe.SIMILAR_ITEMS
    use_case = personalize.UseCase.VIDEO_ON_DEMAND_TOP_PICKS
    dataset_type = personalize.DatasetType.ITEMS

    def __init__(self, scope: Construct, request: Mapping[str, Any]) -> None:
        self._scope, self._request = scope, request

    @property
    def dataset_group(self) -> personalize.IDatasetGroup:
        return personalize.DatasetGroup.from_dataset_group_arn(self._scope, "Group", self._request["datasetGroupArn"])

    @property
    def dataset(self) -> personalize.IDataset:
        return personalize.Dataset.from_dataset_arn(self._scope, "Data", self._request["datasetArn"])

    @property
    def schema(self) -> personalize.ISchema:
        return personalize.Schema.from_schema_arn(self._scope, "Schema", self._request["schemaArn"])

    @property
    def solution(self) -> personalize.ISolution:
        return personalize.Solution.from_solution_arn(self._scope, "Solution", self._request["solutionArn"])

    @property
    def solution_version(self) -> personalize.ISolutionVersion:
        arn = self._request["solutionVersionArn"]
        return personalize.SolutionVersion.from_solution_version_arn(self._scope, "Version", arn)

    @property
    def definition(self) -> Any:
        return self._request["schema"]

    @property
    def expression(self) -> str:
        return str(self._request["filterExpression"])

    @property
    def metrics(self) -> Sequence[personalize.AttributedMetric]:
        return [personalize.AttributedMetric(event_type="Watch", metric_name="seen", expression="SUM(Items.PRICE)")]

    @property
    def kms_key(self) -> kms.IKey:
        return kms.Key.from_key_arn(self._scope, "Key", self._request["kmsKeyArn"])

    @property
    def source(self) -> personalize.S3Location:
        return self._location("in")

    input = source

    @property
    def output(self) -> personalize.S3Location:
        return self._location("out")

    def _location(self, folder: str) -> personalize.S3Location:
        return personalize.S3Location(
            s3.Bucket.from_bucket_name(self._scope, f"Bucket-{folder}", "bucket"), f"{folder}/"
        )
