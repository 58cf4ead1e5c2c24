"""Check column names and datasets against the schemas that this app defines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import service_model

from cdk_personalize import _validation
from cdk_personalize._filter_expression import ExpressionError, parse
from cdk_personalize._synthesis import warn_at_synthesis
from cdk_personalize._validation import Problem
from cdk_personalize.dataset_type import DatasetType
from cdk_personalize.schema_rules import has_fixed_meaning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from constructs import Construct

    from cdk_personalize.recipe import Capabilities
    from cdk_personalize.schema_definition import Field

_EXAMPLE = 'EXCLUDE ItemID WHERE Items.GENRES IN ("Drama")'
_TYPES_BY_SOURCE = {
    **{each.name: each for each in DatasetType},
    "CURRENTUSER": DatasetType.USERS,
    "CURRENTITEM": DatasetType.ITEMS,
}


def columns_of(group: Any, dataset_type: DatasetType) -> Mapping[str, Field] | None:
    """Return the columns of a dataset type by name.

    None if this app does not define the dataset and its schema.
    """
    dataset = _datasets(group).get(dataset_type)
    fields = getattr(getattr(dataset, "_schema", None), "_fields", None)
    return None if fields is None else {each.name: each for each in fields}


def unknown_column(prop: str, group: Any, dataset_type: DatasetType, name: Any) -> list[Problem]:
    """Return a problem if the schema of a dataset is known and lacks a column."""
    columns = columns_of(group, dataset_type)
    if columns is None or not isinstance(name, str) or not _validation.is_known(name):
        return []
    if _has(columns, dataset_type, name):
        return []
    match = _validation.close_match(name.upper(), columns)
    remedy = f"did you mean {match}?" if match else f"the columns are {', '.join(columns)}"
    return [Problem(prop, f"must name columns of the dataset {dataset_type.value}", name, remedy, certain=True)]


def unknown_columns(prop: str, group: Any, columns: Any) -> Iterator[Problem]:
    """Yield a problem for each column that the schema of its dataset lacks."""
    for dataset_type, names in columns.items() if isinstance(columns, dict) else ():
        for name in names if isinstance(dataset_type, DatasetType) and isinstance(names, (list, tuple)) else ():
            yield from unknown_column(f"{prop}[{_validation.shown(dataset_type)}]", group, dataset_type, name)


def unknown_columns_of_filter(group: Any, expression: Any) -> Iterator[Problem]:
    """Yield a problem for each column of a filter expression that its schema lacks.

    Only schemas that this app defines are checked.
    """
    if wrong_expression("expression", expression) or not _validation.is_known(expression):
        return
    for source, name in sorted(parse(expression).fields()):
        yield from unknown_column("expression", group, _TYPES_BY_SOURCE[source], name)


def wrong_expression(prop: str, expression: Any) -> list[Problem]:
    """Return a problem if a filter expression has a syntax error."""
    shape = service_model.create_shape("Filter").members["filterExpression"]
    if any(service_model.violations(shape, expression)):
        return []  # The service model already reports a problem.
    try:
        parse(expression)
    except ExpressionError as error:
        rule = f"must be a filter expression such as {_EXAMPLE} ({error})"
        return [Problem(prop, rule, expression)]
    return []


def warn_of_metadata(construct: Construct, group: Any, flag: Any) -> None:
    """Warn at synthesis if item metadata is enabled without an Items dataset."""
    if flag is True and _is_defined_here(group):
        warn_at_synthesis(construct, "cdk-personalize:metadata.items", lambda: _no_items(group))


def warn_of_required_data(construct: Construct, group: Any, capabilities: Capabilities | None) -> None:
    """Warn at synthesis if the app does not define a dataset that training requires.

    Interactions can also come from events alone, so a missing Interactions dataset is not reported.
    """
    needed = capabilities.required - {DatasetType.INTERACTIONS} if capabilities is not None else frozenset()
    if needed and _is_defined_here(group):
        warn_at_synthesis(construct, "cdk-personalize:required.datasets", lambda: _missing(group, needed))


def _missing(group: Any, needed: frozenset[DatasetType]) -> Iterator[Problem]:
    for each in needed - set(_datasets(group)):
        rule = f"requires a dataset of the type {_validation.shown(each)}, and this app does not declare one"
        yield Problem(f"dataset_group {group.node.path}", rule, None, "add it with add_dataset(...)", certain=True)


def _no_items(group: Any) -> Iterator[Problem]:
    if DatasetType.ITEMS not in _datasets(group):
        rule = f"requires an Items dataset in the dataset group {group.node.path}, and this app does not declare one"
        yield Problem("enable_metadata_with_recommendations", rule, None, "add it with add_dataset(...)", certain=True)


def _has(columns: Mapping[str, Field], dataset_type: DatasetType, name: str) -> bool:
    return any(name.upper() == each.upper() for each in columns) or has_fixed_meaning(dataset_type, name.upper())


def _datasets(group: Any) -> Mapping[Any, Any]:
    members = getattr(group, "_members", None)
    return {} if members is None else members.dataset_by_type


def _is_defined_here(group: Any) -> bool:
    return getattr(getattr(group, "_members", None), "is_defined_here", False) is True
