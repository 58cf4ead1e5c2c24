"""Error messages and exit codes of the command `cdk-personalize`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.deploy import COMMAND, free_port

from cdk_personalize import cli

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "111111111111", "AWS_SECRET_ACCESS_KEY": "local"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Environment variables without AWS settings."""
    import os

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


@pytest.mark.parametrize("command", ["local", "status", "drift", "plan", "run", "import-group", "delete-group"])
def test_every_command_has_help_and_starts_no_node(command: str) -> None:
    code = (
        f"import sys; sys.argv[1:] = [{command!r}, '--help']\n"
        "from cdk_personalize.cli import main\n"
        "try: main()\n"
        "finally: print(sorted({'jsii', 'aws_cdk'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert f"cdk-personalize {command}" in done.stdout or f"Usage: -c {command}" in done.stdout


def test_a_wrong_option_is_told_with_the_usage() -> None:
    done = subprocess.run([COMMAND, "drift"], capture_output=True, text=True, check=False)
    assert done.returncode == cli.ERROR
    assert "Missing argument" in done.stderr
