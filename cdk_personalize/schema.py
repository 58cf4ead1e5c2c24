"""Schemas: what the columns of a dataset are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aws_cdk import ArnFormat, RemovalPolicy, Resource, Stack
from cdk_personalize_handler import kinds

from cdk_personalize import _validation
from cdk_personalize._avro import fields_of_json, type_of_json
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import PersonalizeResource, arn_of
from cdk_personalize._validation import Problem
from cdk_personalize.dataset_type import DatasetType, of_actions
from cdk_personalize.recipe import Domain
from cdk_personalize.schema_definition import SchemaDefinition

if TYPE_CHECKING:
    from aws_cdk.interfaces.aws_personalize import SchemaReference
    from constructs import Construct

    from cdk_personalize.schema_definition import Field

_ARN_PATH = "schema/<name>"


@runtime_checkable
class ISchema(ICloudTrailEvents, Protocol):
    """A schema, owned by this app or not."""

    @property
    def schema_arn(self) -> str:
        """The ARN."""

    @property
    def schema_name(self) -> str:
        """The name."""


class _SchemaBase(CloudTrailEvents, Resource):
    """What owned and imported schemas have in common: it follows from the ARN."""

    _kind = kinds.KINDS["Schema"]
    schema_arn: str
    schema_name: str

    @property
    def schema_ref(self) -> SchemaReference:
        """The reference by which CDK's generated constructs take a schema."""
        made: SchemaReference = reference("Schema", schema_arn=self.schema_arn)
        return made


@implements_reference("Schema")
class Schema(PersonalizeResource, _SchemaBase):
    """What the columns of a dataset are.

    It costs nothing, and cannot be changed: a change makes another schema, to which the datasets that use it move. It
    cannot be deleted while a dataset uses it, and Amazon Personalize keeps no tags for it.

    https://docs.aws.amazon.com/personalize/latest/dg/how-it-works-dataset-schema.html
    """

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
        """Make a schema.

        :param scope: the scope of the construct.
        :param id: its id there.
        :param definition: The columns, or an Avro schema in JSON of at most 20000 characters; the same rules hold.
            A change replaces the schema, which needs another name if one is given.
        :param schema_name: The name, 1 to 63 letters, digits, hyphens and underscores, the first a letter or a digit.
            Default: a unique name is generated. A change replaces the schema.
        :param domain: The domain of the dataset groups that it is for. Default: none, for custom groups.
            A change replaces the schema.
        :param removal_policy: What happens to the schema when it leaves the stack, or is replaced: RETAIN,
            RETAIN_ON_UPDATE_OR_DELETE or DESTROY. Default: it is kept, as are the datasets that use it, except when its
            creation is rolled back.
            Changed in place.
        :raises ValidationError: when a value is one that Amazon Personalize would refuse.
        """
        problems = [
            *_validation.wrong_choice("domain", domain, Domain),
            *_validation.wrong_choice("removal_policy", removal_policy, RemovalPolicy),
        ]
        schema: Any = definition
        self.dataset_type: DatasetType | None = None
        """What the schema is for, where its definition tells."""
        self._fields: tuple[Field, ...] | None = None
        if isinstance(definition, SchemaDefinition):
            self._fields = definition.all_fields()
            wrong = definition.problems("definition", domain if isinstance(domain, Domain) else None)
            problems += wrong
            self.dataset_type = definition.dataset_type
            schema = "{}" if wrong else definition.render()
            if domain is not None and of_actions(definition.dataset_type):
                problems.append(Problem("domain", "has no actions: they are for custom dataset groups", domain))
        else:
            self._fields, wrong = fields_of_json("definition", definition)
            problems += wrong
            if self._fields is not None and (told := type_of_json(definition)) is not None:
                columns = SchemaDefinition(told, self._fields)
                problems += columns.problems("definition", domain if isinstance(domain, Domain) else None, given=True)
        super().__init__(
            scope,
            id,
            kind="Schema",
            request={"schema": schema, "domain": domain.value if isinstance(domain, Domain) else domain},
            name=schema_name,
            props={"name": "schema_name", "schema": "definition"},
            timeout=None,
            problems=problems,
        )
        self.domain = domain
        """The domain, or nothing for a schema of custom groups."""
        self.apply_removal_policy(removal_policy)
        self.schema_arn = self._arn_attribute("schema")
        """The ARN."""
        self.schema_name = self._name_attribute()
        """The name, generated or given."""

    def problems_as(self, prop: str, dataset_type: Any) -> list[Problem]:
        """Return what keeps a schema in JSON from being that of a dataset of a type."""
        if self.dataset_type is not None or self._fields is None or not isinstance(dataset_type, DatasetType):
            return []
        domain = self.domain if isinstance(self.domain, Domain) else None
        return SchemaDefinition(dataset_type, self._fields).problems(prop, domain, given=True)

    @staticmethod
    def from_schema_arn(scope: Construct, id: str, schema_arn: str) -> ISchema:
        """Import a schema.

        :param scope: the scope of the import.
        :param id: its id there.
        :param schema_arn: the ARN of the schema, which may be of another region or account.
        :raises ValidationError: when it is not the ARN of a schema.
        """
        _validation.refuse(scope, id, _validation.bad_arn("schema_arn", schema_arn, _ARN_PATH))
        name = Stack.of(scope).split_arn(schema_arn, ArnFormat.SLASH_RESOURCE_NAME).resource_name
        return _ImportedSchema(scope, id, schema_arn, str(name))

    @staticmethod
    def from_schema_name(scope: Construct, id: str, schema_name: str) -> ISchema:
        """Import a schema of the stack's own account and region.

        :param scope: the scope of the import.
        :param id: its id there.
        :param schema_name: the name of the schema.
        :raises ValidationError: when it cannot be a name.
        """
        _validation.refuse(scope, id, _validation.bad_name("Schema", "schema_name", schema_name))
        arn = Stack.of(scope).format_arn(service="personalize", resource="schema", resource_name=schema_name)
        return _ImportedSchema(scope, id, arn, schema_name)


@implements_reference("Schema")
class _ImportedSchema(_SchemaBase):
    def __init__(self, scope: Construct, id: str, arn: str, name: str) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self.schema_arn = arn
        self.schema_name = name


def problems_of_schema(scope: Construct, schema: Any) -> list[Problem]:
    """Return what is wrong with the schema that a construct is given."""
    if arn_of("Schema", schema) is None:
        remedy = "import it with Schema.from_schema_arn(...)"
        return [Problem("schema", "must be a schema", schema, remedy, certain=True)]
    return _validation.other_environment(scope, "schema", schema)
