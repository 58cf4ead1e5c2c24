"""Findings of cfn-lint and cdk-nag in templates of examples and constructs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from support import examples
from support.everything import everything, new_app
from support.synth import group, resources, version

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Sequence


def lint(templates: Sequence[Path]) -> str:
    """Return the findings of cfn-lint in a template."""
    # W3005: the CDK itself adds dependencies that also follow from a reference.
    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("cfn-lint")),
            "--regions",
            "us-east-1",
            "--ignore-checks",
            "W3005",
            "--",
            *map(str, templates),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout + run.stderr


def findings(scope: cdk.App) -> set[tuple[str, str]]:
    """Return the findings of AWS Solutions rules, with rule and resource path."""
    report = cdk_nag.AwsSolutionsChecks(scope).validate_scope(scope)
    return {
        (violation.rule_name, resource.construct_path)
        for violation in report.violations
        for resource in violation.violating_resources
    }


@pytest.mark.parametrize("name", examples.NAMES)
def test_nothing_is_found_in_an_example(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings(examples.synthesized(name, monkeypatch)) == set()


@pytest.mark.parametrize("region", [None, "us-east-1", "cn-north-1"])
def test_nothing_is_found_in_what_the_library_makes(region: str | None) -> None:
    app = new_app()
    everything(app, None if region is None else cdk.Environment(account="111111111111", region=region))
    app.synth()
    assert findings(app) == set()


def test_the_examples_and_one_of_everything_pass_cfn_lint(monkeypatch: pytest.MonkeyPatch) -> None:
    apps = [examples.synthesized(name, monkeypatch) for name in examples.NAMES]
    apps.append(new_app())
    everything(apps[-1])
    apps[-1].synth()
    templates = [examples.templates(app) for app in apps]
    assert all(templates)
    assert lint([template for each in templates for template in each]) == ""


def test_one_of_everything_passes_the_validation_of_cdk() -> None:
    program = "from support.everything import *; app = new_app(); everything(app); app.synth()"
    environment = {**os.environ, "CDK_VALIDATION": "true", "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "Template validation found issues" not in run.stdout + run.stderr


def test_nothing_is_found_in_stages_and_nested_stacks() -> None:
    app = new_app()
    stage = cdk.Stage(app, "Prod")
    everything(stage)
    nested = cdk.NestedStack(cdk.Stack(stage, "Parent"), "Nested")
    personalize.Campaign(nested, "Related", solution_version=version(nested))
    app.synth()
    assert findings(app) == set()


def test_what_the_user_adds_is_found(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "films")
    existing = iam.User(stack, "User")
    personalize.EventTracker(stack, "Views", dataset_group=group(stack)).grant_put_events(existing)
    bucket.grant_read(existing)
    app = stack.node.root
    assert isinstance(app, cdk.App)
    app.synth()
    assert {path for rule, path in findings(app) if rule.startswith("AwsSolutions-IAM5")} == {
        "Shop/User/DefaultPolicy/Resource"
    }


def test_older_versions_of_cdk_nag_read_metadata(stack: cdk.Stack) -> None:
    personalize.Campaign(stack, "Related", solution_version=version(stack))
    suppressed = {
        rule["id"]
        for type_ in ("AWS::IAM::Policy", "AWS::IAM::Role", "AWS::Lambda::Function", "AWS::StepFunctions::StateMachine")
        for resource in resources(stack, type_).values()
        for rule in resource.get("Metadata", {}).get("cdk_nag", {}).get("rules_to_suppress", [])
        if rule["reason"]
    }
    expected = {"AwsSolutions-IAM5", "AwsSolutions-L1", "AwsSolutions-SF1", "AwsSolutions-SF2"}
    assert suppressed == expected
