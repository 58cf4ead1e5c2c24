"""Output of the command line tool: tables and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cdk_personalize.cli import drift, status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from rich.console import RenderableType

    from cdk_personalize.cli.drift import PropertyDrift, ResourceDrift
    from cdk_personalize.cli.function_logs import LogEntry
    from cdk_personalize.cli.group_reader import LiveResource
    from cdk_personalize.cli.repairs import Repair
    from cdk_personalize.cli.stacks import DeployedStack, StackResource
    from cdk_personalize.cli.status import ResourceStatus, StackStatus

    Drifts = Sequence[tuple[DeployedStack, Sequence[ResourceDrift]]]

FORMAT_VERSION = 1
"""Version of the JSON format, increased when a member is renamed, deleted or changes its meaning."""

_STATUS_COLUMNS = ("RESOURCE", "KIND", "NAME", "STATUS", "AGE", "LATEST OPERATION")
_DRIFT_COLUMNS = ("RESOURCE", "KIND", "PROPERTY", "DECLARED", "LIVE")
_DELETION_COLUMNS = ("KIND", "NAME", "STATUS")
_WITHOUT_NAME = tuple(column for column in _STATUS_COLUMNS if column != "NAME")
_MEASURING = Console(width=10_000)
GOOD, BAD, BUSY, QUIET = "green", "bold red", "yellow", "dim"


def status_table(stacks: Sequence[StackStatus], now: datetime | None, width: int) -> RenderableType:
    """Return a table for each stack, for a terminal of the given width."""
    if not stacks:
        return Text("No stack has resources of Amazon Personalize.")
    return Group(*(_stack_table(stack, now, width) for stack in stacks))


def log_lines(entries: Sequence[LogEntry]) -> Text:
    """Return a line for each log entry."""
    lines = (Text.assemble((f"{each.at:%H:%M:%S}  ", QUIET), each.text) for each in entries)
    return Text("\n").join(lines)


def status_json(
    stacks: Sequence[StackStatus], now: datetime | None, entries: Sequence[LogEntry] | None = None
) -> dict[str, Any]:
    """Return the same content as JSON.

    :param entries: The log entries of the functions. None: the member `logs` is omitted.
    """
    logs = [
        {"at": each.at.isoformat(), "path": each.path, "message": each.message, "details": list(each.details)}
        for each in entries or ()
    ]
    return {
        **({} if entries is None else {"logs": logs}),
        "formatVersion": FORMAT_VERSION,
        "underWay": any(each.under_way for each in stacks),
        "stacks": [
            {**_stack(each.stack), "resources": [_resource_json(found, now) for found in each.resources]}
            for each in stacks
        ],
    }


def drift_table(found: Drifts) -> RenderableType:
    """Return a table of the drifted properties and a summary line."""
    resources = [each for _, drifts in found for each in drifts]
    drifted = [each for each in resources if each.drifted]
    unchecked = [(each, prop) for each in resources for prop in each.properties if prop.status == drift.NOT_CHECKED]
    parts: list[RenderableType] = [_drifted_table(drifted)] if drifted else []
    parts += [
        Text(f"{each.resource.path}: {prop.path} was not compared: {prop.note}", QUIET) for each, prop in unchecked
    ]
    parts += [
        Text(f"{each.resource.path}: was not compared, because it has not been created yet", QUIET)
        for each in resources
        if each.status == drift.NOT_CHECKED
    ]
    compared = sum(prop.status != drift.NOT_CHECKED for each in resources for prop in each.properties)
    verdict = f"{len(drifted)} of {len(resources)} resources drifted" if drifted else "No drift"
    words = f"{verdict}: {len(resources)} resources, {compared} properties compared"
    parts.append(Text(words, BAD if drifted else GOOD))
    return Group(*parts)


def drift_json(found: Drifts) -> dict[str, Any]:
    """Return the same content as JSON, including properties without drift."""
    return {
        "formatVersion": FORMAT_VERSION,
        "drifted": any(each.drifted for _, drifts in found for each in drifts),
        "stacks": [{**_stack(stack), "resources": [_drift_json(each) for each in drifts]} for stack, drifts in found],
    }


def repair_text(repairs: Sequence[Repair]) -> RenderableType:
    """Return a line for each property that is repaired, and for each obstacle."""
    if not repairs:
        return Text("No drift", GOOD)
    lines = []
    for repair in repairs:
        path = repair.resource.path
        lines += [
            Text(f"{path}: {each.path}: {value_text(each.live)} -> {value_text(each.declared)}")
            for each in repair.properties
        ]
        lines += [Text(f"{path}: {reason}", BAD) for reason in repair.obstacles]
    return Group(*lines)


def deletion_table(resources: Sequence[LiveResource], state_by_arn: Mapping[str, str]) -> RenderableType:
    """Return a table of the resources that are deleted, with the state of each."""
    table = _table(*_DELETION_COLUMNS, folded=_DELETION_COLUMNS[1:])
    for each in resources:
        state = state_by_arn[each.arn]
        table.add_row(each.kind.name, each.name, Text(state, _style(state)))
    return table


def _stack(stack: DeployedStack) -> dict[str, Any]:
    return {
        "name": stack.name,
        "id": stack.id,
        "status": stack.status,
        "account": stack.account,
        "region": stack.region,
    }


def _resource(resource: StackResource) -> dict[str, Any]:
    return {
        "logicalId": resource.logical_id,
        "path": resource.path,
        "kind": resource.kind.name if resource.kind else None,
    }


def _resource_json(found: ResourceStatus, now: datetime | None) -> dict[str, Any]:
    operation = found.operation
    return {
        **_resource(found.resource),
        "stackStatus": found.resource.status or None,
        "arn": found.arn,
        "name": found.name,
        "status": found.status,
        "state": found.state,
        "waitsFor": list(found.waits_for),
        "reason": found.reason,
        "created": _iso(found.created),
        "ageSeconds": _seconds(found.created, now),
        "operation": operation
        and {
            "name": operation.name,
            "status": operation.status,
            "underWay": operation.under_way,
            "began": _iso(operation.began),
            "elapsedSeconds": _seconds(operation.began, now) if operation.under_way else None,
            "failureReason": operation.failure_reason,
        },
    }


def _drift_json(found: ResourceDrift) -> dict[str, Any]:
    return {
        **_resource(found.resource),
        "arn": found.resource.arn,
        "driftStatus": found.status,
        "properties": [
            {
                "path": each.path,
                "declared": each.declared,
                "live": each.live,
                "driftStatus": each.status,
                "note": each.note or None,
            }
            for each in found.properties
        ],
    }


def _stack_table(found: StackStatus, now: datetime | None, width: int) -> RenderableType:
    stack = found.stack
    place = f"{stack.region}, account {stack.account}"
    title = Text.assemble((stack.name, "bold"), "  ", (stack.status, _style(stack.status)), "  ", (place, QUIET))
    return Group(title, _resource_table(found, now, width), *_reasons(found), "")


def _resource_table(found: StackStatus, now: datetime | None, width: int) -> RenderableType:
    rows = [_status_cells(each, found.stack, now) for each in found.resources]
    return table_or_lines(rows, (_STATUS_COLUMNS, _WITHOUT_NAME), width, _lines)


def _status_cells(found: ResourceStatus, stack: DeployedStack, now: datetime | None) -> dict[str, Text]:
    kind = found.resource.kind.name if found.resource.kind else ""
    values = (
        Text(inside(found.resource.path, stack.path)),
        Text(kind),
        Text(found.name or ""),
        _status_text(found),
        Text(elapsed(found.created, now)),
        _operation_text(found, now),
    )
    return dict(zip(_STATUS_COLUMNS, values, strict=True))


def _lines(cells: Mapping[str, Text]) -> RenderableType:
    path, kind, _, *others = (cells[column] for column in _STATUS_COLUMNS)
    return two_lines(Text.assemble(path, "  ", (kind.plain, QUIET)), others)


def _reasons(found: StackStatus) -> list[Text]:
    """Return a line for each failure, and for each resource that waits for others."""
    stack = found.stack
    paths = {name: each.path for name, each in stack.resources.items()}
    paths |= {each.resource.logical_id: each.resource.path for each in found.resources}
    failures = {paths.get(name, name): reason for name, reason in stack.reasons.items()}
    failures |= {each.resource.path: each.reason for each in found.resources if each.reason}
    waits = {each.resource.path: each.waits_for for each in found.resources if each.waits_for}
    return [
        *(Text(f"{inside(path, stack.path)}: {reason}", BAD) for path, reason in failures.items()),
        *(
            Text(f"{inside(path, stack.path)} waits for {', '.join(inside(each, stack.path) for each in needed)}")
            for path, needed in waits.items()
        ),
    ]


def table_or_lines(
    rows: Sequence[Mapping[str, Text]],
    layouts: Sequence[Sequence[str]],
    width: int,
    lines: Callable[[Mapping[str, Text]], RenderableType],
) -> RenderableType:
    """Return the first table that fits in a terminal. No cell is cut or wrapped.

    :param layouts: The columns of each table, widest table first.
    :param lines: Returns the lines of a row, if no table fits.
    """
    for columns in layouts:
        table = _table(*columns, folded=())
        for cells in rows:
            table.add_row(*(cells[column] for column in columns))
        if Measurement.get(_MEASURING, _MEASURING.options, table).maximum <= width:
            return table
    return Group(*map(lines, rows))


def two_lines(heading: Text, details: Iterable[Text]) -> RenderableType:
    """Return a heading, and below it the details that are not empty."""
    return Group(heading, Padding(Text(", ").join(each for each in details if each), (0, 0, 0, 2)))


def _table(*columns: str, folded: Sequence[str]) -> Table:
    """Return an empty table with columns that can be folded."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column not in folded)
    return table


