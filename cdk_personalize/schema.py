"""Schemas, which define the columns of datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import IResource, RemovalPolicy, Resource
from cdk_personalize_handler import kinds
from typing_extensions import Protocol, runtime_checkable

from cdk_personalize import _validation
from cdk_personalize._avro import fields_of_json, type_of_json
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._imports import ImportedResource
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import PersonalizeResource, arn_of
from cdk_personalize._validation import Problem
from cdk_personalize.dataset_type import DatasetType, of_actions
from cdk_personalize.recipe import Domain
from cdk_personalize.schema_definition import SchemaDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk.interfaces.aws_personalize import SchemaReference
    from constructs import Construct

    from cdk_personalize.schema_definition import Field


@runtime_checkable
class ISchema(IResource, ICloudTrailEvents, Protocol):
    """A schema, defined in this app or imported."""

    @property
    def schema_arn(self) -> str:
        """The ARN of the schema."""

    @property
    def schema_name(self) -> str:
        """The name of the schema."""


class _SchemaBase(CloudTrailEvents, Resource):
    """Base class of defined and imported schemas."""

    _kind = kinds.KINDS["Schema"]
    schema_arn: str
    schema_name: str

    @property
    def schema_ref(self) -> SchemaReference:
        """The CDK reference of a schema, accepted by generated (L1) constructs."""
        ref: SchemaReference = reference("Schema", schema_arn=self.schema_arn)
        return ref


@implements_reference("Schema")
class Schema(PersonalizeResource, _SchemaBase):
    """The schema of a dataset.

    A schema costs nothing. It is immutable: a change creates a replacement, and the datasets that use the schema are
    updated to the replacement. A schema cannot be deleted while a dataset uses it. Amazon Personalize does not support
    tags for schemas.

    https://docs.aws.amazon.com/personalize/latest/dg/how-it-works-dataset-schema.html
    """

    _props: Mapping[str, str] = {"schema": "definition"}

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        definition: SchemaDefinition | str,
        schema_name: str | None = None,
        domain: Domain | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        """Create a schema.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param definition: The columns, or an Avro schema in JSON of at most 20000 characters. Both are checked by the
            same rules. A change replaces the schema, which requires a new name if a name is set.
        :param schema_name: The name: 1 to 63 letters, digits, hyphens or underscores, starting with a letter or a
            digit. Default: a unique name is generated. A change replaces the schema.
        :param domain: The domain of the dataset groups that use the schema. Default: none, for custom dataset groups. A
            change replaces the schema.
        :param removal_policy: The removal policy of the schema when it is deleted from the stack or replaced: RETAIN,
            RETAIN_ON_UPDATE_OR_DELETE or DESTROY. Default: RETAIN, as for datasets, except that a rolled-back creation
            is deleted. Updated in place.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        problems = [
            *_validation.wrong_choice("domain", domain, Domain),
            *_validation.wrong_choice("removal_policy", removal_policy, RemovalPolicy),
        ]
        schema: Any = definition
        self.dataset_type: DatasetType | None = None
        """The dataset type, or None if the definition does not determine it."""
        self._fields: tuple[Field, ...] | None = None
        if isinstance(definition, SchemaDefinition):
            self._fields = definition._all_fields()
            wrong = definition._problems("definition", domain if isinstance(domain, Domain) else None)
            problems += wrong
            self.dataset_type = definition.dataset_type
            schema = "{}" if wrong else definition._render()
            if domain is not None and of_actions(definition.dataset_type):
                problems.append(
                    Problem("domain", "does not support actions; they require a custom dataset group", domain)
                )
        else:
            self._fields, wrong = fields_of_json("definition", definition)
            problems += wrong
            if self._fields is not None and (told := type_of_json(definition)) is not None:
                columns = SchemaDefinition(told, self._fields)
                problems += columns._problems("definition", domain if isinstance(domain, Domain) else None, given=True)
        super().__init__(
            scope,
            id,
            kind="Schema",
            request={"schema": schema, "domain": domain.value if isinstance(domain, Domain) else domain},
            name=schema_name,
            timeout=None,
            problems=problems,
        )
        self.domain = domain
        """The domain of the dataset groups that use the schema. None for custom dataset groups."""
        self.apply_removal_policy(removal_policy)
        self.schema_arn = self._arn_attribute("schema")
        """The ARN of the schema."""
        self.schema_name = self._name_attribute()
        """The name of the schema, specified or generated."""

    def _problems_as(self, prop: str, dataset_type: Any) -> list[Problem]:
        """Return the problems of using this schema for a dataset of a given type.

        Empty if the constructor has already checked the schema for its own type.
        """
        if self.dataset_type is not None or self._fields is None or not isinstance(dataset_type, DatasetType):
            return []
        domain = self.domain if isinstance(self.domain, Domain) else None
        return SchemaDefinition(dataset_type, self._fields)._problems(prop, domain, given=True)

    @staticmethod
    def from_schema_arn(scope: Construct, id: str, schema_arn: str) -> ISchema:
        """Import a schema.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param schema_arn: The ARN of the schema. It may be in another region or account.
        :raises ValidationError: If the value is not the ARN of a schema.
        """
        return _ImportedSchema.from_arn(scope, id, schema_arn)

    @staticmethod
    def from_schema_name(scope: Construct, id: str, schema_name: str) -> ISchema:
        """Import a schema in the account and region of the stack.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param schema_name: The name of the schema.
        :raises ValidationError: If the value is not a valid name.
        """
        return _ImportedSchema.from_name(scope, id, schema_name)


@implements_reference("Schema")
class _ImportedSchema(ImportedResource, _SchemaBase):
    """An imported schema."""


def problems_of_schema(scope: Construct, schema: Any) -> list[Problem]:
    """Return the problems of the prop `schema`: its type, account and region."""
    if arn_of("Schema", schema) is None:
        remedy = "import it with Schema.from_schema_arn(...)"
        return [Problem("schema", "must be a schema", schema, remedy, certain=True)]
    return _validation.other_environment(scope, "schema", schema)
