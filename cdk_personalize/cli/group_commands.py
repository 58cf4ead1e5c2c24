"""Commands on a live dataset group."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.live import Live

from cdk_personalize.cli import NEGATIVE, group_deletion, group_reader, progress, views
from cdk_personalize.cli.aws import AwsClients
from cdk_personalize.cli.options import NoColor, Profile, Region, require_finite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cdk_personalize.cli.group_reader import LiveResource

Group = Annotated[str, typer.Argument(help="The name or the ARN of a dataset group.")]


def import_group(group: Group, profile: Profile = None, region: Region = None, _no_color: NoColor = False) -> None:
    """Print a CDK app that adopts a dataset group and everything in it.

    A deployment of the app adds ownership tags and changes nothing else. Resources that cannot be adopted are imported,
    with the reason as a comment. Redirect the output to a file, such as app.py.
    """
    found = group_reader.read(AwsClients(profile, region), group)
    # Only this command needs the CDK, which takes seconds to load.
    with progress.timed("Writing the app"):
        from cdk_personalize.cli import app_writer, group_app

        declared = group_app.declarations(found)
        source = app_writer.source(found, declared)
    print(source, end="")
    adopted = sum(each.is_adopted for each in declared)
    imported = sum(each.obstacle is not None for each in declared)
    print(f"The app adopts {adopted} resources and imports {imported}.", file=sys.stderr)


def delete_group(
    group: Group,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
    interval: Annotated[
        float, typer.Option(min=0.1, help="Polling interval, in seconds.", callback=require_finite)
    ] = 5.0,
    profile: Profile = None,
    region: Region = None,
    _no_color: NoColor = False,
) -> None:
    """Delete a dataset group that no stack owns, with everything in it and its data.

    Exit code: 0 if the group is deleted, 1 if the question is declined, 2 on errors and if a stack owns a resource.
    """
    aws, console = AwsClients(profile, region), Console()
    found = group_reader.read(aws, group)
    group_deletion.require_no_owner(found)
    resources = group_deletion.deletable(found)
    if not yes:
        console.print(views.deletion_table(resources, {each.arn: each.status for each in resources}))
        if not typer.confirm(f"Delete these {len(resources)} resources and all their data permanently?"):
            raise typer.Exit(NEGATIVE)
    polls = _polled(group_deletion.delete(aws, resources), interval)
    if not console.is_terminal:
        _print_changes(resources, polls)
        return
    with Live(console=console, auto_refresh=False) as live:
        for states in polls:
            live.update(views.deletion_table(resources, states), refresh=True)


def _polled(polls: Iterator[Mapping[str, str]], interval: float) -> Iterator[Mapping[str, str]]:
    """Wait between poll attempts."""
    for states in polls:
        yield states
        if not all(map(group_deletion.is_done, states.values())):
            time.sleep(interval)


def _print_changes(resources: Sequence[LiveResource], polls: Iterator[Mapping[str, str]]) -> None:
    """Print a line for each resource whose state has changed."""
    before: dict[str, str] = {}
    for states in polls:
        for each in resources:
            if states[each.arn] not in (before.get(each.arn), group_deletion.WAITING):
                print(f"{each.kind.name} {each.name}: {states[each.arn]}", flush=True)
        before = dict(states)
