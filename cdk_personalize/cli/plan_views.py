"""Output of `cdk-personalize plan`: text, Markdown and JSON."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cdk_personalize.cli.billing import NOTHING
from cdk_personalize.cli.plan import PlannedAction
from cdk_personalize.cli.template import first_unknown
from cdk_personalize.cli.views import FORMAT_VERSION, inside, value_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from rich.console import RenderableType

    from cdk_personalize.cli.plan import PlannedResource, PropertyChange
    from cdk_personalize.cli.planner import StackPlan

_STYLES = {
    PlannedAction.CREATE: "bold green",
    PlannedAction.ADOPT: "bold green",
    PlannedAction.UPDATE: "bold yellow",
    PlannedAction.REPLACE: "bold yellow",
    PlannedAction.RETRAIN: "bold yellow",
    PlannedAction.RERUN: "bold yellow",
    PlannedAction.DELETE: "bold red",
    PlannedAction.RETAIN: "bold red",
    PlannedAction.KEEP: "dim",
    PlannedAction.FAIL: "bold red",
}
_ACTION_WIDTH = max(len(action.value) for action in PlannedAction) + 1
_INDENT = (0, 0, 0, _ACTION_WIDTH + 1)
_LONGEST_VALUE = 120
_ARN_PREFIX = re.compile(r"arn:[^:\s]+:personalize:[^:\s]*:[^:\s]*:")
"""The part of an ARN that all resources of a stack share. JSON has the complete values."""
_AT_ONCE = "at once"
_HOUR = 3600
_COLUMNS = ("action", "resource", "kind", "details", "usually within", "billed")


def plan_text(plans: Sequence[StackPlan]) -> RenderableType:
    """Return the planned resources of each stack, and a summary line."""
    return Group(*(part for each in plans for part in _stack_text(each)), _summary(plans))


def plan_markdown(plans: Sequence[StackPlan]) -> str:
    """Return a table for each stack, for a pull request."""
    lines = [line for each in plans for line in _stack_markdown(each)]
    return "\n".join([*lines, _summary(plans).plain])


def plan_json(plans: Sequence[StackPlan]) -> dict[str, Any]:
    """Return the same content as JSON, with complete values."""
    return {
        "formatVersion": FORMAT_VERSION,
        "changes": any(each.changes for each in plans),
        "fails": any(each.fails for each in plans),
        "stacks": [
            {
                "name": each.stack.name,
                "id": each.stack.id if each.stack.exists else None,
                "status": each.stack.status if each.stack.exists else None,
                "notPlanned": list(each.native),
                "resources": [_resource_json(each, planned) for planned in each.resources],
            }
            for each in plans
        ],
    }


def _stack_text(plan: StackPlan) -> Iterator[RenderableType]:
    status = plan.stack.status if plan.stack.exists else "not deployed"
    yield Text.assemble((plan.stack.name, "bold"), "  ", (status, "dim"))
    for planned in plan.resources:
        if planned.action is not PlannedAction.KEEP:
            action = f"{planned.action.value:<{_ACTION_WIDTH}} "
            path = inside(planned.resource.path, plan.stack.name)
            yield Text.assemble((action, _STYLES[planned.action]), path, "  ", (planned.kind.name, "dim"))
            yield from (Padding(Text(line), _INDENT) for line in _details(plan, planned))
            yield from (Padding(Text(line, "dim"), _INDENT) for line in _time_and_bill(planned))
    if kept := [each for each in plan.resources if each.action is PlannedAction.KEEP]:
        paths = ", ".join(inside(each.resource.path, plan.stack.name) for each in kept)
        row = Table.grid()
        row.add_row(f"{PlannedAction.KEEP.value:<{_ACTION_WIDTH}} ", paths, style=_STYLES[PlannedAction.KEEP])
        yield row
    if plan.native:
        yield Text(f"Not planned, because CloudFormation deploys them: {', '.join(plan.native)}", "dim")
    yield Text()


def _details(plan: StackPlan, planned: PlannedResource) -> Iterator[str]:
    """Yield the reasons, the changed properties, and what else changes."""
    yield from planned.reasons
    yield from (_change(each) for each in planned.changes)
    if planned.predecessor:
        yield f"its predecessor {planned.predecessor}"
    if dependents := plan.dependents(planned):
        yield f"changes with it: {', '.join(inside(each, plan.stack.name) for each in dependents)}"


def _time_and_bill(planned: PlannedResource) -> Iterator[str]:
    if planned.action is PlannedAction.FAIL:
        return
    if duration := _duration(planned.usually_within):
        time = duration if duration == _AT_ONCE else f"usually within {duration}"
        yield f"{time}; billed: {planned.billed}"
    elif planned.billed != NOTHING:
        yield f"still billed: {planned.billed}"


def _change(change: PropertyChange) -> str:
    return f"{change.path}: {_shown(change.old)} -> {_shown(change.new)}"


def _shown(value: Any) -> str:
    if (unknown := first_unknown(value)) is not None:
        return f"known later ({unknown.reason})"
    text = _ARN_PREFIX.sub("", value_text(value))
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _duration(usually_within: timedelta | None) -> str:
    if usually_within is None:
        return ""
    seconds = round(usually_within.total_seconds())
    if seconds == 0:
        return _AT_ONCE
    return f"{seconds // _HOUR} h" if seconds % _HOUR == 0 else f"{seconds // 60} min"


def _summary(plans: Sequence[StackPlan]) -> Text:
    if not any(each.resources for each in plans):
        return Text("No stack has resources of Amazon Personalize.")
    if not any(each.changes for each in plans):
        return Text("No changes", "green")
    counts = Counter(planned.action for each in plans for planned in each.resources)
    return Text(", ".join(f"{counts[action]} {action.value}" for action in PlannedAction if counts[action]), "bold")


def _stack_markdown(plan: StackPlan) -> Iterator[str]:
    yield from (f"### Amazon Personalize resources of {plan.stack.name}", "")
    planned = [each for each in plan.resources if each.action is not PlannedAction.KEEP]
    if planned:
        yield _row(*_COLUMNS)
        yield _row(*("---" for _ in _COLUMNS))
        yield from (_resource_markdown(plan, each) for each in planned)
        yield ""


def _resource_markdown(plan: StackPlan, planned: PlannedResource) -> str:
    details = "<br>".join(map(_escaped, _details(plan, planned)))
    path = inside(planned.resource.path, plan.stack.name)
    duration = _duration(planned.usually_within)
    billed = "" if planned.action is PlannedAction.FAIL else planned.billed
    return _row(f"**{planned.action.value}**", path, planned.kind.name, details, duration, billed)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    for character in "\\|<*_`":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


def _resource_json(plan: StackPlan, planned: PlannedResource) -> dict[str, Any]:
    return {
        "logicalId": planned.resource.logical_id,
        "path": planned.resource.path,
        "kind": planned.kind.name,
        "arn": planned.resource.arn,
        "newArn": planned.new_arn,
        "action": planned.action.value,
        "reasons": list(planned.reasons),
        "properties": [_change_json(each) for each in planned.changes],
        "predecessor": planned.predecessor or None,
        "dependents": plan.dependents(planned),
        "usuallyWithinSeconds": None
        if planned.usually_within is None
        else round(planned.usually_within.total_seconds()),
        "billed": planned.billed,
    }


def _change_json(change: PropertyChange) -> dict[str, Any]:
    unknown = first_unknown(change.new)
    return {
        "path": change.path,
        "old": None if first_unknown(change.old) else change.old,
        "new": None if unknown else change.new,
        "knownLater": unknown.reason if unknown else None,
    }
