"""Commands and options of the command line tool."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core
from rich.console import Console
from rich.live import Live

from cdk_personalize.cli import (
    ERROR,
    NEGATIVE,
    complain,
    drift,
    function_logs,
    group_commands,
    plan_views,
    planner,
    progress,
    repairs,
    runs,
    stacks,
    usage,
    usage_views,
    views,
    watching,
)
from cdk_personalize.cli.aws import FAILURES, AwsClients, words
from cdk_personalize.cli.examples import epilog
from cdk_personalize.cli.options import NoColor, Profile, Region, require_finite
from cdk_personalize.local import process
from cdk_personalize.local.clock import DEFAULT_SCALE
from cdk_personalize.local.settings import Settings, StartError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from cdk_personalize.cli.status import StackStatus

_WIDTH_OF_FILES = 200
_DAYS = 14
_CLOSED_PIPE = 141
"""Exit code of a program whose output was closed, as a shell reports it."""


class Commands(typer.core.TyperGroup):
    """The commands. They end silently if the reader of their output ends."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command of the context."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the end of Python
            raise typer.Exit(_CLOSED_PIPE) from None
        return result


app = typer.Typer(
    name="cdk-personalize",
    help="Amazon Personalize for the AWS CDK.",
    no_args_is_help=True,
    cls=Commands,
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def run() -> int:
    """Run a command line and return the exit code."""
    try:
        app()
    except FAILURES as failure:
        return complain(words(failure))
    except OSError as failure:  # such as a full disk, to which the output is redirected
        return complain(str(failure))
    return 0


def _print_version(is_requested: bool) -> None:
    if is_requested:
        print(f"cdk-personalize {metadata.version('cdk-personalize')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Amazon Personalize for the AWS CDK."""


@app.command(epilog=epilog("local"))
def local(
    port: Annotated[int, typer.Option(help="The port of the endpoint.")] = 4566,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    time_scale: Annotated[
        float, typer.Option(help="Seconds of Amazon Personalize time per second of real time.")
    ] = DEFAULT_SCALE,
    authorization: Annotated[
        bool, typer.Option("--authorization", help="Reject calls that the policies of the caller's role do not allow.")
    ] = False,
    iam_delay: Annotated[
        float, typer.Option(metavar="SECONDS", help="Delay in seconds until changed roles and policies take effect.")
    ] = 0.0,
    lambda_concurrency: Annotated[
        int | None,
        typer.Option(
            help="Number of Lambda functions that can run at the same time; further invocations are throttled."
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed for the order of independent stack resources. Default: a random order.")
    ] = None,
    state: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Keep the state in a folder between runs.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the log of the local AWS.")] = False,
    _no_color: NoColor = False,
) -> None:
    """Run a local AWS with Amazon Personalize in the foreground.

    It runs until it is interrupted.
    """
    chosen = {} if seed is None else {"seed": seed}
    try:
        settings = Settings(host, port, time_scale, authorization, iam_delay, lambda_concurrency, state=state, **chosen)
    except StartError as error:
        raise typer.Exit(complain(str(error))) from None
    raise typer.Exit(process.run(settings, verbose=verbose))


@app.command("status", epilog=epilog("status"))
def status_command(
    stack: Annotated[
        str | None,
        typer.Argument(
            help="A stack: its name, or its construct path. Default: every stack with resources of cdk-personalize."
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Repeat until no operation is in progress; wait for a stack to be created.")
    ] = False,
    next_operation: Annotated[
        bool, typer.Option("--next", help="With --watch: wait for the next operation on an existing stack.")
    ] = False,
    interval: Annotated[
        float, typer.Option(min=0.1, help="Interval of --watch, in seconds.", callback=require_finite)
    ] = 5.0,
    logs: Annotated[
        bool, typer.Option("--logs", help="Show what the functions have logged since the latest operation began.")
    ] = False,
    as_json: AsJson = False,
    profile: Profile = None,
    region: Region = None,
    _no_color: NoColor = False,
) -> None:
    """Show the Amazon Personalize resources of a stack and their operations.

    With --watch and --json, each repetition is one line.

    Exit code with --watch: 0 if the operation succeeded, 1 if it failed, 2 on errors.
    """
    aws = AwsClients(profile, region)
    watched = watching.Watch(aws, stack, interval, next_operation=next_operation)
    polls = watched.polls() if watch else iter([watching.statuses(aws, stack)])
    read = function_logs.FunctionLogs(aws) if logs else None
    if as_json:
        for found in polls:
            entries = None if read is None else read.new_entries(each.stack for each in found)
            shown = views.status_json(found, aws.now, entries)
            print(json.dumps(shown, indent=None if watch else 2), flush=True)
    elif watch:
        console = _console()
        with Live(console=console, auto_refresh=False) as live:
            for found in polls:
                if read is not None and (entries := read.new_entries(each.stack for each in found)):
                    live.console.print(views.log_lines(entries))
                live.update(_shown(found, aws, stack, console.width), refresh=True)
    else:
        console = _console()
        found = next(polls)
        console.print(_shown(found, aws, stack, console.width))
        if read is not None:
            function_logs.require_groups(each.stack for each in found)
            console.print(views.log_lines(read.new_entries(each.stack for each in found)))
    if watch and watched.failed:
        raise typer.Exit(NEGATIVE)


def _shown(found: Sequence[StackStatus], aws: AwsClients, name: str | None, width: int) -> RenderableType:
    if not found and name is not None:
        return f"Waiting for stack {name} in {aws.region}"
    return views.status_table(found, aws.now, width)


@app.command("drift", epilog=epilog("drift"))
def drift_command(
    stack: Annotated[str, typer.Argument(help="The stack.")],
    fix: Annotated[
        bool, typer.Option("--fix", help="Update drifted resources in place to the declared configuration.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --fix: do not ask.")] = False,
    as_json: AsJson = False,
    profile: Profile = None,
    region: Region = None,
    _no_color: NoColor = False,
) -> None:
    """Compare the deployed template with the resources, property by property.

    With --fix, nothing is replaced, retrained or deleted.

    Exit code: 0 without drift, or if --fix repairs all of it; 1 with drift; 2 on errors.
    """
    if fix and as_json:
        raise typer.BadParameter("--fix and --json cannot be used together.")
    aws = AwsClients(profile, region)
    found = [(each, drift.of_stack(aws, each)) for each in stacks.named(aws, stack)]
    if fix:
        if not _fix(aws, found, ask=not yes):
            raise typer.Exit(NEGATIVE)
        return
    if as_json:
        print(json.dumps(views.drift_json(found), indent=2))
    else:
        _console().print(views.drift_table(found))
    if any(each.drifted for _, drifts in found for each in drifts):
        raise typer.Exit(NEGATIVE)


def _fix(aws: AwsClients, found: views.Drifts, *, ask: bool) -> bool:
    """Repair drift. Return whether all of it is repaired."""
    for stack, _ in found:
        repairs.require_idle(stack)
    planned = [repairs.of_drift(stack, each) for stack, drifts in found for each in drifts if each.drifted]
    _console().print(views.repair_text(planned))
    number = sum(len(each.properties) for each in planned)
    if ask and number and not typer.confirm(f"Change these {number} properties to their declared values?"):
        return False
    failures = [f"{each.resource.path}: {reason}" for each in planned for reason in repairs.carry_out(aws, each)]
    for failure in failures:
        complain(failure)
    if number and not failures:
        _console().print("The changes are sent. cdk-personalize status --watch shows when they are complete.")
    return not failures and not any(each.obstacles for each in planned)


@app.command("plan", epilog=epilog("plan"))
def plan_command(
    stack: Annotated[str | None, typer.Argument(help="A stack of the app. Default: all stacks.")] = None,
    assembly: Annotated[
        Path, typer.Option("--app", metavar="DIRECTORY", help="The cloud assembly, as `cdk synth` writes it.")
    ] = Path("cdk.out"),
    as_json: AsJson = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, for pull requests.")] = False,
    profile: Profile = None,
    region: Region = None,
    _no_color: NoColor = False,
) -> None:
    """Show what the next deployment does with each Amazon Personalize resource.

    Exit code: 0 without changes, 1 with changes, 2 on errors and for a deployment that is going to fail.
    """
    with progress.timed("Planning"):
        plans = planner.of_assembly(assembly, stack, profile, region)
    if as_json:
        print(json.dumps(plan_views.plan_json(plans), indent=2))
    elif as_markdown:
        print(plan_views.plan_markdown(plans))
    else:
        _console().print(plan_views.plan_text(plans))
    if any(each.fails for each in plans):
        raise typer.Exit(ERROR)
    if any(each.changes for each in plans):
        raise typer.Exit(NEGATIVE)


@app.command("usage", epilog=epilog("usage"))
def usage_command(
    days: Annotated[int, typer.Option(min=1, max=usage.MOST_DAYS, help="Days of observation, until now.")] = _DAYS,
    all_regions: Annotated[
        bool, typer.Option("--all-regions", help="All regions with Amazon Personalize that the account can use.")
    ] = False,
    tps_hour_price: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Price of one provisioned request per second of a campaign for an hour, to show the price of a month.",
            callback=require_finite,
        ),
    ] = None,
    as_json: AsJson = False,
    profile: Profile = None,
    region: Region = None,
    _no_color: NoColor = False,
) -> None:
    """Show how much of their provisioned requests campaigns and recommenders use.

    All campaigns and recommenders of the account are included, with and without a stack.

    Exit code: 0 without suggestions, 1 with suggestions, 2 on errors.
    """
    found = usage.of_account(profile, region, days, all_regions=all_regions)
    if as_json:
        print(json.dumps(usage_views.usage_json(found, days, tps_hour_price), indent=2))
    else:
        console = _console()
        now = datetime.now(timezone.utc)
        console.print(usage_views.usage_table(found, days, now, console.width, tps_hour_price))
    if any(each.suggestion for each in found):
        raise typer.Exit(NEGATIVE)


@app.command("run", epilog=epilog("run"))
def run_command(
    pipeline: Annotated[str, typer.Argument(help="The construct path of a training pipeline, such as Shop/Nightly.")],
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the run has ended.")] = False,
    interval: Annotated[
        float, typer.Option(min=0.1, help="Interval of --wait, in seconds.", callback=require_finite)
    ] = 30.0,
    profile: Profile = None,
    region: Region = None,
    _no_color: NoColor = False,
) -> None:
    """Start a run of a training pipeline.

    Exit code with --wait: 0 if every step is done, 1 for any other outcome, 2 on errors.
    """
    aws = AwsClients(profile, region)
    execution = runs.start(aws, pipeline)
    print(execution, flush=True)
    if wait:
        with progress.timed("Running"):
            outcome, cause = runs.wait(aws, execution, interval)
        print(f"{outcome}: {cause}" if cause else outcome)
        if outcome != runs.DONE:
            raise typer.Exit(NEGATIVE)


app.command("import-group", epilog=epilog("import-group"))(group_commands.import_group)
app.command("delete-group", epilog=epilog("delete-group"))(group_commands.delete_group)


def _console() -> Console:
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _WIDTH_OF_FILES
    return console
