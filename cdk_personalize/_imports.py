"""Base class of imported resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from aws_cdk import ArnFormat, Resource, Stack
from botocore import xform_name

from cdk_personalize import _validation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk_personalize_handler.kinds import Kind
    from constructs import Construct
    from typing_extensions import Self

    from cdk_personalize._validation import Problem


class ImportedResource(Resource):
    """An imported resource, with its ARN and, if the ARN contains it, its name."""

    _kind: Kind
    _arn_path: ClassVar[str | None] = None
    """The end of the ARN, with names in angle brackets. Default: `<kind>/<name>`."""

    def __init__(self, scope: Construct, id: str, arn: str, name: str | None) -> None:
        """Create the import, with attributes for the ARN and the name.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param arn: The ARN.
        :param name: The name, or None for kinds whose ARN does not contain it.
        """
        super().__init__(scope, id, environment_from_arn=arn)
        prefix = xform_name(self._kind.name)
        setattr(self, f"{prefix}_arn", arn)
        if name is not None:
            setattr(self, f"{prefix}_name", name)

    @classmethod
    def from_arn(cls, scope: Construct, id: str, arn: str, problems: Sequence[Problem] = ()) -> Self:
        """Import a resource by its ARN.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param arn: The ARN.
        :param problems: The problems of other parameters, to report together.
        :raises ValidationError: If there are problems, or the value is not an ARN of the kind.
        """
        path = cls._arn_path or f"{cls._kind.segment}/<name>"
        prop = f"{xform_name(cls._kind.name)}_arn"
        _validation.refuse(scope, id, [*_validation.bad_arn(prop, arn, path), *problems])
        if cls._arn_path is not None:
            return cls(scope, id, arn, None)
        name = Stack.of(scope).split_arn(arn, ArnFormat.SLASH_RESOURCE_NAME).resource_name
        return cls(scope, id, arn, str(name))

    @classmethod
    def from_name(cls, scope: Construct, id: str, name: str, problems: Sequence[Problem] = ()) -> Self:
        """Import a resource of the stack's account and region by its name.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param name: The name.
        :param problems: The problems of other parameters, to report together.
        :raises ValidationError: If there are problems, or the value is not a valid name.
        """
        prop = f"{xform_name(cls._kind.name)}_name"
        _validation.refuse(scope, id, [*_validation.bad_name(cls._kind.name, prop, name), *problems])
        arn = Stack.of(scope).format_arn(service="personalize", resource=cls._kind.segment, resource_name=name)
        return cls(scope, id, arn, name)
