"""Error messages and exit codes of the command `cdk-personalize`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
import typer.core
from support.deploy import COMMAND, free_port

from cdk_personalize import cli
from cdk_personalize.cli import commands
from cdk_personalize.cli.examples import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Mapping

FULL = Path("/dev/full")
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "111111111111", "AWS_SECRET_ACCESS_KEY": "local"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Environment variables without AWS settings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, **settings: str) -> int:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["cdk-personalize", *arguments])
    return cli.main()


@pytest.mark.parametrize(
    ("arguments", "settings", "reason"),
    [
        (["drift", "Shop"], {}, "no AWS region was found. Set AWS_REGION, or use --region."),
        (
            ["drift", "Shop", "--region", "us-east-1"],
            {},
            "no AWS credentials were found. Set AWS_PROFILE or AWS_ACCESS_KEY_ID, or use --profile.",
        ),
        (["status", "--profile", "no_one"], {}, "The config profile (no_one) could not be found"),
        (["status"], {"AWS_PROFILE": "no_one"}, "The config profile (no_one) could not be found"),
        (["status"], {**CREDENTIALS, "AWS_REGION": "us east"}, "Provided region_name 'us east' doesn't match"),
        (["status"], {**CREDENTIALS, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "here"}, "Invalid endpoint: here"),
    ],
)
def test_a_wrong_setting_is_one_line(
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    settings: Mapping[str, str],
    reason: str,
) -> None:
    assert run(environment, *arguments, **settings) == cli.ERROR
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"cdk-personalize: {reason}")


def test_an_aws_that_does_not_answer_is_one_line(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    environment.setenv("NO_PROXY", "127.0.0.1")
    settings = {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1", "AWS_MAX_ATTEMPTS": "1"}
    assert run(environment, "status", "Shop", **settings) == cli.ERROR
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f'cdk-personalize: Could not connect to the endpoint URL: "{endpoint}/"'


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_a_missing_extra_is_named(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from cdk_personalize.cli import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        cli.ERROR,
        'cdk-personalize: the command line tool requires the extra "cli": pip install "cdk-personalize[cli]"\n',
    )


@pytest.mark.parametrize("command", EXAMPLES)
def test_every_command_has_help_and_starts_no_node(command: str) -> None:
    code = (
        f"import sys; sys.argv[1:] = [{command!r}, '--help']\n"
        "from cdk_personalize.cli import main\n"
        "try: main()\n"
        "finally: print(sorted({'jsii', 'aws_cdk'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert all(example.partition(" > ")[0] in done.stdout for example in EXAMPLES[command])


def test_every_command_has_examples_that_it_accepts() -> None:
    group = typer.main.get_command(commands.app)
    assert isinstance(group, typer.core.TyperGroup)
    assert group.commands.keys() == EXAMPLES.keys()
    for name, examples in EXAMPLES.items():
        for example in examples:
            words = example.partition(" > ")[0].split()
            assert words[:2] == ["cdk-personalize", name]
            assert "_no_color" in group.commands[name].make_context(name, words[2:]).params


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes_commands(shell: str) -> None:
    asked = {"_CDK_PERSONALIZE_COMPLETE": f"complete_{shell}", "COMP_WORDS": "cdk-personalize st", "COMP_CWORD": "1"}
    asked |= {"_TYPER_COMPLETE_ARGS": "cdk-personalize st", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run([COMMAND], env={**os.environ, **asked}, capture_output=True, text=True, check=False)
    assert "status" in done.stdout
    assert "drift" not in done.stdout


@pytest.mark.parametrize(
    "arguments", [["status", "--interval", value] for value in ("nan", "inf", "-1", "0")], ids=lambda words: words[-1]
)
def test_an_interval_is_a_positive_number(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit, match=str(cli.ERROR)):
        run(environment, *arguments)
    assert "Invalid value for '--interval'" in capsys.readouterr().err


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
def test_output_that_cannot_be_written_is_one_line() -> None:
    with FULL.open("w") as full:
        done = subprocess.run([COMMAND, "--version"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (cli.ERROR, "cdk-personalize: [Errno 28] No space left on device\n")


def test_a_state_that_cannot_be_kept_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = subprocess.run(
        [COMMAND, "local", "--port", str(free_port()), "--state", str(tmp_path / "file" / "state")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == cli.ERROR
    assert done.stderr == f"cdk-personalize: cannot keep the state in {tmp_path}/file/state: Not a directory\n"


@pytest.mark.parametrize(("options", "variables"), [(["--no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {})])
def test_colors_are_optional(options: list[str], variables: Mapping[str, str]) -> None:
    clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    done = subprocess.run(
        [COMMAND, "drift", *options, "--help"],
        env={**clean, "FORCE_COLOR": "1", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    has_colors = re.search(r"\x1b\[[0-9;]*3[0-7]m", done.stdout) is not None
    assert has_colors is not bool(options or variables)


def test_a_wrong_option_is_told_with_the_usage() -> None:
    done = subprocess.run([COMMAND, "drift"], capture_output=True, text=True, check=False)
    assert done.returncode == cli.ERROR
    assert "Missing argument" in done.stderr