def inside(path: str, stack: str) -> str:
    """Return a construct path without the name of its stack."""
    return path.removeprefix(f"{stack}/")


def _status_text(found: ResourceStatus) -> Text:
    if found.state == status.RETAINED:
        return Text(f"{found.status}, retained", QUIET)
    if found.state in (status.DELETED, status.WAITING):
        return Text(found.state, QUIET)
    shown = found.status or found.resource.status
    return Text(shown, _style(shown))


def _operation_text(found: ResourceStatus, now: datetime | None) -> Text:
    operation = found.operation
    if operation is None:
        return Text("")
    told = operation.under_way and operation.status == found.status
    words = operation.name if told else f"{operation.name} {operation.status}"
    if operation.under_way:
        words += f", {elapsed(operation.began, now)}"
    return Text(words, _style(operation.status))


def _style(word: str) -> str:
    if word == status.MISSING or "FAILED" in word or "ROLLBACK" in word:
        return BAD
    if word.endswith(("PENDING", "IN_PROGRESS", "STOPPING")):
        return BUSY
    return QUIET if word in ("INACTIVE", "waiting") or word.startswith("kept") else GOOD


def _drifted_table(drifted: Sequence[ResourceDrift]) -> RenderableType:
    table = _table(*_DRIFT_COLUMNS, folded=_DRIFT_COLUMNS)
    for each in drifted:
        name, kind = each.resource.path, each.resource.kind.name if each.resource.kind else ""
        if each.status == drift.DELETED:
            table.add_row(name, kind, "", "", Text("deleted", BAD))
        for prop in each.properties:
            if prop.status == drift.MODIFIED:
                table.add_row(name, kind, prop.path, _declared_text(prop), Text(value_text(prop.live), BAD))
    return table


def _declared_text(prop: PropertyDrift) -> str:
    return f"{value_text(prop.declared)} ({prop.note})" if prop.note else value_text(prop.declared)


def value_text(value: Any) -> str:
    """Return a value of a property as in the template."""
    if value is None:
        return "-"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _seconds(since: datetime | None, now: datetime | None) -> int | None:
    return max(0, round((now - since).total_seconds())) if since and now else None


def elapsed(since: datetime | None, now: datetime | None) -> str:
    """Return an elapsed time in its two largest units."""
    seconds = _seconds(since, now)
    if seconds is None:
        return ""
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
