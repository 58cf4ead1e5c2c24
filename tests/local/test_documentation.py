"""The commands in the documentation that need a running AWS, run in the local AWS."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import prepare
import pytest
from support.deploy import LocalAws, free_port
from support.documentation import EXECUTED, PAGES, blocks

from cdk_personalize.local.process import running

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = {
    page: [block for block in blocks() if block.page == page and block.language == "sh" and block.programs <= EXECUTED]
    for page in PAGES
}


# In a separate local AWS, because the commands set durations and faults.
@pytest.mark.parametrize("page", [page for page, shown in COMMANDS.items() if shown], ids=lambda page: page.name)
def test_the_commands_of_a_page_work(page: Path, tmp_path: Path) -> None:
    port = free_port()
    with running("127.0.0.1", port, 600, log=subprocess.DEVNULL):
        aws = LocalAws(f"http://127.0.0.1:{port}", tmp_path)
        environment = aws.environment()
        for name in {name for block in COMMANDS[page] for name in re.findall(r":campaign/([\w-]+)", block.body)}:
            version = aws.version(aws.prepare(name))
            arn = aws.personalize().create_campaign(name=name, solutionVersionArn=version)["campaignArn"]
            prepare.wait_until_active(aws.personalize(), "campaign", arn, 0.05)
        for block in COMMANDS[page]:
            ran = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block.body],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert ran.returncode == 0, f"{block}: {ran.stdout}{ran.stderr}"
