"""`import-group` and `delete-group` on dataset groups that other code created."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from support import terminal, tutorials
from support.deploy import ACCOUNT, COMMAND, ROOT, Result
from support.documentation import blocks

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from support.deploy import LocalAws

COMMAND_PAGE = [block.body for block in blocks() if block.page == ROOT / "docs" / "command.md"]
CUSTOM, DOMAIN = "movielens", "video-on-demand"
STACKS = {CUSTOM: "Movielens", DOMAIN: "VideoOnDemand"}
WIDTHS = {CUSTOM: 80, DOMAIN: 120}
QUESTION = "permanently? [y/N]: "
PROGRESS = re.compile(r"\S? *(Listing the resources|Reading the resources|Writing the app)\b")


def in_terminal(aws: LocalAws, columns: int, *arguments: str, answer: str = "") -> Result:
    """Run the command and leave its progress out of the output."""
    prompt = QUESTION if answer else ""
    result = terminal.run([COMMAND, *arguments], aws.environment(), columns, prompt=prompt, answer=answer)
    shown = [line for line in result.output.splitlines(keepends=True) if not PROGRESS.match(line)]
    return replace(result, output="".join(shown).lstrip("\n"))


def test_groups_of_other_code_come_back_as_apps_and_can_be_deleted(aws: LocalAws, tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        for each in [pool.submit(make, aws.session()) for make in (tutorials.custom_group, tutorials.domain_group)]:
            each.result()
        aws.bootstrap(ACCOUNT)
        apps = {name: written_app(aws, name, tmp_path) for name in STACKS}
        assert apps[DOMAIN].read_text(encoding="utf-8") in COMMAND_PAGE
        position = len(aws.calls())
        deployments = [start_deployment(aws, app) for app in apps.values()]
        for running in deployments:
            output, _ = running.communicate(timeout=240)
            assert running.returncode == 0, output
        adopted = sum(app.read_text(encoding="utf-8").count("adopt=True") for app in apps.values())
        assert aws.mutating(position) == ["TagResource"] * adopted
        aws.no_drift()
        is_not_deleted_while_a_stack_owns_it(aws)
        for deletion in [pool.submit(aws.delete_stack, stack) for stack in STACKS.values()]:
            deletion.result()
    # The stacks retain the groups and their data. New resources that no stack owns join them.
    aws.control("POST", "durations", {"kind": "SolutionVersion", "seconds": 360000})
    try:
        add_a_training_and_a_filter(aws)
        is_deleted_after_a_question(aws)
    finally:
        aws.control("POST", "durations", {"kind": "SolutionVersion", "seconds": 1800})
    lines = aws.command("delete-group", DOMAIN, "--yes", "--interval", "0.2").ok().output.splitlines()
    assert lines[-1] == f"DatasetGroup {DOMAIN}: deleted"
    assert not any("\x1b" in line for line in lines)


def written_app(aws: LocalAws, name: str, folder: Path) -> Path:
    """Write the app of a group as a terminal shows it."""
    shown = in_terminal(aws, WIDTHS[name], "import-group", name).ok().output
    source, _, summary = shown.partition("app.synth()\n")
    assert summary.strip().startswith("The app adopts"), shown
    file = folder / name / "app.py"
    file.parent.mkdir()
    file.write_text(f"{source}app.synth()\n", encoding="utf-8")
    return file


def start_deployment(aws: LocalAws, app: Path) -> subprocess.Popen[str]:
    output = ("--output", str(app.parent / "out"))
    return aws.start_cdk("deploy", "--all", "--require-approval", "never", *output, app=f"{sys.executable} {app}")


def is_not_deleted_while_a_stack_owns_it(aws: LocalAws) -> None:
    position = len(aws.calls())
    result = in_terminal(aws, 80, "delete-group", CUSTOM, "--yes")
    assert result.code == 2
    reason = (
        f"cdk-personalize: dataset group {CUSTOM} was not deleted, because a stack owns DatasetGroup {CUSTOM} (stack"
    )
    assert " ".join(result.output.split()).startswith(reason)
    assert aws.mutating(position) == []


def add_a_training_and_a_filter(aws: LocalAws) -> None:
    personalize, group = aws.personalize(), f"arn:aws:personalize:us-east-1:{ACCOUNT}:dataset-group/{CUSTOM}"
    expression = 'INCLUDE ItemID WHERE Items.GENRES IN ("Comedy")'
    personalize.create_filter(name=f"{CUSTOM}-comedies", datasetGroupArn=group, filterExpression=expression)
    recipe = "arn:aws:personalize:::recipe/aws-sims"
    solution = personalize.create_solution(name=f"{CUSTOM}-sims", datasetGroupArn=group, recipeArn=recipe)[
        "solutionArn"
    ]
    notebook = tutorials.Notebook(aws.session())
    notebook.wait("solution", solution)
    notebook.wait("filter", f"arn:aws:personalize:us-east-1:{ACCOUNT}:filter/{CUSTOM}-comedies")
    personalize.create_solution_version(solutionArn=solution)


def is_deleted_after_a_question(aws: LocalAws) -> None:
    position = len(aws.calls())
    declined = in_terminal(aws, 120, "delete-group", CUSTOM, answer="n")
    assert (declined.code, aws.mutating(position)) == (1, [])
    deleted = in_terminal(aws, 80, "delete-group", CUSTOM, "--interval", "0.2", answer="y").ok().output
    shown = [each for each in COMMAND_PAGE if f"{CUSTOM}-sims" in each]
    assert len(shown) == 2
    assert all(each in deleted for each in shown), deleted
    assert aws.mutating(position).count("StopSolutionVersionCreation") >= 1
    assert all(len(line) <= 80 for line in deleted.splitlines()), deleted
