"""Output of `cdk-personalize usage`: a table and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.text import Text

from cdk_personalize.cli import usage, views

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from rich.console import RenderableType

    from cdk_personalize.cli.usage import Usage

_HOURS_OF_A_MONTH = 730
_COLUMNS = ("RESOURCE", "KIND", "STACK", "MINIMUM", "AVERAGE", "PEAK", "USED", "LAST REQUEST", "SUGGESTION")


def usage_table(
    found: Sequence[Usage], days: int, now: datetime, width: int, tps_hour_price: float | None = None
) -> RenderableType:
    """Return a table for each region, for a terminal of the given width.

    :param days: Days of observation.
    :param tps_hour_price: Price of one provisioned request per second of a campaign for an hour.
    """
    if not found:
        return Text("There are no campaigns and no recommenders.")
    columns = _COLUMNS if tps_hour_price is None else (*_COLUMNS[:-1], "A MONTH", _COLUMNS[-1])
    parts: list[RenderableType] = []
    for region in dict.fromkeys(each.resource.region for each in found):
        rows = [_cells(each, days, now, tps_hour_price) for each in found if each.resource.region == region]
        parts += [
            Text.assemble((region, "bold"), f"  requests per second, {days} days"),
            views.table_or_lines(rows, [columns], width, _lines),
        ]
    suggested = sum(each.suggestion is not None for each in found)
    return Group(*parts, "", Text(f"{suggested} of {len(found)} can be deleted, stopped or lowered"))


def usage_json(found: Sequence[Usage], days: int, tps_hour_price: float | None = None) -> dict[str, Any]:
    """Return the same content as JSON."""
    return {
        "formatVersion": views.FORMAT_VERSION,
        "days": days,
        "resources": [
            {
                "kind": each.resource.kind.name,
                "arn": each.resource.arn,
                "name": each.resource.name,
                "region": each.resource.region,
                "stack": each.resource.stack,
                "status": each.resource.status,
                "provisioned": each.resource.provisioned,
                "hasMetrics": each.resource.has_metrics,
                "observedSeconds": round(each.observed.total_seconds()),
                "requests": each.requests,
                "average": each.average,
                "peak": each.peak,
                "utilization": each.utilization,
                "lastRequest": each.last.isoformat() if each.last else None,
                "suggestion": each.suggestion,
                "suggestedMinimum": each.sufficient if each.suggestion == usage.LOWER else None,
                "monthlyPrice": _monthly_price(each, tps_hour_price),
            }
            for each in found
        ],
    }


def _lines(cells: Mapping[str, Text]) -> RenderableType:
    heading = Text("  ").join(cells[column] for column in ("RESOURCE", "KIND", "STACK") if cells[column])
    numbers = ("MINIMUM", "AVERAGE", "PEAK", "LAST REQUEST", "A MONTH")
    told = [Text(f"{column.lower()} {cells[column]}") for column in numbers if cells[column]]
    return views.two_lines(heading, [*told, cells["SUGGESTION"]])


def _cells(found: Usage, days: int, now: datetime, tps_hour_price: float | None) -> dict[str, Text]:
    resource = found.resource
    measured = resource.has_metrics
    last = f"{views.elapsed(found.last, now)} ago" if found.last else f"none in {days} d"
    price = _monthly_price(found, tps_hour_price)
    return {
        "RESOURCE": Text(resource.name),
        "KIND": Text(resource.kind.name),
        "STACK": Text(resource.stack or "", views.QUIET),
        "MINIMUM": Text(str(resource.provisioned)),
        "AVERAGE": Text(f"{found.average:.3g}" if measured else ""),
        "PEAK": Text(f"{found.peak:.3g}" if measured else ""),
        "USED": Text(f"{found.utilization:.0%}" if measured else ""),
        "LAST REQUEST": Text(last if measured else "no metric"),
        "A MONTH": Text("" if price is None else f"{price:,.2f}"),
        "SUGGESTION": _suggestion(found),
    }


def _suggestion(found: Usage) -> Text:
    if found.suggestion == usage.LOWER:
        return Text(f"lower to {found.sufficient}", views.BUSY)
    if found.suggestion is not None:
        return Text(found.suggestion, views.BAD)
    return Text("" if found.resource.is_billed else found.resource.status.lower(), views.QUIET)


def _monthly_price(found: Usage, tps_hour_price: float | None) -> float | None:
    """Return the price of the minimum of a campaign for 730 hours."""
    if tps_hour_price is None or found.resource.kind.name != "Campaign":
        return None
    return found.resource.provisioned * tps_hour_price * _HOURS_OF_A_MONTH
