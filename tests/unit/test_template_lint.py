from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk.assertions import Template
from support.synth import solution

import cdk_personalize as personalize

if TYPE_CHECKING:
    import aws_cdk as cdk


def test_a_template_passes_cfn_lint(stack: cdk.Stack, tmp_path: Path) -> None:
    version = personalize.SolutionVersion(stack, "Version", solution=solution(stack))
    personalize.Campaign(stack, "Related", solution_version=version, min_provisioned_tps=2)
    file = tmp_path / "template.json"
    file.write_text(json.dumps(Template.from_stack(stack).to_json()))
    # W3005: CDK itself writes dependencies that a reference already makes.
    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("cfn-lint")),
            "--regions",
            "us-east-1",
            "--ignore-checks",
            "W3005",
            "--",
            str(file),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
